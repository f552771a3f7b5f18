"""Known layouts (``layouts/*.toml``): sheets that supervisors' standards and common data marts have laid down, told by their headers.

A layout says which field each of its columns is, in which unit, what its codes mean, what makes a row's id, and in which order the
fields stand in report files without a header.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from greenfin.core.problems import Outcome, info, warning
from greenfin.ingest.blocks import SCAN_ROWS, Block, block_with, headings_at
from greenfin.ingest.cells import distinct, is_blank, narrow
from greenfin.ingest.dates import find_date, read_date
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.headers import unit_of
from greenfin.ingest.numbers import number_in
from greenfin.ingest.vocabulary import allowed, fields, plain

_LOOKED_AT = 20  # rows of a file without a header
_LEAST_AMOUNTS = 2


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """A column of a layout: its codes, its name, our field (``""``: known, not used) and the unit of a bare number."""

    codes: tuple[str, ...]
    name: str
    field: str
    unit: str

    @property
    def headers(self) -> Iterator[str]:
        """Every header it may stand under, as compared."""
        name = plain(self.name)
        yield name
        for code in map(plain, self.codes):
            yield from (code, code + name, name + code, f"{code}({name})", f"{name}({code})", f"{code}-{name}", f"{code}.{name}")


@dataclass(frozen=True, slots=True)
class Layout:
    """A known layout; its name is the word ``layout.<id>``.

    ``verified`` says whether it was checked against the standard's own text, ``coarse`` are industries that do not go down to classes.
    """

    id: str
    kind: str
    columns: tuple[LayoutColumn, ...]
    least: int
    must: tuple[str, ...]
    marks: tuple[str, ...]
    key: tuple[str, ...]
    coarse: tuple[str, ...]
    latest: str
    values: Mapping[str, Mapping[str, str]]
    file_word: str
    file_fields: int
    verified: bool
    source: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Every header of its columns, as compared -> the column's name."""
        return _headers(self.id)

    @property
    def known(self) -> Mapping[str, tuple[str, str]]:
        """Plain header -> (field, unit)."""
        return {header: (column.field, unit_of(column.unit) or column.unit) for column in self.columns for header in column.headers}

    def header_of(self, name: str, there: Sequence[str]) -> str:
        """Under which of the headers that are there a column stands; ``""``: none."""
        return next((header for header in there if self.headers.get(plain(header)) == name), "")


@cache
def layouts() -> Mapping[str, Layout]:
    """All known layouts by id."""
    folder = files("greenfin.ingest").joinpath("layouts")
    named = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return {(id_ := entry.name.removesuffix(".toml")): _layout(id_, tomllib.loads(entry.read_text("utf-8"))) for entry in named}


def _layout(id_: str, entry: Mapping[str, Any]) -> Layout:
    return Layout(
        id_,
        entry["kind"],
        tuple(LayoutColumn(tuple(filter(None, codes.split("|"))), name, field, unit) for codes, name, field, unit in entry["columns"]),
        entry["least"],
        tuple(entry["must"]),
        tuple(entry.get("marks", ())),
        tuple(entry["key"]),
        tuple(entry.get("coarse", ())),
        entry.get("latest", ""),
        entry.get("values", {}),
        entry.get("file_word", ""),
        entry.get("file_fields", 0),
        entry["verified"] == "yes",
        entry["source"],
    )


@cache
def _headers(layout: str) -> Mapping[str, str]:
    return {header: column.name for column in layouts()[layout].columns for header in column.headers}


def known_block(grid: Grid) -> Outcome[Block | None]:
    """The block of a sheet in a known layout, its codes replaced by words; None where the sheet is in none.

    The first of equal headers counts (the next may be that of a new page); a header under it in other words is part of it.
    """
    best: tuple[int, int, Layout] | None = None
    for row in range(min(SCAN_ROWS, grid.height)):
        heads = _heads(grid, row)
        for layout in layouts().values():
            count = _matches(layout, heads)
            if count and (best is None or (count, -row) > best[:2]):
                best = (count, -row, layout)
    if best is None:
        return Outcome(None)
    count, above, layout = best
    row = last = -above
    while last + 1 < grid.height and (under := _matches(layout, _heads(grid, last + 1))):
        last += 1
        row = last if under == count else row
    block = block_with(grid, row, kind=layout.kind, depth=1, known=_with_others(layout, grid, row))
    return _told(replace(block, first=max(block.first, last + 1)), layout) if block else Outcome(None)


def _heads(grid: Grid, row: int) -> set[str]:
    return {plain(place.header) for place in headings_at(grid, row, depth=1)}


def _matches(layout: Layout, heads: set[str]) -> int:
    """How many columns of the layout are there; 0 where it is not this one."""
    headers = layout.headers
    held = {headers[head] for head in heads if head in headers}
    if len(held) < layout.least or not all(name in held for name in layout.must):
        return 0
    return 0 if layout.marks and held.isdisjoint(layout.marks) else len(held)


def _with_others(layout: Layout, grid: Grid, row: int) -> Mapping[str, tuple[str, str]]:
    """The layout's columns, and what the dictionary knows of columns that a bank has added or named a little differently."""
    known = dict(layout.known)
    taken = {known[plain(p.header)][0] for p in headings_at(grid, row, depth=1) if plain(p.header) in known}
    for place in headings_at(grid, row, depth=1):
        free = [f for f in place.heading.fields if f in allowed(layout.kind) and f not in taken]
        if plain(place.header) not in known and free and not (place.heading.is_loose and place.header.isascii()):
            known[plain(place.header)] = (free[0], place.heading.unit)
            taken.add(free[0])
    return known


def _told(block: Block, layout: Layout) -> Outcome[Block | None]:
    coarse = [field for field in layout.coarse if field in block.places and not _has_classes(block, field)]
    places = {field: place for field, place in block.places.items() if field in fields() and field not in coarse}
    said = [warning("ingest.industry_coarse", block.at(block.header_row, f), column=block.places[f].header) for f in coarse]
    block = newest(in_words(block, layout.values), _column_of(block, layout, layout.latest))
    block = replace(block, places=places, layout=layout.id, key=layout.key)
    count = len(places)
    return Outcome(block, (*said, info("ingest.layout_known", block.grid.at(block.header_row), layout=layout.id, count=count)))


def _has_classes(block: Block, field: str) -> bool:
    cells = block.grid.columns[block.places[field].column][block.first : block.end]
    return any(re.search(r"\d{4}", narrow(cell)) for cell in dict.fromkeys(cells) if not is_blank(cell))


def _column_of(block: Block, layout: Layout, name: str) -> int | None:
    places = headings_at(block.grid, block.header_row, depth=1)
    header = layout.header_of(name, [place.header for place in places]) if name else ""
    return next((place.column for place in places if header and place.header == header), None)


def in_words(block: Block, values: Mapping[str, Mapping[str, str]]) -> Block:
    """The block with the codes of some fields replaced by what they mean; ``其他-*`` means a beginning, ``*`` all the rest."""
    columns = list(block.grid.columns)
    for field, words in values.items():
        if field in block.places:
            column = block.places[field].column
            columns[column] = _worded(columns[column], block.first, words)
    return block if columns == block.grid.columns else _over(block, columns)


def _worded(cells: Sequence[CellValue], first: int, words: Mapping[str, str]) -> list[CellValue]:
    means = {plain(written): word for written, word in words.items() if not written.endswith("*")}
    begins = {plain(written[:-1]): word for written, word in words.items() if written.endswith("*")}
    kept = {plain(word) for word in words.values()}

    def word_of(cell: CellValue) -> CellValue:
        text = plain(narrow(cell)) if not is_blank(cell) else ""
        if not text or text in kept:
            return cell
        return means[text] if text in means else next((word for start, word in begins.items() if text.startswith(start)), cell)

    values, places = distinct(cells[first:])
    made = [word_of(value) for value in values]
    return [*cells[:first], *(made[place] for place in places.tolist())]


def newest(block: Block, column: int | None) -> Block:
    """The block with only the newest line of each receipt left (by a column of days): the others' cells are emptied."""
    key = block.places.get("loan.receipt_no")
    if column is None or key is None:
        return block
    codes = distinct([narrow(cell) for cell in block.grid.columns[key.column][block.first :]])[1]
    values, at = distinct(block.grid.columns[column][block.first :])
    days = np.array([_ordinal(value) for value in values], dtype=np.int64)[at] if values else np.zeros(0, np.int64)
    last = np.zeros(codes.max(initial=-1) + 1, np.int64)
    np.maximum.at(last, codes, days)
    older = np.nonzero(days < last[codes])[0] + block.first
    columns = [list(cells) for cells in block.grid.columns]
    for cells in columns:
        for row in older.tolist():
            cells[row] = None
    return _over(block, columns)


def _ordinal(cell: CellValue) -> int:
    day = read_date(cell).value
    return day.toordinal() if isinstance(day, date) else 0


def _over(block: Block, columns: Sequence[Sequence[CellValue]]) -> Block:
    return replace(block, grid=replace(block.grid, columns=columns, memo={}))


def with_header(grid: Grid) -> tuple[Grid, date | None]:
    """A report file without a header, with the names of its fields put above it, and the day in the file's name."""
    if grid.merged is not None or not grid.columns:
        return grid, None
    layout = next((layout for layout in layouts().values() if _fits(layout, grid)), None)
    if layout is None:
        return grid, None
    names = [column.name for column in layout.columns[: layout.file_fields]]
    columns = [[name, *cells] for name, cells in zip(names, grid.columns, strict=False)]
    stamp = re.search(r"(?<!\d)(?:19|20)\d{6}(?!\d)", grid.file)
    return replace(grid, columns=columns, first_row=grid.first_row - 1, memo={}), find_date(stamp[0]) if stamp else None


def _fits(layout: Layout, grid: Grid) -> bool:
    """Whether a file has the fields of a layout in their order: their number, amounts and days where they should be."""
    width = len(grid.columns)
    spare = all(is_blank(cell) for cells in grid.columns[layout.file_fields :] for cell in cells[:_LOOKED_AT])
    if not layout.file_fields or width < layout.file_fields or not spare:
        return False
    amounts = [at for at, c in enumerate(layout.columns[: layout.file_fields]) if (f := fields().get(c.field)) and f.kind == "money"]
    days = [at for at, c in enumerate(layout.columns[: layout.file_fields]) if (f := fields().get(c.field)) and f.kind == "date"]
    if layout.file_word.casefold() in grid.file.casefold():
        return True
    looks_right = all(_is_amount(cell) for at in amounts for cell in grid.columns[at][:_LOOKED_AT]) and all(
        is_blank(cell) or isinstance(read_date(cell).value, date) for at in days for cell in grid.columns[at][:_LOOKED_AT]
    )
    return looks_right and len(amounts) >= _LEAST_AMOUNTS


def _is_amount(cell: CellValue) -> bool:
    try:
        return is_blank(cell) or not number_in(cell, unit="").unit
    except ValueError:
        return False
