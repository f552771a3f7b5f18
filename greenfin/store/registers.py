"""The registers of published and restated figures, page by page, the last first; restatements taken out for the report."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from typing import TypeVar

from sqlmodel import col, select

from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.publications import MADE
from greenfin.store.tables import Event, Publication, Restatement
from greenfin.store.writing import Writing, reading, writing

_Row = TypeVar("_Row", Publication, Restatement)


def published_rows(
    store: Store, actor: Actor, *, cell: str = "", period: str = "", kind: str = "", before: int | None = None, limit: int = 50
) -> tuple[Publication, ...]:
    """Published figures, of cells that begin so, of a period or of a kind; ``number`` is the key to page from. Raises Refused."""
    given = {"period": period, "kind": kind}
    return _page(store, actor, Publication, cell=cell, given=given, before=before, limit=limit)


def restated_rows(
    store: Store, actor: Actor, *, cell: str = "", period: str = "", before: int | None = None, limit: int = 50
) -> tuple[Restatement, ...]:
    """Restatements, of cells that begin so or of a period; ``number`` is the key to page from. Raises Refused."""
    return _page(store, actor, Restatement, cell=cell, given={"period": period}, before=before, limit=limit)


def restatements_out(store: Store, actor: Actor, *, period: str = "") -> tuple[tuple[Restatement, str], ...]:
    """Every restatement of a period (empty: of all) in the order in which they were entered, and who agreed to it; an event says so.

    Raises Refused.
    """
    permit(actor, "export")
    rows = _page(store, actor, Restatement, cell="", given={"period": period}, before=None, limit=None)
    with writing(store) as made:
        agreed = _agreed(made)
        made.event(actor.user, "export.made", subject="restatements", detail={"rows": len(rows), "period": period})
    return tuple((row, agreed[row.cell, row.period].popleft()) for row in rows[::-1])


def _agreed(made: Writing) -> dict[tuple[str, str], deque[str]]:
    """Who entered the restatements of a cell and a period, the first first: each was entered with an event of its own."""
    found = defaultdict[tuple[str, str], deque[str]](deque)
    for event in made.session.exec(select(Event).where(Event.kind == MADE).order_by(col(Event.number))):
        found[event.subject, json.loads(event.detail)["period"]].append(event.actor)
    return found


def _page(
    store: Store, actor: Actor, of: type[_Row], *, cell: str, given: dict[str, str], before: int | None, limit: int | None
) -> tuple[_Row, ...]:
    """The rows of a log, the last first, as they are after the session has ended."""
    permit(actor, "read_runs")
    query = select(of).order_by(col(of.number).desc()).limit(limit).filter_by(**{name: value for name, value in given.items() if value})
    if cell:
        query = query.where(col(of.cell).startswith(cell, autoescape=True))
    if before is not None:
        query = query.where(col(of.number) < before)
    with reading(store) as session:
        rows = tuple(session.exec(query).all())
        session.expunge_all()
    return rows
