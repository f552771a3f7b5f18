"""Decisions in the record: what each act does, who may not do it, and what is left out with which reason. Both databases."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from greenfin.core.problems import Outcome, Refused
from greenfin.core.records import Book
from greenfin.messages import tell
from greenfin.reference.load import Reference, load
from greenfin.store.audit import verify
from greenfin.store.books import import_book
from greenfin.store.decisions import Done, Items, Wanted, approve, correct, propose, recall, report, return_, withdraw
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.proposals import enter_proposals
from greenfin.store.replay import differences, replay_tags
from greenfin.store.steps import use_steps
from tests.reviewed import (
    AUDITOR,
    BRANCH_CHECKER,
    BRANCH_MAKER,
    CHECKER,
    EDITION,
    ESG,
    MAKER,
    OTHER_CHECKER,
    SOLAR,
    WIND,
    approved,
    entered,
    items,
    loans_of,
    state_of,
    tag_rows,
    tags_of,
    wanted,
)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def _codes(outcome: Outcome[Done]) -> Counter[str]:
    return Counter(p.code for p in outcome.problems)


def _sound(store: Store) -> None:
    """The projection is what the decisions make of it, and the counts are those of the tags."""
    with store.engine.connect() as connection:
        assert not list(differences(connection))
        group = "edition, state, branch, decision, is_changed"
        tags = connection.execute(text(f"SELECT {group}, count(*), coalesce(sum(amount_fen), 0) FROM tags GROUP BY {group}")).all()  # noqa: S608
        counted = connection.execute(text(f"SELECT {group}, tags, amount_fen FROM tag_counts WHERE tags <> 0 OR amount_fen <> 0")).all()  # noqa: S608
    assert sorted(map(tuple, tags)) == sorted(map(tuple, counted))


def _row(store: Store, receipt: str) -> Any:
    with store.engine.connect() as connection:
        return tag_rows(connection, [(receipt, EDITION)])[receipt, EDITION]


def test_a_tag_from_proposal_to_report(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2"])
    assert state_of(store, "L1") == "proposed"
    done = propose(store, MAKER, items(store, ["L1", "L2"]), wanted(2), reference=reference, reason="环评已核")
    assert (done.value.states, done.value.versions, done.problems) == (("submitted", "submitted"), (1, 2), ())
    done = approve(store, CHECKER, items(store, ["L1", "L2"]), on=date(2025, 12, 31))
    assert done.value.states == ("in_force", "in_force")
    standing = _row(store, "L1").standing
    assert (standing.maker, standing.checker, standing.in_force_from, standing.code) == ("maker1", "checker1", "2025-12-31", WIND)
    done = report(store, ESG, items(store, ["L1"]), run_id="2025-12-31-abc")
    assert done.value.states == ("reported",)
    assert _row(store, "L1").standing.reported_run == "2025-12-31-abc"
    _sound(store)


def test_what_cannot_be_done_is_left_out_with_its_reason_and_the_rest_is_done(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2", "L3", "L4"])
    asked = Items(["L1", "L2", "L3", "L9", "L1"], [EDITION] * 5, [0, 7, 0, 0, 0])
    done = propose(
        store, MAKER, asked, Wanted(["green", "green", "perhaps", "green", "green"], [WIND, WIND, "", WIND, SOLAR]), reference=reference
    )
    assert done.value.receipts == ("L1",)
    assert _codes(done) == {
        "store.changed_meanwhile": 1, "store.unknown_decision": 1, "store.tag_unknown": 1, "store.given_twice": 1
    }  # fmt: skip
    assert _row(store, "L1").standing.code == WIND
    _sound(store)


@pytest.mark.parametrize(
    ("decision", "code", "share"), [("green", "4", None), ("green", "", None), ("green", "99.9", None), ("not_green", WIND, None)]
)
def test_only_leaves_of_the_edition_are_green(store: Store, reference: Reference, decision: str, code: str, share: int | None) -> None:
    entered(store, ["L1"])
    done = propose(store, MAKER, items(store, ["L1"]), Wanted([decision], [code], [share]), reference=reference)
    assert _codes(done) == {"store.unknown_entry": 1}
    assert state_of(store, "L1") == "proposed"


def test_the_share_is_between_nothing_and_all(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2"])
    done = propose(store, MAKER, items(store, ["L1", "L2"]), Wanted(["green"] * 2, [WIND] * 2, [1_000_001, 400_000]), reference=reference)
    assert _codes(done) == {"store.share_out_of_range": 1}
    assert _row(store, "L2").standing.share_ppm == 400_000


def test_a_maker_turned_checker_cannot_approve_his_own(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference)
    done = approve(store, Actor("maker1", "checker", ("*",)), items(store, ["L1"]))
    assert _codes(done) == {"store.maker_is_checker": 1}
    assert state_of(store, "L1") == "submitted"


@pytest.mark.parametrize("actor", [AUDITOR, ESG, CHECKER, Actor("x", "admin", ("*",)), Actor("x", "nobody", ("*",))])
def test_only_makers_propose(store: Store, reference: Reference, actor: Actor) -> None:
    entered(store, ["L1"])
    with pytest.raises(Refused) as refused:
        propose(store, actor, items(store, ["L1"]), wanted(1), reference=reference)
    assert refused.value.problem.code == "store.not_permitted"


def test_a_branch_sees_and_decides_its_own_loans_only(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2"])  # branches A and B
    done = propose(store, BRANCH_MAKER, items(store, ["L1", "L2"]), wanted(2), reference=reference)
    assert done.value.receipts == ("L1",)
    assert _codes(done) == {"store.tag_unknown": 1}  # not even that there is one
    propose(store, MAKER, items(store, ["L2"]), wanted(1), reference=reference)
    done = approve(store, BRANCH_CHECKER, items(store, ["L1", "L2"]))
    assert done.value.receipts == ("L1",)
    assert state_of(store, "L2") == "submitted"


def test_a_return_goes_back_with_a_reason_and_may_be_proposed_again(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference)
    with pytest.raises(Refused):
        return_(store, CHECKER, items(store, ["L1"]), reason=" ")
    assert return_(store, CHECKER, items(store, ["L1"]), reason="缺环评批复").value.states == ("returned",)
    assert propose(store, MAKER, items(store, ["L1"]), wanted(1, code=SOLAR), reference=reference).value.states == ("submitted",)
    approve(store, CHECKER, items(store, ["L1"]))
    assert _row(store, "L1").standing.code == SOLAR
    _sound(store)


def test_three_steps_need_three_people_and_head_office_last(store: Store, reference: Reference) -> None:
    use_steps(store, Actor("root", "admin"), "three")
    entered(store, ["L1"])
    propose(store, BRANCH_MAKER, items(store, ["L1"]), wanted(1), reference=reference)
    assert approve(store, BRANCH_CHECKER, items(store, ["L1"])).value.states == ("approved_branch",)
    again = approve(store, BRANCH_CHECKER, items(store, ["L1"]))
    assert _codes(again) == {"store.maker_is_checker": 1}
    other = approve(store, Actor("checker.a2", "checker", ("A",)), items(store, ["L1"]))
    assert _codes(other) == {"store.needs_head_office": 1}
    assert approve(store, CHECKER, items(store, ["L1"])).value.states == ("in_force",)
    _sound(store)


def test_only_a_group_of_one_kind_is_approved_at_once(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2", "L3"])
    propose(store, MAKER, items(store, ["L1", "L2"]), wanted(2), reference=reference)
    propose(store, MAKER, items(store, ["L3"]), wanted(1, code=SOLAR), reference=reference)
    with pytest.raises(Refused) as refused:
        approve(store, CHECKER, items(store, ["L1", "L2", "L3"]))
    assert refused.value.problem.code == "store.not_alike"
    told = tell(refused.value.problem, "zh")
    assert "待审批" in told
    assert "submitted" not in told
    assert {state_of(store, r) for r in ("L1", "L2", "L3")} == {"submitted"}
    assert len(approve(store, CHECKER, items(store, ["L1", "L2"])).value) == 2


def test_two_reviewers_on_one_loan_the_second_is_told(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference)
    seen = items(store, ["L1"])
    assert len(approve(store, CHECKER, seen).value) == 1
    second = return_(store, OTHER_CHECKER, seen, reason="不符")
    assert _codes(second) == {"store.changed_meanwhile": 1}
    assert state_of(store, "L1") == "in_force"


def test_a_reported_class_changes_by_correction_of_the_whole_project_only(store: Store, reference: Reference) -> None:
    receipts = ["L1", "L2", "L3", "L4"]
    entered(store, receipts, projects=["P", "P", "P", None])
    approved(store, receipts, reference)
    report(store, ESG, items(store, receipts), run_id="r1")
    assert _codes(propose(store, MAKER, items(store, ["L4"]), wanted(1, code=SOLAR), reference=reference)) == {"store.not_from_here": 1}

    def corrected(some: list[str], to: Wanted) -> Outcome[Done]:
        return correct(store, MAKER, items(store, some), to, reference=reference, reason="原分类有误", effective_on=date(2026, 1, 1))

    assert _codes(corrected(["L1", "L2"], wanted(2, code=SOLAR))) == {"store.project_whole": 2}
    mixed = corrected(["L1", "L2", "L3"], Wanted(["green"] * 3, [SOLAR, SOLAR, WIND]))
    assert _codes(mixed) == {"store.project_one_class": 3}
    assert len(corrected(["L1", "L2", "L3"], wanted(3, code=SOLAR)).value) == 3
    assert {_row(store, r).standing.code for r in receipts} == {WIND}  # what is in force stays until the approval
    assert _codes(approve(store, CHECKER, items(store, ["L1", "L2"]))) == {"store.project_whole": 2}
    assert approve(store, CHECKER, items(store, ["L1", "L2", "L3"])).value.states == ("in_force",) * 3
    standing = _row(store, "L1").standing
    assert (standing.code, standing.in_force_from, standing.reported_run) == (SOLAR, "2026-01-01", "")
    assert _row(store, "L4").standing.code == WIND
    _sound(store)


def test_a_returned_correction_changes_nothing(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    approved(store, ["L1"], reference)
    report(store, ESG, items(store, ["L1"]), run_id="r1")
    correct(store, MAKER, items(store, ["L1"]), wanted(1, code=SOLAR), reference=reference, reason="x", effective_on=date(2026, 1, 1))
    assert return_(store, CHECKER, items(store, ["L1"]), reason="依据不足").value.states == ("reported",)
    assert _row(store, "L1").standing.code == WIND
    _sound(store)


def test_a_withdrawal_is_dated_has_a_cause_and_two_people(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    approved(store, ["L1"], reference)
    report(store, ESG, items(store, ["L1"]), run_id="r1")
    with pytest.raises(Refused):
        withdraw(store, MAKER, items(store, ["L1"]), cause="whim", on=date(2026, 2, 1))
    assert withdraw(store, MAKER, items(store, ["L1"]), cause="open_penalty", on=date(2026, 2, 1)).value.states == ("withdrawing",)
    assert approve(store, CHECKER, items(store, ["L1"])).value.states == ("withdrawn",)
    assert _row(store, "L1").standing.withdrawn_on == "2026-02-01"
    other = propose(store, MAKER, items(store, ["L1"]), wanted(1, code=SOLAR), reference=reference)
    assert _codes(other) == {"store.reported_changes": 1}
    assert len(propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference).value) == 1
    _sound(store)


def test_unknown_documents_are_refused(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    with pytest.raises(Refused) as refused:
        propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference, evidence=["0" * 64])
    assert refused.value.problem.code == "store.unknown_evidence"


def test_text_that_looks_like_sql_is_text(store: Store, reference: Reference) -> None:
    nasty = "x'); DROP TABLE tags; --"
    entered(store, [nasty, "L%_2"], branches=["A' OR '1'='1", "B"])
    done = propose(store, MAKER, items(store, [nasty, "L%_2"]), wanted(2), reference=reference, reason=nasty)
    assert len(done.value) == 2
    assert not approve(store, BRANCH_CHECKER, items(store, [nasty])).value
    _sound(store)


def test_a_new_book_keeps_decisions_and_marks_what_the_machine_sees_otherwise(store: Store, reference: Reference) -> None:
    assert entered(store, ["L1", "L2", "L3", "L4"]).new == 4
    approved(store, ["L1", "L2"], reference)
    tags = tags_of(["L1", "L2", "L3", "L5"], code=[WIND, SOLAR, SOLAR, WIND][0])
    tags = tags.set_column(tags.schema.get_field_index("code"), "code", [[WIND, SOLAR, SOLAR, WIND]])
    after = entered(store, ["L1", "L2", "L3", "L5"], book="b2", tags=tags)
    assert (after.new, after.same, after.changed, after.gone) == (1, 1, 2, 1)
    assert (_row(store, "L2").is_changed, _row(store, "L2").standing.code, state_of(store, "L2")) == (True, WIND, "in_force")
    assert (_row(store, "L3").is_changed, _row(store, "L3").standing.code) == (False, SOLAR)
    assert _row(store, "L4").book == "b1"
    _sound(store)
    back = entered(store, ["L1", "L2", "L3", "L5"], book="b3")
    assert not _row(store, "L2").is_changed
    assert back.changed == 2
    _sound(store)


def test_an_altered_tag_differs_from_its_decisions(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2", "L3"])
    approved(store, ["L1", "L2"], reference)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE tags SET code = '1.1.1' WHERE receipt = 'L1'"))
        connection.execute(text("DELETE FROM tags WHERE receipt = 'L2'"))
        connection.execute(text("UPDATE tags SET state = 'in_force', version = 99 WHERE receipt = 'L3'"))
    with store.engine.connect() as connection:
        found = {(d.receipt, d.column) for d in differences(connection)}
    assert {("L1", "code"), ("L2", "state"), ("L3", "state"), ("L3", "version")} <= found


def test_replay_takes_rows_as_mappings(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    approved(store, ["L1"], reference)
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM decisions ORDER BY number")).mappings().all()
    standing, open_, _ = replay_tags(rows)["L1", EDITION]
    assert (standing.state, standing.checker, open_.act) == ("in_force", "checker1", "")


def test_a_maker_takes_back_his_own_proposal_as_long_as_nobody_has_approved_it(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2", "L3"], projects=["P1", "P2", "P3"])
    assert not propose(store, MAKER, items(store, ["L1", "L2"]), wanted(2), reference=reference).problems
    other = Actor("maker2", "maker", ("*",))
    assert [p.code for p in recall(store, other, items(store, ["L1"])).problems] == ["store.not_yours_to_recall"]
    assert [p.code for p in recall(store, MAKER, items(store, ["L3"])).problems] == ["store.not_from_here"]
    assert recall(store, MAKER, items(store, ["L1"])).value.states == ("returned",)
    assert not approve(store, CHECKER, items(store, ["L2"])).problems
    assert [p.code for p in recall(store, MAKER, items(store, ["L2"])).problems] == ["store.not_from_here"]
    asked = correct(
        store, MAKER, items(store, ["L2"]), wanted(1, "not_green", ""), reference=reference, reason="x", effective_on=date(2026, 1, 1)
    )
    assert not asked.problems
    assert recall(store, MAKER, items(store, ["L2"])).value.states == ("in_force",)
    assert not propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference).problems
    _sound(store)
    assert verify(store, ESG).same


def test_a_book_older_than_the_last_one_is_told(store: Store) -> None:
    receipts = ["L1", "L2"]
    loans = loans_of(receipts)
    for day, told in ((date(2025, 11, 30), []), (date(2025, 12, 31), []), (date(2025, 10, 31), [("2025-10-31", "2025-12-31", 2)])):
        book = import_book(store, MAKER, Book(as_of=day, loans=loans))
        made = enter_proposals(store, MAKER, tags_of(receipts), book=book.id, loans=loans)
        found = [p.params for p in made.problems if p.code == "store.older_book"]
        assert [(p["day"], p["newest"], p["count"]) for p in found] == told
