"""Who is let in by the bank's own log-in: only a user whose record states that identity, and only into an open account."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.store import people, sessions
from greenfin.store.audit import verify_chain
from greenfin.store.opening import Store
from tests.people_of_a_bank import NOON, SECRET, cheap_hashing, events_of, first_admin, person, refusal

BANK, THEIR = "https://id.bank.example/realm", "u-4711"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashing(monkeypatch)


def test_the_user_of_an_identity_comes_in_and_his_password_no_longer_holds(store: Store) -> None:
    admin = first_admin(store)
    maker = person(store, admin, "maker", "maker")
    people.set_identity(store, admin, "maker", issuer=BANK, subject=THEIR, at=NOON)
    made = sessions.log_in_identified(store, BANK, THEIR, at=NOON)
    assert sessions.actor_of(store, made.token, at=NOON) == maker
    with pytest.raises(Refused) as refused:
        sessions.log_in(store, "maker", SECRET, at=NOON)
    assert refusal(refused) == "store.login_failed"
    kept = json.loads(str(events_of(store, "user.changed")[-1][2]))
    assert kept["issuer"] == BANK
    assert THEIR not in json.dumps(kept)


@pytest.mark.parametrize("state", ["nobody", "elsewhere", "empty", "disabled", "locked"])
def test_everybody_else_is_refused_in_the_same_words_and_nobody_is_added(store: Store, state: str) -> None:
    admin = first_admin(store)
    person(store, admin, "maker", "maker")
    people.set_identity(store, admin, "maker", issuer=BANK, subject=THEIR, at=NOON)
    issuer, subject = {"nobody": (BANK, "u-1"), "elsewhere": ("https://id.other.example", THEIR), "empty": ("", "")}.get(
        state, (BANK, THEIR)
    )
    if state == "disabled":
        people.disable(store, admin, "maker", at=NOON)
    for _ in range(5 * (state == "locked")):
        with pytest.raises(Refused):
            sessions.log_in(store, "maker", "not the password", at=NOON)
    with pytest.raises(Refused) as refused:
        sessions.log_in_identified(store, issuer, subject, at=NOON + timedelta(minutes=1))
    assert refusal(refused) == "store.identity_refused"
    assert len(people.users(store, admin)) == 2
    cause = json.loads(str(events_of(store, "login.failed")[-1][2]))["cause"]
    assert cause == (state if state in ("disabled", "locked") else "unknown")


def test_a_password_set_anew_ends_the_identity(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "maker", "maker")
    people.set_identity(store, admin, "maker", issuer=BANK, subject=THEIR, at=NOON)
    token = sessions.log_in_identified(store, BANK, THEIR, at=NOON).token
    people.set_password(store, admin, "maker", "words for one day", at=NOON)
    for attempt in (lambda: sessions.log_in_identified(store, BANK, THEIR, at=NOON), lambda: sessions.actor_of(store, token, at=NOON)):
        with pytest.raises(Refused):
            attempt()


@pytest.mark.parametrize(
    ("issuer", "subject"),
    [
        ("http://id.bank.example", "u"),
        ("id.bank.example", "u"),
        (f"{BANK}?x=1", "u"),
        (BANK, " "),
        (BANK, "a\nb"),
        (BANK, "u" * 257),
        ("", ""),
    ],
)
def test_what_is_no_identity_is_refused(store: Store, issuer: str, subject: str) -> None:
    admin = first_admin(store)
    person(store, admin, "maker", "maker")
    with pytest.raises(Refused) as refused:
        people.set_identity(store, admin, "maker", issuer=issuer, subject=subject, at=NOON)
    assert refusal(refused) == "store.bad_identity"


def test_an_identity_is_one_persons_and_only_an_administrator_gives_it(store: Store) -> None:
    admin = first_admin(store)
    maker = person(store, admin, "maker", "maker")
    person(store, admin, "checker", "checker")
    people.set_identity(store, admin, "checker", issuer=BANK, subject=THEIR, at=NOON)
    for actor, name, code in (
        (admin, "maker", "store.identity_taken"),
        (admin, "root", "store.own_rights"),
        (maker, "maker", "store.not_permitted"),
    ):
        with pytest.raises(Refused) as refused:
            people.set_identity(store, actor, name, issuer=BANK, subject=THEIR, at=NOON)
        assert refusal(refused) == code


def test_the_audit_finds_an_identity_given_past_the_program(store: Store) -> None:
    admin = first_admin(store)
    person(store, admin, "maker", "maker")
    people.set_identity(store, admin, "maker", issuer=BANK, subject=THEIR, at=NOON)
    assert "audit.user_differs" not in _found(store)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE users SET subject = 'u-evil' WHERE name = 'maker'"))
    assert "audit.user_differs" in _found(store)


def _found(store: Store) -> set[str]:
    return {finding.problem.code for finding in verify_chain(store).findings}
