"""A store that is busy, full, cut off or gone: said in words, and nothing half-written."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.store.audit import verify_chain
from greenfin.store.backup import backup, restore
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.store.writing import reading, writing
from tests.store_places import StorePlace, new_place, server

ADMIN = Actor("admin", "admin", ("*",))


def _write(store: Store, n: int = 1) -> None:
    with writing(store) as now:
        now.append("imports", [{"actor": "a", "book": "b" * 64}] * n)


def _code(work: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.problem.code


def test_who_waits_too_long_for_another_writer_is_told_so(store: Store, store_place: StorePlace) -> None:
    _write(store)
    other = replace(store_place.open(), busy_seconds=0.2)
    if other.is_sqlite:
        with other.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 100")
    with writing(store) as now:
        now.event("a", "x")
        began = time.monotonic()
        assert _code(lambda: _write(other)) == "store.busy"
        assert time.monotonic() - began < 5
    _write(other)
    assert (verify_chain(store).same, verify_chain(store).rows) == (True, 3)
    other.engine.dispose()


def test_a_reader_sees_one_picture_while_others_write(store: Store, store_place: StorePlace) -> None:
    _write(store)
    other = store_place.open()
    with reading(store) as session:
        count = text("SELECT count(*) FROM imports")
        before = session.connection().execute(count).scalar()
        _write(other)
        assert session.connection().execute(count).scalar() == before
    other.engine.dispose()


def test_a_full_disk_is_said_and_the_record_stands(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    _write(store)
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # what a full disk is to SQLite
    assert _code(lambda: _write(store, 5_000)) == "store.cannot_write"
    store.engine.dispose()
    assert (verify_chain(store).same, verify_chain(store).rows) == (True, 1)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_may_only_be_read_is_said(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    _write(store)
    store.engine.dispose()
    (tmp_path / "store" / "greenfin.sqlite").chmod(0o400)
    assert _code(lambda: _write(store)) in {"store.cannot_write", "store.cannot_open"}


def test_a_connection_that_is_cut_undoes_the_transaction(store: Store) -> None:
    if store.is_sqlite:
        return
    _write(store)
    name = store.engine.url.database

    def cut() -> None:
        with writing(store) as now:
            now.append("imports", [{"actor": "a", "book": "c"}])
            server().run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608  # of this test
            now.append("imports", [{"actor": "a", "book": "c"}] * 100)

    assert _code(cut) == "store.gone"
    _write(store)
    assert (verify_chain(store).same, verify_chain(store).rows) == (True, 2)


def test_a_server_that_is_not_there_is_said_without_its_password(tmp_path: Path) -> None:
    address = f"postgresql+psycopg://somebody:topsecret@/x?host={tmp_path}"
    with pytest.raises(Refused) as refused:
        open_store(address, files=tmp_path)
    assert refused.value.problem.code == "store.gone"
    assert "topsecret" not in str(refused.value.problem)


@pytest.mark.parametrize("address", ["postgresql+nodriver://x/y", "mysql://x:pw@y/z", "://"])
def test_an_address_of_no_database_we_know_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(Refused) as refused:
        open_store(address, files=tmp_path)
    assert refused.value.problem.code == "store.cannot_open"
    assert "pw" not in str(refused.value.problem)


_WRITER = """
import sys
from greenfin.store import open_store
from greenfin.store.writing import writing
store = open_store(sys.argv[1])
while True:
    with writing(store) as now:
        now.append("imports", [{"actor": "a", "book": "b"}] * 3)
    print("committed", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_writer_that_is_killed_leaves_whole_transactions_only(tmp_path: Path) -> None:
    open_store(tmp_path / "store")
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path / "store")], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        for _ in range(5):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        said = 5 + len(writer.stdout.read().splitlines())
    verdict = verify_chain(open_store(tmp_path / "store"))
    assert verdict.same
    assert verdict.rows % 3 == 0
    assert verdict.rows >= 3 * said


def test_a_committed_transaction_is_on_disk(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    with store.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_row_put_over_another_past_the_program_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    _write(store)
    with store.engine.connect() as connection:
        with pytest.raises(Exception, match="append only"):
            connection.exec_driver_sql("INSERT OR REPLACE INTO imports VALUES (1, 'x', 'mallory', 'y')")
        connection.rollback()
    with closing(sqlite3.connect(tmp_path / "store" / "greenfin.sqlite")) as plain, plain:
        plain.execute("INSERT OR REPLACE INTO imports VALUES (1, 'x', 'mallory', 'y')")  # a program without our settings
    assert [found.problem.code for found in verify_chain(store).findings] == ["audit.rows_altered"]


def test_a_backup_made_while_others_write_is_one_moment_of_the_record(store: Store, store_place: StorePlace, tmp_path: Path) -> None:
    _write(store, 2_000)
    other, stop = store_place.open(), threading.Event()

    def keep_on() -> int:
        written = 0
        while not stop.is_set():
            _write(other, 3)
            written += 1
        return written

    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(keep_on)
        try:
            manifests = [backup(store, ADMIN, tmp_path / f"kept{i}") for i in range(3)]
        finally:
            stop.set()
        assert written.result() > 0
    other.engine.dispose()
    engine = "sqlite" if store.is_sqlite else "postgresql"
    with new_place(engine, tmp_path / "new", is_empty=True) as place:
        files = None if store.is_sqlite else tmp_path / "back"
        manifest, verdict = restore(tmp_path / "kept2", place.address, files=files)
    assert manifest == manifests[2]
    assert verdict.same
    assert verdict.rows % 3 == (2_000 + 2) % 3  # whole transactions only: of three rows each, and two backups' events
