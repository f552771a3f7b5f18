"""The marked copy: the user's own workbook with bad cells coloured and commented, and a list of problems in front.

The original is never touched. Formulas, merged cells, hidden sheets and styles stay as they are; macros, pictures and charts do not come
along. Nothing that is added can be a formula. Beyond ``MAX_CELLS`` cells only headers and rows with problems are copied.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from greenfin.core.problems import Outcome, Problem, Refused, Severity, error, warning
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import CellValue, Grid, column_number
from greenfin.messages import Lang, tell

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_CELLS = 500_000
MAX_COMMENTS = 1_000
MAX_LISTED = 5_000
_MAX_ROW, _MAX_COLUMN = 1_048_576, 16_384
_HEADER_ROWS = 5  # of a sheet of which nothing is known
_IN_COMMENT = 3
_COMMENT_LENGTH = 900
_AUTHOR = "greenfin"
_FILL = {Severity.ERROR: "FFFFB3B3", Severity.WARNING: "FFFFE699"}
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EXACT = 10**15
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, zipfile.BadZipFile, ParseError)


@dataclass(frozen=True, slots=True)
class Mark:
    """A problem at its cell: sheet name, column number (0: the row), row (0: the sheet as a whole)."""

    sheet: str
    column: int
    row: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class MarkedCopy:
    """What was written; ``is_whole`` is False where only headers and bad rows were copied, ``uncommented`` cells are coloured only."""

    path: Path
    is_whole: bool
    marks: tuple[Mark, ...]
    others: tuple[Problem, ...]
    uncommented: int = 0


def mark_copies(
    paths: Sequence[Path], problems: Sequence[Problem], folder: Path, *, lang: Lang, headers: Mapping[str, int] | None = None
) -> Outcome[tuple[MarkedCopy, ...]]:
    """A marked copy (xlsx, readable by its owner alone) of each file in ``folder``.

    ``headers``: sheet as addresses print it -> row of its header. Raises Refused where a copy would replace a file of the user's or
    cannot be written.
    """
    names = _names(paths)
    for name in names:
        if (folder / name).resolve() in {path.resolve() for path in paths}:
            raise Refused(error("ingest.marked_exists", str(folder), found=name))
    made: list[MarkedCopy] = []
    said: list[Problem] = []
    for path, name in zip(paths, names, strict=True):
        copy = _copy(path, problems, folder / name, lang=lang, headers=headers or {})
        made.append(copy.value)
        said.extend(copy.problems)
    return Outcome(tuple(made), tuple(said))


def _names(paths: Sequence[Path]) -> list[str]:
    seen: Counter[str] = Counter()
    names = []
    for path in paths:
        seen[path.stem] += 1
        names.append(f"{path.stem}.marked.xlsx" if seen[path.stem] == 1 else f"{path.stem}.{seen[path.stem]}.marked.xlsx")
    return names


def _copy(path: Path, problems: Sequence[Problem], target: Path, *, lang: Lang, headers: Mapping[str, int]) -> Outcome[MarkedCopy]:
    from greenfin.ingest.marked_list import Listed, add_list

    grids = read_grids(path).value
    marks, others = _marks(path.name, problems)
    said: list[Problem] = []
    workbook: Workbook | None = None
    if sum(len(grid.columns) * grid.height for grid in grids) <= MAX_CELLS:
        workbook, wrong = _whole(path, grids)
        said = [warning("ingest.marked_unreadable", path.name, found=wrong)] if wrong else []
    is_whole = workbook is not None
    workbook = workbook or _part(grids, marks, headers)
    uncommented = _apply(workbook, marks, lang=lang)
    copy = MarkedCopy(target, is_whole, tuple(marks), tuple(others), uncommented)
    add_list(workbook, Listed(path.name, copy, lang, MAX_LISTED, MAX_COMMENTS, MAX_CELLS))
    _save(workbook, target)
    return Outcome(copy, tuple(said))


def _marks(file: str, problems: Iterable[Problem]) -> tuple[list[Mark], list[Problem]]:
    """The problems of a file at their cells, the worst first, and those that belong to the book as a whole."""
    marks, others = [], []
    for problem in sorted(problems, key=lambda p: _ORDER[p.severity]):
        if problem.where == file:
            marks.append(Mark("", 0, 0, problem))
        elif not problem.where.startswith(f"{file}!"):
            others.append(problem)
        else:
            sheet, _, place = problem.where.removeprefix(f"{file}!").rpartition("!")
            found = re.fullmatch(r"([A-Z]{0,3})(\d{0,7})", place)
            if found and place:
                marks.append(Mark(sheet, column_number(found[1]), int(found[2] or 0), problem))
            else:
                marks.append(Mark(f"{sheet}!{place}" if sheet else place, 0, 0, problem))
    return marks, [p for p in others if "!" not in p.where]


def _whole(path: Path, grids: Sequence[Grid]) -> tuple[Workbook | None, str]:
    """The workbook with everything in it, or a text file as a sheet; None and why where it cannot be read that way."""
    from openpyxl import load_workbook

    with path.open("rb") as stream:
        is_workbook = stream.read(2) == b"PK"
    if not is_workbook:
        return _part(grids, (), {}, every_row=True), ""
    try:
        book = load_workbook(path, rich_text=True)
    except _UNREADABLE as bad:
        return None, type(bad).__name__
    book.template = False
    book.calculation.fullCalcOnLoad = True  # the stored results of formulas do not come along
    return book, ""


def _part(grids: Sequence[Grid], marks: Sequence[Mark], headers: Mapping[str, int], *, every_row: bool = False) -> Workbook:
    """A new workbook with the header rows and the rows that have marks (or all rows), each cell where it stood."""
    from openpyxl import Workbook

    book = Workbook()
    del book["Sheet"]
    for grid in grids:
        name = grid.sheet.partition("!")[2]
        sheet = book.create_sheet(_title(name or grid.file, book.sheetnames))
        if grid.is_hidden:
            sheet.sheet_state = "hidden"
        last = headers.get(grid.sheet, grid.first_row + _HEADER_ROWS - 1)
        wanted = {mark.row for mark in marks if mark.sheet == name} | set(range(grid.first_row, last + 1))
        rows = range(grid.height) if every_row else sorted(row - grid.first_row for row in wanted)
        for row in (row for row in rows if 0 <= row < grid.height and 1 <= grid.first_row + row <= _MAX_ROW):
            for column, cell in enumerate(grid.row(row)[:_MAX_COLUMN]):
                if cell is not None and cell != "":
                    put(sheet.cell(grid.first_row + row, grid.first_column + column), _plain(cell))
    if not book.sheetnames:
        book.create_sheet("Sheet")
    return book


def _plain(cell: CellValue) -> object:
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= _EXACT:
        return str(cell)  # more digits than a spreadsheet's number holds
    return cell


def _title(name: str, taken: Sequence[str]) -> str:
    clean = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name)[:31] or "_"
    return clean if clean.casefold() not in {other.casefold() for other in taken} else f"{clean[:27]}~{len(taken)}"


def put(cell: Any, value: object) -> None:
    """A value into a cell; text stays text, whatever sign it begins with."""
    if not isinstance(value, str):
        cell.value = value if isinstance(value, int | float | bool | datetime | date | time | timedelta) else str(value)
        return
    text = _NOT_IN_XML.sub("\ufffd", value)[:32_000]
    cell.value = text
    cell.data_type = "s"
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cell.quotePrefix = True


def sheet_of(workbook: Workbook, name: str) -> Any:
    """The sheet that an address means; None: the file has one nameless sheet, or there is none such."""
    if name in workbook.sheetnames:
        return workbook[name]
    return workbook.worksheets[0] if not name and workbook.worksheets else None


def _apply(workbook: Workbook, marks: Sequence[Mark], *, lang: Lang) -> int:
    """Colours and comments; comes back how many cells have a colour but no comment (there are too many of them)."""
    grouped: dict[tuple[str, int, int], list[Problem]] = {}
    for mark in marks:
        if mark.row and mark.problem.severity in _FILL:
            grouped.setdefault((mark.sheet, mark.row, max(mark.column, 1)), []).append(mark.problem)
    commented: Counter[str] = Counter()
    without = 0
    for (name, row, column), problems in grouped.items():
        sheet = sheet_of(workbook, name)
        if sheet is None or row > _MAX_ROW or column > _MAX_COLUMN:
            continue
        cell = _writable(sheet, row, column)
        _colour(cell, _FILL[problems[0].severity])
        if commented[name] < MAX_COMMENTS:
            commented[name] += 1
            _comment(cell, problems, lang)
        else:
            without += 1
    return without


def _writable(sheet: Any, row: int, column: int) -> Any:
    """The cell, or the one that a merged area shows."""
    from openpyxl.cell.cell import MergedCell

    cell = sheet.cell(row, column)
    if not isinstance(cell, MergedCell):
        return cell
    area = next((a for a in sheet.merged_cells.ranges if (row, column) in {(a.min_row, a.min_col)} or cell.coordinate in a), None)
    return sheet.cell(area.min_row, area.min_col) if area else cell


def _colour(cell: Any, colour: str) -> None:
    from openpyxl.styles import PatternFill

    cell.fill = PatternFill("solid", fgColor=colour)


def _comment(cell: Any, problems: Sequence[Problem], lang: Lang) -> None:
    from openpyxl.comments import Comment

    texts = list(_words(problems, lang))
    before = f"{cell.comment.text}\n—\n" if cell.comment else ""
    text = _NOT_IN_XML.sub("\ufffd", before + "\n".join(texts))
    comment = Comment(text, _AUTHOR)
    comment.width, comment.height = 360, min(60 + 18 * sum(1 + len(line) // 26 for line in text.splitlines()), 420)
    cell.comment = comment


def _words(problems: Sequence[Problem], lang: Lang) -> Iterator[str]:
    from greenfin.messages import say

    for problem in problems[:_IN_COMMENT]:
        yield f"[{say(f'severity.{problem.severity.value}', lang)}] {problem.code}\n{tell(problem, lang)}"[:_COMMENT_LENGTH]
    if len(problems) > _IN_COMMENT:
        yield say("cli.and_more", lang, n=len(problems) - _IN_COMMENT)


def _save(workbook: Workbook, target: Path) -> None:
    """Write beside the target, readable by the owner alone, and move into place."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            workbook.save(stream)
        partial.replace(target)
    except OSError as bad:
        raise Refused(error("ingest.marked_cannot_write", str(target.parent), reason=bad.strerror or type(bad).__name__)) from bad
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
