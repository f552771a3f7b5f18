"""The report as a workbook that a bank would send on: notes first, a sheet per table with live formulas, factors and lineage last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

from greenfin.core.records import Table
from greenfin.disclose import pdf_parts, printed, xlsx_package
from greenfin.disclose.front import FactorLine, Front
from greenfin.disclose.xlsx_formula import quoted
from greenfin.disclose.xlsx_lineage import name_cells, protect, write_lineage
from greenfin.disclose.xlsx_sheet import LINE, Planned, Writing, join, places, plan, set_page, write_table
from greenfin.disclose.xlsx_style import ACCENT, ALERT, QUIET, TINT, Look, Stylist, lines_high, writable

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NAME_LENGTH = 31
NOTE_WIDTHS = (24.0, 12.0, 84.0)
FACTOR_WIDTHS = (30.0, 12.0, 14.0, 12.0, 9.0, 52.0, 22.0, 16.0, 16.0, 30.0)


def write_xlsx(tables: Sequence[Table], path: Path, *, front: Front, lang: str, factors: Sequence[FactorLine] | None) -> Mapping[str, str]:
    """Write the workbook; returns where each cell stands: cell id -> ``sheet!B7``. ``lang`` is zh, en or both; factors
    None: no sheet of them.

    Numbers are the full values in their row's unit (the format rounds); totals, ratios, differences, changes and references are formulas
    where all their arguments stand in the workbook. The same input gives the same bytes. Raises OSError when the file cannot be written.
    """
    from openpyxl import Workbook
    from openpyxl.cell import Cell

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    notes = workbook.create_sheet(_name(printed.word("sheet_front", lang), set()))
    plans = _plans(tables, lang, {notes.title})
    stylist = Stylist(Cell(notes, row=1, column=1))  # a cell that is not in the sheet
    writing = Writing(
        stylist,
        {cell.id: cell for table in tables for cell in table.cells.values()},
        {cell: place for planned in plans for cell, place in places(planned).items()},
        {},
        front,
        lang,
    )
    for planned in plans:
        write_table(workbook.create_sheet(planned.sheet), planned, writing)
    more = _write_appendices(workbook, plans, factors, writing)
    _write_notes(notes, plans, more, writing)
    name_cells(workbook, plans, writing.places)
    for ws in workbook.worksheets:
        protect(ws)
    _describe(workbook, front, lang)
    parts = {name: f"xl/worksheets/sheet{at}.xml" for at, name in enumerate(workbook.sheetnames, 1)}
    xlsx_package.save(workbook, path, values={parts[name]: found for name, found in writing.values.items()}, on=front.as_of)
    return {cell: f"{place.sheet}!{place.column}{place.row}" for cell, place in writing.places.items()}


def _write_appendices(workbook: Any, plans: Sequence[Planned], factors: Sequence[FactorLine] | None, writing: Writing) -> list[str]:
    """The sheets of factors and of lineage, after the tables; their names. A workbook without factors has neither."""
    if factors is None:
        return []
    names: list[str] = []
    for key in ("sheet_factors", "sheet_lineage"):
        names.append(_name(printed.word(key, writing.lang), {*workbook.sheetnames, *names}))
    _write_factors(workbook.create_sheet(names[0]), factors, writing)
    write_lineage(workbook.create_sheet(names[1]), plans, writing)
    return names


def _plans(tables: Sequence[Table], lang: str, taken: set[str]) -> list[Planned]:
    plans = []
    for table in tables:
        title = printed.pick(table.title_zh, table.title_en, "en" if lang == "en" else "zh")
        sheet = _name(f"{table.id} {title}", taken)
        taken = taken | {sheet}
        plans.append(plan(table, sheet, lang=lang))
    return plans


def _name(words: str, taken: set[str]) -> str:
    """A sheet's name: without forbidden characters, short enough, and unlike the others (which differ in more than case)."""
    clean = _NOT_IN_NAMES.sub("_", words).strip("' ") or "_"
    known = {name.casefold() for name in taken}
    name, at = clean[:_NAME_LENGTH].strip(), 2
    while name.casefold() in known:
        name, at = f"{clean[: _NAME_LENGTH - 4].strip()}~{at}", at + 1
    return name


def _describe(workbook: Any, front: Front, lang: str) -> None:
    """Metadata, dated by the data, so that the same input gives the same file."""
    about = workbook.properties
    about.creator = about.lastModifiedBy = "greenfin"
    about.title = writable(pdf_parts.title(front, lang).replace("\n", " / ") + f" {front.year}")
    about.subject = writable(printed.pick(front.bank_zh, front.bank_en, lang, between=" / "))
    about.keywords = front.run_id
    about.language = "en" if lang == "en" else "zh-CN"
    about.created = about.modified = datetime.combine(front.as_of, time())
    workbook.calculation.fullCalcOnLoad = True


def _write_notes(ws: Any, plans: Sequence[Planned], more: Sequence[str], writing: Writing) -> None:
    """The first sheet: what the report is, its tables, how to read it, what was wrong with the data."""
    front, lang = writing.front, writing.lang
    for letter, width in zip("ABC", NOTE_WIDTHS, strict=True):
        ws.column_dimensions[letter].width = width
    lines = _Lines(ws, writing.stylist)
    lines.whole(pdf_parts.title(front, lang).replace("\n", " / "), Look(18, True, ACCENT), 32)
    if front.watermark_zh or front.watermark_en:
        lines.whole(pdf_parts.status(front, lang), Look(12, True, ALERT), 22)
    for name, value in pdf_parts.facts(front, lang):
        lines.pair(name.replace("\n", " / "), value.replace("\n", " / "))
    lines.heading(printed.word("front_tables", lang))
    _write_contents(lines, plans, more, lang)
    for key, texts in pdf_parts.sections(front, lang):
        if texts:
            lines.heading(printed.word(key, lang))
            for text in texts:
                lines.whole(text, Look(wrap=True))
    lines.heading(printed.word("reading", lang))
    for key in (*pdf_parts.READING, "reading_xlsx"):
        for text in printed.word(key, lang, between="\n").split("\n"):
            lines.whole(text, Look(wrap=True))
    lines.heading(printed.word("problems", lang))
    _write_problems(lines, writing)
    ws.print_area = f"A1:C{lines.at}"
    set_page(ws, front, lang, landscape=False)


def _write_contents(lines: _Lines, plans: Sequence[Planned], more: Sequence[str], lang: str) -> None:
    for planned in plans:
        lines.link(
            f"{planned.table.id} " + printed.pick(planned.table.title_zh, planned.table.title_en, lang, between=" / "), planned.sheet
        )
    for sheet in more:
        lines.link(sheet, sheet)


def _write_problems(lines: _Lines, writing: Writing) -> None:
    lang = writing.lang
    if not writing.front.problems:
        lines.whole(printed.word("problems_none", lang), Look())
        return
    head = Look(bold=True, color=ACCENT, fill=TINT, edge="head", wrap=True)
    lines.three([printed.word(key, lang) for key in ("problem_severity", "problem_count", "problem_text")], head)
    for p in writing.front.problems:
        lines.three(
            [printed.word(f"severity.{p.severity.value}", lang), p.count, printed.pick(p.zh, p.en, lang) or p.code],
            Look(edge="row", wrap=True),
        )


class _Lines:
    """Writes the notes' sheet from top to bottom."""

    def __init__(self, ws: Any, stylist: Stylist) -> None:
        self.ws, self.stylist, self.at = ws, stylist, 0

    def whole(self, text: str, look: Look, height: float = 0.0) -> None:
        """A text over all columns."""
        self.at += 1
        self.stylist.text(self.ws.cell(self.at, 1), text, look)
        join(self.ws, self.at, 1, 3)
        self.ws.row_dimensions[self.at].height = height or lines_high(text, sum(NOTE_WIDTHS)) * LINE + 3

    def heading(self, text: str) -> None:
        """A heading with room above it."""
        self.at += 1
        self.whole(text, Look(12, True, ACCENT), 20)

    def pair(self, name: str, value: str) -> None:
        """A name and its value."""
        self.at += 1
        self.stylist.text(self.ws.cell(self.at, 1), name, Look(color=QUIET, edge="row", wrap=True))
        self.stylist.text(self.ws.cell(self.at, 2), value, Look(edge="row", wrap=True))
        self.stylist.dress(self.ws.cell(self.at, 3), Look(edge="row"))
        join(self.ws, self.at, 2, 3)
        high = max(lines_high(name, NOTE_WIDTHS[0]), lines_high(value, sum(NOTE_WIDTHS[1:])))
        self.ws.row_dimensions[self.at].height = high * LINE + 3

    def link(self, text: str, sheet: str) -> None:
        """A line that leads to a sheet."""
        from openpyxl.worksheet.hyperlink import Hyperlink

        self.whole(text, Look(color=ACCENT))
        cell = self.ws.cell(self.at, 1)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quoted(sheet)}!A1")
        self.stylist.dress(cell, Look(color=ACCENT))

    def three(self, values: Sequence[str | int], look: Look) -> None:
        """A row of the table of problems."""
        self.at += 1
        high = 1
        for column, (value, width) in enumerate(zip(values, NOTE_WIDTHS, strict=True), 1):
            cell = self.ws.cell(self.at, column)
            if isinstance(value, int):
                cell.value = value
                self.stylist.dress(cell, Look(edge=look.edge, align="right", indent=1, number="#,##0"))
            else:
                self.stylist.text(cell, value, replace(look, align="right", indent=1) if column == 2 else look)
                high = max(high, lines_high(value, width))
        self.ws.row_dimensions[self.at].height = high * LINE + 3


def _write_factors(ws: Any, factors: Sequence[FactorLine], writing: Writing) -> None:
    """The last sheet: each factor as its document gives it."""
    lang, stylist = writing.lang, writing.stylist
    keys = (*pdf_parts.FACTOR_KEYS, "key")
    stylist.text(ws.cell(1, 1), printed.word("appendix_factors", lang), Look(14, True, ACCENT))
    ws.row_dimensions[1].height = 24
    for at, (key, width) in enumerate(zip(keys, FACTOR_WIDTHS, strict=True), 1):
        ws.column_dimensions[ws.cell(1, at).column_letter].width = width
        align, indent = ("right", 1) if key in ("value", "year") else ("left", 0)
        head = Look(bold=True, color=ACCENT, fill=TINT, edge="head", align=align, indent=indent, wrap=True)
        stylist.text(ws.cell(3, at), printed.word(f"factor_{key}", lang, between="\n"), head)
    ws.row_dimensions[3].height = LINE * (2 if lang == "both" else 1) + 6
    for row, line in enumerate(factors, 4):
        _write_factor(ws, row, line, writing)
    if not factors:
        stylist.text(ws.cell(4, 1), printed.word("factors_none", lang), Look())
    ws.freeze_panes = "B4"
    ws.print_title_rows = "3:3"
    ws.print_area = f"A1:J{max(4, 3 + len(factors))}"
    set_page(ws, writing.front, lang, landscape=True)


def _write_factor(ws: Any, row: int, line: FactorLine, writing: Writing) -> None:
    """One factor; its value is a number that shows as many digits as its document does."""
    texts = (*pdf_parts.factor_texts(line, writing.lang), line.key)
    for at, text in enumerate(texts, 1):
        writing.stylist.text(ws.cell(row, at), text, Look(edge="row", wrap=True, vertical="top"))
    for at, text in ((2, line.value), (5, "" if line.data_year is None else str(line.data_year))):
        if re.fullmatch(r"-?\d+(\.\d+)?", text):
            digits = text.partition(".")[2]
            cell = ws.cell(row, at)
            cell.value = float(text) if digits else int(text)
            shown = "0" + ("." + "0" * len(digits) if digits else "")
            writing.stylist.dress(cell, Look(edge="row", align="right", indent=1, vertical="top", number=shown))
    ws.row_dimensions[row].height = max(lines_high(t, w) for t, w in zip(texts, FACTOR_WIDTHS, strict=True)) * LINE + 3
