"""What was decided about a receipt, act by act, and the borrowers' names of tags as far as the reader may have them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import text

from greenfin.core.columns import fitted
from greenfin.store.masking import masked_for
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches
from greenfin.store.rows import read_rows
from greenfin.store.standings import TagRow
from greenfin.store.writing import reading

_NAMED = ["loan_id", "branch_code", "customer_name"]


def history(store: Store, actor: Actor, receipt: str) -> list[Mapping[str, Any]]:
    """The decisions about a receipt in their order, as rows of the log; ``evidence`` is a list of sha256. Raises Refused."""
    branches = allowed_branches(actor, "read_decisions")
    with reading(store) as session:
        query = text("SELECT * FROM decisions WHERE receipt = :receipt ORDER BY number")
        rows = [dict(row) for row in session.connection().execute(query, {"receipt": receipt}).mappings()]
    return [{**row, "evidence": json.loads(row["evidence"])} for row in rows if branches is None or row["branch"] in branches]


def machine_views(store: Store, actor: Actor, receipt: str) -> list[Mapping[str, Any]]:
    """What the machine says of a receipt, by edition: class, score, reason, needs and evidence. Raises Refused."""
    branches = allowed_branches(actor, "read_loans")
    columns = "edition, branch, proposal_decision, proposal_code, proposal_score, reason, rule, needs, evidence"
    with reading(store) as session:
        query = text(f"SELECT {columns} FROM tags WHERE receipt = :receipt ORDER BY edition")  # noqa: S608  # our own columns
        rows = [dict(row) for row in session.connection().execute(query, {"receipt": receipt}).mappings()]
    seen = [row for row in rows if branches is None or row["branch"] in branches]
    return [{**row, "needs": json.loads(row["needs"]), "evidence": json.loads(row["evidence"])} for row in seen]


def names_of(store: Store, actor: Actor, tags: Iterable[TagRow]) -> dict[str, str]:
    """The borrower of each receipt out of the book it was last in, covered where the actor may not read names. Raises Refused."""
    of_book: dict[str, list[str]] = {}
    for tag in tags:
        of_book.setdefault(tag.book, []).append(tag.receipt)
    found: dict[str, str] = {}
    with reading(store) as session:
        query = text("SELECT tables FROM books WHERE id = :book")
        shas = {book: session.connection().execute(query, {"book": book}).scalar() for book in of_book}
    for book, receipts in of_book.items():
        tables = shas[book]
        if not tables:
            continue
        loans = fitted(read_rows(store, json.loads(tables)["loans"]), "loans").select(_NAMED)
        wanted = loans.filter(pc.is_in(loans["loan_id"], value_set=pa.array(receipts, pa.string())))
        readable = masked_for(actor, wanted)
        found |= dict(zip(readable["loan_id"].to_pylist(), (n or "" for n in readable["customer_name"].to_pylist()), strict=True))
    return found
