"""A bank's saved mapping: what each column of its files is, used strictly, and what has changed in the files since.

Without one, sheets in a known layout are told by that, and all others by their headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.core.units import exact_ratio, same_dimension
from greenfin.ingest.blocks import SCAN_ROWS, Block, Place, block_with, find_block, headings_at
from greenfin.ingest.cells import is_blank
from greenfin.ingest.dates import read_date
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.numbers import rate_scale
from greenfin.ingest.profiles import in_words, known_block, layouts, newest, with_header
from greenfin.ingest.rows import body_of
from greenfin.ingest.vocabulary import column_of, fields, kinds, plain

DECIMAL = "decimal"  # rates written as 0.0435
_DEPTHS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A column: its header, the letter it stood at, our field (``""``: known, not used) and its unit."""

    header: str
    letter: str
    field: str
    unit: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class SheetMap:
    """A sheet of the bank's files: which files and sheet, where its header stands (1-based, its last row), what its columns are.

    ``rows`` is how many data rows it had when the mapping was made (0: not compared).
    """

    files: str
    sheet: str
    kind: str
    header_row: int
    columns: tuple[ColumnMap, ...]
    header_rows: int = 1
    rows: int = 0
    layout: str = ""
    key: tuple[str, ...] = ()
    latest: str = ""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    line: int = 0

    @property
    def known(self) -> dict[str, tuple[str, str]]:
        """Plain header -> (field, unit)."""
        return {plain(c.header): (c.field, "" if c.unit == DECIMAL else c.unit) for c in self.columns}

    def is_of(self, grid: Grid) -> bool:
        """Whether a sheet of a file is meant."""
        name = grid.sheet.partition("!")[2]
        return fnmatchcase(grid.file.casefold(), self.files.casefold()) and (fnmatchcase(name, self.sheet) or name == self.sheet)


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """All sheets of a bank; ``fall`` and ``rise`` are how far the number of rows may move (0.2: a fifth)."""

    name: str
    sheets: tuple[SheetMap, ...]
    bank: str = ""
    fall: float = 0.2
    rise: float = 0.5


def told_blocks(grid: Grid, *, wanted: Sequence[str], mapping: SavedMapping | None) -> Outcome[tuple[Block, ...] | None]:
    """The blocks of a sheet as the mapping (or a known layout) tells them, with what has changed; None: look for yourself."""
    grid, day = with_header(grid)
    if mapping is None:
        found = known_block(grid)
        block = found.value
        if block is None or (block.kind not in wanted and (block.kind != "loan_supplement" or "loans" not in wanted)):
            return Outcome(None)
        return Outcome((replace(block, as_of=block.as_of or day),), found.problems)
    meant = sorted((sheet for sheet in mapping.sheets if sheet.is_of(grid)), key=lambda sheet: sheet.header_row)
    if not meant:
        unknown = find_block(grid, wanted=tuple(wanted)) is not None
        return Outcome((), (warning("ingest.mapping_sheet_new", grid.sheet, mapping=mapping.name),) if unknown else ())
    return _mapped(grid, meant, mapping, day=day)


def unmapped(mapping: SavedMapping | None, paths: Sequence[Path]) -> Iterator[Problem]:
    """Sheets of the mapping for which no file was given."""
    for sheet in mapping.sheets if mapping else ():
        if not any(fnmatchcase(path.name.casefold(), sheet.files.casefold()) for path in paths):
            where = f"{mapping.name}:{sheet.line}" if mapping else ""
            yield error("ingest.mapping_file_gone", where, files=sheet.files, sheet=sheet.sheet)


def sheets_gone(mapping: SavedMapping | None, path: Path, grids: Sequence[Grid]) -> Iterator[Problem]:
    """Sheets of the mapping that a file of theirs does not have."""
    for sheet in mapping.sheets if mapping else ():
        if fnmatchcase(path.name.casefold(), sheet.files.casefold()) and not any(sheet.is_of(grid) for grid in grids):
            where = f"{mapping.name}:{sheet.line}" if mapping else ""
            yield error("ingest.mapping_sheet_gone", where, file=path.name, sheet=sheet.sheet)


def _mapped(grid: Grid, meant: Sequence[SheetMap], mapping: SavedMapping, *, day: date | None) -> Outcome[tuple[Block, ...] | None]:
    blocks: list[Block] = []
    problems: list[Problem] = []
    for sheet in meant:
        block = _find(grid, sheet)
        if block is None:
            problems.append(error("ingest.mapping_header_gone", grid.sheet, mapping=mapping.name, line=sheet.line))
            continue
        if blocks:
            blocks[-1] = replace(blocks[-1], end=block.header_row - block.depth + 1)
        blocks.append(replace(block, as_of=block.as_of or day))
    checked = [_checked(block, sheet, mapping) for block, sheet in zip(blocks, [s for s in meant if _find(grid, s)], strict=True)]
    return Outcome(tuple(c.value for c in checked), (*problems, *(p for c in checked for p in c.problems)))


def _find(grid: Grid, sheet: SheetMap) -> Block | None:
    """The block under the header that holds most of the mapping's columns, at its row if it is still there."""
    best: tuple[tuple[int, int, int], Block] | None = None
    expected = sheet.header_row - grid.first_row
    for row in range(min(max(SCAN_ROWS, expected + 1), grid.height)):
        for depth in _DEPTHS:
            known = set(sheet.known)
            count = sum(plain(place.header) in known for place in headings_at(grid, row, depth=depth)) if row + depth <= grid.height else 0
            score = (count, -abs(row + depth - 1 - expected), -abs(depth - sheet.header_rows))
            if not count or (best and score <= best[0]):
                continue
            block = block_with(grid, row, kind=sheet.kind, depth=depth, known=sheet.known)
            if block:
                best = (score, block)
    return best[1] if best else None


def _checked(block: Block, sheet: SheetMap, mapping: SavedMapping) -> Outcome[Block]:
    """The block, without columns whose unit has changed, its codes replaced by words, and what differs from the mapping."""
    said = [*_columns_changed(block, sheet, mapping), *_rows_changed(block, sheet, mapping), *_dates(block)]
    changed = dict(_units_changed(block, sheet))
    block = replace(block, places={f: p for f, p in block.places.items() if f not in changed})
    block = replace(block, layout=sheet.layout or mapping.name, key=sheet.key)
    latest = next((p.column for p in _all_places(block) if plain(p.header) == plain(sheet.latest)), None) if sheet.latest else None
    return Outcome(newest(in_words(block, sheet.values), latest), (*said, *changed.values()))


def _all_places(block: Block) -> tuple[Place, ...]:
    return headings_at(block.grid, block.header_row - block.depth + 1, depth=block.depth)


def _columns_changed(block: Block, sheet: SheetMap, mapping: SavedMapping) -> Iterator[Problem]:
    there = {plain(place.header): place for place in _all_places(block)}
    renamed = {column.line: place for column, place in _renamed(block, sheet)}
    for place in block.unknown:
        if place.column not in {other.column for other in renamed.values()}:
            where = block.grid.at(block.header_row, place.column)
            yield warning("ingest.mapping_column_new", where, column=place.header, mapping=mapping.name)
    needed = {f for group in kinds()[sheet.kind].must for f in group} | {kinds()[sheet.kind].key, *sheet.key}
    for column in sheet.columns:
        found = there.get(plain(column.header)) or renamed.get(column.line)
        if found is None:
            make = error if column.field in needed else warning
            line = f"{mapping.name}:{column.line}"
            yield make("ingest.mapping_column_gone", block.grid.at(block.header_row), column=column.header, line=line)
        elif column.letter and column.letter != block.grid.letter(found.column):
            where = block.grid.at(block.header_row, found.column)
            now = block.grid.letter(found.column)
            yield warning("ingest.mapping_column_moved", where, column=column.header, was=column.letter, now=now)


def _renamed(block: Block, sheet: SheetMap) -> Iterator[tuple[ColumnMap, Place]]:
    """Columns whose header is the same but for the unit in brackets."""
    places = _all_places(block)
    there = {plain(place.header) for place in places}
    bare = {_bare(place.header): place for place in block.unknown}
    for column in sheet.columns:
        if plain(column.header) not in there and (place := bare.get(_bare(column.header))):
            yield column, place


def _bare(header: str) -> str:
    return re.sub(r"\(.*?\)", "", plain(header))


def _units_changed(block: Block, sheet: SheetMap) -> Iterator[tuple[str, Problem]]:
    """Fields whose column now states another unit than the mapping holds."""
    for column, place in _renamed(block, sheet):
        if column.field:
            where = block.grid.at(block.header_row, place.column)
            now = place.heading.unit or place.header
            yield column.field, error("ingest.mapping_unit_changed", where, column=column.header, was=column.unit or column.header, now=now)
    stated = {plain(place.header): place.heading for place in _all_places(block)}
    for column in sheet.columns:
        there = block.places.get(column.field)
        if there is None or not column.unit or plain(column.header) != plain(there.header):
            continue
        known = fields()[column.field].kind
        now = stated[plain(column.header)].unit or (block.money_unit if known == "money" else "")
        if known in ("rate", "share"):
            now = rate_unit(block, there) if known == "rate" else ""
        if now and not _same_unit(now, column.unit, known):
            where = block.grid.at(block.header_row, there.column)
            yield column.field, error("ingest.mapping_unit_changed", where, column=column.header, was=column.unit, now=now)


def _same_unit(now: str, was: str, kind: str) -> bool:
    """Whether two spellings mean one unit; amounts and rates are held to it, a measure to its dimension (its unit stands in the header)."""
    if kind == "money":
        return same_dimension(now, was) and exact_ratio(now, was) == 1
    return now == was or (kind == "measure" and same_dimension(now, was))


def rate_unit(block: Block, place: Place) -> str:
    """In which unit a column of rates is written, by its header, else by its numbers; ``""`` where there are none."""
    if place.heading.unit == "permille":
        return place.heading.unit
    cells: list[CellValue] = list(dict.fromkeys(block.grid.columns[place.column][block.first : block.end]))
    scale = rate_scale(cells, unit="")
    if all(is_blank(cell) for cell in cells):
        return ""
    return DECIMAL if scale.is_decimal else "percent"


def _rows_changed(block: Block, sheet: SheetMap, mapping: SavedMapping) -> Iterator[Problem]:
    now = len(body_of(block).rows)
    where = block.grid.at(block.header_row)
    if sheet.rows and now < sheet.rows * (1 - mapping.fall):
        yield warning("ingest.mapping_rows_fell", where, was=sheet.rows, now=now, band=f"{mapping.fall:.0%}")
    if sheet.rows and now > sheet.rows * (1 + mapping.rise):
        yield warning("ingest.mapping_rows_rose", where, was=sheet.rows, now=now, band=f"{mapping.rise:.0%}")


def _dates(block: Block) -> Iterator[Problem]:
    """More than one data date in a sheet: each at the first cell that has it."""
    place = block.places.get("loan.data_date")
    if place is None:
        return
    cells = np.array(block.grid.columns[place.column][block.first : block.end], dtype=object)
    firsts: dict[date, int] = {}
    for cell in dict.fromkeys(cells.tolist()):
        if isinstance(day := read_date(cell).value, date):
            firsts.setdefault(day, int(np.nonzero(cells == cell)[0][0]) + block.first)
    if len(firsts) > 1:
        for day, row in firsts.items():
            yield error("ingest.dates_several", block.grid.at(row, place.column), found=day.isoformat(), count=len(firsts))


def mapping_of(blocks: Sequence[Block], *, name: str, bank: str = "") -> SavedMapping:
    """What was recognised, to be saved: each sheet's columns with the units in which they were read."""
    return SavedMapping(name, tuple(_saved(block) for block in blocks), bank)


def _saved(block: Block) -> SheetMap:
    columns = [_column(block, field, place) for field, place in block.places.items()]
    columns += [_column(block, field, place) for field, place in block.more]
    told = {plain(column.header) for column in columns}
    others = (place for place in _all_places(block) if plain(place.header) not in told)
    periods = {place.column for place in block.periods}
    columns += [ColumnMap(place.header, block.grid.letter(place.column), "") for place in others if place.column not in periods]
    layout = layouts().get(block.layout)
    latest = layout.header_of(layout.latest, [place.header for place in _all_places(block)]) if layout else ""
    return SheetMap(
        block.grid.file,
        block.grid.sheet.partition("!")[2] or "*",
        block.kind,
        block.grid.first_row + block.header_row,
        tuple(sorted(columns, key=lambda column: (len(column.letter), column.letter))),
        block.depth,
        len(body_of(block).rows),
        block.layout,
        block.key or tuple(f for f in (kinds()[block.kind].key,) if f in block.places and f in column_of(kinds()[block.kind].table)),
        latest,
        {f: words for f, words in layout.values.items() if f in block.places} if layout else {},
    )


def _column(block: Block, field_id: str, place: Place) -> ColumnMap:
    return ColumnMap(place.header, block.grid.letter(place.column), field_id, effective_unit(block, field_id, place))


def effective_unit(block: Block, field_id: str, place: Place) -> str:
    """The unit in which a column is read: as its header says, else the sheet, else the dictionary."""
    known = fields().get(field_id)
    if known is None or known.kind not in ("money", "rate", "measure", "number"):
        return ""
    if known.kind == "rate":
        return rate_unit(block, place)
    sheet = block.money_unit if known.kind == "money" and "row.money_unit" not in block.places else ""
    beside = known.kind == "money" and "row.money_unit" in block.places
    return place.heading.unit or sheet or ("" if beside else known.unit)
