"""A column of cells kept as an Arrow array: what is distinct in it is found in one pass, and a cell becomes a Python value only where it
is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.ingest.grids import CellValue, Mask, Rows

_MOMENTS = ("s", "ms", "us")


class Cells(Sequence[CellValue]):
    """Some first cells (texts of a header), then those of an array of texts, numbers or days, null for an empty one."""

    __slots__ = ("array", "first")

    def __init__(self, first: tuple[CellValue, ...], array: pa.Array) -> None:
        self.first, self.array = first, array

    def __len__(self) -> int:
        return len(self.first) + len(self.array)

    def __iter__(self) -> Iterator[CellValue]:
        yield from self.first
        yield from python_values(self.array)

    @overload
    def __getitem__(self, at: int) -> CellValue: ...

    @overload
    def __getitem__(self, at: slice) -> list[CellValue]: ...

    def __getitem__(self, at: int | slice) -> CellValue | list[CellValue]:
        begin = len(self.first)
        if isinstance(at, slice):
            rows = range(*at.indices(len(self)))
            return self.picked(np.fromiter(rows, np.int64, len(rows)))
        place = at if at >= 0 else at + len(self)
        if not 0 <= place < len(self):
            raise IndexError(at)
        found: CellValue = self.first[place] if place < begin else self.array[place - begin].as_py()
        return found

    def picked(self, rows: Rows) -> list[CellValue]:
        """The cells of some rows."""
        begin = len(self.first)
        if len(rows) and int(rows.min()) < begin:
            return [self[row] for row in rows.tolist()]
        return python_values(self.array.take(pa.array(rows - begin)))

    def kept(self, rows: Rows) -> Cells:
        """The column of some rows only, in their order: those of the first cells before the others."""
        begin = len(self.first)
        inside = rows[rows >= begin] - begin
        is_run = len(inside) and int(inside[-1] - inside[0]) == len(inside) - 1
        array = self.array.slice(int(inside[0]), len(inside)) if is_run else self.array.take(pa.array(inside))
        return Cells(tuple(self.first[row] for row in rows[rows < begin].tolist()), array)

    def distinct(self) -> tuple[Cells, Rows]:
        """The distinct cells in the order in which they come, and for each cell which of them it is."""
        values, codes = _coded(self.array)
        first = tuple(dict.fromkeys(self.first))
        again = {place: at for at, cell in enumerate(first) if (place := _place(values, cell)) >= 0}
        if again:
            left = np.ones(len(values), np.bool_)
            left[list(again)] = False
            to = np.cumsum(left) - 1 + len(first)
            to[list(again)] = list(again.values())
            values, codes = values.filter(pa.array(left)), to[codes]
        else:
            codes = codes + len(first)
        head = np.array([first.index(cell) for cell in self.first], dtype=np.int64)
        return Cells(first, values), np.concatenate([head, codes]) if len(head) else codes

    @property
    def is_text(self) -> bool:
        """Whether the array holds texts."""
        return is_coded(self.array.type) or pa.types.is_string(self.array.type)

    def texts(self) -> pa.Array:
        """All cells as texts, where the array holds texts."""
        array = self.array.dictionary_decode() if is_coded(self.array.type) else self.array
        return pa.concat_arrays([pa.array(self.first, pa.string()), array]) if self.first else array

    def odd(self) -> Mask:
        """Which cells are not certainly numbers or days: the first ones, empty ones, and what is no number."""
        found = self.array.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
        return np.concatenate([np.ones(len(self.first), np.bool_), found])


def _coded(array: pa.Array) -> tuple[pa.Array, Rows]:
    if is_coded(array.type):
        inner = array.indices.dictionary_encode(null_encoding="encode")
        values = array.dictionary.take(inner.dictionary)
    else:
        inner = array.dictionary_encode(null_encoding="encode")
        values = inner.dictionary
    return values, inner.indices.to_numpy().astype(np.int64)


def _place(values: pa.Array, cell: CellValue) -> int:
    """Where a text (or an empty cell) stands among distinct values, -1: nowhere."""
    if cell is None:
        return int(pc.index(values.is_null(), True).as_py())
    return int(pc.index(values, cell).as_py()) if isinstance(cell, str) and pa.types.is_string(values.type) else -1


def is_coded(kind: pa.DataType) -> bool:
    """Whether a column holds numbers of texts."""
    return bool(pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type))


def is_kept(kind: pa.DataType) -> bool:
    """Whether a column of this type is kept as it is: its values are read as they stand."""
    moment = pa.types.is_timestamp(kind) and kind.unit in _MOMENTS
    return bool(
        moment
        or pa.types.is_string(kind)
        or pa.types.is_float64(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_decimal128(kind)
    )


def python_values(array: pa.Array) -> list[CellValue]:
    """The values of an array; a text that comes again is one object."""
    if is_coded(array.type):
        texts = array.dictionary.to_pylist()
        return [None if at is None else texts[at] for at in array.indices.to_pylist()]
    found: list[CellValue] = array.to_pylist()
    return found


def picked(cells: Sequence[CellValue], rows: Rows) -> list[CellValue]:
    """The cells of some rows of a column, however it is kept."""
    return cells.picked(rows) if isinstance(cells, Cells) else [cells[row] for row in rows.tolist()]


def of_distinct(column: pa.Array, make: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """What ``make`` gives for each value of a column, asked once for each that is distinct."""
    if column.null_count == len(column):
        return make(column)
    coded = column.dictionary_encode()
    return make(coded.dictionary).take(coded.indices)


_TOP = 64  # rows above the first number or day: titles, headers
_ARRAYS: Mapping[type, pa.DataType] = {float: pa.float64(), date: pa.date32()}


def as_array(cells: Sequence[CellValue]) -> Sequence[CellValue]:
    """The cells of a list as an array where they are texts, or numbers (or days) and empty cells below some texts; else as they are."""
    others = {*map(type, cells)} - {str, type(None)}
    try:
        if not others:
            return Cells((), pa.array(cells, pa.string()))
        kind = others.pop()
        if others or kind not in _ARRAYS:
            return cells
        begin = next(at for at, cell in enumerate(cells) if type(cell) is kind)
        body = [None if cell == "" else cell for cell in cells[begin:]]
        return cells if begin > _TOP else Cells(tuple(cells[:begin]), pa.array(body, _ARRAYS[kind]))
    except (UnicodeError, pa.ArrowInvalid, pa.ArrowTypeError):  # half a sign, or a text among numbers
        return cells
