"""One date's book as the movement tables see it: every receipt once, with its balance, branch and tag; rejected rows by their key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin import aggregate
from greenfin.core.columns import empty
from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.core.records import Book
from greenfin.reference.load import Reference
from greenfin.reference.policies import Policy

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
STATES = ("green", "not_green", "review", "rejected")
GREEN, NOT_GREEN, REVIEW, REJECTED = range(4)
_FACTS = (
    *("loan_id", "receipt_no", "prev_receipt_no", "branch_code", "branch_name", "approved_on", "start_on", "ended_on", "status"),
    *("currency", "amount_fen", "original_amount_fen", "original_balance_fen", "prior_balance_fen", "source_sheet", "source_row"),
)
_TAG = (
    *("edition", "decision", "outcome", "share_ppm", "code", "class1", "green_fen", "not_green_fen", "review_fen", "balance_fen"),
    *("reason", "rule", "needs", "decided_by", "approved"),
)


@dataclass(frozen=True, slots=True)
class Side:
    """A book at its data date under one edition and policy.

    ``rows`` are its loans with their outcome, ``rejected`` its rejected loan rows.
    """

    book: Book
    edition: str
    policy: Policy
    rows: pa.Table
    rejected: pa.Table

    def total(self, state: str) -> int:
        """The book's own sum of a state in fen (``all``: of the whole book), made without any matching of receipts."""
        if state == "all":
            return sum(self.total(one) for one in STATES)
        column = self.rejected["balance_fen"] if state == "rejected" else self.rows[f"{state}_fen"]
        return int(pc.sum(column).as_py() or 0)


def side_of(book: Book, tags: pa.Table, *, edition: str, policy: Policy, reference: Reference) -> Outcome[Side]:
    """The side of a book whose tags (one per loan of that edition are taken) are known; raises Refused where there are no loans at all."""
    own = tags.filter(pc.equal(tags["edition"], edition))
    facts = aggregate.Facts(
        book, own, empty("measurements"), empty("parts"), empty("emissions"), policy, book.as_of.year, reference=reference
    )
    rows, problems = _outcomes(facts)
    rejected = book.rejected.filter(pc.equal(book.rejected["table"], "loans"))
    if not rows.num_rows and not rejected.num_rows:
        raise Refused(error("movement.no_loans", ", ".join(file.name for file in book.files), as_of=book.as_of.isoformat()))
    return Outcome(Side(book, edition, policy, rows, rejected), problems)


def _outcomes(facts: aggregate.Facts) -> tuple[pa.Table, tuple[Problem, ...]]:
    from greenfin.aggregate.outcomes import outcomes_with_problems

    made = outcomes_with_problems(facts)
    return made.value.select([*_FACTS, *_TAG]).combine_chunks(), made.problems


def ints(column: pa.ChunkedArray | pa.Array, missing: int = 0) -> Ints:
    """A column of whole numbers (or days) as numbers; ``missing`` stands for empty cells."""
    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_date32(plain.type):
        plain = plain.cast(pa.int32())
    return np.asarray(pc.fill_null(plain.cast(pa.int64()), missing).to_numpy(zero_copy_only=False), dtype=np.int64)


def kinds(rows: pa.Table) -> Ints:
    """The state of each row as its place in :data:`STATES`."""
    return ints(pc.index_in(rows["outcome"], value_set=pa.array(STATES)))


def unique_keys(column: pa.ChunkedArray) -> pa.Array:
    """The keys of a side, a repeated one told apart by its number (a book that was read has none)."""
    keys = column.combine_chunks()
    if pc.count_distinct(keys, mode="all").as_py() == len(keys) and not keys.null_count:
        return keys
    seen: dict[str | None, int] = {}
    made = []
    for key in keys.to_pylist():
        seen[key] = seen.get(key, 0) + 1
        made.append(f"{key or ''}#{seen[key]}" if seen[key] > 1 or key is None else key)
    return pa.array(made, type=pa.string())
