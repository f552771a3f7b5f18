"""A backup of the whole store while it is in use, and its way back into an empty place.

``manifest.json`` (what it is of, and the sha256 of every file), ``database/`` (one SQLite file, or a table each as PostgreSQL copies
them), ``rows/``, ``evidence/``, ``answers/`` and ``heads.jsonl``; a folder, or one zip.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from greenfin._version import __version__
from greenfin.core.problems import Refused, error
from greenfin.store.audit import Verdict, verify_chain
from greenfin.store.bundles import DATABASE_FOLDER, MANIFEST, Bundle, Source, bundle, source
from greenfin.store.faults import driver_faults, refusing
from greenfin.store.hashed import ANSWERS, EVIDENCE, ROWS
from greenfin.store.heads import HEADS
from greenfin.store.opening import DATABASE, Store, connect, make_private
from greenfin.store.permissions import Actor, permit
from greenfin.store.upgrading import REVISION, upgrade
from greenfin.store.writing import canonical_json, now, writing

_SQLITE_FILE = f"{DATABASE_FOLDER}/{DATABASE}"
_MADE_BY_ALEMBIC = "alembic_version"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of: the engine, the revision of its tables, and by file its size and sha256."""

    greenfin: str
    made_at: str
    engine: str
    revision: str
    head: dict[str, Any] | None
    files: dict[str, dict[str, Any]]


def backup(store: Store, actor: Actor, target: Path) -> Manifest:
    """Back up into a new folder, or a new file where the name ends with ``.zip``; entered as an event. Raises Refused."""
    permit(actor, "backup")
    try:
        with bundle(target) as made:
            manifest = _fill(store, made)
            made.add_text(MANIFEST, canonical_json(asdict(manifest)))
    except OSError as bad:
        raise Refused(error("store.backup_not_written", str(target), reason=bad.strerror or type(bad).__name__)) from bad
    with writing(store) as at:
        at.event(actor.user, "backup.made", subject=_sha256_of(manifest), detail={"files": len(manifest.files), "head": manifest.head})
    return manifest


def _sha256_of(manifest: Manifest) -> str:
    return hashlib.sha256(canonical_json(asdict(manifest)).encode()).hexdigest()


def _fill(store: Store, made: Bundle) -> Manifest:
    """The heads first (they may lag), then one picture of the database, then the files it names (they are never changed)."""
    made_at = now()
    if (store.files / HEADS).exists():
        made.add_text(HEADS, (store.files / HEADS).read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix=".greenfin-backup-", dir=made.beside) as folder:
        head = _export(store, Path(folder))
        for path in sorted(Path(folder).iterdir()):
            made.add_file(f"{DATABASE_FOLDER}/{path.name}", path)
    for kind in (ROWS, EVIDENCE, ANSWERS):
        for path in sorted((store.files / kind).glob("[0-9a-f]*")):
            made.add_file(f"{kind}/{path.name}", path)
    return Manifest(__version__, made_at, store.engine.dialect.name, REVISION, head, dict(made.files))


def _export(store: Store, folder: Path) -> dict[str, Any] | None:
    """The database as it is at one moment, and the head of its chain."""
    if store.is_sqlite:
        return _export_file(store, folder / DATABASE)
    with refusing(store.place), store.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        for table in _tables(connection):
            _copy_out(connection, table, folder / f"{table}.copy")
        row = connection.execute(text(_HEAD)).first()
    return {"number": row[0], "sha256": row[1]} if row else None


_HEAD = "SELECT number, sha256 FROM blocks ORDER BY number DESC LIMIT 1"


def _export_file(store: Store, copy: Path) -> dict[str, Any] | None:
    copy.touch(0o600)
    with refusing(store.place), store.engine.connect() as connection, contextlib.closing(sqlite3.connect(copy)) as target:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101  # the engine is SQLite's
        driver.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        row = target.execute(_HEAD).fetchone()
    return {"number": row[0], "sha256": row[1]} if row else None


def _tables(connection: Connection) -> list[str]:
    """Every table, those that others refer to first."""
    return [name for name, _ in inspect(connection).get_sorted_table_and_fkc_names() if name and name != _MADE_BY_ALEMBIC]


def _columns(connection: Connection, table: str) -> str:
    return ", ".join(f'"{column["name"]}"' for column in sorted(inspect(connection).get_columns(table), key=lambda one: str(one["name"])))


def _copy_out(connection: Connection, table: str, path: Path) -> None:
    driver: Any = connection.connection.driver_connection
    copy = f'COPY "{table}" ({_columns(connection, table)}) TO STDOUT'
    with path.open("wb") as stream, driver_faults(connection), driver.cursor() as cursor, cursor.copy(copy) as copied:
        for piece in copied:
            stream.write(piece)


def restore(origin: Path, place: str | Path, *, files: str | Path | None = None) -> tuple[Manifest, Verdict]:
    """Bring a backup into an empty place (a new directory, or an empty database and a new directory of files) and audit it.

    Raises Refused where the backup is altered, broken or of another engine, or where something is there already.
    """
    with source(origin) as read:
        manifest, size = _manifest(read)
        folder = _empty_folder(place, files, manifest)
        if size > shutil.disk_usage(folder).free:
            raise Refused(error("store.cannot_write", str(folder), reason=os.strerror(errno.ENOSPC)))
        server = _empty_server(str(place), folder) if manifest.engine != "sqlite" else None
        try:
            _copy_files(read, manifest, folder)
            if server:
                _fill_server(server, read, manifest)
            else:
                read.copy(_SQLITE_FILE, folder / DATABASE, manifest.files.get(_SQLITE_FILE))
        except BaseException:
            _take_away(folder, server)
            raise
    store = server or connect(place, files=folder)
    upgrade(store)
    _end_sessions(store)
    return manifest, verify_chain(store)


def _end_sessions(store: Store) -> None:
    """Whoever was logged in when the backup was made is not logged in to the copy: his rights may have been taken since."""
    with refusing(store.place), store.engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET ended_at = :at WHERE ended_at = ''"), {"at": now()})


def _copy_files(read: Source, manifest: Manifest, folder: Path) -> None:
    for name in sorted(manifest.files):
        if not name.startswith(f"{DATABASE_FOLDER}/"):
            read.copy(name, folder / name, manifest.files[name])


def _manifest(read: Source) -> tuple[Manifest, int]:
    """The manifest, and how many bytes all its files have."""
    try:
        manifest = Manifest(**json.loads(read.text(MANIFEST)))
        names = set(manifest.files)
        size = sum(int(one["size"]) for one in manifest.files.values() if str(one["sha256"]))
        is_later = manifest.revision > REVISION
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as bad:
        raise Refused(error("store.backup_unreadable", str(read.origin), reason=type(bad).__name__)) from bad
    read.check_names({*names, MANIFEST})
    if is_later:
        raise Refused(error("store.newer", str(read.origin), found=manifest.revision, known=REVISION))
    return manifest, size


def _empty_folder(place: str | Path, files: str | Path | None, manifest: Manifest) -> Path:
    """Where the files go, made as far as it is not there; raises Refused where it is not empty or the place is of another engine."""
    is_server = isinstance(place, str) and "://" in place
    if is_server != (manifest.engine != "sqlite"):
        raise Refused(error("store.other_engine", str(place).partition("://")[0], found=manifest.engine))
    if bool(files) != is_server or Path(str(place)).suffix == Path(DATABASE).suffix:
        raise Refused(error("store.files_needed", str(place).partition("://")[0]))
    folder = Path(files or place)
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(error("store.not_empty", str(folder)))
    return make_private(folder)


def _empty_server(place: str, folder: Path) -> Store:
    store = connect(place, files=folder)
    with refusing(store.place), store.engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise Refused(error("store.not_empty", store.place))
    return store


def _fill_server(store: Store, read: Source, manifest: Manifest) -> None:
    upgrade(store, to=manifest.revision)
    with tempfile.TemporaryDirectory() as folder, refusing(store.place), store.engine.begin() as connection:
        connection.execute(text("DELETE FROM chain_head"))  # the one row that comes with the tables
        for table in _tables(connection):
            name, path = f"{DATABASE_FOLDER}/{table}.copy", Path(folder) / table
            read.copy(name, path, manifest.files.get(name))
            _copy_in(connection, table, path)
        _number_on(connection)


def _copy_in(connection: Connection, table: str, path: Path) -> None:
    driver: Any = connection.connection.driver_connection
    copy = f'COPY "{table}" ({_columns(connection, table)}) FROM STDIN'
    with path.open("rb") as stream, driver_faults(connection), driver.cursor() as cursor, cursor.copy(copy) as copied:
        for piece in _pieces(stream):
            copied.write(piece)


def _pieces(stream: Any) -> Iterator[bytes]:
    while piece := stream.read(_CHUNK):
        yield piece


_NUMBERED = text(
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND column_default LIKE 'nextval%'"
)


def _number_on(connection: Connection) -> None:
    """The numbers that the server gives go on after those that are there."""
    for table, column in connection.execute(_NUMBERED).all():
        sequence = connection.execute(text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": f'"{table}"', "c": column}).scalar_one()
        last = text(f'SELECT setval(:s, (SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"), false)')  # noqa: S608  # of the server
        connection.execute(last, {"s": sequence})


def _take_away(folder: Path, server: Store | None) -> None:
    """What a broken restore has left in the place that was empty."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if server:
        with contextlib.suppress(DBAPIError), server.engine.begin() as connection:
            for table in inspect(connection).get_table_names():
                connection.execute(text(f'DROP TABLE "{table}" CASCADE'))
