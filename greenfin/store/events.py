"""The log of what happened, read by whoever may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.tables import Event
from greenfin.store.writing import reading


@dataclass(frozen=True, slots=True)
class EventEntry:
    """A line of the log; ``at`` is UTC in ISO form."""

    number: int
    at: str
    actor: str
    kind: str
    subject: str
    branch: str
    detail: Mapping[str, Any]
    reason: str


def events(
    store: Store,
    actor: Actor,
    *,
    kind: str = "",
    subject: str = "",
    by: str = "",
    since: str = "",
    until: str = "",
    before: int | None = None,
    limit: int = 50,
) -> tuple[EventEntry, ...]:
    """Events, the last first, of a kind, about a subject or by somebody, from a time on and before another (UTC, ISO).

    The next page begins ``before`` the last one's number. Raises Refused.
    """
    permit(actor, "read_audit")
    query = select(Event).order_by(col(Event.number).desc()).limit(limit)
    for column, wanted in ((Event.kind, kind), (Event.subject, subject), (Event.actor, by)):
        if wanted:
            query = query.where(column == wanted)
    if since:
        query = query.where(col(Event.at) >= since)
    if until:
        query = query.where(col(Event.at) < until)
    if before is not None:
        query = query.where(col(Event.number) < before)
    with reading(store) as session:
        return tuple(EventEntry(**row.model_dump() | {"detail": json.loads(row.detail)}) for row in session.exec(query))


def who_and_what(store: Store, actor: Actor) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Everybody who is in the log, and every kind of event in it. Raises Refused."""
    permit(actor, "read_audit")
    with reading(store) as session:
        actors = session.exec(select(Event.actor).distinct().order_by(Event.actor)).all()
        kinds = session.exec(select(Event.kind).distinct().order_by(Event.kind)).all()
    return tuple(filter(None, actors)), tuple(kinds)
