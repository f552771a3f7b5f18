"""Financed emissions under the draft guide for high-carbon business (银行业金融机构高碳类投融资碳核算操作指引, for consultation).

Eight industries by GB/T 4754-2017 class. A project: emissions × average balance ÷ total investment; all else, and projects that
cannot be told alone: the borrower's emissions × average balance ÷ total assets; without any base data the average balance times the
sector's factor. The draft was not compared with an issued text.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import last_day
from greenfin.core.problems import Outcome, warning
from greenfin.financed.counting import (
    PROJECT,
    Counting,
    begun,
    groups_of,
    material,
    parts_of,
    without_amount,
    without_emissions,
    years_apart,
)
from greenfin.financed.industries import high_carbon_of, too_wide
from greenfin.financed.ladder import Emissions, emissions_of, to_balance
from greenfin.financed.own import NONE, Own
from greenfin.financed.rows import Named, financed_table, said
from greenfin.financed.rules import classes, high_carbon, threshold
from greenfin.financed.sector import Asked
from greenfin.financed.view import Flags, Ints, View

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

NAME = "pboc-high-carbon-draft"
METHODS = ("PBOC-HC-NONPROJ", "PBOC-HC-PROJ", "PBOC-HC-BALANCE")
KINDS = ("assets", "total_investment", "")


def counted(exposures: pa.Table, *, reference: Reference, year: int, on: date | None = None, own: Own = NONE) -> Outcome[pa.Table]:
    """One row of ``financed`` per exposure, in the order of ``exposures``; what is left out has its reason."""
    asked = Asked(reference, year, on or last_day(year), own)
    view = View(exposures)
    counting, found = begun(NAME, view), emissions_of(view, NAME, asked=asked)
    _perimeter(counting)
    by_project = _alone(counting, found)
    groups = groups_of(view, by_project)
    borrowers = groups_of(view, np.zeros(len(view), np.bool_))
    least = {key: threshold(NAME, key) for key in ("project", "borrower", "days")}
    material(counting, borrowers, by_project, **least)
    counting.leave(found.impossible, "emission_impossible")
    years_apart(counting, year)
    denominator, to_loan = _denominators(counting, found, by_project, asked=asked)
    parts = parts_of(counting, found, groups, denominator, is_whole=np.ones(len(view), np.bool_), to_loan=to_loan)
    at = np.where(to_loan, 2, by_project.astype(np.int64))
    table = financed_table(counting, found, parts, denominator=denominator, named=Named(METHODS, KINDS, at))
    return Outcome(table, (warning("financed.draft", "", standard=NAME), *said(table, counting, found)))


def _perimeter(counting: Counting) -> None:
    """Leave out what the draft does not cover, each with its reason."""
    view = counting.view
    codes = view.words("industry")
    counting.leave(~view.words("asset_class").among(classes(NAME)), "class_outside")
    counting.leave(view.flags("is_person"), "person")
    counting.leave(view.flags("is_abroad"), "abroad")
    counting.leave(~codes.has, "industry_missing")
    counting.leave(too_wide(codes), "industry_too_wide")
    counting.leave(np.asarray(pc.is_null(high_carbon_of(codes)).to_numpy(zero_copy_only=False)), "not_high_carbon")
    conditional = [entry.code for entry in high_carbon().values() if entry.condition]
    counting.leave(codes.among(conditional) & ~view.words("fuel").has, "cofiring_not_stated")
    counting.leave(view.words("scale").among(["small", "micro"]), "small_or_micro")
    without_amount(counting)


def _alone(counting: Counting, found: Emissions) -> Flags:
    """Projects that can be accounted for alone: their own emissions and total investment are known."""
    view = counting.view
    invested = view.money("project_total_invest_fen")
    by_project = view.words("asset_class").among([PROJECT])
    own = ~view.words("emission_of").among(["borrower"]) & (found.step < found.steps.index("revenue"))
    found_alone: Flags = by_project & own & (invested.values > 0)
    counting.mark(by_project & ~found_alone, "project_as_borrower")
    return found_alone


def _denominators(counting: Counting, found: Emissions, by_project: Flags, *, asked: Asked) -> tuple[Ints, Flags]:
    """Total investment or total assets of each row, and the rows whose balance is taken straight; rows without either are left out."""
    view = counting.view
    assets, invested = view.money("assets_fen"), view.money("project_total_invest_fen")
    counting.leave(~by_project & assets.has & (assets.values <= 0), "assets_not_positive")
    lacking = ~by_project & ~assets.has
    counting.mark(to_balance(found, lacking & found.is_step("revenue", "staff"), asked=asked), "assets_missing")
    to_loan = ~by_project & found.is_step("balance")
    without_emissions(counting, found, found.step == len(found.steps))
    counting.leave(lacking & ~to_loan, "assets_missing")
    return np.where(by_project, invested.values, assets.values), to_loan
