"""The register of runs: one line a run folder, in SQLite (WAL) or any database by its address."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, UniqueConstraint, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Field, Session, SQLModel, col, create_engine, select

from greenfin.core.problems import Refused, error

_BUSY_SECONDS = 10


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


class RunRecord(SQLModel, table=True):
    """One run in one folder; ``number`` grows with each registration and is the key of the pages; ``made_at`` is UTC in ISO form."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("run", "folder"),)

    number: int | None = Field(default=None, primary_key=True)
    run: str = Field(index=True)
    folder: str
    as_of: str
    edition: str
    policy: str
    made_at: str
    loans: int
    errors: int
    warnings: int
    version: str
    reference: str


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


@dataclass(frozen=True, slots=True)
class Store:
    """An open store."""

    engine: Engine


def open_store(place: str | Path) -> Store:
    """The store at a path (SQLite, made where there is none) or a database address; raises Refused where it cannot be opened."""
    address = place if isinstance(place, str) and "://" in place else f"sqlite:///{place}"
    engine = create_engine(address)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        _keep_private(engine.url.database)
    with _refusing(str(place)):
        SQLModel.metadata.create_all(engine)
    return Store(engine)


def _keep_private(database: str | None) -> None:
    """A new file can be read by its owner alone; one that is there keeps its mode."""
    if database and not database.startswith((":", "file:")):
        try:
            Path(database).touch(0o600)
        except OSError as bad:
            raise Refused(error("store.cannot_open", database, reason=bad.strerror or type(bad).__name__)) from bad


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode=WAL", f"busy_timeout={_BUSY_SECONDS * 1000}", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _refusing(place: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as bad:
        raise Refused(error("store.cannot_open", place, reason=type(bad).__name__)) from bad


def register(store: Store, saved: SavedRun, *, made_at: datetime) -> RunEntry:
    """Enter a saved run; the same run in the same folder keeps its line. ``made_at`` carries its time zone. Raises Refused."""
    made = _record_of(saved, made_at.astimezone(UTC).isoformat())
    with _refusing(str(store.engine.url.database)), Session(store.engine) as session:
        known = _known(session, made)
        if known is None:
            session.add(made)
            try:
                session.commit()
            except IntegrityError:  # somebody else entered it at the same moment
                session.rollback()
            known = _known(session, made)
        if known is None:
            raise Refused(error("store.cannot_open", str(store.engine.url.database), reason="IntegrityError"))
        return _entry(known)


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
    with _refusing(str(store.engine.url.database)), Session(store.engine) as session:
        return tuple(_entry(record) for record in session.exec(query))
