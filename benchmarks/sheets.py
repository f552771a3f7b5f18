"""Time reading and writing a long workbook against bare libraries, in turns in one process by processor time, as JSON lines.

``python benchmarks/sheets.py [--rows 500000] [--runs 5] [--sample 20000] [--with FOLDER]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
from python_calamine import CalamineWorkbook

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.timing import interleaved, seconds, spread
from greenfin.disclose import write_rows
from greenfin.disclose.xlsx_rows import write_sheet
from greenfin.ingest.files import read_grids

COLUMNS = 20
READ_GOAL, READ_FASTER, WRITE_GOAL, WRITE_FASTER = 1.6, 8, 1.4, 6


def annex(rows: int) -> pa.Table:
    """Rows of twenty columns: ten of text, four of fen, five of ratios, one of days; from a seed."""
    made = np.random.default_rng(20)
    texts = {f"text{n}": pa.array([f"借据{n}-{k:08d} 光伏电站" for k in made.integers(0, rows + 1, rows)]) for n in range(10)}
    fen = {f"fen{n}": pa.array(made.integers(0, 10**12, rows)) for n in range(4)}
    ratios = {f"ratio{n}": pa.array(made.random(rows)) for n in range(5)}
    return pa.table({**texts, **fen, **ratios, "on": pa.array(made.integers(15_000, 20_000, rows).astype(np.int32)).cast(pa.date32())})


def plain_openpyxl(rows: pa.Table, path: Path) -> None:
    """openpyxl's write-only mode, row by row."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    sheet.append(rows.column_names)
    for line in zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True):
        sheet.append(line)
    book.save(path)


def openpyxl_cells(path: Path) -> int:
    """openpyxl's read-only mode, every value looked at; how many there are."""
    book = openpyxl.load_workbook(path, read_only=True)
    found = sum(len(line) for line in book.worksheets[0].iter_rows(values_only=True))
    book.close()
    return found


def calamine_cells(path: Path) -> int:
    """calamine to lists of rows, nothing else; how many rows there are."""
    with CalamineWorkbook.from_path(path) as book:
        return len(book.get_sheet_by_index(0).to_python())


def fastexcel_arrow(path: Path) -> object:
    """fastexcel to Arrow, types guessed by it, nothing checked."""
    return import_module("fastexcel").read_excel(str(path)).load_sheet(0).to_arrow()


@dataclass(frozen=True, slots=True)
class Timed:
    """The median seconds of each work, the rows each was given, by name."""

    seconds: Mapping[str, float]
    rows: Mapping[str, int]

    def a_row(self, name: str) -> float:
        """Seconds a row."""
        return self.seconds[name] / self.rows[name]

    def ratio(self, name: str, other: str) -> float:
        """How many times as long a row takes."""
        return self.a_row(name) / self.a_row(other)


def timed(
    works: Mapping[str, Callable[[], object]], slow: Mapping[str, Callable[[], object]], runs: int, *, rows: int, sample: int
) -> Timed:
    """The works in turns on all rows, the slow ones once on a sample; prints each."""
    taken = interleaved(works, runs, time.process_time)
    taken |= {name: [seconds(work, time.process_time)] for name, work in slow.items()}
    sizes = {name: sample if name in slow else rows for name in taken}
    for name, found in taken.items():
        line = {"step": name, "rows": sizes[name], "columns": COLUMNS, "runs": len(found), "clock": "processor", "seconds": spread(found)}
        print(json.dumps(line))
    return Timed({name: spread(found)["median"] for name, found in taken.items()}, sizes)


def reading(path: Path, small: Path, runs: int, *, rows: int, sample: int) -> list[Goal]:
    """A workbook to the columns our steps take, against others' readers."""
    works: dict[str, Callable[[], object]] = {"read": partial(read_grids, path), "calamine to lists": partial(calamine_cells, path)}
    if find_spec("fastexcel"):
        works["fastexcel to Arrow"] = partial(fastexcel_arrow, path)
    found = timed(works, {"openpyxl read-only": partial(openpyxl_cells, small)}, runs, rows=rows, sample=sample)
    goals = [Goal("read over calamine to lists", found.ratio("read", "calamine to lists"))]
    if "fastexcel to Arrow" in works:
        goals.append(Goal("read over fastexcel to Arrow", found.ratio("read", "fastexcel to Arrow"), READ_GOAL))
    return [*goals, Goal("openpyxl read-only over read", found.ratio("openpyxl read-only", "read"), at_least=READ_FASTER)]


def writing(made: pa.Table, folder: Path, runs: int, *, sample: int) -> list[Goal]:
    """Rows to a workbook with harmless texts, against the bare writer and openpyxl."""
    works = {"write": partial(write_rows, made, folder / "ours.xlsx"), "bare": partial(write_sheet, made, folder / "bare.xlsx")}
    slow = {"openpyxl write-only": partial(plain_openpyxl, made.slice(0, sample), folder / "small.xlsx")}
    found = timed(works, slow, runs, rows=made.num_rows, sample=sample)
    return [
        Goal("write over the writer kept, bare", found.ratio("write", "bare"), WRITE_GOAL),
        Goal("openpyxl write-only over write", found.ratio("openpyxl write-only", "write"), at_least=WRITE_FASTER),
    ]


def main() -> None:
    """Print one JSON line a step and the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=20_000, help="rows for openpyxl, compared by the row")
    parser.add_argument("--with", dest="more", help="a folder with fastexcel in it, which is no library of ours")
    asked = parser.parse_args()
    if asked.more:
        sys.path.append(asked.more)
    sample = min(asked.sample, asked.rows)
    made = annex(asked.rows)
    with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as name:
        folder = Path(name)
        goals = writing(made, folder, asked.runs, sample=sample)
        goals += reading(folder / "ours.xlsx", folder / "small.xlsx", asked.runs, rows=asked.rows, sample=sample)
    tell(goals, asked)


if __name__ == "__main__":
    main()
