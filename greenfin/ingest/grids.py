"""A sheet as columns of cells, with the address of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

CellValue = str | int | float | bool | date | datetime | time | timedelta | None
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """The used area of a sheet, column by column.

    ``sheet`` is the printed address (``book.xlsx!借据台账``; a file without sheets has its name alone). ``first_row`` and
    ``first_column`` (1-based) say where ``columns[0][0]`` stands. ``merged`` are merged areas (top, left, bottom, right) as
    indices into ``columns``; None where the format has none.
    """

    file: str
    sheet: str
    columns: Sequence[Sequence[CellValue]]
    first_row: int = 1
    first_column: int = 1
    merged: tuple[tuple[int, int, int, int], ...] | None = None
    is_hidden: bool = False
    is_1904: bool = False  # bare serial numbers count days from 1904
    hidden_rows: Rows = field(default_factory=lambda: np.zeros(0, np.int64), compare=False)  # indices of rows nobody sees
    hidden_columns: int = 0
    gap: int = 0  # rows of the sheet that are left out below the first: the grid is its header and a batch of its rows
    memo: dict[tuple[str, int], Any] = field(default_factory=dict, compare=False, repr=False)  # what was worked out of a column

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.columns[0]) if self.columns else 0

    def row(self, index: int) -> list[CellValue]:
        """One row, for the few rows of a header."""
        return [column[index] for column in self.columns]

    def letter(self, column: int) -> str:
        """The sheet's letter of a column index."""
        return column_letter(self.first_column + column)

    def at(self, row: int, column: int | None = None) -> str:
        """The address of a cell (or of a row) of this grid."""
        return f"{self.sheet}!{'' if column is None else self.letter(column)}{self.first_row + row + (self.gap if row else 0)}"

    def numbers(self, rows: Rows) -> Rows:
        """The numbers in the sheet of some rows below the first."""
        return rows + (self.first_row + self.gap)


def column_letter(number: int) -> str:
    """Spreadsheet letters of a column number from 1.

    >>> column_letter(1), column_letter(27), column_letter(703)
    ('A', 'AA', 'AAA')
    """
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The number from 1 of spreadsheet letters.

    >>> column_number("AAA")
    703
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
