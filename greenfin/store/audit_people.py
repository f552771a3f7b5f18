"""Users and settings made again from the log of events, and where the ones that are kept differ: rights given past the program."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, text

from greenfin.store.identities import digest_of
from greenfin.store.steps import SETTING

_Rights = tuple[str, tuple[str, ...], bool, str]  # role, branches, active, identity


_KEPT = text("SELECT name, role, branches, is_active, issuer, subject FROM users")


def users_differing(connection: Connection) -> Iterator[tuple[str, int]]:
    """Users whose role, branches, state or identity the log does not account for, also ones added or removed, with their last event."""
    entered: dict[str, _Rights] = {}
    numbers: dict[str, int] = {}
    query = text("SELECT number, kind, subject, detail FROM events WHERE kind IN ('user.added', 'user.changed') ORDER BY number")
    for number, kind, name, detail in connection.execute(query):
        found = json.loads(detail)
        role, branches, is_active, identity = entered.get(name, ("", (), True, ""))
        now = found if kind == "user.added" else found.get("after", {"role": role, "branches": branches})
        entered[name] = (now["role"], tuple(now["branches"]), found.get("is_active", is_active), found.get("identity", identity))
        numbers[name] = number
    kept: dict[str, _Rights] = {
        str(name): (str(role), tuple(json.loads(branches)), bool(is_active), digest_of(issuer, subject))
        for name, role, branches, is_active, issuer, subject in connection.execute(_KEPT)
    }
    yield from ((name, numbers.get(name, 0)) for name in sorted(kept.keys() | entered.keys()) if kept.get(name) != entered.get(name))


def steps_differ(connection: Connection) -> bool:
    """Whether the steps of approval in use are not those that were last chosen."""
    query = text("SELECT detail FROM events WHERE kind = 'workflow.changed' ORDER BY number DESC LIMIT 1")
    chosen = connection.execute(query).scalar()
    kept = connection.execute(text("SELECT value FROM settings WHERE name = :name"), {"name": SETTING}).scalar()
    return kept != (json.loads(chosen)["to"] if chosen else None)
