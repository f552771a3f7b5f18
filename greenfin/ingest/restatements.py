"""Records of restatement (X-14): a published figure has another value from now on, with its reason and by which methods."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.core.records import PriorCell
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.ingest.codes import read_unit
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.numbers import number_in

_NEEDED = ("cell", "old", "new", "reason")
_ADDRESS = 3


@dataclass(frozen=True, slots=True)
class Restatement:
    """A figure as it was published and as it is now, both in ``unit`` (empty: that of the published figure).

    ``current_old`` is this year's figure by the old method, where the record has it.
    """

    cell: str
    old: Fraction
    new: Fraction
    unit: str
    reason: str
    old_method: str = ""
    new_method: str = ""
    source_cell: str = ""
    current_old: Fraction | None = None
    on: str = ""
    approved_by: str = ""

    @property
    def told(self) -> str:
        """What the footnote of the figure says: old and new value, difference, reason, both methods."""
        methods = f"{self.old_method} → {self.new_method}" if self.old_method or self.new_method else ""
        change = f"{_plain(self.old)} → {_plain(self.new)} ({'+' if self.new > self.old else ''}{_plain(self.new - self.old)})"
        return "; ".join(filter(None, (change, self.reason, methods)))


def read_restatements(path: Path) -> Outcome[tuple[Restatement, ...]]:
    """The records of a file (xlsx or csv), one a row: cell, old, new, reason; unit and both methods where it has them.

    A row without one of the four, or with a number that cannot be read, is an error and left out. Raises Refused for a file without
    these headings, naming those that were recognised.
    """
    grids = read_grids(path)
    known: set[str] = set()
    for grid in grids.value:
        for row in range(grid.height):
            places = _places(grid.row(row))
            known |= places.keys()
            if places.keys() >= set(_NEEDED):
                made = [_record(grid, at, places) for at in range(row + 1, grid.height) if any(_text(c) for c in grid.row(at))]
                found = tuple(one for one in made if isinstance(one, Restatement))
                return Outcome(found, (*grids.problems, *(one for one in made if isinstance(one, Problem))))
    missing = ", ".join(_headings()[name][0] for name in _NEEDED if name not in known)
    raise Refused(error("ingest.restatements_unknown", path.name, found=", ".join(sorted(known)) or "-", missing=missing))


def restated(
    prior: Sequence[PriorCell], records: Sequence[Restatement], *, same: Mapping[str, str] | None = None
) -> Outcome[tuple[PriorCell, ...]]:
    """Last year's published figures with the records applied: the new value, and in the footnote what it was and why.

    One record is enough for a figure that several cells print: ``same`` names the cell that each of them takes it from. A record is an
    error, and not applied, where its figure was not published, or was published with another value or in another unit.
    """
    cells = {f"{cell.table}!{cell.row}.{cell.column}": cell for cell in prior}
    figures = same or {}
    problems: list[Problem] = []
    for record in records:
        figure = figures.get(record.cell, record.cell)
        printed = [cell for cell in cells if figures.get(cell, cell) == figure]
        if not printed:
            problems.append(error("ingest.restatement_unpublished", record.source_cell, cell=record.cell, unit=record.unit))
        for cell in printed:
            changed = _changed(record, cells[cell], cell)
            if isinstance(changed, Problem):
                problems.append(changed)
            else:
                cells[cell] = changed
    return Outcome(tuple(cells.values()), tuple(problems))


def _changed(record: Restatement, was: PriorCell, cell: str) -> PriorCell | Problem:
    ratio = _ratio(record, was)
    if ratio is None:
        return error("ingest.restatement_unpublished", record.source_cell, cell=cell, unit=record.unit)
    if was.value not in (record.old * ratio, record.new * ratio):
        found = f"{_plain(was.value)} {was.unit}"
        return error("ingest.restatement_differs", record.source_cell, cell=cell, found=_plain(record.old), published=found)
    return replace(was, value=record.new * ratio, restated=record.told)


def restatements_used(records: Sequence[Restatement], prior: Sequence[PriorCell]) -> tuple[Restatement, ...]:
    """The records that figures of ``prior`` carry, each in the unit of its figure where the record names none."""
    told = {cell.restated: cell.unit for cell in prior if cell.restated}
    return tuple(replace(record, unit=record.unit or told[record.told]) for record in records if record.told in told)


def _ratio(record: Restatement, was: PriorCell) -> Fraction | None:
    try:
        return exact_ratio(record.unit, was.unit) if record.unit else Fraction(1)
    except (UnknownUnit, WrongDimension):
        return None


@cache
def _headings() -> Mapping[str, Sequence[str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _places(cells: Sequence[CellValue]) -> dict[str, int]:
    """Which heading stands in which column of a row."""
    texts = [_text(cell).casefold() for cell in cells]
    return {name: texts.index(word) for name, words in _headings().items() for word in words if word in texts}


def _text(cell: CellValue) -> str:
    return "" if cell is None else str(cell).strip()


def _record(grid: Grid, at: int, places: Mapping[str, int]) -> Restatement | Problem:
    cells = grid.row(at)
    said = {name: _text(cells[place]) for name, place in places.items()}
    if lacking := [name for name in _NEEDED if not said[name]]:
        return error("ingest.restatement_incomplete", grid.at(at), missing=", ".join(_headings()[name][0] for name in lacking))
    if not _is_address(said["cell"]):
        return error("ingest.restatement_unpublished", grid.at(at, places["cell"]), cell=said["cell"], unit="")
    unit = read_unit(said.get("unit", ""))
    try:
        old, new = (Fraction(number_in(cells[places[name]], unit="").value) for name in ("old", "new"))
    except ValueError:
        return error("ingest.restatement_incomplete", grid.at(at), missing=", ".join(_headings()[name][0] for name in ("old", "new")))
    methods = (said.get("old_method", ""), said.get("new_method", ""))
    if said.get("unit") and not unit.value:
        return error("ingest.restatement_unpublished", grid.at(at, places["unit"]), cell=said["cell"], unit=said["unit"])
    made = Restatement(said["cell"], old, new, str(unit.value or ""), said["reason"], *methods, source_cell=grid.at(at))
    made = replace(made, on=said.get("on", "").partition(" ")[0], approved_by=said.get("approved_by", ""))
    if not said.get("current_old"):
        return made
    try:
        return replace(made, current_old=Fraction(number_in(cells[places["current_old"]], unit="").value))
    except ValueError:
        return error("ingest.restatement_incomplete", grid.at(at), missing=_headings()["current_old"][0])


def _is_address(text: str) -> bool:
    return len(text.replace("!", ".", 1).split(".")) >= _ADDRESS and "!" in text


def _plain(value: Fraction) -> str:
    return f"{float(value):,.10g}"
