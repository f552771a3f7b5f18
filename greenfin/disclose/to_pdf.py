"""The report as a PDF: cover, contents, reading notes, the tables, a chart, the factors. The same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from greenfin.core.problems import Problem
from greenfin.core.records import Table, TableColumn, TableRow
from greenfin.disclose import charts, financed_charts, operating_charts, pdf_parts, printed
from greenfin.disclose.front import Chapter, FactorLine, Front, Operating
from greenfin.disclose.pdf_page import ACCENT, MARGIN, QUIET, Page, Picture, Running, Sheets, body_height, paint
from greenfin.disclose.pdf_table import Column, Row, place
from greenfin.disclose.typeset import REGULAR, Typesetter, problems_of, register
from greenfin.messages.words import say

OPERATING = "T21"  # the table whose figures are drawn by month and against the target
STACKED = 7  # with more columns than this a heading's unit stands on a line of its own

NOTES_APART = 8.0
NOTE_LINE = 13.0  # height of a line of notes with what follows it


def write_pdf(tables: Sequence[Table], path: Path, *, front: Front, lang: str, factors: Sequence[FactorLine]) -> tuple[Problem, ...]:
    """Write the report; ``lang`` is zh, en or both. Returns a warning for each character that the fonts cannot print.

    Such a character is shown as a mark, and the reading notes say so. Raises OSError when the file cannot be written.
    """
    from reportlab.pdfgen.canvas import Canvas

    register()
    typesetter = Typesetter()
    pages = _pages(tables, front, lang, factors, typesetter)
    running = _running(front, lang, typesetter)
    canvas = Canvas(
        str(path), invariant=1, pageCompression=1, initialFontName=REGULAR, lang="en" if lang == "en" else "zh-CN", pdfVersion=(1, 5)
    )
    _describe(canvas, front, lang)
    paint(canvas, pages, running, typesetter=typesetter)
    canvas.save()
    return problems_of(typesetter)


def _describe(canvas: Any, front: Front, lang: str) -> None:
    """The document's metadata."""
    for name, value in (
        ("Title", pdf_parts.title(front, lang).replace("\n", " / ") + f" {front.year}"),
        ("Author", printed.pick(front.bank_zh, front.bank_en, lang, between=" / ")),
        ("Subject", printed.pick(front.edition_zh, front.edition_en, lang, between=" / ")),
        ("Creator", "greenfin"),
        ("Producer", "greenfin"),
        ("Keywords", front.run_id),
    ):
        getattr(canvas, f"set{name}")(value)


def _running(front: Front, lang: str, typesetter: Typesetter) -> Running:
    head = printed.pick(front.bank_zh, front.bank_en, lang, between=" / ")
    name = pdf_parts.title(front, lang).replace("\n", " / ")
    marked = printed.pick(front.watermark_zh, front.watermark_en, lang)
    return Running(
        head=f"{head} · {name} {front.year}",
        mark=typesetter.clean(marked.replace("\n", " / ")),
        foot=typesetter.clean(printed.word("footer", "en", run=front.run_id)),
        page=printed.word("page", lang, page="{page}", pages="{pages}"),
        watermark=tuple(typesetter.clean(line) for line in marked.split("\n") if line),
    )


def _pages(tables: Sequence[Table], front: Front, lang: str, factors: Sequence[FactorLine], typesetter: Typesetter) -> list[Page]:
    """All pages; the contents are set last, when every page is known."""
    bodies: list[tuple[int, str, list[Page]]] = []  # level, words, pages (none: a chapter's heading)
    for chapter, found in _chapters(tables, front.chapters):
        words = printed.pick(chapter.zh, chapter.en, lang, between=" / ") if chapter else ""
        if words:
            bodies.append((0, words, []))
        bodies += [(1 if words else 0, _name(table, lang), _table_pages(table, words, lang, typesetter)) for table in found]
        if front.operating and any(table.id == OPERATING for table in found):
            drawn = _operating_pages(front.operating, lang, typesetter)
            bodies.append((1 if words else 0, drawn[0].outline, drawn))
        drawn = _financed_pages(found, lang, typesetter)
        bodies += [(1 if words else 0, drawn[0].outline, drawn)] if drawn else []
    chart = _chart_pages(tables, lang, typesetter)
    if chart:
        bodies.append((0, chart[0].outline, chart))
    bodies.append((0, printed.word("appendix_factors", lang), pdf_parts.appendix(factors, lang, typesetter)))
    first = pdf_parts.cover(front, lang, typesetter)
    notes = pdf_parts.how_to_read(front, lang, typesetter)
    entries = [(0, printed.word("how_to_read", lang), notes), *bodies]
    return [first, *_contents(entries, lang, typesetter), *(page for _, _, pages in entries for page in pages)]


def _contents(entries: Sequence[tuple[int, str, list[Page]]], lang: str, typesetter: Typesetter) -> list[Page]:
    """The list of contents; it is set twice, since its own length moves the numbers."""

    def made(length: int) -> list[Page]:
        at, listed = 2 + length, []
        for level, words, pages in entries:
            listed.append((words, at if pages else 0, level, pages[0].anchor if pages else ""))
            at += len(pages)
        return pdf_parts.contents(listed, lang, typesetter)

    return made(len(made(1)))


def _chapters(tables: Sequence[Table], chapters: Sequence[Chapter]) -> Iterator[tuple[Chapter | None, list[Table]]]:
    """The tables by chapter; those in no chapter come last, so that none is lost."""
    by_id = {table.id: table for table in tables}
    placed = {name for chapter in chapters for name in chapter.tables}
    for chapter in chapters:
        found = [by_id[name] for name in chapter.tables if name in by_id]
        if found:
            yield chapter, found
    yield None, [table for table in tables if table.id not in placed]


def _name(table: Table, lang: str) -> str:
    return f"{table.id} " + printed.pick(table.title_zh, table.title_en, lang, between=" / ")


def _table_pages(table: Table, chapter: str, lang: str, typesetter: Typesetter) -> list[Page]:
    """One table from the top of a page, with its basis and notes."""
    sheets = Sheets(typesetter, landscape=table.landscape, anchor=f"table-{table.id}", outline=_name(table, lang))
    if chapter:
        sheets.text(chapter, 8.5, color=QUIET, after=2)
    sheets.text(_name(table, lang), 14, bold=True, color=ACCENT, after=3)
    for text in printed.lines(filter(None, [table.basis_zh]), filter(None, [table.basis_en]), lang):
        sheets.text(text, 8, color=QUIET, after=2)
    sheets.y += 5
    shown, left = printed.without_empty(table) if len(table.columns) > STACKED else (table, ())
    grid = printed.grid(shown, lang)
    notes = (*printed.lines(table.notes_zh, table.notes_en, lang), *_left_out(left, lang))
    place(
        sheets,
        [_column(grid, column, stacked=len(grid.columns) > STACKED) for column in grid.columns],
        [_row(grid, row) for row in table.rows],
        panel=lambda number, count: f"{_name(table, lang)} {printed.word('panel', lang, between='', number=number, count=count).strip()}",
        again=_name(table, lang) + printed.word("continued", lang, between=""),
        below=min(_height(sheets, notes), body_height(landscape=table.landscape) / 4),
    )
    _notes(sheets, notes, lang)
    return sheets.pages()


def _left_out(columns: Sequence[TableColumn], lang: str) -> tuple[str, ...]:
    """Which columns a wide table leaves out because nothing is known of them."""
    if not columns:
        return ()
    names = [say("disclose.between", one).join(c.zh if one == "zh" else c.en for c in columns) for one in printed.languages(lang)]
    return tuple(say("render.left_out", one, columns=text) for one, text in zip(printed.languages(lang), names, strict=True))


def _column(grid: printed.Grid, column: TableColumn, *, stacked: bool) -> Column:
    narrow = {"label": 96.0, "unit": 36.0}.get(column.kind, 50.0)
    wide = {"label": 260.0, "unit": 80.0}.get(column.kind, 130.0)
    heading = grid.heading(column, between="\n" if stacked else "")
    return Column(heading, column.kind == "value", column.kind in ("label", "unit"), narrow, wide)


def _row(grid: printed.Grid, row: TableRow) -> Row:
    found = [grid.table.cell(row.id, column.id) for column in grid.columns]
    marks = tuple(" ".join(cell.marks) if cell is not None else "" for cell in found)
    return Row(tuple(grid.text(row, column) for column in grid.columns), row.level, row.kind, marks if any(marks) else ())


def _notes(sheets: Sheets, notes: Sequence[str], lang: str) -> None:
    if not notes:
        return
    sheets.y += NOTES_APART
    height = _height(sheets, notes) - NOTES_APART
    sheets.need(height if 0 < height - sheets.room < 3 * NOTE_LINE else 30)  # one or two lines are not left alone on a page
    sheets.text(printed.word("notes", lang), 8, bold=True, color=QUIET, after=1)
    for note in notes:
        sheets.text(note, 8, color=QUIET, after=1)


def _height(sheets: Sheets, notes: Sequence[str]) -> float:
    """How much height the notes take, with the space above them."""
    lines = 1 + sum(len(sheets.typesetter.wrap(note, 8, sheets.width)) for note in notes)
    return NOTES_APART + lines * NOTE_LINE if notes else 0.0


def _chart_pages(tables: Sequence[Table], lang: str, typesetter: Typesetter) -> list[Page]:
    """The chart's page; none when no table has a total of several parts."""
    bars = charts.parts_of_total(tables)
    if bars is None:
        return []
    name = printed.pick(bars.table.title_zh, bars.table.title_en, lang, between=" / ")
    of_class = bars.table.id == charts.BY_CLASS
    words = printed.word("chart_title", lang) if of_class else printed.word("chart_general", lang, between=" ", title=name)
    sheets = Sheets(typesetter, anchor="chart", outline=words)
    unit = printed.unit_text(bars.unit, lang)
    sheets.text(words + (f" ({unit})" if unit else ""), 14, bold=True, color=ACCENT, after=10)
    drawing = charts.draw(bars, lang=lang, width=sheets.width, typesetter=typesetter)
    _picture(sheets, drawing)
    sheets.text(printed.word("chart_source", lang, between=" ", table=f"{bars.table.id} {name}"), 8, color=QUIET)
    if bars.left_out:
        sheets.text(printed.word("chart_left_out", lang, count=bars.left_out), 8, color=QUIET)
    return sheets.pages()


def _operating_pages(operating: Operating, lang: str, typesetter: Typesetter) -> list[Page]:
    """The own footprint by scope and month, and against its target path where there is one."""
    sheets = Sheets(typesetter, anchor="chart-operating", outline=printed.word("chart_operating", lang))
    unit = printed.unit_text(operating.unit, lang)
    pictures = [("chart_months", operating_charts.draw_months)]
    pictures += [("chart_target", operating_charts.draw_path)] if operating.path else []
    for title, draw in pictures:
        sheets.need(operating_charts.HIGH + 80)
        sheets.text(printed.word(title, lang, year=operating.year) + f" ({unit})", 14, bold=True, color=ACCENT, after=10)
        _picture(sheets, draw(operating, lang=lang, width=sheets.width, typesetter=typesetter))
        sheets.text(printed.word("chart_source", lang, between=" ", table=OPERATING), 8, color=QUIET, after=18)
    return sheets.pages()


def _financed_pages(tables: Sequence[Table], lang: str, typesetter: Typesetter) -> list[Page]:
    """Financed emissions by industry; none where no industry has any."""
    drawn = financed_charts.industries(tables)
    if drawn is None:
        return []
    table, unit, found = drawn
    words = printed.word("chart_financed", lang)
    sheets = Sheets(typesetter, anchor="chart-financed", outline=words)
    sheets.text(f"{words} ({printed.unit_text(unit, lang)})", 14, bold=True, color=ACCENT, after=10)
    _picture(sheets, financed_charts.draw(found, lang=lang, width=sheets.width, typesetter=typesetter))
    sheets.text(printed.word("chart_source", lang, between=" ", table=_name(table, lang)), 8, color=QUIET)
    return sheets.pages()


def _picture(sheets: Sheets, drawing: Any) -> None:
    """Put the drawing, made smaller when it is higher than the page."""
    height: float = drawing.height
    scale = min(1.0, (sheets.room - 60) / height) if height else 1.0
    if scale < 1.0:
        drawing.scale(scale, scale)
    sheets.put(Picture(MARGIN, sheets.y, height * scale, drawing))
    sheets.y += height * scale + 12
