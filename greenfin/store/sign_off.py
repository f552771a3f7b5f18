"""Sign-off of a run: who made it, who checked it, who published it. Whoever made a run never checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from greenfin.core.problems import Refused, error
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.runs import is_registered
from greenfin.store.writing import reading, writing

MADE, SUBMITTED, CHECKED, RETURNED, PUBLISHED = "run.registered", "run.submitted", "run.checked", "run.returned", "publication.made"
KINDS = (MADE, SUBMITTED, CHECKED, RETURNED, PUBLISHED)


@dataclass(frozen=True, slots=True)
class Signature:
    """One act over a run: ``kind`` of :data:`KINDS`, who, when (UTC, ISO), with what words."""

    number: int
    kind: str
    actor: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """How a run stands: every act in its order; those who made it; ``waits``: submitted and not looked at since; who has checked it."""

    acts: tuple[Signature, ...]
    makers: frozenset[str]
    waits: bool
    checked_by: str
    is_published: bool


def sign_off(store: Store, actor: Actor, run: str) -> SignOff:
    """How a run stands. Raises Refused."""
    permit(actor, "read_runs")
    with reading(store) as session:
        return _standing(_acts(session.connection(), run))


def submit(store: Store, actor: Actor, run: str, *, reason: str = "") -> None:
    """Say that a run of the register is finished and is to be checked. Raises Refused (``store.run_waits`` where it is already)."""
    permit(actor, "register_run")
    with writing(store) as made:
        if not is_registered(made.session, run):
            raise Refused(error("store.unknown_run", run[:80]))
        stands = _standing(_acts(made.connection, run))
        if stands.waits or stands.checked_by:
            raise Refused(error("store.run_waits", run))
        made.event(actor.user, SUBMITTED, subject=run, reason=reason)


def check(store: Store, actor: Actor, run: str, *, reason: str = "") -> None:
    """Say that a submitted run was checked and holds. Raises Refused where nobody submitted it or the actor had a hand in making it."""
    _looked_at(store, actor, run, CHECKED, reason)


def send_back(store: Store, actor: Actor, run: str, *, reason: str) -> None:
    """Give a submitted run back to whoever made it. Raises Refused as :func:`check`, and without a reason."""
    if not reason.strip():
        raise Refused(error("store.reason_missing", run))
    _looked_at(store, actor, run, RETURNED, reason)


def _looked_at(store: Store, actor: Actor, run: str, kind: str, reason: str) -> None:
    permit(actor, "check_run")
    with writing(store) as made:
        stands = _standing(_acts(made.connection, run))
        if not stands.waits:
            raise Refused(error("store.run_not_submitted", run))
        if actor.user in stands.makers:
            raise Refused(error("store.run_own", run, user=actor.user))
        made.event(actor.user, kind, subject=run, reason=reason)


def need_check(connection: Connection, run: str) -> None:
    """Nothing where the run has been checked. Raises Refused (``store.run_not_checked``)."""
    if not _standing(_acts(connection, run)).checked_by:
        raise Refused(error("store.run_not_checked", run))


def note_export(store: Store, actor: Actor, subject: str, *, files: int) -> None:
    """Enter that something was taken out of a run. Raises Refused where the actor may not."""
    permit(actor, "export")
    with writing(store) as made:
        made.event(actor.user, "export.made", subject=subject, detail={"files": files, "with_names": False})


def _acts(connection: Connection, run: str) -> tuple[Signature, ...]:
    query = text("SELECT number, kind, actor, at, reason FROM events WHERE subject = :run ORDER BY number")
    rows = connection.execute(query, {"run": run})
    return tuple(Signature(row.number, row.kind, row.actor, row.at, row.reason) for row in rows if row.kind in KINDS)


def _standing(acts: Sequence[Signature]) -> SignOff:
    makers = frozenset(act.actor for act in acts if act.kind in (MADE, SUBMITTED) and act.actor)
    looked = [act for act in acts if act.kind in (SUBMITTED, CHECKED, RETURNED)]
    last = looked[-1] if looked else None
    checked = last.actor if last is not None and last.kind == CHECKED else ""
    waits = last is not None and last.kind == SUBMITTED
    return SignOff(tuple(acts), makers, waits, checked, any(act.kind == PUBLISHED for act in acts))
