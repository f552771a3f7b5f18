"""The decisions file: what people decided about loans."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Refused, error
from greenfin.ingest.blocks import find_block
from greenfin.ingest.files import read_grids
from greenfin.ingest.frames import Frame, frame_of
from greenfin.ingest.vocabulary import column_of

_GUARDED = r"^'([ \x{3000}']*[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"  # an apostrophe before what could begin a formula


def read_decisions(path: Path) -> Outcome[pa.Table]:
    """Decisions (schema ``decisions``, one row per decision) of an xlsx, csv or parquet file.

    A class code that the spreadsheet holds as a number or a date is ambiguous and its row is left out with an error; so is a
    green decision without a class code, and a row without receipt number or decision. Raises Refused where nothing is recognised.
    """
    grids = read_grids(path)
    blocks = [block for grid in grids.value if not grid.is_hidden and (block := find_block(grid, wanted=("decisions",)))]
    if not blocks:
        raise Refused(error("ingest.decisions_unknown", path.name))
    frames = [_checked(frame_of(block, industries={})) for block in blocks]
    tables = [_table(frame) for frame in frames]
    problems = [*grids.problems, *(p for frame in frames for p in frame.problems())]
    found = pa.concat_tables(tables)
    return Outcome(found if path.suffix.lower() == ".parquet" else _unguarded(found), tuple(problems))


def _unguarded(table: pa.Table) -> pa.Table:
    """The texts without the apostrophe that a spreadsheet's export puts before what could begin a formula."""
    for name in ("reason", "maker", "checker"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), pc.replace_substring_regex(table[name], _GUARDED, r"\1"))
    return table


def _checked(frame: Frame) -> Frame:
    """The frame with what each row must have."""
    faults = list(frame.faults)
    for field in ("loan.receipt_no", "rev.decision"):
        rows = _empty(frame, field)
        if len(rows):
            faults.append(frame.fault(field, rows, error("ingest.key_missing")))
    green = pc.fill_null(pc.equal(frame.column("rev.decision"), "green"), False)
    bare = np.intersect1d(_empty(frame, "rev.code"), np.nonzero(green.to_numpy(zero_copy_only=False))[0])
    if len(bare):
        faults.append(frame.fault("rev.code", bare, error("ingest.decision_without_code")))
    return Frame(frame.block, frame.rows, frame.columns, tuple(faults), frame.notes)


def _empty(frame: Frame, field: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows without a value where nothing else has been said of the cell."""
    said = [int(r) for fault in frame.faults if fault.field == field for r in fault.rows]
    return np.setdiff1d(np.nonzero(pc.is_null(frame.column(field)).to_numpy(zero_copy_only=False))[0], said)


def _table(frame: Frame) -> pa.Table:
    made = {name: frame.columns[f] for f, name in column_of("decisions").items() if f in frame.columns}
    made["source_cell"] = pa.array([frame.at(r, "loan.receipt_no") for r in range(frame.size)], type=pa.string())
    arrays = [made.get(f.name, pa.nulls(frame.size, f.type)).cast(f.type) for f in schema("decisions")]
    table = pa.Table.from_arrays(arrays, schema=schema("decisions"))
    return table.filter(pc.is_null(pa.array(frame.rejects(), type=pa.string())))
