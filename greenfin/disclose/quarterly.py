"""Rules of the quarterly statement that no template can declare: rates, quarters, whole projects, what was published before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem, error
from greenfin.core.records import Cell, PriorCell, Sum, Table, sum_key
from greenfin.core.units import exact_ratio

TABLE, TOTAL = "T18", "total"
FIGURES = ("amount", "reduction")
_CUMULATIVE = {"edition": "cerf", "period": "cumulative"}


def quarterly(tables: Sequence[Table], sums: Mapping[str, Sum], prior: Sequence[PriorCell]) -> Iterator[Problem]:
    """What contradicts the rules of the statement, where it is among the tables.

    V-RATE: a weighted rate lies between the lowest and the highest of its loans. X-17: the year is what its quarters give, the first
    quarter is the year, and the statement before (``prior``) with this quarter (or this year) gives the cumulative figure. X-06: no
    project carries more than its yearly reduction.
    """
    table = next((one for one in tables if one.id == TABLE), None)
    if table is None or table.cell(TOTAL, "year_amount") is None:
        return
    yield from _rates(table, sums)
    yield from _quarters(table, sums)
    yield from _projects(table, sums)
    yield from _since(table, prior)


def _broken(rule: str, cell: Cell, *, other: str, found: Fraction, expected: str) -> Problem:
    return error("disclose.rule_broken", cell.id, rule=rule, other=other, found=_shown(found), expected=expected)


def _shown(value: Fraction) -> str:
    return str(round_half_up(value, 2))


def _rates(table: Table, sums: Mapping[str, Sum]) -> Iterator[Problem]:
    for cell in (cell for cell in table.cells.values() if cell.id.endswith("_rate") and cell.value is not None and cell.how.op == "sum"):
        ends = [sums.get(sum_key(f"facility_rate_{end}", cell.how.keys)) for end in ("min", "max")]
        low, high = (Fraction(end.value) * exact_ratio("ppm", cell.unit) if end and end.value is not None else None for end in ends)
        if cell.value is None or low is None or high is None or low <= cell.value <= high:
            continue
        yield _broken("V-RATE", cell, other=f"{cell.id}.loans", found=cell.value, expected=f"{_shown(low)} – {_shown(high)}")


def _quarters(table: Table, sums: Mapping[str, Sum]) -> Iterator[Problem]:
    """X-17: the quarters of the year, each by itself, give the year; in the first quarter both are one."""
    year, quarters = table.cell(TOTAL, "year_amount"), [one for one in sums.values() if "quarter" in one.keys and one.value is not None]
    if year is None or year.value is None or not quarters:
        return
    whole = sum(one.value or 0 for one in quarters) * exact_ratio("fen", year.unit)
    if whole != year.value:
        yield _broken("X-17", year, other=f"{TABLE}!quarters", found=year.value, expected=_shown(whole))
    for name in (*FIGURES, "projects") if len(quarters) == 1 else ():
        first, all_of_it = table.cell(TOTAL, f"quarter_{name}"), table.cell(TOTAL, f"year_{name}")
        if first and all_of_it and first.value is not None and all_of_it.value is not None and first.value != all_of_it.value:
            yield _broken("X-17", first, other=all_of_it.id, found=first.value, expected=_shown(all_of_it.value))


def _projects(table: Table, sums: Mapping[str, Sum]) -> Iterator[Problem]:
    """X-06: each project, and all of them together, against the projects' own yearly reductions."""
    results = {one.keys["project"]: one for one in sums.values() if one.name == "facility_result" and one.value is not None}
    for cell in (cell for cell in table.cells.values() if "project" in cell.how.keys and cell.id.endswith("_reduction")):
        yield from _within(cell, results.get(cell.how.keys["project"]))
    total, whole = table.cell(TOTAL, "cumulative_reduction"), sum(max(0, one.value or 0) for one in results.values())
    if total is not None and results:
        first = next(iter(results.values()))
        yield from _within(total, Sum(first.name, _CUMULATIVE, whole, first.unit, len(results), first.table, first.column))


def _within(cell: Cell, whole: Sum | None) -> Iterator[Problem]:
    if cell.value is None or whole is None or whole.value is None:
        return
    most = whole.value * exact_ratio(whole.unit, cell.unit)
    if cell.value > most:
        yield _broken("X-06", cell, other=whole.key, found=cell.value, expected=f"≤ {_shown(most)}")


def _since(table: Table, prior: Sequence[PriorCell]) -> Iterator[Problem]:
    """X-17: what the statement before held is what is left without this quarter, or without this year; what was taken out counts there."""
    for name in FIGURES:
        before = next((one for one in prior if (one.table, one.row, one.column) == (TABLE, TOTAL, f"cumulative_{name}")), None)
        named = [table.cell(TOTAL, f"{part}_{name}") for part in ("cumulative", "quarter", "year", "restated")]
        values = [cell.value for cell in named if cell is not None and cell.value is not None]
        cell = named[0]
        if before is None or cell is None or len(values) < len(named):
            continue
        now, quarter, year, restated = values
        left = (now - quarter + restated, now - year, now - year + restated)
        told = before.value * exact_ratio(before.unit, cell.unit)
        near = Fraction(1, 10**cell.decimals)
        if all(abs(told - one) > near for one in left):
            yield _broken("X-17", cell, other=f"{TABLE}!{TOTAL}.cumulative_{name}.prior", found=told, expected=_shown(left[0]))
