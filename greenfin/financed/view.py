"""The columns of ``exposures`` as arrays to count with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts in fen; where not ``has`` the value is 0 and means nothing."""

    values: Ints
    has: Flags


@dataclass(frozen=True, slots=True)
class Words:
    """A column of texts: the distinct ones, and per row the place of its own among them (the last place: none)."""

    texts: Sequence[str | None]
    at: Ints

    def among(self, wanted: Iterable[str]) -> Flags:
        """Which rows have one of these texts."""
        known = frozenset(wanted)
        found: Flags = np.array([text in known for text in self.texts], np.bool_)[self.at]
        return found

    @property
    def has(self) -> Flags:
        """Which rows have a text."""
        found: Flags = np.array([text is not None for text in self.texts], np.bool_)[self.at]
        return found


@dataclass(frozen=True, slots=True)
class View:
    """A table whose columns are read as arrays."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def money(self, name: str) -> Money:
        """A column of whole numbers and where it has one."""
        column = self.table[name]
        if column.null_count == len(column):
            return Money(np.zeros(len(self), np.int64), np.zeros(len(self), np.bool_))
        has = np.asarray(pc.is_valid(column).to_numpy())
        return Money(np.asarray(pc.fill_null(column, 0).to_numpy(), dtype=np.int64), has)

    def reals(self, name: str) -> Reals:
        """A column of numbers, NaN where there is none."""
        column = self.table[name]
        if column.null_count == len(column):
            return np.full(len(self), np.nan)
        return np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy(), dtype=np.float64)

    def flags(self, name: str) -> Flags:
        """A column of yes and no; not stated is no."""
        if self.table[name].null_count == len(self):
            return np.zeros(len(self), np.bool_)
        return np.asarray(pc.fill_null(self.table[name], False).to_numpy(), dtype=np.bool_)

    def words(self, name: str) -> Words:
        """A column of texts by the distinct ones."""
        if self.table[name].null_count == len(self):
            return Words([None], np.zeros(len(self), np.int64))
        column = self.table[name].combine_chunks().dictionary_encode()
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        texts: list[str | None] = column.dictionary.to_pylist()
        at = np.asarray(pc.fill_null(column.indices, len(texts)).to_numpy(zero_copy_only=False), dtype=np.int64)
        return Words([*texts, None], at)

    def first_of(self, names: Sequence[str]) -> pa.Array:
        """For each row the first text that one of the columns has."""
        held = [self.table[name].combine_chunks() for name in names if self.table[name].null_count < len(self)]
        return pc.coalesce(*held) if held else pa.nulls(len(self), pa.string())


def codes_of(keys: pa.Array) -> Ints:
    """A small number for each distinct key; rows without a key each have their own."""
    encoded = keys.dictionary_encode()
    at = np.asarray(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    return np.where(at < 0, len(encoded.dictionary) + np.arange(len(at)), at) if keys.null_count else at


def packed(at: Ints) -> Ints:
    """Numbers of groups without wide gaps."""
    if len(at) and at.max() >= _GAPS * len(at):
        at = np.unique(at, return_inverse=True)[1].astype(np.int64)
    return at


_GAPS = 10
