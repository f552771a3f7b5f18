"""Financed emissions under PCAF's global standard, Part A (2nd edition, December 2022), over a whole book of exposures.

Attribution: what is outstanding at the reporting date over the enterprise value including cash, equity plus debt, the value at
origination, PPP-adjusted GDP, proceeds or the pool, by class; above one it is counted as it is, and marked. Scopes 1, 2 and 3,
removals, credits and avoided emissions each apart, never netted. Guarantees and undrawn amounts do not count.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import last_day
from greenfin.core.problems import Outcome
from greenfin.core.units import G_PER_T
from greenfin.financed.counting import PROJECT, Counting, without_amount, without_emissions, years_apart
from greenfin.financed.exact import beyond
from greenfin.financed.exposures import put
from greenfin.financed.ladder import Emissions, emissions_of
from greenfin.financed.own import NONE, Own
from greenfin.financed.pcaf.data import classes, groups, options
from greenfin.financed.pcaf.denominators import KINDS, WHOLE, Denominator, denominators
from greenfin.financed.pcaf.emitted import group_of, of_each_class, per_asset
from greenfin.financed.pcaf.own_use import with_own
from greenfin.financed.pcaf.shared import Alike, apart_of, grouped, scopes_of, sharing_of
from greenfin.financed.rows import Named, financed_table, said, texts_at
from greenfin.financed.sector import Asked
from greenfin.financed.view import Flags, Ints, Money, View, Words

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

NAME = "pcaf"
_APART = {
    "scope3_g": "emission_s3_t",
    "lulucf_g": "emission_lulucf_t",
    "avoided_g": "avoided_t",
    "removals_g": "removals_t",
    "credits_retired_g": "credits_retired_t",
    "credits_generated_g": "credits_generated_t",
}


def counted(exposures: pa.Table, *, reference: Reference, year: int, on: date | None = None, own: Own = NONE) -> Outcome[pa.Table]:
    """One row of ``financed`` per exposure, in the order of ``exposures``; what is left out has its reason."""
    asked = Asked(reference, year, on or last_day(year), own)
    exposures, by_own = with_own(exposures, own)
    view = View(_encoded(exposures, "asset_class"))
    counting, found = _begun(view), emissions_of(view, NAME, asked=asked)
    counting.mark(by_own, "own_factor")
    of_each_class(found, view, asked=asked)
    by_project = view.words("asset_class").among([PROJECT])
    _perimeter(counting)
    to_loan = per_asset(found, view, group_of(view, "company"))
    apart = _apart(found, view)
    _emitting(counting, found, to_loan, by_project)
    under = denominators(counting, to_loan=to_loan)
    years_apart(counting, year)
    told = [values for values, has in apart.values() if has.any()]
    alike = Alike(_kinds(view), group_of(view, "building") | group_of(view, "vehicle"), under.kind == WHOLE)
    groups_here = grouped(counting, by_project=by_project, alike=alike, facts=[under.values, found.both])
    sharing = sharing_of(counting, found, groups_here, under.values, to_loan=to_loan, told=told)
    parts = scopes_of(sharing, found, to_loan)
    table = financed_table(counting, found, parts, denominator=under.values, named=Named(("",), ("",), np.zeros(len(view), np.int64)))
    table = _named(table, counting, found, under, view)
    for name, (values, has) in apart_of(sharing, apart, to_loan).items():
        table = put(table, name, pa.array(values, mask=~(has & counting.is_in)))
    return Outcome(_scope3(table), tuple(said(table, counting, found)))


def _encoded(table: pa.Table, name: str) -> pa.Table:
    """The table with a column of texts by the distinct ones, for one that is asked for often."""
    return table.set_column(table.schema.get_field_index(name), name, table[name].dictionary_encode())


def _begun(view: View) -> Counting:
    """A counting of what is outstanding at the reporting date; the average of the year, marked, where only that is known."""
    balance, average = view.money("balance_fen"), view.money("average_fen")
    values = np.where(balance.has, balance.values, average.values)
    kinds = Words(["balance", "average"], (~balance.has).astype(np.int64))
    found = Counting(NAME, view, Money(values, balance.has | average.has), kinds, reason=np.zeros(len(view), np.int64))
    found.mark(~balance.has & average.has, "average_as_outstanding")
    return found


def _perimeter(counting: Counting) -> None:
    counting.leave(~counting.view.words("asset_class").among(classes()), "class_outside")
    without_amount(counting)


def _emitting(counting: Counting, found: Emissions, to_loan: Flags, by_project: Flags) -> None:
    """Leave out what has no emissions and no factor that a document gives: it counts in the coverage, never as nothing."""
    view = counting.view
    counting.leave(found.impossible, "emission_impossible")
    counting.leave(by_project & view.words("emission_of").among(["borrower"]), "project_emission_missing")
    none = (found.step == len(found.steps)) & ~to_loan
    counting.leave(none & (group_of(view, "building") | group_of(view, "vehicle")), "no_factor")
    without_emissions(counting, found, none)


def _kinds(view: View) -> Ints:
    """The group of classes of each row."""
    words = view.words("asset_class")
    return np.array([groups().index(of.group) if (of := classes().get(str(text))) else len(groups()) for text in words.texts], np.int64)[
        words.at
    ]


def _apart(found: Emissions, view: View) -> dict[str, tuple[Ints, Flags]]:
    """What stands beside scopes 1 and 2, in whole grams; only land use may be below zero."""
    amounts: dict[str, tuple[Ints, Flags]] = {}
    for name, column in _APART.items():
        tonnes = view.reals(column)
        has = ~np.isnan(tonnes)
        found.impossible |= beyond(np.nan_to_num(tonnes), scale=G_PER_T)
        if name != "lulucf_g":
            found.impossible |= np.nan_to_num(tonnes) < 0
        amounts[name] = np.rint(np.where(has & ~found.impossible, tonnes, 0) * G_PER_T).astype(np.int64), has
    return amounts


def _named(table: pa.Table, counting: Counting, found: Emissions, under: Denominator, view: View) -> pa.Table:
    """The table with the method, the option of the data and its quality, and the kind of denominator of each row."""
    words, is_in = view.words("asset_class"), counting.is_in
    known = [classes().get(str(text)) for text in words.texts]
    places = [[options().get((each.group, step)) if each else None for step in [*found.steps, ""]] for each in known]
    names = [[each.option if each else None for each in row] for row in places]
    levels = np.array([[each.quality if each else 0 for each in row] for row in places], np.int64)[words.at, found.step]
    flat = [name for row in names for name in row]
    at = words.at * (len(found.steps) + 1) + found.step
    has = is_in & ~np.isnan(np.asarray(table["attribution"].to_numpy(zero_copy_only=False), np.float64))
    table = put(table, "method", texts_at([each.method if each else None for each in known], words.at, is_in))
    table = put(table, "option", texts_at(flat, at, is_in))
    table = put(table, "quality", pa.array(levels, mask=~is_in))
    return put(table, "denominator_kind", texts_at([*KINDS, None], under.kind % (len(KINDS) + 1), has))


def _scope3(table: pa.Table) -> pa.Table:
    """Scope 3 comes from where the other scopes come from, and has its own column of quality."""
    return put(table, "quality_scope3", pc.if_else(pc.is_valid(table["scope3_g"]), table["quality"], None))
