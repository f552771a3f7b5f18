"""Loans whose columns stand in several sheets: the balance in one, what the money is for and its class in others.

Columns are joined, never rows: a receipt of a supplement that no ledger has is told and left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.ingest.blocks import Block
from greenfin.ingest.grids import Mask, Rows
from greenfin.ingest.vocabulary import column_of

_NEVER = ("loan_id", "receipt_no", "source_sheet", "source_row", "balance_fen", "original_balance_fen")
_BETWEEN = "/"


def with_ids(table: pa.Table, block: Block) -> pa.Table:
    """Candidate loans with the id that their layout lays down: the receipt number, with contract and branch where it says so."""
    names = [name for field in block.key if (name := column_of("loans").get(field)) and field in block.places]
    if len(names) < 2:
        return table
    parts = [pc.fill_null(table[name].combine_chunks(), "") for name in names]
    ids = pc.if_else(pc.is_null(table["loan_id"].combine_chunks()), None, pc.binary_join_element_wise(*parts, _BETWEEN))
    return table.set_column(table.column_names.index("loan_id"), "loan_id", ids.cast(pa.string()))


def with_supplements(loans: pa.Table, parts: Sequence[tuple[Block, pa.Table]]) -> Outcome[pa.Table]:
    """Candidate loans with the columns of their supplements filled in where they are empty; a fault of a supplement's row rejects the loan.

    Told: receipts that only one side has, receipts that a supplement has twice, and values that differ (the ledger's stands).
    """
    problems: list[Problem] = []
    for block, part in parts:
        loans, said = _joined(loans, block, part)
        problems.extend(said)
    return Outcome(loans, tuple(problems))


def _joined(loans: pa.Table, block: Block, part: pa.Table) -> tuple[pa.Table, list[Problem]]:
    where = block.grid.at(block.header_row, block.places["loan.receipt_no"].column)
    names = [n for field in block.places if (n := column_of("loans").get(field)) and n not in _NEVER and n in schema("loans").names]
    part = part.filter(pc.is_valid(part["receipt_no"]))
    part, twice = _single(part, names)
    at, missing = _places(loans, part, use_contract=len(block.key) > 1)
    unmatched = part.num_rows - len(np.unique(at[~missing]))
    problems = []
    if twice:
        problems.append(warning("ingest.join_twice", where, count=twice))
    if unmatched:
        problems.append(warning("ingest.join_unmatched", where, count=unmatched, of=part.num_rows))
    if missing.any():
        problems.append(warning("ingest.join_missing", where, count=int(missing.sum()), of=loans.num_rows))
    taken = part.take(pa.array(at, mask=missing))
    for name in names:
        loans, differ = _filled(loans, taken, name)
        if differ:
            problems.append(warning("ingest.join_differs", where, count=differ, columns=name))
    foreign = _foreign(loans, taken)
    if foreign.any():
        problems.append(error("ingest.join_currency", where, count=int(foreign.sum())))
    code = pc.if_else(pa.array(foreign), "ingest.join_currency", taken["reject"].combine_chunks())
    rejects = pc.coalesce(loans["reject"].combine_chunks(), code)
    loans = loans.set_column(loans.column_names.index("reject"), "reject", rejects)
    problems.append(info("ingest.joined", where, count=int((~missing).sum()), columns=" ".join(names)))
    return loans, problems


def _single(part: pa.Table, names: Sequence[str]) -> tuple[pa.Table, int]:
    """One row per receipt and contract: repeated equal rows once, receipts with unequal rows not at all (and how many)."""
    keys = _keys(part, use_contract=True)
    content = part.select(dict.fromkeys(["receipt_no", *names])).append_column("key", keys)
    firsts = content.append_column("row", pa.array(np.arange(part.num_rows))).group_by(content.column_names).aggregate([("row", "min")])
    counts = firsts.group_by("key").aggregate([("key", "count"), ("row_min", "min")])
    once = counts.filter(pc.equal(counts["key_count"], 1))
    rows = np.sort(once["row_min_min"].to_numpy())
    return part.take(pa.array(rows)), counts.num_rows - once.num_rows


def _keys(table: pa.Table, *, use_contract: bool) -> pa.Array:
    receipts = table["receipt_no"].combine_chunks()
    if not use_contract:
        return receipts
    return pc.binary_join_element_wise(receipts, pc.fill_null(table["contract_no"].combine_chunks(), ""), "\x1f")


def _places(loans: pa.Table, part: pa.Table, *, use_contract: bool) -> tuple[Rows, Mask]:
    """For each loan the row of the supplement, and which loans have none."""
    with_contract = use_contract and loans["contract_no"].null_count == 0 and part["contract_no"].null_count == 0
    found = pc.index_in(_keys(loans, use_contract=with_contract), value_set=_keys(part, use_contract=with_contract))
    missing = pc.is_null(found).to_numpy(zero_copy_only=False)
    return pc.fill_null(found, 0).to_numpy(zero_copy_only=False).astype(np.int64), missing


def _foreign(loans: pa.Table, taken: pa.Table) -> Mask:
    """Loans taken for RMB of which the supplement says that they are not."""
    said = pc.fill_null(pc.not_equal(taken["currency"].combine_chunks(), "CNY"), False)
    own = pc.fill_null(pc.equal(loans["currency"].combine_chunks(), "CNY"), True)
    found: Mask = pc.and_(said, own).to_numpy(zero_copy_only=False)
    return found


def _filled(loans: pa.Table, taken: pa.Table, name: str) -> tuple[pa.Table, int]:
    own, other = loans[name].combine_chunks(), taken[name].combine_chunks()
    if name.endswith("_fen"):  # an amount in foreign money is none in yuan
        is_foreign = pc.fill_null(pc.not_equal(taken["currency"].combine_chunks(), "CNY"), False)
        other = pc.if_else(is_foreign, pa.scalar(None, other.type), other)
    differ = pc.sum(pc.fill_null(pc.not_equal(own, other), False)).as_py() or 0
    return loans.set_column(loans.column_names.index(name), name, pc.coalesce(own, other)), int(differ)
