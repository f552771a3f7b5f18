"""A span of a ledger as candidate loans with what puts them into shards, and the loans that must be looked at across all spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Outcome
from greenfin.ingest.batches import Span, read_batches
from greenfin.ingest.exchange import rates_of
from greenfin.reference.load import Reference
from greenfin.streamed.plan import Plan

ROW, KEY, SHARD = "row", "key", "shard"
_LEDGER_BITS = 40  # rows of one ledger
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Task:
    """A span of one of the ledgers."""

    ledger: int
    span: Span


def tasks(plan: Plan) -> tuple[Task, ...]:
    """The spans of all ledgers in their order."""
    return tuple(Task(at, span) for at, ledger in enumerate(plan.ledgers) for span in ledger.spans)


def read_task(plan: Plan, task: Task, reference: Reference) -> Iterator[Outcome[pa.Table]]:
    """Candidate loans batch by batch: columns of ``loans``, ``reject``, and ``row`` (its place in the book), ``key`` (a hash of the
    receipt, equal for all rows that could be one) and ``shard``."""
    ledger = plan.ledgers[task.ledger]
    rates = rates_of(plan.sheets.quotes).value if plan.sheets.quotes else None
    read = read_batches(ledger, task.span, at_once=plan.at_once, as_of=plan.as_of, industries=reference.industries, rates=rates)
    for _, outcome in read:
        yield Outcome(_placed(outcome.value, task.ledger << _LEDGER_BITS, plan.shards), outcome.problems)


def _placed(loans: pa.Table, offset: int, shards: int) -> pa.Table:
    receipts = _texts(pc.coalesce(loans["receipt_no"], loans["loan_id"]))
    bare = pc.replace_substring_regex(pc.utf8_lower(receipts), r"[^a-z0-9]", "")
    keys = hashed(pc.if_else(pc.equal(bare, ""), receipts, bare))  # one in Chinese alone is told by all its signs
    at = shards_of(_texts(loans["project_id"]), loans["loan_id"], shards=shards)
    rows = pc.add(loans["source_row"], pa.scalar(offset, pa.int64()))
    return loans.append_column(ROW, rows).append_column(KEY, pa.array(keys)).append_column(SHARD, pa.array(at, pa.int32()))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(column, "")


def hashed(texts: pa.ChunkedArray | pa.Array) -> Hashes:
    """A number of 64 bits for each text, the same in every process; 0 for an empty one."""
    column = pl.Series(values=texts)
    found: Hashes = column.hash(seed=0).to_numpy()
    return np.where((column == "").to_numpy(), np.uint64(0), found)


def shards_of(projects: pa.ChunkedArray, loans: pa.ChunkedArray, *, shards: int) -> NDArray[np.int64]:
    """The shard of each loan: that of its project, else one of its own."""
    owner = hashed(projects)
    found: NDArray[np.int64] = (np.where(owner == 0, hashed(_texts(loans)), owner) % np.uint64(shards)).astype(np.int64)
    return found


def twins(keys: Sequence[Hashes]) -> pa.Array:
    """The keys that come more than once (the empty one does not count): rows that may be one receipt."""
    if not keys:
        return pa.array([], pa.uint64())
    every = np.sort(np.concatenate(keys))
    again = np.unique(every[1:][every[1:] == every[:-1]])
    return pa.array(again[again != 0])
