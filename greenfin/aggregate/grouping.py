"""Exact integer sums of a table over groups, as :class:`Sum`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.coded import Coded, Groups, flags_of, integers
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


def summed(rows: pa.Table | Coded, measure: Measure, cuts: Sequence[tuple[str, ...]], *, nothing: int | None = 0) -> Iterator[Sum]:
    """One sum for the whole (the empty cut) and one per group of each other cut; rows without a key are in no group.

    ``nothing`` is the value of the whole where there are no rows. Nulls are left out of a sum; a sum of nulls alone is None.
    """
    coded = rows if isinstance(rows, Coded) else Coded(rows)
    for cut in cuts:
        yield from _grouped(coded, measure, cut) if cut else (_whole(coded, measure, nothing),)


def parted(rows: pa.Table, column: str) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each value of a column, the values in their order, rows without one left out; the table is sorted once."""
    rows = rows.filter(pc.is_valid(rows[column])).combine_chunks()
    rows = rows.take(pc.sort_indices(rows, sort_keys=[(column, "ascending")]))
    counts = rows.group_by(column, use_threads=False).aggregate([(column, "count")])
    start = 0
    for name, count in zip(counts[column].to_pylist(), counts[f"{column}_count"].to_pylist(), strict=True):
        yield str(name), rows.slice(start, count)
        start += count


def _whole(coded: Coded, measure: Measure, nothing: int | None) -> Sum:
    size = len(coded)
    if not size:
        return _sum(measure, {}, nothing, 0, ())
    every = Groups(None, np.zeros(size, dtype=np.int32), ({},))
    ((value, marks),) = zip(_values(coded, measure, every), _marks(coded, measure, every), strict=True)
    if measure.how == "distinct" and not value:
        value = None
    return _sum(measure, {}, value, size, marks)


def _grouped(coded: Coded, measure: Measure, cut: tuple[str, ...]) -> Iterator[Sum]:
    groups = coded.groups(cut)
    found = zip(groups.keys, _values(coded, measure, groups), groups.counts().tolist(), _marks(coded, measure, groups), strict=True)
    return (_sum(measure, keys, value, rows, marks) for keys, value, rows, marks in found)


def _values(coded: Coded, measure: Measure, groups: Groups) -> Sequence[int | None]:
    """The value of each group."""
    if measure.how == "distinct":
        return [int(n) for n in groups.distinct(coded.codes(measure.column))]
    column = coded.column(measure.column)
    if measure.how == "count":
        return [int(n) for n in groups.counts(None if not column.null_count else flags_of(pc.is_valid(column)))]
    values, known = integers(column)
    sums = groups.totals(values)
    return sums if known is None else [each if n else None for each, n in zip(sums, groups.counts(known).tolist(), strict=True)]


def _marks(coded: Coded, measure: Measure, groups: Groups) -> Iterable[tuple[str, ...]]:
    """The marks of each group."""
    if not measure.flags:
        return repeat((), len(groups.keys))
    said = [(flag, groups.counts(flags_of(pc.fill_null(coded.column(flag), False))).tolist()) for flag in measure.flags]
    return (tuple(flag for flag, counts in said if counts[at]) for at in range(len(groups.keys)))


def _sum(measure: Measure, keys: Mapping[str, str], value: int | None, rows: int, marks: tuple[str, ...]) -> Sum:
    named = {**measure.keys, **keys} if measure.keys else keys
    return Sum(measure.name, named, value, measure.unit, rows, measure.table, measure.origin or measure.column, marks)


def plus(one: Sum, other: Sum) -> Sum:
    """Two sums of one name over different rows as one; nothing is known where neither knows."""
    value = (one.value or 0) + (other.value or 0) if (one.value, other.value) != (None, None) else None
    return replace(one, value=value, rows=one.rows + other.rows, marks=tuple(dict.fromkeys((*one.marks, *other.marks))))
