"""Rows by groups of their keys, with exact totals: each key becomes numbers once, each group of a cut a number made of those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.aggregate.facts import KEPT

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
Flags = NDArray[np.bool_]
_EXACT = 2**21  # rows: that many halves of 64 bits add up exactly as floats
_ROOM = 2**22  # places that are counted without being put in order first
_HALF = 32


@dataclass(frozen=True, slots=True)
class Codes:
    """A column as numbers of its distinct values (-1: none)."""

    at: Places
    values: pa.Array


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a cut, in the order of their first rows.

    ``rows``: flags of the rows that have all keys (None: every row has); ``at``: the group of each of them; ``keys``: those of each group.
    """

    rows: Flags | None
    at: Places
    keys: Sequence[Mapping[str, str]]

    def counts(self, among: Flags | None = None) -> Ints:
        """How many rows each group has, or how many of those that are flagged."""
        return np.bincount(self.at if among is None else self.at[self.of(among)], minlength=len(self.keys))

    def of(self, flags: Flags) -> Flags:
        """The flags of the rows that are in a group."""
        return flags if self.rows is None else flags[self.rows]

    def totals(self, values: Ints | NDArray[np.object_]) -> list[int]:
        """The exact sum of each group."""
        return totals(values if self.rows is None else values[self.rows], self.at, len(self.keys))

    def distinct(self, codes: Codes) -> Ints:
        """How many distinct values each group has."""
        found = codes.at if self.rows is None else codes.at[self.rows]
        size, known = max(len(codes.values), 1), found >= 0
        pairs = self.at[known].astype(np.int64) * size + found[known]
        if size * len(self.keys) > _ROOM:
            return np.bincount(np.unique(pairs) // size, minlength=len(self.keys))
        marked = np.zeros(size * len(self.keys), dtype=np.bool_)
        marked[pairs] = True
        counts: Ints = marked.reshape(len(self.keys), size).sum(axis=1)
        return counts


@dataclass(frozen=True, slots=True)
class Coded:
    """Rows of a table whose keys become numbers when they are first asked for, once for all choices of its rows.

    ``rows``: flags of those that are meant (None: all).
    """

    table: pa.Table
    rows: Flags | None = None
    _whole: dict[str, Codes] = field(default_factory=dict)  # of all rows of the table
    _groups: dict[tuple[str, ...], Groups] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.table.num_rows if self.rows is None else int(self.rows.sum())

    def chosen(self, flags: Flags) -> Coded:
        """Those of the rows that are flagged."""
        if flags.all():
            return self
        rows = flags
        if self.rows is not None:
            rows = self.rows.copy()
            rows[self.rows] = flags
        return Coded(self.table, rows, self._whole)

    def column(self, name: str) -> pa.ChunkedArray:
        """The values of a column."""
        return self.table[name] if self.rows is None else self.table[name].filter(pa.array(self.rows))

    def codes(self, name: str) -> Codes:
        """A column as numbers."""
        if name not in self._whole:
            column = self.table[name].combine_chunks()
            encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            at = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
            self._whole[name] = Codes(at, encoded.dictionary)
        whole = self._whole[name]
        return whole if self.rows is None else Codes(whole.at[self.rows], whole.values)

    def groups(self, cut: tuple[str, ...]) -> Groups:
        """The groups of some keys."""
        if cut in self._groups:
            return self._groups[cut]
        found = _grouped({name: self.codes(name) for name in cut})
        if len(found.at) <= KEPT:
            self._groups[cut] = found
        return found


def _grouped(codes: Mapping[str, Codes]) -> Groups:
    known = np.logical_and.reduce([each.at >= 0 for each in codes.values()])
    rows = None if known.all() else known
    parts = [each.at if rows is None else each.at[rows] for each in codes.values()]
    sizes = [len(each.values) for each in codes.values()]
    at, first = _numbered(parts, sizes)
    labels = [each.values.take(pa.array(part[first])).to_pylist() for each, part in zip(codes.values(), parts, strict=True)]
    return Groups(rows, at, [dict(zip(codes, map(str, each), strict=True)) for each in zip(*labels, strict=True)])


def _numbered(parts: Sequence[Places], sizes: Sequence[int]) -> tuple[Places, Ints]:
    """Of each row the number of its group, groups in the order of their first rows; and those rows."""
    at, size = parts[0].astype(np.int64), max(sizes[0], 1)
    for part, more in zip(parts[1:], sizes[1:], strict=True):
        at, size = at * more + part, size * more
        if size > _ROOM:
            distinct, at = np.unique(at, return_inverse=True)
            size = len(distinct)
    first = np.full(size, -1, dtype=np.int64)
    first[at[::-1]] = np.arange(len(at) - 1, -1, -1)  # of a place that is written twice the last value stays: that of the first row
    found = np.flatnonzero(first >= 0)
    order = found[np.argsort(first[found])]
    number = np.empty(size, dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return number[at], first[order]


def totals(values: Ints | NDArray[np.object_], at: Places, size: int) -> list[int]:
    """The sum of the values of each of so many groups as integers of any size: 64 bits would wrap round without a word."""
    if values.dtype == np.object_:
        whole = np.zeros(size, dtype=object)
        np.add.at(whole, at, values)
        return [int(each) for each in whole]
    found = [0] * size
    for start in range(0, len(values), _EXACT):
        part, of = values[start : start + _EXACT], at[start : start + _EXACT]
        low = np.bincount(of, weights=part & (2**_HALF - 1), minlength=size)
        high = np.bincount(of, weights=part >> _HALF, minlength=size)
        sums = zip(found, high.astype(np.int64).tolist(), low.astype(np.int64).tolist(), strict=True)
        found = [whole + (above << _HALF) + below for whole, above, below in sums]
    return found


def flags_of(column: pa.ChunkedArray) -> Flags:
    """A column of flags that has no gaps."""
    return np.asarray(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy(), dtype=np.bool_)


def integers(column: pa.ChunkedArray) -> tuple[Ints | NDArray[np.object_], Flags | None]:
    """The values of a column of integers, 0 where it has none, and where it has one (None: everywhere)."""
    known = None if not column.null_count else flags_of(pc.is_valid(column))
    if pa.types.is_integer(column.type):
        return np.asarray(pc.fill_null(column, 0).to_numpy(), dtype=np.int64), known
    return np.asarray([int(value or 0) for value in column.to_pylist()], dtype=object), known
