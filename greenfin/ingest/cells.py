"""Reading a column of cells: each distinct value once, then spread over the rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Problem, error
from greenfin.ingest.arrays import Cells, as_array, picked
from greenfin.ingest.grids import CellValue, Grid, Mask, Rows
from greenfin.ingest.sure import numbered, unlisted
from greenfin.ingest.vocabulary import mark, marks, plain

_PRIVATE = re.compile(
    r"(?<!\d)(?:[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]"  # identity number
    r"|1[3-9]\d(?:[ -]?\d{4}){2}"  # mobile phone, also parted
    r"|(?:[(]0\d{2,3}[)] ?|0\d{2,3}-)\d{4} ?\d{3,4})(?![\dXx])"  # fixed line with its area code
)
_IDENTITY = 15  # digits; fewer, alone in a cell, are a receipt or an amount as often as a phone
_SHOWN = 40
_IN_A_ROW = re.compile(r"\d{4}")  # digits that every private number has


@dataclass(frozen=True, slots=True)
class Read:
    """A cell as it was read: the value (None: empty) and what was wrong or done, without an address yet.

    A problem of severity error has no value, except where ``value`` is readable but the row cannot stand.
    """

    value: object = None
    problem: Problem | None = None


Reader = Callable[[CellValue], Read]
_NOTHING = Read()


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column as read: one value per row (Arrow), and for each kind of fault the rows that have it."""

    values: pa.Array
    faults: tuple[tuple[Rows, Problem], ...]


def is_blank(cell: CellValue) -> bool:
    """Whether a cell is empty: None, blank text, a dash, 无, N/A. Never whether it is zero."""
    if cell is None or cell == "":
        return True
    if isinstance(cell, float):
        return isnan(cell)  # parquet's way of saying empty
    return isinstance(cell, str) and len(cell) < 12 and not "0" <= cell[0] <= "9" and plain(cell) in mark("blank")


def is_error(cell: CellValue) -> bool:
    """Whether a cell holds a spreadsheet error (#REF!) or a formula that was never calculated."""
    return isinstance(cell, str) and cell.startswith("#") and (plain(cell) in mark("error_cells") or is_uncalculated(cell))


def is_uncalculated(cell: CellValue) -> bool:
    """Whether a cell holds a formula without a stored result."""
    return isinstance(cell, str) and cell == _uncalculated()


def _uncalculated() -> str:
    return str(marks()["not_calculated"])


def covered(text: str) -> str:
    """The text with phone and identity numbers covered, sign by sign (offsets stay)."""
    if not _IN_A_ROW.search(text):
        return text
    half = text if text.isascii() else text.translate(_HALF)
    return "".join(_covered(text, half)) if _PRIVATE.search(half) else text


_HALF = {wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), 0xFF38, 0xFF58, 0xFF08, 0xFF09, 0xFF0D)} | {0x2014: 0x2D, 0x3000: 0x20}


def _covered(text: str, half: str) -> Iterator[str]:
    """The pieces of a text, private numbers as stars; ``half`` is the same text in half width, sign by sign."""
    end = 0
    for found in _PRIVATE.finditer(half):
        yield f"{text[end : found.start()]}{'*' * len(found[0])}"
        end = found.end()
    yield text[end:]


def shown(cell: CellValue) -> str:
    """A cell's text for a message, cut; phone and identity numbers among other words are covered."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else str(cell)
    text = text if text.strip().isdigit() and len(text.strip()) < _IDENTITY else covered(text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def tidy(cell: CellValue) -> str:
    """A cell as one line of text: outer and inner white space evened out, the apostrophe of a text cell taken off."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return " ".join(text.split()).removeprefix("'")


def narrow(cell: CellValue) -> str:
    """A cell as a code: half width, without white space, ``.0`` of a number taken off."""
    text = unicodedata.normalize("NFKC", tidy(cell)).replace(" ", "").lstrip("'`")
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def distinct(cells: Sequence[CellValue]) -> tuple[list[CellValue], Rows]:
    """The distinct cells and, for each row, which of them it holds (a tick box and a 1 are kept apart)."""
    if bool in set(map(type, cells)):
        cells = ["TRUE" if cell is True else "FALSE" if cell is False else cell for cell in cells]
    values = list(dict.fromkeys(cells))
    places = {value: place for place, value in enumerate(values)}
    return values, np.fromiter(map(places.__getitem__, cells), dtype=np.int64, count=len(cells))


def kept(grid: Grid, column: int) -> Sequence[CellValue]:
    """A grid's column as an array where it can be one, worked out once; an empty text of a column of numbers or days is None in it."""
    key = ("array", column)
    if key not in grid.memo:
        cells = grid.columns[column]
        grid.memo[key] = cells if isinstance(cells, Cells) else as_array(cells)
    found: Sequence[CellValue] = grid.memo[key]
    return found


def encoded(grid: Grid, column: int) -> tuple[Sequence[CellValue], Rows]:
    """``distinct`` of a grid's column, worked out once."""
    key = ("codes", column)
    if key not in grid.memo:
        cells = kept(grid, column)
        grid.memo[key] = cells.distinct() if isinstance(cells, Cells) else distinct(cells)
    found: tuple[Sequence[CellValue], Rows] = grid.memo[key]
    return found


def told(grid: Grid, column: int, test: Callable[[CellValue], bool], *, is_listed: bool = True) -> Mask:
    """For each row of a grid whether its cell passes a test of words; each distinct cell is tested once, a number (of a record too) and a
    day never, nor, where the words are listed ones (``is_listed``), a text that is plainly none of them."""
    cells, codes = kept(grid, column), None
    if not isinstance(cells, Cells) or cells.is_text:
        cells, codes = encoded(grid, column)
    rows, asked = _wordy(grid, column, cells, is_listed)
    found = np.zeros(len(cells), np.bool_)
    found[rows] = [test(cell) for cell in asked]
    return found if codes is None else found[codes]


def _wordy(grid: Grid, column: int, cells: Sequence[CellValue], is_listed: bool) -> tuple[Rows, list[CellValue]]:
    """Which of a column's (distinct) cells a test of words is about, and those; worked out once."""
    key = ("listed" if is_listed else "wordy", column)
    if key not in grid.memo:
        rows = np.nonzero(~_unasked(cells, is_listed))[0]
        grid.memo[key] = rows, picked(cells, rows)
    found: tuple[Rows, list[CellValue]] = grid.memo[key]
    return found


def _unasked(cells: Sequence[CellValue], is_listed: bool) -> Mask:
    texts = texts_of(cells)
    if texts is None:
        return ~cells.odd() if isinstance(cells, Cells) else np.zeros(len(cells), np.bool_)
    sure = numbered(texts)
    if is_listed and not sure.all():
        sure = sure.copy()
        sure[~sure] = unlisted(texts.filter(pa.array(~sure)))
    return sure


def texts_of(values: Sequence[CellValue]) -> pa.Array | None:
    """The cells of a column as texts; None where they are of another kind."""
    if isinstance(values, Cells):
        return values.texts() if values.is_text else None
    if not all(value is None or isinstance(value, str) for value in values):
        return None
    try:
        return pa.array(values, pa.string())
    except UnicodeError:  # half a sign: no text that could be kept
        return None


def floats_of(values: Sequence[CellValue]) -> NDArray[np.float64] | None:
    """The cells of a column as floating-point numbers, not a number for an empty one; None where they are of another kind."""
    if isinstance(values, Cells) and not values.first and pa.types.is_float64(values.array.type):
        found: NDArray[np.float64] = values.array.to_numpy(zero_copy_only=False)
        return found
    if isinstance(values, Cells) or not {*map(type, values)} <= {float, type(None)}:
        return None
    return np.array(values, dtype=np.float64)


def blank_in(grid: Grid, column: int) -> Mask:
    """For each row of a grid whether its cell is empty, worked out once."""
    key = ("blank", column)
    if key not in grid.memo:
        grid.memo[key] = told(grid, column, is_blank)
    found: Mask = grid.memo[key]
    return found


def blank_rows(cells: Sequence[CellValue]) -> Mask:
    """For each row whether the cell is empty."""
    values, codes = distinct(cells)
    return np.array([is_blank(value) for value in values], dtype=np.bool_)[codes] if values else np.zeros(0, np.bool_)


def read_cells(cells: Sequence[CellValue], reader: Reader, *, dtype: pa.DataType) -> ColumnRead:
    """A column read by a reader; error cells are problems, whatever the reader."""
    return read_encoded(*distinct(cells), reader, dtype=dtype)


def read_encoded(
    values: Sequence[CellValue], codes: Rows, reader: Reader, *, dtype: pa.DataType, known: pa.Array | None = None
) -> ColumnRead:
    """The same of a column that is already split into distinct cells and where they stand; ``known`` has what the reader would give for
    some of them (null: it must look)."""
    left = np.arange(len(values)) if known is None else np.nonzero(known.is_null().to_numpy(zero_copy_only=False))[0]
    reads = [_guarded(cell, reader) for cell in picked(values, left)]
    found = pa.array([read.value for read in reads], type=dtype)
    every = found if known is None else pc.replace_with_mask(known, known.is_null(), found)
    bad = {at: read.problem for at, read in zip(left.tolist(), reads, strict=True) if read.problem is not None}
    return ColumnRead(every.take(pa.array(codes)), tuple(_faults(bad, len(values), codes)))


def _guarded(cell: CellValue, reader: Reader) -> Read:
    if is_uncalculated(cell):
        return Read(problem=error("ingest.formula_not_calculated"))
    if is_error(cell):
        return Read(problem=error("ingest.error_cell", found=shown(cell)))
    return reader(cell)


def _faults(bad: Mapping[int, Problem], size: int, codes: Rows) -> Iterator[tuple[Rows, Problem]]:
    """The rows of each distinct cell with something wrong."""
    if not bad:
        return
    wrong = np.zeros(size, np.bool_)
    wrong[list(bad)] = True
    rows = np.nonzero(wrong[codes])[0]
    order = np.argsort(codes[rows], kind="stable")
    found, starts = np.unique(codes[rows][order], return_index=True)
    for code, group in zip(found.tolist(), np.split(rows[order], starts[1:]), strict=True):
        yield group, bad[code]
