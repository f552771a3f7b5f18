"""The users of a bank in tests, with hashing made cheap where its cost is not what is tested."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.store import account_rules, passwords, people, sessions
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SECRET = "seven blue herons wade"  # noqa: S105  # a test's own
ROLES = ("maker", "checker", "esg", "loan_officer", "auditor", "admin")


def cheap_hashing(patch: pytest.MonkeyPatch) -> None:
    rules = account_rules.account_rules()
    cheap = replace(rules, hashing=replace(rules.hashing, time_cost=1, memory_kib=64, lanes=1))
    patch.setattr(passwords, "account_rules", lambda: cheap)


def first_admin(store: Store, name: str = "root") -> Actor:
    people.add_first_admin(store, name, SECRET, at=NOON)
    return Actor(name, "admin")


def person(store: Store, admin: Actor, name: str, role: str, *branches: str) -> Actor:
    """A user who has changed the first password to SECRET."""
    people.add_user(store, admin, name, role=role, branches=branches or ("0101",), password=f"first words of {name[::-1]}", at=NOON)
    people.change_password(store, name, f"first words of {name[::-1]}", SECRET, at=NOON)
    return sessions.actor_of(store, sessions.log_in(store, name, SECRET, at=NOON).token, at=NOON)


def refusal(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.problem.code


def rows_of(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def events_of(store: Store, kind: str) -> list[tuple[object, ...]]:
    return [row[1:] for row in rows_of(store, "SELECT kind, actor, subject, detail FROM events ORDER BY number") if row[0] == kind]
