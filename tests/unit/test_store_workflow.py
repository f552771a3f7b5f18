"""The machine behind decisions, state by state and by any sequence of acts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin.store.workflow import (
    Act,
    Open,
    Standing,
    advance,
    bars,
    changes_reported,
    held,
    needed_scope,
    replayed,
    target,
    workflow,
)

ACTS = ("propose", "correct", "withdraw", "approve", "return", "report")
# Written by hand from the issue: state -> {act: state}, under two steps, nothing reported or withdrawn before.
TWO = {
    "proposed": {"propose": "submitted"},
    "returned": {"propose": "submitted"},
    "withdrawn": {"propose": "submitted", "correct": "correcting"},
    "submitted": {"approve": "in_force", "return": "returned"},
    "approved_branch": {"approve": "in_force", "return": "returned"},
    "in_force": {"correct": "correcting", "withdraw": "withdrawing", "report": "reported"},
    "reported": {"correct": "correcting", "withdraw": "withdrawing", "report": "reported"},
    "correcting": {"approve": "in_force", "return": "in_force", "report": "correcting"},
    "correcting_branch": {"approve": "in_force", "return": "in_force", "report": "correcting_branch"},
    "withdrawing": {"approve": "withdrawn", "return": "in_force", "report": "withdrawing"},
    "withdrawing_branch": {"approve": "withdrawn", "return": "in_force", "report": "withdrawing_branch"},
}
FIRST_OF_THREE = {"submitted": "approved_branch", "correcting": "correcting_branch", "withdrawing": "withdrawing_branch"}


def test_the_table_above_knows_every_state() -> None:
    assert set(TWO) == set(workflow().states)


@pytest.mark.parametrize("state", sorted(TWO))
@pytest.mark.parametrize("act", ACTS)
def test_each_act_leads_where_it_should_and_nowhere_else(state: str, act: str) -> None:
    standing = Standing(state=state)
    assert target(standing, act, steps="two") == TWO[state].get(act)
    expected = FIRST_OF_THREE.get(state) if act == "approve" and state in FIRST_OF_THREE else TWO[state].get(act)
    assert target(standing, act, steps="three") == expected


@pytest.mark.parametrize("state", ["correcting", "withdrawing", "withdrawing_branch"])
def test_what_is_returned_goes_back_to_where_the_class_stood(state: str) -> None:
    assert target(Standing(state=state, reported_run="r"), "return", steps="three") == "reported"
    assert target(Standing(state=state, withdrawn_on="2025-01-01", reported_run="r"), "return", steps="two") == "withdrawn"


def test_an_unknown_act_leads_nowhere() -> None:
    assert {target(Standing(state=s), "delete", steps="two") for s in TWO} == {None}


def test_head_office_is_needed_for_the_last_of_three_steps_only() -> None:
    assert [needed_scope(s, steps="three") for s in ("submitted", "approved_branch", "correcting_branch", "proposed")] == [
        "branch",
        "all",
        "all",
        "branch",
    ]
    assert needed_scope("approved_branch", steps="two") == "branch"


PEOPLE = ("an", "bo", "chen", "ding")
CLASSES = (("green", "1.1.1"), ("green", "4.3.1"), ("not_green", ""))
_calls = st.tuples(st.sampled_from(ACTS), st.sampled_from(PEOPLE), st.sampled_from(CLASSES))


def _played(calls: list[tuple[str, str, tuple[str, str]]], steps: str) -> list[tuple[Act, Standing, Open, Standing, Open]]:
    """The calls that the rules let through, with what stood before and after each."""
    standing, open_ = Standing(), Open()
    done = []
    for number, (step, actor, (decision, code)) in enumerate(calls, start=1):
        to = target(standing, step, steps=steps)
        refused = step == "approve" and bars(open_, actor)
        refused |= step == "propose" and changes_reported(standing, decision=decision, code=code)
        if to is None or refused:
            continue
        act = Act(number, actor, step, to, decision, code, None, "run" if step == "report" else "why", f"2025-01-{number % 28 + 1:02d}")
        after = advance(standing, open_, act)
        done.append((act, standing, open_, *after))
        standing, open_ = after
    return done


@settings(max_examples=300, deadline=None)
@given(st.lists(_calls, max_size=40), st.sampled_from(["two", "three"]))
def test_nobody_is_maker_and_checker_and_no_reported_class_changes_without_a_correction(
    calls: list[tuple[str, str, tuple[str, str]]], steps: str
) -> None:
    for act, before, open_, after, _ in _played(calls, steps):
        assert after.state in workflow().states
        if after.state in ("in_force", "reported"):
            assert after.maker
            assert after.checker
            assert after.maker != after.checker
        if act.step == "approve":
            assert act.actor != open_.maker
            assert act.actor not in open_.approvers
            if after.state in ("in_force", "withdrawn"):
                assert len({open_.maker, *open_.approvers, act.actor}) == (2 if steps == "two" else 3)
        if before.reported_run and (before.decision, before.code) != (after.decision, after.code):
            assert act.step == "approve"
            assert open_.act == "correct"
        if before.reported_run and not after.reported_run:
            assert open_.act == "correct"


@settings(max_examples=200, deadline=None)
@given(st.lists(_calls, max_size=40), st.sampled_from(["two", "three"]))
def test_replaying_the_acts_gives_the_same_standing(calls: list[tuple[str, str, tuple[str, str]]], steps: str) -> None:
    done = _played(calls, steps)
    standing, open_ = (done[-1][3], done[-1][4]) if done else (Standing(), Open())
    assert replayed(act for act, *_ in done) == (standing, open_)
    assert (standing.state in workflow().waiting) == bool(open_.act)


def test_a_returned_correction_leaves_the_class_as_it_was() -> None:
    standing = Standing("reported", 5, "green", "1.1.1", 10, "an", "bo", "2025-01-01", "run")
    asked, open_ = advance(standing, Open(), Act(6, "an", "correct", "correcting", "green", "4.3.1", 10, "why", "2025-02-01"))
    assert asked._replace(state="reported", version=5) == standing
    back, none = advance(asked, open_, Act(7, "bo", "return", held(asked)))
    assert back._replace(version=5) == standing
    assert none == Open()
