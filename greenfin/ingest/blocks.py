"""Blocks: which part of a sheet holds what. Finds the header row (or rows), the kind of sheet, the default money unit and date."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from greenfin.core.units import same_dimension
from greenfin.ingest.around import around, foreign_sheet, text_of, unit_above
from greenfin.ingest.cells import is_blank, told
from greenfin.ingest.dates import period_of, stretch_of
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.headers import Heading, is_header_word, name_and_unit, read_header, unit_of
from greenfin.ingest.numbered import is_numbering
from greenfin.ingest.vocabulary import allowed, fields, kinds, mark, marks, plain, starts

SCAN_ROWS = 30
_MAX_COLUMNS = 600
_LEAST_HEADERS = 3
_MEASURED = ("input.", "item.", "result.")
_DEPTHS = (1, 2, 3)
_OF_CURRENCY = {"loan.currency", "loan.balance_rmb", "loan.original_balance"}  # columns that tell what an amount is in
_NOW = 12 * 10_000  # after every month that a header names


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a block: index in the grid, header as printed, and what the header says."""

    column: int
    header: str
    heading: Heading


@dataclass(frozen=True, slots=True)
class Block:
    """A recognised part of a sheet: body rows ``first`` (inclusive) to ``end`` (exclusive), one place per field.

    ``periods`` are columns headed by a year or month (pivot sheets); ``unknown`` are columns with a header nobody knows;
    ``last_column`` is the last one with a header, known or not. ``money_doubt`` is a money unit above the header that nobody knows.
    ``more`` are further columns of a field that may stand in several; ``depth`` is the number of header rows. ``layout`` names the
    known layout or saved mapping that told the columns, ``key`` the fields that make a row's id together.
    ``whole``: where this is a batch of a longer block, the distinct cells of the columns whose unit all cells decide together.
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
    last_column: int = 0
    money_doubt: str = ""
    depth: int = 1
    layout: str = ""
    key: tuple[str, ...] = ()
    whole: Mapping[int, Sequence[CellValue]] = dataclasses.field(default_factory=dict)  # distinct cells of columns of which this is a batch

    def at(self, row: int, field: str) -> str:
        """The address of a field's cell in a grid row."""
        place = self.places.get(field)
        return self.grid.at(row, place.column if place else None)


def find_block(grid: Grid, *, wanted: tuple[str, ...], start: int = 0, rows: int = SCAN_ROWS, end: int | None = None) -> Block | None:
    """The best block whose header stands in the first rows from ``start``, and before ``end``; None where nothing is recognised."""
    last = grid.height if end is None else end
    best: tuple[tuple[int, int, int, int], Block] | None = None
    for row in range(start, min(start + rows, last)):
        for depth in _DEPTHS:
            if row + depth > last or (depth > 1 and not _is_header_like(grid, row)):
                break
            for order, block in enumerate(_blocks_at(grid, row, depth=depth, wanted=wanted)):
                score = (len(block.places) + len(block.more) + len(block.periods), -depth, -row, -order)
                if best is None or score > best[0]:
                    best = (score, block)
    return _deepest(best[1]) if best else None


def _deepest(block: Block) -> Block:
    """The block with the columns of one class by level (``一级分类``, ``二级分类``) as one: the deepest that a row has."""
    families: dict[tuple[str, str], list[tuple[int, Place]]] = {}
    for field, place in [*((f, block.places[f]) for f in kinds()[block.kind].many if f in block.places), *block.more]:
        header = plain(place.header)
        level, word = next(((i, w) for i, w in enumerate(marks()["level_words"]) if w in header), (-1, ""))
        if word:
            families.setdefault((field, header.replace(word, "")), []).append((level, place))
    for (field, _), found in families.items():
        if len(found) < 2 or len({level for level, _ in found}) < len(found):
            continue
        *upper, last = (place for _, place in sorted(found, key=lambda one: one[0]))
        columns = list(block.grid.columns)
        cells = list(columns[last.column])
        for place in reversed(upper):
            above = columns[place.column]
            for row in range(block.first, min(block.end, len(cells), len(above))):
                cells[row] = above[row] if is_blank(cells[row]) else cells[row]
        columns[last.column] = cells
        more = tuple((f, p) for f, p in block.more if all(p is not other for _, other in found))
        is_first = any(block.places[field] is other for _, other in found)
        places = {**block.places, field: last} if is_first else block.places
        block = replace(
            block,
            grid=replace(block.grid, columns=columns, memo={}),
            places=places,
            more=more if is_first else (*more, (field, last)),
        )
    return block


def next_header(block: Block, *, wanted: tuple[str, ...]) -> Block | None:
    """The next block of the sheet under another header; the same again (on a new page) is one where it is in another unit."""
    grid = block.grid
    hits = np.zeros(block.end, np.int64)
    for column in range(min(len(grid.columns), _MAX_COLUMNS)):
        hits[block.first :] += told(grid, column, lambda cell: isinstance(cell, str) and is_header_word(cell))[block.first : block.end]
    here = {(place.header, place.column) for place in block.places.values()}
    for row in np.nonzero(hits >= _LEAST_HEADERS)[0].tolist():
        unit = unit_above(grid, row, first=block.first)
        is_other = bool(unit) and unit != block.money_unit  # the same header, its amounts in another unit
        if grid.row(row) == grid.row(block.header_row) and not is_other:  # the last row of a header of several
            continue
        found = find_block(grid, wanted=wanted, start=row, rows=1)
        if found and {(place.header, place.column) for place in found.places.values()} != here:
            return found
        if found and is_other:
            return replace(found, money_unit=unit)
    return None


def _is_header_like(grid: Grid, row: int) -> bool:
    return sum(isinstance(cell, str) and bool(cell.strip()) for cell in grid.row(row)) >= 2


def _blocks_at(grid: Grid, row: int, *, depth: int, wanted: tuple[str, ...]) -> Iterator[Block]:
    headings = list(_headings(grid, row, depth=depth))
    if not headings:
        return
    named = {field for place in headings for field in place.heading.fields}
    for kind in wanted:
        block = _block(grid, kind, headings, row=row, depth=depth) if _may_be(kind, named, len(headings)) else None
        if block:
            yield block


def _may_be(kind: str, named: set[str], columns: int) -> bool:
    """Whether columns that name these fields can be what a kind needs: a quick look, for the many rows that are no header."""
    reads, held = kinds()[kind].reads, allowed(kind)
    fields = {field for name in named if (field := reads.get(name, name)) in held}
    return _needs_met(kind, fields, columns if "period.*" in kinds()[kind].extra else 0)


def _headings(grid: Grid, row: int, *, depth: int) -> Iterator[Place]:
    """One place per column that has a header text, parents and children joined."""
    levels = [_level(grid, row + i, is_parent=i < depth - 1) for i in range(depth)]
    for column in range(min(len(grid.columns), _MAX_COLUMNS)):
        texts = list(dict.fromkeys(level[column] for level in levels if level[column]))
        if not texts:
            continue
        child = levels[-1][column]
        options = ["".join(texts), "".join(texts[-2:]), *_own_number(texts), *_of_parent(texts), *([child] if child else texts[::-1])]
        read = [h for text in dict.fromkeys(options) if (h := read_header(text)).fields]
        heading = _of_item(texts) or _under_unit(texts) or next((h for h in read if not h.is_loose), next(iter(read), Heading()))
        is_whole = bool(heading.fields) or period_of(options[0], year=None) is not None  # 2025 over 1, 2, 3
        yield Place(column, options[0] if is_whole else texts[-1], heading)


def _own_number(texts: list[str]) -> Iterator[str]:
    """A child that names a number of its own, whatever stands above: ``合同号`` under ``借据信息`` is no receipt."""
    heading, known = read_header(texts[-1]), fields()
    is_number = heading.fields and all(f in known and known[f].kind == "id" for f in heading.fields)
    if is_number and not heading.is_loose and plain(texts[-1]) not in mark("bare_headers"):
        yield texts[-1]


def _of_parent(texts: list[str]) -> Iterator[str]:
    """What a parent is about, and the child: ``借款人信息`` over ``名称`` is the borrower's name."""
    for tail in marks()["header_tails"] if len(texts) > 1 else ():
        if len(texts[-2]) > len(tail) and texts[-2].endswith(tail):
            yield texts[-2].removesuffix(tail) + texts[-1]


def _of_item(texts: list[str]) -> Heading | None:
    """The heading of a column of a group with the name of an item: ``用量(吨)`` under ``自来水`` is the water, ``金额`` is no item's."""
    group = read_header(texts[-2]) if len(texts) > 1 else Heading()
    items = tuple(field for field in group.fields if field.startswith("item."))
    own = read_header(texts[-1])
    if not items or not {"ops.qty", "ops.amount"} & set(own.fields):
        return None
    return replace(own, fields=items, unit=own.unit or group.unit) if "ops.qty" in own.fields else Heading()


def _under_unit(texts: list[str]) -> Heading | None:
    """The heading of an amount under a group that names the unit: ``合同金额`` under ``金额（万元）``."""
    for parent in texts[-2::-1]:
        name, unit = name_and_unit(parent)
        for text in (f"{name}{texts[-1]}", texts[-1]) if unit and same_dimension(unit, "CNY") else ():
            found = read_header(text)
            if found.fields and not found.is_loose and not found.unit and all(_is_money(field) for field in found.fields):
                return replace(found, unit=unit)
    return None


def _is_money(field: str) -> bool:
    return field in fields() and fields()[field].kind in {"money", "original"}


def _level(grid: Grid, row: int, *, is_parent: bool) -> list[str]:
    """The texts of a header row; a parent's text goes on to the right over its merged cells (or over blanks)."""
    texts = [text_of(cell).strip("* ") for cell in grid.row(row)]
    if not is_parent:
        return texts
    if grid.merged:
        for top, left, bottom, right in grid.merged:
            if top <= row <= bottom and right > left and left < len(texts):
                texts[left : right + 1] = [text_of(grid.columns[left][top]).strip("* ")] * (min(right, len(texts) - 1) - left + 1)
        return texts
    for column in range(1, len(texts)):
        texts[column] = texts[column] or texts[column - 1]
    return texts


def block_at(grid: Grid, row: int, *, kind: str) -> Block | None:
    """The block of a kind under a header row that the user has named, whatever it lacks."""
    return _block(grid, kind, list(_headings(grid, row, depth=1)), row=row, depth=1, is_named=True)


def block_as(block: Block, kind: str) -> Block | None:
    """The same part of the sheet read as another kind; None where it lacks what that kind needs."""
    row = block.header_row - block.depth + 1
    found = _block(block.grid, kind, list(_headings(block.grid, row, depth=block.depth)), row=row, depth=block.depth)
    return _deepest(replace(found, end=block.end)) if found else None


def block_with(grid: Grid, row: int, *, kind: str, depth: int, known: Mapping[str, tuple[str, str]]) -> Block | None:
    """The block under a header whose columns somebody has told us: plain header -> (field, unit); ``""`` as field: not used.

    Headers not told are ``unknown``, a second column of a field is ``twice``; None where no column is known.
    """
    places: dict[str, Place] = {}
    more: list[tuple[str, Place]] = []
    unknown, twice, periods, last = [], [], [], 0
    for place in _headings(grid, row, depth=depth):
        last = max(last, place.column)
        field, unit = known.get(plain(place.header), (None, ""))
        at = replace(place, heading=Heading((field or "",), unit or place.heading.unit, place.heading.basis, place.heading.year))
        if field is None and "period.*" in kinds()[kind].extra and period_of(place.header, year=None, alone=True):
            periods.append(place)
        elif field is None:
            unknown.append(place)
        elif field and field not in places:
            places[field] = at
        elif field and (field.startswith(_MEASURED) or field in kinds()[kind].many):
            more.append((field, at))
        elif field:
            twice.append(at)
    if not places:
        return None
    unit, doubt, day = around(grid, row)
    first, places = _below(grid, row + depth, places)
    return Block(
        grid, kind, places, first, grid.height, row + depth - 1, unit, day, tuple(unknown), tuple(twice), tuple(periods), tuple(more),
        last, doubt, depth,
    )  # fmt: skip


def headings_at(grid: Grid, row: int, *, depth: int) -> tuple[Place, ...]:
    """What stands in a header of ``depth`` rows: one place per column with a text."""
    return tuple(_headings(grid, row, depth=depth))


def _block(grid: Grid, kind: str, headings: list[Place], *, row: int, depth: int, is_named: bool = False) -> Block | None:
    if not is_named and _is_barred(kind, headings):
        return None
    held, many = allowed(kind), kinds()[kind].many
    meant = [(place, [f for f in _meant(kind, place) if f in held]) for place in headings]
    places: dict[str, Place] = {}
    more: list[tuple[str, Place]] = []
    unknown, twice, periods = [], [], []
    bare = mark("bare_headers")
    # a header known as it stands comes first, a bare one later, then one that can mean several things
    for place, mine in sorted(meant, key=lambda one: _rank(*one, bare=bare)):
        free = [f for f in mine if f not in places]
        if free:
            places[free[0]] = place
        elif mine and (mine[0].startswith(_MEASURED) or (mine[0] in many and plain(place.header) != plain(places[mine[0]].header))):
            more.append((mine[0], place))
        elif mine and place.heading.is_loose:
            unknown.append(place)
        elif mine:
            twice.append(place)
        elif "period.*" in kinds()[kind].extra and _is_period(kind, place.header):
            periods.append(place)
        elif not place.heading.fields:
            unknown.append(place)
    if not is_named and not _needs_met(kind, set(places), len(periods)):
        return None
    unit, doubt, day = around(grid, row)
    doubt = doubt or _of_sheet(grid, places, unit=unit)
    first, places = _below(grid, row + depth, places)
    return Block(
        grid, kind, places, first, grid.height, row + depth - 1, unit, day, tuple(unknown), tuple(twice), tuple(periods), tuple(more),
        max(place.column for place in headings), doubt, depth,
    )  # fmt: skip


def _of_sheet(grid: Grid, places: Mapping[str, Place], *, unit: str) -> str:
    """The currency after which a sheet is named, where nothing else says what its amounts are in."""
    return "" if unit or _OF_CURRENCY & places.keys() else foreign_sheet(grid)


def _rank(place: Place, mine: Sequence[str], *, bare: frozenset[str]) -> tuple[bool, bool, bool, bool, int]:
    """Sorts the columns that may be one field: its own words first, the bank's share before the whole loan, the last day first."""
    header = plain(place.header)
    is_whole = not header.startswith(starts("own_share"))
    is_measured = any(field.startswith(_MEASURED) for field in mine)
    earlier = -_NOW if place.heading.month is None or is_measured else -place.heading.month
    return place.heading.is_loose, is_whole, header in bare, len(mine) > 1, earlier


def _is_period(kind: str, header: str) -> bool:
    """Whether a header is a month or year; of the own operations also a quarter or half-year."""
    several = kinds()[kind].table == "operations" and stretch_of(header, year=None, alone=True)
    return bool(period_of(header, year=None, alone=True) or several)


def _meant(kind: str, place: Place) -> tuple[str, ...]:
    """The fields that a heading may stand for in such a sheet."""
    reads = kinds()[kind].reads
    return tuple(dict.fromkeys(reads.get(field, field) for field in place.heading.fields))


def _is_barred(kind: str, headings: list[Place]) -> bool:
    """Whether a column says that this is a sheet of another kind; a bare ``编号`` says nothing."""
    never = kinds()[kind].never
    return any(never & set(p.heading.fields) for p in headings if not p.heading.is_loose and plain(p.header) not in mark("bare_headers"))


def _needs_met(kind: str, fields: set[str], periods: int) -> bool:
    """Whether a kind has what it needs with these fields and so many columns of periods."""
    held = fields | ({"period.*"} if periods > 1 else set()) | ({"period.one.*"} if periods else set())
    held |= {f"{f.split('.')[0]}.*" for f in fields if f.startswith(_MEASURED)}
    held |= {"many.item.*"} if sum(f.startswith("item.") for f in fields) > 1 else set()
    return all(any(option in held for option in group) for group in kinds()[kind].needs)


def _below(grid: Grid, first: int, places: dict[str, Place]) -> tuple[int, dict[str, Place]]:
    """The first body row: a row of units or letters, or the header in other words, is not one; units go to their columns.

    Nor is a row into which merged cells of the header reach down.
    """
    reached = (bottom + 1 for top, _, bottom, _ in grid.merged or () if top < first <= bottom < first + len(_DEPTHS))
    first = max(reached, default=first)
    while first < grid.height:
        cells = {column: text_of(cell) for column, cell in enumerate(grid.row(first)) if text_of(cell)}
        if not cells:
            break
        if is_numbering(cells) or (len(cells) >= _LEAST_HEADERS and 2 * sum(map(is_header_word, cells.values())) > len(cells)):
            first += 1
        elif all(unit_of(text) or plain(text) in mark("blank") for text in cells.values()):
            places = {f: _with_unit(p, unit_of(cells.get(p.column, ""))) for f, p in places.items()}
            first += 1
        else:
            break
    return first, places


def _with_unit(place: Place, unit: str) -> Place:
    heading = place.heading
    return place if heading.unit or not unit else Place(place.column, place.header, replace(heading, unit=unit, doubt=""))
