"""Total rows are never data, but they are checked: against the rows above them, and against the number of rows that a footer states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.money import to_yuan
from greenfin.core.problems import Problem, warning
from greenfin.core.units import same_dimension
from greenfin.ingest.blocks import Block, Place
from greenfin.ingest.cells import is_blank
from greenfin.ingest.grids import Mask, Rows
from greenfin.ingest.numbers import money_reader
from greenfin.ingest.rows import Body, is_outline
from greenfin.ingest.vocabulary import fields, kinds, marks, plain, starts

_TOLERANCE = 1  # fen


def check_totals(block: Block, body: Body, columns: Mapping[str, pa.Array], broken: Mapping[str, Rows]) -> Iterator[Problem]:
    """A warning for each total row whose amount is none of the sums that it could be, and for a footer with another number of rows.

    ``columns`` are the amounts as read, over the data rows; a sum over a cell of ``broken`` (positions) cannot be checked.
    """
    totals = [row for row in body.totals.tolist() if not _is_part(block, row)]
    for field, place in block.places.items():
        known = fields().get(field)
        if totals and known and known.kind == "money" and field in columns:
            amounts = _filled(columns[field])
            ways = (amounts, np.where(_repeats(block, body, amounts), 0, amounts))
            bad = np.isin(np.arange(len(amounts)), broken.get(field, np.zeros(0, np.int64)))
            yield from _of_column(block, body, place, _Column(ways, bad), totals)
    yield from _stated_count(block, body)


def _filled(amounts: pa.Array) -> Rows:
    found: Rows = pc.fill_null(amounts, 0).to_numpy(zero_copy_only=False)
    return found


def _repeats(block: Block, body: Body, amounts: Rows) -> Mask:
    """Rows that have the key and the amount of an earlier one: they may be the same row twice, which counts once."""
    place = block.places.get(kinds()[block.kind].key)
    if place is None:
        return np.zeros(len(amounts), np.bool_)
    _, keys = body.encoded(place.column)
    order = np.lexsort((amounts, keys))  # stable: the first of equal rows comes first
    same = (np.diff(keys[order]) == 0) & (np.diff(amounts[order]) == 0)
    found: Mask = np.zeros(len(amounts), np.bool_)
    found[order[1:][same]] = True
    return found


def _is_part(block: Block, row: int) -> bool:
    """Whether a row is an of-which row or heads a part of the list: no sum of what is above it."""
    cells = [cell for cell in block.grid.row(row) if isinstance(cell, str)]
    return any(plain(cell).startswith(starts("part_starts")) or is_outline(cell) for cell in cells)


@dataclass(frozen=True, slots=True)
class _Column:
    """The amounts of the data rows, as they stand and with repeated rows once; ``bad`` are those that could not be read."""

    ways: tuple[Rows, ...]
    bad: Mask


def _of_column(block: Block, body: Body, place: Place, column: _Column, totals: list[int]) -> Iterator[Problem]:
    size = len(column.bad)
    unit = place.heading.unit or block.money_unit or fields_unit(block, place)
    if "row.money_unit" in block.places or not unit or not same_dimension(unit, "CNY"):
        return
    read = money_reader(unit)
    sums = [np.concatenate([[0], np.cumsum(way)]) for way in column.ways]
    bad = np.concatenate([[0], np.cumsum(column.bad)])
    starts_at = [0]  # where the sums may begin: the top, and behind each total row
    for row in totals:
        end = int(np.searchsorted(body.rows, row))
        found = read(block.grid.columns[place.column][row]).value
        if isinstance(found, int):
            spans = [(begin, end) for begin in reversed(starts_at)] + ([(end, size)] if end == 0 else [])
            able = [span for span in spans if bad[span[1]] == bad[span[0]] and span[1] > span[0]]
            if len(able) == len([s for s in spans if s[1] > s[0]]) and able and not any(_fits(found, able, way) for way in sums):
                nearest = min((int(way[e] - way[b]) for b, e in able for way in sums), key=lambda total: abs(total - found))
                yield _differs(block, place, row, found, nearest)
        if end != starts_at[-1]:
            starts_at.append(end)


def fields_unit(block: Block, place: Place) -> str:
    """The unit that the dictionary gives the field of a place."""
    return next((fields()[field].unit for field, held in block.places.items() if held is place), "")


def _fits(found: int, spans: list[tuple[int, int]], sums: Rows) -> bool:
    return any(abs(found - int(sums[end] - sums[begin])) <= _TOLERANCE for begin, end in spans)


def _differs(block: Block, place: Place, row: int, found: int, total: int) -> Problem:
    slots = {"found": f"{to_yuan(found):,}", "total": f"{to_yuan(total):,}", "difference": f"{to_yuan(found - total):,}"}
    return warning("ingest.subtotal_differs", block.grid.at(row, place.column), column=place.header, **slots)


def _stated_count(block: Block, body: Body) -> Iterator[Problem]:
    """A footer such as ``共 245 笔`` against the data rows above it."""
    for row in sorted({*body.totals.tolist(), *body.notes.tolist()}):
        for column, cell in enumerate(block.grid.row(row)):
            if is_blank(cell) or not isinstance(cell, str):
                continue
            found = re.search(str(marks()["stated_rows"]), unicodedata.normalize("NFKC", cell).replace(",", "").replace(" ", "").casefold())
            if not found:
                continue
            stated = int(next(part for part in found.groups() if part))
            if stated != len(body.rows):
                yield warning("ingest.row_count_differs", block.grid.at(row, column), stated=stated, found=len(body.rows))
