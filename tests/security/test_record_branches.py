"""Other branches' loans: neither brought over nor counted, in whatever way somebody bound to one branch asks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from greenfin.core.problems import Refused, error
from greenfin.core.records import Book
from greenfin.store.books import books, import_book
from greenfin.store.history import history
from greenfin.store.opening import Store
from greenfin.store.proposals import enter_proposals
from greenfin.store.queue import page
from tests.reviewed import AUDITOR, BRANCH_MAKER, EDITION, MAKER, entered, loans_of, tags_of

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
