"""Several processes make the parts of a run as one does; what stops one of them is told in words, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from greenfin.core.problems import Refused, error
from greenfin.ingest.batches import NeedsAll
from greenfin.pipeline import Files, Options
from greenfin.reference.load import Reference, load
from greenfin.streamed import workers as module
from greenfin.streamed.plan import planned
from greenfin.streamed.spool import Spool
from greenfin.streamed.workers import how_many, lay, opened, processors, workers
from tests.streamed_books import AS_OF, write_book

GIVEN = Reference(Path(), given={"fingerprint": "of nothing"})
PATIENCE = 240  # seconds


def note(folder: Path, number: int, reference: Reference) -> None:
    """A part that says which process made it."""
    (folder / str(number)).write_text(f"{os.getpid()} {os.environ['POLARS_MAX_THREADS']} {reference.fingerprint}", "utf-8")
    time.sleep(0.2)


def refuse(_number: int, _reference: Reference) -> None:
    raise Refused(error("ingest.file_damaged", "loans.parquet!12", found="ArrowInvalid"))


def whole(_number: int, _reference: Reference) -> None:
    raise NeedsAll("项目名称")


def full(_number: int, _reference: Reference) -> None:
    raise OSError(28, "No space left on device")


def broken(_number: int, _reference: Reference) -> None:
    raise RuntimeError("王小明")


def die(number: int, _reference: Reference) -> None:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    time.sleep(0.1)


def linger(folder: Path, number: int, _reference: Reference) -> None:
    (folder / str(number)).write_text(str(os.getpid()), "utf-8")
    time.sleep(PATIENCE)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    found = Spool(tmp_path / "work")
    found.begin({}, resume=False)
    return found


def test_parts_are_made_by_as_many_processes_with_a_share_of_the_threads(tmp_path: Path, spool: Spool) -> None:
    said = tmp_path / "said"
    said.mkdir()
    with workers(spool, 2) as here:
        assert sorted(here.each(range(6), partial(note, said), GIVEN)) == list(range(6))
        assert list(here.each([], partial(note, said), GIVEN)) == []
    makers = [path.read_text("utf-8").split(maxsplit=2) for path in said.iterdir()]
    assert len({maker for maker, _, _ in makers}) == 2
    assert str(os.getpid()) not in {maker for maker, _, _ in makers}
    assert {(int(threads), name) for _, threads, name in makers} == {(max(processors() // 2, 1), "of nothing")}
    assert [path.name for path in spool.folder.iterdir()] == ["made_of.json"]


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        (refuse, ("ingest.file_damaged", {"found": "ArrowInvalid"})),
        (broken, ("run.worker_failed", {"reason": "1: RuntimeError"})),
        (die, ("run.worker_failed", {"reason": "SIGKILL"})),
    ],
)
def test_what_stops_a_part_is_told(spool: Spool, do: Callable[[int, Reference], None], expected: tuple[str, dict[str, str]]) -> None:
    with pytest.raises(Refused) as refused, workers(spool, 2) as here:
        for _ in here.each((1, 1) if do is broken else (1, 2, 3, 4), do, GIVEN):
            pass
    assert (refused.value.problem.code, dict(refused.value.problem.params)) == expected
    assert [path.name for path in spool.folder.iterdir()] == ["made_of.json"]


def test_a_book_to_be_read_whole_and_a_full_disk_are_raised_as_here(spool: Spool) -> None:
    for do, kind, words in ((whole, NeedsAll, "项目名称"), (full, OSError, "No space left on device")):
        with pytest.raises(kind, match=words), workers(spool, 2) as here:
            list(here.each((1, 2), do, GIVEN))


def test_a_fault_says_nothing_of_the_data(spool: Spool, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Refused), workers(spool, 2) as here:
        list(here.each((1, 2), broken, GIVEN))
    assert "王小明" not in "".join(capfd.readouterr())


_LINGERING = """
import sys
from functools import partial
from pathlib import Path
from greenfin.streamed.spool import Spool
from greenfin.streamed.workers import workers
from tests.unit.test_streamed_workers import GIVEN, linger
spool = Spool(Path(sys.argv[1]))
spool.begin({}, resume=False)
with workers(spool, 2) as here:
    list(here.each((1, 2), partial(linger, Path(sys.argv[2])), GIVEN))
"""


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z" if sys.platform == "linux" else True


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_run(tmp_path: Path, how: signal.Signals) -> None:
    said = tmp_path / "said"
    said.mkdir()
    command = [sys.executable, "-c", _LINGERING, str(tmp_path / "work"), str(said)]
    surroundings = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=surroundings, stderr=subprocess.DEVNULL) as run:
        makers = _soon(lambda: [int(text) for path in said.iterdir() if (text := path.read_text("utf-8"))], of=2)
        assert all(map(_is_there, makers))
        run.send_signal(how)
        run.wait(PATIENCE)
    assert _soon(lambda: [maker for maker in makers if not _is_there(maker)], of=2) == makers


def _soon(look: Callable[[], list[int]], *, of: int) -> list[int]:
    until = time.monotonic() + PATIENCE
    while len(found := look()) < of and time.monotonic() < until:
        time.sleep(0.05)
    return found


def test_values_are_read_in_place(tmp_path: Path) -> None:
    table = pa.table({"a": ["光伏", None], "b": [1, 2]})
    value = (table, np.arange(5), "words", partial(note, tmp_path))
    laid = lay(value, tmp_path / "laid")
    rows, numbers, words, do = opened(laid)
    assert rows.equals(table)
    assert numbers.tolist() == [0, 1, 2, 3, 4]
    assert (words, do.args) == ("words", (tmp_path,))
    assert all(start % 64 == 0 for start, _ in laid.arrays)
    assert opened(lay("no arrays", tmp_path / "bare")) == "no arrays"


def test_reference_data_arrive_whole(tmp_path: Path) -> None:
    reference = load().whole()
    there = opened(lay(reference, tmp_path / "laid"))
    assert there == reference
    assert there.fingerprint == reference.fingerprint
    assert there.catalogues == reference.catalogues


def test_as_many_processes_as_pay_and_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(
        Files(tuple(write_book(tmp_path / "book", loans=30, projects=3, seed=1))), Options(policy="working"), as_of=AS_OF, at_once=3
    )
    assert (how_many(plan), how_many(plan, 3)) == (1, 3)
    monkeypatch.setattr(module, "_PAYS", 1)
    monkeypatch.setattr(module, "processors", lambda: 4)

    def of(free: int | None, **others: int) -> int:
        monkeypatch.setattr(module, "available", lambda: free)
        return how_many(replace(plan, **others))

    assert [of(None), of(10**12), of(None, shards=3), of(1_400_000_000), of(0)] == [4, 4, 3, 3, 1]
    assert of(2_000_000_000, at_once=65_536) == 2
