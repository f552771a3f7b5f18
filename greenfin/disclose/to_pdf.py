"""The report as a PDF: cover, contents, reading notes, chapters with prose, tables and pictures, the factors. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from greenfin.core.problems import Problem
from greenfin.core.records import Table
from greenfin.disclose import figures, pdf_parts, printed
from greenfin.disclose.front import Chapter, FactorLine, Front, Heading, Index, Part, Prose, Register, Shown
from greenfin.disclose.pdf_flow import MENTION, Flow
from greenfin.disclose.pdf_page import Link, Mark, Page, Running, Text, paint
from greenfin.disclose.typeset import REGULAR, Typesetter, problems_of, register


def write_pdf(tables: Sequence[Table], path: Path, *, front: Front, lang: str, factors: Sequence[FactorLine]) -> tuple[Problem, ...]:
    """Write the report; ``lang`` is zh, en or both. Returns a warning for each character that the fonts cannot print.

    Such a character is shown as a mark, and the reading notes say so. Raises OSError when the file cannot be written.
    """
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    rl_config.useA85 = 0  # bytes as they are: smaller, and not encoded sign by sign
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
    """The document's metadata; the bookmarks are open when it is."""
    for name, value in (
        ("Title", pdf_parts.title(front, lang).replace("\n", " / ") + f" {front.year}"),
        ("Author", printed.pick(front.bank_zh, front.bank_en, lang, between=" / ")),
        ("Subject", printed.pick(front.edition_zh, front.edition_en, lang, between=" / ")),
        ("Creator", "greenfin"),
        ("Producer", "greenfin"),
        ("Keywords", front.run_id),
    ):
        getattr(canvas, f"set{name}")(value)
    canvas.showOutline()


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
    """All pages; contents and page numbers are set last, when every page is known."""
    flow = Flow(typesetter, lang)
    shown = {table.id: table for table in tables}
    drawn = figures.figures(tables, front, lang)
    for chapter in chapters(tables, front.chapters):
        if chapter.zh or chapter.en:
            flow.chapter(printed.pick(chapter.zh, chapter.en, lang, between=" / "), chapter.id)
        for part in chapter.all_parts():
            _set(flow, part, shown, drawn)
    first = pdf_parts.cover(front, lang, typesetter)
    body = [*pdf_parts.how_to_read(front, lang, typesetter), *flow.pages(), *pdf_parts.appendix(factors, lang, typesetter)]
    contents = pdf_parts.contents_of(body, lang, typesetter)
    return _numbered([first, *contents, *body], flow.mentions)


def _set(flow: Flow, part: Part, tables: dict[str, Table], drawn: Sequence[figures.Figure]) -> None:
    match part:
        case Heading():
            flow.heading(part)
        case Prose():
            flow.prose(part)
        case Register():
            flow.register(part)
        case Index():
            flow.index(part)
        case Shown():
            if part.table in tables:
                flow.table(tables[part.table])
                for figure in drawn:
                    if figure.after == part.table:
                        flow.figure(figure)


def chapters(tables: Sequence[Table], planned: Sequence[Chapter]) -> list[Chapter]:
    """The chapters that hold something; tables in no chapter come last, so that none is lost."""
    known = {table.id for table in tables}
    placed = {name for chapter in planned for name in chapter.tables}
    kept = [chapter for chapter in planned if any(not isinstance(part, Shown) or part.table in known for part in chapter.all_parts())]
    rest = tuple(table.id for table in tables if table.id not in placed)
    return [*kept, Chapter("", "", rest)] if rest else kept


def _numbered(pages: Sequence[Page], mentions: Sequence[str]) -> list[Page]:
    """The pages with the numbers of pages that their index mentions."""
    at = {anchor.name: number for number, page in enumerate(pages, 1) for anchor in page.anchors}
    waiting = {f"{MENTION}{number:03d}": anchor for number, anchor in enumerate(mentions)}

    def filled(mark: Mark) -> list[Mark]:
        if not isinstance(mark, Text) or mark.text not in waiting:
            return [mark]
        anchor = waiting[mark.text]
        found = at.get(anchor)
        return [replace(mark, text=str(found or "")), *([Link(mark.x - 24, mark.y - 9, 26, 12, anchor)] if found else [])]

    return [replace(page, marks=[one for mark in page.marks for one in filled(mark)]) if mentions else page for page in pages]
