"""Texts to tag: any sheet with a column of purposes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Refused, error
from greenfin.ingest.blocks import SCAN_ROWS, Block, Place, block_at, find_block
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import Grid
from greenfin.ingest.headers import Heading
from greenfin.ingest.loans import read_loans
from greenfin.ingest.vocabulary import plain


def read_texts(path: Path, *, column: str | None = None) -> Outcome[pa.Table]:
    """Rows to tag (schema ``loans``): loan id (the row number where there is none), purpose and whatever else is recognised.

    ``column`` names the header of the text; without it the purpose column is looked for. Raises Refused where there is no such column.
    """
    grids = read_grids(path)
    blocks = [block for grid in grids.value if not grid.is_hidden and (block := _block(grid, column))]
    if not blocks:
        raise Refused(error("ingest.text_column_missing", path.name, found=column or ""))
    read = [read_loans(block, as_of=None, industries={}, needs_balance=False) for block in blocks]
    tables = [_numbered(outcome.value).select(schema("loans").names) for outcome in read]
    return Outcome(pa.concat_tables(tables), (*grids.problems, *(p for outcome in read for p in outcome.problems)))


def _block(grid: Grid, column: str | None) -> Block | None:
    if column is None:
        return find_block(grid, wanted=("texts",))
    for row in range(min(grid.height, SCAN_ROWS)):
        index = next((i for i, cell in enumerate(grid.row(row)) if cell is not None and plain(str(cell)) == plain(column)), None)
        if index is not None and (found := block_at(grid, row, kind="texts")):
            return _with_column(found, Place(index, str(grid.columns[index][row]), Heading(("loan.purpose",))))
    return None


def _with_column(block: Block, named: Place) -> Block:
    """The block with the named column as its purpose, whatever else was taken for that."""
    others = {f: p for f, p in block.places.items() if p.column != named.column and f != "loan.purpose"}
    return replace(block, places={**others, "loan.purpose": named}, unknown=tuple(p for p in block.unknown if p.column != named.column))


def _numbered(table: pa.Table) -> pa.Table:
    """Rows with a text, the row number as id where the file has none."""
    ids = pc.coalesce(table["loan_id"].combine_chunks(), pc.cast(table["source_row"].combine_chunks(), pa.string()))
    return table.set_column(table.column_names.index("loan_id"), "loan_id", ids).filter(pc.is_valid(table["purpose"]))
