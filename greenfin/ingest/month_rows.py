"""Balances of month ends in rows (loan, month, balance) -> each loan's average of the year: months before drawdown count as nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, info, warning
from greenfin.ingest.blocks import Block, Place, find_block, headings_at
from greenfin.ingest.cells import read_encoded
from greenfin.ingest.dates import read_period
from greenfin.ingest.frames import frame_of
from greenfin.ingest.grids import Grid, Rows
from greenfin.ingest.rows import body_of
from greenfin.ingest.vocabulary import marks, plain

_KEYS = ("fin.exposure_id", "loan.receipt_no", "loan.contract_no", "bond.trade_no")
_BALANCES = ("loan.balance_rmb", "loan.balance", "loan.original_balance")
_KIND = "monthly"
_DATED = r"^(\d{4})-(\d{2})"  # 2024-03-01; a month alone is 03


@dataclass(frozen=True, slots=True)
class Averages:
    """By loan the average of a year's month ends and the last of them, in fen, and the row where that stands; what is to be said."""

    rows: pl.DataFrame  # id, average, last, at
    problems: tuple[Problem, ...]


def month_place(block: Block) -> Place | None:
    """The column that says of which month a row is; None where there is none."""
    wanted = {plain(word) for word in marks()["month_ends"]["rows"]}
    places = headings_at(block.grid, block.header_row - block.depth + 1, depth=block.depth)
    return next((place for place in places if plain(place.header) in wanted), None)


def months_of(block: Block, place: Place) -> pa.Array:
    """Each row's month as ``2024-03``, ``03`` where the year is not said; null where it is not read."""
    read = read_encoded(*body_of(block).encoded(place.column), read_period, dtype=pa.string())
    return read.values


def averages(ids: pa.Array, months: pa.Array, balances: pa.Array, *, year: int, until: int, where: str) -> Averages | None:
    """The averages of a year; None where no loan stands in rows of several months."""
    said = pl.DataFrame({"id": pl.Series(ids), "month": pl.Series(months), "balance": pl.Series(balances)}).with_row_index("at")
    said = said.with_columns(
        year=pl.col("month").str.extract(_DATED, 1).cast(pl.Int64),
        month=pl.coalesce(pl.col("month").str.extract(_DATED, 2), pl.col("month")).cast(pl.Int64, strict=False),
    )
    mine = said.filter(pl.col("year").fill_null(year) == year).drop_nulls(["id", "month"])
    if mine.group_by("id").agg(pl.col("month").n_unique()).filter(pl.col("month") > 1).is_empty():
        return None
    count = mine["month"].n_unique()
    each = mine.unique(["id", "month"], keep="last", maintain_order=True).sort("month", maintain_order=True)
    rows = each.group_by("id", maintain_order=True).agg(
        average=(2 * pl.col("balance").sum() + count) // (2 * count), last=pl.col("balance").last(), at=pl.col("at").last()
    )
    return Averages(rows, tuple(_about(count, len(mine) - len(each), until=until, where=where)))


def _about(count: int, doubled: int, *, until: int, where: str) -> Iterator[Problem]:
    yield info("ingest.month_ends_averaged", where, count=count)
    if count != until:
        yield warning("ingest.month_ends_incomplete", where, count=count, months=until)
    if doubled:
        yield warning("ingest.month_rows_twice", where, count=doubled)


def collapsed(table: pa.Table, block: Block, *, year: int, until: int) -> tuple[pa.Table, Rows, tuple[Problem, ...]]:
    """Rows of exposures of which each stands once for each month as one row each, that of the last month, and which rows those are."""
    every: Rows = np.arange(len(table), dtype=np.int64)
    place = month_place(block)
    if place is None:
        return table, every, ()
    where = block.grid.at(block.header_row, place.column)
    ids = table["exposure_id"].combine_chunks()
    found = averages(ids, months_of(block, place), table["balance_fen"].combine_chunks(), year=year, until=until, where=where)
    if found is None:
        return table, every, ()
    kept = found.rows.sort("at")
    at = kept["at"].to_numpy().astype(np.int64)
    taken = table.take(pa.array(at))
    taken = _set(taken, "average_fen", pc.coalesce(taken["average_fen"].combine_chunks(), pa.array(kept["average"].to_list(), pa.int64())))
    kinds = pa.array([_KIND] * len(kept), pa.string())
    return _set(taken, "average_kind", pc.coalesce(taken["average_kind"].combine_chunks(), kinds)), at, found.problems


def sheet_of_months(grid: Grid) -> Block | None:
    """A sheet of loans, months and balances alone in which loans stand more than once; None for any other."""
    block = find_block(grid, wanted=("loans",))
    if block is None or not any(key in block.places for key in _KEYS) or not any(name in block.places for name in _BALANCES):
        return None
    place = month_place(block)
    rest = [name for name in block.places if name not in (*_KEYS, *_BALANCES, "loan.data_date", "loan.currency", "row.money_unit")]
    if place is None or rest:
        return None
    ids = body_of(block).encoded(next(block.places[key] for key in _KEYS if key in block.places).column)
    return block if len(ids[0]) < len(ids[1]) else None


def averages_of(blocks: Sequence[Block], *, year: int, until: int) -> list[Averages]:
    """The averages that sheets of months give."""
    found = []
    for block in blocks:
        place = month_place(block)
        frame = frame_of(block, industries={})
        ids = pc.coalesce(*(frame.column(key) for key in _KEYS))
        balances = pc.coalesce(*(frame.column(name, pa.int64()) for name in _BALANCES))
        where = block.grid.at(block.header_row)
        if place and (one := averages(ids, months_of(block, place), balances, year=year, until=until, where=where)):
            found.append(one)
    return found


def filled(table: pa.Table, known: Sequence[Averages], *, key: str, average: str, kind: str) -> pa.Table:
    """The table with the averages of its loans where it has none of its own."""
    for one in known:
        at = pc.index_in(table[key].combine_chunks(), value_set=pa.array(one.rows["id"].to_list(), pa.string()))
        values = pa.array(one.rows["average"].to_list(), pa.int64()).take(at)
        kinds = pc.if_else(pc.is_valid(values), _KIND, pa.scalar(None, pa.string()))
        table = _set(table, kind, pc.coalesce(table[kind].combine_chunks(), kinds))
        table = _set(table, average, pc.coalesce(table[average].combine_chunks(), values))
    return table


def _set(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), table.schema.field(name), values.cast(table.schema.field(name).type))
