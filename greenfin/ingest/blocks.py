"""Blocks: which part of a sheet holds what. Finds the header row (or rows), the kind of sheet, the default money unit and date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from greenfin.core.units import same_dimension
from greenfin.ingest.cells import told
from greenfin.ingest.dates import find_date, period_of
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.headers import Heading, is_header_word, read_header, unit_of
from greenfin.ingest.vocabulary import allowed, kinds, mark, plain, starts

SCAN_ROWS = 30
_MAX_COLUMNS = 600
_LEAST_HEADERS = 3
_DEPTHS = (1, 2, 3)
_LETTER = re.compile(r"\(?(?:[a-z]{1,2}|\d{1,3})\)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a block: index in the grid, header as printed, and what the header says."""

    column: int
    header: str
    heading: Heading


@dataclass(frozen=True, slots=True)
class Block:
    """A recognised part of a sheet: body rows ``first`` (inclusive) to ``end`` (exclusive), one place per field.

    ``periods`` are columns headed by a year or month (pivot sheets); ``unknown`` are columns with a header nobody knows.
    """

    grid: Grid
    kind: str
    places: Mapping[str, Place]
    first: int
    end: int
    header_row: int
    money_unit: str = ""
    as_of: date | None = None
    unknown: tuple[Place, ...] = ()
    twice: tuple[Place, ...] = ()
    periods: tuple[Place, ...] = ()
    more: tuple[tuple[str, Place], ...] = ()

    def at(self, row: int, field: str) -> str:
        """The address of a field's cell in a grid row."""
        place = self.places.get(field)
        return self.grid.at(row, place.column if place else None)


def find_block(grid: Grid, *, wanted: tuple[str, ...], start: int = 0, rows: int = SCAN_ROWS) -> Block | None:
    """The best block whose header stands in the first rows from ``start``; None where nothing is recognised."""
    best: tuple[tuple[int, int, int, int], Block] | None = None
    for row in range(start, min(start + rows, grid.height)):
        for depth in _DEPTHS:
            if row + depth > grid.height or (depth > 1 and not _is_header_like(grid, row)):
                break
            for order, block in enumerate(_blocks_at(grid, row, depth=depth, wanted=wanted)):
                score = (len(block.places) + len(block.more) + len(block.periods), -depth, -row, -order)
                if best is None or score > best[0]:
                    best = (score, block)
    return best[1] if best else None


def next_header(block: Block, *, wanted: tuple[str, ...]) -> Block | None:
    """The next block of the sheet under another header; the same header again (on a new page) is not one."""
    grid = block.grid
    hits = np.zeros(block.end, np.int64)
    for column in range(min(len(grid.columns), _MAX_COLUMNS)):
        hits[block.first :] += told(grid, column, lambda cell: isinstance(cell, str) and is_header_word(cell))[block.first : block.end]
    here = {place.header for place in block.places.values()}
    for row in np.nonzero(hits >= _LEAST_HEADERS)[0].tolist():
        found = find_block(grid, wanted=wanted, start=row, rows=1)
        if found and {place.header for place in found.places.values()} != here:
            return found
    return None


def _is_header_like(grid: Grid, row: int) -> bool:
    return sum(isinstance(cell, str) and bool(cell.strip()) for cell in grid.row(row)) >= 2


def _blocks_at(grid: Grid, row: int, *, depth: int, wanted: tuple[str, ...]) -> Iterator[Block]:
    headings = list(_headings(grid, row, depth=depth))
    if not headings:
        return
    for kind in wanted:
        block = _block(grid, kind, headings, row=row, depth=depth)
        if block:
            yield block


def _headings(grid: Grid, row: int, *, depth: int) -> Iterator[Place]:
    """One place per column that has a header text, parents and children joined."""
    levels = [_level(grid, row + i, is_parent=i < depth - 1) for i in range(depth)]
    for column in range(min(len(grid.columns), _MAX_COLUMNS)):
        texts = list(dict.fromkeys(level[column] for level in levels if level[column]))
        if not texts:
            continue
        child = levels[-1][column]
        options = ["".join(texts), "".join(texts[-2:]), *([child] if child else texts[::-1])]
        heading = next((h for text in options if (h := read_header(text)).fields), Heading())
        yield Place(column, options[0] if heading.fields else texts[-1], heading)


def _level(grid: Grid, row: int, *, is_parent: bool) -> list[str]:
    """The texts of a header row; a parent's text goes on to the right over its merged cells (or over blanks)."""
    texts = [_text(cell) for cell in grid.row(row)]
    if not is_parent:
        return texts
    if grid.merged:
        for top, left, bottom, right in grid.merged:
            if top <= row <= bottom and right > left and left < len(texts):
                texts[left : right + 1] = [_text(grid.columns[left][top])] * (min(right, len(texts) - 1) - left + 1)
        return texts
    for column in range(1, len(texts)):
        texts[column] = texts[column] or texts[column - 1]
    return texts


def _text(cell: CellValue) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def block_at(grid: Grid, row: int, *, kind: str) -> Block | None:
    """The block of a kind under a header row that the user has named, whatever it lacks."""
    return _block(grid, kind, list(_headings(grid, row, depth=1)), row=row, depth=1, is_named=True)


def _block(grid: Grid, kind: str, headings: list[Place], *, row: int, depth: int, is_named: bool = False) -> Block | None:
    fields = allowed(kind)
    places: dict[str, Place] = {}
    more: list[tuple[str, Place]] = []
    unknown, twice, periods = [], [], []
    for place in headings:
        mine = [f for f in place.heading.fields if f in fields]
        free = [f for f in mine if f not in places]
        if free:
            places[free[0]] = place
        elif mine and mine[0].startswith(("input.", "item.")):
            more.append((mine[0], place))
        elif mine:
            twice.append(place)
        elif "period.*" in kinds()[kind].extra and period_of(place.header, year=None, alone=True):
            periods.append(place)
        elif not place.heading.fields:
            unknown.append(place)
    if not is_named and not _has_needs(kind, places, periods):
        return None
    unit, day = _above(grid, row)
    first, places = _below(grid, row + depth, places)
    return Block(
        grid, kind, places, first, grid.height, row + depth - 1, unit, day, tuple(unknown), tuple(twice), tuple(periods), tuple(more)
    )


def _has_needs(kind: str, places: Mapping[str, Place], periods: list[Place]) -> bool:
    held = set(places) | ({"period.*"} if len(periods) > 1 else set())
    held |= {f"{f.split('.')[0]}.*" for f in places if f.startswith(("input.", "item."))}
    return all(any(option in held for option in group) for group in kinds()[kind].needs)


def _above(grid: Grid, row: int) -> tuple[str, date | None]:
    """The money unit and the data date that stand in the rows above a header."""
    unit, day = "", None
    for index in range(row):
        cells = [_text(cell) for cell in grid.row(index)]
        for position, cell in enumerate(cells):
            after = next((c for c in cells[position + 1 :] if c), "")
            unit = unit or _money_unit(cell, after)
            day = day or _stated_date(cell, after)
    return unit, day


def _money_unit(cell: str, after: str) -> str:
    clean = plain(cell)
    for word in starts("unit_marks"):
        if word in clean:
            found = unit_of(clean[clean.find(word) :].strip("()"))
            found = found or (unit_of(after) if clean.rstrip(":") == word else "")
            return found if found and same_dimension(found, "CNY") else ""
    return ""


def _stated_date(cell: str, after: str) -> date | None:
    clean = plain(cell)
    for word in starts("date_marks"):
        if word in clean:
            return find_date(clean[clean.find(word) :]) or (find_date(after) if clean.rstrip(":") == word else None)
    return None


def _below(grid: Grid, first: int, places: dict[str, Place]) -> tuple[int, dict[str, Place]]:
    """The first body row: a row of units or of letters under the header is not one; units go to their columns."""
    while first < grid.height:
        cells = {column: _text(cell) for column, cell in enumerate(grid.row(first)) if _text(cell)}
        if not cells:
            break
        if len(cells) > 2 and all(_LETTER.fullmatch(plain(text)) for text in cells.values()) and _is_sequence(list(cells.values())):
            first += 1
        elif all(unit_of(text) or plain(text) in mark("blank") for text in cells.values()):
            places = {f: _with_unit(p, unit_of(cells.get(p.column, ""))) for f, p in places.items()}
            first += 1
        else:
            break
    return first, places


def _is_sequence(texts: list[str]) -> bool:
    """Whether the texts count up: A B C or 1 2 3."""
    clean = [plain(text).strip("()") for text in texts]
    keys = [(len(text), text) for text in clean]
    return len(set(clean)) == len(clean) and keys == sorted(keys) and clean[0] in ("a", "1", "0")


def _with_unit(place: Place, unit: str) -> Place:
    heading = place.heading
    return (
        place if heading.unit or not unit else Place(place.column, place.header, Heading(heading.fields, unit, heading.basis, heading.year))
    )
