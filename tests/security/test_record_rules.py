"""Decisions written past the workflow by somebody who keeps the chain whole: the audit names each by its number."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from greenfin.reference.load import Reference, load
from greenfin.store.audit import verify_chain
from greenfin.store.decisions import approve, propose
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.replay import replayed_tags
from greenfin.store.steps import use_steps
from greenfin.store.writing import writing
from tests.reviewed import CHECKER, EDITION, MAKER, OTHER_CHECKER, WIND, entered, items, wanted

ADMIN = Actor("root", "admin")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def _forged(store: Store, **changed: Any) -> int:
    """A decision appended with its block, and the tags made to follow: its number."""
    row = {
        "actor": "maker1", "role": "checker", "step": "approve", "receipt": "L1", "edition": EDITION, "branch": "A",
        "state_from": "submitted", "state_to": "in_force", "decision": "green", "code": WIND, "share_ppm": 1_000_000,
    }  # fmt: skip
    with writing(store) as w:
        number = w.append("decisions", [row | changed])
        stands = replayed_tags(w.connection)["L1", EDITION].standing._asdict()
        sets = ", ".join(f"{name} = :{name}" for name in stands)
        w.connection.execute(text(f"UPDATE tags SET {sets} WHERE receipt = 'L1'"), stands)  # noqa: S608  # of this test
    return number


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({}, "own_hand"),
        ({"actor": "other", "state_to": "reported"}, "other_state"),
        ({"actor": "other", "state_from": "approved_branch"}, "other_start"),
        ({"actor": "other", "step": "report"}, "other_state"),
        ({"actor": "other", "step": "withdraw", "state_to": "withdrawing"}, "other_state"),
    ],
)
def test_a_decision_past_the_workflow_is_named(store: Store, reference: Reference, changed: dict[str, Any], rule: str) -> None:
    entered(store, ["L1"])
    propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference)
    assert verify_chain(store).same
    number = _forged(store, **changed)
    found = [(f.problem.code, f.log, f.number, f.problem.params["broken_rule"]) for f in verify_chain(store).findings]
    assert found == [("audit.rule_broken", "decisions", number, rule)]


def test_each_decision_is_looked_at_by_the_steps_of_its_day(store: Store, reference: Reference) -> None:
    entered(store, ["L1", "L2", "L3"])
    propose(store, MAKER, items(store, ["L1", "L2", "L3"]), wanted(3), reference=reference)
    approve(store, CHECKER, items(store, ["L1"]))
    use_steps(store, ADMIN, "three")
    approve(store, CHECKER, items(store, ["L2"]))
    approve(store, OTHER_CHECKER, items(store, ["L2"]))
    approve(store, CHECKER, items(store, ["L3"]))
    use_steps(store, ADMIN, "two")
    approve(store, OTHER_CHECKER, items(store, ["L3"]))
    assert not [f for f in verify_chain(store).findings if f.problem.code == "audit.rule_broken"]


def test_a_step_that_was_left_out_is_named(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    use_steps(store, ADMIN, "three")
    propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference)
    number = _forged(store, actor="checker1")  # into force without the head office
    assert [(f.number, f.problem.params["broken_rule"]) for f in verify_chain(store).findings] == [(number, "other_state")]
