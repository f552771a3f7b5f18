"""Rows under a line of headings that can be said in several ways, wherever in a file that line stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from greenfin.ingest.grids import CellValue, Grid


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a grid: what stands under each heading that the file has, as it is and as text."""

    grid: Grid
    row: int
    places: Mapping[str, int]

    def value(self, name: str) -> CellValue:
        """The cell under a heading; None where the file does not have it."""
        return self.grid.row(self.row)[self.places[name]] if name in self.places else None

    def text(self, name: str) -> str:
        """The text under a heading; empty where there is none."""
        return text_of(self.value(name))

    def at(self, name: str = "") -> str:
        """Where the row, or its cell under a heading, stands."""
        return self.grid.at(self.row, self.places[name]) if name else self.grid.at(self.row)


def text_of(cell: CellValue) -> str:
    """A cell as text without the blanks around it."""
    return "" if cell is None else str(cell).strip()


def lines_under(
    grids: Sequence[Grid], headings: Mapping[str, Sequence[str]], *, needed: Sequence[str]
) -> tuple[list[Line] | None, frozenset[str]]:
    """The rows below the first line that has the needed headings, empty ones left out (None: there is no such line), and the headings
    recognised up to there."""
    known: set[str] = set()
    for grid in grids:
        for row in range(grid.height):
            places = _places(grid.row(row), headings)
            known |= places.keys()
            if places.keys() >= set(needed):
                below = [at for at in range(row + 1, grid.height) if any(map(text_of, grid.row(at)))]
                return [Line(grid, at, places) for at in below], frozenset(known)
    return None, frozenset(known)


def _places(cells: Sequence[CellValue], headings: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Which heading stands in which column of a row."""
    texts = [text_of(cell).casefold() for cell in cells]
    return {name: texts.index(word) for name, words in headings.items() for word in words if word in texts}
