"""Ways round two pairs of eyes and round what was reported, each tried and closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from greenfin.core.problems import Outcome, Refused
from greenfin.reference.load import Reference, load
from greenfin.store.decisions import Done, Wanted, approve, correct, propose, report, return_, withdraw
from greenfin.store.evidence import Link, add_evidence
from greenfin.store.opening import Store
from greenfin.store.queue import rows_of
from greenfin.store.replay import differences
from greenfin.store.standings import TagRow
from greenfin.store.watch import watch
from tests.reviewed import AUDITOR, BRANCH_MAKER, CHECKER, ESG, MAKER, SOLAR, WIND, approved, entered, items, tags_of, wanted

DAY = date(2026, 1, 1)
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def _row(store: Store, receipt: str) -> TagRow:
    return rows_of(store, AUDITOR, receipt)[0].tag


def _codes(done: Outcome[Done]) -> list[str]:
    return sorted(p.code for p in done.problems)


def _sound(store: Store) -> None:
    with store.engine.connect() as connection:
        assert not list(differences(connection))


def _reported(store: Store, receipts: Sequence[str], reference: Reference, **of_loans: Any) -> None:
    entered(store, receipts, **of_loans)
    approved(store, receipts, reference)
    report(store, ESG, items(store, receipts), run_id="r1")


def test_a_reported_share_is_not_changed_by_withdrawing_and_proposing_again(store: Store, reference: Reference) -> None:
    _reported(store, ["L1"], reference)
    withdraw(store, MAKER, items(store, ["L1"]), cause="open_penalty", on=DAY)
    approve(store, CHECKER, items(store, ["L1"]))
    other = propose(store, MAKER, items(store, ["L1"]), Wanted(["green"], [WIND], [300_000]), reference=reference)
    assert _codes(other) == ["store.reported_changes"]
    same = propose(store, MAKER, items(store, ["L1"]), Wanted(["green"], [WIND], [1_000_000]), reference=reference)
    assert not same.problems
    approve(store, CHECKER, items(store, ["L1"]))
    assert (_row(store, "L1").standing.reported_run, _row(store, "L1").standing.share_ppm) == ("r1", 1_000_000)
    _sound(store)


def _seen_otherwise(store: Store, receipts: Sequence[str], **of_loans: Any) -> None:
    entered(store, receipts, book="b2", tags=tags_of(receipts, code=SOLAR), **of_loans)


def test_a_maker_alone_does_not_take_a_changed_view_off_the_list(store: Store, reference: Reference) -> None:
    _reported(store, ["L1"], reference)
    _seen_otherwise(store, ["L1"])
    assert [w.reason for w in watch(store, AUDITOR, as_of=DAY)] == ["changed_proposal"]
    withdraw(store, MAKER, items(store, ["L1"]), cause="other", on=DAY, reason="x")
    assert _row(store, "L1").is_changed
    return_(store, CHECKER, items(store, ["L1"]), reason="no")
    assert (_row(store, "L1").is_changed, _row(store, "L1").standing.state) == (True, "reported")
    _sound(store)


def test_a_class_is_confirmed_by_two_people_and_stays_reported(store: Store, reference: Reference) -> None:
    receipts = ["L1", "L2"]
    _reported(store, receipts, reference, projects=["P", "P"])
    _seen_otherwise(store, receipts, projects=["P", "P"])
    before = _row(store, "L1").standing
    again = correct(store, MAKER, items(store, ["L1"]), wanted(1, code=WIND), reference=reference, reason="已核", effective_on=DAY)
    assert not again.problems  # nothing changes, so it need not be the whole project
    assert approve(store, CHECKER, items(store, ["L1"])).value.states == ("reported",)
    after = _row(store, "L1")
    assert not after.is_changed
    assert after.standing == before._replace(version=after.standing.version)
    assert _row(store, "L2").is_changed
    other = correct(store, MAKER, items(store, ["L1"]), wanted(1, code=SOLAR), reference=reference, reason="x", effective_on=DAY)
    assert _codes(other) == ["store.project_whole"]
    _sound(store)


def test_a_withdrawn_class_is_not_brought_back_by_confirming_it(store: Store, reference: Reference) -> None:
    _reported(store, ["L1"], reference)
    withdraw(store, MAKER, items(store, ["L1"]), cause="open_penalty", on=DAY)
    approve(store, CHECKER, items(store, ["L1"]))
    correct(store, MAKER, items(store, ["L1"]), wanted(1, code=WIND), reference=reference, reason="结案", effective_on=DAY)
    assert approve(store, CHECKER, items(store, ["L1"])).value.states == ("in_force",)  # a decision of its own, to be reported again
    assert _row(store, "L1").standing.reported_run == ""


def _paper(folder: Path, content: bytes) -> Path:
    path = folder / "paper.pdf"
    path.write_bytes(content)
    return path


def test_an_expired_document_makes_nothing_green(store: Store, reference: Reference, tmp_path: Path) -> None:
    entered(store, ["L1"])
    yesterday = TODAY - timedelta(days=2)
    old = add_evidence(store, MAKER, _paper(tmp_path, b"1"), kind="certificate", links=[Link(receipt="L1")], valid_to=yesterday)
    one = {"reference": reference, "evidence": [old]}
    for day in (None, TODAY):
        with pytest.raises(Refused) as refused:
            propose(store, MAKER, items(store, ["L1"]), wanted(1), effective_on=day, **one)
        assert refused.value.problem.code == "store.evidence_lapsed"
    assert not propose(store, MAKER, items(store, ["L1"]), Wanted(["not_green"], [""]), **one).problems
    approve(store, CHECKER, items(store, ["L1"]))
    back = correct(store, MAKER, items(store, ["L1"]), wanted(1), reason="x", effective_on=yesterday, **one)
    assert not back.problems  # it held on that day


def test_a_document_of_another_branch_cannot_be_cited(store: Store, reference: Reference, tmp_path: Path) -> None:
    entered(store, ["L1", "L2"])  # branches A and B
    sha = add_evidence(store, MAKER, _paper(tmp_path, b"2"), kind="eia", links=[Link(receipt="L2")])
    for cited in (sha, "0" * 64):  # in the same words: nothing is learned from a guess
        with pytest.raises(Refused) as refused:
            propose(store, BRANCH_MAKER, items(store, ["L1"]), wanted(1), reference=reference, evidence=[cited])
        assert refused.value.problem.code == "store.unknown_evidence"
    assert not propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference, evidence=[sha]).problems
