"""A workbook that came back: its marks, the rows that were filled in, and who did it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenfin.collect.ask import FORMAT, row_check
from greenfin.collect.columns import COLUMNS, ENTRIES, HEAD_ROW, LOCKED, META
from greenfin.collect.guide import BY_ROW, ON_ROW
from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.ingest.cells import is_blank
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import CellValue, Grid, column_letter
from greenfin.messages import LANGUAGES, say

_MUST = ("key", "answer", "check", "code")
_CODE_PARTS = 5
_SCANNED = 8
_GUIDE_COLUMN = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its cells by column, and where it stands."""

    file: str
    sheet: str
    number: int
    cells: Mapping[str, CellValue]
    places: Mapping[str, str]

    def at(self, name: str = "answer") -> str:
        """The address of one of its cells."""
        return f"{self.sheet}!{self.places.get(name, '')}{self.number}"

    def text(self, name: str) -> str:
        """A cell as text."""
        cell = self.cells.get(name)
        return "" if cell is None else str(cell)

    @property
    def is_filled(self) -> bool:
        """Whether somebody answered."""
        return not is_blank(self.cells.get("answer"))


@dataclass(frozen=True, slots=True)
class Returned:
    """A workbook: the print of the book it asks about, its branch, data date, who filled it in and when, and its rows."""

    file: str
    asked: str
    branch: str
    as_of: date
    by: CellValue
    on: CellValue
    rows: tuple[Row, ...]

    def is_as_sent(self, row: Row) -> bool:
        """Whether what is locked in the row is as it was sent."""
        texts = [row.text(name) for name in LOCKED]
        return row.text("check") == row_check(self.asked, self.branch, texts)


@dataclass(frozen=True, slots=True)
class Question:
    """What a row asks, as its code says."""

    target: str
    field: str
    method: str
    is_required: bool
    seal: str


def question(row: Row) -> Question:
    """What a row asks; raises ValueError for a code that is none."""
    parts = row.text("code").split("|")
    if len(parts) != _CODE_PARTS:
        raise ValueError(row.text("code"))
    return Question(parts[0], parts[1], parts[2], parts[3] == "required", parts[4])


def read_returned(path: Path) -> Outcome[Returned | None]:
    """The workbook, or None with the problem that keeps it from being read."""
    try:
        grids = read_grids(path)
    except Refused as bad:
        problem = bad.problem
        return Outcome(None, (Problem(problem.code, problem.severity, path.name, problem.params),))
    meta = next((_facts(grid) for grid in grids.value if grid.sheet.endswith(f"!{META}")), {})
    try:
        day = date.fromisoformat(str(meta.get("as_of", "")))
    except ValueError:
        day = None
    if meta.get("format") != FORMAT or day is None:
        return Outcome(None, (error("collect.not_ours", path.name),))
    guide = next((grid for grid in grids.value if _is_guide(grid)), None)
    rows = tuple(row for grid in grids.value if not grid.is_hidden for row in _rows(grid))
    by, on = (_cell(guide, number) if guide else None for number in (BY_ROW, ON_ROW))
    branch = str(meta.get("branch") or "")
    return Outcome(Returned(path.name, str(meta.get("asked", "")), branch, day, by, on, rows), grids.problems)


def _facts(grid: Grid) -> dict[str, CellValue]:
    width = len(grid.columns)
    return {str(name): value for name, value in zip(grid.columns[0], grid.columns[1] if width > 1 else [""] * grid.height, strict=True)}


def _is_guide(grid: Grid) -> bool:
    return grid.sheet.rpartition("!")[2] in {say("collect.sheet.guide", lang) for lang in LANGUAGES}


def _cell(grid: Grid, number: int) -> CellValue:
    row, column = number - grid.first_row, _GUIDE_COLUMN - grid.first_column
    return grid.columns[column][row] if 0 <= row < grid.height and 0 <= column < len(grid.columns) else None


def _rows(grid: Grid) -> Iterator[Row]:
    """The rows below the hidden row of column ids."""
    for top in range(min(grid.height, _SCANNED)):
        ids = [str(cell) for cell in grid.row(top)]
        if not set(_MUST) <= set(ids):
            continue
        known = {name for names in COLUMNS.values() for name in names}
        at = {name: column for column, name in enumerate(ids) if name in known}
        places = {name: column_letter(grid.first_column + column) for name, column in at.items()}
        below = top + HEAD_ROW - 1  # the headings stand between
        for row in range(below, grid.height):
            cells = {name: grid.columns[column][row] for name, column in at.items()}
            if any(not is_blank(cells.get(name)) for name in ("key", "check", *ENTRIES)):
                yield Row(grid.file, grid.sheet, grid.first_row + row, cells, places)
        return
