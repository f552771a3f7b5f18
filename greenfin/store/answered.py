"""The answers of the questionnaire as they were saved, version after version; nothing is overwritten."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, text

from greenfin.core.problems import Refused, error
from greenfin.store.hashed import ANSWERS, keeping, read_kept
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.writing import reading, writing

_KIND = "answers.saved"


@dataclass(frozen=True, slots=True)
class Version:
    """A saved file of answers: its sha256 (empty: none was saved), who, when (UTC, ISO)."""

    sha256: str = ""
    actor: str = ""
    at: str = ""


def latest(store: Store, actor: Actor, period: str) -> Version:
    """The last version saved for a period (a data date). Raises Refused."""
    permit(actor, "read_runs")
    with reading(store) as session:
        return _latest(session.connection(), period)


def read_answers_of(store: Store, actor: Actor, version: Version) -> bytes:
    """The file of a version. Raises Refused where it is not as it was kept."""
    permit(actor, "read_runs")
    return read_kept(store.files, ANSWERS, version.sha256)


def save_answers(store: Store, actor: Actor, content: bytes, *, period: str, based_on: str) -> Version:
    """Keep a new version; ``based_on`` is the sha256 of the one it was made from.

    Raises Refused where somebody has saved another since (``store.answers_changed``).
    """
    permit(actor, "answer")
    with keeping(store.files, ANSWERS) as kept:
        kept.stream.write(content)
    with writing(store) as made:
        known = _latest(made.connection, period)
        if known.sha256 != based_on:
            raise Refused(error("store.answers_changed", period, by=known.actor))
        if known.sha256 != kept.sha256:
            made.event(actor.user, _KIND, subject=period, detail={"sha256": kept.sha256})
            return Version(kept.sha256, actor.user, made.at)
    return known


def _latest(connection: Connection, period: str) -> Version:
    query = text("SELECT actor, at, detail FROM events WHERE kind = :kind AND subject = :period ORDER BY number DESC LIMIT 1")
    row = connection.execute(query, {"kind": _KIND, "period": period}).first()
    return Version(str(json.loads(row.detail)["sha256"]), row.actor, row.at) if row else Version()
