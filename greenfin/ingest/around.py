"""What stands around a table: the money unit and the data date above it, in the names of sheet and file, in the notes below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from greenfin.core.units import same_dimension
from greenfin.ingest.cells import is_blank
from greenfin.ingest.dates import find_date
from greenfin.ingest.foreign_headers import foreign_money
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.headers import names_money, title_parts, unit_of
from greenfin.ingest.vocabulary import plain, starts

_SHORT_UNIT = 20  # a unit that stands alone above a table
_FEW = 3  # cells of a row that is a title, a line with the unit, or a note
_NOTE_ROWS = 10  # at the end of a sheet


def around(grid: Grid, row: int) -> tuple[str, str, date | None]:
    """The money unit (and one that nobody knows) and the data date that are said around the table whose header begins in a row.

    The lines of few cells above count first, the nearest before the others; then all that is above, the names, and the notes below.
    """
    unit, doubt = _said(cells for index in reversed(range(row)) if len(cells := _cells(grid, index)) <= _FEW)
    other, unknown = ("", "") if unit else _said(_cells(grid, index) for index in range(row))
    unit, doubt = unit or other, doubt or unknown
    if not unit and not doubt:
        named = [[grid.sheet.rpartition("!")[2]], [grid.file.rpartition("/")[2].rpartition(".")[0]]]
        unit, _ = _of_titles(named)
    if not unit and not doubt:
        below = (_cells(grid, index) for index in range(max(row + 1, grid.height - _NOTE_ROWS), grid.height))
        unit, doubt = _said((cells for cells in below if 0 < len(cells) < _FEW and _is_note(cells[0])), is_marked=True)
    return unit, "" if unit else doubt, next(_days(_cells(grid, index) for index in range(row)), None)


def unit_above(grid: Grid, row: int, *, first: int) -> str:
    """The money unit that the few lines right above a header say, none of them before the row ``first``."""
    lines = range(row - 1, max(first, row - _FEW) - 1, -1)
    return _said(cells for index in lines if len(cells := _cells(grid, index)) <= _FEW)[0]


def foreign_sheet(grid: Grid) -> str:
    """The foreign currency at the front of a sheet's name (``美元贷款``), as it stands there; ``""`` where there is none."""
    name = grid.sheet.partition("!")[2].strip()
    ends = (end for end in range(len(name), 1, -1) if end == len(name) or not name[end].isascii())
    return next((name[:end] for end in ends if foreign_money(name[:end])), "")


def text_of(cell: CellValue) -> str:
    """A cell as a text of a header."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _cells(grid: Grid, row: int) -> list[str]:
    return [text_of(cell) for cell in grid.row(row) if not is_blank(cell)]


def _is_note(text: str) -> bool:
    return plain(text).startswith((*starts("note_starts"), *starts("unit_marks")))


def _said(rows: Iterable[list[str]], *, is_marked: bool = False) -> tuple[str, str]:
    """The first money unit of some rows, and the first that nobody knows; ``is_marked``: only one behind a word such as ``单位``."""
    unit, doubt = "", ""
    for cells in rows:
        for cell, after in zip(cells, [*cells[1:], ""][: len(cells)], strict=True):
            found, unknown = _money_unit(cell, after, is_marked=is_marked)
            unit, doubt = unit or found, doubt or unknown
        if not unit and not is_marked and len(cells) < _FEW:
            found, unknown = _of_titles([cells])
            unit, doubt = found, doubt or unknown
        if unit:
            break
    return unit, doubt


def _of_titles(titles: Iterable[list[str]]) -> tuple[str, str]:
    """The money unit in brackets or behind a colon in some titles, or a foreign one."""
    parts = [part for cells in titles for cell in cells for part in title_parts(cell)]
    unit = next((found for part in parts if (found := unit_of(part)) and same_dimension(found, "CNY")), "")
    return unit, "" if unit else next((part for part in parts if foreign_money(part)), "")


def _money_unit(cell: str, after: str, *, is_marked: bool) -> tuple[str, str]:
    """The money unit of a text such as ``单位:万元``, ``(RMB mn)``; or the text when it names money in an unknown way."""
    clean = plain(cell)
    for word in starts("unit_marks"):
        if word in clean:
            named = clean[clean.find(word) :].strip("()")
            named = after if clean.rstrip(":") == word else named
            found = unit_of(named)
            if found:
                return (found, "") if same_dimension(found, "CNY") else ("", "")
            return "", named if names_money(named) and not is_marked else ""
    if not is_marked and len(clean) <= _SHORT_UNIT and (found := unit_of(clean)) and same_dimension(found, "CNY"):
        return found, ""
    return "", ""


def _days(rows: Iterable[list[str]]) -> Iterator[date]:
    """The data dates that are stated in some rows."""
    for cells in rows:
        for cell, after in zip(cells, [*cells[1:], ""][: len(cells)], strict=True):
            clean = plain(cell)
            word = next((word for word in starts("date_marks") if word in clean), "")
            day = (find_date(clean[clean.find(word) :]) or (find_date(after) if clean.rstrip(":") == word else None)) if word else None
            if day:
                yield day
