"""Seconds of a piece of work, and their median, minimum and maximum over several runs; memory of a process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

CLOCKS = ("elapsed", "processor time")


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """How long one call takes by that clock."""
    began = clock()
    work()
    return clock() - began


def interleaved(
    works: Mapping[str, Callable[[], object]], runs: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """So many runs of each, in turns, so that a busy machine is busy for all of them; one before that is not counted."""
    for work in works.values():
        work()
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            taken[name].append(seconds(work, clock))
    return taken


def by_both_clocks(works: Mapping[str, Callable[[], object]], runs: int) -> dict[str, dict[str, list[float]]]:
    """The same runs by each clock."""
    both: Any = interleaved(works, runs, _both)
    return {clock: {name: [float(each[at]) for each in taken] for name, taken in both.items()} for at, clock in enumerate(CLOCKS)}


def _both() -> Any:
    return np.array([time.perf_counter(), time.process_time()])


def repeated(work: Callable[[], object], runs: int) -> list[float]:
    """The seconds of so many runs after one that is not counted."""
    return interleaved({"": work}, runs)[""]


def spread(taken: Sequence[float]) -> dict[str, float]:
    """Minimum, median and maximum."""
    return {"min": min(taken), "median": statistics.median(taken), "max": max(taken)}


def resident(name: str) -> int:
    """A figure of this process from the kernel in bytes (Linux only; ``VmRSS``, ``VmHWM``): `getrusage` would give the parent's peak."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    return int(lines[name].split()[0]) * 1024
