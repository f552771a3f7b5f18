"""One sheet of questions: what is asked stands locked, what is answered may be written, and each row tells its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenfin.collect import wording
from greenfin.collect.ask import Ask, row_check
from greenfin.collect.checking import Limits, Lists, limit_answer, limit_rest, status_formula
from greenfin.collect.columns import COLUMNS, ENTRIES, FIRST_ROW, HEAD_ROW, HIDDEN, IDS_ROW, LOCKED, TITLE_ROW, WIDTHS, letters
from greenfin.collect.entry import DATE, NUMBER, Entry, entry_of
from greenfin.collect.looks import DONE, HEAD, LINE, NOTE, PLAIN, QUIET_CELL, TEXT_CELL, UNFILLED, WRONG, Look, Looks, lines_high
from greenfin.messages import Lang

_DAY = "yyyy-mm-dd"
_FROZEN = "D"


@dataclass(slots=True)
class Writing:
    """What the sheets of one workbook share. ``shown`` gives the first state of each formula's cell, by sheet."""

    asked: str  # print of the book
    branch: str
    as_of: date
    report: str
    looks: Looks
    lists: Lists
    words: Mapping[str, Any]
    shown: dict[str, dict[str, str | int]] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)

    @property
    def lang(self) -> Lang:
        """The language of drop-downs and states."""
        return wording.main_lang(self.report)


def write_sheet(ws: Any, sheet: str, asks: Sequence[Ask], writing: Writing) -> None:
    """Fill the sheet with its questions."""
    at, last = letters(sheet), FIRST_ROW + len(asks) - 1
    _write_top(ws, sheet, writing)
    limits = Limits(writing.words["error"])
    for row, ask in enumerate(asks, FIRST_ROW):
        _write_row(ws, row, ask, at=at, writing=writing, limits=limits)
    limits.put(ws)
    for name, letter in at.items():
        ws.column_dimensions[letter].width = WIDTHS[name]
        ws.column_dimensions[letter].hidden = name in HIDDEN
    _color_states(ws, f"{at['status']}{FIRST_ROW}:{at['status']}{last}", writing.words)
    ws.freeze_panes = f"{_FROZEN}{FIRST_ROW}"
    ws.auto_filter.ref = f"A{HEAD_ROW}:{at['status']}{last}"
    ws.print_area = f"A{TITLE_ROW}:{at['status']}{last}"
    ws.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    protect(ws)
    set_page(ws, writing, landscape=True)


def _write_top(ws: Any, sheet: str, writing: Writing) -> None:
    looks, report = writing.looks, writing.report
    looks.text(ws.cell(TITLE_ROW, 1), writing.words["top"], NOTE)
    ws.merge_cells(start_row=TITLE_ROW, end_row=TITLE_ROW, start_column=1, end_column=len(COLUMNS[sheet]) - len(HIDDEN))
    ws.row_dimensions[TITLE_ROW].height = LINE * 1.5
    ws.row_dimensions[IDS_ROW].hidden = True
    ws.row_dimensions[HEAD_ROW].height = LINE * (3.2 if report == "both" else 1.8)
    for number, name in enumerate(COLUMNS[sheet], 1):
        ws.cell(IDS_ROW, number).value = name
        code = f"collect.head.key_{sheet}" if name == "key" else f"collect.head.{name}"
        looks.text(ws.cell(HEAD_ROW, number), wording.word(code, report, between="\n"), HEAD)


def _write_row(ws: Any, row: int, ask: Ask, *, at: Mapping[str, str], writing: Writing, limits: Limits) -> None:
    entry = entry_of(ask.target, ask.field, ask.method, writing.lang)
    report = writing.report
    texts = {
        "key": ask.key,
        "subject": ask.subject,
        "asked": wording.asked(ask, report),
        "why": wording.why(ask, report),
        "now": wording.was(ask),
        "how": wording.how(ask, report),
        "code": ask.code,
    }
    texts["check"] = row_check(writing.asked, writing.branch, [texts[name] for name in LOCKED])
    writing.checks.append(texts["check"])
    looks = writing.looks
    for number, name in enumerate(at, 1):
        cell = ws.cell(row, number)
        if name in texts:
            looks.text(cell, texts[name], _LOCKED.get(name, PLAIN))
        elif name in ENTRIES:
            looks.dress(cell, _entry_look(name, entry))
    ws.cell(row, 1).value = row - FIRST_ROW + 1
    looks.dress(ws.cell(row, 1), QUIET_CELL)
    if len(entry.units) == 1:
        ws[f"{at['unit']}{row}"].value = entry.units[0][0]
    status = ws[f"{at['status']}{row}"]
    looks.formula(status, status_formula(ask, entry, at, row, lists=writing.lists, words=writing.words), _STATUS)
    writing.shown.setdefault(ws.title, {})[status.coordinate] = writing.words["todo" if ask.is_required else "optional"]
    limit_answer(limits, entry, (at["answer"], row), lists=writing.lists, prompt=texts["how"])
    limit_rest(limits, entry, at, row, lists=writing.lists, words=writing.words)
    high = max(lines_high(texts[name], WIDTHS[name]) for name in ("key", "subject", "asked", "why", "now", "how") if texts[name])
    ws.row_dimensions[row].height = max(2, high) * LINE + 3


_STATUS = Look(bold=True, edge=True, align="center")
_LOCKED = {"key": TEXT_CELL, "now": TEXT_CELL, "how": QUIET_CELL, "why": QUIET_CELL, "check": QUIET_CELL, "code": QUIET_CELL}


def _entry_look(name: str, entry: Entry) -> Look:
    """How an entry cell looks; one that this row does not use is locked and grey."""
    if name == "unit" and not entry.units:
        return Look(edge=True, fill="F0F0F0")
    if name in ("valid_to", "on") or (name == "answer" and entry.kind == DATE):
        return Look(edge=True, entry=True, number=_DAY)
    if name == "answer" and entry.kind == NUMBER:
        return Look(edge=True, entry=True, align="right", number="#,##0.####")
    return Look(edge=True, entry=True, wrap=True, number="0" if name == "year" else "@")


def _color_states(ws: Any, area: str, words: Mapping[str, Any]) -> None:
    from openpyxl.formatting.rule import CellIsRule

    rule_of: Any = CellIsRule  # the library does not say its types
    from openpyxl.styles import PatternFill

    for names, color in ((("done",), DONE), (("wrong", "unsigned"), WRONG), (("todo",), UNFILLED)):
        for name in names:
            rule = rule_of(operator="equal", formula=[f'"{words[name]}"'], fill=PatternFill("solid", start_color=color, end_color=color))
            ws.conditional_formatting.add(area, rule)


def protect(ws: Any) -> None:
    """Only entry cells can be written; columns and rows may be made wider and filtered. There is no password: marks find changes."""
    ws.protection.sheet = True
    for allowed in ("formatColumns", "formatRows", "autoFilter"):
        setattr(ws.protection, allowed, False)


def set_page(ws: Any, writing: Writing, *, landscape: bool) -> None:
    """A4, fitted to the width, with page numbers."""
    ws.page_setup.orientation = "landscape" if landscape else "portrait"
    ws.page_setup.paperSize = 9
    ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = 1, 0
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.page_margins.left = ws.page_margins.right = 0.4
    ws.page_margins.top = ws.page_margins.bottom = 0.6
    ws.sheet_view.showGridLines = False
    ws.oddFooter.right.text, ws.oddFooter.right.size = writing.words["page"], 8
    ws.oddFooter.left.text, ws.oddFooter.left.size = f"{writing.branch or '-'}  {writing.as_of.isoformat()}".replace("&", "&&"), 8
