"""Every role against every function of the store: who may not is told so first, and has changed nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.core.records import Book
from greenfin.reference.load import Reference, load
from greenfin.store import (
    answered,
    audit,
    backup,
    books,
    calculations,
    decisions,
    events,
    evidence,
    exporting,
    masking,
    people,
    publications,
    queue,
    registers,
    restating,
    sign_off,
    steps,
    watch,
)
from greenfin.store.decisions import Items, Wanted
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.runs import register
from greenfin.store.tables import LOGS
from tests.people_of_a_bank import ROLES, SECRET, cheap_hashing, first_admin, person
from tests.registered_runs import NOON, saved_run
from tests.reviewed import EDITION, WIND, approved, entered, items, loans_of, state_of, wanted

DAY = date(2025, 12, 31)
Call = Callable[[Store, Actor, Path], object]


@cache
def _reference() -> Reference:
    return load()


def _one(receipt: str) -> Items:
    return Items([receipt], [EDITION], [0])


def _green() -> Wanted:
    return Wanted(["green"], [WIND])


def _export(store: Store, actor: Actor, *, with_names: bool) -> object:
    return masking.exported(store, actor, loans_of(["L1"]), what="loans", with_names=with_names)


FIGURE = publications.Figure("T01!co2_reduction.current", "1.00", "t")
CALLS: dict[str, tuple[str, Call]] = {
    "queue page": ("read_loans", lambda s, a, _: queue.page(s, a)),
    "queue count": ("read_loans", lambda s, a, _: queue.counted(s, a)),
    "books": ("read_loans", lambda s, a, _: books.books(s, a)),
    "book back": ("read_loans", lambda s, a, _: books.read_book_back(s, a, "none")),
    "watch": ("read_loans", lambda s, a, _: watch.watch(s, a, as_of=DAY)),
    "visible": ("read_loans", lambda _s, a, _: masking.visible(a, loans_of(["L1"]))),
    "in force": ("read_decisions", lambda s, a, _: exporting.in_force(s, a, as_of=DAY)),
    "evidence": ("read_names", lambda s, a, _: evidence.read_evidence(s, a, "0" * 64)),
    "evidence of": ("read_evidence", lambda s, a, _: evidence.evidence_of(s, a, "L1")),
    "calculations": ("read_evidence", lambda s, a, _: calculations.calculations(s, a)),
    "calculation": ("read_evidence", lambda s, a, _: calculations.read_calculation(s, a, "0" * 64)),
    "stated": ("read_runs", lambda s, a, _: publications.stated(s, a, [FIGURE.cell], period="2025")),
    "factors": ("read_runs", lambda s, a, _: publications.frozen_factors(s, a, "none")),
    "published": ("read_runs", lambda s, a, _: registers.published_rows(s, a)),
    "restated": ("read_runs", lambda s, a, _: registers.restated_rows(s, a)),
    "sign-off": ("read_runs", lambda s, a, _: sign_off.sign_off(s, a, "r")),
    "answers": ("read_runs", lambda s, a, _: answered.latest(s, a, "2025-12-31")),
    "answers back": ("read_runs", lambda s, a, _: answered.read_answers_of(s, a, answered.Version("0" * 64))),
    "propose": ("propose", lambda s, a, _: decisions.propose(s, a, _one("L1"), _green(), reference=_reference())),
    "correct": (
        "correct",
        lambda s, a, _: decisions.correct(s, a, _one("L1"), _green(), reference=_reference(), reason="x", effective_on=DAY),
    ),
    "withdraw": ("withdraw", lambda s, a, _: decisions.withdraw(s, a, _one("L1"), cause="other", on=DAY)),
    "approve": ("approve", lambda s, a, _: decisions.approve(s, a, _one("L1"))),
    "recall": ("recall", lambda s, a, _: decisions.recall(s, a, _one("L1"))),
    "return": ("return", lambda s, a, _: decisions.return_(s, a, _one("L1"), reason="x")),
    "report": ("report", lambda s, a, _: decisions.report(s, a, _one("L1"), run_id="r")),
    "attach": (
        "attach_evidence",
        lambda s, a, f: evidence.add_evidence(s, a, f / "none.pdf", kind="eia_approval", links=[evidence.Link(receipt="L1")]),
    ),
    "import": ("import_book", lambda s, a, _: books.import_book(s, a, Book(DAY, loans=loans_of(["L1"], branches=["A"])))),
    "save answers": ("answer", lambda s, a, _: answered.save_answers(s, a, b"Q01: {}", period="2025-12-31", based_on="")),
    "register": ("register_run", lambda s, a, f: register(s, a, saved_run(f), made_at=NOON)),
    "restatements out": ("export", lambda s, a, _: registers.restatements_out(s, a)),
    "submit": ("register_run", lambda s, a, _: sign_off.submit(s, a, "r")),
    "check run": ("check_run", lambda s, a, _: sign_off.check(s, a, "r")),
    "send back": ("check_run", lambda s, a, _: sign_off.send_back(s, a, "r", reason="x")),
    "note export": ("export", lambda s, a, _: sign_off.note_export(s, a, "pack:r", files=1)),
    "publish": (
        "publish",
        lambda s, a, _: publications.publish(s, a, [FIGURE], run="r", period="2025", kind="report", place="x", on=DAY, needs_check=False),
    ),
    "ask restatement": ("restate", lambda s, a, _: restating.ask(s, a, FIGURE, period="2025", reason="x", on=DAY)),
    "restatements waiting": ("read_runs", lambda s, a, _: restating.waiting(s, a)),
    "agree": ("check_run", lambda s, a, _: restating.agree(s, a, 1)),
    "freeze": ("freeze_factors", lambda s, a, _: publications.freeze_factors(s, a, _reference(), name="x")),
    "export": ("export", lambda s, a, _: _export(s, a, with_names=False)),
    "export decisions": ("export", lambda s, a, _: exporting.decisions_table(s, a, as_of=DAY)),
    "export names": ("export_names", lambda s, a, _: _export(s, a, with_names=True)),
    "who and what": ("read_audit", lambda s, a, _: events.who_and_what(s, a)),
    "events": ("read_audit", lambda s, a, _: events.events(s, a)),
    "audit": ("verify_audit", lambda s, a, _: audit.verify(s, a)),
    "head": ("verify_audit", lambda s, a, _: audit.head(s, a)),
    "users": ("read_users", lambda s, a, _: people.users(s, a)),
    "add user": ("manage_users", lambda s, a, _: people.add_user(s, a, "new", role="esg", branches=(), password=SECRET)),
    "grant": ("manage_users", lambda s, a, _: people.grant(s, a, "nobody", role="esg")),
    "disable": ("manage_users", lambda s, a, _: people.disable(s, a, "nobody")),
    "enable": ("manage_users", lambda s, a, _: people.enable(s, a, "nobody")),
    "set password": ("manage_users", lambda s, a, _: people.set_password(s, a, "nobody", SECRET)),
    "steps": ("set_workflow", lambda s, a, _: steps.use_steps(s, a, "three")),
    "backup": ("backup", lambda s, a, f: backup.backup(s, a, f / a.user)),
}

# Written apart from permissions.csv.
MAY = {
    "maker": "read_loans read_names read_decisions read_evidence read_runs propose recall correct withdraw "
    "attach_evidence import_book export register_run",
    "checker": "read_loans read_names read_decisions read_evidence read_runs approve return export export_names check_run",
    "esg": "read_loans read_decisions read_evidence read_runs import_book report publish restate freeze_factors export verify_audit "
    "register_run check_run answer",
    "loan_officer": "read_loans read_names read_decisions read_evidence attach_evidence",
    "auditor": "read_loans read_names read_decisions read_evidence read_runs export export_names read_audit verify_audit read_users",
    "admin": "verify_audit read_users manage_users set_workflow backup",
}
TABLES = (*LOGS, "users", "sessions", "books", "runs", "evidence", "evidence_links", "factor_sets", "tags")


def _contents(store: Store) -> dict[str, list[str]]:
    with store.engine.connect() as connection:
        return {name: sorted(str(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {name}"))) for name in TABLES}  # noqa: S608  # our own names


def _answer(call: Callable[[], object]) -> str:
    """The code of the refusal, or nothing."""
    try:
        call()
    except Refused as bad:
        return bad.problem.code
    return ""


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashing(monkeypatch)


@pytest.mark.parametrize("role", ROLES)
def test_functions_by_role(store: Store, role: str, tmp_path: Path) -> None:
    admin = first_admin(store)
    actor = person(store, admin, "li", role, "A")
    entered(store, ["L1"])
    refused = {name for name, (action, _) in CALLS.items() if action not in MAY[role].split()}
    before = _contents(store)
    for name in refused:
        with pytest.raises(Refused) as raised:
            CALLS[name][1](store, actor, tmp_path)
        assert raised.value.problem.code == "store.not_permitted", name
    assert _contents(store) == before
    for name in CALLS.keys() - refused:
        assert _answer(lambda call=CALLS[name][1]: call(store, actor, tmp_path)) not in ("store.not_permitted", "store.branch_closed"), name


def test_the_auditor_changes_nothing_but_the_log(store: Store, tmp_path: Path) -> None:
    actor = person(store, first_admin(store), "li", "auditor")
    entered(store, ["L1"])
    before = _contents(store)
    for _action, call in CALLS.values():
        try:
            call(store, actor, tmp_path)
        except Refused:
            continue
    after = _contents(store)
    assert {name for name in TABLES if after[name] != before[name]} <= {"events"}  # what he took out and verified
    assert set(before["events"]) <= set(after["events"])


def test_loans_of_other_branches_can_neither_be_seen_nor_decided(store: Store) -> None:
    maker, checker = Actor("m", "maker", ("A",)), Actor("c", "checker", ("A",))
    entered(store, ["L1", "L2"], branches=["A", "B"])
    assert [row.tag.receipt for row in queue.page(store, maker).rows] == ["L1"]
    assert queue.page(store, maker, queue.Filter(branch="B")).rows == ()
    done = decisions.propose(store, maker, items(store, ["L1", "L2"]), wanted(2), reference=_reference())
    assert len(done.value) == 1
    assert [p.code for p in done.problems] == ["store.tag_unknown"]  # as if there were none
    assert state_of(store, "L2") == "proposed"
    approved(store, ["L2"], _reference())
    assert [p.code for p in decisions.approve(store, checker, _one("L2")).problems] == ["store.tag_unknown"]
    assert exporting.in_force(store, checker, as_of=date(2099, 1, 1)) == ()
    assert [found.receipt for found in exporting.in_force(store, Actor("e", "esg"), as_of=date(2099, 1, 1))] == ["L2"]


def test_a_book_with_other_branches_is_not_imported_by_a_branch(store: Store) -> None:
    with pytest.raises(Refused) as raised:
        books.import_book(store, Actor("m", "maker", ("A",)), Book(DAY, loans=loans_of(["L1", "L2"], branches=["A", "B"])))
    assert raised.value.problem.code == "store.not_permitted"
    assert books.books(store, Actor("e", "esg")) == ()


def test_a_book_read_back_is_cut_to_branches_and_covered(store: Store) -> None:
    loans = loans_of(["L1", "L2"], branches=["A", "B"])
    place = loans.column_names.index("customer_name")
    loans = loans.set_column(place, "customer_name", pa.array(["甲乙丙丁新能源有限公司", "戊己庚辛环保有限公司"]))
    book = books.import_book(store, Actor("e", "esg"), Book(DAY, loans=loans)).id
    for actor, names in (
        (Actor("m", "maker", ("A",)), ["甲乙丙丁新能源有限公司"]),
        (Actor("e", "esg"), ["甲********公司", "戊*******公司"]),
        (Actor("u", "auditor"), ["甲乙丙丁新能源有限公司", "戊己庚辛环保有限公司"]),
    ):
        assert books.read_book_back(store, actor, book).loans["customer_name"].to_pylist() == names
