"""Loans that are no part of the bank's own balance: settled, written off, transferred, or made for others (entrusted)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, warning
from greenfin.ingest.arrays import of_distinct
from greenfin.ingest.balances import CLOSED
from greenfin.ingest.frames import Frame
from greenfin.ingest.grids import Rows
from greenfin.ingest.vocabulary import words_of

Layout = Mapping[str, Mapping[str, str]]
_NAMED_IN = ("loan.product", "loan.kind", "loan.subject_name")


def entrusted(frame: Frame) -> pa.Array:
    """Whether a row is an entrusted loan: its flag, else the words of its product, kind or account; null where nothing says."""
    flag = frame.column("loan.entrusted", pa.bool_())
    pattern = "|".join(words_of("entrusted_word"))
    named = pa.array(np.zeros(frame.size, np.bool_))
    for field in _NAMED_IN:
        found = of_distinct(frame.column(field), lambda each: pc.match_substring_regex(each, pattern))
        named = pc.or_(named, pc.fill_null(found, False))
    return pc.coalesce(flag, pc.if_else(named, True, pa.scalar(None, pa.bool_())))


def out_of_book(table: pa.Table, *, layout: Layout) -> Outcome[pa.Table]:
    """Closed and entrusted loans with nothing left in the balance; what stood there is said and kept in ``entrusted_fen``."""
    balance = table["balance_fen"].combine_chunks()
    closed = pc.fill_null(pc.is_in(table["status"].combine_chunks(), value_set=CLOSED), False)
    others = pc.and_(pc.fill_null(table["is_entrusted"].combine_chunks(), False), pc.invert(closed))
    said = [
        *_closed_said(table, _true(pc.and_(closed, pc.fill_null(pc.not_equal(balance, 0), False))), layout=layout),
        *_entrusted_said(table, _true(pc.and_(others, pc.is_null(table["reject"].combine_chunks()))), layout=layout),
    ]
    left = pc.if_else(pc.or_(closed, others), pa.scalar(0, pa.int64()), balance)
    original = table["original_balance_fen"].combine_chunks()
    table = _set(table, "original_balance_fen", pc.if_else(pc.or_(closed, others), pa.scalar(0, pa.int64()), original))
    table = _set(table, "balance_fen", left)
    return Outcome(table.append_column("entrusted_fen", pc.if_else(others, balance, pa.scalar(0, pa.int64()))), tuple(said))


def _true(mask: pa.Array) -> Rows:
    return np.nonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))[0]


def _set(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _closed_said(table: pa.Table, rows: Rows, *, layout: Layout) -> Iterator[Problem]:
    for row in table.take(rows).select(["source_sheet", "source_row", "status", "balance_fen"]).to_pylist():
        letter = layout.get(row["source_sheet"], {}).get("balance_fen", "")
        where = f"{row['source_sheet']}!{letter}{row['source_row']}"
        yield warning("ingest.closed_with_balance", where, status=row["status"], found=row["balance_fen"] / 100)


def _entrusted_said(table: pa.Table, rows: Rows, *, layout: Layout) -> Iterator[Problem]:
    """One word per sheet: how many, and what they add up to."""
    mine = table.take(rows).select(["source_sheet", "source_row", "balance_fen"])
    for sheet in mine["source_sheet"].unique().to_pylist():
        of = mine.filter(pc.equal(mine["source_sheet"], sheet))
        letter = layout.get(sheet, {}).get("balance_fen", "")
        found = f"{to_yuan(int(pc.sum(of['balance_fen']).as_py() or 0)):,}"
        yield warning("ingest.entrusted_left_out", f"{sheet}!{letter}{of['source_row'][0].as_py()}", count=of.num_rows, found=found)
