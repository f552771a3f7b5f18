"""Other branches' loans: neither brought over nor counted, in whatever way somebody bound to one branch asks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from greenfin.core.columns import table_of
from greenfin.core.problems import Refused, error
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.store.books import books, import_book
from greenfin.store.history import history
from greenfin.store.opening import Store
from greenfin.store.proposals import enter_proposals
from greenfin.store.queue import page
from greenfin.store.watch import watch
from tests.reviewed import AUDITOR, BRANCH_MAKER, EDITION, MAKER, approved, entered, loans_of, tags_of

DAY = date(2025, 12, 31)


def _refused(action: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as refused:
        action(*args, **kwargs)
    return refused.value.problem.code


@pytest.mark.parametrize("edition", [EDITION, "green-industry-2019"])
def test_a_book_does_not_bring_another_branchs_receipt_over(store: Store, edition: str) -> None:
    entered(store, ["L1", "L2"])  # L2 is of branch B
    tags = tags_of(["L1", "L2"], edition=[edition] * 2)
    loans = loans_of(["L1", "L2"], branches=["A", "A"])
    assert _refused(enter_proposals, store, BRANCH_MAKER, tags, book="b2", loans=loans) == "store.of_other_branch"
    assert [row.tag.receipt for row in page(store, BRANCH_MAKER).rows] == ["L1"]
    assert not history(store, BRANCH_MAKER, "L2")


def test_what_a_book_no_longer_has_is_counted_in_the_own_branch(store: Store) -> None:
    entered(store, ["L1", "L2", "L3", "L4"])
    mine = enter_proposals(store, BRANCH_MAKER, tags_of(["L1"]), book="b2", loans=loans_of(["L1"]))
    assert (mine.same, mine.gone) == (1, 1)  # L3; what B has is not told


def test_a_book_tells_a_branch_of_its_own_loans_alone(store: Store) -> None:
    of_both = loans_of(["L1", "L2", "L3"], fen=[100, 20, 3])  # branches A, B, A
    import_book(store, MAKER, Book(as_of=DAY, loans=of_both), [error("ingest.x", "L2")])
    import_book(store, MAKER, Book(as_of=DAY, loans=loans_of(["L4"], branches=["B"])))
    assert [(b.loans, b.balance_fen) for b in books(store, AUDITOR)] == [(1, 1_000_000), (3, 123)]
    assert [(b.loans, b.balance_fen, b.counts) for b in books(store, BRANCH_MAKER)] == [(2, 103, {})]
    assert [b.loans for b in books(store, BRANCH_MAKER, limit=1)] == [2]


def _with_event(receipts: list[str], branches: list[str], events: list[str], *, as_of: date = DAY) -> Book:
    loans = loans_of(receipts, branches=branches).drop_columns(["customer_no"])
    loans = loans.append_column("customer_no", [[f"C{r}" for r in receipts]]).select(loans_of(receipts).column_names)
    told = {"event_no": events, "customer_no": [f"C{e}" for e in events], "kind": ["environment"] * len(events)}
    return Book(as_of=as_of, loans=loans, risk_events=table_of("risk_events", told | {"happened_on": [date(2025, 5, 1)] * len(events)}))


def test_a_book_of_one_branch_hides_no_event_of_another(store: Store) -> None:
    """Each branch brings in its own book; a second book without an event takes none back."""
    reference = load()
    for branch, receipts in (("A", ["L1"]), ("B", ["L2"])):
        kept = import_book(store, MAKER, _with_event(receipts, [branch], receipts))
        entered(store, receipts, book=kept.id, branches=[branch])
    approved(store, ["L1", "L2"], reference)
    assert [w.receipt for w in watch(store, AUDITOR, as_of=DAY)] == ["L1", "L2"]
    assert [w.receipt for w in watch(store, BRANCH_MAKER, as_of=DAY)] == ["L1"]
    empty = import_book(store, BRANCH_MAKER, _with_event(["L1"], ["A"], []))
    entered(store, ["L1"], book=empty.id, branches=["A"])
    assert [w.receipt for w in watch(store, AUDITOR, as_of=DAY)] == ["L1", "L2"]
    later = import_book(store, MAKER, _with_event(["L1"], ["A"], [], as_of=date(2026, 3, 31)))
    entered(store, ["L1"], book=later.id, branches=["A"])
    assert [w.receipt for w in watch(store, AUDITOR, as_of=date(2026, 4, 1))] == ["L2"]  # a new date without the event
