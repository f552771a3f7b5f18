"""A small book in a store for tests of review: loans of two branches and their machine tags, and the people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from greenfin.core.columns import table_of
from greenfin.store import restating
from greenfin.store.decisions import Items, Wanted, approve, propose
from greenfin.store.figures import Figure, Stated
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.proposals import Entered, enter_proposals
from greenfin.store.standings import READ, Key, TagRow, row_of, rows_among
from greenfin.store.writing import reading

EDITION = "green-finance-2025"
WIND, SOLAR = "4.2.1", "4.2.2"
MAKER = Actor("maker1", "maker", ("*",))
CHECKER = Actor("checker1", "checker", ("*",))
OTHER_CHECKER = Actor("checker2", "checker", ("*",))
BRANCH_MAKER = Actor("maker.a", "maker", ("A",))
BRANCH_CHECKER = Actor("checker.a", "checker", ("A",))
ESG = Actor("esg1", "esg")
AUDITOR = Actor("auditor1", "auditor")
OFFICER = Actor("officer1", "loan_officer", ("A",))


def loans_of(
    receipts: Sequence[str], *, projects: Sequence[str | None] = (), branches: Sequence[str] = (), fen: Sequence[int] = ()
) -> pa.Table:
    n = len(receipts)
    columns: dict[str, object] = {
        "loan_id": list(receipts),
        "receipt_no": list(receipts),
        "branch_code": list(branches) or ["A" if i % 2 == 0 else "B" for i in range(n)],
        "project_id": list(projects) or [None] * n,
        "balance_fen": list(fen) or [1_000_000 * (i + 1) for i in range(n)],
    }
    return table_of("loans", columns)


def tags_of(receipts: Sequence[str], *, decision: str = "green", code: str | None = WIND, **more: Any) -> pa.Table:
    n = len(receipts)
    columns: dict[str, object] = {
        "loan_id": list(receipts),
        "edition": [EDITION] * n,
        "decision": [decision] * n,
        "code": [code] * n,
        "share_ppm": [0 if decision == "not_green" else 1_000_000] * n,
        "score": [0.9] * n,
        "reason": ["tag.by_rule"] * n,
        "needs": ["[]"] * n,
        "evidence": ["[]"] * n,
    }
    return table_of("tags", columns | more)


def entered(store: Store, receipts: Sequence[str], *, book: str = "b1", tags: pa.Table | None = None, **of_loans: Any) -> Entered:
    return enter_proposals(store, MAKER, tags if tags is not None else tags_of(receipts), book=book, loans=loans_of(receipts, **of_loans))


def tag_rows(connection: Any, keys: Sequence[Key]) -> dict[Key, TagRow]:
    """The tags of these receipts and editions; what is not there is not in the result."""
    query = "SELECT {read} FROM tags WHERE receipt {among}".replace("{read}", ", ".join(READ))
    found = map(row_of, rows_among(connection, query, {receipt for receipt, _ in keys}))
    return {row.key: row for row in found if row.key in keys}


def items(store: Store, receipts: Sequence[str]) -> Items:
    """The receipts with the versions they have now. Raises Refused as the record does, whenever a server goes."""
    with reading(store) as session:
        found = tag_rows(session.connection(), [(r, EDITION) for r in receipts])
    return Items(
        list(receipts), [EDITION] * len(receipts), [found[r, EDITION].standing.version if (r, EDITION) in found else 0 for r in receipts]
    )


def wanted(n: int, decision: str = "green", code: str = WIND) -> Wanted:
    return Wanted([decision] * n, [code] * n)


def state_of(store: Store, receipt: str) -> str:
    with store.engine.connect() as connection:
        return tag_rows(connection, [(receipt, EDITION)])[receipt, EDITION].standing.state


def approved(store: Store, receipts: Sequence[str], reference: Any, *, code: str = WIND) -> None:
    """Proposed and approved, and nothing wrong on the way."""
    done = propose(store, MAKER, items(store, receipts), wanted(len(receipts), code=code), reference=reference)
    assert not done.problems
    done = approve(store, CHECKER, items(store, receipts))
    assert not done.problems
    assert len(done.value) == len(receipts)


def restated(store: Store, figure: Figure, **told: Any) -> Stated:
    """A published figure has another value, as two say; what it was."""
    number, was = restating.ask(store, ESG, figure, **told)
    restating.agree(store, CHECKER, number)
    return was
