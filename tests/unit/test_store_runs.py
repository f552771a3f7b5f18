"""The register of runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from greenfin.core.problems import Refused
from greenfin.store import open_store, register, runs
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from tests.people_of_a_bank import cheap_hashing, first_admin
from tests.registered_runs import NOON, saved_run


def test_a_run_is_entered_with_what_it_was_made_of(tmp_path: Path) -> None:
    store = open_store(tmp_path / "greenfin.sqlite")
    entry = register(store, None, saved_run(tmp_path / "a"), made_at=NOON)
    assert (entry.run, entry.policy, entry.loans, entry.errors, entry.warnings) == ("2025-12-31-abc", "strict", 7, 2, 3)
    assert runs(store) == (entry,)


def test_the_same_run_in_the_same_folder_is_entered_once(tmp_path: Path) -> None:
    store = open_store(tmp_path / "greenfin.sqlite")
    first = register(store, None, saved_run(tmp_path / "a"), made_at=NOON)
    again = register(store, None, saved_run(tmp_path / "a"), made_at=NOON + timedelta(hours=1))
    elsewhere = register(store, None, saved_run(tmp_path / "b"), made_at=NOON)
    assert again == first
    assert [entry.folder.name for entry in runs(store)] == ["b", "a"]
    assert elsewhere.number > first.number


def test_two_at_the_same_moment_enter_one_line(tmp_path: Path) -> None:
    path = tmp_path / "greenfin.sqlite"
    open_store(path)
    with ThreadPoolExecutor(4) as pool:
        entries = list(pool.map(lambda _: register(open_store(path), None, saved_run(tmp_path / "a"), made_at=NOON), range(8)))
    assert {entry.number for entry in entries} == {runs(open_store(path))[0].number}
    assert len(runs(open_store(path))) == 1


def test_times_are_kept_as_utc(tmp_path: Path) -> None:
    store = open_store(tmp_path / "greenfin.sqlite")
    shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    register(store, None, saved_run(tmp_path / "a"), made_at=shanghai)
    assert runs(store)[0].made_at == NOON
    assert runs(store)[0].made_at.utcoffset() == timedelta(0)


def test_pages_by_key_give_each_run_once_newest_first(tmp_path: Path) -> None:
    store = open_store(tmp_path / "greenfin.sqlite")
    for i in range(7):
        register(store, None, saved_run(tmp_path / str(i), f"run-{i}"), made_at=NOON)
    seen: list[str] = []
    before: int | None = None
    while page := runs(store, before=before, limit=3):
        seen += [entry.run for entry in page]
        before = page[-1].number
    assert seen == [f"run-{i}" for i in range(6, -1, -1)]


def test_the_store_outlives_the_process_that_wrote_it_and_uses_wal(tmp_path: Path) -> None:
    path = tmp_path / "greenfin.sqlite"
    register(open_store(path), None, saved_run(tmp_path / "a"), made_at=NOON)
    again = open_store(path)
    assert len(runs(again)) == 1
    with again.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "greenfin.sqlite"
    open_store(path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: register(open_store(path), None, saved_run(tmp_path / str(i), f"run-{i}"), made_at=NOON), range(12)))
    assert {entry.run for entry in runs(open_store(path))} == {f"run-{i}" for i in range(12)}


@pytest.mark.parametrize("place", ["text.sqlite", "nowhere/deep/greenfin.sqlite"])
def test_a_place_that_is_no_store_is_refused_in_words(tmp_path: Path, place: str) -> None:
    (tmp_path / "text.sqlite").write_text("this is not a database, only a text long enough to be looked at as one" * 20)
    with pytest.raises(Refused) as refused:
        open_store(tmp_path / place)
    assert refused.value.problem.code == "store.cannot_open"


def test_a_new_register_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    open_store(tmp_path / "greenfin.sqlite")
    assert (tmp_path / "greenfin.sqlite").stat().st_mode & 0o077 == 0


def test_a_record_with_users_asks_who_enters_a_run(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashing(monkeypatch)
    first_admin(store)
    saved = saved_run(tmp_path)
    for actor, code in ((None, "store.not_logged_in"), (Actor("wu", "auditor"), "store.not_permitted")):
        with pytest.raises(Refused) as refused:
            register(store, actor, saved, made_at=NOON)
        assert refused.value.problem.code == code
    assert runs(store) == ()
    assert register(store, Actor("anna", "esg"), saved, made_at=NOON) == runs(store)[0]
