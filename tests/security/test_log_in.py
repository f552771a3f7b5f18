"""Passwords, lock-out and sessions: who is let in, and what a thief of the database has: nothing. On SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.messages import tell
from greenfin.store import account_rules, lock_out, passwords, people, sessions
from greenfin.store.opening import Store
from tests.people_of_a_bank import NOON, SECRET, cheap_hashing, events_of, first_admin, person, refusal, rows_of

MINUTE = timedelta(minutes=1)
FIRST = "first words of all"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashing(monkeypatch)


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
    (before,) = rows_of(store, "SELECT password_hash FROM users")
    rules = account_rules.account_rules()
    dearer = replace(rules, hashing=replace(rules.hashing, time_cost=2, memory_kib=128, lanes=1))
    monkeypatch.setattr(passwords, "account_rules", lambda: dearer)
    with pytest.raises(Refused):
        sessions.log_in(store, "root", "wrong words indeed")
    assert rows_of(store, "SELECT password_hash FROM users") == [before]
    sessions.log_in(store, "root", SECRET)
    (after,) = rows_of(store, "SELECT password_hash FROM users")
    assert "m=128,t=2" in str(after[0])
    sessions.log_in(store, "root", SECRET)
    assert rows_of(store, "SELECT password_hash FROM users") == [after]


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
    assert [json.loads(str(detail))["failures"] for _, _, detail in events_of(store, "login.locked")] == [5]


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
    causes = [json.loads(str(detail))["cause"] for _, _, detail in events_of(store, "login.failed")]
    assert sorted(causes) == ["locked"] * 7 + ["password"] * 5
    assert len(events_of(store, "login.locked")) == 1
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
    assert "my-secret-password" not in str(rows_of(store, "SELECT * FROM events"))
    assert events_of(store, "login.failed") == [("", "", '{"cause":"unknown"}')]


# --- sessions


def test_the_token_is_nowhere_in_the_store(store: Store) -> None:
    first_admin(store)
    login = sessions.log_in(store, "root", SECRET, at=NOON)
    kept = rows_of(store, "SELECT * FROM sessions")
    assert login.token not in str(kept)
    assert kept[0][0] == hashlib.sha256(login.token.encode()).hexdigest()
    everything = str([rows_of(store, "SELECT * FROM " + table) for table in ("users", "sessions", "events", "blocks")])  # noqa: S608  # our own names
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
    ((digest,),) = rows_of(store, "SELECT token_sha256 FROM sessions")
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
