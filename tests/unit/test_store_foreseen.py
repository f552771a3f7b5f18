"""What a book would do to the books in force, before it is entered."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.store import foreseen as of_foreseen
from greenfin.store import people
from greenfin.store.foreseen import Lot, foreseen, in_force, last_entered
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.store.proposals import enter_proposals
from tests.reviewed import AUDITOR, BRANCH_MAKER, MAKER, entered, loans_of, tags_of

FIRST = "given on paper 0731"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = open_store(tmp_path / "store")
    people.add_first_admin(made, "root", "nine grey geese over ice")
    for actor in (MAKER, BRANCH_MAKER):
        people.add_user(made, Actor("root", "admin"), actor.user, role=actor.role, branches=actor.branches, password=FIRST)
    return made


def test_of_a_first_book_every_loan_comes(store: Store) -> None:
    found = foreseen(store, MAKER, loans_of(["R0", "R1"], fen=[5, 7]))
    assert (found.held, found.stay, found.leave, found.come) == (Lot(), Lot(), Lot(), Lot(2, 12))
    assert found.share_leaving == 0
    assert last_entered(store) == 0


def test_loans_stay_at_their_new_balance_and_leave_at_their_old_one(store: Store) -> None:
    entered(store, ["R0", "R1", "R2", "R3"], fen=[10, 20, 30, 40])
    found = foreseen(store, MAKER, loans_of(["R1", "R9"], fen=[15, 3]))
    assert found.held == Lot(4, 100)
    assert (found.stay, found.come, found.leave) == (Lot(1, 15), Lot(1, 3), Lot(3, 80))
    assert found.then == Lot(2, 18)
    assert found.share_leaving == Fraction(80, 100)  # of the balance, which is more than 3 of 4
    assert last_entered(store) > 0


def test_what_is_foreseen_is_what_comes(store: Store) -> None:
    entered(store, ["R0", "R1", "R2"], book="b1")
    found = foreseen(store, MAKER, loans_of(["R2", "R3"]))
    done = entered(store, ["R2", "R3"], book="b2")
    assert (found.come.loans, found.stay.loans, found.leave.loans) == (done.new, done.same + done.changed, done.gone)


def test_a_loan_leaves_once(store: Store) -> None:
    entered(store, ["R0", "R1", "R2"], book="b1")
    assert entered(store, ["R1", "R2"], book="b2").gone == 1
    assert entered(store, ["R2"], book="b3").gone == 1  # R0 has left before
    assert entered(store, ["R1", "R2"], book="b4").gone == 0
    assert foreseen(store, MAKER, loans_of(["R1", "R2"])).leave == Lot()
    back = foreseen(store, MAKER, loans_of(["R0", "R1", "R2"]))
    assert (back.stay.loans, back.come.loans) == (2, 1)


def test_a_branch_that_is_empty_now_does_not_leave_again(store: Store) -> None:
    entered(store, ["R0", "R1"], book="b1", branches=["A", "B"])
    entered(store, ["R1"], book="b2", branches=["B"])
    assert foreseen(store, MAKER, loans_of(["R1"], branches=["B"])).leave == Lot()


def test_a_book_of_one_branch_leaves_the_others_in_force(store: Store) -> None:
    entered(store, ["R0", "R1", "R2"], book="b1", branches=["A", "A", "B"], fen=[1, 2, 4])
    loans = loans_of(["R0"], branches=["A"], fen=[1])
    found = foreseen(store, BRANCH_MAKER, loans)
    assert (found.held, found.leave) == (Lot(2, 3), Lot(1, 2))  # of his branch alone
    enter_proposals(store, BRANCH_MAKER, tags_of(["R0"]), book="b2", loans=loans)
    assert foreseen(store, MAKER, loans_of(["R0"], branches=["A"], fen=[1])).leave == Lot(1, 4)  # R2; R1 has left


def test_a_book_whose_loans_all_came_again_later_still_ends_the_ones_before(store: Store) -> None:
    entered(store, ["R1", "R2", "R3"], book="b1", branches=["A", "A", "B"], fen=[1, 1, 100])
    entered(store, ["R1"], book="b2", branches=["A"], fen=[1])  # of the whole bank: R2 and R3 leave
    loans = loans_of(["R1"], branches=["A"], fen=[1])
    enter_proposals(store, BRANCH_MAKER, tags_of(["R1"]), book="b3", loans=loans)
    found = foreseen(store, MAKER, loans)
    assert (found.held, found.stay, found.leave) == (Lot(1, 1), Lot(1, 1), Lot())


def test_the_branches_are_those_that_were_open_to_whoever_entered_the_book_then(store: Store) -> None:
    entered(store, ["R0", "R1", "R2"], book="b1", branches=["A", "A", "B"])
    enter_proposals(store, BRANCH_MAKER, tags_of(["R0"]), book="b2", loans=loans_of(["R0"], branches=["A"]))
    people.grant(store, Actor("root", "admin"), BRANCH_MAKER.user, branches=["*"])
    assert foreseen(store, MAKER, loans_of(["R0"], branches=["A"])).held.loans == 2  # R2 of branch B has not left with his book of branch A
    with store.engine.connect() as connection:
        said = connection.execute(text("SELECT detail FROM events WHERE kind = 'proposals.entered' ORDER BY number")).scalars().all()
    assert [json.loads(one)["branches"] for one in said] == [["*"], list(BRANCH_MAKER.branches)]


def test_an_event_that_does_not_say_the_branches_yet_is_read_with_those_of_today(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    entered(store, ["R0", "R1", "R2"], book="b1", branches=["A", "A", "B"])
    enter_proposals(store, BRANCH_MAKER, tags_of(["R0"]), book="b2", loans=loans_of(["R0"], branches=["A"]))
    monkeypatch.setattr(of_foreseen, "_ENTERED", "SELECT subject, actor, '{}' FROM events WHERE kind = 'proposals.entered' ORDER BY number")
    assert foreseen(store, MAKER, loans_of(["R0"], branches=["A"])).held.loans == 2


def test_a_book_without_a_loan_ends_the_ones_before(store: Store) -> None:
    entered(store, ["R1", "R2"], book="b1")
    entered(store, [], book="b2")
    found = foreseen(store, MAKER, loans_of(["R1"]))
    assert (found.held, found.come.loans, found.as_of) == (Lot(), 1, ())


def test_the_newest_book_entered_again_is_in_force_again(store: Store) -> None:
    entered(store, ["R0", "R1"], book="new")
    entered(store, ["R0"], book="old")
    entered(store, ["R0", "R1"], book="new")
    assert foreseen(store, MAKER, loans_of(["R0", "R1"])).held.loans == 2


def test_whoever_may_not_import_is_told_nothing(store: Store) -> None:
    with pytest.raises(Refused):
        foreseen(store, AUDITOR, loans_of(["R0"]))


BRANCHES = st.sets(st.sampled_from("ABC"), min_size=1)


@given(st.lists(st.tuples(BRANCHES, st.booleans()), min_size=1, max_size=5))
def test_every_branch_has_one_book_in_force_and_a_book_for_all_ends_the_ones_before(given_books: list[tuple[set[str], bool]]) -> None:
    held = {(branch, f"b{n}") for n, (branches, _) in enumerate(given_books) for branch in branches}
    live = in_force(held, [(f"b{n}", None if is_whole else frozenset()) for n, (_, is_whole) in enumerate(given_books)])
    assert len({branch for branch, _ in live}) == len(live)
    whole = max((n for n, (_, is_whole) in enumerate(given_books) if is_whole), default=-1)
    assert all(int(book[1:]) >= whole for _, book in live)
    assert given_books[-1][0] <= {branch for branch, book in live if book == f"b{len(given_books) - 1}"}
