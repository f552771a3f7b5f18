"""Tables without lines around their cells, found by columns of figures that stand below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from greenfin.published.figures import in_cell, is_blank
from greenfin.published.labels import is_period
from greenfin.published.pdf_headers import Interval, header_rows, merged, nearest
from greenfin.published.pdf_lines import Line, glued
from greenfin.published.shapes import Cell, Table
from greenfin.published.words import pattern, plain

_LEAST_ROWS = 2
_FAR = 3.0  # sizes of type between lines of one table
_MOST_HEADERS = 10
_TITLE = 60
_WIDE = 3  # figures of a table of one row
_TOUCHING = 0.35
_OWN = 0.8  # of the distance of rows: a name this far below the row before it is no rest of it
_ROWS = 0.6  # sizes between rows: lines of one name stand nearer


def aligned_tables(lines: Sequence[Line], *, page: str) -> tuple[list[tuple[float, Table]], list[Line]]:
    """The tables with their tops, and the lines that are in none."""
    tables: list[tuple[float, Table]] = []
    used: set[int] = set()
    for run in _runs(lines):
        if made := _table(run, lines, page):
            table, taken = made
            tables.append((run[0].top, table))
            used |= taken
    return tables, [line for line in lines if line.number not in used]


def _is_figure(text: str) -> bool:
    clean = plain(text)
    if is_period(clean):
        return False
    return in_cell(clean) is not None or (bool(clean) and is_blank(clean))


def _is_row(line: Line) -> bool:
    return len(line.segments) > 1 and any(_is_figure(segment.text) for segment in line.segments[1:])


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of rows with figures; short lines of one segment between them are names that went over a line."""
    run: list[Line] = []
    between: list[Line] = []
    for line in lines:
        is_header = len(line.segments) > _LEAST_ROWS and not _is_row(line)
        if run and (is_header or line.top - (between or run)[-1].bottom > _FAR * line.size):
            yield from _long_enough([*run, *_rest_of_last(run, between)])
            run, between = [], []
        if _is_row(line):
            run += [*between, line] if run else [line]
            between = []
        elif run and (len(line.segments) > 1 or not pattern("slot.prose").search(plain(line.text))) and len(between) < _LEAST_ROWS:
            between.append(line)
        elif run:
            yield from _long_enough([*run, *_rest_of_last(run, between)])
            run, between = [], []
    yield from _long_enough([*run, *_rest_of_last(run, between)])


def _rest_of_last(run: Sequence[Line], between: Sequence[Line]) -> Iterator[Line]:
    """The lines below the last row that its name goes on with: they touch it, left of its figures."""
    edge = min((segment.left for line in run for segment in line.segments[1:] if _is_figure(segment.text)), default=0.0)
    for above, line in zip([*run[-1:], *between], between, strict=False):
        if len(line.segments) > 1 or line.segments[0].right > edge or line.top - above.bottom > _TOUCHING * line.size:
            return
        yield line


def _long_enough(run: list[Line]) -> Iterator[list[Line]]:
    rows = [line for line in run if _is_row(line)]
    if len(rows) >= _LEAST_ROWS or any(sum(_is_figure(segment.text) for segment in line.segments) >= _WIDE for line in rows):
        yield run


def _table(run: Sequence[Line], lines: Sequence[Line], page: str) -> tuple[Table, set[int]] | None:
    columns = _columns([line for line in run if _is_row(line)])
    if not columns:
        return None
    run = [*_heading(run[0], lines, columns), *run]
    names = _names(run, columns[0][0])
    headers, above = _headers(run[0], lines, columns)
    rows = header_rows(headers, names, columns) + _body(run, names, columns)
    caption = " ".join(line.text for line in above)
    return Table("", tuple(map(tuple, rows)), caption, page), {line.number for line in (*run, *headers)}


def _columns(rows: Sequence[Line]) -> list[Interval]:
    """The intervals of the columns behind the names: segments that overlap are one column."""
    first = min(segment.left for line in rows for segment in line.segments[1:] if _is_figure(segment.text))
    parts = sorted((s.left, s.right) for line in rows for s in line.segments[1:] if s.left >= first - line.size or _is_figure(s.text))
    return merged(parts)


def _names(run: Sequence[Line], edge: float) -> list[Interval]:
    """The intervals of the columns of names left of the figures: kind, name, unit."""
    parts = sorted((s.left, s.right) for line in run if _is_row(line) for s in line.segments if s.right <= edge and not _is_figure(s.text))
    return merged(parts) or [(0.0, edge)]


def _heading(first: Line, lines: Sequence[Line], columns: Sequence[Interval]) -> list[Line]:
    """The line between the header and the first row that says what the rows below it are."""
    at = lines.index(first)
    if at < _LEAST_ROWS:
        return []
    header, line = lines[at - 2], lines[at - 1]
    text = plain(line.text)
    is_name = len(line.segments) == 1 and line.segments[0].right <= columns[0][0] and not _is_figure(text)
    is_apart = _TOUCHING * line.size < line.top - header.bottom < _FAR * line.size
    is_text = pattern("slot.prose").search(text) or pattern("row.units_said").search(text)
    return [line] if is_name and is_apart and not is_text and len(header.segments) > _LEAST_ROWS and not _is_row(header) else []


def _headers(first: Line, lines: Sequence[Line], columns: Sequence[Interval]) -> tuple[list[Line], list[Line]]:
    """The lines right above that are headers, and those above them that are titles and units."""
    before = [line for line in lines if line.number < first.number][::-1]
    headers: list[Line] = []
    last = first
    for line in before[:_MOST_HEADERS]:
        if not _is_header(line, last, columns):
            break
        headers.insert(0, line)
        last = line
    titles = [line for line in before[len(headers) : len(headers) + 2] if last.top - line.bottom < 2 * _FAR * line.size]
    return headers, [line for line in reversed(titles) if len(plain(line.text)) < _TITLE]


def _is_header(line: Line, below: Line, columns: Sequence[Interval]) -> bool:
    """Whether a line is part of the header: it stands close, over columns, and is no sentence, title or unit."""
    apart = below.top - line.bottom
    if apart > _FAR * line.size or pattern("slot.prose").search(plain(line.text)):
        return False
    if len(line.segments) == 1 and pattern("row.units_said").search(plain(line.text)):
        return False
    return len(line.segments) > 1 or line.segments[0].left >= columns[0][0] - line.size or apart < _TOUCHING * line.size


def _body(run: Sequence[Line], names: Sequence[Interval], columns: Sequence[Interval]) -> list[list[Cell]]:
    """Rows of figures; a line with a name alone goes to the row that it touches, else it heads the rows below it."""
    rows: list[list[Cell]] = []
    apart = median(below.top - line.bottom for line, below in pairwise(run)) if len(run) > 1 else 0.0
    for above, line in zip([None, *run], run, strict=False):
        gap = line.top - above.bottom if above else 0.0
        is_own = gap > max(_OWN * apart, _ROWS * line.size) or pattern("row.by").search(plain(line.text))
        if rows and not is_own and _is_rest_of_name(line, columns):
            at = nearest(line.segments[0], names)
            rows[-1][at] = Cell(glued(rows[-1][at].text or " ", line.segments[0].text).strip(), "")
            continue
        row = _row(line, names, columns)
        if rows and gap < _TOUCHING * line.size and _is_empty(row[: len(names)]) and _is_empty(rows[-1][len(names) :]):
            row = [*rows.pop()[: len(names)], *row[len(names) :]]  # figures beside the middle of a long name
        rows.append(row)
    return rows


def _is_empty(cells: Sequence[Cell]) -> bool:
    return not any(cell.text for cell in cells)


def _is_rest_of_name(line: Line, columns: Sequence[Interval]) -> bool:
    alone = line.segments[0]
    is_name = len(line.segments) == 1 and not _is_row(line) and alone.right <= columns[0][0] + line.size
    return is_name and not pattern("row.number").match(plain(alone.text))


def _row(line: Line, names: Sequence[Interval], columns: Sequence[Interval]) -> list[Cell]:
    texts = [""] * (len(names) + len(columns))
    for segment in line.segments:
        is_name = segment.right <= columns[0][0] or (segment is line.segments[0] and not _is_figure(segment.text))
        at = nearest(segment, names) if is_name else len(names) + nearest(segment, columns)
        texts[at] = glued(texts[at], segment.text) if texts[at] else segment.text
    return [Cell(text, "") for text in texts]
