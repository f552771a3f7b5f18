"""A restatement by two: one asks for it, it is entered when another agrees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from greenfin.core.problems import Refused, error
from greenfin.store import publications
from greenfin.store.figures import Figure, Stated
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.publications import MADE
from greenfin.store.writing import Writing, reading, writing

ASKED, DECLINED = "restatement.asked", "restatement.declined"


@dataclass(frozen=True, slots=True)
class Asked:
    """A restatement that waits for another person; ``number`` names it."""

    number: int
    at: str
    actor: str
    cell: str
    period: str
    old_value: str
    new_value: str
    unit: str
    reason: str
    old_method: str
    new_method: str
    decided_on: str


def ask(
    store: Store, actor: Actor, figure: Figure, *, period: str, reason: str, on: date, old_method: str = "", new_method: str = ""
) -> tuple[int, Stated]:
    """Ask that a published figure of a period has another value: the number of the request, and what the figure is. Raises Refused."""
    permit(actor, "restate")
    row = publications.wanted(figure, period=period, reason=reason, on=on, old_method=old_method, new_method=new_method)
    with writing(store) as w:
        was = publications.restatable(w.connection, figure, period)
        if any((one.cell, one.period) == (figure.cell, period) for one in _waiting(w.connection)):
            raise Refused(error("store.restatement_waits", figure.cell, period=period))
        detail = {name: value for name, value in row.items() if name not in ("cell", "reason")}
        number = w.event(actor.user, ASKED, subject=figure.cell, detail={**detail, "old_value": was.value}, reason=reason)
    return number, was


def waiting(store: Store, actor: Actor) -> tuple[Asked, ...]:
    """The restatements that wait for another person, the first first. Raises Refused."""
    permit(actor, "read_runs")
    with reading(store) as session:
        return _waiting(session.connection())


def agree(store: Store, actor: Actor, number: int) -> Asked:
    """Enter a restatement that somebody else asked for. Raises Refused: it does not wait, is one's own, or the figure has moved since."""
    permit(actor, "check_run")
    with writing(store) as w:
        one = _of_another(w, actor, number)
        was = publications.restatable(w.connection, Figure(one.cell, one.new_value, one.unit), one.period)
        if was.value != one.old_value:
            raise Refused(error("store.restatement_moved", one.cell, asked=one.old_value, found=was.value))
        names = ("actor", "cell", "period", "old_value", "new_value", "unit", "reason", "old_method", "new_method", "decided_on")
        publications.entered(w, {name: getattr(one, name) for name in names}, by=actor.user, asked=number)
    return one


def decline(store: Store, actor: Actor, number: int, *, reason: str) -> Asked:
    """Do not agree to a restatement; whoever asked for it may so take it back. Raises Refused: it does not wait, or without a reason."""
    if not reason.strip():
        raise Refused(error("store.reason_missing", ""))
    with writing(store) as w:
        one = _one(w.connection, number)
        permit(actor, "restate" if one.actor == actor.user else "check_run")
        w.event(actor.user, DECLINED, subject=one.cell, detail={"period": one.period, "asked": number}, reason=reason)
    return one


def _of_another(w: Writing, actor: Actor, number: int) -> Asked:
    one = _one(w.connection, number)
    if one.actor == actor.user:
        raise Refused(error("store.restatement_own", one.cell, user=actor.user))
    return one


def _one(connection: Connection, number: int) -> Asked:
    found = next((one for one in _waiting(connection) if one.number == number), None)
    if found is None:
        raise Refused(error("store.restatement_unknown", str(number)))
    return found


def _waiting(connection: Connection) -> tuple[Asked, ...]:
    """What was asked for and neither entered nor declined."""
    query = text(
        "SELECT number, at, actor, kind, subject, detail, reason FROM events WHERE kind IN (:asked, :made, :declined) ORDER BY number"
    )
    rows = connection.execute(query, {"asked": ASKED, "made": MADE, "declined": DECLINED}).all()
    done = {json.loads(row.detail).get("asked") for row in rows if row.kind != ASKED}
    return tuple(
        Asked(row.number, row.at, row.actor, row.subject, reason=row.reason, **json.loads(row.detail))
        for row in rows
        if row.kind == ASKED and row.number not in done
    )
