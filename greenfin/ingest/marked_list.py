"""The first sheet of a marked copy: what it is, how many problems of each kind, and each of them with a link to its cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greenfin.core.problems import Severity
from greenfin.ingest.grids import column_letter
from greenfin.ingest.marked import Mark, MarkedCopy, put, sheet_of
from greenfin.messages import Lang, say, tell

if TYPE_CHECKING:
    from openpyxl import Workbook

_WIDTHS = (8, 10, 26, 12, 34, 90)
_COLOURS = {Severity.ERROR: "FFFFB3B3", Severity.WARNING: "FFFFE699", Severity.INFO: "FFE8EEF4"}
_HEAD = "FF1F4E5F"
_LINE = 15  # points


@dataclass(frozen=True, slots=True)
class Listed:
    """What the list is about, and the limits that it states."""

    file: str
    copy: MarkedCopy
    lang: Lang
    most_listed: int
    most_comments: int
    most_cells: int

    def say(self, code: str, **slots: object) -> str:
        """Words in the list's language."""
        return say(f"marked.{code}", self.lang, **slots)


def add_list(workbook: Workbook, listed: Listed) -> None:
    """Put the list in front of the workbook's sheets."""
    for other in workbook.worksheets:
        other.sheet_view.tabSelected = False
    sheet = workbook.create_sheet(_free_title(workbook, listed.say("sheet")), 0)
    workbook.active = 0
    for column, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[column_letter(column)].width = width
    row = _notes(sheet, listed)
    row = _counts(sheet, row + 1, listed)
    _lines(workbook, sheet, row + 1, listed)
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = _fit_to_width()


def _fit_to_width() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


def _free_title(workbook: Workbook, wanted: str) -> str:
    taken = {name.casefold() for name in workbook.sheetnames}
    return next(name for n in range(1, 1000) if (name := wanted if n == 1 else f"{wanted}{n}").casefold() not in taken)


def _notes(sheet: Any, listed: Listed) -> int:
    from openpyxl.styles import Font

    counts = Counter(p.severity for p in (*(m.problem for m in listed.copy.marks), *listed.copy.others))
    put(sheet.cell(1, 1), listed.say("title", file=listed.file))
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    notes = [
        listed.say("counts", error=counts[Severity.ERROR], warning=counts[Severity.WARNING], info=counts[Severity.INFO]),
        listed.say("colours"),
        listed.say("whole" if listed.copy.is_whole else "part", limit=f"{listed.most_cells:,}"),
        listed.say("left_out"),
    ]
    if listed.copy.uncommented:
        notes.append(listed.say("uncommented", n=listed.copy.uncommented, limit=listed.most_comments))
    for row, note in enumerate(notes, 2):
        put(sheet.cell(row, 1), note)
    return len(notes) + 2


def _counts(sheet: Any, row: int, listed: Listed) -> int:
    problems = [m.problem for m in listed.copy.marks] + list(listed.copy.others)
    _heading(sheet, row, (listed.say("count"), listed.say("severity"), listed.say("code"), listed.say("example"), "", ""))
    counts = Counter((p.severity, p.code) for p in problems)
    first = {(p.severity, p.code): p for p in reversed(problems)}
    ordered = sorted(counts, key=lambda k: (list(Severity).index(k[0]), -counts[k], k[1]))
    for row, key in enumerate(ordered, row + 1):  # noqa: B020, PLR1704  # goes on below the heading
        severity, code = key
        cells = (counts[key], say(f"severity.{severity.value}", listed.lang), code, tell(first[key], listed.lang))
        _line(sheet, row, cells, severity, width=sum(_WIDTHS[3:]))
        sheet.merge_cells(start_row=row, end_row=row, start_column=4, end_column=len(_WIDTHS))
    return row + 1


def _lines(workbook: Workbook, sheet: Any, row: int, listed: Listed) -> None:
    marks = [mark for mark in listed.copy.marks if mark.problem.severity is not Severity.INFO]
    heads = (
        listed.say("number"),
        listed.say("severity"),
        listed.say("in_sheet"),
        listed.say("cell"),
        listed.say("code"),
        listed.say("words"),
    )
    _heading(sheet, row, heads)
    sheet.auto_filter.ref = f"A{row}:F{row + max(min(len(marks), listed.most_listed), 1)}"
    for number, mark in enumerate(marks[: listed.most_listed], 1):
        severity = mark.problem.severity
        place = f"{column_letter(mark.column)}{mark.row or ''}" if mark.column else str(mark.row or "")
        words = (
            number,
            say(f"severity.{severity.value}", listed.lang),
            mark.sheet,
            place,
            mark.problem.code,
            tell(mark.problem, listed.lang),
        )
        _line(sheet, row + number, words, severity)
        _link(workbook, sheet.cell(row + number, 4), mark)
    if len(marks) > listed.most_listed:
        put(sheet.cell(row + listed.most_listed + 1, 1), listed.say("more", n=len(marks) - listed.most_listed))


def _link(workbook: Workbook, cell: Any, mark: Mark) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    target = _target(workbook, mark)
    if target is None or not mark.row:
        return
    name = target.title.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!{column_letter(max(mark.column, 1))}{mark.row}")
    cell.font = Font(color="FF0563C1", underline="single")


def _target(workbook: Workbook, mark: Mark) -> Any:
    if mark.sheet:
        return sheet_of(workbook, mark.sheet)
    return workbook.worksheets[1] if len(workbook.worksheets) > 1 else None


def _heading(sheet: Any, row: int, words: tuple[str, ...]) -> None:
    from openpyxl.styles import Font, PatternFill

    for column, word in enumerate(words, 1):
        put(sheet.cell(row, column), word)
        sheet.cell(row, column).font = Font(bold=True, color="FFFFFFFF")
        sheet.cell(row, column).fill = PatternFill("solid", fgColor=_HEAD)


def _line(sheet: Any, row: int, values: tuple[object, ...], severity: Severity, *, width: int = _WIDTHS[-1]) -> None:
    from openpyxl.styles import Alignment, PatternFill

    for column, value in enumerate(values, 1):
        put(sheet.cell(row, column), value)
        sheet.cell(row, column).alignment = Alignment(vertical="top", wrap_text=column == len(values))
    signs = sum(1 if sign.isascii() else 2 for sign in str(values[-1]))
    sheet.row_dimensions[row].height = _LINE * (1 + signs // (width - 2))
    sheet.cell(row, 2).fill = PatternFill("solid", fgColor=_COLOURS[severity])
