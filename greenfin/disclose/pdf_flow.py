"""The body of the report: headings, prose, registers, tables and pictures one behind the other; small ones share a page.

A heading waits for what follows it and goes with it, also onto a page in landscape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from greenfin.core.records import Table, TableColumn, TableRow
from greenfin.disclose import printed
from greenfin.disclose.figures import Figure
from greenfin.disclose.front import Both, Heading, Index, Prose, Register
from greenfin.disclose.narrative.filling import OPEN
from greenfin.disclose.pdf_page import ACCENT, ALERT, INK, MARGIN, QUIET, Page, Picture, Sheets, body_height, body_width
from greenfin.disclose.pdf_table import Column, Row, place, type_size
from greenfin.disclose.typeset import Typesetter
from greenfin.messages.words import say

STACKED = 7  # with more columns than this a heading's unit stands on a line of its own
NOTES_APART = 8.0
SHRUNK = 0.75  # a picture is made smaller by so much at most
FEW = 6  # lines of notes that stand together
NOTE_LINE = 13.0  # height of a line of notes with what follows it
BODY, SMALL, SMALLER = 10.0, 8.0, 7.0
LINE = 1.5  # height of a line of text, in sizes
SIZES = ((16.0, 10.0), (12.5, 5.0), (10.5, 3.0))  # of headings and the space below, by level
APART = 12.0  # above what follows something
BEGUN = 40.0  # a paragraph is begun lower on a page only where so much is left
LEAST = 90.0  # a table is begun lower on a page only where so much is left
HALF, MOST = 0.5, 0.7  # of a page: a long table begins on one with so much left; one that fits a page of its own with so much
FRESH = 0.6  # of a page: a chapter begins where so much is left
READABLE = 7.0  # the least size of type of a wide table on an upright page
MENTION = "#"  # a number of a page is written so until the pages are known


class Flow:
    """Sets blocks one after another; ``mentions`` are the anchors whose pages are still to be filled in."""

    def __init__(self, typesetter: Typesetter, lang: str) -> None:
        self.typesetter, self.lang = typesetter, lang
        self.mentions: list[str] = []
        self._done: list[Page] = []
        self._sheets: Sheets | None = None
        self._waiting: list[tuple[str, int, str, bool]] = []  # words, level, anchor, whether it is listed

    def pages(self) -> list[Page]:
        """All pages set so far; headings still waiting are set first."""
        if self._waiting:
            self._on(landscape=False)
        self._close()
        return self._done

    def chapter(self, words: str, anchor: str) -> None:
        """Begin a chapter: on a new page, unless this one has hardly begun."""
        if self._waiting:
            self._on(landscape=False)
        if self._is_landscape or (self._sheets is not None and self._sheets.room < body_height(landscape=False) * FRESH):
            self._close()
        elif self._sheets is not None:
            self._sheets.y += APART
        self._waiting.append((words, 0, anchor, True))

    def heading(self, of: Heading) -> None:
        """A heading below the chapter's."""
        self._waiting.append((self._pick(of.words), of.level, of.id, bool(of.id)))

    def prose(self, of: Prose) -> None:
        """Paragraphs; one with a marked place stands out.

        A line that says why a table is not there stays with the table before it where it fits on that page, else it goes with what follows.
        """
        texts = [one.strip() for one in printed.pick(*of.words, self.lang, between="\n\n").split("\n\n")]
        quiet = of.kind != "body"
        size = 9.0 if quiet else BODY
        room = min(BEGUN, self._height_of(texts, size)) if quiet else BEGUN
        stays = quiet and self._sheets is not None and self._is_landscape and room + self._waiting_height <= self._sheets.room
        sheets = self._on(landscape=stays, room=room)
        for text in texts:
            color = ALERT if OPEN in text else QUIET if quiet else INK
            sheets.text(text, size, color=color, after=5.0)
        sheets.y += 3

    def register(self, of: Register) -> None:
        """Rows that the bank lists, or names with what they are."""
        if of.has_heads:
            self._waiting.append((self._pick(of.title), 2, "", False))
        self._placed(*of_register(of, self.lang), again=self._pick(of.title), has_heads=of.has_heads)

    def _placed(self, columns: Sequence[Column], rows: Sequence[Row], *, again: str, has_heads: bool = True) -> None:
        sheets = self._on(landscape=False, room=LEAST)
        continued = again + printed.word("continued", self.lang, between="")
        place(sheets, columns, rows, panel=lambda *_: "", again=continued, has_heads=has_heads)
        sheets.y += APART

    def index(self, of: Index) -> None:
        """The index of the standards; its page numbers are filled in when all pages are known."""
        sheets = self._on(landscape=False, room=LEAST)
        sheets.anchor("table-T37", self._pick(of.title), 2)
        sheets.text(self._pick(of.title), 12.5, bold=True, color=ACCENT, after=3)
        for text in (say("narrative.index.note", one) for one in printed.languages(self.lang)):
            sheets.text(text, SMALL, color=QUIET, after=5)
        heads = [self._pick(words, between="\n") for words in of.heads]
        columns = [Column(heads[0], narrow=190.0, wide=240.0), Column(heads[1], narrow=190.0, wide=240.0), Column(heads[2], numbers=True)]
        rows = []
        for standard, lines in of.groups:
            rows.append(Row((self._pick(standard, between="\n"), "", ""), kind="heading"))
            rows += [Row((*(self._pick(words, between="\n") for words in texts), self._mention(anchor)), 1) for texts, anchor in lines]
        place(sheets, columns, rows, panel=lambda *_: "", again=self._pick(of.title) + printed.word("continued", self.lang, between=""))
        sheets.y += APART

    def _mention(self, anchor: str) -> str:
        self.mentions.append(anchor)
        return f"{MENTION}{len(self.mentions) - 1:03d}"

    # tables and pictures

    def table(self, table: Table) -> None:
        """A table with its basis and notes: where it fits on this page, else from the top of the next one."""
        wide = table.landscape and not self._fits_upright(table)
        sheets = self._sheet(landscape=wide)
        tried = sheets.fork()
        self._set_headings(tried)
        self._set_table(tried, table)
        if tried.count() > 1 and not sheets.is_empty:
            fresh = Sheets(self.typesetter, landscape=wide)
            self._set_headings(fresh)
            self._set_table(fresh, table)
            left = sheets.room / body_height(landscape=wide)
            if left < HALF or (fresh.count() < tried.count() and left < MOST):
                sheets.turn()
                tried = fresh
        self._waiting.clear()
        sheets.join(tried)
        sheets.y += APART + 6

    def _set_table(self, sheets: Sheets, table: Table) -> None:
        lang, name = self.lang, name_of(table, self.lang)
        sheets.anchor(f"table-{table.id}", name, 2)
        sheets.text(name, 12.5, bold=True, color=ACCENT, after=3)
        for text in printed.lines(filter(None, [table.basis_zh]), filter(None, [table.basis_en]), lang):
            sheets.text(text, SMALL, color=QUIET, after=2)
        sheets.y += 4
        made = Made(table, lang)
        notes = (*printed.lines(table.notes_zh, table.notes_en, lang), *left_out(made.left, lang))
        place(
            sheets,
            made.columns,
            made.rows,
            panel=lambda number, count: f"{name} {printed.word('panel', lang, between='', number=number, count=count).strip()}",
            again=name + printed.word("continued", lang, between=""),
            below=min(_height(sheets, notes, SMALL), body_height(landscape=sheets.landscape) / 4),
            notes=_height(sheets, notes, SMALLER),
        )
        self._notes(sheets, notes)

    def _fits_upright(self, table: Table) -> bool:
        """Whether a wide table can be read on an upright page all the same."""
        made = Made(table, self.lang)
        return type_size(self.typesetter, made.columns, made.rows, body_width(landscape=False)) >= READABLE

    def _notes(self, sheets: Sheets, notes: Sequence[str]) -> None:
        """The notes, smaller where they fit on the page only so."""
        if not notes:
            return
        sheets.y += NOTES_APART
        left = sheets.room + NOTES_APART
        size = next((one for one in (SMALL, SMALLER) if _height(sheets, notes, one) <= left), SMALL)
        sheets.need(min(_height(sheets, notes, size) - NOTES_APART, 30.0))
        sheets.text(printed.word("notes", self.lang), size, bold=True, color=QUIET, after=1)
        for at, note in enumerate(notes):
            rest = _height(sheets, notes[at:], size) - NOTES_APART - size * LINE - 1  # without the heading
            if at and sheets.room < rest < FEW * NOTE_LINE:  # a line or two are not left alone on a page
                sheets.need(rest)
            sheets.text(note, size, color=QUIET, after=1)

    def figure(self, of: Figure) -> None:
        """A picture with its title and its source, never parted."""
        around = 34 + NOTE_LINE * (1 + len(of.source))
        drawing, height = self._drawn(of, around)
        sheets = self._sheet(landscape=self._is_landscape)
        sheets.need(height + around)
        self._set_headings(sheets)
        sheets.anchor(of.id)
        sheets.text(of.title, 11.5, bold=True, color=ACCENT, after=8)
        _picture(sheets, drawing, height)
        for text in of.source:
            sheets.text(text, SMALL, color=QUIET)
        sheets.y += APART

    def _drawn(self, of: Figure, around: float) -> tuple[Any, float]:
        """The drawing and its height: a little smaller where it fits on the page only so, upright where it needs another page."""
        width, lying = body_width(landscape=self._is_landscape), self._is_landscape
        drawing = of.draw(width, self.typesetter)
        room = self._sheets.room - around if self._sheets is not None else 0.0
        if room < drawing.height * SHRUNK or room >= drawing.height:
            if lying and room < drawing.height:
                self._close()
                drawing = of.draw(body_width(landscape=False), self.typesetter)
            return drawing, min(drawing.height, body_height(landscape=self._is_landscape) - 90)
        share = room / drawing.height
        wider = of.draw(width / share, self.typesetter)
        return wider, wider.height * share

    # pages

    def _pick(self, words: Both, *, between: str = " / ") -> str:
        return printed.pick(*words, self.lang, between=between)

    @property
    def _is_landscape(self) -> bool:
        return self._sheets is not None and self._sheets.landscape

    def _sheet(self, *, landscape: bool) -> Sheets:
        """The page being filled, or a new one where it lies the other way."""
        if self._sheets is not None and self._sheets.landscape != landscape:
            self._close()
        if self._sheets is None:
            self._sheets = Sheets(self.typesetter, landscape=landscape)
        return self._sheets

    def _on(self, *, landscape: bool, room: float = 0.0) -> Sheets:
        """The page being filled, with the headings that wait and room for what follows."""
        sheets = self._sheet(landscape=landscape)
        if self._waiting or room > sheets.room:
            sheets.need(room + self._waiting_height)
        self._set_headings(sheets)
        self._waiting.clear()
        return sheets

    @property
    def _waiting_height(self) -> float:
        return sum(SIZES[level][0] * 1.5 + SIZES[level][1] + APART for _, level, _, _ in self._waiting)

    def _height_of(self, texts: Sequence[str], size: float) -> float:
        """How much height paragraphs take on the page being filled, without the space below the last line."""
        width = body_width(landscape=self._is_landscape)
        return sum(len(self.typesetter.wrap(text, size, width)) * size * LINE + 5.0 for text in texts) - 5.0

    def _set_headings(self, sheets: Sheets) -> None:
        for words, level, anchor, listed in self._waiting:
            size, below = SIZES[level]
            sheets.y += 0 if sheets.is_empty else (14, 8, 2)[level]
            if anchor:
                sheets.anchor(anchor, words if listed else "", level)
            sheets.text(words, size, bold=True, color=ACCENT if level < 2 else INK, after=below)

    def _close(self) -> None:
        if self._sheets is not None:
            self._done += self._sheets.pages()
            self._sheets = None


class Made:
    """A table ready to be set: columns without those that have no figure, and rows."""

    def __init__(self, table: Table, lang: str) -> None:
        shown, self.left = printed.without_empty(table) if len(table.columns) > STACKED else (table, ())
        grid = printed.grid(shown, lang)
        self.grid = grid
        self.columns = [_column(grid, column, stacked=len(grid.columns) > STACKED) for column in grid.columns]
        self.rows = [_row(grid, row) for row in table.rows]


def name_of(table: Table, lang: str) -> str:
    """A table's number and title."""
    return f"{table.id} " + printed.pick(table.title_zh, table.title_en, lang, between=" / ")


def left_out(columns: Sequence[TableColumn], lang: str) -> tuple[str, ...]:
    """The columns that are not shown for want of any figure."""
    if not columns:
        return ()
    names = [say("disclose.between", one).join(c.zh if one == "zh" else c.en for c in columns) for one in printed.languages(lang)]
    return tuple(say("render.left_out", one, heads=text) for one, text in zip(printed.languages(lang), names, strict=True))


def of_register(of: Register, lang: str) -> tuple[list[Column], list[Row]]:
    """A register's columns and rows."""
    heads = [printed.pick(*words, lang) for words in of.heads]
    columns = [Column(head, numbers=at in of.numbers, narrow=_least(at, of, head), wide=300.0) for at, head in enumerate(heads)]
    return columns, [Row(tuple(printed.pick(*words, lang) for words in row)) for row in of.rows]


def _least(at: int, of: Register, head: str) -> float:
    """The least width of a column: short texts need no more than they have, prose a third of the page."""
    longest = max((len(text) for row in of.rows for text in row[at]), default=0)
    return 34.0 if at in of.numbers else 120.0 if longest > 24 else 40.0 if head else 90.0


def _column(grid: printed.Grid, column: TableColumn, *, stacked: bool) -> Column:
    narrow = {"label": 116.0, "unit": 68.0}.get(column.kind, 50.0)
    wide = {"label": 260.0, "unit": 80.0}.get(column.kind, 130.0)
    heading = grid.heading(column, between="\n" if stacked else "")
    return Column(heading, column.kind == "value", column.kind in ("label", "unit"), narrow, wide)


def _row(grid: printed.Grid, row: TableRow) -> Row:
    found = [grid.table.cell(row.id, column.id) for column in grid.columns]
    marks = tuple(" ".join(cell.marks) if cell is not None else "" for cell in found)
    return Row(tuple(grid.text(row, column) for column in grid.columns), row.level, row.kind, marks if any(marks) else ())


def _height(sheets: Sheets, notes: Sequence[str], size: float) -> float:
    """How much height the notes take in a size of type, with the space above them."""
    lines = 1 + sum(len(sheets.typesetter.wrap(note, size, sheets.width)) for note in notes)
    return NOTES_APART + lines * size * LINE + 1 + len(notes) if notes else 0.0


def _picture(sheets: Sheets, drawing: Any, height: float) -> None:
    """Put the drawing, made smaller when it is higher than the page."""
    scale = min(1.0, height / drawing.height) if drawing.height else 1.0
    if scale < 1.0:
        drawing.scale(scale, scale)
    sheets.put(Picture(MARGIN, sheets.y, drawing.height * scale, drawing))
    sheets.y += drawing.height * scale + 10
