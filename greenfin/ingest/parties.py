"""Lists of names: loans with their borrowers, companies, customers; whatever else the sheets lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.core.records import Book
from greenfin.ingest.blocks import SCAN_ROWS, Block, block_at, find_block
from greenfin.ingest.book import layout_of
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import Grid
from greenfin.ingest.ledgers import read_ledger
from greenfin.ingest.loans import read_loans
from greenfin.ingest.texts import headers_of

_NAMES: Mapping[str, Sequence[str]] = {"texts": ("loan.customer_name",), "customers": ("cust.name",)}
_KEYLESS = "ingest.key_missing"


def read_borrowers(path: Path, *, as_of: date) -> Outcome[Book]:
    """The loans of a file with their borrowers, balances or not; a loan without a number has that of its row.

    Raises Refused where no sheet has a column of borrowers' names.
    """
    grids = read_grids(path)
    blocks = _blocks(path, grids.value, kinds=("loans", "texts"), named="texts")
    read = [read_loans(block, as_of=None, industries={}, needs_balance=False) for block in blocks]
    loans = pa.concat_tables([_keyed(r.value.select(schema("loans").names), "loan_id") for r in read]).combine_chunks()
    problems = (*grids.problems, *(p for r in read for p in r.problems))
    return Outcome(Book(as_of=as_of, loans=loans, layout=layout_of(blocks)), problems)


def read_customers(path: Path, *, as_of: date, industries: Mapping[str, object] | None = None) -> Outcome[Book]:
    """The customers or companies of a file; one without a number has its credit code, else the number of its row.

    Raises Refused where no sheet has a column of their names.
    """
    grids = read_grids(path)
    blocks = _blocks(path, grids.value, kinds=("customers",), named="customers")
    read = [read_ledger(block, industries=industries or {}, as_of=as_of) for block in blocks]
    tables = [_keyed(r.value.select(schema("customers").names), "customer_no", "customer_uscc") for r in read]
    problems: tuple[Problem, ...] = (*grids.problems, *(p for r in read for p in r.problems if p.code != _KEYLESS))
    return Outcome(Book(as_of=as_of, customers=pa.concat_tables(tables).combine_chunks(), layout=layout_of(blocks)), problems)


def _blocks(path: Path, grids: Sequence[Grid], *, kinds: tuple[str, ...], named: str) -> list[Block]:
    shown = [grid for grid in grids if not grid.is_hidden]
    blocks = [block for grid in shown if (block := find_block(grid, wanted=kinds)) and _has_names(block)]
    blocks = blocks or [block for grid in shown if (block := _by_header(grid, named))]
    if not blocks:
        raise Refused(error("names.no_names", path.name, headers=headers_of(grids)))
    return blocks


def _has_names(block: Block) -> bool:
    return any(field in block.places for fields in _NAMES.values() for field in fields)


def _by_header(grid: Grid, kind: str) -> Block | None:
    """The sheet under the first row that has a column of names, whatever else it lacks."""
    for row in range(min(grid.height, SCAN_ROWS)):
        if (block := block_at(grid, row, kind=kind)) and _has_names(block):
            return block
    return None


def _keyed(table: pa.Table, key: str, *others: str) -> pa.Table:
    """The rows, each with a key."""
    rows = pc.cast(table["source_row"].combine_chunks(), pa.string())
    keys = pc.coalesce(*(table[name].combine_chunks() for name in (key, *others)), rows)
    return table.set_column(table.column_names.index(key), key, keys)
