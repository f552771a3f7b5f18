"""The first sheet: whom it is for, how far it is, who fills it in, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from greenfin.collect import wording
from greenfin.collect.ask import Ask
from greenfin.collect.columns import FIRST_ROW, letters
from greenfin.collect.looks import HEAD, LINE, PLAIN, TITLE, Look, lines_high
from greenfin.collect.sheet import Writing, protect, set_page

BY_ROW, ON_ROW, ENTRY_COLUMN = 7, 8, "B"
_PROGRESS_ROW = 10
_STEPS = 6
_WIDTHS = (34.0, 16.0, 12.0, 12.0, 12.0, 12.0, 12.0)
_COUNTS = ("asked", "optional", "done", "wrong", "todo", "share")
_LABEL = Look(bold=True, wrap=True)


def write_guide(ws: Any, groups: Mapping[str, Sequence[Ask]], writing: Writing, *, branch_name: str, due: date | None) -> None:
    """Fill the first sheet; ``groups`` are the questions by the title of their sheet."""
    looks, report = writing.looks, writing.report

    def say(code: str) -> str:
        return wording.word(f"collect.guide.{code}", report)

    looks.text(ws.cell(1, 1), say("title"), TITLE)
    ws.row_dimensions[1].height = 26
    branch = f"{writing.branch} {branch_name}".strip() or say("no_branch")
    facts = (
        ("branch", branch),
        ("as_of", writing.as_of.isoformat()),
        ("due", due.isoformat() if due else say("due_open")),
        ("book", writing.asked[:16]),
    )
    for row, (code, text) in enumerate(facts, 2):
        looks.text(ws.cell(row, 1), say(code), _LABEL)
        looks.text(ws.cell(row, 2), text, Look())
    for row, code, number in ((BY_ROW, "default_by", "@"), (ON_ROW, "default_on", "yyyy-mm-dd")):
        looks.text(ws.cell(row, 1), say(code), _LABEL)
        looks.dress(ws[f"{ENTRY_COLUMN}{row}"], Look(edge=True, entry=True, number=number))
        ws.row_dimensions[row].height = LINE * lines_high(say(code), _WIDTHS[0]) + 4
    last = _write_progress(ws, groups, writing, say)
    _write_steps(ws, last + 2, say, writing)
    for letter, width in zip("ABCDEFG", _WIDTHS, strict=True):
        ws.column_dimensions[letter].width = width
    _limit_day(ws)
    protect(ws)
    set_page(ws, writing, landscape=False)


def _write_progress(ws: Any, groups: Mapping[str, Sequence[Ask]], writing: Writing, say: Any) -> int:
    """The counts of each sheet and of all together; the number of the last row."""
    looks, words, shown = writing.looks, writing.words, writing.shown.setdefault(ws.title, {})
    for number, code in enumerate(("sheet", *_COUNTS), 1):
        looks.text(ws.cell(_PROGRESS_ROW, number), say(code), HEAD)
    row = _PROGRESS_ROW
    ws.row_dimensions[_PROGRESS_ROW].height = LINE * (2 if writing.report == "both" else 1) + 4
    for row, (title, asks) in enumerate(groups.items(), _PROGRESS_ROW + 1):
        looks.text(ws.cell(row, 1), title, PLAIN)
        required = sum(ask.is_required for ask in asks)
        area = f"'{title}'!${letters(asks[0].sheet)['status']}${FIRST_ROW}:${letters(asks[0].sheet)['status']}${FIRST_ROW + len(asks) - 1}"
        wrong = f'COUNTIF({area},"{words["wrong"]}")+COUNTIF({area},"{words["unsigned"]}")'
        counts: list[tuple[object, int]] = [(required, required), (len(asks) - required, len(asks) - required)]
        counts += [(f'=COUNTIF({area},"{words["done"]}")', 0), (f"={wrong}", 0), (f'=COUNTIF({area},"{words["todo"]}")', required)]
        _write_counts(ws, row, counts, writing, shown)
    first, total = _PROGRESS_ROW + 1, row + 1
    looks.text(ws.cell(total, 1), say("total"), Look(bold=True, edge=True))
    sums = [f"=SUM({letter}{first}:{letter}{row})" for letter in "BCDEF"]
    every = [ask for asks in groups.values() for ask in asks]
    required = sum(ask.is_required for ask in every)
    _write_counts(ws, total, list(zip(sums, (required, len(every) - required, 0, 0, required), strict=True)), writing, shown)
    return total


def _write_counts(ws: Any, row: int, counts: Sequence[tuple[object, int]], writing: Writing, shown: dict[str, str | int]) -> None:
    """Counts with their first values, and how much of them is done."""
    look = Look(edge=True, align="right", number="0")
    for number, (value, first) in enumerate(counts, 2):
        cell = ws.cell(row, number)
        cell.value = value
        writing.looks.dress(cell, look)
        if isinstance(value, str):
            shown[cell.coordinate] = first
    share = ws.cell(row, len(counts) + 2)
    writing.looks.formula(share, f"=IF(B{row}=0,1,MAX(0,1-(E{row}+F{row})/B{row}))", Look(edge=True, align="right", number="0%"))
    shown[share.coordinate] = 0 if counts[0][1] else 1


def _write_steps(ws: Any, row: int, say: Any, writing: Writing) -> None:
    writing.looks.text(ws.cell(row, 1), say("steps"), _LABEL)
    for at in range(1, _STEPS + 1):
        text = say(f"step{at}")
        writing.looks.text(ws.cell(row + at, 1), text, Look(wrap=True))
        ws.merge_cells(start_row=row + at, end_row=row + at, start_column=1, end_column=len(_WIDTHS))
        ws.row_dimensions[row + at].height = LINE * lines_high(text, sum(_WIDTHS)) + 4


def _limit_day(ws: Any) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    made = DataValidation(type="date", operator="between", formula1="DATE(1949,1,1)", formula2="DATE(2199,12,31)", allow_blank=True)
    made.showErrorMessage = True
    made.add(f"{ENTRY_COLUMN}{ON_ROW}")
    ws.add_data_validation(made)
