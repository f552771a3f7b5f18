"""Headers of a table without lines: texts that went over a line put together, texts over several columns given to all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from greenfin.published.pdf_lines import Line, Segment, glued
from greenfin.published.shapes import Cell

_TOUCHING = 0.55  # sizes of type between the lines of one header
_SHARED = 0.5  # of the narrower of two texts: they stand below each other
Interval = tuple[float, float]


def merged(parts: Sequence[Interval]) -> list[Interval]:
    """Sorted intervals, those that overlap as one."""
    found: list[Interval] = []
    for left, right in parts:
        if found and left < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], right))
        else:
            found.append((left, right))
    return found


def nearest(segment: Segment, columns: Sequence[Interval]) -> int:
    """The column that a text stands in, else the nearest."""
    ways = [(max(segment.left - right, left - segment.right, 0.0), abs(segment.middle - (left + right) / 2)) for left, right in columns]
    return ways.index(min(ways))


def header_rows(lines: Sequence[Line], names: Sequence[Interval], columns: Sequence[Interval]) -> list[list[Cell]]:
    """The rows of the header, one for each level, outermost first; the headers of names stand in the last."""
    first = columns[0]
    lines = [replace(line, segments=tuple(part for s in line.segments for part in _by_column(s, [*names, *columns]))) for line in lines]
    titles = [s for line in lines for s in line.segments if _is_name(s, names, first)]
    levels: list[list[Line]] = []
    for line in lines:
        over = Line(line.number, line.top, line.bottom, line.size, tuple(s for s in line.segments if not _is_name(s, names, first)))
        if not over.segments:
            continue
        if levels and over.top - max(each.bottom for each in levels[-1]) < _TOUCHING * over.size:
            levels[-1].append(over)
        else:
            levels.append([over])
    blocks = [_blocks(level) for level in levels]
    rows = [_row(each, names, columns, is_last=each is blocks[-1]) for each in blocks]
    if len(rows) > 1:
        _in_groups(rows, blocks, len(names))
    for title in titles if rows else ():
        at = nearest(title, names)
        rows[-1][at] = Cell(glued(rows[-1][at].text, title.text) if rows[-1][at].text else title.text, "")
    return rows


def _by_column(segment: Segment, columns: Sequence[Interval]) -> Iterator[Segment]:
    """The names in a segment that stand over different columns, close beside each other."""
    for _, held in groupby(segment.parts or (segment,), key=lambda part: nearest(part, columns)):
        parts = tuple(held)
        yield segment if len(parts) == len(segment.parts) else Segment(parts[0].left, parts[-1].right, "".join(p.text for p in parts))


def _is_name(segment: Segment, names: Sequence[Interval], first: Interval) -> bool:
    """Whether a header stands nearer to the names than to the first column of figures, whose figures may be short."""
    return segment.middle < first[0] and nearest(segment, [*names, first]) < len(names)


def _in_groups(rows: list[list[Cell]], blocks: Sequence[Sequence[Segment]], skip: int) -> None:
    """Where the last headers come again and again, each header above them stands over one round of them."""
    last = [cell.text for cell in rows[-1][skip:]]
    for row, texts in zip(rows[:-1], blocks, strict=False):
        size = len(last) // len(texts) if texts else 0
        if len(texts) > 1 and size > 1 and len(last) == size * len(texts) and last == last[:size] * len(texts):
            ordered = sorted(texts, key=lambda block: block.left)
            row[skip:] = [Cell(ordered[i // size].text, "") for i in range(len(last))]


def _blocks(lines: Sequence[Line]) -> list[Segment]:
    """The texts of a level: segments that stand below each other are one."""
    found: list[Segment] = []
    for segment in (segment for line in lines for segment in line.segments):
        at = next((i for i, block in enumerate(found) if _is_below(block, segment)), None)
        if at is None:
            found.append(segment)
        else:
            block = found[at]
            found[at] = Segment(min(block.left, segment.left), max(block.right, segment.right), glued(block.text, segment.text))
    return found


def _is_below(one: Segment, other: Segment) -> bool:
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared > _SHARED * min(one.right - one.left, other.right - other.left)


def _row(blocks: Sequence[Segment], names: Sequence[Interval], columns: Sequence[Interval], *, is_last: bool) -> list[Cell]:
    texts = [_text(blocks, column, is_wide=not is_last or len(blocks) < len(columns) - 1) for column in columns]
    return [*(Cell("", "") for _ in names), *(Cell(text, "") for text in texts)]


def _text(blocks: Sequence[Segment], column: Interval, *, is_wide: bool) -> str:
    """The text above a column: the one that covers most of it, else the nearest where texts stand over several columns."""
    middle = sum(column) / 2

    def apart(block: Segment) -> tuple[float, float]:
        return max(block.left - column[1], column[0] - block.right, 0.0), abs(block.middle - middle)

    best = min(blocks, key=apart, default=None)
    if best is None:
        return ""
    return best.text if is_wide or apart(best)[0] < (column[1] - column[0]) else ""
