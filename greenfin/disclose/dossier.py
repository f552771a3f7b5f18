"""A loan's dossier on one page of paper: what was decided, on which words, rules, papers and by whom, and where it was counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from greenfin.core.problems import Problem
from greenfin.disclose.pdf_page import ACCENT, ASCENT, FAINT, INK, MARGIN, QUIET, TINT, Box, Line, Page, Running, Sheets, Text, paint
from greenfin.disclose.typeset import REGULAR, Typesetter, problems_of, register

_SIZE, _LEAD, _LABEL = 8.0, 11.5, 74.0
_LIMITS = (14, 10, 8, 6, 5, 4, 3, 2)  # lines of a list, tried until the page holds all
_NAMED, _DRAWN = 0.36, 0.36  # of a picture: shares of the width for names and for bars
BARS = "#2f7d52"
_CELL_LINES = 3
_TEXT_LINES = (8, 6, 5, 4, 3, 2)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of running text; ``marked`` ones are the words that speak for the tag."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a picture from ``low`` to ``high``, with what it is called, what is written beside it, and a value marked on the scale."""

    label: str
    low: float
    high: float
    text: str
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: facts in two columns, a text with marked words, and lines of a list, each of a few cells.

    ``widths`` are the shares of the page's width for the cells of ``lines``; ``more`` is said (with the number) when lines are left out.
    """

    heading: str
    facts: tuple[tuple[str, str], ...] = ()
    text: tuple[Piece, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    widths: tuple[float, ...] = ()
    more: str = "+{n}"
    empty: str = ""
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """The page: title, verdict and its second line, sections, and what stands at head and foot."""

    title: str
    verdict: str
    about: str
    sections: tuple[Section, ...]
    head: str
    foot: str
    page: str
    mark: str = ""
    lang: str = "zh"


def write_dossier(dossier: Dossier, path: Path) -> tuple[Problem, ...]:
    """Write the page; lists and texts too long for it are cut and the number left out is said.

    The same dossier gives the same bytes. Returns a warning for each character that the fonts cannot print. Raises OSError.
    """
    from reportlab.pdfgen.canvas import Canvas

    register()
    page, typesetter = _fitted(dossier)
    lang = "en" if dossier.lang == "en" else "zh-CN"
    canvas = Canvas(str(path), invariant=1, pageCompression=1, initialFontName=REGULAR, lang=lang, pdfVersion=(1, 5))
    canvas.setTitle(dossier.title)
    canvas.setCreator("greenfin")
    canvas.setProducer("greenfin")
    clean = typesetter.clean
    lines = (clean(dossier.mark),) if dossier.mark else ()
    running = Running(clean(dossier.head), clean(dossier.mark), clean(dossier.foot), dossier.page, lines)
    paint(canvas, [page], running, typesetter=typesetter)
    canvas.save()
    return problems_of(typesetter)


def _fitted(dossier: Dossier) -> tuple[Page, Typesetter]:
    """The page with as much of each list as it holds."""
    pages: list[Page] = []
    typesetter = Typesetter()
    for limit in _LIMITS:
        for text_lines in _TEXT_LINES:
            typesetter = Typesetter()
            pages = _set(dossier, typesetter, limit=limit, text_lines=text_lines)
            if len(pages) == 1:
                return pages[0], typesetter
            if limit > _LIMITS[-1]:
                break  # shorter lists first, then shorter texts
    return pages[0], typesetter


def _set(dossier: Dossier, typesetter: Typesetter, *, limit: int, text_lines: int) -> list[Page]:
    sheets = Sheets(typesetter, anchor="dossier", outline=dossier.title)
    sheets.y -= 6
    sheets.text(dossier.title, 15, bold=True, color=ACCENT, after=4)
    _verdict(sheets, dossier)
    for section in dossier.sections:
        _section(sheets, section, limit=limit, text_lines=text_lines)
    return sheets.pages()


def _verdict(sheets: Sheets, dossier: Dossier) -> None:
    """The band with the decision."""
    wrap = sheets.typesetter.wrap
    above = wrap(dossier.verdict, 11, sheets.width - 16, bold=True)[:2]
    below = wrap(dossier.about, _SIZE, sheets.width - 16)[:3]
    height = len(above) * 16 + len(below) * _LEAD + 10
    sheets.put(Box(MARGIN, sheets.y, sheets.width, height, TINT))
    at = sheets.y + 5
    for line in above:
        sheets.put(Text(MARGIN + 8, at + 11 * ASCENT, line, 11, bold=True, color=ACCENT))
        at += 16
    for line in below:
        sheets.put(Text(MARGIN + 8, at + _SIZE * ASCENT, line, _SIZE, color=QUIET))
        at += _LEAD
    sheets.y += height + 4


def _section(sheets: Sheets, section: Section, *, limit: int, text_lines: int) -> None:
    if not (section.facts or section.text or section.lines or section.empty or section.bars):
        return
    sheets.need(30)
    sheets.y += 5
    sheets.text(section.heading, 9.5, bold=True, color=ACCENT)
    sheets.put(Line(MARGIN, sheets.y, sheets.width, 0.4))
    sheets.y += 3
    _facts(sheets, section.facts)
    _running_text(sheets, section.text, lines=text_lines)
    _lines(sheets, section, limit=limit)
    _bars(sheets, section.bars[:limit])
    if section.empty and not (section.facts or section.text or section.lines):
        sheets.text(section.empty, _SIZE, color=QUIET)


def _facts(sheets: Sheets, facts: Sequence[tuple[str, str]]) -> None:
    """Label and value, two pairs a line."""
    half = sheets.width / 2
    wrap = sheets.typesetter.wrap
    for at in range(0, len(facts), 2):
        pair = [(wrap(name, _SIZE, _LABEL - 4)[:1], wrap(value, _SIZE, half - _LABEL - 8)[:2]) for name, value in facts[at : at + 2]]
        height = max(len(values) for _, values in pair) * _LEAD
        sheets.need(height)
        for column, (names, values) in enumerate(pair):
            left = MARGIN + column * half
            sheets.put(*(Text(left, sheets.y + _SIZE * ASCENT, name, _SIZE, color=QUIET) for name in names))
            sheets.put(*(Text(left + _LABEL, sheets.y + n * _LEAD + _SIZE * ASCENT, v, _SIZE) for n, v in enumerate(values)))
        sheets.y += height


def _running_text(sheets: Sheets, pieces: Sequence[Piece], *, lines: int) -> None:
    """Text with marked words in bold, broken where the line is full; what is over ``lines`` ends in an ellipsis."""
    measure, x, line = sheets.typesetter, 0.0, 1
    for piece in pieces:
        held = ""
        for sign in measure.clean(piece.text).replace("\n", " "):
            width = measure.width(held + sign, _SIZE, bold=piece.marked)
            if x + width > sheets.width:
                _put_piece(sheets, held, x, marked=piece.marked)
                if line == lines:
                    sheets.put(Text(MARGIN + sheets.width, sheets.y + _SIZE * ASCENT, "\u2026", _SIZE, align="left"))
                    sheets.y += _LEAD
                    return
                line, x, held = line + 1, 0.0, sign
                sheets.y += _LEAD
                sheets.need(_LEAD)
            else:
                held += sign
        _put_piece(sheets, held, x, marked=piece.marked)
        x += measure.width(held, _SIZE, bold=piece.marked)
    if pieces:
        sheets.y += _LEAD


def _put_piece(sheets: Sheets, text: str, x: float, *, marked: bool) -> None:
    if not text:
        return
    if marked:
        sheets.put(Box(MARGIN + x, sheets.y - 0.5, sheets.typesetter.width(text, _SIZE, bold=True), _SIZE + 2.5, TINT))
    sheets.put(Text(MARGIN + x, sheets.y + _SIZE * ASCENT, text, _SIZE, bold=marked, color=ACCENT if marked else INK))


def _lines(sheets: Sheets, section: Section, *, limit: int) -> None:
    shown = section.lines[:limit]
    for cells in shown:
        _row(sheets, cells, section.widths)
    left = len(section.lines) - len(shown)
    if left:
        sheets.text(section.more.format(n=left), 7.5, color=FAINT)


def _row(sheets: Sheets, cells: Sequence[str], widths: Sequence[float]) -> None:
    wrap = sheets.typesetter.wrap
    room = [share * sheets.width for share in widths]
    texts = [wrap(cell, _SIZE, width - 6)[:_CELL_LINES] for cell, width in zip(cells, room, strict=True)]
    height = max(len(lines) for lines in texts) * _LEAD
    sheets.need(height)
    x = MARGIN
    for at, (lines, width) in enumerate(zip(texts, room, strict=True)):
        color = QUIET if at == 0 else INK
        sheets.put(*(Text(x, sheets.y + n * _LEAD + _SIZE * ASCENT, line, _SIZE, color=color) for n, line in enumerate(lines)))
        x += width
    sheets.y += height


def _bars(sheets: Sheets, bars: Sequence[Bar]) -> None:
    """Bars on one scale, with nothing in it where none of them is near nothing; a line where a value is marked."""
    if not bars:
        return
    ends = [value for bar in bars for value in (bar.low, bar.high, *((bar.mark,) if bar.mark is not None else ()))]
    least, most = min(0.0, *ends), max(0.0, *ends)
    unit = sheets.width * _DRAWN / ((most - least) or 1.0)
    zero = MARGIN + sheets.width * _NAMED - least * unit
    for bar in bars:
        _bar(sheets, bar, zero, unit=unit)
    sheets.y += 4


def _bar(sheets: Sheets, bar: Bar, zero: float, *, unit: float) -> None:
    """One bar with its name on the left, its text on the right, the place of nothing and the marked value."""
    wrap, width = sheets.typesetter.wrap, sheets.width
    beside = width * (_NAMED + _DRAWN) + 8
    names, texts = wrap(bar.label, _SIZE, width * _NAMED - 8)[:2], wrap(bar.text, _SIZE, width - beside)[:2]
    height = max(len(names), len(texts)) * _LEAD + 2
    sheets.need(height)
    sheets.put(*(Text(MARGIN, sheets.y + n * _LEAD + _SIZE * ASCENT, line, _SIZE) for n, line in enumerate(names)))
    sheets.put(*(Text(MARGIN + beside, sheets.y + n * _LEAD + _SIZE * ASCENT, t, _SIZE, color=QUIET) for n, t in enumerate(texts)))
    sheets.put(Box(zero + bar.low * unit, sheets.y, max((bar.high - bar.low) * unit, 1.0), _SIZE + 1, BARS))
    sheets.put(Box(zero - 0.3, sheets.y - 2, 0.6, height, QUIET))
    if bar.mark is not None:
        sheets.put(Box(zero + bar.mark * unit - 0.7, sheets.y - 1.5, 1.4, _SIZE + 4, INK))
    sheets.y += height
