"""Small sheets beside the data (targets, credits), as texts by sheet, line and heading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from greenfin.ingest.cells import is_blank
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.vocabulary import mark, plain


def is_note(grid: Grid) -> bool:
    """Whether a sheet is one of targets or credits by its name."""
    return plain(grid.sheet.partition("!")[2]) in {plain(title) for title in mark("pledge_sheets")}


def read_notes(path: Path) -> dict[str, str]:
    """The sheets of a file that are called targets or credits: ``{"抵消.2.种类": "CCER"}``, the number being the sheet's line.

    A sheet with headings above gives an entry for each line under them, one with headings on the left (two columns) a single entry.
    A file of one sheet without a name has none. Raises Refused for a file that cannot be read.
    """
    found: dict[str, str] = {}
    for grid in read_grids(path).value:
        title = grid.sheet.partition("!")[2]
        if is_note(grid) and not grid.is_hidden:
            found.update({f"{title}.{rest}": text for rest, text in _texts(grid)})
    return found


def _texts(grid: Grid) -> Iterator[tuple[str, str]]:
    rows = [[_text(cell) for cell in grid.row(at)] for at in range(grid.height)]
    filled = [(at, row) for at, row in enumerate(rows) if any(row)]
    start = next((i for i, (_, row) in enumerate(filled) if sum(map(bool, row)) > 1), None)  # a title stands alone
    if start is None:
        return
    head, body = filled[start][1], filled[start + 1 :]
    if sum(map(bool, head)) > 1 + 1 or not body:
        for at, row in body:
            yield from ((f"{grid.first_row + at}.{heading}", cell) for heading, cell in zip(head, row, strict=True) if heading and cell)
    else:
        yield from _pairs([row for _, row in filled[start:]], first=str(grid.first_row))


def _pairs(rows: list[list[str]], *, first: str) -> Iterator[tuple[str, str]]:
    """Heading and value side by side."""
    for row in rows:
        cells = [cell for cell in row if cell]
        if len(cells) > 1:
            yield f"{first}.{cells[0]}", cells[1]


def _text(cell: CellValue) -> str:
    if is_blank(cell):
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
