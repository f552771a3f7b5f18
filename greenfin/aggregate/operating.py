"""Sums of the bank's own operations: quantities by item, emissions by scope and item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.facts import MARKED, Facts, refused_keys, with_ways
from greenfin.aggregate.grouping import WIDE, Measure, summed
from greenfin.core.period import MONTHS
from greenfin.core.problems import Outcome, Problem, error
from greenfin.core.records import Sum
from greenfin.core.units import UnknownUnit, ratio, same_dimension

# What a quantity is counted in, so that sums are whole numbers: one small unit per dimension (mperson: a thousandth of a person).
SMALL = (
    "J", "mL", "mNm3", "g", "gcoal", "msquare_metre", "mperson", "sheet", "ream", "carton", "mvehicle", "m", "mpkm", "mroom_night",
    "person*s", "mton_steam", "gBOD", "gCOD", "gCO2", "gCO2e", "fen", "permille",
)  # fmt: skip
_GAS = "gCO2e"
_ROOM = 2.0**62  # what 64 bits hold, with room to spare
SIZED = "sized_emissions"  # of scopes 1 and 2, at the sites that state staff or area
_BY_SITE = ("staff", "area")  # what a site has of its own
DIRECT = ("1", "2_location")
STOCKS = ("staff", "area", "vehicles", "assets")  # a state of each month, not a flow: averaged over the months of a site


def operation_sums(facts: Facts) -> Outcome[tuple[Sum, ...]]:
    """Quantities of the reporting year by item, in the small unit of their dimension."""
    found: list[Sum] = []
    problems: list[Problem] = []
    rows = _with_gaps(_of_year(facts.book.operations, facts.year), facts)
    for item in pc.unique(rows["item"]).to_pylist():
        chosen = rows.filter(pc.equal(rows["item"], item))
        gaps = chosen["quantity"].null_count
        if gaps:
            problems.append(error("aggregate.quantity_missing", str(chosen["source_cell"][0].as_py() or ""), item=item, n=gaps))
        small = _small_units(chosen)
        if len(small) != 1 or not small[0]:
            units = ", ".join(sorted(unit or "" for unit in pc.unique(chosen["unit"]).to_pylist()))
            problems.append(error("aggregate.units_mixed", str(chosen["source_cell"][0].as_py() or ""), item=item, units=units))
            found.append(Sum("operations", {"item": item}, None, "", len(chosen), "operations", "quantity", ("incomplete",)))
            continue
        found += (_doubted(each, facts) for each in _item(chosen, item, small[0], gaps, facts=facts))
    lost = sorted(facts.doubted - {each.keys["item"] for each in found})  # nothing of them is left
    found += (Sum("operations", {"item": item}, None, "", 0, "operations", "quantity", ("in_doubt",)) for item in lost)
    return Outcome(tuple(found), tuple(problems))


def _doubted(found: Sum, facts: Facts) -> Sum:
    """The sum of an item, marked where bills in doubt were left out of it."""
    return replace(found, marks=(*found.marks, "in_doubt")) if found.keys["item"] in facts.doubted else found


def _of_year(rows: pa.Table, year: int) -> pa.Table:
    return rows.filter(pc.fill_null(pc.equal(pc.year(rows["month_on"]), year), False))


def _with_gaps(rows: pa.Table, facts: Facts) -> pa.Table:
    """The rows with a flag: the site has readings of the item for some months of the year but not for all (one reading: a year's)."""
    until = facts.book.as_of.month if facts.book.as_of.year == facts.year else MONTHS
    keyed = pc.binary_join_element_wise(pc.fill_null(rows["site"], ""), rows["item"], "\t").combine_chunks().dictionary_encode()
    at, first = keyed.indices.to_numpy(), np.asarray(pc.month(rows["month_on"]).to_numpy(), dtype=np.int64) - 1
    spans = np.asarray(pc.fill_null(rows["months"], 1).to_numpy(), dtype=np.int64)
    held = np.zeros((len(keyed.dictionary), MONTHS), dtype=np.bool_)
    for more in range(MONTHS):  # a bill of a quarter stands for three months
        here = (np.maximum(spans, 1) > more) & (first + more < MONTHS)
        held[at[here], first[here] + more] = True
    counts = held.sum(axis=1)
    lacks = (counts > 1) & (counts < until)
    return rows.append_column("months_missing", pa.array(lacks[at]))


def _small_units(rows: pa.Table) -> list[str]:
    """The small units of the dimensions met; an unknown unit gives an empty text."""
    return sorted({_small(unit or "") for unit in pc.unique(rows["unit"]).to_pylist()})


def _small(unit: str) -> str:
    try:
        return next((small for small in SMALL if same_dimension(unit, small)), "")
    except UnknownUnit:
        return ""


def _item(rows: pa.Table, item: str, small: str, gaps: int, *, facts: Facts) -> Iterator[Sum]:
    whole = in_small(rows, small)
    measure = Measure("operations", "small", small, "operations", keys={"item": item}, origin="quantity")
    lacks = pc.any(rows["months_missing"]).as_py()
    marks = (*(("incomplete",) if gaps else ()), *(("months_missing",) if lacks and item not in STOCKS else ()))
    if item in STOCKS:
        marks = (*marks, *(("some_sites",) if item in _BY_SITE and sized_rows(facts, item)[1] else ()))
        means = site_means(whole).values()
        yield Sum("operations", {"item": item}, sum(means) if means else None, small, len(rows), "operations", "quantity", marks)
        return
    for one in summed(whole, measure, ((),)):
        yield replace(one, marks=marks)


def sized_rows(facts: Facts, item: str) -> tuple[pa.Table, bool]:
    """The year's emissions of scopes 1 and 2 to divide by staff or area, and whether sites that do not state it were left out.

    A site without emissions that states it (the whole bank's) stands for all.
    """
    emissions = _of_year(facts.emissions, facts.year)
    emissions = emissions.filter(pc.is_in(emissions["scope"], value_set=pa.array(DIRECT)))
    stated = _of_year(facts.book.operations, facts.year)
    stated = stated.filter(pc.and_(pc.equal(stated["item"], item), pc.is_valid(stated["quantity"])))
    here = pc.unique(stated["site"])
    lacks = not pc.all(pc.is_in(emissions["site"], value_set=here)).as_py()
    is_part = lacks and len(here) > 0 and pc.all(pc.is_in(here, value_set=pc.unique(emissions["site"]))).as_py()
    return (emissions.filter(pc.is_in(emissions["site"], value_set=here)), True) if is_part else (emissions, False)


def sized_sums(facts: Facts) -> Iterator[Sum]:
    """Emissions of scopes 1 and 2 in grams by what they are divided by; None where one of them lacks."""
    for item in _BY_SITE:
        rows, is_part = sized_rows(facts, item)
        if not len(rows):
            continue
        flags = (*MARKED, "refused", "incomplete")
        rows = with_ways(rows, facts.policy)
        rows = rows.append_column("incomplete", pc.is_null(rows["amount"]))
        measure = Measure(SIZED, "amount", str(rows["unit"][0].as_py()), "emissions", keys={"item": item}, flags=flags)
        for one in summed(rows, measure, ((),)):
            holed = {"refused", "incomplete"} & set(one.marks) or facts.uncounted
            yield replace(one, value=None if holed else one.value, marks=(*one.marks, *(("some_sites",) if is_part else ())))


def in_small(rows: pa.Table, small: str) -> pa.Table:
    """The rows with their quantity as a whole number of the small unit (column ``small``; null where it is missing)."""
    units = rows["unit"].combine_chunks().dictionary_encode()
    factors = np.asarray([ratio(unit, small) for unit in units.dictionary.to_pylist()], dtype=np.float64)
    values = pc.fill_null(rows["quantity"], 0.0).to_numpy() * factors[units.indices.to_numpy(zero_copy_only=False)]
    whole, lacks = np.rint(values), np.asarray(pc.is_null(rows["quantity"]).to_numpy(), dtype=np.bool_)
    is_wide = np.abs(whole).sum() > _ROOM
    column = pa.array(whole, mask=lacks).cast(WIDE) if is_wide else pa.array(whole.astype(np.int64), mask=lacks)
    return rows.append_column("small", column)


def site_means(rows: pa.Table) -> dict[str, int]:
    """Per site the mean of the months it states, rounded half up to the small unit; a site without a name is ""."""
    rows = rows.filter(pc.is_valid(rows["small"]))
    filled = rows.set_column(rows.column_names.index("site"), "site", pc.fill_null(rows["site"], ""))
    sites = filled.group_by(["site"], use_threads=False).aggregate([("small", "sum"), ("month_on", "count_distinct")])
    columns = (sites[name].to_pylist() for name in ("site", "small_sum", "month_on_count_distinct"))
    return {site: (2 * int(total) + months) // (2 * months) for site, total, months in zip(*columns, strict=True)}


def emission_sums(facts: Facts) -> Outcome[tuple[Sum, ...]]:
    """Emissions of the reporting year by scope, and by scope and item, in grams.

    A sum that would lack a row (no figure, or a factor that the policy refuses), or an item that was used and could not be counted, is
    None and marked: a total with a hole would pass for the whole. Each hole is listed.
    """
    rows = _with_gaps(with_ways(_of_year(facts.emissions, facts.year), facts.policy), facts)
    rows = rows.append_column("incomplete", pc.is_null(rows["amount"]))
    rows = rows.append_column("in_doubt", pc.is_in(rows["item"], value_set=pa.array(sorted(facts.doubted), type=pa.string())))
    flags = (*MARKED, "refused", "incomplete", "months_missing", "estimated", "in_doubt")
    found: list[Sum] = []
    for unit in pc.unique(rows["unit"]).drop_null().to_pylist():
        measure = Measure("emissions", "amount", unit, "emissions", flags=flags)
        found += summed(
            rows.filter(pc.equal(rows["unit"], unit)),
            measure,
            (("scope",), ("item", "scope"), ("category", "scope"), ("gas", "scope"), ("item", "scope", "use")),
        )
    holed = (replace(one, value=None) if {"refused", "incomplete"} & set(one.marks) else one for one in found)
    return Outcome((*_with_uncounted(holed, facts), *sized_sums(facts), *facts.pledged), tuple(_holes(rows, facts)))


def _with_uncounted(found: Iterable[Sum], facts: Facts) -> Iterator[Sum]:
    """The sums, with what was used and could not be counted; of a scope that such an item is of nothing is known."""
    lost = {scope: _why_lost(facts, scope) for _, scope in facts.uncounted}
    there: set[str] = set()
    for one in found:
        there.add(one.key)
        item, scope = one.keys.get("item"), one.keys["scope"]
        is_part = scope in lost if item is None else (item, scope) in facts.uncounted
        yield replace(one, value=None, marks=tuple(dict.fromkeys((*one.marks, *lost[scope])))) if is_part else one
    keys = (*({"scope": scope} for scope in lost), *({"item": item, "scope": scope} for item, scope in facts.uncounted))
    unknown = (Sum("emissions", each, None, _GAS, 0, "emissions", "amount", lost[each["scope"]]) for each in keys)
    yield from (one for one in unknown if one.key not in there)


def _why_lost(facts: Facts, scope: str) -> tuple[str, ...]:
    is_doubted = all(item in facts.doubted for item, of in facts.uncounted if of == scope)
    return ("in_doubt",) if is_doubted else ("incomplete",)


def _holes(rows: pa.Table, facts: Facts) -> Iterator[Problem]:
    for item in pc.unique(rows["item"]).to_pylist():
        chosen = rows.filter(pc.equal(rows["item"], item))
        refused = chosen.filter(chosen["refused"])
        if len(refused):
            keys = ", ".join(refused_keys(refused, facts.policy))
            yield error("aggregate.emission_refused", "", item=item, n=len(refused), factors=keys, policy=facts.policy.id)
        missing = chosen.filter(chosen["incomplete"])
        if len(missing):
            yield error("aggregate.emission_missing", str(missing["source_cell"][0].as_py() or ""), item=item, n=len(missing))
