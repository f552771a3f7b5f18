"""The report as a Word document, which ESG teams go on editing: the same chapters, tables and pictures (as bars) as the PDF."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from greenfin.core.records import Table
from greenfin.disclose import docx_parts as xml
from greenfin.disclose import figures, pdf_parts, printed
from greenfin.disclose.docx_parts import Cell
from greenfin.disclose.front import Both, FactorLine, Front, Heading, Index, Part, Prose, Register, Shown
from greenfin.disclose.pdf_flow import READABLE, Made, left_out, name_of, of_register
from greenfin.disclose.pdf_page import A4, body_width
from greenfin.disclose.pdf_table import Column, Row, type_size, widths
from greenfin.disclose.to_pdf import chapters
from greenfin.disclose.typeset import Typesetter, register
from greenfin.messages.words import say

_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
UPRIGHT, LYING = body_width(landscape=False), body_width(landscape=True)
BAR, BESIDE = "\u2588", 270.0  # what bars are made of, and the width beside them
HEADINGS = ("Heading1", "Heading2", "Heading3")
PICTURES, INDENT = 7.0, 160  # size of type of pictures; how far a level is moved in


def write_docx(tables: Sequence[Table], path: Path, *, front: Front, lang: str, factors: Sequence[FactorLine]) -> None:
    """Write the document; ``lang`` is zh, en or both. The same input gives the same bytes. Raises OSError."""
    from docx import Document

    made = Document()
    writing = _Writing(made, front, lang)
    writing.cover()
    writing.contents(tables)
    writing.notes()
    shown = {table.id: table for table in tables}
    drawn = figures.figures(tables, front, lang)
    for chapter in chapters(tables, front.chapters):
        if chapter.zh or chapter.en:
            writing.heading(printed.pick(chapter.zh, chapter.en, lang, between=" / "), 0, chapter.id)
        for part in chapter.all_parts():
            writing.part(part, shown, drawn)
    writing.factors(factors)
    writing.end()
    _save(made, path)


def _save(document: Any, path: Path) -> None:
    """Write the file with fixed days in it."""
    raw = io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(made.namelist()):
            entry = zipfile.ZipInfo(name, _ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, made.read(name))


class _Writing:
    """One document under writing: pieces are gathered as XML and put into the body section by section."""

    def __init__(self, document: Any, front: Front, lang: str) -> None:
        from greenfin.disclose import docx_style

        self.document, self.front, self.lang = document, front, lang
        self.names = xml.Names()
        self.typesetter = Typesetter()
        register()
        self.is_lying = False
        self.pieces: list[str] = []
        self.waiting: list[str] = []  # headings that go with what follows them
        self.begun = 0  # where the list of contents begins among the pieces
        docx_style.dress(document, front, lang)
        document.core_properties.created = datetime.combine(front.as_of, datetime.min.time(), UTC)
        document.core_properties.modified = document.core_properties.created

    @property
    def width(self) -> float:
        """The width of the text in points."""
        return LYING if self.is_lying else UPRIGHT

    def _pick(self, both: Both, *, between: str = "\n") -> str:
        return printed.pick(*both, self.lang, between=between)

    # around the chapters

    def cover(self) -> None:
        """Title and what the cover says."""
        self.pieces.append(xml.paragraph(xml.run(printed.pick(self.front.bank_zh, self.front.bank_en, self.lang)), "Subtitle"))
        self.pieces.append(xml.paragraph(xml.run(pdf_parts.title(self.front, self.lang)), "Title"))
        self.pieces.append(xml.paragraph(xml.run(printed.word("year", self.lang, year=self.front.year)), "Subtitle"))
        rows = [(Cell(name), Cell(value)) for name, value in pdf_parts.facts(self.front, self.lang)]
        self.pieces.append(xml.table((), rows, (120.0, UPRIGHT - 120.0), size=10.0))

    def contents(self, tables: Sequence[Table]) -> None:
        """The field of the contents; until Word computes it, the chapters stand there."""
        names = [printed.pick(c.zh, c.en, self.lang, between=" / ") for c in chapters(tables, self.front.chapters)]
        self.pieces.append(xml.paragraph(xml.run(printed.word("contents", self.lang)), "TOCHeading"))
        self.begun = len(self.pieces)
        self.pieces.append(xml.paragraph(xml.a_field('TOC \\o "1-2" \\t "Caption,3" \\h \\z \\u', "\n".join(filter(None, names)))))

    def notes(self) -> None:
        """Basis, perimeter, data, methods and how to read the tables."""
        self.heading(printed.word("how_to_read", self.lang), 0, "notes")
        for key, texts in pdf_parts.sections(self.front, self.lang):
            if texts:
                self.heading(printed.word(key, self.lang), 2, "")
                self.put(*(xml.paragraph(xml.words(text)) for text in texts))
        self.heading(printed.word("reading", self.lang), 2, "")
        self.put(*(xml.paragraph(xml.run(text)) for text in pdf_parts.reading(self.lang, self.typesetter)))

    def factors(self, factors: Sequence[FactorLine]) -> None:
        """The appendix."""
        self.heading(printed.word("appendix_factors", self.lang), 0, "factors")
        if not factors:
            self.put(xml.paragraph(xml.run(printed.word("factors_none", self.lang))))
            return
        self.put(lying=True)
        self.grid(*pdf_parts.of_factors(factors, self.lang))

    # parts of chapters

    def heading(self, text: str, level: int, anchor: str) -> None:
        """A heading of a level; chapters begin a new page by their style."""
        self.waiting.append(xml.paragraph(self.names.mark(anchor) + xml.run(text.replace("\n", " / ")), HEADINGS[level], keep=True))

    def put(self, *pieces: str, lying: bool = False) -> None:
        """Put pieces on a page that lies or stands, with the headings that wait for them."""
        if self.is_lying != lying:
            self.pieces.append(f"<w:p><w:pPr>{self._section()}</w:pPr></w:p>")
            self.is_lying = lying
        self.pieces += [*self.waiting, *pieces]
        self.waiting.clear()

    def part(self, part: Part, tables: dict[str, Table], drawn: Sequence[figures.Figure]) -> None:
        """A part of a chapter."""
        match part:
            case Heading():
                self.heading(self._pick(part.words, between=" / "), part.level, part.id)
            case Prose():
                self.prose(part)
            case Register():
                self.register(part)
            case Index():
                self.index(part)
            case Shown():
                if part.table in tables:
                    self.table(tables[part.table])
                    for figure in drawn:
                        if figure.after == part.table:
                            self.figure(figure)

    def prose(self, of: Prose) -> None:
        """Paragraphs."""
        style = "" if of.kind == "body" else "Notes"
        texts = self._pick(of.words, between="\n\n").split("\n\n")
        made = (xml.paragraph(xml.words(text.strip().replace("\n", " ")), style) for text in texts)
        self.put(*made, lying=self.is_lying and bool(style))

    def register(self, of: Register) -> None:
        """Rows that the bank lists."""
        if of.has_heads:
            self.heading(self._pick(of.title, between=" / "), 2, "")
        self.put()
        self.grid(*of_register(of, self.lang), has_heads=of.has_heads)

    def index(self, of: Index) -> None:
        """The index of the standards; Word fills in the numbers of pages."""
        self.put()
        self.caption(self._pick(of.title, between=" / "), "table-T37")
        self.pieces += [xml.paragraph(xml.run(say("narrative.index.note", one)), "Notes") for one in printed.languages(self.lang)]
        rows: list[Sequence[Cell]] = []
        for standard, lines in of.groups:
            rows.append((Cell(self._pick(standard), is_bold=True), Cell(""), Cell("")))
            rows += [self._line(*line) for line in lines]
        heads = [Cell(self._pick(head)) for head in of.heads]
        self.pieces += [xml.table(heads, rows, (190.0, self.width - 240.0, 50.0), size=8.5), xml.paragraph(xml.run(""), "Notes")]

    def _line(self, texts: Sequence[Both], anchor: str) -> tuple[Cell, ...]:
        """A line of the index; Word fills in the number of the page."""
        page = Cell("-", code=f"PAGEREF {xml.bookmark(anchor)} \\h") if anchor else Cell("")
        return (*(Cell(self._pick(text), indent=0 if at else INDENT) for at, text in enumerate(texts)), page)

    def caption(self, text: str, anchor: str) -> None:
        """The words above a table or a picture."""
        self.pieces.append(xml.paragraph(self.names.mark(anchor) + xml.run(text), "Caption", keep=True))

    def table(self, table: Table) -> None:
        """A table with its basis and notes; a wide one lies on its side."""
        made = Made(table, self.lang)
        upright = type_size(self.typesetter, made.columns, made.rows, UPRIGHT)
        self.put(lying=table.landscape and upright < READABLE)
        self.caption(name_of(table, self.lang), f"table-{table.id}")
        for text in printed.lines(filter(None, [table.basis_zh]), filter(None, [table.basis_en]), self.lang):
            self.pieces.append(xml.paragraph(xml.run(text), "Notes", keep=True))
        self.grid(made.columns, made.rows)
        notes = (*printed.lines(table.notes_zh, table.notes_en, self.lang), *left_out(made.left, self.lang))
        if notes:
            self.pieces.append(xml.paragraph(xml.run(printed.word("notes", self.lang), bold=True), "Notes"))
            self.pieces += [xml.paragraph(xml.run(note), "Notes") for note in notes]

    def figure(self, of: figures.Figure) -> None:
        """A picture as bars of signs, so that it can be edited and needs no colour."""
        if not of.bars:
            return
        self.put(lying=self.is_lying)
        self.caption(of.title, of.id)
        most = max(abs(value) for _, value, _ in of.bars) or 1.0
        signs = int((self.width - BESIDE) / PICTURES) - 2
        rows = [(Cell(label), Cell(BAR * round(abs(value) / most * signs)), Cell(figure)) for label, value, figure in of.bars]
        self.pieces.append(xml.table((), rows, (BESIDE - 120.0, self.width - BESIDE, 120.0), size=PICTURES))
        self.pieces += [xml.paragraph(xml.run(text), "Notes") for text in of.source]

    def grid(self, columns: Sequence[Column], rows: Sequence[Row], *, has_heads: bool = True) -> None:
        """A table set as in the PDF, in one piece."""
        size, wide = widths(self.typesetter, columns, rows, self.width)
        heads = [Cell(column.heading, is_number=column.numbers) for column in columns] if has_heads else ()
        made = xml.table(heads, [_cells(row, columns) for row in rows], wide, size=size)
        self.pieces += [made, xml.paragraph(xml.run(""), "Notes")]

    # sections

    def _section(self) -> str:
        wide, high = (round(points * xml.TWIPS) for points in (A4[::-1] if self.is_lying else A4))
        lying = ' w:orient="landscape"' if self.is_lying else ""
        margins = 'w:top="1280" w:right="1080" w:bottom="1120" w:left="1080" w:header="700" w:footer="560" w:gutter="0"'
        return f'<w:sectPr><w:type w:val="nextPage"/><w:pgSz w:w="{wide}" w:h="{high}"{lying}/><w:pgMar {margins}/></w:sectPr>'

    def end(self) -> None:
        """Put all pieces into the body."""
        from docx.oxml import parse_xml

        if whose := pdf_parts.own_words(self.pieces[self.begun :], self.lang):
            self.pieces.insert(self.begun, xml.paragraph(xml.run(whose), "Notes"))
        body = self.document.element.body
        last = body.sectPr
        root = parse_xml(f'<w:body xmlns:w="{xml.W}">{"".join(self.pieces)}{self._section()}</w:body>')
        first = next(iter(root.iter(f"{{{xml.W}}}sectPr")))
        for kept in reversed([each for each in last if each.tag.endswith(("Reference", "titlePg"))]):
            first.insert(0 if kept.tag.endswith("Reference") else len(first), kept)
        for piece in list(root):
            last.addprevious(piece)
        body.remove(last)


def _cells(row: Row, columns: Sequence[Column]) -> list[Cell]:
    marks = row.marks or ("",) * len(columns)
    return [
        Cell(text, mark, column.numbers, row.kind != "row", 0 if at else INDENT * row.level)
        for at, (text, mark, column) in enumerate(zip(row.texts, marks, columns, strict=True))
    ]
