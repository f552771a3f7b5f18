"""Opening a store: a directory with SQLite in it, or a database by its address with a directory of files."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool
from sqlmodel import create_engine

from greenfin.core.problems import Refused, error
from greenfin.store.upgrading import check_revision, upgrade

DATABASE = "greenfin.sqlite"
DEFAULT_PLACE = "runs"
PLACE_VARIABLE, FILES_VARIABLE = "GREENFIN_STORE", "GREENFIN_FILES"
BUSY_SECONDS = 10.0
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_CACHE_KIB = 65_536  # of pages, a connection: a large change that does not fit is written again and again
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", f"cache_size=-{_CACHE_KIB}")
_SUFFIXES = (".sqlite", ".sqlite3", ".db")


@dataclass(frozen=True, slots=True)
class Store:
    """An open store: its database, and the directory that holds ``rows/``, ``evidence/`` and ``heads.jsonl``."""

    engine: Engine
    files: Path = field(default_factory=Path)
    busy_seconds: float = BUSY_SECONDS

    @property
    def place(self) -> str:
        """Its name for people: the file, or the address without its password."""
        return str(self.engine.url.database) if self.is_sqlite else self.engine.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine."""
        return self.engine.dialect.name == "sqlite"


def open_store(place: str | Path | None = None, *, files: str | Path | None = None) -> Store:
    """The store at a directory, a ``.sqlite`` file or a database address (default: ``GREENFIN_STORE``, else ``runs``).

    A file is made where there is none, and the register of release 0.1.0 is brought to this release; every other upgrade is asked for
    (``db upgrade``). Raises Refused where it cannot be opened or is not of this release.
    """
    store = connect(place, files=files)
    wrong = check_revision(store)
    if wrong and store.is_sqlite and (wrong.code == "store.no_tables" or wrong.params["found"] == "0001"):
        upgrade(store)
    elif wrong:
        raise Refused(wrong)
    return store


def connect(place: str | Path | None = None, *, files: str | Path | None = None) -> Store:
    """The store as it is, whatever release its tables are of. Raises Refused."""
    chosen = chosen_place(place)
    given = files or os.environ.get(FILES_VARIABLE)
    return _database(chosen, given) if isinstance(chosen, str) and "://" in chosen else _local(Path(chosen), given)


def chosen_place(place: str | Path | None = None) -> str | Path:
    """The place given, else ``GREENFIN_STORE``, else ``runs``."""
    return place or os.environ.get(PLACE_VARIABLE) or DEFAULT_PLACE


def _local(path: Path, files: str | Path | None) -> Store:
    file = path if path.suffix in _SUFFIXES else path / DATABASE
    if file != path:
        make_private(path)
    _keep_private(file)
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return Store(engine, Path(files) if files else file.parent)


def _database(address: str, files: str | Path | None) -> Store:
    try:
        url = make_url(address)
        engine = create_engine(url, pool_pre_ping=True) if url.get_backend_name() != "sqlite" else create_engine(url, poolclass=NullPool)
    except (ArgumentError, NoSuchModuleError, ImportError) as bad:  # without the address: it may hold a password
        raise Refused(error("store.cannot_open", address.partition("://")[0], reason=type(bad).__name__)) from bad
    if engine.dialect.name == "sqlite":
        return _local(Path(url.database or DATABASE), files)
    return Store(engine, Path(files) if files else Path(DEFAULT_PLACE))


def make_private(folder: Path) -> Path:
    """The folder, made for its owner alone where there is none. Raises Refused."""
    try:
        folder.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as bad:
        raise Refused(error("store.cannot_open", str(folder), reason=bad.strerror or type(bad).__name__)) from bad
    return folder


def _keep_private(file: Path) -> None:
    """A new file can be read by its owner alone; one that is there keeps its mode."""
    try:
        file.touch(_FILE_MODE)
    except OSError as bad:
        raise Refused(error("store.cannot_open", str(file), reason=bad.strerror or type(bad).__name__)) from bad


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so (_on_begin)
    for pragma in (f"busy_timeout={int(BUSY_SECONDS * 1000)}", *_PRAGMAS):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("immediate") else "BEGIN")
