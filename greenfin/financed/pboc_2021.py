"""Financed emissions under the technical guide of the People's Bank of 2021 (银办发〔2021〕119号).

Project: emissions × month-average financing ÷ total investment (PBOC-CA-PROJ). All else: the borrower's emissions × month-average
financing ÷ its revenue; where they are not known its sector's intensity times the financing, the revenue cancelling
(PBOC-CA-NONPROJ). An average over twelve months holds the part of the year in it: nothing is taken pro rata again (PBOC-CA-PRORATA).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

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
from greenfin.financed.ladder import Emissions, emissions_of
from greenfin.financed.own import NONE, Own
from greenfin.financed.rows import Named, financed_table, said
from greenfin.financed.rules import classes, threshold
from greenfin.financed.sector import Asked
from greenfin.financed.view import Flags, Ints, View

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

NAME = "pboc-2021"
METHODS = ("PBOC-CA-NONPROJ", "PBOC-CA-PROJ")
KINDS = ("revenue", "total_investment")


def counted(exposures: pa.Table, *, reference: Reference, year: int, on: date | None = None, own: Own = NONE) -> Outcome[pa.Table]:
    """One row of ``financed`` per exposure, in the order of ``exposures``; what is left out has its reason."""
    asked = Asked(reference, year, on or last_day(year), own)
    view = View(exposures)
    counting, found = begun(NAME, view), emissions_of(view, NAME, asked=asked)
    by_project = view.words("asset_class").among([PROJECT])
    _perimeter(counting, by_project)
    groups = groups_of(view, by_project & counting.is_in)
    material(
        counting,
        groups,
        by_project,
        project=threshold(NAME, "project"),
        borrower=threshold(NAME, "borrower"),
        days=threshold(NAME, "days"),
    )
    counting.leave(found.impossible, "emission_impossible")
    years_apart(counting, year)
    denominator, to_loan = _denominators(counting, found, by_project)
    parts = parts_of(counting, found, groups, denominator, is_whole=by_project, to_loan=to_loan)
    at = by_project.astype(np.int64)
    table = financed_table(counting, found, parts, denominator=denominator, named=Named(METHODS, KINDS, at))
    return Outcome(table, (warning("financed.unverified", "", standard=NAME), *said(table, counting, found)))


def _perimeter(counting: Counting, by_project: Flags) -> None:
    """Leave out what the guide does not cover; small and micro enterprises only where no project is financed."""
    view = counting.view
    counting.leave(~view.words("asset_class").among(classes(NAME)), "class_outside")
    counting.leave(view.flags("is_person"), "person")
    counting.leave(view.words("scale").among(["small", "micro"]) & ~by_project, "small_or_micro")
    without_amount(counting)


def _denominators(counting: Counting, found: Emissions, by_project: Flags) -> tuple[Ints, Flags]:
    """Total investment or revenue of each row, and the rows that need none; rows without a usable one are left out."""
    view = counting.view
    revenue, invested = view.money("revenue_fen"), view.money("project_total_invest_fen")
    of_borrower = view.words("emission_of").among(["borrower"])
    counting.leave(by_project & ~invested.has, "total_investment_missing")
    counting.leave(by_project & (invested.values <= 0), "total_investment_not_positive")
    counting.leave(by_project & (of_borrower | (found.step >= found.steps.index("revenue"))), "project_emission_missing")
    counting.leave(~by_project & revenue.has & (revenue.values <= 0), "revenue_not_positive")
    to_loan = ~by_project & found.is_step("balance")
    counting.mark(to_loan, "revenue_cancels")
    without_emissions(counting, found, ~by_project & (found.step == len(found.steps)))
    counting.leave(~by_project & ~revenue.has & ~to_loan, "revenue_missing")
    return np.where(by_project, invested.values, revenue.values), to_loan
