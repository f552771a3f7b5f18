"""Many machines: what a row costs in each part of a run, two Spark workers against one, one machine against PySpark ``local[2]``.

``python benchmarks/spark.py [--costs 100000 1000000] [--books FOLDER] [--loans 1000000] [--rows 5000000] [--runs 5]``; needs
``greenfin[spark]`` and Java. How to read it: ``benchmarks/README.md``; what follows from it for 10^8 loans: ``docs/dimensioning.md``.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import columns
from benchmarks.book import AS_OF, make
from benchmarks.goals import Goal, tell
from benchmarks.timing import resident, spread
from greenfin.ingest.columnar import plain
from greenfin.pipeline import Files, Options
from greenfin.reference.load import Reference, load
from greenfin.streamed import saving
from greenfin.streamed.plan import AT_ONCE, planned
from greenfin.streamed.run import Do, run
from greenfin.streamed.spool import Spool
from greenfin.streamed.workers import THREADS, processors
from tests.spark_machines import HOST, standalone

MORE, FASTER, MB = 1.6, 4.0, 1e6
ORPHANS_HERE = 36  # PR_SET_CHILD_SUBREAPER
GIVEN = ("loans.parquet", "projects.parquet", "inputs.parquet")
Turn = Callable[[], dict[str, float]]


def quiet(*_: object) -> None:
    """Nobody looks at the progress."""


@dataclass(slots=True)
class Counted:
    """A file that only knows its size."""

    size: int = 0

    def write(self, piece: Any) -> int:
        """Bytes, or an array of them."""
        self.size += (more := memoryview(piece).nbytes)
        return more


@dataclass(slots=True)
class Clock:
    """Processor seconds between the marks of a run, and the bytes of what every worker gets."""

    last: float = field(default_factory=time.process_time)
    spent: dict[str, float] = field(default_factory=dict)
    sent: int = 0

    def mark(self, name: str) -> None:
        """All since the last mark was this."""
        now = time.process_time()
        self.spent[name] = self.spent.get(name, 0.0) + now - self.last
        self.last = now
        print(json.dumps({"so far": name, "processor_seconds": round(self.spent[name], 1)}), file=sys.stderr, flush=True)

    def each(self, numbers: Sequence[int], do: Do, reference: Reference) -> Iterator[int]:
        """The parts one after another, here."""
        shards = "read" in self.spent
        self.mark("joined (driver)" if shards else "projects (driver)")
        counted = Counted()
        pickle.Pickler(counted).dump(do)
        self.sent = counted.size
        self.mark("not counted")
        for number in numbers:
            do(number, reference)
            yield number
        self.mark("sum" if shards else "read")


def costs(loans: int, given: Path | None = None) -> dict[str, object]:
    """One run in spans and shards in one process: processor time of its parts, bytes of its files, memory at its peak.

    ``given``: a folder with a book (``benchmarks/book.py``), of which ``loans`` is not asked then.
    """
    with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as folder:
        place = Path(folder)
        paths = tuple(given / name for name in GIVEN) if given else make(place / "book", loans=loans).paths
        rows = pq.read_metadata(paths[0]).num_rows
        spool, reference = Spool(place / "work"), load().whole()
        spool.begin({}, resume=False)
        clock = Clock()
        plan = planned(Files(paths), Options(policy="working"), as_of=AS_OF)
        made = run(plan, spool, reference=reference, advance=quiet, each=clock.each)
        clock.mark("sums and tables (driver)")
        held = {name: _bytes(spool.folder, name) for name in ("span-*", "shard-*", "customers-*")}
        saving.save(made, place / "run")
        clock.mark("run folder (driver)")
        micro = {name: round(seconds / rows * 1e6, 2) for name, seconds in clock.spent.items() if name != "not counted"}
        sizes = {"ledger": paths[0].stat().st_size, **held, "run folder": _bytes(place / "run", "**/*"), "each worker gets": clock.sent}
        each = {name: round(size / rows, 1) for name, size in sizes.items()}
        shards = plan.shards
    return {"loans": rows, "shards": shards, "microseconds a loan": micro, "bytes a loan": each, "peak_mb": round(resident("VmHWM") / MB)}


def _bytes(folder: Path, pattern: str) -> int:
    found = (inner for path in folder.glob(pattern) for inner in ([path] if path.is_file() else path.rglob("*")))
    return sum(path.stat().st_size for path in found if path.is_file())


def on_cluster(master: str, folder: Path) -> dict[str, float]:
    """Seconds of a run of a book on a cluster: till it is there, of the parts, of all."""
    from greenfin.cluster import cluster

    os.environ["SPARK_LOCAL_IP"] = HOST
    began = time.perf_counter()
    reference = load().whole()
    with tempfile.TemporaryDirectory(dir=folder) as held, cluster(master, Path(held)) as found:
        start = time.perf_counter()
        spool, parts = Spool(Path(held) / "work"), [0.0]
        spool.begin({}, resume=False)
        files = Files(tuple(folder / name for name in GIVEN))
        rows = pq.read_metadata(files.books[0]).num_rows
        plan = planned(files, Options(policy="working"), as_of=AS_OF, at_once=min(AT_ONCE, -(-rows // 8)))  # parts for both workers

        def each(numbers: Sequence[int], do: Do, reference: Reference) -> Iterator[int]:
            before = time.perf_counter()
            yield from found.each(numbers, do, reference)
            parts[0] += time.perf_counter() - before

        run(plan, spool, reference=reference, advance=quiet, each=each)
        return {"start": start - began, "parts": parts[0], "all": time.perf_counter() - start}


def workers(loans: int, runs: int) -> list[Goal]:
    """The same book on a cluster of one worker and on one of two, in turns; a run of each that is not counted before."""
    with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as folder, ExitStack() as kept:
        place = Path(folder)
        book = make(place, loans=loans)
        pq.write_table(pq.read_table(book.loans), book.loans, row_group_size=-(-loans // 8))
        machines = {n: kept.enter_context(standalone(place / f"workers-{n}", workers=n)) for n in (1, 2)}
        ways: dict[str, Turn] = {f"{n} workers": _apart(on_cluster, one.master, place) for n, one in machines.items()}
        taken = in_turns(ways, runs)
    print(json.dumps({"step": "workers", "loans": loans, "runs": runs, "load": os.getloadavg()[0], "seconds": taken}))
    return [Goal("two Spark workers against one", taken["1 workers"]["all"]["median"] / taken["2 workers"]["all"]["median"], at_least=MORE)]


def here(place: columns.Place, out: Path) -> dict[str, float]:
    """Seconds of tag, measure and attribute from parquet to parquet by the processes of a run on this machine, with their start."""
    began = time.perf_counter()
    columns.worked_by_several(place, out, processors())
    return {"all": time.perf_counter() - began}


def in_spark(place: columns.Place, out: Path) -> dict[str, float]:
    """The same steps by ``mapInArrow`` on ``local[2]``, a group of rows a batch, with the start of Spark."""
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    began = time.perf_counter()
    os.environ |= {"SPARK_LOCAL_IP": HOST, "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(Path(__file__).parents[1])}
    os.environ |= dict.fromkeys(THREADS, "1")  # a core for each of its two processes, as for ours
    settings = {"spark.ui.enabled": "false", "spark.log.level": "OFF", "spark.sql.execution.arrow.maxRecordsPerBatch": str(columns.GROUP)}
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    others = {name: pq.read_table(place.folder / f"{name}.parquet") for name in ("projects", "inputs")}
    sent = session.sparkContext.broadcast(others)
    first = next(place.read())
    schema = from_arrow_schema(plain(next(iter(_steps([first["loans"].slice(0, 10)], first)))).schema)

    def steps(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for table in _steps((pa.Table.from_batches([batch]) for batch in batches), sent.value):
            yield from plain(table).to_batches()

    session.read.parquet(str(place.folder / "loans.parquet")).mapInArrow(steps, schema).write.parquet(str(out / "tags"))
    session.stop()
    _ended(session.sparkContext._gateway)
    return {"all": time.perf_counter() - began}


def _ended(gateway: Any) -> None:
    """Spark's own process and its Python processes are over, so that their processor time is told to this one."""
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    with suppress(ChildProcessError):
        while True:
            os.wait()


@cache
def _reference() -> Reference:
    return load()


def _steps(batches: Any, others: Any) -> Iterator[pa.Table]:
    """The tags of each batch; what is measured and attributed is made too, and left."""
    for loans in batches:
        ids = pc.unique(loans["project_id"])
        own = {name: others[name].filter(pc.is_in(others[name]["project_id"], value_set=ids)) for name in ("projects", "inputs")}
        yield columns.stepped({"loans": loans, **own}, _reference(), AS_OF)["tags"]


def against_spark(rows: int, runs: int) -> list[Goal]:
    """The processes of a run on this machine and PySpark over the same files, in turns; both have made the same tags."""
    with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as folder:
        place = columns.make(Path(folder), rows=rows, repeats=False)
        ours, theirs = Path(folder) / "ours", Path(folder) / "theirs"
        ways = {
            f"{processors()} processes": _apart(_emptied, here, place, ours),
            "PySpark local[2]": _apart(_emptied, in_spark, place, theirs),
        }
        taken = in_turns(ways, runs)
        made = _tags(ours.glob("tags-*.parquet"))
        if not made.equals(_tags((theirs / "tags").glob("*.parquet"))):
            raise RuntimeError("other tags")
    one, other = (taken[name] for name in ways)
    same = {"tags": len(made), "same": True}
    print(json.dumps({"step": "against PySpark", "rows": rows, "runs": runs, "load": os.getloadavg()[0], **same, "seconds": taken}))
    name = f"PySpark local[2] with its start over {processors()} processes, {rows:,} rows"
    return [
        Goal(name, other["all"]["median"] / one["all"]["median"], at_least=FASTER),
        Goal(f"processor time: {name}", other["processor"]["median"] / one["processor"]["median"]),
    ]


def _emptied(work: Callable[..., dict[str, float]], place: columns.Place, out: Path) -> dict[str, float]:
    """The work into a folder that is new, whatever an earlier turn has left there; with processor seconds of all its processes."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    ctypes.CDLL(None).prctl(ORPHANS_HERE, 1)  # Spark's Python processes may outlive it: they become ours (Linux)
    before = _processor()
    return {**work(place, out), "processor": _processor() - before}


def _processor() -> float:
    """Processor seconds of this process and of those it started that have ended."""
    return sum(used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def _tags(files: Iterable[Path]) -> pa.Table:
    """The tags in all files, by loan; words instead of their numbers."""
    tables = [plain(pq.read_table(path)) for path in sorted(files)]
    whole = pa.concat_tables([table.cast(tables[0].schema) for table in tables])
    return whole.sort_by("loan_id").combine_chunks()


def _apart(work: Callable[..., dict[str, float]], *arguments: object) -> Turn:
    """The work in a process of its own, so that each starts with nothing loaded; it may start others."""

    def turn() -> dict[str, float]:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            return pool.submit(work, *arguments).result()

    return turn


def in_turns(ways: dict[str, Turn], runs: int) -> dict[str, dict[str, dict[str, float]]]:
    """So many runs of each, in turns; one before that is not counted."""
    for turn in ways.values():
        turn()
    every = [{name: turn() for name, turn in ways.items()} for _ in range(runs)]
    return {name: {what: spread([one[name][what] for one in every]) for what in every[0][name]} for name in ways}


def main() -> None:
    """Print the figures and the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--costs", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--books", type=Path, nargs="*", default=[], help="folders with books made by benchmarks/book.py: their costs too")
    parser.add_argument("--loans", type=int, default=1_000_000, help="of the book of the workers; 0: not measured")
    parser.add_argument("--rows", type=int, default=5_000_000, help="of the files against PySpark; 0: not measured")
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    if (asked.loans or asked.rows) and find_spec("pyspark") is None:
        print(json.dumps({"step": "spark", "not_measured": "greenfin[spark] is not installed: uv sync --extra spark"}))
        asked.loans = asked.rows = 0
    for size in (*asked.costs, *asked.books):
        with get_context("spawn").Pool(1) as pool:
            print(json.dumps({"step": "costs", **pool.apply(costs, (0, size) if isinstance(size, Path) else (size,))}), flush=True)
    found = workers(asked.loans, asked.runs) if asked.loans else []
    found += against_spark(asked.rows, asked.runs) if asked.rows else []
    tell(found, asked)


if __name__ == "__main__":
    from benchmarks.spark import main as begin  # under its own name, by which processes of Spark find its functions

    begin()
