"""Sign-off of a run, its saved answers and the pages of the registers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from greenfin.core.problems import Refused
from greenfin.store import answered, audit, events, publications, registers, restating, sign_off
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.writing import writing
from tests.registered_runs import registered
from tests.reviewed import ESG, restated

ANNA, BO, AUDITOR = Actor("anna", "esg"), Actor("bo", "esg"), Actor("wu", "auditor")
RUN, DAY = "2025-12-31-aa", date(2026, 4, 28)


def _code(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as raised:
        call()
    return raised.value.problem.code


def _publish(store: Store, *values: str) -> int:
    figures = [publications.Figure(f"T0{n}!x.current", value, "t") for n, value in enumerate(values, 1)]
    made = publications.publish(store, ANNA, figures, run=RUN, period="2025-12-31", kind="report", place="web", on=DAY)
    return made.value


@pytest.fixture(autouse=True)
def _made(store: Store) -> None:
    registered(store, RUN)


def test_a_run_that_is_not_in_the_register_cannot_be_submitted(store: Store) -> None:
    assert _code(lambda: sign_off.submit(store, ANNA, "2025-12-31-other")) == "store.unknown_run"
    assert sign_off.sign_off(store, BO, "2025-12-31-other").acts == ()


def test_whoever_made_a_run_never_checks_it(store: Store) -> None:
    assert _code(lambda: sign_off.check(store, BO, RUN)) == "store.run_not_submitted"
    sign_off.submit(store, ANNA, RUN)
    assert _code(lambda: sign_off.submit(store, BO, RUN)) == "store.run_waits"
    assert _code(lambda: sign_off.check(store, ANNA, RUN)) == "store.run_own"
    sign_off.check(store, BO, RUN)
    stands = sign_off.sign_off(store, AUDITOR, RUN)
    assert (stands.makers, stands.waits, stands.checked_by) == (frozenset({"anna"}), False, "bo")
    assert [act.kind for act in stands.acts] == [sign_off.MADE, sign_off.SUBMITTED, sign_off.CHECKED]


def test_what_was_sent_back_is_submitted_again_and_not_published(store: Store) -> None:
    sign_off.submit(store, ANNA, RUN)
    assert _code(lambda: sign_off.send_back(store, BO, RUN, reason=" ")) == "store.reason_missing"
    sign_off.send_back(store, BO, RUN, reason="T02")
    assert _code(lambda: _publish(store, "1")) == "store.run_not_checked"
    sign_off.submit(store, ANNA, RUN)
    sign_off.check(store, BO, RUN)
    assert _publish(store, "1", "2") == 2
    assert sign_off.sign_off(store, BO, RUN).is_published


def test_registers_are_read_page_by_page(store: Store) -> None:
    sign_off.submit(store, ANNA, RUN)
    sign_off.check(store, BO, RUN)
    _publish(store, "1", "2", "3")
    first = registers.published_rows(store, AUDITOR, limit=2)
    rest = registers.published_rows(store, AUDITOR, before=first[-1].number, limit=2)
    assert [row.cell for row in (*first, *rest)] == ["T03!x.current", "T02!x.current", "T01!x.current"]
    assert [row.value for row in registers.published_rows(store, BO, cell="T02", period="2025-12-31", kind="report")] == ["2"]
    assert registers.published_rows(store, BO, cell="T%") == ()
    restated(store, publications.Figure("T02!x.current", "5", "t"), period="2025-12-31", reason="units", on=DAY)
    found = registers.restated_rows(store, AUDITOR, cell="T02!", period="2025-12-31")
    assert [(row.old_value, row.new_value, row.reason, row.actor) for row in found] == [("2", "5", "units", ESG.user)]
    assert registers.restated_rows(store, AUDITOR, before=found[0].number) == ()


def test_a_restatement_needs_two(store: Store) -> None:
    figure = publications.Figure("T01!x.current", "5", "t")
    told: dict[str, Any] = {"period": "2025-12-31", "reason": "units", "on": DAY}
    assert _code(lambda: restating.ask(store, ANNA, figure, **told)) == "store.not_published"
    publications.publish(
        store, ANNA, [publications.Figure("T01!x.current", "4", "t")], run=RUN, period="2025-12-31", kind="report", place="web", on=DAY,
        needs_check=False,
    )  # fmt: skip
    number, was = restating.ask(store, ANNA, figure, **told, old_method="a", new_method="b")
    assert was.value == "4"
    assert _code(lambda: restating.ask(store, BO, figure, **told)) == "store.restatement_waits"
    assert _code(lambda: restating.agree(store, ANNA, number)) == "store.restatement_own"
    assert _code(lambda: restating.agree(store, AUDITOR, number)) == "store.not_permitted"
    assert _code(lambda: restating.decline(store, BO, number, reason=" ")) == "store.reason_missing"
    assert registers.restated_rows(store, AUDITOR) == ()
    assert [(one.number, one.new_value, one.actor) for one in restating.waiting(store, AUDITOR)] == [(number, "5", "anna")]
    restating.agree(store, BO, number)
    found = registers.restated_rows(store, AUDITOR)
    assert [(row.old_value, row.new_value, row.actor, row.new_method) for row in found] == [("4", "5", "anna", "b")]
    assert restating.waiting(store, AUDITOR) == ()
    assert _code(lambda: restating.agree(store, BO, number)) == "store.restatement_unknown"
    second, _ = restating.ask(store, ANNA, publications.Figure("T01!x.current", "6", "t"), **told)
    with writing(store) as w:  # as one person could at one time
        row = {"actor": "bo", "cell": figure.cell, "period": told["period"], "old_value": "5", "new_value": "7", "unit": "t"}
        publications.entered(w, row | {"reason": "alone", "decided_on": DAY.isoformat()}, by="bo")
    assert _code(lambda: restating.agree(store, BO, second)) == "store.restatement_moved"
    restating.decline(store, ANNA, second, reason="moved")
    assert restating.waiting(store, AUDITOR) == ()
    assert [(row.new_value, agreed) for row, agreed in registers.restatements_out(store, AUDITOR)] == [("5", "bo"), ("7", "bo")]


def test_answers_are_kept_version_after_version(store: Store) -> None:
    assert answered.latest(store, BO, "2025-12-31").sha256 == ""
    first = answered.save_answers(store, ANNA, b"Q01: {}\n", period="2025-12-31", based_on="")
    assert _code(lambda: answered.save_answers(store, BO, b"Q02: {}\n", period="2025-12-31", based_on="")) == "store.answers_changed"
    second = answered.save_answers(store, BO, b"Q02: {}\n", period="2025-12-31", based_on=first.sha256)
    assert answered.save_answers(store, ANNA, b"Q02: {}\n", period="2025-12-31", based_on=second.sha256) == second
    assert answered.read_answers_of(store, AUDITOR, answered.latest(store, AUDITOR, "2025-12-31")) == b"Q02: {}\n"
    assert answered.read_answers_of(store, AUDITOR, first) == b"Q01: {}\n"
    stages: list[str] = []
    assert audit.verify(store, AUDITOR, progress=stages.append).same
    assert tuple(stages) == audit.STAGES
    (store.files / "answers" / f"{first.sha256}.yaml").write_text("Q09: {}")
    assert [f.problem.code for f in audit.verify(store, AUDITOR).findings] == ["store.file_altered"]


def test_events_between_two_times(store: Store) -> None:
    sign_off.submit(store, ANNA, RUN)
    sign_off.check(store, BO, RUN)
    at = [event.at for event in events.events(store, AUDITOR)]
    assert [e.kind for e in events.events(store, AUDITOR, until=at[0])] == ["run.submitted", "run.registered"]
    assert [e.kind for e in events.events(store, AUDITOR, since=at[0])] == ["run.checked"]
    assert events.who_and_what(store, AUDITOR) == (("anna", "bo"), ("run.checked", "run.registered", "run.submitted"))
