"""A large book whose run is broken off, finds no room, or cannot be read: said in words, no half-written run, and the next one goes on."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greenfin.cli.in_batches import WORK
from greenfin.core.problems import Refused
from greenfin.pipeline import Files, Options
from greenfin.reference.load import Reference, load
from greenfin.streamed import listed
from greenfin.streamed.plan import planned
from greenfin.streamed.problems import problems_of
from greenfin.streamed.run import run
from greenfin.streamed.spool import Spool
from tests.faults.test_no_room import IS_ROOT, small_disk
from tests.streamed_books import AS_OF, write_book

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals and limits")]

REFUSED, BROKEN_OFF = 2, 130
LOANS, BATCH = 1200, 100
SMALL = 200_000  # bytes of a file: more than a part of the run has, less than its documents
PATIENCE = 600  # seconds


def _command(paths: list[Path], out: Path, *more: str) -> list[str]:
    words = ["run", *map(str, paths), "--as-of", AS_OF.isoformat(), "--policy", "working", "--lang", "en"]
    return [sys.executable, "-m", "greenfin.cli.main", *words, "--batch", str(BATCH), "--out", str(out), *more]


def _run(paths: list[Path], out: Path, *more: str, limit: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    command = _command(paths, out, *more)
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=limit, check=False)


def _cells(out: Path) -> dict[str, bytes]:
    """The printed tables."""
    return {path.name: path.read_bytes() for path in sorted((out / "tables").glob("*.csv"))}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_book(tmp_path_factory.mktemp("large") / "book", loans=LOANS, projects=40, seed=3, repeated=6, groups=BATCH)


@pytest.fixture(scope="module")
def unbroken(book: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("unbroken") / "out"
    done = _run(book, out)
    assert (out / "run.json").is_file(), done.stderr
    return _cells(out)


@pytest.mark.parametrize(("part", "workers"), [("span-000003.parquet", "1"), ("shard-000004", "1"), ("shard-000004", "2")])
def test_broken_off_by_the_user_it_goes_on(tmp_path: Path, book: list[Path], unbroken: dict[str, bytes], part: str, workers: str) -> None:
    """By a key that every process of the terminal hears."""
    out = tmp_path / "out"
    command = _command(book, out, "--workers", workers)
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + PATIENCE
    while not (out / WORK / "parts" / part).exists() and running.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == BROKEN_OFF, said
    assert "--resume" in said
    assert "Traceback" not in said
    assert not (out / "run.json").exists()
    again = _run(book, out, "--resume", "--workers", "3")
    assert "Going on" in again.stdout + again.stderr
    assert _cells(out) == unbroken
    assert not (out / WORK).exists()


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))


def _has_no_room(out: Path, done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == REFUSED, done.stderr
    assert "Cannot write to this folder" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (out / "run.json").exists()


def test_files_that_may_not_grow_are_said_and_the_run_goes_on(tmp_path: Path, book: list[Path], unbroken: dict[str, bytes]) -> None:
    out = tmp_path / "out"
    _has_no_room(out, _run(book, out, limit=_small_files))
    again = _run(book, out, "--resume")
    assert "Going on" in again.stdout + again.stderr
    assert _cells(out) == unbroken


@pytest.mark.skipif(not IS_ROOT, reason="only root has a disk of its own")
def test_a_full_disk_is_said_and_with_room_the_run_goes_on(tmp_path: Path, book: list[Path], unbroken: dict[str, bytes]) -> None:
    with small_disk(tmp_path / "disk", "3m") as resize:
        out = tmp_path / "disk" / "out"
        _has_no_room(out, _run(book, out))
        resize("size=200m")
        again = _run(book, out, "--resume")
        assert "Going on" in again.stdout + again.stderr
        assert _cells(out) == unbroken


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load().whole()


def test_a_span_that_cannot_be_read_is_told_with_its_row(tmp_path: Path, reference: Reference) -> None:
    paths = write_book(tmp_path / "book", loans=300, projects=6, seed=5, groups=100)
    column = pq.ParquetFile(paths[0]).metadata.row_group(2).column(5)
    with paths[0].open("r+b") as file:  # the purposes of the third row group
        file.seek(column.dictionary_page_offset or column.data_page_offset)
        file.write(b"\xff" * column.total_compressed_size)
    spool = Spool(tmp_path / "work")
    spool.begin({}, resume=False)
    plan = planned(Files(tuple(paths)), Options(policy="working"), as_of=AS_OF, at_once=100, shards=3)
    with pytest.raises(Refused) as raised:
        run(plan, spool, reference=reference, advance=lambda *_: None)
    assert raised.value.problem.code == "ingest.file_damaged"
    assert raised.value.problem.where == "loans.parquet!202"
    assert sorted(path.name for path in spool.folder.glob("span-??????.parquet")) == ["span-000000.parquet", "span-000001.parquet"]


def test_a_broken_row_among_very_many_is_found_with_its_number(tmp_path: Path, reference: Reference) -> None:
    row, size = 61_234, 80_000
    loans = pa.table(
        {
            "借据号": [f"JJ{number:09d}" for number in range(size)],
            "机构号": ["010101"] * size,
            "客户编号": [f"C{number // 3:09d}" for number in range(size)],
            "贷款用途": ["向供应商支付货款，采购钢材一批，用于生产经营周转，合同号见附件，分批支付给供应商"] * size,
            "贷款余额": ["12.5" if number != row else "十二块半？" for number in range(size)],
        }
    )
    pq.write_table(loans, tmp_path / "loans.parquet", row_group_size=20_000)
    spool = Spool(tmp_path / "work")
    spool.begin({}, resume=False)
    plan = planned(Files((tmp_path / "loans.parquet",)), Options(policy="working"), as_of=AS_OF, at_once=20_000, shards=4)
    made = run(plan, spool, reference=reference, advance=lambda *_: None)
    found = [p.where for path in made.problems for p in problems_of(listed.first(path)) if p.code == "ingest.amount_unreadable"]
    assert found == [f"loans.parquet!E{row + 2}"]
    assert made.loans == size - 1
