"""The register of runs: one line a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlmodel import Session, col, select

from greenfin.core.problems import Refused, error
from greenfin.store.faults import refusing
from greenfin.store.opening import Store
from greenfin.store.people import has_users
from greenfin.store.permissions import Actor, permit
from greenfin.store.tables import RunRecord
from greenfin.store.writing import writing


class SavedRun(Protocol):
    """A run folder and its ``run.json``, as the run folder's reader gives it."""

    @property
    def id(self) -> str:
        """The run's id."""

    @property
    def folder(self) -> Path:
        """Where it is."""

    @property
    def record(self) -> Mapping[str, Any]:
        """What ``run.json`` holds."""


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A line of the register; ``made_at`` is UTC; ``number`` is the key to page from."""

    number: int
    run: str
    folder: Path
    as_of: str
    edition: str
    policy: str
    made_at: datetime
    loans: int
    errors: int
    warnings: int
    version: str
    reference: str


def register(store: Store, actor: Actor | None, saved: SavedRun, *, made_at: datetime) -> RunEntry:
    """Enter a saved run; the same run in the same folder keeps its line. ``made_at`` carries its time zone.

    ``actor`` is None only where the record has no users. Raises Refused.
    """
    if actor is not None:
        permit(actor, "register_run")
    elif has_users(store):
        raise Refused(error("store.not_logged_in"))
    made = _record_of(saved, made_at.astimezone(UTC).isoformat())
    with writing(store) as now:
        known = _known(now.session, made)
        if known is None:
            now.session.add(made)
            now.session.flush()
            who = actor.user if actor else ""
            now.event(who, "run.registered", subject=made.run, detail={"folder": made.folder, "loans": made.loans})
        return _entry(known or made)


def is_registered(session: Session, run: str) -> bool:
    """Whether the register has a line of the run, in whatever folder."""
    return session.exec(select(RunRecord.number).where(RunRecord.run == run).limit(1)).first() is not None


def _known(session: Session, made: RunRecord) -> RunRecord | None:
    return session.exec(select(RunRecord).where(RunRecord.run == made.run, RunRecord.folder == made.folder)).first()


def _record_of(saved: SavedRun, made_at: str) -> RunRecord:
    made_of, counts = saved.record["made_of"], saved.record["counts"]
    return RunRecord(
        run=saved.id,
        folder=str(saved.folder.resolve()),
        as_of=made_of["as_of"],
        edition=made_of["edition"],
        policy=made_of["options"]["policy"],
        made_at=made_at,
        loans=counts["loans"],
        errors=counts["problems"]["error"],
        warnings=counts["problems"]["warning"],
        version=made_of["greenfin"],
        reference=made_of["reference"],
    )


def _entry(record: RunRecord) -> RunEntry:
    row = record.model_dump()
    return RunEntry(**row | {"folder": Path(record.folder), "made_at": datetime.fromisoformat(record.made_at)})


def runs(store: Store, *, before: int | None = None, limit: int = 50) -> tuple[RunEntry, ...]:
    """Runs, the newest first; the next page begins ``before`` the last one's number. Raises Refused."""
    query = select(RunRecord).order_by(col(RunRecord.number).desc()).limit(limit)
    if before is not None:
        query = query.where(col(RunRecord.number) < before)
    with refusing(store.place), Session(store.engine) as session:
        return tuple(_entry(record) for record in session.exec(query))
