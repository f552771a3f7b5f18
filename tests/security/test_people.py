"""Who may do what, who is logged in, and what nobody can do: on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.messages import codes, tell
from greenfin.store import account_rules, lock_out, passwords, people, sessions
from greenfin.store.audit import verify_chain
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, actions, allowed_branches, may, permit, permit_each, roles
from tests.people_of_a_bank import NOON, ROLES, SECRET, cheap_hashing, first_admin, person, refusal

MINUTE = timedelta(minutes=1)
FIRST = "first words of all"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashing(monkeypatch)


def _all(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _events(store: Store, kind: str) -> list[tuple[object, ...]]:
    return [row[1:] for row in _all(store, "SELECT kind, actor, subject, detail FROM events ORDER BY number") if row[0] == kind]


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
attach_evidence      o     -       -   o            -       -
import_book          o     -       a   -            -       -
register_run         a     -       a   -            -       -
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
    before = _all(store, "SELECT * FROM users ORDER BY id")
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
    assert _all(store, "SELECT * FROM users ORDER BY id") == before
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
    assert len([row for row in _all(store, "SELECT is_active FROM users") if row[0]]) == 1


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
    assert len(_all(store, "SELECT name FROM users")) == 1


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


# --- passwords


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short words", "length"),
        ("x" * 300, "length"),
        ("aaaaaaaaaaaab", "repeated"),
        ("Password2026!", "known"),
        ("P@ssw0rd!2026", "known"),
        ("Admin@123456", "known"),
        ("123456789012345", "known"),
        ("qwertyuiop123", "known"),
        ("Greenfin-2026-11", "known"),
        ("liming on the river", "name"),
        ("LIMING!river2026", "name"),
    ],
)
def test_weak_passwords(password: str, why: str) -> None:
    with pytest.raises(Refused) as raised:
        account_rules.check_new_password("liming", password)
    assert raised.value.problem.params["password_fault"] == why
    assert password not in tell(raised.value.problem, "zh") + tell(raised.value.problem, "en")


@pytest.mark.parametrize(
    "password", [SECRET, "Tr0ub4dor&3-zebra", "\u6c5f\u6c34\u6d41\u6625\u53bb\u6b32\u5c3d\u6c5f\u6f6d\u843d\u6708\u590d", "kX9#mQ2$vL7!"]
)
def test_good_passwords(password: str) -> None:
    account_rules.check_new_password("li", password)


def test_passwords_are_kept_as_argon2id_with_the_parameters_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "account_rules", account_rules.account_rules)
    kept = passwords.hashed(SECRET)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, section 4, second recommended option
    assert kept != passwords.hashed(SECRET)
    assert passwords.matches(SECRET, kept)
    assert not passwords.matches(SECRET + " ", kept)
    assert not passwords.matches(SECRET, None)
    assert not passwords.matches(SECRET, "no hash at all")


def test_a_password_is_hashed_anew_when_the_parameters_change(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first_admin(store)
    (before,) = _all(store, "SELECT password_hash FROM users")
    rules = account_rules.account_rules()
    dearer = replace(rules, hashing=replace(rules.hashing, time_cost=2, memory_kib=128, lanes=1))
    monkeypatch.setattr(passwords, "account_rules", lambda: dearer)
    with pytest.raises(Refused):
        sessions.log_in(store, "root", "wrong words indeed")
    assert _all(store, "SELECT password_hash FROM users") == [before]
    sessions.log_in(store, "root", SECRET)
    (after,) = _all(store, "SELECT password_hash FROM users")
    assert "m=128,t=2" in str(after[0])
    sessions.log_in(store, "root", SECRET)
    assert _all(store, "SELECT password_hash FROM users") == [after]


def test_an_unknown_user_takes_as_long_as_a_known_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from greenfin.store import open_store

    monkeypatch.setattr(passwords, "account_rules", account_rules.account_rules)
    store = open_store(tmp_path / "store")
    first_admin(store)

    def seconds(name: str) -> float:
        begun = time.perf_counter()
        with pytest.raises(Refused):
            sessions.log_in(store, name, "wrong words indeed")
        return time.perf_counter() - begun

    seconds("root")  # the library is loaded
    pairs = [(seconds("root"), seconds("nobody")) for _ in range(4)]
    known, unknown = median(p[0] for p in pairs), median(p[1] for p in pairs)
    assert 0.4 < unknown / known < 2.5, (known, unknown)


def test_all_failures_say_the_same(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "gone", "maker")
    person(store, admin, "locked", "maker")
    people.disable(store, admin, "gone")
    for _ in range(5):
        with pytest.raises(Refused):
            sessions.log_in(store, "locked", "wrong words indeed", at=NOON)
    said = set()
    for name, password in (("root", "wrong words indeed"), ("nobody", SECRET), ("gone", SECRET), ("locked", SECRET), ("x'--", SECRET)):
        with pytest.raises(Refused) as raised:
            sessions.log_in(store, name, password, at=NOON)
        said.add((tell(raised.value.problem, "zh"), raised.value.problem.where))
    assert len(said) == 1


# --- lock-out


def _fail(store: Store, times: int, *, at: object = NOON) -> None:
    for _ in range(times):
        with pytest.raises(Refused):
            sessions.log_in(store, "root", "wrong words indeed", at=at)  # type: ignore[arg-type]  # a time


def test_five_failures_lock_for_a_quarter_of_an_hour(store: Store) -> None:
    first_admin(store)
    _fail(store, 4)
    sessions.log_in(store, "root", SECRET, at=NOON)  # begins to count anew
    _fail(store, 4)
    sessions.log_in(store, "root", SECRET, at=NOON)
    _fail(store, 5)
    for minutes in (0, 14):
        with pytest.raises(Refused) as raised:
            sessions.log_in(store, "root", SECRET, at=NOON + minutes * MINUTE)
        assert refusal(raised) == "store.login_failed"
    _fail(store, 1, at=NOON + 14 * MINUTE)  # a failure while locked does not lengthen it
    sessions.log_in(store, "root", SECRET, at=NOON + 15 * MINUTE)
    assert [json.loads(str(detail))["failures"] for _, _, detail in _events(store, "login.locked")] == [5]


def test_changing_a_password_counts_failures_too(store: Store) -> None:
    first_admin(store)
    for _ in range(5):
        with pytest.raises(Refused):
            people.change_password(store, "root", "wrong words indeed", "a new one with words", at=NOON)
    with pytest.raises(Refused):
        sessions.log_in(store, "root", SECRET, at=NOON)


def test_an_administrator_unlocks(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "maker")
    for _ in range(5):
        with pytest.raises(Refused):
            sessions.log_in(store, "li", "wrong words indeed", at=NOON)
    people.enable(store, admin, "li")
    sessions.log_in(store, "li", SECRET, at=NOON)


def test_failures_at_the_same_time_are_all_counted(store: Store) -> None:
    first_admin(store)

    def attempt(_: int) -> None:
        with pytest.raises(Refused):
            sessions.log_in(store, "root", "wrong words indeed", at=NOON)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(attempt, range(12)))
    causes = [json.loads(str(detail))["cause"] for _, _, detail in _events(store, "login.failed")]
    assert sorted(causes) == ["locked"] * 7 + ["password"] * 5
    assert len(_events(store, "login.locked")) == 1
    with pytest.raises(Refused):
        sessions.log_in(store, "root", SECRET, at=NOON)


def test_a_right_guess_is_worth_nothing_once_others_have_locked_the_account(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first_admin(store)
    real = passwords.matches

    def slowly(password: str, kept: str | None) -> bool:
        monkeypatch.setattr(lock_out, "matches", real)
        _fail(store, 5)  # meanwhile
        return real(password, kept)

    monkeypatch.setattr(lock_out, "matches", slowly)
    with pytest.raises(Refused):
        sessions.log_in(store, "root", SECRET, at=NOON)


def test_an_old_password_is_worth_nothing_once_it_is_changed_meanwhile(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first_admin(store)
    real = passwords.matches

    def slowly(password: str, kept: str | None) -> bool:
        monkeypatch.setattr(lock_out, "matches", real)
        people.change_password(store, "root", SECRET, FIRST, at=NOON)  # meanwhile
        return real(password, kept)

    monkeypatch.setattr(lock_out, "matches", slowly)
    with pytest.raises(Refused):
        sessions.log_in(store, "root", SECRET, at=NOON)


def test_what_was_typed_as_a_name_is_not_kept(store: Store) -> None:
    first_admin(store)
    with pytest.raises(Refused):
        sessions.log_in(store, "my-secret-password", "root", at=NOON)
    assert "my-secret-password" not in str(_all(store, "SELECT * FROM events"))
    assert _events(store, "login.failed") == [("", "", '{"cause":"unknown"}')]


# --- sessions


def test_the_token_is_nowhere_in_the_store(store: Store) -> None:
    first_admin(store)
    login = sessions.log_in(store, "root", SECRET, at=NOON)
    kept = _all(store, "SELECT * FROM sessions")
    assert login.token not in str(kept)
    assert kept[0][0] == hashlib.sha256(login.token.encode()).hexdigest()
    everything = str([_all(store, "SELECT * FROM " + table) for table in ("users", "sessions", "events", "blocks")])  # noqa: S608  # our own names
    assert login.token not in everything
    assert SECRET not in everything
    for file in (f for f in store.files.rglob("*") if f.is_file()):
        held = file.read_bytes()
        assert login.token.encode() not in held
        assert SECRET.encode() not in held
    assert len(login.token) >= 43  # 32 random bytes


def test_what_a_thief_of_the_database_has_opens_nothing(store: Store) -> None:
    first_admin(store)
    sessions.log_in(store, "root", SECRET, at=NOON)
    ((digest,),) = _all(store, "SELECT token_sha256 FROM sessions")
    for token in (str(digest), "", "' OR ''='", "x" * 10_000, "\udcff", "a\x00b"):
        with pytest.raises(Refused) as raised:
            sessions.actor_of(store, token, at=NOON)
        assert refusal(raised) == "store.not_logged_in"


def test_a_session_nobody_uses_ends_after_half_an_hour(store: Store) -> None:
    first_admin(store)
    token = sessions.log_in(store, "root", SECRET, at=NOON).token
    for minutes in (20, 45, 70):  # each within half an hour of the last
        assert sessions.actor_of(store, token, at=NOON + minutes * MINUTE).user == "root"
    with pytest.raises(Refused) as raised:
        sessions.actor_of(store, token, at=NOON + 100 * MINUTE)
    assert refusal(raised) == "store.session_expired"


def test_a_session_in_use_ends_after_half_a_day(store: Store) -> None:
    first_admin(store)
    token = sessions.log_in(store, "root", SECRET, at=NOON).token
    for minutes in range(10, 720, 10):
        sessions.actor_of(store, token, at=NOON + minutes * MINUTE)
    with pytest.raises(Refused) as raised:
        sessions.actor_of(store, token, at=NOON + 720 * MINUTE)
    assert refusal(raised) == "store.session_expired"


def test_a_session_ends_with_log_out_and_with_the_account(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "maker")
    one, two = (sessions.log_in(store, "li", SECRET, at=NOON).token for _ in range(2))
    assert sessions.log_out(store, one, at=NOON)
    assert not sessions.log_out(store, one, at=NOON)
    assert not sessions.log_out(store, "unknown", at=NOON)
    with pytest.raises(Refused):
        sessions.actor_of(store, one, at=NOON)
    assert sessions.actor_of(store, two, at=NOON).user == "li"
    people.disable(store, admin, "li", at=NOON)
    people.enable(store, admin, "li")
    with pytest.raises(Refused) as raised:
        sessions.actor_of(store, two, at=NOON)  # does not come back with the account
    assert refusal(raised) == "store.not_logged_in"


def test_an_account_closed_in_the_database_itself_opens_nothing(store: Store) -> None:
    first_admin(store)
    token = sessions.log_in(store, "root", SECRET, at=NOON).token
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE users SET is_active = false"))
    with pytest.raises(Refused) as raised:
        sessions.actor_of(store, token, at=NOON)
    assert refusal(raised) == "store.not_logged_in"


def test_a_session_ends_with_the_password(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "maker")
    token = sessions.log_in(store, "li", SECRET, at=NOON).token
    people.set_password(store, admin, "li", "given by the office", at=NOON)
    with pytest.raises(Refused):
        sessions.actor_of(store, token, at=NOON)
    assert sessions.log_in(store, "li", "given by the office", at=NOON).must_change


def test_a_session_sees_the_role_and_branches_of_the_moment(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "maker", "0101")
    token = sessions.log_in(store, "li", SECRET, at=NOON).token
    people.grant(store, admin, "li", branches=("0102", "0103"))
    assert sessions.actor_of(store, token, at=NOON).branches == ("0102", "0103")
    people.grant(store, admin, "li", role="auditor")
    assert (sessions.actor_of(store, token, at=NOON).role, sessions.actor_of(store, token, at=NOON).branches) == ("auditor", ("*",))


def test_a_role_bound_to_branches_is_not_granted_with_those_of_a_role_that_was_not(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "auditor")
    with pytest.raises(Refused) as raised:
        people.grant(store, admin, "li", role="maker")  # else the auditor's "all branches" would become the maker's
    assert refusal(raised) == "store.branches_missing"
    with pytest.raises(Refused) as raised:
        people.grant(store, admin, "li", role="maker", branches=("bad branch",))
    assert refusal(raised) == "store.bad_branch"
    assert people.grant(store, admin, "li", role="maker", branches=("0101",)).branches == ("0101",)
    assert people.grant(store, admin, "li", role="checker").branches == ("0101",)


# --- the log


def test_each_change_is_an_event_of_the_chained_log(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "li", "maker", "0101")
    people.grant(store, admin, "li", role="checker")
    people.disable(store, admin, "li", reason="left the bank")
    kinds = [row[0] for row in _all(store, "SELECT kind FROM events ORDER BY number")]
    assert kinds == ["user.added", "user.added", "user.changed", "login.ok", "user.changed", "user.changed"]
    granted = json.loads(str(_events(store, "user.changed")[1][2]))
    assert granted == {"before": {"role": "maker", "branches": ["0101"]}, "after": {"role": "checker", "branches": ["0101"]}}
    assert _all(store, "SELECT reason FROM events WHERE reason <> ''") == [("left the bank",)]
    assert _all(store, "SELECT count(*) FROM blocks WHERE log = 'events'") == [(6,)]
    assert verify_chain(store).same


def test_a_refused_change_leaves_no_event(store: Store) -> None:
    admin = first_admin(store)
    with pytest.raises(Refused):
        people.grant(store, admin, "nobody", role="maker", branches=("0101",))
    assert len(_all(store, "SELECT * FROM events")) == 1
