"""Time tag, measure and attribute from parquet to parquet against the same columns read and written with no work; memory beside.

``python benchmarks/columns.py [--rows 5000000] [--runs 5]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import book as made_up
from benchmarks.goals import Goal, tell
from benchmarks.purposes import purposes
from benchmarks.run import renamed
from benchmarks.timing import interleaved, resident, spread
from greenfin import attribute, measure, pipeline, tag
from greenfin.core.columns import fitted
from greenfin.core.records import Book
from greenfin.reference.load import Reference, load
from greenfin.streamed.memory import give_back
from greenfin.streamed.spool import Spool
from greenfin.streamed.workers import workers

GOAL, MOST_MB, MB = 2.5, 600, 1e6
GROUP, REPEATED = 16_384, 2_000  # loans of a row group; purposes of the book in which they come again and again
GIVEN, MADE = ("loans", "projects", "inputs"), ("tags", "measurements", "parts")
Tables = Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of parquet files, each of row groups that belong together: the loans of a group are those of its projects."""

    folder: Path
    groups: int
    as_of: date = made_up.AS_OF

    def group(self, number: int) -> Tables:
        """One of the groups."""
        return {name: pq.ParquetFile(self.folder / f"{name}.parquet").read_row_group(number) for name in GIVEN}

    def read(self) -> Iterator[Tables]:
        """Group by group."""
        with ExitStack() as kept:
            files = {name: kept.enter_context(pq.ParquetFile(self.folder / f"{name}.parquet")) for name in GIVEN}
            for at in range(self.groups):
                yield {name: file.read_row_group(at) for name, file in files.items()}

    def write(self, made: Iterator[Tables], folder: Path) -> None:
        """Group by group."""
        writers: dict[str, pq.ParquetWriter] = {}
        with ExitStack() as kept:
            for tables in made:
                for name, rows in tables.items():
                    if name not in writers:
                        path = folder / f"{name}.parquet"
                        writers[name] = kept.enter_context(pq.ParquetWriter(path, rows.schema, compression="zstd"))
                    writers[name].write_table(rows, row_group_size=max(len(rows), 1))
                give_back()


def make(folder: Path, *, rows: int, repeats: bool, seed: int = 9) -> Place:
    """So many loans: a made-up book of a group, read once, then again and again under new ids, each time with purposes of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    size = min(rows, GROUP)
    files = made_up.make(folder / "bank", loans=size, seed=seed).paths
    whole = pipeline.read_book(pipeline.Files(files), as_of=made_up.AS_OF, reference=load()).value
    tables = {name: getattr(whole, name) for name in GIVEN}
    given = {name: [n for n in held.column_names if held[n].null_count < len(held)] for name, held in tables.items()}
    groups = -(-rows // size)
    place, few = Place(folder, groups), purposes(REPEATED, seed=seed) if repeats else []

    def group(at: int) -> Tables:
        loans = whole.loans.slice(0, min(size, rows - at * size))
        own = random.Random(seed + 1 + at)
        said = own.choices(few, k=len(loans)) if few else purposes(len(loans), seed=own.randrange(2**31))
        loans = loans.set_column(loans.schema.get_field_index("purpose"), "purpose", pa.array(said))
        keys = {"loans": ("loan_id", "project_id"), "projects": ("project_id",), "inputs": ("project_id",)}
        held = {"loans": loans, "projects": whole.projects, "inputs": whole.inputs}
        return {name: renamed(held[name].select(given[name]), keys[name], at) for name in GIVEN}

    place.write(map(group, range(groups)), folder)
    return place


def worked(place: Place, out: Path) -> None:
    """Each group through the three steps."""
    place.write(map(partial(stepped, reference=load(), as_of=place.as_of), place.read()), out)


def stepped(given: Tables, reference: Reference, as_of: date) -> Tables:
    """The three steps over a group."""
    book = Book(as_of, **{name: fitted(rows, name) for name, rows in given.items()})
    tags = tag.tag(book, reference).value
    measured = measure.measure(book, tags, reference, on=as_of).value
    return {"tags": tags, "measurements": measured, "parts": attribute.attribute(book, tags, measured).value}


def worked_by_several(place: Place, out: Path, processes: int) -> None:
    """The same by the worker processes of a run: a file of each table for each group."""
    spool = Spool(out / "work")
    spool.begin({}, resume=False)
    with workers(spool, processes) as found:
        deque(found.each(range(place.groups), partial(group_worked, place, out), load().whole()), maxlen=0)
    spool.end()


def group_worked(place: Place, out: Path, number: int, reference: Reference) -> None:
    """One group through the three steps into files of its own."""
    for name, rows in stepped(place.group(number), reference, place.as_of).items():
        pq.write_table(rows, out / f"{name}-{number:06d}.parquet", compression="zstd")
    give_back()


def idle(place: Place, known: Place, out: Path) -> None:
    """The same columns read, and rows of what the steps made of the first group written as often."""
    first = {name: pq.ParquetFile(known.folder / f"{name}.parquet").read_row_group(0) for name in MADE}
    place.write((first for _ in place.read()), out)


def peak(place: Place) -> float:
    """Megabytes of a process of its own that does the three steps, at their peak."""
    words = ["--peak", str(place.folder), "--groups", str(place.groups)]
    done = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True)  # noqa: S603  # ourselves
    return float(json.loads(done.stdout)["peak"]) / MB


def against_nothing(place: Place, rows: int, runs: int, *, name: str) -> list[Goal]:
    """The three steps over reading and writing alone, in turns; the peak of memory at all rows and at a fifth of them."""
    with tempfile.TemporaryDirectory(dir=place.folder) as one, tempfile.TemporaryDirectory(dir=place.folder) as other:
        works: dict[str, Callable[[], object]] = {
            "tag, measure, attribute": partial(worked, place, Path(one)),
            "read and written with no work": partial(idle, place, replace(place, folder=Path(one)), Path(other)),
        }
        taken = {way: spread(each) for way, each in interleaved(works, runs, time.process_time).items()}
        made = {table: pq.read_metadata(Path(one) / f"{table}.parquet").num_rows for table in MADE}
    peaks = [peak(replace(place, groups=groups)) for groups in sorted({-(-place.groups // 5), place.groups})]
    size = {"rows": rows, "made": made, "runs": runs, "clock": "processor"}
    print(json.dumps({"step": "parquet to parquet", "book": name, **size, "seconds": taken, "peak_mb": peaks}))
    ratio = taken["tag, measure, attribute"]["median"] / taken["read and written with no work"]["median"]
    return [
        Goal(f"tag, measure, attribute over no work, {name}", ratio, at_most=GOAL),
        Goal(f"peak memory of it, MB, {name}", peaks[-1], at_most=MOST_MB),
    ]


def main() -> None:
    """Print the figures of both books and the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peak", type=Path, help="only the memory of the steps over this folder")
    parser.add_argument("--groups", type=int, default=1, help="with --peak: of so many row groups")
    asked = parser.parse_args()
    if asked.peak:
        with tempfile.TemporaryDirectory(dir=asked.peak) as out:
            worked(Place(asked.peak, asked.groups), Path(out))
        print(json.dumps({"peak": resident("VmHWM")}))
        return
    found: list[Goal] = []
    for name, repeats in (("distinct purposes", False), ("repeated purposes", True)):
        with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as folder:
            found += against_nothing(make(Path(folder), rows=asked.rows, repeats=repeats), asked.rows, asked.runs, name=name)
    tell(found, asked)


if __name__ == "__main__":
    main()
