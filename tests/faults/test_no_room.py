"""No room, no right to write, no lock, for real: a small disk, a limit on file sizes, a folder that can only be read, a lock held too long.

Said in words with exit status 2; nothing half-written; what was committed verifies, and with room again the next one goes on.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from greenfin import example
from greenfin.core.problems import Refused
from greenfin.reference.load import load
from greenfin.store import people, sessions
from greenfin.store.audit import verify_chain
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.store.writing import writing
from tests.faults.writers import write_batch
from tests.people_of_a_bank import cheap_hashing

PASSWORD = "Own password 22 !"  # noqa: S105  # of this test
IS_ROOT = sys.platform == "linux" and os.geteuid() == 0
ADMIN = Actor("root", "admin")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A disk of so many bytes at the folder; gives what makes it of another size."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        yield lambda other: _remount(folder, other)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _remount(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{size}", "tmpfs", folder], check=True)


def bank(place: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A store with a maker and an administrator; their tokens."""
    cheap_hashing(monkeypatch)
    store = open_store(place)
    people.add_first_admin(store, "root", PASSWORD)
    tokens = {"root": sessions.log_in(store, "root", PASSWORD).token}
    admin = sessions.actor_of(store, tokens["root"])
    for name, role in (("wang", "maker"), ("li", "checker")):
        people.add_user(store, admin, name, role=role, branches=("*",), password="First password 1!")  # noqa: S106
        people.change_password(store, name, "First password 1!", PASSWORD)
        tokens[name] = sessions.log_in(store, name, PASSWORD).token
    store.engine.dispose()
    return tokens


def greenfin(token: str, *words: object, status: int, before: tuple[str, ...] = ()) -> dict[str, object]:
    """A command as a process of its own; its JSON."""
    command = [*before, sys.executable, "-m", "greenfin.cli.main", *map(str, words), "--json"]
    env = {**os.environ, "GREENFIN_TOKEN": token, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == status, done.stdout + done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def codes(answer: dict[str, object]) -> list[str]:
    return [problem["code"] for problem in answer["problems"]]  # type: ignore[attr-defined]


def until_refused(store: Store, name: str) -> tuple[str, int]:
    """Batches called `name` 0, 1, ... until the store refuses: the code, and how many commits went well before."""
    reference, n = load(), 0
    try:
        for number in range(10_000):
            for _, committed in write_batch(store, reference, f"{name}{number}", 60):
                n += bool(committed)
    except Refused as refused:
        return refused.problem.code, n
    raise AssertionError


def sound(store: Store) -> None:
    verdict = verify_chain(store)
    assert verdict.same, verdict.findings
    assert not list(store.files.rglob(".new-*"))


@pytest.mark.skipif(not IS_ROOT, reason="mounts a disk")
def test_a_disk_that_fills_up_in_the_middle_of_the_work(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "3m") as resized:
        store = open_store(tmp_path / "disk" / "store")
        code, commits = until_refused(store, "f")
        assert code == "store.cannot_write"
        assert commits > 3
        sound(store)
        assert until_refused(store, "g")[0] == "store.cannot_write"  # it stays full, and says so again
        resized("size=30m")
        with writing(store) as now:
            now.event("a", "room.again")
        for _ in write_batch(store, load(), "after", 60):
            pass
        sound(store)
        store.engine.dispose()


@pytest.mark.slow
@pytest.mark.skipif(not IS_ROOT, reason="mounts a disk")
def test_commands_on_a_full_disk_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk", "8m") as resized:
        place = tmp_path / "disk" / "store"
        tokens = bank(place, monkeypatch)
        (tmp_path / "disk" / "filling").write_bytes(b"\0" * 100)
        _fill(tmp_path / "disk" / "filling")
        book = str(example.files().books[0])
        asked = ("review", "import", book, "--as-of", "2025-12-31", "--store", place)
        assert codes(greenfin(tokens["wang"], *asked, status=2)) == ["store.cannot_write"]
        out = tmp_path / "disk" / "decisions.xlsx"
        refused = greenfin(tokens["li"], "review", "export", "--out", out, "--store", place, status=2)
        assert codes(refused)[0] in {"store.cannot_write", "run.cannot_write"}
        refused = greenfin(tokens["root"], "db", "backup", tmp_path / "disk" / "b.zip", "--store", place, status=2)
        assert codes(refused)[0] in {"store.cannot_write", "store.backup_not_written"}
        run = greenfin("", "run", book, "--as-of", "2025-12-31", "--out", tmp_path / "disk" / "run", status=2)
        assert codes(run) == ["run.cannot_write"]
        assert sorted(p.name for p in (tmp_path / "disk").iterdir()) == ["filling", "store"]
        resized("size=40m")
        store = open_store(place)
        sound(store)
        store.engine.dispose()
        greenfin(tokens["wang"], *asked, status=1)  # the example has errors in its data
        greenfin(tokens["root"], "audit", "verify", "--store", place, status=0)


def _fill(path: Path) -> None:
    """All the room that is left on the disk."""
    with path.open("ab", buffering=0) as stream:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    stream.write(b"\0" * size)
            except OSError:
                continue


_LIMITED = """
import resource, signal, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from tests.faults.test_no_room import until_refused
from greenfin.store.opening import open_store
print(*until_refused(open_store(sys.argv[1]), "f"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes")
def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    words = [sys.executable, "-c", _LIMITED, str(tmp_path / "store"), str(1_000_000)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    code, commits = done.stdout.split()
    assert code == "store.cannot_write"
    assert int(commits) > 3
    sound(store)
    for _ in write_batch(store, load(), "after", 60):
        pass
    sound(store)
    store.engine.dispose()


def test_rows_or_documents_that_cannot_be_kept_leave_no_line(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    broken = replace(store, files=tmp_path / "file")
    (tmp_path / "file").write_text("in the way")
    assert until_refused(broken, "f") == ("store.cannot_write", 0)
    assert verify_chain(store).rows == 0
    store.engine.dispose()


@pytest.mark.slow
@pytest.mark.skipif(not IS_ROOT, reason="mounts a disk")
def test_a_place_that_can_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk", "20m") as resized:
        place = tmp_path / "disk" / "store"
        tokens = bank(place, monkeypatch)
        resized("ro")
        book = str(example.files().books[0])
        refused = greenfin(tokens["wang"], "review", "import", book, "--as-of", "2025-12-31", "--store", place, status=2)
        assert codes(refused)[0] in {"store.cannot_write", "store.cannot_open"}
        assert codes(greenfin(tokens["root"], "audit", "verify", "--store", place, status=2))[0] in {
            "store.cannot_write",
            "store.cannot_open",
        }
        resized("rw")
        greenfin(tokens["wang"], "review", "import", book, "--as-of", "2025-12-31", "--store", place, status=1)
        greenfin(tokens["root"], "audit", "verify", "--store", place, status=0)


@pytest.mark.skipif(not IS_ROOT or not shutil.which("setpriv"), reason="gives up the rights of the administrator")
def test_a_store_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = bank(tmp_path / "store", monkeypatch)
    for path in (tmp_path / "store", *(tmp_path / "store").iterdir()):
        os.chown(path, 65534, 65534)
    without = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    for words in (("audit", "verify"), ("review", "list"), ("db", "upgrade"), ("user", "whoami")):
        said = greenfin(tokens["root"], *words, "--store", tmp_path / "store", status=2, before=without)
        assert codes(said)[0] in {"store.cannot_open", "store.cannot_write"}


@pytest.mark.slow
def test_a_lock_that_is_held_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = bank(tmp_path / "store", monkeypatch)
    with closing(sqlite3.connect(tmp_path / "store" / "greenfin.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        book = str(example.files().books[0])
        asked = ("review", "import", book, "--as-of", "2025-12-31", "--store", tmp_path / "store")
        assert codes(greenfin(tokens["wang"], *asked, status=2)) == ["store.busy"]
        greenfin(tokens["li"], "review", "list", "--store", tmp_path / "store", status=0)  # reading goes on
        other.execute("ROLLBACK")
    store = open_store(tmp_path / "store")
    sound(store)
    store.engine.dispose()
    greenfin(tokens["wang"], *asked, status=1)
