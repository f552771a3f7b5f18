"""Natural persons in the ledgers beside the loans: names covered, identity numbers never as they are written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.credit_codes import is_uscc
from greenfin.core.problems import Problem, info
from greenfin.ingest.credit_codes import is_pseudonym
from greenfin.ingest.frames import Frame
from greenfin.ingest.grids import Mask
from greenfin.ingest.loans import cover
from greenfin.ingest.vocabulary import marks


def without_persons(table: pa.Table, frame: Frame, *, name: str, texts: Sequence[str] = ()) -> tuple[pa.Table, list[Problem]]:
    """The table with the names of natural persons covered, in their column and in the texts beside it, and what was done.

    ``name`` is the field of the names; the table's column is ``customer_name``.
    """
    person = _persons(table, frame)
    if "legal_person" in table.column_names:  # a person whatever the customer is
        table = _set(table, "legal_person", [cover(text) for text in table["legal_person"].to_pylist()])
    if not person.any():
        return table, []
    names = table["customer_name"].to_pylist()
    for column in texts:
        table = _set(table, column, [_without(t, n) if p else t for t, n, p in zip(table[column].to_pylist(), names, person, strict=True)])
    table = _set(table, "customer_name", [cover(n) if p else n for n, p in zip(names, person, strict=True)])
    codes = table["customer_uscc"].to_pylist()
    table = _set(table, "customer_uscc", [None if p and not is_pseudonym(code) else code for code, p in zip(codes, person, strict=True)])
    return table, [info("ingest.persons_masked", frame.block.at(frame.block.header_row, name), count=int(person.sum()))]


def _persons(table: pa.Table, frame: Frame) -> Mask:
    """Rows of natural persons: by kind of certificate, by an identity number, or by a name like one and no credit code."""
    names = table["customer_name"].combine_chunks()
    like = pc.match_substring_regex(names, f"^(?:{marks()['person_name']})$")
    like = pc.and_(like, pc.invert(pc.match_substring_regex(names, str(marks()["organisation_signs"]))))
    firm = pa.array([bool(code and is_uscc(code)) for code in table["customer_uscc"].to_pylist()], pa.bool_())
    kinds = frame.column("cust.id_type")
    said = pc.fill_null(pc.is_in(kinds, value_set=pa.array(["organisation"])), False)
    mine = pc.and_(pc.fill_null(like, False), pc.invert(pc.or_(firm, said)))
    mine = pc.or_(mine, pc.fill_null(pc.equal(kinds, "person"), False))
    found: Mask = np.array(mine.to_pylist(), dtype=np.bool_)
    for fault in frame.faults:
        if fault.problem.code == "ingest.identity_number_dropped":
            found[fault.rows] = True
    return found


def _without(text: str | None, name: str | None) -> str | None:
    return text.replace(name, cover(name) or "") if text and name and len(name) > 1 else text


def _set(table: pa.Table, column: str, values: list[str | None]) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.array(values, pa.string()))
