"""Run every benchmark, one after another; all their JSON lines to one file, and the table of goals.

``python benchmarks/all.py [--hour | --small] [--only NAME …] [--out build/bench.jsonl] [--with FOLDER]``.
How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal
from greenfin._version import __version__

HERE = Path(__file__).parent
LIBRARIES = ("numpy", "polars", "pyarrow", "pandas", "openpyxl", "pint", "rapidfuzz", "numba")
WITH = ("sheets", "rules")  # what takes a folder of libraries that are none of ours
FULL: Mapping[str, tuple[str, ...]] = {  # with their own sizes but where the size of the table is another
    "starts": (),
    "annex": (),
    "rules": (),
    "names": ("--loans", "100000"),
    "store": (),
    "sheets": (),
    "measure": (),
    "tag": (),
    "plain": (),
    "run": (),
    "financed": (),
    "columns": (),
    "spark": (),
    "whole": (),
}
HOUR: Mapping[str, tuple[str, ...]] = {  # five runs of each, smaller only where the size of the table alone takes hours
    **FULL,
    "store": ("--decided", "50000"),
    "tag": ("--sample", "5000"),
    "columns": ("--rows", "500000"),
    "spark": ("--loans", "400000", "--rows", "1000000"),
    "whole": ("--times", "4"),
}
SMALL: Mapping[str, tuple[str, ...]] = {
    "starts": ("--runs", "3"),
    "annex": ("--rows", "5000", "--runs", "3"),
    "rules": ("--loans", "100000", "--runs", "3"),
    "names": ("--loans", "5000", "--companies", "1000", "--runs", "3"),
    "store": ("--rows", "5000", "--decided", "5000", "--audited", "20000", "--runs", "3"),
    "sheets": ("--rows", "5000", "--sample", "1000", "--runs", "3"),
    "measure": ("--projects", "200000", "--runs", "3", "--sample", "10"),
    "tag": ("--loans", "20000", "--sample", "2000", "--runs", "3"),
    "plain": ("--rows", "2000", "--sample", "500", "--runs", "1"),
    "run": ("--loans", "5000", "--runs", "3"),
    "financed": ("--loans", "50000", "--runs", "3"),
    "columns": ("--rows", "40000", "--runs", "1"),
    "spark": ("--costs", "20000", "40000", "--loans", "20000", "--rows", "40000", "--runs", "1"),
    "whole": ("--loans", "10000", "--times", "2", "--runs", "1"),
}
SIZES = {"full": FULL, "hour": HOUR, "small": SMALL}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: what is compared with what, and the goal of a benchmark that it is (its name begins so)."""

    benchmark: str
    goal: str
    work: str
    against: str


def rows() -> tuple[Row, ...]:
    """The rows of the table, in its order."""
    with (HERE / "table.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Row(**line) for line in csv.DictReader(file))


def machine() -> dict[str, object]:
    """What the figures were found with."""
    found = {name: version(name) for name in LIBRARIES}
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "greenfin": __version__,
        "python": platform.python_version(),
        **found,
        "system": platform.platform(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": os.getloadavg()[0],
    }


def lines_of(name: str, words: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The JSON lines of a benchmark while it runs, then what it took; all it prints is shown."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, str(HERE / f"{name}.py"), *words], stdout=subprocess.PIPE, text=True) as running:  # noqa: S603  # ourselves
        for line in running.stdout or ():
            print(line, end="", flush=True)
            if line.startswith("{"):
                yield {"benchmark": name, **json.loads(line)}
    took = {"seconds": round(time.perf_counter() - began, 1), "load": os.getloadavg()[0]}
    yield {"benchmark": name, "ended": running.returncode, **took}


def goal_of(line: Mapping[str, Any]) -> Goal:
    """A goal out of its line."""
    return Goal(line["name"], line["found"], line["at_most"], line["at_least"])


def sizes_of(line: Mapping[str, Any]) -> str:
    """The sizes a goal was found with, as words."""
    return ", ".join(f"{name} {given:,}" if isinstance(given, int) else f"{name} {given}" for name, given in line["sizes"].items())


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """The table, row by row; what was not found is said to be so."""
    lines = [f"{'work':58} {'against':62} {'goal':>8} {'found':>9}  met  with"]
    for row in rows():
        own = [line for line in found if line["benchmark"] == row.benchmark and str(line.get("goal", "")).startswith(row.goal)]
        for line in own:
            goal = goal_of(line)
            clock = "processor time, " if "processor time" in goal.name else ""
            met = f"{goal.wanted:>8} {goal.found:9.2f}  {goal.met:3}"
            lines.append(f"{row.work:58} {row.against:62} {met}  {clock}{sizes_of(line)}")
        if not own:
            lines.append(f"{row.work:58} {row.against:62} {'':>8} {'-':>9}  not run")
    return "\n".join(lines)


def main() -> int:
    """Run what was asked for and print the table; 0 where every benchmark came to its end."""
    parser = argparse.ArgumentParser()
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--hour", action="store_const", const="hour", dest="size", help="all within some 70 minutes on two idle cores")
    size.add_argument("--small", action="store_const", const="small", dest="size", help="whether everything works; the ratios say little")
    parser.add_argument("--only", nargs="*", choices=[*FULL], default=[*FULL])
    parser.add_argument("--out", type=Path, default=Path("build/bench.jsonl"))
    parser.add_argument("--with", dest="more", help="a folder with fastexcel and OpenFisca-Core in it, which are no libraries of ours")
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    found: list[dict[str, Any]] = []
    with asked.out.open("w", encoding="utf-8") as out:
        print(json.dumps({"benchmark": "machine", "size": asked.size or "full", **machine()}), file=out, flush=True)
        for name in asked.only:
            more = ("--with", asked.more) if asked.more and name in WITH else ()
            for line in lines_of(name, (*SIZES[asked.size or "full"][name], *more)):
                found.append(line)
                print(json.dumps(line), file=out, flush=True)
    print(table(found))
    return int(any(line.get("ended", 0) not in (0, None) for line in found))


if __name__ == "__main__":
    sys.exit(main())
