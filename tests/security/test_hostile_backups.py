"""Backups made to hurt: names that climb out, links, bombs, lies in the manifest. Nothing is written outside, nothing is left behind."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greenfin.core.problems import Refused
from greenfin.messages import tell
from greenfin.store.audit import verify_chain
from greenfin.store.backup import backup, restore
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
from greenfin.store.rows import keep_rows
from greenfin.store.writing import writing
from tests.reviewed import loans_of

ADMIN = Actor("root", "admin")
EVIL = b"evil"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a small store as a folder."""
    place = tmp_path_factory.mktemp("sound")
    store = open_store(place / "store")
    keep_rows(store, loans_of(["A", "B"]))
    with writing(store) as now:
        now.event("a", "x")
    backup(store, ADMIN, place / "made")
    store.engine.dispose()
    return place / "made"


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _zipped(path: Path, parts: dict[str, bytes], **of_entry: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = of_entry.get(name, 0o644 << 16)
            packed.writestr(entry, content)
    return path


def _listed(parts: dict[str, bytes], **more: Any) -> dict[str, bytes]:
    """The parts with a manifest that lists all of them."""
    manifest = json.loads(parts["manifest.json"])
    others = {name: content for name, content in parts.items() if name != "manifest.json"}
    manifest["files"] = {name: {"size": len(c), "sha256": hashlib.sha256(c).hexdigest()} for name, c in others.items()}
    return {**others, "manifest.json": json.dumps({**manifest, **more}).encode()}


def _refused(origin: Path, place: Path) -> str:
    with pytest.raises(Refused) as refused:
        restore(origin, place)
    assert tell(refused.value.problem, "zh")
    assert tell(refused.value.problem, "en")
    assert not [path for path in place.rglob("*") if path.is_file()] if place.exists() else True
    return refused.value.problem.code


CLIMBING = (
    *("../evil", "rows/../../evil", "/usr/greenfin-evil", "evidence/..", "evidence/../../evil", "..\\evil", "C:\\evil"),
    *("rows/" + "a" * 64 + ".parquet/../../../evil", "evidence/" + "a" * 64 + "\0/evil", "database/../evil.copy", "./heads.jsonl"),
    *("HEADS.JSONL", "evidence/" + "A" * 64, "rows/evil.py", "evidence/" + "a" * 63, "database/greenfin.sqlite-wal", "heads.jsonl/x"),
)


@pytest.mark.parametrize("name", CLIMBING, ids=range(len(CLIMBING)))
def test_names_that_are_not_ours_are_refused_in_a_zip(sound: Path, tmp_path: Path, name: str) -> None:
    origin = _zipped(tmp_path / "b.zip", _listed({**_files(sound), name: EVIL}))
    assert _refused(origin, tmp_path / "a" / "b" / "place") in {"store.backup_not_ours", "store.backup_unreadable"}
    assert not list(tmp_path.rglob("*evil*"))
    assert not Path("/usr/greenfin-evil").exists()


def test_a_name_in_the_manifest_alone_is_refused(sound: Path, tmp_path: Path) -> None:
    parts = _listed(_files(sound))
    manifest = json.loads(parts["manifest.json"])
    manifest["files"]["../../evil"] = {"size": 4, "sha256": hashlib.sha256(EVIL).hexdigest()}
    origin = _zipped(tmp_path / "b.zip", {**parts, "manifest.json": json.dumps(manifest).encode()})
    assert _refused(origin, tmp_path / "place") == "store.backup_not_ours"


def test_the_same_name_twice_is_refused(sound: Path, tmp_path: Path) -> None:
    origin = _zipped(tmp_path / "b.zip", _listed(_files(sound)))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(origin, "a") as packed:
        packed.writestr("heads.jsonl", EVIL)
    assert _refused(origin, tmp_path / "place") == "store.backup_not_ours"


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_links_in_a_folder_are_refused(sound: Path, tmp_path: Path) -> None:
    for name, to in (("heads.jsonl", "/etc/hostname"), ("evidence", "/etc"), ("rows/" + "a" * 64 + ".parquet", "/etc/passwd")):
        folder = tmp_path / name.replace("/", "-")
        for part, content in _files(sound).items():
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            (folder / part).write_bytes(content)
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(to)
        assert _refused(folder, tmp_path / f"place-{folder.name}") in {"store.backup_not_ours", "store.backup_altered"}


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_link_as_a_part_of_a_zip_is_a_plain_file(sound: Path, tmp_path: Path) -> None:
    name = "evidence/" + hashlib.sha256(b"/etc/passwd").hexdigest()
    parts = _listed({**_files(sound), name: b"/etc/passwd"})
    origin = _zipped(tmp_path / "b.zip", parts, **{name: (stat.S_IFLNK | 0o777) << 16})
    restore(origin, tmp_path / "place")
    made = tmp_path / "place" / name
    assert not made.is_symlink()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert made.read_bytes() == b"/etc/passwd"


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_place_that_is_a_link_leads_nowhere_else(sound: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "theirs").write_text("theirs")
    (tmp_path / "place").symlink_to(tmp_path / "full")
    with pytest.raises(Refused) as refused:
        restore(sound, tmp_path / "place")
    assert refused.value.problem.code == "store.not_empty"
    assert (tmp_path / "full" / "theirs").read_text() == "theirs"


BAD_MANIFESTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a list": lambda m: [m],
    "null": lambda _m: None,
    "files a list": lambda m: {**m, "files": []},
    "files null": lambda m: {**m, "files": None},
    "size negative": lambda m: {**m, "files": {n: {**f, "size": -1} for n, f in m["files"].items()}},
    "size text": lambda m: {**m, "files": {n: {**f, "size": "x"} for n, f in m["files"].items()}},
    "size infinite": lambda m: {**m, "files": {n: {**f, "size": float("inf")} for n, f in m["files"].items()}},
    "size huge": lambda m: {**m, "files": {n: {**f, "size": 2**80} for n, f in m["files"].items()}},
    "sha a number": lambda m: {**m, "files": {n: {**f, "sha256": 7} for n, f in m["files"].items()}},
    "of a file nothing": lambda m: {**m, "files": dict.fromkeys(m["files"])},
    "revision a number": lambda m: {**m, "revision": 2},
    "revision null": lambda m: {**m, "revision": None},
    "revision later": lambda m: {**m, "revision": "9999"},
    "revision of none": lambda m: {**m, "revision": "0000'; --"},
    "engine a list": lambda m: {**m, "engine": ["sqlite"]},
    "engine unknown": lambda m: {**m, "engine": "mysql"},
    "without files": lambda m: {k: v for k, v in m.items() if k != "files"},
    "more than there is": lambda m: {**m, "more": 1},
}


@pytest.mark.parametrize("name", BAD_MANIFESTS)
def test_a_manifest_that_lies_is_refused(sound: Path, tmp_path: Path, name: str) -> None:
    parts = _files(sound)
    made = BAD_MANIFESTS[name](json.loads(parts["manifest.json"]))
    origin = _zipped(tmp_path / "b.zip", {**parts, "manifest.json": json.dumps(made).encode()})
    try:
        assert _refused(origin, tmp_path / "place").startswith("store.")
    except pytest.fail.Exception:
        assert name == "revision of none"  # an earlier one than this release's: upgraded, and the database says what it is
        assert verify_chain(open_store(tmp_path / "place")).same


@pytest.mark.parametrize("deep", [200_000])
def test_a_manifest_nested_beyond_reason_is_refused(sound: Path, tmp_path: Path, deep: int) -> None:
    origin = _zipped(tmp_path / "b.zip", {**_files(sound), "manifest.json": b"[" * deep})
    assert _refused(origin, tmp_path / "place") == "store.backup_unreadable"


def test_a_bomb_is_not_unpacked_beyond_its_stated_size(sound: Path, tmp_path: Path) -> None:
    name = "evidence/" + "a" * 64
    parts = _listed({**_files(sound), name: EVIL})
    origin = _zipped(tmp_path / "b.zip", {**parts, name: b"\0" * 300_000_000})
    assert origin.stat().st_size < 2_000_000
    seen = _most_on_disk(lambda: _refused(origin, tmp_path / "place"), tmp_path / "place")
    assert seen < 2_000_000


def test_a_bomb_that_states_its_size_needs_the_room(sound: Path, tmp_path: Path) -> None:
    parts = _files(sound)
    manifest = json.loads(parts["manifest.json"])
    name = "evidence/" + "a" * 64
    manifest["files"][name] = {"size": 2**60, "sha256": "a" * 64}
    origin = _zipped(tmp_path / "b.zip", {**parts, name: EVIL, "manifest.json": json.dumps(manifest).encode()})
    assert _refused(origin, tmp_path / "place") == "store.cannot_write"


def _most_on_disk(work: Callable[[], object], folder: Path) -> int:
    """The bytes that were ever written below the folder, as far as the calls of this process tell."""
    written = 0
    real = os.open

    def counted(path: Any, *args: Any, **kwargs: Any) -> int:
        nonlocal written
        if str(path).startswith(str(folder)):
            written = max(written, sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()))
        return real(path, *args, **kwargs)

    os.open = counted  # type: ignore[assignment]
    try:
        work()
    finally:
        os.open = real
    return written


def test_what_is_restored_is_private_and_never_runs(sound: Path, tmp_path: Path) -> None:
    origin = _zipped(tmp_path / "b.zip", _listed(_files(sound)), **dict.fromkeys(_files(sound), (stat.S_IFREG | 0o6777) << 16))
    before = os.umask(0)
    try:
        _, verdict = restore(origin, tmp_path / "place")
    finally:
        os.umask(before)
    assert verdict.same
    modes = {p.relative_to(tmp_path).as_posix(): stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "place").rglob("*")}
    assert not {name: oct(mode) for name, mode in modes.items() if mode & 0o7077}


def test_an_evil_database_in_a_backup_is_found(sound: Path, tmp_path: Path) -> None:
    import sqlite3

    parts = _files(sound)
    altered = tmp_path / "x.sqlite"
    altered.write_bytes(parts["database/greenfin.sqlite"])
    with sqlite3.connect(altered) as plain:
        (guard,) = plain.execute("SELECT sql FROM sqlite_master WHERE name = 'events_no_update'").fetchone()
        plain.execute("DROP TRIGGER events_no_update")
        plain.execute("UPDATE events SET actor = 'mallory'")
        plain.execute(guard)
    origin = _zipped(tmp_path / "b.zip", _listed({**parts, "database/greenfin.sqlite": altered.read_bytes()}))
    _, verdict = restore(origin, tmp_path / "place")
    assert not verdict.same
