"""Texts to tag: any sheet with a column of purposes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Refused, error
from greenfin.ingest.blocks import Block, Place, find_block
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
    found = find_block(grid, wanted=("texts",))
    if column is None:
        return found
    for row in range(min(grid.height, 30)):
        index = next((i for i, cell in enumerate(grid.row(row)) if cell is not None and plain(str(cell)) == plain(column)), None)
        if index is not None:
            return _with_column(grid, found, row=row, index=index)
    return None


def _with_column(grid: Grid, found: Block | None, *, row: int, index: int) -> Block:
    """The block with the named column as its purpose, whatever else was taken for that."""
    named = Place(index, str(grid.columns[index][row]), Heading(("loan.purpose",)))
    if found is None or found.header_row != row:
        return Block(grid, "texts", {"loan.purpose": named}, row + 1, grid.height, row)
    others = {f: p for f, p in found.places.items() if p.column != index and f != "loan.purpose"}
    return Block(grid, "texts", {**others, "loan.purpose": named}, found.first, found.end, row, found.money_unit, found.as_of)


def _numbered(table: pa.Table) -> pa.Table:
    """Rows with a text, the row number as id where the file has none."""
    ids = pc.coalesce(table["loan_id"].combine_chunks(), pc.cast(table["source_row"].combine_chunks(), pa.string()))
    return table.set_column(table.column_names.index("loan_id"), "loan_id", ids).filter(pc.is_valid(table["purpose"]))
