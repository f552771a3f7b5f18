"""What was decided about a receipt, act by act, and the borrowers' names of tags as far as the reader may have them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import text

from greenfin.store.evidence import Document
from greenfin.store.masking import masked, masked_for
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches, may
from greenfin.store.rows import held_rows
from greenfin.store.standings import TagRow, rows_among
from greenfin.store.writing import reading

_NAMED = ["loan_id", "branch_code", "customer_name"]


def history(store: Store, actor: Actor, receipt: str) -> list[Mapping[str, Any]]:
    """The decisions about a receipt in their order, as rows of the log; ``evidence`` is a list of sha256.

    The borrower's name is covered in the reasons where the actor may not read names. Raises Refused.
    """
    branches = allowed_branches(actor, "read_decisions")
    with reading(store) as session:
        query = text("SELECT * FROM decisions WHERE receipt = :receipt ORDER BY number")
        rows = [dict(row) for row in session.connection().execute(query, {"receipt": receipt}).mappings()]
    seen = [row for row in rows if branches is None or row["branch"] in branches]
    told = _told(store, actor, receipt, seen)
    return [{**row, "reason": reason, "evidence": json.loads(row["evidence"])} for row, reason in zip(seen, told, strict=True)]


def _told(store: Store, actor: Actor, receipt: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The reasons as the actor may read them."""
    reasons = [str(row["reason"]) for row in rows]
    if not any(reasons) or all(may(actor, "read_names", row["branch"]) for row in rows):
        return reasons
    return covered_texts(store, [receipt] * len(rows), reasons)


def covered_texts(store: Store, receipts: Sequence[str], texts: Sequence[str | None]) -> list[str]:
    """Texts about receipts without the names of their borrowers (of the book each was last in) and without identity numbers."""
    names = borrowers(store, [r for r, said in zip(receipts, texts, strict=True) if said])
    table = pa.table({"reason": pa.array(texts, pa.string()), "customer_name": pa.array([names.get(r) for r in receipts], pa.string())})
    return [said or "" for said in masked(table)["reason"].to_pylist()]


def readable(store: Store, actor: Actor, tags: Sequence[TagRow], texts: Sequence[str]) -> list[str]:
    """Texts about tags as the actor may read them: without names and identity numbers where he may not read these."""
    hidden = [at for at, tag in enumerate(tags) if texts[at] and not may(actor, "read_names", tag.branch)]
    found = list(texts)
    for at, said in zip(hidden, covered_texts(store, [tags[at].receipt for at in hidden], [texts[at] for at in hidden]), strict=True):
        found[at] = said
    return found


def readable_documents(store: Store, actor: Actor, receipt: str, documents: Sequence[Document]) -> tuple[Document, ...]:
    """The documents with their names as the actor may read them."""
    if may(actor, "read_names") and allowed_branches(actor, "read_names") is None:
        return tuple(documents)
    with reading(store) as session:
        query = text("SELECT DISTINCT branch FROM tags WHERE receipt = :receipt")
        branches = session.connection().execute(query, {"receipt": receipt}).scalars().all()
    if all(may(actor, "read_names", branch) for branch in branches):
        return tuple(documents)
    names = covered_texts(store, [receipt] * len(documents), [d.name for d in documents])
    return tuple(replace(d, name=name) for d, name in zip(documents, names, strict=True))


def borrowers(store: Store, receipts: Iterable[str]) -> dict[str, str]:
    """The borrowers' names, uncovered: to cover them elsewhere, never to be shown. Raises Refused."""
    query = "SELECT receipt, book FROM tags WHERE receipt {among}"
    of_book: dict[str, list[str]] = {}
    with reading(store) as session:
        for receipt, book in rows_among(session.connection(), query, sorted(set(receipts))):
            of_book.setdefault(str(book), []).append(str(receipt))
    return {receipt: name for table in _loans(store, of_book) for receipt, name in _pairs(table)}


def machine_views(store: Store, actor: Actor, receipt: str) -> list[Mapping[str, Any]]:
    """What the machine says of a receipt, by edition: class, score, reason, needs and evidence.

    The borrower's name is covered in the evidence where the actor may not read names. Raises Refused.
    """
    branches = allowed_branches(actor, "read_loans")
    columns = "edition, branch, proposal_decision, proposal_code, proposal_score, reason, rule, needs, evidence"
    with reading(store) as session:
        query = text(f"SELECT {columns} FROM tags WHERE receipt = :receipt ORDER BY edition")  # noqa: S608  # our own columns
        rows = [dict(row) for row in session.connection().execute(query, {"receipt": receipt}).mappings()]
    seen = [row for row in rows if branches is None or row["branch"] in branches]
    found: list[dict[str, Any]] = [{**row, "needs": json.loads(row["needs"]), "evidence": json.loads(row["evidence"])} for row in seen]
    items = [item for row in found if not may(actor, "read_names", row["branch"]) for item in row["evidence"]]
    texts = covered_texts(store, [receipt] * len(items), [str(item.get("text") or "") for item in items])
    for item, said in zip(items, texts, strict=True):
        item["text"] = said
    return list(found)


def names_of(store: Store, actor: Actor, tags: Iterable[TagRow]) -> dict[str, str]:
    """The borrower of each receipt out of the book it was last in, covered where the actor may not read names. Raises Refused."""
    of_book: dict[str, list[str]] = {}
    for tag in tags:
        of_book.setdefault(tag.book, []).append(tag.receipt)
    return {receipt: name or "" for table in _loans(store, of_book) for receipt, name in _pairs(masked_for(actor, table))}


def _loans(store: Store, of_book: Mapping[str, Sequence[str]]) -> Iterator[pa.Table]:
    """The loans of these receipts with branch and name, a table for each book that is in the record."""
    with reading(store) as session:
        query = text("SELECT tables FROM books WHERE id = :book")
        shas = {book: session.connection().execute(query, {"book": book}).scalar() for book in of_book}
    for book, receipts in of_book.items():
        if tables := shas[book]:
            loans = held_rows(store, json.loads(tables)["loans"], "loans").select(_NAMED)
            yield loans.filter(pc.is_in(loans["loan_id"], value_set=pa.array(receipts, pa.string())))


def _pairs(table: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(table["loan_id"].to_pylist(), table["customer_name"].to_pylist(), strict=True)
