"""Records of restatement (X-14): a published figure has another value from now on, with its reason and by which methods."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.core.records import PriorCell
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.ingest.codes import read_unit
from greenfin.ingest.files import read_grids
from greenfin.ingest.numbers import number_in
from greenfin.ingest.under_headings import Line, lines_under

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


def headings() -> Mapping[str, str]:
    """The heading that a file of records has for each thing, in the order of such a file."""
    return {name: words[0] for name, words in _headings().items()}


def read_restatements(path: Path) -> Outcome[tuple[Restatement, ...]]:
    """The records of a file (xlsx or csv), one a row: cell, old, new, reason; unit and both methods where it has them.

    A row without one of the four, or with a number that cannot be read, is an error and left out. Raises Refused for a file without
    these headings, naming those that were recognised.
    """
    grids = read_grids(path)
    lines, known = lines_under(grids.value, _headings(), needed=_NEEDED)
    if lines is not None:
        made = [_record(line) for line in lines]
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
    own = {(f"{cell.table}!{cell.row}.{cell.column}", cell.restated): cell.unit for cell in prior}  # two figures may be restated alike
    used = (record for record in records if record.told in told)
    return tuple(replace(one, unit=one.unit or own.get((one.cell, one.told), told[one.told])) for one in used)


def _ratio(record: Restatement, was: PriorCell) -> Fraction | None:
    try:
        return exact_ratio(record.unit, was.unit) if record.unit else Fraction(1)
    except (UnknownUnit, WrongDimension):
        return None


@cache
def _headings() -> Mapping[str, Sequence[str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _record(line: Line) -> Restatement | Problem:
    if lacking := [name for name in _NEEDED if not line.text(name)]:
        return error("ingest.restatement_incomplete", line.at(), missing=", ".join(_headings()[name][0] for name in lacking))
    unit = read_unit(line.text("unit"))
    if not _is_address(line.text("cell")) or (line.text("unit") and not unit.value):
        return error("ingest.restatement_unpublished", line.at("cell"), cell=line.text("cell"), unit=line.text("unit"))
    try:
        old, new = (_number(line, name) for name in ("old", "new"))
        current = _number(line, "current_old") if line.text("current_old") else None
    except ValueError:
        names = [_headings()[name][0] for name in ("old", "new", *(["current_old"] if line.text("current_old") else []))]
        return error("ingest.restatement_incomplete", line.at(), missing=", ".join(names))
    return Restatement(
        cell=line.text("cell"),
        old=old,
        new=new,
        unit=str(unit.value or ""),
        reason=line.text("reason"),
        old_method=line.text("old_method"),
        new_method=line.text("new_method"),
        source_cell=line.at(),
        current_old=current,
        on=line.text("on").partition(" ")[0],
        approved_by=line.text("approved_by"),
    )


def _number(line: Line, name: str) -> Fraction:
    return Fraction(number_in(line.value(name), unit="").value)


def _is_address(text: str) -> bool:
    return len(text.replace("!", ".", 1).split(".")) >= _ADDRESS and "!" in text


def _plain(value: Fraction) -> str:
    return f"{Decimal(f'{float(value):.15g}'):,f}"
