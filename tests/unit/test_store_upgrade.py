"""The tables from release to release."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from greenfin.core.problems import Refused
from greenfin.store import runs
from greenfin.store.opening import Store, connect, open_store
from greenfin.store.tables import LOGS
from greenfin.store.upgrading import REVISION, check_revision, upgrade
from greenfin.store.writing import writing
from tests.store_places import ENGINES, StorePlace, new_place

# what release 0.1.0 made, word for word
_OF_0_1_0 = """
CREATE TABLE runs (
	number INTEGER NOT NULL,
	run VARCHAR NOT NULL,
	folder VARCHAR NOT NULL,
	as_of VARCHAR NOT NULL,
	edition VARCHAR NOT NULL,
	policy VARCHAR NOT NULL,
	made_at VARCHAR NOT NULL,
	loans INTEGER NOT NULL,
	errors INTEGER NOT NULL,
	warnings INTEGER NOT NULL,
	version VARCHAR NOT NULL,
	reference VARCHAR NOT NULL,
	PRIMARY KEY (number),
	UNIQUE (run, folder)
);
CREATE INDEX ix_runs_run ON runs (run);
INSERT INTO runs VALUES (1, '2025-12-31-abc', '/r', '2025-12-31', 'e', 'strict', '2026-01-05T12:00:00+00:00', 7, 2, 3, '0.1.0', 'f');
"""


def _differences(store: Store) -> list[object]:
    with store.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), SQLModel.metadata))


def test_the_migrations_make_the_tables_that_are_declared(store: Store) -> None:
    assert _differences(store) == []


def test_the_revision_opened_is_the_last_migration() -> None:
    folder = Path(__file__).parents[2] / "greenfin/store/migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == REVISION


def test_a_register_of_0_1_0_keeps_its_runs(tmp_path: Path) -> None:
    path = tmp_path / "greenfin.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(_OF_0_1_0)
    store = open_store(path)
    assert [entry.run for entry in runs(store)] == ["2025-12-31-abc"]
    assert check_revision(store) is None
    assert _differences(store) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_an_upgrade_says_from_where_to_where_and_is_done_once(engine: str, tmp_path: Path) -> None:
    with new_place(engine, tmp_path, is_empty=True) as place:
        store = connect(place.address, files=place.files)
        assert upgrade(store) == ("", REVISION)
        assert upgrade(store) == (REVISION, REVISION)
        store.engine.dispose()


def test_an_empty_server_is_not_filled_by_opening_it(tmp_path: Path) -> None:
    with new_place("postgresql", tmp_path, is_empty=True) as place:
        with pytest.raises(Refused) as refused:
            place.open()
        assert refused.value.problem.code == "store.no_tables"
        store = connect(place.address)
        assert inspect(store.engine).get_table_names() == []
        store.engine.dispose()


def test_tables_of_a_later_release_are_refused(store: Store, store_place: StorePlace) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (store_place.open, lambda: upgrade(store)):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.problem.code == "store.newer"


def test_two_open_an_empty_folder_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(tmp_path / "store"), range(4)))
    assert all(check_revision(store) is None for store in stores)


@pytest.mark.parametrize("log", [*LOGS, "blocks"])
@pytest.mark.parametrize("change", ["UPDATE {} SET number = number", "DELETE FROM {}", "TRUNCATE {}"])
def test_logs_can_only_be_added_to(store: Store, log: str, change: str) -> None:
    if store.is_sqlite and change.startswith("TRUNCATE"):
        return
    row = {name: "0" for name in LOGS[log].model_fields if name != "number"} if log in LOGS else {}
    with writing(store) as now:
        if row:
            now.append(log, [row | {name: 0 for name in ("share_ppm", "replaces") if name in row}])
        now.event("a", "x")
    with pytest.raises(DBAPIError, match="append only"), store.engine.begin() as connection:
        connection.execute(text(change.format(log)))
