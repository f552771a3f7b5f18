"""A table on pages: column widths from what stands in them, wrapped words, heads repeated, wide tables in panels.

Time and memory are linear in the cells: every text is broken into lines once, every row placed once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from greenfin.disclose.pdf_page import ACCENT, ASCENT, INK, MARGIN, QUIET, RULE, TINT, Box, Line, Sheets, Text, body_height
from greenfin.disclose.typeset import Typesetter

SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
LEADING = 1.32
AGAIN = 16.0  # height of the line above a continued table
WHOLE = 10_000  # lines: a row is not cut
LAST_ROWS = 3  # the last page of a table has so many rows at least
LEAST_ROOM = 40.0  # under the heads of a table that begins on a page
LONELY = 0.25  # of a page: rows that fill no more of their last page are drawn onto the one before, where type of SMALLEST does it
SMALLEST = 7.0
PAD = 3.5  # left and right of a cell
INDENT = 9.0
MARK = 0.68  # size of a footnote mark against the text's
LONG_WORD = 84.0  # a word up to this width is not broken
WORD = re.compile(r"[!-~\u00b2\u00b3\u2080-\u208e]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column to set: its heading, whether it holds numbers (right, never broken), whether every panel repeats it."""

    heading: str
    numbers: bool = False
    fixed: bool = False
    narrow: float = 42.0  # the least width of words, in points at size 8.5
    wide: float = 150.0  # the most they are given when there is no room to spare


@dataclass(frozen=True, slots=True)
class Row:
    """A row to set: one text per column; ``level`` indents the first, ``kind`` is row, total or heading."""

    texts: tuple[str, ...]
    level: int = 0
    kind: str = "row"
    marks: tuple[str, ...] = ()  # the footnote marks of each column


@dataclass(frozen=True, slots=True)
class _Needs:
    """Widths at the largest size, per column: the least, the full one, and what of it is kept for footnote marks."""

    least: tuple[float, ...]
    most: tuple[float, ...]
    marks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a panel is set: its columns' numbers, their widths, the size of the type, and the width kept for marks."""

    columns: tuple[int, ...]
    widths: tuple[float, ...]
    size: float
    marks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Set:
    """A row in lines."""

    row: Row
    cells: tuple[tuple[str, ...], ...]
    height: float


@dataclass(frozen=True, slots=True)
class _OnPages:
    """A panel in lines: its head, the head's height, the rows of each page, and the room for rows on a page."""

    head: Sequence[tuple[str, ...]]
    height: float
    pages: tuple[Sequence[_Set], ...]
    first: float  # room on the first page
    room: float

    @property
    def last(self) -> float:
        """The height of the rows on the last page."""
        return sum(part.height for part in self.pages[-1])

    @property
    def room_of_last(self) -> float:
        """How much room the last page has."""
        return self.first if len(self.pages) == 1 else self.room


def place(
    sheets: Sheets,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    panel: Callable[[int, int], str],
    again: str,
    below: float = 0.0,
    notes: float = 0.0,
    has_heads: bool = True,
) -> None:
    """Set the table from the present place on. ``panel`` names a part of a table too wide for one page, ``again`` a continued one.

    What comes ``below`` (its height, such as that of the notes) stands on the page of the last rows; all of the ``notes`` do where smaller
    type makes it so. Without heads only the rows are set.
    """
    fits = _panels(sheets.typesetter, columns, rows, sheets.width)
    if len(fits) == 1:
        fits = [_without_lonely_rows(sheets, columns, rows, fits[0], below=below, notes=notes, has_heads=has_heads)]
    for at, fit in enumerate(fits):
        if at:
            sheets.y += AGAIN
            sheets.need(_panel_height(sheets.typesetter, columns, rows, fit) + AGAIN + below)
        if len(fits) > 1:
            sheets.text(panel(at + 1, len(fits)), 8, color=QUIET, after=2)
        _place_panel(sheets, columns, rows, fit, again, below=below if fit is fits[-1] else 0.0, has_heads=has_heads)


def _panel_height(typesetter: Typesetter, columns: Sequence[Column], rows: Sequence[Row], fit: _Fit) -> float:
    """How high a panel is in one piece, with its heads."""
    heads = max(map(len, _head_lines(typesetter, columns, fit)), default=0) * fit.size * LEADING + 7
    return heads + sum(part.height for row in rows for part in _set_row(typesetter, columns, row, fit, WHOLE))


def _place_panel(
    sheets: Sheets, columns: Sequence[Column], rows: Sequence[Row], fit: _Fit, again: str, *, below: float, has_heads: bool
) -> None:
    on_pages = _on_pages(sheets, columns, rows, fit, below=below, has_heads=has_heads)
    sheets.need(on_pages.height + LEAST_ROOM)
    for at, parts in enumerate(on_pages.pages):
        if at:
            sheets.turn()
            sheets.text(again, 8, color=QUIET, after=2)
        if has_heads:
            _put_head(sheets, columns, fit, on_pages.head, on_pages.height)
        for part in parts:
            _put_row(sheets, columns, part, fit)
        _bottom(sheets, fit)


def _on_pages(sheets: Sheets, columns: Sequence[Column], rows: Sequence[Row], fit: _Fit, *, below: float, has_heads: bool) -> _OnPages:
    """A panel's rows in lines, page by page from the present place on."""
    head = _head_lines(sheets.typesetter, columns, fit) if has_heads else []
    height = max(map(len, head), default=0) * fit.size * LEADING + (7 if has_heads else 0)
    whole = body_height(landscape=sheets.landscape)
    room = whole - height - AGAIN
    limit = max(1, int((room - 44) // (fit.size * LEADING)))
    made = [part for row in rows for part in _set_row(sheets.typesetter, columns, row, fit, limit)]
    first = (sheets.room if sheets.room >= height + LEAST_ROOM else whole) - height
    joined = [part.row.kind == "heading" for part in made]
    pages = _pages([part.height for part in made], first=first, room=room, below=below, joined=joined)
    return _OnPages(head, height, tuple(made[start:end] for start, end in pages), first, room)


def _without_lonely_rows(
    sheets: Sheets, columns: Sequence[Column], rows: Sequence[Row], fit: _Fit, *, below: float, notes: float, has_heads: bool
) -> _Fit:
    """The same in slightly smaller type, where a few rows or lines of notes would stand alone on a page that the smaller type saves."""
    found = _on_pages(sheets, columns, rows, fit, below=below, has_heads=has_heads)
    few = found.room * LONELY
    is_lonely = len(found.pages) > 1 and found.last <= few
    if not is_lonely and not 0 < found.last + notes - found.room_of_last <= few:
        return fit
    needs = _needs(sheets.typesetter, columns, rows)
    for size in (one for one in SIZES if SMALLEST <= one < fit.size):
        tried = _fit(fit.columns, needs, size, sheets.width)
        made = _on_pages(sheets, columns, rows, tried, below=below, has_heads=has_heads)
        if made.last + notes <= made.room_of_last and len(made.pages) <= len(found.pages) - is_lonely:
            return tried
    return fit


def _pages(heights: Sequence[float], *, first: float, room: float, below: float, joined: Sequence[bool] = ()) -> list[tuple[int, int]]:
    """Which rows stand on which page: as many as there is room for, but never fewer than a few on the last one, with what comes below.

    A row that is ``joined`` to the next one (a heading) is never the last on a page.

    >>> _pages([10.0] * 10, first=90, room=90, below=0), _pages([10.0] * 9, first=90, room=90, below=20)
    ([(0, 7), (7, 10)], [(0, 6), (6, 9)])
    """
    starts, used = [0], 0.0
    for place, height in enumerate(heights):
        at = place
        if at > starts[-1] and used + height > (room if starts[1:] else first):
            while at - 1 > starts[-1] and joined and joined[at - 1]:
                at -= 1
            starts.append(at)
            used = sum(heights[at:place])
        used += height
    if used + below > (room if starts[1:] else first) and len(heights) - starts[-1] > LAST_ROWS:
        starts.append(len(heights) - 1)
    while starts[1:] and starts[-2] + 1 < starts[-1] > len(heights) - LAST_ROWS and sum(heights[starts[-1] - 1 :]) + below <= room:
        starts[-1] -= 1
    while joined and starts[1:] and starts[-2] + 1 < starts[-1] and joined[starts[-1] - 1]:
        starts[-1] -= 1
    return list(zip(starts, [*starts[1:], len(heights)], strict=True))


def type_size(typesetter: Typesetter, columns: Sequence[Column], rows: Sequence[Row], width: float) -> float:
    """The largest size of type in which the table fits a width in one panel; zero where it does not."""
    needed = sum(_needs(typesetter, columns, rows).least) / SIZES[0]
    return next((size for size in SIZES if needed * size + 2 * PAD * len(columns) <= width), 0.0)


def widths(typesetter: Typesetter, columns: Sequence[Column], rows: Sequence[Row], width: float) -> tuple[float, tuple[float, ...]]:
    """Size of type and widths of the columns of a table set in one piece over a width, pressed together where it needs more."""
    needs, everything = _needs(typesetter, columns, rows), tuple(range(len(columns)))
    size = type_size(typesetter, columns, rows, width) or SIZES[-1]
    found = _fit(everything, needs, size, width).widths
    return size, tuple(one * width / sum(found) for one in found)


def _panels(typesetter: Typesetter, columns: Sequence[Column], rows: Sequence[Row], width: float) -> list[_Fit]:
    """One panel in the largest type that fits; else, in small type, as many panels as the columns need."""
    needs = _needs(typesetter, columns, rows)
    everything = tuple(range(len(columns)))
    for size in SIZES:
        scale = size / SIZES[0]
        if sum(needs.least) * scale + 2 * PAD * len(columns) <= width:
            return [_fit(everything, needs, size, width)]
    size = SIZES[-2]
    kept = tuple(at for at in everything if columns[at].fixed)
    return [_fit((*kept, *part), needs, size, width) for part in _parts(columns, kept, needs.least, size, width)]


def _parts(columns: Sequence[Column], kept: Sequence[int], least: Sequence[float], size: float, width: float) -> list[tuple[int, ...]]:
    """The columns beside the kept ones in as few panels as they need, about equally full."""

    def needed(at: int) -> float:
        return least[at] * size / SIZES[0] + 2 * PAD

    free = width - sum(map(needed, kept))
    rest = [at for at in range(len(columns)) if at not in kept]
    fewest = len(_filled(rest, needed, free))
    even = sum(map(needed, rest)) / fewest
    steps = (even * (1 + at / 20) for at in range(20) if even * (1 + at / 20) < free)
    tried = (_filled(rest, needed, room) for room in (*steps, free))
    return next(parts for parts in tried if len(parts) == fewest)


def _filled(rest: Sequence[int], needed: Callable[[int], float], room: float) -> list[tuple[int, ...]]:
    parts: list[list[int]] = [[]]
    used = 0.0
    for at in rest:
        if parts[-1] and used + needed(at) > room:
            parts.append([])
            used = 0.0
        parts[-1].append(at)
        used += needed(at)
    return [tuple(part) for part in parts]


def _needs(typesetter: Typesetter, columns: Sequence[Column], rows: Sequence[Row]) -> _Needs:
    made = [_need(typesetter, column, at, rows) for at, column in enumerate(columns)]
    least, most, marks = zip(*made, strict=True)
    return _Needs(least, most, marks)


def _need(typesetter: Typesetter, column: Column, at: int, rows: Sequence[Row]) -> tuple[float, float, float]:
    """Least and full width of a column, and the width of its footnote marks."""
    natural = max((_widest(typesetter, row, at) for row in rows), default=0.0)
    head = max(typesetter.width(typesetter.clean(line), SIZES[0], bold=True) for line in (column.heading.split("\n") or [""]))
    marks = max((typesetter.width(row.marks[at], SIZES[0] * MARK) for row in rows if row.marks and row.marks[at]), default=0.0)
    if column.numbers:
        parts = ((column.heading.split(), 54.0), (WORD.findall(column.heading), LONG_WORD))  # Latin words are not broken
        pieces = (min(most, typesetter.width(part, SIZES[0], bold=True) + 0.5) for found, most in parts for part in found)
        return max(natural + marks, min(head, max(34.0, *pieces, 0.0))), max(natural + marks, head), marks
    full = max(natural, head) + marks
    least = max(column.narrow, min(_longest_word(typesetter, rows, at), LONG_WORD))
    return min(full, least), min(full, max(column.wide, least)), marks


def _widest(typesetter: Typesetter, row: Row, at: int) -> float:
    bold = row.kind != "row"
    indent = row.level * INDENT if at == 0 else 0.0
    return indent + max(typesetter.width(line, SIZES[0], bold=bold) for line in row.texts[at].split("\n"))


def _longest_word(typesetter: Typesetter, rows: Sequence[Row], at: int) -> float:
    words = {word for row in rows for word in WORD.findall(row.texts[at])}
    return max((typesetter.width(word, SIZES[0]) for word in words), default=0.0) + 0.5


def _fit(columns: tuple[int, ...], needs: _Needs, size: float, width: float) -> _Fit:
    """Widths that fill the page: each column its least, the rest by how much more it would take, what is over to all."""
    scale = size / SIZES[0]
    low = [needs.least[at] * scale + 2 * PAD for at in columns]
    wish = [(needs.most[at] - needs.least[at]) * scale for at in columns]
    spare = max(0.0, width - sum(low))
    given = min(1.0, spare / sum(wish)) if sum(wish) > 0 else 0.0
    widths = [a + b * given for a, b in zip(low, wish, strict=True)]
    over = max(0.0, width - sum(widths))
    made = tuple(w + over * w / sum(widths) for w in widths)
    return _Fit(columns, made, size, tuple(needs.marks[at] * scale for at in columns))


def _head_lines(typesetter: Typesetter, columns: Sequence[Column], fit: _Fit) -> list[tuple[str, ...]]:
    return [
        typesetter.wrap(columns[at].heading, fit.size, width - 2 * PAD, bold=True)
        for at, width in zip(fit.columns, fit.widths, strict=True)
    ]


def _put_head(sheets: Sheets, columns: Sequence[Column], fit: _Fit, head: Sequence[tuple[str, ...]], height: float) -> None:
    total = sum(fit.widths)
    sheets.put(Box(MARGIN, sheets.y, total, height, TINT), Line(MARGIN, sheets.y, total, 1.0, ACCENT))
    x = MARGIN
    for at, width, lines in zip(fit.columns, fit.widths, head, strict=True):
        top = sheets.y + height - 3.5 - len(lines) * fit.size * LEADING
        _put_lines(sheets, lines, _edge(x, width, columns[at]), top, fit.size, numbers=columns[at].numbers, bold=True, color=ACCENT)
        x += width
    sheets.y += height
    sheets.put(Line(MARGIN, sheets.y, total, 0.6, ACCENT))


def _edge(x: float, width: float, column: Column) -> float:
    return x + width - PAD if column.numbers else x + PAD


def _put_lines(sheets: Sheets, lines: Sequence[str], x: float, top: float, size: float, *, numbers: bool, bold: bool, color: str) -> None:
    for at, line in enumerate(lines):
        base = top + at * size * LEADING + size * ASCENT + size * (LEADING - 1.1) / 2
        sheets.put(Text(x, base, line, size, bold, color, "right" if numbers else "left"))


def _set_row(typesetter: Typesetter, columns: Sequence[Column], row: Row, fit: _Fit, limit: int) -> Iterator[_Set]:
    """The row in lines; a row higher than a page is cut into several."""
    bold = row.kind != "row"
    cells = []
    for at, width, kept in zip(fit.columns, fit.widths, fit.marks, strict=True):
        room = width - kept - 2 * PAD - (row.level * INDENT if at == 0 else 0.0)
        cells.append(typesetter.wrap(row.texts[at], fit.size, room + 0.5, bold=bold))
    tallest = max(map(len, cells))
    for start in range(0, tallest, limit):
        part = tuple(lines[start : start + limit] for lines in cells)
        yield _Set(row, part, max(map(len, part)) * fit.size * LEADING + 5)


def _put_row(sheets: Sheets, columns: Sequence[Column], made: _Set, fit: _Fit) -> None:
    total, row = sum(fit.widths), made.row
    bold = row.kind != "row"
    color = ACCENT if row.kind == "heading" else INK
    if row.kind == "total":
        sheets.put(Line(MARGIN, sheets.y, total, 0.8, QUIET))
    x = MARGIN
    for at, width, lines, kept in zip(fit.columns, fit.widths, made.cells, fit.marks, strict=True):
        edge = _edge(x, width - kept, columns[at]) + (row.level * INDENT if at == 0 else 0.0)
        _put_lines(sheets, lines, edge, sheets.y + 2, fit.size, numbers=columns[at].numbers, bold=bold, color=color)
        if row.marks and row.marks[at]:
            sheets.put(Text(x + width - PAD - kept + 0.5, sheets.y + fit.size * 0.85, row.marks[at], fit.size * MARK, color=ACCENT))
        x += width
    sheets.y += made.height
    sheets.put(Line(MARGIN, sheets.y, total, 0.3, RULE))


def _bottom(sheets: Sheets, fit: _Fit) -> None:
    sheets.put(Line(MARGIN, sheets.y, sum(fit.widths), 0.8, ACCENT))
