"""Rights given, taken or renamed past the program, and names that look like another's."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.store import people
from greenfin.store.audit import verify_chain
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.steps import use_steps
from tests.people_of_a_bank import NOON, SECRET, cheap_hashing, first_admin, person, refusal


@pytest.fixture
def admin(store: Store, monkeypatch: pytest.MonkeyPatch) -> Actor:
    cheap_hashing(monkeypatch)
    return first_admin(store)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE users SET role = 'checker' WHERE name = 'wang'", "audit.user_differs"),
        ("UPDATE users SET branches = '[\"*\"]' WHERE name = 'wang'", "audit.user_differs"),
        ("UPDATE users SET name = 'wang2' WHERE name = 'wang'", "audit.user_differs"),
        ("UPDATE users SET is_active = true WHERE name = 'zhao'", "audit.user_differs"),
        ("DELETE FROM users WHERE name = 'wang'", "audit.user_differs"),
        ("UPDATE settings SET value = 'two'", "audit.steps_differ"),
        ("DELETE FROM settings", "audit.steps_differ"),
    ],
)
def test_rights_changed_past_the_program_are_found(store: Store, admin: Actor, change: str, code: str) -> None:
    person(store, admin, "wang", "maker")
    person(store, admin, "zhao", "checker", "*")
    people.grant(store, admin, "wang", branches=["0102"])
    people.disable(store, admin, "zhao", reason="离职")
    people.enable(store, admin, "zhao")
    people.disable(store, admin, "zhao")
    use_steps(store, admin, "three")
    assert verify_chain(store).same
    with store.engine.begin() as connection:
        connection.execute(text(change))
    assert {found.problem.code for found in verify_chain(store).findings} == {code}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *((name, "store.user_exists") for name in ("Wang", "ＷＡＮＧ", "wang ", "\u3000wang")),
        *((name, "store.bad_user_name") for name in ("wang\u200b", "wang\u0332", "wang\u0000")),
    ],
)
def test_a_disabled_users_name_is_not_taken_in_another_writing(store: Store, admin: Actor, name: str, code: str) -> None:
    person(store, admin, "wang", "maker")
    people.disable(store, admin, "wang")
    with pytest.raises(Refused) as raised:
        people.add_user(store, admin, name, role="checker", branches=["*"], password=SECRET, at=NOON)
    assert refusal(raised) == code
