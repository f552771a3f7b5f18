"""Texts to tag: any sheet with a column of purposes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import empty, schema
from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.ingest.blocks import SCAN_ROWS, Block, Place, block_at, find_block
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import Grid, column_letter
from greenfin.ingest.headers import Heading, is_header_word
from greenfin.ingest.loans import read_loans
from greenfin.ingest.named_projects import FIELD, with_named_projects
from greenfin.ingest.vocabulary import names_of, plain


def read_texts(path: Path, *, column: str | None = None) -> Outcome[pa.Table]:
    """The loans of ``read_uses``."""
    read = read_uses(path, column=column)
    return Outcome(read.value[0], read.problems)


def read_uses(path: Path, *, column: str | None = None) -> Outcome[tuple[pa.Table, pa.Table]]:
    """Rows to tag (schema ``loans``): loan id (the row number where there is none), purpose and whatever else is recognised; and the
    projects (schema ``projects``) whose names stand beside them.

    ``column`` names the header of the text; without it the purpose column is looked for, and where there is none that of the project's
    name. Raises Refused where there is no such column.
    """
    grids = read_grids(path)
    seen = [grid for grid in grids.value if not grid.is_hidden]
    asked = [column] if column is not None else [None, *names_of(FIELD)]
    found = ([block for grid in seen if (block := _block(grid, name))] for name in asked)
    blocks = next((mine for mine in found if mine), [])
    if not blocks:
        headers = headers_of(grids.value)
        if column is None:
            raise Refused(error("ingest.no_text_column", path.name, headers=headers))
        raise Refused(error("ingest.text_column_missing", path.name, found=column, headers=headers))
    read = [read_loans(block, as_of=None, industries={}, needs_balance=False) for block in blocks]
    tables = pa.concat_tables([_numbered(outcome.value).select(schema("loans").names) for outcome in read])
    named = with_named_projects(tables, empty("projects").append_column("reject", pa.array([], pa.string())), blocks)
    silent = (problem for block, outcome in zip(blocks, read, strict=True) for problem in _without_text(block, outcome))
    loans, projects = named.value
    return Outcome((loans, projects.drop_columns(["reject"])), (*grids.problems, *(p for one in read for p in one.problems), *silent))


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


def _without_text(block: Block, read: Outcome[pa.Table]) -> Iterator[Problem]:
    """A warning for each row that says nothing, where nothing else was said of its text."""
    told = {problem.where for problem in read.problems}
    rows = read.value["source_row"].filter(pc.is_null(read.value["purpose"])).to_pylist()
    places = (block.at(row - block.grid.first_row, "loan.purpose") for row in rows)
    return (warning("ingest.purpose_missing", place) for place in places if place not in told)


def headers_of(grids: Sequence[Grid]) -> str:
    """The first filled row of the first sheet: what a column may be called. A cell that is no known header is told by its column's
    letter alone: where a file has no headers, its first row holds customers."""
    for grid in grids:
        for row in range(min(grid.height, SCAN_ROWS)):
            if names := [_shown(str(cell).strip(), at) for at, cell in enumerate(grid.row(row), 1) if str(cell or "").strip()]:
                return " ".join(names[:_NAMES])
    return ""


_NAMES = 12


def _shown(text: str, column: int) -> str:
    return text.replace(" ", "_") if is_header_word(text) else column_letter(column)


def _numbered(table: pa.Table) -> pa.Table:
    """The rows, the row number as id where the file has none."""
    ids = pc.coalesce(table["loan_id"].combine_chunks(), pc.cast(table["source_row"].combine_chunks(), pa.string()))
    return table.set_column(table.column_names.index("loan_id"), "loan_id", ids)
