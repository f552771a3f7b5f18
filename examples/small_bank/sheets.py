"""Writing sheets that look like a bank's own: titles, merged headers, fills, widths; and the same bytes each time."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

FONT = "宋体"
LINE = Side(style="thin", color="B7B7B7")
BOX = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
HEAD = PatternFill("solid", fgColor="D9E8D8")
SUM = PatternFill("solid", fgColor="F2F2F2")
MADE_ON = datetime(2026, 1, 15, 9, 0, 0)  # noqa: DTZ001  a file's date has no zone


@dataclass(slots=True)
class Sheet:
    """A sheet in the making: its next row, and where each value went (``(row key, column) -> B7``)."""

    sheet: Worksheet
    columns: Sequence[str] = ()
    row: int = 1
    cells: dict[tuple[str, str], str] = field(default_factory=dict)

    def title(self, text: str, width: int) -> None:
        """A merged, centred title over ``width`` columns."""
        self.sheet.merge_cells(start_row=self.row, start_column=1, end_row=self.row, end_column=width)
        cell = self.sheet.cell(self.row, 1, text)
        cell.font, cell.alignment = Font(name=FONT, size=14, bold=True), Alignment(horizontal="center")
        self._mark("title", "")

    def line(self, text: str, column: int = 1, key: str = "") -> None:
        """A single text in its own row: a unit line, a signature, a note."""
        self.sheet.cell(self.row, column, text).font = Font(name=FONT, size=10)
        self.cells[(key or text, "")] = f"{get_column_letter(column)}{self.row}"
        self.row += 1

    def skip(self) -> None:
        """An empty row."""
        self.row += 1

    def header(self, columns: Sequence[str], groups: Sequence[tuple[str, int]] = ()) -> None:
        """One header row, or two: ``groups`` are merged words over so many columns; an empty group merges each column downwards."""
        self.columns = columns
        if groups:
            self._groups(groups)
        for number, word in enumerate(columns, 1):
            cell = self.sheet.cell(self.row, number)
            if not isinstance(cell, MergedCell):
                cell.value = word
            self._head(self.row, number)
        self._mark("header", "")
        self.sheet.freeze_panes = f"A{self.row}"

    def _groups(self, groups: Sequence[tuple[str, int]]) -> None:
        start = 1
        for word, width in groups:
            if word:
                self.sheet.cell(self.row, start, word)
                self.sheet.merge_cells(start_row=self.row, start_column=start, end_row=self.row, end_column=start + width - 1)
            else:
                for number in range(start, start + width):
                    self.sheet.cell(self.row, number, self.columns[number - 1])
                    self.sheet.merge_cells(start_row=self.row, start_column=number, end_row=self.row + 1, end_column=number)
            for number in range(start, start + width):
                self._head(self.row, number)
            start += width
        self._mark("groups", "")

    def _head(self, row: int, number: int) -> None:
        cell = self.sheet.cell(row, number)
        cell.font, cell.fill, cell.border = Font(name=FONT, size=10, bold=True), HEAD, BOX
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)

    def _mark(self, key: str, column: str) -> None:
        self.cells[(key, column)] = f"A{self.row}"
        self.row += 1

    def add(self, key: str, values: Mapping[str, object], *, total: bool = False) -> int:
        """A row of values under the header; returns its number."""
        for number, column in enumerate(self.columns, 1):
            cell = self.sheet.cell(self.row, number)
            assert isinstance(cell, Cell)  # noqa: S101  rows of values are never merged when written
            put(cell, values.get(column))
            cell.border, cell.font = BOX, Font(name=FONT, size=10, bold=total)
            if total:
                cell.fill = SUM
            self.cells[(key, column)] = cell.coordinate
        self.cells[(key, "")] = f"A{self.row}"
        self.row += 1
        return self.row - 1

    def merge(self, column: str, first: int, last: int) -> str:
        """Merges a column's cells of some rows into one, as a bank does with its branch names; gives the address."""
        letter = get_column_letter(list(self.columns).index(column) + 1)
        for row in range(first + 1, last + 1):
            self.sheet[f"{letter}{row}"].value = None
        self.sheet.merge_cells(f"{letter}{first}:{letter}{last}")
        self.sheet[f"{letter}{first}"].alignment = Alignment(vertical="top")
        return f"{letter}{first}"

    def widths(self, widths: Mapping[str, float], default: float = 14) -> None:
        """Column widths by header word."""
        for number, column in enumerate(self.columns, 1):
            self.sheet.column_dimensions[get_column_letter(number)].width = widths.get(column, default)


def put(cell: Cell, value: object) -> None:
    """One value into a cell: money with two decimals and separators, dates as dates, codes as text."""
    if isinstance(value, Decimal):
        cell.value = float(value)
        cell.number_format = "#,##0.00" if abs(value) >= 1000 else "General"
    elif isinstance(value, date):
        cell.value, cell.number_format = value, "yyyy-mm-dd"
    elif isinstance(value, str) and value:
        cell.value, cell.number_format = value, "@"
    elif isinstance(value, int):
        cell.value = value


def workbook(title: str) -> Workbook:
    """An empty workbook with fixed properties."""
    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    book.properties.creator, book.properties.title = "greenfin example", title
    book.properties.created = MADE_ON
    return book


def save(book: Workbook, path: Path) -> None:
    """Writes the workbook so that the same cells give the same bytes."""
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    stamp = MADE_ON.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            fixed = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content) if name == "docProps/core.xml" else content
            archive.writestr(zipfile.ZipInfo(name, MADE_ON.timetuple()[:6]), fixed, zipfile.ZIP_DEFLATED)
