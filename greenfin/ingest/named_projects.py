"""Projects that only a loan ledger names: the project's name beside its receipts, and no record of it in a project sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Problem, info
from greenfin.ingest.blocks import Block
from greenfin.ingest.cells import narrow, read_cells
from greenfin.ingest.codes import read_text
from greenfin.ingest.rows import body_of
from greenfin.ingest.vocabulary import plain

FIELD = "proj.name"
_SIGNS = 8  # of the digest that numbers a project by its name


def with_named_projects(loans: pa.Table, projects: pa.Table, blocks: Sequence[Block]) -> Outcome[tuple[pa.Table, pa.Table]]:
    """The candidate loans under the projects that their ledgers name, and the candidate projects with these.

    A loan without a number of a project gets one made of the name's digest: the same name is the same project in every file. A number that
    the ledger gives is kept; where no project sheet is there at all, it gets a record too. What a project sheet says stands.
    """
    told: list[Problem] = []
    for block in blocks:
        if FIELD not in block.places:
            continue
        names = _names(loans, block)
        given = loans["project_id"].combine_chunks()
        made = pc.if_else(pc.is_valid(given), pa.scalar(None, pa.string()), _numbers(names))
        ids = pc.coalesce(given, made)
        new = _records(loans, ids if not projects.num_rows else made, names)
        new = new.filter(pc.invert(pc.is_in(new["project_id"], value_set=projects["project_id"].combine_chunks())))
        loans = loans.set_column(loans.column_names.index("project_id"), "project_id", ids)
        projects = pa.concat_tables([projects, new])
        told += _told(block, new)
    return Outcome((loans, projects), tuple(told))


def _told(block: Block, new: pa.Table) -> Iterator[Problem]:
    if new.num_rows:
        yield info("ingest.projects_of_ledger", block.at(block.header_row, FIELD), count=new.num_rows)


def _names(loans: pa.Table, block: Block) -> pa.StringArray:
    """For each loan the name that its row of the block gives; null for loans of other sheets."""
    body = body_of(block)
    read = read_cells(list(body.cells(block.places[FIELD].column)), read_text, dtype=pa.string()).values
    at = pc.index_in(loans["source_row"].combine_chunks(), value_set=pa.array(body.rows + block.grid.first_row, pa.int64()))
    mine = pc.equal(loans["source_sheet"].combine_chunks(), block.grid.sheet)
    found = read.take(at)
    return pc.if_else(pc.and_(mine, pc.not_equal(pc.fill_null(found, ""), "")), found, pa.scalar(None, pa.string()))


def _numbers(names: pa.StringArray) -> pa.StringArray:
    """A number for each name, the same however wide its signs are and whatever blanks stand in it."""
    encoded = names.dictionary_encode()
    made = [f"P-{hashlib.sha256(plain(narrow(name)).encode()).hexdigest()[:_SIGNS]}" for name in encoded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(encoded.indices)


def _records(loans: pa.Table, ids: pa.StringArray, names: pa.StringArray) -> pa.Table:
    """A candidate project for each number with a name, at the cell where it stands first."""
    named = np.flatnonzero(pc.and_(pc.is_valid(ids), pc.is_valid(names)).to_numpy(zero_copy_only=False))
    numbers = ids.take(pa.array(named)).dictionary_encode()
    first = named[np.unique(numbers.indices.to_numpy(zero_copy_only=False), return_index=True)[1]]
    rows = pa.array(np.sort(first))
    filled = {
        "project_id": ids.take(rows),
        "project_name": names.take(rows),
        **{name: loans[name].combine_chunks().take(rows) for name in ("source_sheet", "source_row")},
    }
    arrays = [filled.get(field.name, pa.nulls(len(rows), field.type)) for field in schema("projects")]
    return pa.Table.from_arrays(arrays, schema=schema("projects")).append_column("reject", pa.nulls(len(rows), pa.string()))
