"""A restored copy, a rolled-back database, shared folders: what the record says of them."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from greenfin.core.problems import Refused
from greenfin.store import people, sessions
from greenfin.store.audit import head, verify_chain
from greenfin.store.backup import backup, restore
from greenfin.store.opening import Store, connect, open_store
from tests.people_of_a_bank import NOON, SECRET, cheap_hashing, first_admin, person, refusal
from tests.store_places import StorePlace, server


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_hashing(monkeypatch)


def test_nobody_is_logged_in_to_a_restored_copy(store: Store, store_place: StorePlace, tmp_path: Path) -> None:
    admin = first_admin(store)
    token = sessions.log_in(store, "root", SECRET, at=NOON).token
    backup(store, admin, tmp_path / "kept")
    place = tmp_path / "copy" if store_place.is_sqlite else server().address(server().new_database(is_empty=True))
    files = None if store_place.is_sqlite else tmp_path / "copy"
    _, verdict = restore(tmp_path / "kept", place, files=files)
    assert verdict.same
    copy = connect(place, files=files)
    with pytest.raises(Refused) as raised:
        sessions.actor_of(copy, token, at=NOON)
    assert refusal(raised) == "store.not_logged_in"
    assert sessions.actor_of(store, token, at=NOON).user == "root"
    assert sessions.log_in(copy, "root", SECRET, at=NOON)
    copy.engine.dispose()


def _codes(store: Store) -> set[str]:
    return {found.problem.code for found in verify_chain(store).findings}


def _copy_of(store: Store, path: Path) -> Path:
    """The database as a file, as somebody with access to the disk would keep it."""
    with contextlib.closing(sqlite3.connect(store.files / "greenfin.sqlite")) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))
    return path


def _put_back(store: Store, path: Path) -> Store:
    store.engine.dispose()
    for old in store.files.glob("greenfin.sqlite*"):
        old.unlink()
    shutil.copy(path, store.files / "greenfin.sqlite")
    return open_store(store.files)


def test_yesterdays_database_is_found_also_after_more_has_been_written(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    admin = first_admin(store)
    yesterday = _copy_of(store, tmp_path / "yesterday.sqlite")
    person(store, admin, "wang", "maker")
    noted = head(store, admin)
    back = _put_back(store, yesterday)
    assert "audit.tail_removed" in _codes(back)
    for name in ("li", "zhao"):  # the chain goes on from yesterday
        people.add_user(back, admin, name, role="checker", branches=["*"], password=SECRET, at=NOON)
    assert {"audit.head_not_the_same"} <= _codes(back)
    (back.files / "heads.jsonl").unlink()
    assert _codes(back) >= {"audit.heads_missing"}
    assert noted is not None
    found = {f.problem.code for f in verify_chain(back, anchors=[noted]).findings}
    assert found & {"audit.head_not_the_same", "audit.tail_removed"}


def test_two_stores_in_one_folder_of_files_are_found(tmp_path: Path) -> None:
    files = tmp_path / "files"
    first, second = (open_store(tmp_path / f"{name}.sqlite", files=files) for name in ("one", "two"))
    first_admin(first)
    first_admin(second, "toor")
    assert _codes(first) == _codes(second) == {"audit.head_not_the_same"}
