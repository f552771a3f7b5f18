"""Time a whole run over a large book against the sum of bare floors for the same rows, and against a run over a tenth of the book.

``python benchmarks/whole.py [--loans 1000000] [--times 10] [--runs 5]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.book import AS_OF, LOANS_A_PROJECT, Made, make
from benchmarks.goals import Goal, tell
from benchmarks.timing import interleaved, spread

FLOOR_GOAL, LARGER_GOAL, MEMORY_GOAL, MB = 3, 1.1, 1.5, 1e6
BATCH, METHOD = 32_768, "CBRC-PWR"
LOOK = 0.2  # seconds between two looks at the memory
_RUN = "from greenfin.cli.main import main; main()"
Used = dict[str, float]


def used(command: Sequence[str], log: Path) -> Used:
    """Processor and wall seconds of a process and those it started, and the peak of their memory together, what they share counted once.

    Raises RuntimeError with its last words where it fails.
    """
    began, peak, found = time.perf_counter(), 0, 0
    with log.open("wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told).pid  # noqa: S603  # our own words
        while not found:
            peak = max(peak, sum(map(held, family(process))))
            time.sleep(LOOK)
            found, status, spent = os.wait4(process, os.WNOHANG)
    if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1: tables with errors in the book's data
        raise RuntimeError(log.read_text("utf-8")[-1000:])
    return {"cpu": spent.ru_utime + spent.ru_stime, "wall": time.perf_counter() - began, "peak_mb": peak / MB}


def family(process: int) -> Iterator[int]:
    """A process and all that it started."""
    yield process
    with suppress(OSError):
        for child in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split():
            yield from family(int(child))


def held(process: int) -> int:
    """Bytes in memory, those shared with others divided among them (Linux); 0 once it has ended."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return 0


def run(made: Made, folder: Path, batch: int, workers: int) -> Used:
    """One run from a shell, to tables and documents; what it wrote is taken away."""
    out = folder / "run"
    words = ["run", *map(str, made.paths), "--as-of", AS_OF.isoformat(), "--policy", "working", "--out", str(out)]
    words += ["--batch", str(batch), "--workers", str(workers)]
    found = used([sys.executable, "-c", _RUN, *words], folder / "run.log")
    if not (out / "disclosure.xlsx").is_file():
        raise RuntimeError("no tables")
    shutil.rmtree(out)
    return found


def runs_of(made: Made, folder: Path, *, loans: int, runs: int, batch: int, workers: int) -> dict[str, dict[str, float]]:
    """So many runs: the spread of each figure; prints them."""
    every = [run(made, folder, batch, workers) for _ in range(runs)]
    found = {name: spread([one[name] for one in every]) for name in every[0]}
    asked = {"loans": loans, "runs": runs, "batch": batch, "workers": workers}
    print(json.dumps({"step": "greenfin run", **asked, "load": os.getloadavg()[0], **found}), flush=True)
    return found


def floors(made: Made, loans: int, runs: int) -> dict[str, list[float]]:
    """Processor seconds of the least that must be done: parquet read, words of the purposes, the formula in numpy, parquet written."""
    import polars as pl

    from benchmarks.measure import bare, plain, work_of
    from benchmarks.tag import extracted
    from greenfin.methods.declare import declarations

    book = [pq.read_table(path) for path in made.paths]
    texts = pl.DataFrame({"text": book[0]["贷款用途"].to_pylist()})
    work = work_of(declarations()[METHOD], max(loans // LOANS_A_PROJECT, 1))
    columns, scales = bare(work)
    written = made.loans.with_name("floor.parquet")
    works: dict[str, Callable[[], object]] = {
        "read parquet": lambda: [pq.read_table(path) for path in made.paths],
        "extract_many": lambda: extracted(texts),
        "measure in numpy": lambda: plain(work, columns, scales),
        "write parquet": lambda: pq.write_table(book[0], written, compression="zstd"),
    }
    return interleaved(works, runs, time.process_time)


def floor_of(folder: Path, *, loans: int, runs: int) -> float:
    """The sum of the medians of the floors, in a process of its own, so that this one stays small; prints them."""
    words = ["--floors", str(folder), "--loans", str(loans), "--runs", str(runs)]
    done = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True)  # noqa: S603  # ourselves
    taken = {name: spread(each) for name, each in json.loads(done.stdout).items()}
    print(json.dumps({"step": "bare floors", "loans": loans, "runs": runs, "clock": "processor", "seconds": taken}))
    return sum(each["median"] for each in taken.values())


def measured(folder: Path, asked: argparse.Namespace) -> list[Goal]:
    """The runs over both books, the floors of the smaller one."""
    small = make(folder / "book", loans=asked.loans)
    one = runs_of(small, folder, loans=asked.loans, runs=asked.runs, batch=asked.batch, workers=asked.workers)
    floor = floor_of(folder / "book", loans=asked.loans, runs=asked.runs)
    goals = [Goal("whole run over the sum of bare floors", one["cpu"]["median"] / floor, at_most=FLOOR_GOAL)]
    if asked.times > 1:
        many = asked.loans * asked.times
        larger = make(folder / "larger", loans=many)
        large = runs_of(larger, folder, loans=many, runs=asked.larger_runs, batch=asked.batch, workers=asked.workers)
        ratio = large["cpu"]["median"] / one["cpu"]["median"] / asked.times
        goals.append(Goal("whole run of the larger book over as many times the smaller", ratio, at_most=LARGER_GOAL))
        memory = large["peak_mb"]["median"] / one["peak_mb"]["median"]
        goals.append(Goal("peak memory of the larger run over the smaller's", memory, at_most=MEMORY_GOAL))
    return goals


def main() -> None:
    """Print each step and the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=10, help="how many times as large the larger book is; 0: no larger one")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--larger-runs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a processor")
    parser.add_argument("--floors", type=Path, help="only the floors of the book in this folder")
    asked = parser.parse_args()
    if asked.floors:
        files = Made(*(asked.floors / f"{name}.parquet" for name in ("loans", "projects", "inputs")))
        print(json.dumps(floors(files, asked.loans, asked.runs)))
        return
    with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as folder:
        tell(measured(Path(folder), asked), asked)


if __name__ == "__main__":
    main()
