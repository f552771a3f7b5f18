"""What came back from the branches, put together: good answers, what is wrong and where, how far each branch is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from greenfin.collect.answering import Taken, Wrong, take
from greenfin.collect.record import Asked
from greenfin.collect.returned import Returned, Row, question, read_returned
from greenfin.core.columns import table_of
from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.ingest.cells import is_blank, shown

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

_OPEN, _DONE, _WRONG = "open", "answered", "wrong"


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell that was not taken: its value as it may be shown, and the problem (``where`` is its address)."""

    value: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Progress:
    """How many required questions a branch has, and how many are answered, wrong and open; and the optional ones answered."""

    branch: str
    asked: int
    answered: int
    wrong: int
    open: int
    optional: int


@dataclass(frozen=True, slots=True)
class Merged:
    """``supplements`` in their schema, the wrong cells, and the progress of each branch."""

    supplements: pa.Table
    wrong: tuple[WrongCell, ...]
    progress: tuple[Progress, ...]
    files: int


@dataclass(slots=True)
class _Gathering:
    """What is known while the files are read: per mark of a row its good answers, and the worst state."""

    industries: Mapping[str, object]
    asked: Asked | None
    taken: dict[str, list[tuple[Row, Taken]]] = field(default_factory=dict)
    branches: dict[str, tuple[str, bool]] = field(default_factory=dict)  # mark -> branch, required
    failed: set[str] = field(default_factory=set)
    wrong: list[WrongCell] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, row: Row, problem: Problem, column: str = "answer", *, mark: str = "") -> None:
        """List a cell as wrong, with its address."""
        placed = Problem(problem.code, problem.severity, row.at(column), problem.params)
        self.wrong.append(WrongCell(shown(row.cells.get(column)), placed))
        self.problems.append(placed)
        self.failed |= {mark} - {""}


def workbooks(places: Sequence[Path]) -> tuple[Path, ...]:
    """The workbooks among files and folders, each once, without what office programs leave beside open files. Raises Refused."""
    found: dict[Path, None] = {}
    for place in places:
        inside = sorted(place.glob("**/*.xls[xm]")) if place.is_dir() else [place]
        found |= {path: None for path in inside if not path.name.startswith(("~$", ".~"))}
    if not found:
        raise Refused(error("collect.no_files", places[0].name if places else ""))
    return tuple(found)


def merge(places: Sequence[Path], *, reference: Reference, asked: Asked | None = None) -> Outcome[Merged]:
    """The answers of returned workbooks. A file or a cell that cannot be taken is a problem; everything else goes on.

    With ``asked`` (what was sent out) rows that were never asked are found, and branches that have not returned anything.
    Raises Refused where there is no workbook at all.
    """
    gathering = _Gathering(reference.industries, asked)
    paths = workbooks(places)
    for path in paths:
        read = read_returned(path)
        gathering.problems.extend(read.problems)
        if read.value is not None:
            _gather(read.value, gathering)
    rows = list(_agreed(gathering))
    progress = tuple(_progress(gathering, rows))
    gathering.problems.extend(_not_returned(gathering))
    table = table_of("supplements", [made for _, taken in rows for made in taken.rows])
    return Outcome(Merged(table, tuple(gathering.wrong), progress, len(paths)), tuple(gathering.problems))


def _gather(file: Returned, gathering: _Gathering) -> None:
    if gathering.asked and file.asked != gathering.asked.book:
        gathering.problems.append(error("collect.other_book", file.file))
        return
    if not file.rows:
        gathering.problems.append(error("collect.not_ours", file.file))
    left = Counter(_gather_row(row, file, gathering) for row in file.rows)[_OPEN]
    if left:
        gathering.problems.append(warning("collect.not_filled", file.file, count=left))


def _gather_row(row: Row, file: Returned, gathering: _Gathering) -> str:
    """Take one row; what became of it (an optional one left empty is nothing)."""
    mark, key = row.text("check"), row.text("key") or "-"
    if not file.is_as_sent(row):
        if row.is_filled or not is_blank(row.cells.get("check")):
            gathering.refuse(row, error("collect.row_altered", key=shown(key)), "key")
        return _WRONG
    if gathering.asked and mark not in gathering.asked.marks:
        gathering.refuse(row, error("collect.not_asked", key=shown(key)), "key")
        return _WRONG
    try:
        is_required = question(row).is_required
        gathering.branches[mark] = (file.branch, is_required)
        if not row.is_filled:
            return _OPEN if is_required else ""
        taken = take(row, file, industries=gathering.industries)
    except Wrong as bad:
        gathering.refuse(row, bad.problem, bad.column, mark=mark)
        return _WRONG
    except (KeyError, ValueError):  # a code of another version of the program
        gathering.refuse(row, error("collect.row_altered", key=shown(key)), "key")
        return _WRONG
    gathering.problems.extend(taken.said)
    gathering.taken.setdefault(mark, []).append((row, taken))
    return _DONE


def _agreed(gathering: _Gathering) -> Iterator[tuple[str, Taken]]:
    """One answer for each question; where two differ neither is taken."""
    for mark, answers in gathering.taken.items():
        first_row, first = answers[0]
        others = [(row, taken) for row, taken in answers[1:] if not _same(taken.amount, first.amount)]
        if not others:
            yield mark, first
            continue
        for (row, taken), other in [(others[0], first_row), ((first_row, first), others[0][0])]:
            made: dict[str, Any] = taken.rows[0]
            gathering.refuse(row, error("collect.conflict", key=made["key"], columns=made["field"], first=other.at()), mark=mark)


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    close = isinstance(one[0], float) and isinstance(other[0], float) and abs(one[0] - other[0]) <= 1e-9 * abs(other[0])
    return (close or one[0] == other[0]) and one[1:] == other[1:]


def _progress(gathering: _Gathering, rows: Iterable[tuple[str, Taken]]) -> Iterator[Progress]:
    done = {mark for mark, _ in rows}
    marks = {**gathering.branches, **(gathering.asked.marks if gathering.asked else {})}
    for branch in sorted({branch for branch, _ in marks.values()}):
        mine = [mark for mark, (of, is_required) in marks.items() if of == branch and is_required]
        answered = sum(mark in done for mark in mine)
        wrong = sum(mark in gathering.failed - done for mark in mine)
        optional = sum(mark in done for mark, (of, is_required) in marks.items() if of == branch and not is_required)
        yield Progress(branch, len(mine), answered, wrong, len(mine) - answered - wrong, optional)


def _not_returned(gathering: _Gathering) -> Iterator[Problem]:
    """Branches that were asked and of which no row came back."""
    if not gathering.asked:
        return
    back = {branch for branch, _ in gathering.branches.values()}
    counts = Counter(branch for branch, is_required in gathering.asked.marks.values() if is_required)
    for branch, count in sorted(counts.items()):
        if branch not in back:
            yield warning("collect.not_returned", branch or "-", branch=branch or "-", count=count)
