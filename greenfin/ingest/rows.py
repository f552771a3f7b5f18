"""Which rows of a block are data: totals, notes, repeated headers and blank rows are left out; merged cells are filled down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from greenfin.core.problems import Problem, info, warning
from greenfin.ingest.arrays import Cells, picked
from greenfin.ingest.blocks import Block, Place
from greenfin.ingest.cells import blank_in, distinct, encoded, is_blank, kept, told
from greenfin.ingest.grids import CellValue, Mask, Rows
from greenfin.ingest.vocabulary import aliases, fields, kinds, mark, marks, plain, starts

_TOTALS_ARE_ROWS = ("controls", "prior")  # a total is what these sheets are about
_LABEL_COLUMNS = 4
_SHORT = 20  # signs of the label of a total
_NUMBERS = ("id", "bond_code")  # kinds of field that number a record


@dataclass(frozen=True, slots=True)
class Body:
    """The data rows of a block (indices into the grid), the cells of each field over them, and what was left out."""

    rows: Rows
    cells: Callable[[int], Sequence[CellValue]]
    encoded: Callable[[int], tuple[Sequence[CellValue], Rows]]
    numbers: Callable[[int], Cells | None]  # of a column that is kept as an array of numbers or days
    problems: tuple[Problem, ...]
    totals: Rows  # rows of totals and of notes, left out (indices into the grid)
    notes: Rows


def body_of(block: Block) -> Body:
    """The data rows of a block."""
    size = block.end - block.first
    used = [p.column for p in (*block.places.values(), *block.periods, *(p for _, p in block.more))]
    blank = np.ones(size, np.bool_)
    for column in used:
        blank &= _blank(block, column)
    total, note, header = _skipped(block, used)
    rows = np.nonzero(~(blank | total | note | header))[0] + block.first
    filled, fills = _filled(block, rows)
    problems = [
        *_counted(block, np.nonzero(total & ~blank)[0], "total"),
        *_counted(block, np.nonzero(note & ~blank & ~total)[0], "note"),
        *_counted(block, np.nonzero(header & ~total & ~note)[0], "header"),
        *fills,
        *_hidden(block, rows),
    ]
    return Body(
        rows,
        lambda column: picked(filled.get(column, block.grid.columns[column]), rows),
        lambda column: distinct(picked(filled[column], rows)) if column in filled else _chosen(block, column, rows),
        lambda column: None if column in filled else _numbers(kept(block.grid, column), rows),
        tuple(problems),
        np.nonzero(total & ~blank)[0] + block.first,
        np.nonzero(note & ~total)[0] + block.first,
    )


def _numbers(cells: Sequence[CellValue], rows: Rows) -> Cells | None:
    found = cells.kept(rows) if isinstance(cells, Cells) and not cells.is_text else None
    return found if found is not None and not found.first else None


def _chosen(block: Block, column: int, rows: Rows) -> tuple[Sequence[CellValue], Rows]:
    """The distinct cells of the data rows, and where they stand."""
    values, codes = encoded(block.grid, column)
    codes = codes[rows]
    held = np.zeros(len(values), np.bool_)
    held[codes] = True
    used = np.nonzero(held)[0]
    return values.kept(used) if isinstance(values, Cells) else picked(values, used), (np.cumsum(held) - 1)[codes]


def _blank(block: Block, column: int) -> Mask:
    return blank_in(block.grid, column)[block.first : block.end]


def _told(block: Block, column: int, test: Callable[[CellValue], bool], *, is_listed: bool = True) -> Mask:
    return told(block.grid, column, test, is_listed=is_listed)[block.first : block.end]


def _hidden(block: Block, rows: Rows) -> Iterator[Problem]:
    """Hidden rows among the data rows, and hidden columns of the sheet: they are read, and said."""
    grid = block.grid
    hidden = np.intersect1d(rows, grid.hidden_rows) if len(grid.hidden_rows) else grid.hidden_rows
    if len(hidden):
        yield warning("ingest.rows_hidden", grid.at(int(hidden[0])), count=len(hidden))
    if grid.hidden_columns:
        yield info("ingest.columns_hidden", grid.at(block.header_row), count=grid.hidden_columns)


def _counted(block: Block, rows: Rows, what: str) -> Iterator[Problem]:
    if len(rows):
        yield info("ingest.rows_skipped", block.grid.at(int(rows[0]) + block.first), count=len(rows), what=what)


def _skipped(block: Block, used: list[int]) -> tuple[Mask, Mask, Mask]:
    """Masks of total rows, note rows and repeated headers, told by the first columns and the key column."""
    size = block.end - block.first
    total, note, header = np.zeros(size, np.bool_), np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    key = block.places.get(kinds()[block.kind].key)
    no_key = np.ones(size, np.bool_)
    if key:
        no_key = _blank(block, key.column) | _told(block, key.column, _is_total) | _told(block, key.column, _is_note)
    names = [
        p.column
        for f, p in block.places.items()
        if f.endswith(("_name", ".name", ".no", "_no", "org_code", "site", "subject", "item", "input"))
    ]
    for column in sorted({*range(min(_LABEL_COLUMNS, len(block.grid.columns))), *names}):
        total |= _told(block, column, _is_total) & no_key
        note |= _told(block, column, _is_note)
        if key and fields()[kinds()[block.kind].key].kind in _NUMBERS:
            total |= _with_count(block, key, _told(block, column, _says_total) & ~no_key)
            total |= _heads_part(block, column, _told(block, column, is_outline) & no_key)
    if key:
        header = _header_again(block, key)
    if block.kind in _TOTALS_ARE_ROWS:
        return np.zeros(size, np.bool_), note & no_key, header
    filled = sum((~_blank(block, column)).astype(np.int64) for column in used)
    nameless = no_key | _told(block, key.column, _is_wordy, is_listed=False) if key else no_key
    title = (filled <= 1) & nameless & _amountless(block)  # one text alone: a heading between blocks
    title &= block.kind != "texts" and len(used) > 1  # where there is one column, every row is one text
    return total, (note & (no_key | (filled <= 1))) | title, header


def _header_again(block: Block, key: Place) -> Mask:
    """The header rows that come again (on a new page), those of a header of several rows included."""
    title = plain(str(block.grid.columns[key.column][block.header_row] or ""))
    names = {plain(key.header), title} - {""}
    header = _told(block, key.column, lambda cell: isinstance(cell, str) and plain(cell.strip("* ")) in names, is_listed=False)
    above = [block.grid.row(row) for row in range(block.header_row - 1, -1, -1)]
    for at in np.nonzero(header)[0].tolist():
        for up, row in enumerate(above[:at], 1):
            if header[at - up] or block.grid.row(block.first + at - up) != row or not any(row):
                break
            header[at - up] = True
    return header


def _amountless(block: Block) -> Mask:
    """Rows with nothing in their amount columns: a row that has an amount is never taken for a heading."""
    empty = np.ones(block.end - block.first, np.bool_)
    for field, place in block.places.items():
        if (known := fields().get(field)) and known.kind in ("money", "number"):
            empty &= _blank(block, place.column)
    return empty


def _is_wordy(cell: CellValue) -> bool:
    return isinstance(cell, str) and not any(map(str.isdigit, cell))


def _is_total(cell: CellValue) -> bool:
    if not isinstance(cell, str):
        return False
    if "0" <= cell[:1] <= "9" or is_blank(cell):
        return len(cell) <= _SHORT and cell.rstrip().endswith(starts("total_ends"))
    text = plain(cell)
    if any(field.startswith("item.") for field in aliases().get(text.partition("(")[0], ())):
        return False  # green power, of which a line says that it is a part of the electricity, is an item of its own
    return (
        text in mark("total_is") or text.startswith(starts("total_starts")) or (text.endswith(starts("total_ends")) and len(text) <= _SHORT)
    )


def _with_count(block: Block, key: Place, rows: Mask) -> Mask:
    """Those of the rows that hold a number of rows where the key stands."""
    found = np.zeros_like(rows)
    for row in np.nonzero(rows)[0].tolist():
        found[row] = _is_count(block.grid.columns[key.column][block.first + row])
    return found


def _heads_part(block: Block, column: int, rows: Mask) -> Mask:
    """Those of the rows, with a numbered text in a column, that hold nothing else but amounts: heads of parts of a list, and their sums."""
    found = np.zeros_like(rows)
    for row in np.nonzero(rows)[0].tolist():
        others = [cell for at, cell in enumerate(block.grid.row(block.first + row)) if at != column and not is_blank(cell)]
        found[row] = all(isinstance(cell, int | float) or _is_numeric(cell) for cell in others)
    return found


def _is_numeric(cell: CellValue) -> bool:
    return not plain(str(cell)).strip("+-0123456789.,%()")


def _says_total(cell: CellValue) -> bool:
    """Whether a cell says ``合计`` and no more."""
    return isinstance(cell, str) and plain(cell) in mark("total_is")


def _is_count(cell: CellValue) -> bool:
    """Whether a cell is how many rows there are, where a number of a receipt stands otherwise: ``5``, ``共5笔``."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else plain(str(cell))
    return re.fullmatch(marks()["count_of_rows"], text) is not None


def is_outline(cell: CellValue) -> bool:
    """Whether a cell heads a part of a list by its number: ``一、对公贷款``, ``（二）其他``."""
    return isinstance(cell, str) and cell[:1] not in "0123456789" and re.fullmatch(marks()["outline"], plain(cell)) is not None


def _is_note(cell: CellValue) -> bool:
    if not isinstance(cell, str) or "0" <= cell[:1] <= "9":
        return False
    text = plain(cell)
    return text.startswith(starts("note_starts")) or bool(re.match(marks()["page_line"], text))


def _filled(block: Block, rows: Rows) -> tuple[dict[int, Sequence[CellValue]], list[Problem]]:
    """Group columns with the text of a merged cell (or, in a format without merging, of the row above) filled down."""
    out: dict[int, Sequence[CellValue]] = {}
    problems = []
    places = [place.column for field in kinds()[block.kind].group if (place := block.places.get(field))]
    for field in kinds()[block.kind].group:
        place = block.places.get(field)
        if place is None:
            continue
        empty = blank_in(block.grid, place.column)[rows]
        if block.grid.merged is None and (empty.all() or not empty.any()):
            continue
        cells = list(block.grid.columns[place.column])
        count = (
            _fill_merged(block, place.column, cells)
            if block.grid.merged is not None
            else _fill_down(block, cells, rows, empty, outer=[p for p in places if p < place.column])
        )
        if count:
            out[place.column] = cells
            problems.append(info("ingest.filled_down", block.grid.at(block.header_row, place.column), count=count, column=place.header))
    return out, problems


def _fill_merged(block: Block, column: int, cells: list[CellValue]) -> int:
    count = 0
    for top, left, bottom, right in block.grid.merged or ():
        if left <= column <= right and block.first <= top < bottom < len(cells) and not is_blank(block.grid.columns[left][top]):
            cells[top : bottom + 1] = [block.grid.columns[left][top]] * (bottom - top + 1)
            count += bottom - top
    return count


def _begun(block: Block, rows: Rows, outer: list[int]) -> Mask:
    """The data rows at which a group of a column further left begins: what stands further right is of the group before."""
    begun = np.zeros(len(rows), np.bool_)
    for column in outer:
        codes, blank = encoded(block.grid, column)[1][rows], blank_in(block.grid, column)[rows]
        last = np.maximum.accumulate(np.where(blank, -1, np.arange(len(rows))))
        before = np.concatenate([[-1], last[:-1]])  # the nearest row above that has a text; none begins a group
        begun |= ~blank & ((before < 0) | (codes != codes[before]))
    return begun


def _fill_down(block: Block, cells: list[CellValue], rows: Rows, empty: Mask, *, outer: list[int]) -> int:
    last = np.maximum.accumulate(np.where(empty, -1, np.arange(len(rows))))
    since = np.maximum.accumulate(np.where(_begun(block, rows, outer), np.arange(len(rows)), -1))
    targets = np.nonzero(empty & (last >= np.maximum(since, 0)))[0]
    for target in targets.tolist():
        cells[int(rows[target])] = cells[int(rows[int(last[target])])]
    return len(targets)
