"""Tables without lines around their cells, found by columns of figures that stand below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from greenfin.published.figures import in_cell, is_blank
from greenfin.published.labels import period_in
from greenfin.published.pdf_lines import Line, Segment, glued
from greenfin.published.shapes import Cell, Table
from greenfin.published.words import pattern, plain

_LEAST_ROWS = 2
_FAR = 3.0  # sizes of type between lines of one table
_MOST_HEADERS = 5
Interval = tuple[float, float]


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
    period, rest = period_in(clean)
    if period is not None and not rest.strip(" ()"):
        return False
    return in_cell(clean) is not None or (bool(clean) and is_blank(clean))


def _is_row(line: Line) -> bool:
    return len(line.segments) > 1 and any(_is_figure(segment.text) for segment in line.segments[1:])


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of rows with figures; short lines of one segment between them are names that went over a line."""
    run: list[Line] = []
    between: list[Line] = []
    for line in lines:
        if run and line.top - (between or run)[-1].bottom > _FAR * line.size:
            yield from _long_enough(run)
            run, between = [], []
        if _is_row(line):
            run += [*between, line] if run else [line]
            between = []
        elif run and (len(line.segments) > 1 or not pattern("slot.prose").search(plain(line.text))) and len(between) < _LEAST_ROWS:
            between.append(line)
        elif run:
            yield from _long_enough(run)
            run, between = [], []
    yield from _long_enough(run)


def _long_enough(run: list[Line]) -> Iterator[list[Line]]:
    if sum(_is_row(line) for line in run) >= _LEAST_ROWS:
        yield run


def _table(run: Sequence[Line], lines: Sequence[Line], page: str) -> tuple[Table, set[int]] | None:
    columns = _columns([line for line in run if _is_row(line)])
    if not columns:
        return None
    headers, above = _headers(run[0], lines)
    rows = [_header_row(line, columns) for line in headers]
    rows += _body(run, columns)
    caption = " ".join(line.text for line in above)
    return Table("", tuple(map(tuple, rows)), caption, page), {line.number for line in (*run, *headers)}


def _columns(rows: Sequence[Line]) -> list[Interval]:
    """The intervals of the columns behind the names: segments that overlap are one column."""
    first = min(segment.left for line in rows for segment in line.segments[1:] if _is_figure(segment.text))
    parts = sorted((s.left, s.right) for line in rows for s in line.segments[1:] if s.left >= first - line.size or _is_figure(s.text))
    found: list[Interval] = []
    for left, right in parts:
        if found and left < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], right))
        else:
            found.append((left, right))
    return found


def _headers(first: Line, lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """The lines right above that are headers, and those above them that are titles and units."""
    before = [line for line in lines if line.number < first.number][::-1]
    headers: list[Line] = []
    last = first
    for line in before[:_MOST_HEADERS]:
        if last.top - line.bottom > _FAR * line.size or (len(line.segments) < 2 and pattern("slot.prose").search(plain(line.text))):
            break
        if len(line.segments) < 2 and not (headers and len(headers) < _MOST_HEADERS and _is_over(line, headers[0])):
            break
        headers.insert(0, line)
        last = line
    titles = [line for line in before[len(headers) : len(headers) + 2] if last.top - line.bottom < 2 * _FAR * line.size]
    return headers, [line for line in reversed(titles) if len(plain(line.text)) < 60]


def _is_over(line: Line, header: Line) -> bool:
    """Whether a lone text stands over columns behind the first: a header of several of them."""
    return len(header.segments) > 2 and line.segments[0].left > header.segments[0].right and _is_short(line)


def _is_short(line: Line) -> bool:
    return len(line.text) < 24 and not pattern("row.units_said").search(plain(line.text))


def _header_row(line: Line, columns: Sequence[Interval]) -> list[Cell]:
    """A header's text for every column under it: the one above its middle, else the nearest."""
    row = []
    edge = columns[0][0]
    for left, right in columns:
        middle = (left + right) / 2
        over = [s for s in line.segments if s.right > edge or len(line.segments) > len(columns)]
        best = min(over, key=lambda s: max(s.left - right, left - s.right, 0) * 10 + abs(s.middle - middle), default=None)
        row.append(Cell(best.text if best else "", ""))
    names = [s.text for s in line.segments if s.middle < edge and s.right <= columns[0][1] and not _is_taken(s, row)]
    return [Cell(" ".join(names), ""), *row]


def _is_taken(segment: Segment, row: Sequence[Cell]) -> bool:
    return any(cell.text == segment.text for cell in row)


def _body(run: Sequence[Line], columns: Sequence[Interval]) -> list[list[Cell]]:
    """Rows of figures; a line with a name alone goes to the row before it."""
    rows: list[list[Cell]] = []
    for line in run:
        if rows and _is_rest_of_name(line, columns):
            rows[-1][0] = Cell(glued(rows[-1][0].text or " ", line.segments[0].text).strip(), "")
        else:
            rows.append(_row(line, columns))
    return rows


def _is_rest_of_name(line: Line, columns: Sequence[Interval]) -> bool:
    alone = line.segments[0]
    is_name = len(line.segments) == 1 and not _is_row(line) and alone.right <= columns[0][0] + line.size
    return is_name and not pattern("row.number").match(plain(alone.text))


def _row(line: Line, columns: Sequence[Interval]) -> list[Cell]:
    texts = [""] * (len(columns) + 1)
    for segment in line.segments:
        at = (
            0
            if segment.right <= columns[0][0] or (segment is line.segments[0] and not _is_figure(segment.text))
            else 1 + _nearest(segment, columns)
        )
        texts[at] = glued(texts[at], segment.text) if texts[at] else segment.text
    return [Cell(text, "") for text in texts]


def _nearest(segment: Segment, columns: Sequence[Interval]) -> int:
    return min(
        range(len(columns)),
        key=lambda i: (max(segment.left - columns[i][1], columns[i][0] - segment.right, 0), abs(segment.middle - sum(columns[i]) / 2)),
    )
