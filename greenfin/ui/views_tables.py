"""A disclosure table as it prints. No streamlit here."""

from __future__ import annotations

from dataclasses import dataclass

from greenfin.core.records import Cell, Table, TableColumn, TableRow
from greenfin.disclose.printed import Grid, grid, is_number, lines, pick
from greenfin.messages import Lang


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A printed cell: ``kind`` is label, unit, number, missing or text; ``id`` is empty where nothing can be asked of it.

    ``marks`` are its footnotes, as they begin the notes.
    """

    id: str
    text: str
    kind: str
    marks: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A printed row; ``kind`` is row, total or heading, ``level`` indents its label."""

    id: str
    label: str
    level: int
    kind: str
    cells: tuple[SheetCell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table ready to show: ``headings`` (kind, words) in the order of each row's cells, notes and basis below."""

    id: str
    title: str
    headings: tuple[tuple[str, str], ...]
    rows: tuple[SheetRow, ...]
    notes: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Question:
    """A cell that can be asked why: its id, and its row and column in words."""

    cell: str
    words: str


def title_of(table: Table, lang: Lang) -> str:
    """The table's number and title."""
    return f"{table.id} {pick(table.title_zh, table.title_en, lang)}"


def sheet(table: Table, lang: Lang) -> Sheet:
    """The table's cells as printed; a missing value is a dash, never a zero."""
    ready = grid(table, lang)
    rows = tuple(
        SheetRow(row.id, ready.label(row), row.level, row.kind, tuple(_cell(ready, row, column) for column in ready.columns))
        for row in table.rows
    )
    headings = tuple((column.kind, ready.heading(column)) for column in ready.columns)
    basis = pick(table.basis_zh, table.basis_en, lang)
    return Sheet(table.id, pick(table.title_zh, table.title_en, lang), headings, rows, lines(table.notes_zh, table.notes_en, lang), basis)


def _cell(ready: Grid, row: TableRow, column: TableColumn) -> SheetCell:
    cell = ready.table.cell(row.id, column.id)
    asked = cell.id if is_number(cell) and cell else ""
    return SheetCell(asked, ready.text(row, column), _kind(column.kind, cell), " ".join(cell.marks) if cell else "")


def _kind(column: str, cell: Cell | None) -> str:
    if column in ("label", "unit"):
        return column
    if cell is None or cell.text is not None:
        return "text"
    return "missing" if cell.value is None else "number"


def questions(table: Table, lang: Lang) -> tuple[Question, ...]:
    """Every cell of the table that holds or lacks a number, in reading order."""
    ready = grid(table, lang)
    return tuple(
        Question(cell.id, f"{ready.label(row).strip()} · {ready.heading(column)}")
        for row in table.rows
        for column in ready.columns
        if (cell := table.cell(row.id, column.id)) is not None and is_number(cell)
    )
