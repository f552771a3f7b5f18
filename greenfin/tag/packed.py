"""Many-valued columns, packed: the values of one row lie together, in the order of the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Which values belong to which row: those of row ``r`` are ``first[r]`` to ``first[r + 1]``; ``of`` is the row of each value."""

    first: Ints
    of: Ints

    def expand(self, rows: Ints) -> tuple[Ints, Ints]:
        """For each occurrence of a row and each of its values: (index into ``rows``, index of the value)."""
        counts = self.first[rows + 1] - self.first[rows]
        which = np.repeat(np.arange(len(rows), dtype=np.int64), counts)
        return which, np.arange(len(which), dtype=np.int64) + (self.first[rows] - np.cumsum(counts) + counts).take(which)


@dataclass(frozen=True, slots=True)
class Bits:
    """Flags, rows x columns, eight to a byte: ``packed`` rows x bytes, the lowest bit first; ``size`` of a row."""

    packed: NDArray[np.uint8]
    size: int

    @classmethod
    def of(cls, flags: Flags) -> Bits:
        """Flags, packed."""
        return cls(np.packbits(flags, axis=-1, bitorder="little"), flags.shape[-1])

    def row(self, row: int) -> Flags:
        """The flags of a row."""
        return self.flags(self.packed[row])

    def flags(self, packed: NDArray[np.uint8]) -> Flags:
        """The flags of a packed row."""
        return np.unpackbits(packed, count=self.size, bitorder="little").view(np.bool_)

    def every(self) -> NDArray[np.uint8]:
        """A packed row with all flags set, and none behind the last."""
        found = np.full(self.packed.shape[1], 0xFF, dtype=np.uint8)
        found[-1:] >>= -self.size & 7
        return found

    def columns(self, packed: NDArray[np.uint8]) -> Ints:
        """The columns with a flag in a packed row, in order; few of them are found without unpacking the rest."""
        held = np.flatnonzero(packed != 0)
        if len(held) * _SPARSE > len(packed):
            return np.flatnonzero(self.flags(packed))
        at = np.flatnonzero(np.unpackbits(packed.take(held), bitorder="little").view(np.bool_))
        return np.asarray((held.take(at >> 3) << 3) + (at & 7), dtype=np.int64)

    def any_of(self, rows: Sequence[int]) -> Flags:
        """The columns with a flag in one of the rows."""
        return self.flags(np.bitwise_or.reduce(self.packed[list(rows)], axis=0))

    def at(self, row: int | Ints, columns: Ints) -> Flags:
        """The flags of some columns in a row, or each in a row of its own."""
        found = self.packed[row, columns >> 3] >> (columns & 7).astype(np.uint8) & np.uint8(1)
        return np.asarray(found.view(np.bool_), dtype=np.bool_)


def rows_of(of: Ints, size: int) -> Rows:
    """Values by their rows, which must be in order."""
    return Rows(np.append(0, np.cumsum(np.bincount(of, minlength=size))), of)


def distinct(*columns: Ints) -> tuple[list[list[int]], Ints]:
    """The distinct rows of columns of numbers (-1 or more), and which of them each row is."""
    key, span = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        size = int(column.max(initial=0)) + 2
        if span * size > _LARGEST:
            key = np.unique(key, return_inverse=True)[1]
            span = len(key)
        key, span = key * size + column + 1, span * size
    where = _ranked(key, span) if span < _FEW else np.unique(key, return_inverse=True)[1]
    first = np.zeros(int(where.max(initial=-1)) + 1, dtype=np.int64)
    first[where] = np.arange(len(where))
    return np.stack([c[first] for c in columns], axis=1).tolist(), where


_LARGEST, _FEW, _SPARSE = 2**62, 2**20, 10


def _ranked(key: Ints, span: int) -> Ints:
    """The rank of each number among those that occur; for numbers of a small span much faster than sorting."""
    used = np.zeros(span, dtype=np.int64)
    used[key] = 1
    return np.asarray((np.cumsum(used) - 1)[key], dtype=np.int64)


def once(numbers: Ints) -> Ints:
    """Numbers in order, each once."""
    return numbers.take(np.flatnonzero(np.append(True, numbers[1:] > numbers[:-1])[: len(numbers)]))


def places(keep: Flags | Ints) -> Ints:
    """The places of flags (of places: themselves): by these numpy takes several times faster than by flags."""
    return np.flatnonzero(keep) if keep.dtype == np.bool_ else keep.astype(np.int64, copy=False)


def among(size: int, numbers: Iterable[int]) -> Flags:
    """For each number from 0 to size whether it is one of these."""
    flags = np.zeros(size, dtype=np.bool_)
    flags[list(numbers)] = True
    return flags
