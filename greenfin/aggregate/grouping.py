"""Exact integer sums of a table over groups, as :class:`Sum`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.records import Sum


@dataclass(frozen=True, slots=True)
class Measure:
    """What is summed: ``how`` is sum, count (rows) or distinct; ``flags`` are columns that become marks where any row says yes.

    ``table`` and ``column`` are where the rows are found again.
    """

    name: str
    column: str
    unit: str
    table: str
    how: str = "sum"
    flags: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


WIDE = pa.decimal128(38, 0)
_ARROW = {"sum": "sum", "count": "count", "distinct": "count_distinct"}


def summed(rows: pa.Table, measure: Measure, cuts: Sequence[tuple[str, ...]], *, nothing: int | None = 0) -> Iterator[Sum]:
    """One sum for the whole (the empty cut) and one per group of each other cut; rows without a key are in no group.

    ``nothing`` is the value of the whole where there are no rows. Nulls are left out of a sum; a sum of nulls alone is None.
    """
    for cut in cuts:
        yield from _grouped(rows, measure, cut) if cut else (_whole(rows, measure, nothing),)


def parted(rows: pa.Table, column: str) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each value of a column, the values in their order, rows without one left out; the table is sorted once."""
    rows = rows.filter(pc.is_valid(rows[column])).combine_chunks()
    rows = rows.take(pc.sort_indices(rows, sort_keys=[(column, "ascending")]))
    counts = rows.group_by(column, use_threads=False).aggregate([(column, "count")])
    start = 0
    for name, count in zip(counts[column].to_pylist(), counts[f"{column}_count"].to_pylist(), strict=True):
        yield str(name), rows.slice(start, count)
        start += count


def _whole(rows: pa.Table, measure: Measure, nothing: int | None) -> Sum:
    if not len(rows):
        return _sum(measure, {}, nothing, 0, ())
    column = _exact(rows, measure)[measure.column]
    kinds = {"sum": pc.sum, "count": pc.count, "distinct": lambda c: pc.count_distinct(c, mode="only_valid")}
    value = kinds[measure.how](column).as_py()
    if measure.how == "distinct" and column.null_count == len(column):
        value = None
    marks = tuple(flag for flag in measure.flags if pc.any(rows[flag]).as_py())
    return _sum(measure, {}, value, len(rows), marks)


def _exact(rows: pa.Table, measure: Measure) -> pa.Table:
    """The rows with the column to be summed as decimals: 64 bits wrap round without a word where figures are absurd."""
    if measure.how != "sum":
        return rows
    return rows.set_column(rows.column_names.index(measure.column), measure.column, rows[measure.column].cast(WIDE))


def _grouped(rows: pa.Table, measure: Measure, cut: tuple[str, ...]) -> Iterator[Sum]:
    rows = rows.select(list(dict.fromkeys((*cut, measure.column, *measure.flags))))  # a row holds long texts; only these are copied
    for key in cut:
        if rows[key].null_count:
            rows = rows.filter(pc.is_valid(rows[key]))
    asked = [(measure.column, _ARROW[measure.how]), (cut[0], "count"), *((flag, "any") for flag in measure.flags)]
    found = _exact(rows, measure).group_by(list(cut), use_threads=False).aggregate(asked)
    for group in found.to_pylist():
        keys = {key: str(group[key]) for key in cut}
        marks = tuple(flag for flag in measure.flags if group[f"{flag}_any"])
        yield _sum(measure, keys, group[f"{measure.column}_{_ARROW[measure.how]}"], group[f"{cut[0]}_count"], marks)


def _sum(measure: Measure, keys: Mapping[str, str], value: int | None, rows: int, marks: tuple[str, ...]) -> Sum:
    return Sum(
        name=measure.name,
        keys={**measure.keys, **keys},
        value=None if value is None else int(value),
        unit=measure.unit,
        rows=rows,
        table=measure.table,
        column=measure.origin or measure.column,
        marks=marks,
    )


def plus(one: Sum, other: Sum) -> Sum:
    """Two sums of one name over different rows as one; nothing is known where neither knows."""
    value = (one.value or 0) + (other.value or 0) if (one.value, other.value) != (None, None) else None
    return replace(one, value=value, rows=one.rows + other.rows, marks=tuple(dict.fromkeys((*one.marks, *other.marks))))
