"""Who may do what, who is logged in, and what nobody can do: on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from greenfin.core.problems import Refused
from greenfin.messages import codes
from greenfin.store import people, sessions
from greenfin.store.audit import verify_chain
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, actions, allowed_branches, may, permit, permit_each, roles
from tests.people_of_a_bank import ROLES, SECRET, cheap_hashing, events_of, first_admin, person, refusal, rows_of

MINUTE = timedelta(minutes=1)
FIRST = "first words of all"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashing(monkeypatch)


# The matrix as the bank's rules say it, written apart from permissions.csv: o own branches, a all branches, - not at all.
#                    maker checker esg loan_officer auditor admin
MATRIX = """
read_loans           o     o       a   o            a       -
read_names           o     o       -   o            a       -
read_decisions       o     o       a   o            a       -
read_evidence        o     o       a   o            a       -
read_runs            a     a       a   -            a       -
measure              o     o       a   o            -       -
propose              o     -       -   -            -       -
correct              o     -       -   -            -       -
withdraw             o     -       -   -            -       -
approve              -     o       -   -            -       -
return               -     o       -   -            -       -
recall               o     -       -   -            -       -
attach_evidence      o     -       -   o            -       -
import_book          o     -       a   -            -       -
register_run         a     -       a   -            -       -
answer               -     -       a   -            -       -
check_run            -     a       a   -            -       -
report               -     -       a   -            -       -
publish              -     -       a   -            -       -
restate              -     -       a   -            -       -
freeze_factors       -     -       a   -            -       -
export               o     o       a   -            a       -
export_names         -     o       -   -            a       -
read_audit           -     -       -   -            a       -
verify_audit         -     -       a   -            a       a
read_users           -     -       -   -            a       a
manage_users         -     -       -   -            -       a
set_workflow         -     -       -   -            -       a
backup               -     -       -   -            -       a
"""
EXPECTED = {
    (role, line.split()[0]): mark for line in MATRIX.strip().splitlines() for role, mark in zip(ROLES, line.split()[1:], strict=True)
}
READING = {"export", "export_names", "verify_audit"} | {a for _, a in EXPECTED if a.startswith("read_")}


def test_the_matrix_has_every_pair() -> None:
    assert set(roles()) == set(ROLES)
    assert {(role, action) for role in roles() for action in actions()} == set(EXPECTED)


@pytest.mark.parametrize(("role", "action"), sorted(EXPECTED))
def test_role_by_action(role: str, action: str) -> None:
    mark = EXPECTED[role, action]
    branchy, everywhere = Actor("u", role, ("0101", "0102")), Actor("u", role, ("*",))
    assert may(branchy, action) is (mark != "-")
    assert may(branchy, action, "0102") is (mark != "-")
    assert may(branchy, action, "0201") is (mark == "a")
    assert may(branchy, action, "") is (mark == "a")  # a row without a branch belongs to nobody's branch
    assert may(everywhere, action, "0201") is (mark != "-")
    for nowhere in (Actor("u", role), Actor("u", role, ("",))):  # no branches: nothing that is bound to them
        assert may(nowhere, action) is (mark == "a")
        assert may(nowhere, action, "") is (mark == "a")
    if mark == "-":
        with pytest.raises(Refused) as raised:
            allowed_branches(everywhere, action)
        assert refusal(raised) == "store.not_permitted"
    else:
        assert allowed_branches(branchy, action) == (None if mark == "a" else {"0101", "0102"})
        assert allowed_branches(everywhere, action) is None


def test_an_unknown_role_may_nothing_and_an_unknown_action_is_a_fault_of_the_program() -> None:
    assert not [action for action in actions() if may(Actor("u", "root", ("*",)), action)]
    with pytest.raises(KeyError):
        permit(Actor("u", "admin"), "read_everything")


def test_duties_are_apart() -> None:
    of = {role: {action for action in actions() if may(Actor("u", role, ("*",)), action)} for role in ROLES}
    assert not {"propose", "correct", "withdraw"} & of["checker"]
    assert not {"approve", "return"} & of["maker"]
    assert of["auditor"] <= READING
    assert not {a for a in of["admin"] if "loan" in a or "name" in a or "decision" in a or "export" in a}


def test_permit_each_wants_every_branch() -> None:
    maker = Actor("u", "maker", ("0101", "0102"))
    permit_each(maker, "import_book", ["0101", "0102", "0101"])
    for branches in (["0101", "0201"], ["0101", None], [""]):
        with pytest.raises(Refused):
            permit_each(maker, "import_book", branches)
    permit_each(Actor("u", "maker", ("*",)), "import_book", ["0101", None])


def test_actions_are_called_the_same_in_the_matrix_and_in_messages() -> None:
    assert [codes("zh")[f"action.{a.id}"] for a in actions().values()] == [a.zh for a in actions().values()]
    assert [codes("en")[f"action.{a.id}"] for a in actions().values()] == [a.en for a in actions().values()]


# --- the store's own functions, by role


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_only_an_administrator_manages_users(store: Store, role: str) -> None:
    admin = first_admin(store)
    other = person(store, admin, "other", role)
    before = rows_of(store, "SELECT * FROM users ORDER BY id")
    tries: list[Callable[[], object]] = [
        lambda: people.add_user(store, other, "new", role="maker", branches=("0101",), password=SECRET),
        lambda: people.grant(store, other, "root", role="auditor"),
        lambda: people.grant(store, other, "other", role="admin"),
        lambda: people.disable(store, other, "root"),
        lambda: people.enable(store, other, "root"),
        lambda: people.set_password(store, other, "root", "taken over at night"),
    ]
    for attempt in tries:
        with pytest.raises(Refused) as raised:
            attempt()
        assert refusal(raised) == "store.not_permitted"
    assert rows_of(store, "SELECT * FROM users ORDER BY id") == before
    assert may(other, "read_users") is (role == "auditor")


def test_an_actor_made_up_in_memory_manages_nothing(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "maker")
    for forged in (Actor("li", "admin", ("*",)), Actor("nobody", "admin", ("*",))):
        with pytest.raises(Refused):
            people.grant(store, forged, "root", role="auditor")


def test_nobody_changes_his_own_rights(store: Store) -> None:
    admin = first_admin(store)
    for attempt in (
        lambda: people.grant(store, admin, "ROOT", role="checker", branches=("*",)),
        lambda: people.disable(store, admin, "root"),
        lambda: people.set_password(store, admin, "root", "another set of words"),
    ):
        with pytest.raises(Refused) as raised:
            attempt()
        assert refusal(raised) == "store.own_rights"


def test_two_administrators_disabling_each_other_leave_one(store: Store) -> None:
    first = first_admin(store)
    second = person(store, first, "second", "admin")

    def attempt(pair: tuple[Actor, str]) -> bool:
        try:
            people.disable(store, *pair)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(attempt, [(first, "second"), (second, "root")]))
    assert sorted(done) == [False, True]
    assert len([row for row in rows_of(store, "SELECT is_active FROM users") if row[0]]) == 1


# --- the first administrator and new users


def test_the_first_administrator_only_once(store: Store) -> None:
    assert not people.has_users(store)
    admin = first_admin(store)
    with pytest.raises(Refused) as raised:
        people.add_first_admin(store, "second", SECRET)
    assert refusal(raised) == "store.has_users"
    person(store, admin, "li", "admin")
    people.disable(store, admin, "li")
    assert [p.name for p in people.users(store, admin)] == ["li", "root"]


def test_two_first_administrators_at_once(store: Store) -> None:
    def attempt(name: str) -> bool:
        try:
            people.add_first_admin(store, name, SECRET)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, ["anne", "bert", "cleo", "dora"])) == 1
    assert len(rows_of(store, "SELECT name FROM users")) == 1


def test_a_new_user_must_change_the_first_password(store: Store) -> None:
    admin = first_admin(store)
    people.add_user(store, admin, "Li.Ming", role="maker", branches=("0102", "0101", "0102"), password=FIRST)
    login = sessions.log_in(store, "li.ming", FIRST)
    assert login.must_change
    with pytest.raises(Refused) as raised:
        sessions.actor_of(store, login.token)
    assert refusal(raised) == "store.must_change"
    with pytest.raises(Refused) as raised:
        people.change_password(store, "li.ming", FIRST, FIRST)
    assert refusal(raised) == "store.weak_password"
    people.change_password(store, "li.ming", FIRST, SECRET)
    with pytest.raises(Refused):
        sessions.actor_of(store, login.token)  # ended with the old password
    actor = sessions.actor_of(store, sessions.log_in(store, "LI.MING", SECRET).token)
    assert actor == Actor("li.ming", "maker", ("0101", "0102"), "")


def test_names_are_unique_in_any_writing_and_never_used_again(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "maker")
    people.disable(store, admin, "li")
    for name in ("li", "LI", " li ", "\uff4c\uff49"):  # the last one full-width
        with pytest.raises(Refused) as raised:
            people.add_user(store, admin, name, role="maker", branches=("0101",), password=SECRET)
        assert refusal(raised) == "store.user_exists"


@pytest.mark.parametrize(
    "name", ["", "x", "=cmd", "-x1", "a b", "a\nb", "a\x00b", "li'; DROP TABLE users;--", "*", "x" * 65, "../../x", "a\u202eb"]
)
def test_names_that_are_none(store: Store, name: str) -> None:
    admin = first_admin(store)
    with pytest.raises(Refused) as raised:
        people.add_user(store, admin, name, role="maker", branches=("0101",), password=SECRET)
    assert refusal(raised) == "store.bad_user_name"
    with pytest.raises(Refused) as raised:
        sessions.log_in(store, name, SECRET)
    assert refusal(raised) == "store.login_failed"


def test_roles_and_branches_are_checked(store: Store) -> None:
    admin = first_admin(store)

    def add(role: str, *branches: str) -> str:
        with pytest.raises(Refused) as raised:
            people.add_user(store, admin, "li", role=role, branches=branches, password=SECRET)
        return refusal(raised)

    assert add("owner", "0101") == "store.unknown_role"
    assert add("maker") == "store.branches_missing"
    assert add("maker", "01 01") == "store.bad_branch"
    assert add("checker", "0101", "") == "store.bad_branch"
    assert person(store, admin, "wang", "checker", "0101", "*").branches == ("*",)
    assert person(store, admin, "zhao", "esg").branches == ("*",)
    assert person(store, admin, "qian", "admin", "*").branches == ()  # sees no loans, whatever was asked for


# --- the log


def test_each_change_is_an_event_of_the_chained_log(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "maker", "0101")
    people.grant(store, admin, "li", role="checker")
    people.disable(store, admin, "li", reason="left the bank")
    kinds = [row[0] for row in rows_of(store, "SELECT kind FROM events ORDER BY number")]
    assert kinds == ["user.added", "user.added", "user.changed", "login.ok", "user.changed", "user.changed"]
    granted = json.loads(str(events_of(store, "user.changed")[1][2]))
    assert granted == {"before": {"role": "maker", "branches": ["0101"]}, "after": {"role": "checker", "branches": ["0101"]}}
    assert rows_of(store, "SELECT reason FROM events WHERE reason <> ''") == [("left the bank",)]
    assert rows_of(store, "SELECT count(*) FROM blocks WHERE log = 'events'") == [(6,)]
    assert verify_chain(store).same


def test_a_refused_change_leaves_no_event(store: Store) -> None:
    admin = first_admin(store)
    with pytest.raises(Refused):
        people.grant(store, admin, "nobody", role="maker", branches=("0101",))
    assert len(rows_of(store, "SELECT * FROM events")) == 1
