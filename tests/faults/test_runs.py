"""Runs that are killed, find no room, meet other people's files or each other: a run folder is whole or says that it is not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from greenfin import landing, pipeline, run_folder
from greenfin.core.problems import Refused
from greenfin.verify import verify
from tests import run_made

Results = tuple[pipeline.RunResult, pipeline.RunResult]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals, modes and limits of POSIX")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[pipeline.RunResult, pipeline.RunResult]:
    """Two runs: the second of another book, with one table more."""
    folder = tmp_path_factory.mktemp("books")
    more = run_made.book(folder / "more.xlsx", {"贷款余额（元）": 7_000_000})
    options = pipeline.Options(policy="working", templates=("T01", "T16"))
    return run_made.computed(run_made.book(folder / "book.xlsx")), run_made.computed(more, options)


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".greenfin")]


def killed(act: Callable[[], object]) -> None:
    """Do it in a process of its own, which kills itself."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


@posix
@pytest.mark.parametrize("moment", [1, 2, 5, 40, -1])
@pytest.mark.parametrize("has_old_run", [False, True])
def test_killed_while_moving(results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int, has_old_run: bool) -> None:
    new, old = results
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "my notes.txt").write_text("mine")
    if has_old_run:
        run_folder.save(old, folder)
    moves = 0
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == moment or (moment < 0 and Path(target).name == "run.json"):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        killed(lambda: run_folder.save(new, folder))
    if (folder / "run.json").exists():
        assert has_old_run
        assert verify(folder).same
    else:
        with pytest.raises(Refused) as refused:
            run_folder.open_run(folder)
        assert refused.value.problem.code == "run.broken_off"
    run_folder.save(new, folder)
    assert verify(folder).same
    assert not leftovers(folder)
    assert (folder / "my notes.txt").read_text() == "mine"


@posix
@pytest.mark.parametrize("step", ["write_xlsx", "write_pdf"])
def test_killed_while_writing_keeps_the_old_run(results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    new, old = results
    saved = run_folder.save(old, tmp_path / "run")
    with monkeypatch.context() as patched:
        patched.setattr(run_folder.disclose, step, lambda *_a, **_k: os.kill(os.getpid(), signal.SIGKILL))
        killed(lambda: run_folder.save(new, saved.folder))
    assert run_folder.open_run(saved.folder).id == saved.id
    assert verify(saved.folder).same
    run_folder.save(new, saved.folder)
    assert not leftovers(saved.folder)


@pytest.mark.parametrize("raised", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_broken_off_before_the_move_leaves_nothing(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: BaseException
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise raised

    with monkeypatch.context() as patched:
        patched.setattr(run_folder.disclose, "write_pdf", fail)
        with pytest.raises((Refused, KeyboardInterrupt)):
            run_folder.save(results[0], tmp_path / "run")
    assert not (tmp_path / "run").exists()
    saved = run_folder.save(results[1], tmp_path / "run")
    before = run_made.everything(saved.folder)
    with monkeypatch.context() as patched:
        patched.setattr(run_folder.disclose, "write_pdf", fail)
        with pytest.raises((Refused, KeyboardInterrupt)):
            run_folder.save(results[0], saved.folder)
    assert run_made.everything(saved.folder) == before


@posix
def test_no_room(results: Results, tmp_path: Path) -> None:
    """The limit on file sizes stands for a full disk: every write beyond it fails."""
    import resource

    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        code = "nothing"
        try:
            run_folder.save(results[0], tmp_path / "run")
        except Refused as refused:
            code = refused.problem.code
        finally:
            (tmp_path / "code").write_text(code)
            os._exit(0)
    os.waitpid(child, 0)
    assert (tmp_path / "code").read_text() == "run.cannot_write"
    assert not (tmp_path / "run").exists()


def test_two_runs_into_one_folder(results: Results, tmp_path: Path) -> None:
    with landing.landing(tmp_path / "run"), pytest.raises(Refused) as refused:
        run_folder.save(results[0], tmp_path / "run")
    assert refused.value.problem.code == "run.busy"
    run_folder.save(results[0], tmp_path / "run")
    assert verify(tmp_path / "run").same


@pytest.mark.parametrize("name", ["disclosure.xlsx", "tables/T01.csv", "inputs", "run.json", "reference/factors/regions.csv"])
def test_files_of_others_are_never_replaced(results: Results, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text('{"name": "mine"}')
    (folder / "loans of 2024.xlsx").write_text("mine")
    before = run_made.everything(folder)
    with pytest.raises(Refused) as refused:
        run_folder.save(results[0], folder)
    assert refused.value.problem.code == "run.not_ours"
    assert name.partition("/")[0] in str(refused.value.problem.params["found"])
    assert run_made.everything(folder) == before


def test_other_files_in_the_folder_stay_and_are_no_alteration(results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "mine.md").write_text("mine")
    (folder / "book.xlsx").write_text("mine")
    run_folder.save(results[0], folder)
    run_folder.save(results[1], folder)
    assert (folder / "tables" / "mine.md").read_text() == (folder / "book.xlsx").read_text() == "mine"
    assert "book.xlsx" not in verify(folder).altered


@posix
def test_a_link_in_the_folder_is_not_written_through(results: Results, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "tables").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused) as refused:
        run_folder.save(results[0], tmp_path / "run")
    assert refused.value.problem.code == "run.not_ours"
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_record_that_names_files_outside_removes_none(results: Results, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    saved = run_folder.save(results[0], tmp_path / "run")
    record = json.loads((saved.folder / "run.json").read_text("utf-8"))
    record["sha256"] |= {"../precious": "0", str(tmp_path / "precious"): "0"}
    (saved.folder / "run.json").write_text(json.dumps(record), "utf-8")
    run_folder.save(results[1], saved.folder)
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_smaller_run_takes_away_the_tables_of_the_larger(tmp_path: Path) -> None:
    book = run_made.book(tmp_path / "book.xlsx")
    both = pipeline.Options(policy="working", templates=("T01", "T16"))
    run_folder.save(run_made.computed(book, both), tmp_path / "run")
    assert (tmp_path / "run" / "tables" / "T16.csv").exists()
    run_folder.save(run_made.computed(book), tmp_path / "run")
    assert not (tmp_path / "run" / "tables" / "T16.csv").exists()
    assert verify(tmp_path / "run").same


@pytest.mark.parametrize("name", ["a file", "x" * 300, "x" * 300 + "/" + "y" * 5000])
def test_places_that_cannot_hold_a_run(results: Results, tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").write_text("mine")
    for act in (lambda: run_folder.check_place(tmp_path / name), lambda: run_folder.save(results[0], tmp_path / name)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.problem.code in ("run.not_a_folder", "run.cannot_write")
    assert (tmp_path / "a file").read_text() == "mine"


@pytest.mark.parametrize("name", ["带 空格 和中文", "a'b\"c &;$(x)", "very/" + "long/" * 30 + "path"])
def test_places_with_odd_names(results: Results, tmp_path: Path, name: str) -> None:
    saved = run_folder.save(results[0], tmp_path / name)
    assert verify(saved.folder).same


@posix
def test_only_the_owner_can_read(results: Results, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = run_folder.save(results[0], tmp_path / "run").folder
    finally:
        os.umask(old)
    assert not [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_one_may_not_write(results: Results, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o500)
    with pytest.raises(Refused) as refused:
        run_folder.save(results[0], tmp_path / "run")
    assert refused.value.problem.code == "run.cannot_write"


def start(*args: object, cwd: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "greenfin.cli.main", *map(str, args)]
    return subprocess.Popen(words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_program_killed_while_it_writes(tmp_path: Path, number: signal.Signals) -> None:
    book = run_made.book(tmp_path / "book.xlsx")
    args = ("run", book, "--as-of", "2025-12-31", "--policy", "working", "--out", tmp_path / "run")
    running = start(*args, cwd=Path.cwd())
    until = time.monotonic() + 120
    while not (tmp_path / "run" / landing.PARTIAL / "run").exists() and running.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode not in (0, 1, 2)
    assert "Traceback" not in said
    assert not (tmp_path / "run" / "run.json").exists()
    again = start(*args, cwd=Path.cwd())
    out, said = again.communicate(timeout=120)
    assert again.returncode in (0, 1), out + said
    assert verify(tmp_path / "run").same
    assert not leftovers(tmp_path / "run")


def test_resume_keeps_a_whole_run_and_makes_a_damaged_one_again(tmp_path: Path) -> None:
    book = run_made.book(tmp_path / "book.xlsx")
    args = ("run", book, "--as-of", "2025-12-31", "--out", tmp_path / "run", "--resume", "--lang", "en")
    times = []
    for _ in range(3):
        running = start(*args, cwd=Path.cwd())
        out, said = running.communicate(timeout=120)
        assert running.returncode in (0, 1), out + said
        times.append((tmp_path / "run" / "run.json").stat().st_mtime_ns)
        if len(times) == 2:
            (tmp_path / "run" / "disclosure.pdf").write_bytes(b"")
    assert times[0] == times[1] < times[2]
    assert verify(tmp_path / "run").same
