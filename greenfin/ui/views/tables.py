"""A disclosure table as it prints. No streamlit here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from greenfin.core.records import Cell, Table, TableColumn, TableRow
from greenfin.disclose.printed import Grid, grid, is_number, lines, pick
from greenfin.messages import Lang


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A printed cell: ``kind`` is label, unit, number, missing or text; ``id`` is empty where nothing can be asked of it.

    ``marks`` are its footnotes, as they begin the notes; ``is_doubtful``: a check says something of it.
    """

    id: str
    text: str
    kind: str
    marks: str = ""
    is_doubtful: bool = False


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
    """A table ready to show: ``headings`` (kind, words) and ``columns`` (ids) in the order of each row's cells, notes and basis below."""

    id: str
    title: str
    headings: tuple[tuple[str, str], ...]
    rows: tuple[SheetRow, ...]
    notes: tuple[str, ...]
    basis: str
    columns: tuple[str, ...] = ()


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
    return Sheet(
        table.id,
        pick(table.title_zh, table.title_en, lang),
        headings,
        rows,
        lines(table.notes_zh, table.notes_en, lang),
        basis,
        tuple(column.id for column in ready.columns),
    )


def doubted(view: Sheet, cells: Collection[str]) -> Sheet:
    """The table with the cells marked of which a check says something."""
    rows = (replace(row, cells=tuple(replace(c, is_doubtful=bool(c.id) and c.id in cells) for c in row.cells)) for row in view.rows)
    return replace(view, rows=tuple(rows))


def beside(view: Sheet, other: Sheet, words: str) -> Sheet:
    """The table with the figures of the same table of another run beside its own: after each column of figures that both have, one called
    so. A row that the other run has not is left empty there."""
    theirs = {(row.id, kind_id): cell for row in other.rows for kind_id, cell in zip(other.columns, row.cells, strict=True)}
    both = [column in other.columns and view.headings[at][0] == "value" for at, column in enumerate(view.columns)]
    headings: list[tuple[str, str]] = []
    for heading, is_both in zip(view.headings, both, strict=True):
        headings += [heading, ("value", f"{heading[1]}\n{words}")] if is_both else [heading]
    rows = tuple(replace(row, cells=tuple(_paired(view, row, both, theirs))) for row in view.rows)
    columns = tuple(name for column, is_both in zip(view.columns, both, strict=True) for name in ([column, ""] if is_both else [column]))
    return replace(view, headings=tuple(headings), rows=rows, columns=columns)


def _paired(view: Sheet, row: SheetRow, both: Sequence[bool], theirs: Mapping[tuple[str, str], SheetCell]) -> Iterator[SheetCell]:
    for column, cell, is_both in zip(view.columns, row.cells, both, strict=True):
        yield cell
        if is_both:
            found = theirs.get((row.id, column))
            yield SheetCell("", found.text if found else "", "beside")


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
