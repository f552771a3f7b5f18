"""Single changes to the record by somebody who owns the database: the audit finds every one."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from greenfin.reference.load import load
from greenfin.store.audit import verify_chain
from greenfin.store.decisions import propose, return_
from greenfin.store.opening import open_store
from greenfin.store.postgres import grant_application
from greenfin.store.tables import LOGS
from greenfin.store.writing import writing
from tests.faults.writers import write_batch
from tests.reviewed import CHECKER, MAKER, entered, items, wanted
from tests.store_places import StorePlace, new_place, server

TIMES = 200
Change = Callable[[sqlite3.Connection, random.Random], str | None]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with every kind of row in it, and nobody at work."""
    folder = tmp_path_factory.mktemp("recorded") / "store"
    store = open_store(folder)
    reference = load()
    for batch in ("a", "b"):
        for _ in write_batch(store, reference, batch, 12):
            pass
    receipts = [f"R{n}" for n in range(6)]
    entered(store, receipts, book="c")
    propose(store, MAKER, items(store, receipts), wanted(6), reference=reference, reason="seen")
    return_(store, CHECKER, items(store, receipts[:3]), reason="no")
    with writing(store) as now:
        for n in range(5):
            now.event("someone", "x", subject=str(n), detail={"n": n})
    assert verify_chain(store).same
    store.engine.dispose()
    return folder


def _log(rng: random.Random) -> str:
    return rng.choice(sorted(LOGS))


def _row(connection: sqlite3.Connection, table: str, rng: random.Random) -> tuple[list[str], tuple[object, ...]]:
    found = connection.execute(f"SELECT * FROM {table}")  # noqa: S608  # of this test
    names, rows = [column[0] for column in found.description], found.fetchall()
    return names, rng.choice(rows)


def _other(value: object, rng: random.Random) -> object:
    """Another value, as near to the old one as can be."""
    if isinstance(value, int):
        return value + rng.choice((-1, 1))
    if value is None:
        return rng.choice((0, "", "x"))
    text_ = str(value)
    near = (text_ + " ", text_ + "\u200b", text_[:-1], text_.upper(), text_.swapcase(), text_[::-1], text_.replace("1", "2"), "x")
    return rng.choice([other for other in near if other != text_])


def value(connection: sqlite3.Connection, rng: random.Random) -> str:
    """One value of one row of a log."""
    log = _log(rng)
    names, row = _row(connection, log, rng)
    at = rng.randrange(1, len(names))
    connection.execute(f"UPDATE {log} SET {names[at]} = ? WHERE number = ?", (_other(row[at], rng), row[0]))  # noqa: S608
    return f"{log}.{names[at]}"


def removed(connection: sqlite3.Connection, rng: random.Random) -> str:
    """One row less."""
    log = _log(rng)
    _, row = _row(connection, log, rng)
    connection.execute(f"DELETE FROM {log} WHERE number = ?", (row[0],))  # noqa: S608
    return log


def inserted(connection: sqlite3.Connection, rng: random.Random) -> str:
    """One row more: before, after or far behind the others, or the numbers moved up to make room for it."""
    log = _log(rng)
    names, row = _row(connection, log, rng)
    last = connection.execute(f"SELECT max(number) FROM {log}").fetchone()[0]  # noqa: S608
    number = rng.choice((0, -1, last + 1, last + 1000, int(str(row[0]))))
    if number == row[0]:
        connection.execute(f"UPDATE {log} SET number = -number - 1 WHERE number >= ?", (number,))  # noqa: S608
        connection.execute(f"UPDATE {log} SET number = -number WHERE number < 0")  # noqa: S608
    marks = ", ".join("?" * len(names))
    connection.execute(f"INSERT INTO {log} VALUES ({marks})", (number, *row[1:]))  # noqa: S608
    return f"{log} {number}"


def swapped(connection: sqlite3.Connection, rng: random.Random) -> str | None:
    """Two rows with their numbers exchanged."""
    log = _log(rng)
    rows = connection.execute(f"SELECT * FROM {log}").fetchall()  # noqa: S608
    one, other = rng.sample(rows, 2)
    if one[1:] == other[1:]:
        return None
    for was, now in ((one[0], -1), (other[0], one[0]), (-1, other[0])):
        connection.execute(f"UPDATE {log} SET number = ? WHERE number = ?", (now, was))  # noqa: S608
    return log


def tail(connection: sqlite3.Connection, rng: random.Random) -> str:
    """The last blocks taken off with their rows, and the head put back to the one before, as if they had never been."""
    blocks = connection.execute("SELECT number, log, first, last, sha256 FROM blocks ORDER BY number").fetchall()
    left = rng.randrange(1, len(blocks))
    for number, log, first, last, _ in blocks[left:]:
        connection.execute(f"DELETE FROM {log} WHERE number BETWEEN ? AND ?", (first, last))  # noqa: S608
        connection.execute("DELETE FROM blocks WHERE number = ?", (number,))
    connection.execute("UPDATE chain_head SET number = ?, sha256 = ?", (blocks[left - 1][0], blocks[left - 1][4]))
    return f"{len(blocks) - left} blocks"


def block(connection: sqlite3.Connection, rng: random.Random) -> str:
    """One value of one block, or a block less, or the head of the chain."""
    if rng.random() < 0.2:
        number = _row(connection, "blocks", rng)[1][0]
        connection.execute("DELETE FROM blocks WHERE number = ?", (number,))
        return "blocks less"
    table = rng.choice(("blocks", "blocks", "chain_head"))
    names, row = _row(connection, table, rng)
    at = rng.randrange(1 if table == "chain_head" else 0, len(names))
    connection.execute(f"UPDATE {table} SET {names[at]} = ? WHERE {names[0]} = ?", (_other(row[at], rng), row[0]))  # noqa: S608
    return f"{table}.{names[at]}"


_STANDING = ("state", "version", "maker", "checker", "in_force_from", "reported_run", "withdrawn_on", "decision", "code", "share_ppm")


def tag(connection: sqlite3.Connection, rng: random.Random) -> str:
    """How one receipt stands, or a decided one less, or one more that claims to be decided."""
    rows = connection.execute(f"SELECT receipt, {', '.join(_STANDING)} FROM tags WHERE version > 0").fetchall()  # noqa: S608
    row = rng.choice(rows)
    kind = rng.random()
    if kind < 0.15:
        connection.execute("DELETE FROM tags WHERE receipt = ?", row[:1])
        return "tags less"
    if kind < 0.3:
        connection.execute("CREATE TEMP TABLE one AS SELECT * FROM tags WHERE receipt = ?", row[:1])
        connection.execute("UPDATE one SET receipt = 'X' || receipt")
        connection.execute("INSERT INTO tags SELECT * FROM one")
        return "tags more"
    at = rng.randrange(1, len(row))
    connection.execute(f"UPDATE tags SET {_STANDING[at - 1]} = ? WHERE receipt = ?", (_other(row[at], rng), row[0]))  # noqa: S608
    return f"tags.{_STANDING[at - 1]}"


CHANGES: tuple[Change, ...] = (value, removed, inserted, swapped, tail, block, tag)


def _tampered(recorded: Path, folder: Path, change: Change, rng: random.Random) -> str:
    """A copy with the change in it; which one."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(recorded, folder)
    with closing(sqlite3.connect(folder / "greenfin.sqlite")) as connection, connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.commit()
        done = None
        while done is None:
            try:
                done = change(connection, rng)
            except sqlite3.IntegrityError:  # the database itself does not take it
                connection.rollback()
        for _, made in guards:  # put back, so that only the change itself can be found
            connection.execute(made)
    return f"{change.__name__}: {done}"


def _missed(recorded: Path, folder: Path, times: int, seed: int) -> tuple[Counter[str], list[str]]:
    rng, made, missed = random.Random(seed), Counter[str](), []
    for n in range(times):
        change = CHANGES[n % len(CHANGES)]
        done = _tampered(recorded, folder, change, rng)
        made[change.__name__] += 1
        store = open_store(folder)
        if verify_chain(store).same:
            missed.append(done)
        store.engine.dispose()
    return made, missed


def test_a_few_single_changes_are_found(recorded: Path, tmp_path: Path) -> None:
    assert not _missed(recorded, tmp_path / "copy", 28, seed=1)[1]


@pytest.mark.slow
def test_two_hundred_single_changes_are_found(
    recorded: Path, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    made, missed = _missed(recorded, tmp_path / "copy", TIMES, seed=2)
    assert not missed
    assert sum(made.values()) == TIMES
    record_testsuite_property("changes found", dict(made))


def test_the_copy_itself_is_sound(recorded: Path, tmp_path: Path) -> None:
    shutil.copytree(recorded, tmp_path / "copy")
    assert verify_chain(open_store(tmp_path / "copy")).same


ATTEMPTS = (
    "UPDATE {log} SET at = 'x'",
    "UPDATE {log} SET number = 99 WHERE number = 1",
    "DELETE FROM {log}",
    "DELETE FROM {log} WHERE number = -1",
    "TRUNCATE {log}",
    "ALTER TABLE {log} DISABLE TRIGGER ALL",
    "ALTER TABLE {log} DISABLE TRIGGER {log}_no_change",
    "ALTER TABLE {log} DISABLE TRIGGER {log}_no_truncate",
    "ALTER TABLE {log} ADD COLUMN x text",
    "ALTER TABLE {log} OWNER TO CURRENT_USER",
    "ALTER TABLE {log} RENAME TO gone",
    "DROP TRIGGER {log}_no_change ON {log}",
    "DROP TABLE {log}",
    "DROP TABLE {log} CASCADE",
    "CREATE RULE r AS ON INSERT TO {log} DO INSTEAD NOTHING",
    "CREATE TRIGGER t BEFORE INSERT ON {log} FOR EACH ROW EXECUTE FUNCTION greenfin_append_only()",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "INSERT INTO {log} SELECT * FROM {log} ON CONFLICT (number) DO UPDATE SET at = 'x'",
    "CREATE OR REPLACE FUNCTION greenfin_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "DROP FUNCTION greenfin_append_only() CASCADE",
    "CREATE TABLE mine (x text)",
    "CREATE SCHEMA mine",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "COPY {log} FROM PROGRAM 'true'",
    "COPY {log} TO '/tmp/x'",
    "UPDATE alembic_version SET version_num = '9'",
)


@pytest.mark.parametrize("log", [*sorted(LOGS), "blocks"])
def test_the_application_can_only_add_to_the_logs_on_a_server(recorded: Path, tmp_path: Path, log: str) -> None:
    with new_place("postgresql", tmp_path) as place:
        store = place.open()
        with writing(store) as now:
            now.event("a", "x")
        role = "greenfin_app"
        grant_application(store, role)
        engine = create_engine(server().address(str(store.engine.url.database), user=role))
        before = verify_chain(store)
        with engine.begin() as connection:
            connection.execute(text(f"GRANT ALL ON {log} TO CURRENT_USER"))  # a warning only: it grants nothing
        for attempt in ATTEMPTS:
            with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
                connection.execute(text(attempt.format(log=log)))
            assert str(refused.value.orig.sqlstate) in {"42501", "23001", "42704"}, attempt  # type: ignore[union-attr]
        app = StorePlace(server().address(str(store.engine.url.database), user=role), place.files).open()
        with writing(app) as now:  # what it may do, it can
            now.event("a", "y")
        assert verify_chain(app).same
        assert verify_chain(store).blocks == before.blocks + 1
        for one in (engine, app.engine, store.engine):
            one.dispose()


def test_the_owner_is_stopped_by_the_triggers_on_both_engines(tmp_path: Path, store_place: StorePlace) -> None:
    store = store_place.open()
    with writing(store) as now:
        now.event("a", "x", detail=json.loads("{}"))
    for attempt in ("UPDATE {log} SET at = 'x'", "DELETE FROM {log}"):
        for log in (*sorted(LOGS), "blocks"):
            if log not in {"events", "blocks"}:
                continue  # a trigger of SQLite is for rows, and these have none
            with store.engine.connect() as connection, pytest.raises(DBAPIError, match="append only"):
                connection.execute(text(attempt.format(log=log)))
    store.engine.dispose()
