"""Time measuring whole columns against plain numpy, pint row by row and pint-pandas, and one call from a shell; a table and JSON lines.

``python benchmarks/measure.py [--projects 10000000] [--methods 20] [--runs 5]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.timing import interleaved, repeated, seconds
from greenfin.core.units import parse_unit, quantity, registry
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Declaration, declarations
from greenfin.methods.given import Given
from greenfin.methods.numbers import fits, whole
from greenfin.methods.registry import METHODS, calculate

Columns = dict[str, np.ndarray[Any, np.dtype[np.float64]]]
CALL = ["measure", "CBRC-PWR", "supply=100000MWh", "--region", "CN-SC", "--json"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure beside what it should be: ``at_most`` or ``at_least``."""

    name: str
    found: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether the figure is as it should be."""
        return (self.at_most is None or self.found <= self.at_most) and (self.at_least is None or self.found >= self.at_least)


@dataclass(frozen=True, slots=True)
class Work:
    """A method with its projects: inputs of its first way and factors as columns; inputs of other ways are not given (NaN)."""

    declaration: Declaration
    choices: Mapping[str, str]
    inputs: Columns
    slots: Columns

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column."""
        return {i.name: i.unit for i in self.declaration.inputs} | {s.slot: s.unit for s in self.declaration.slots}

    @property
    def size(self) -> int:
        """How many projects."""
        return max(map(len, self.inputs.values()))


def work_of(declaration: Declaration, size: int) -> Work:
    """So many made-up projects, each input within its plausible range, every factor a column of its own."""
    random = np.random.default_rng(5)
    choices = choices_of(declaration, {})
    given = {*declaration.ways[0].needs, *declaration.ways[0].refined_by, *(name for names in declaration.any_of for name in names)}
    ranges = {i.name: sorted((i.low or max(i.minimum, 1.0), i.high or i.maximum or 100.0)) for i in declaration.inputs}
    inputs = {n: random.uniform(low, high, size) if n in given else np.full(size, np.nan) for n, (low, high) in ranges.items()}
    asked = {slot.slot for slot in declaration.slots_for(choices)}
    slots = {s.slot: random.uniform(0.5, 1.5, size) if s.slot in asked else np.full(size, np.nan) for s in declaration.slots}
    return Work(declaration, choices, inputs, slots)


def ours(work: Work) -> dict[str, Any]:
    """Whole columns through the engine: integers of the small unit and where there are any."""
    with np.errstate(all="ignore"):
        done = calculate(work.declaration, work.inputs, stated=work.inputs, slots=work.slots, choices=work.choices)
    return {name: (whole(values), fits(values)) for name, values in done.outputs.items()}


def base(unit: str) -> float:
    """What one of the unit is in the registry's base units."""
    return float(registry().Quantity(1.0, parse_unit(unit)).to_base_units().magnitude)


def bare(work: Work) -> tuple[dict[str, Any], dict[str, float]]:
    """The columns as plain numpy has them: base units, no unit left, what is not given a single NaN; and the scales of the results."""
    columns = {**work.inputs, **work.slots}
    scaled: dict[str, Any] = {n: np.float64(np.nan) if np.isnan(c).all() else c * base(work.units[n]) for n, c in columns.items()}
    scaled |= {p.name: np.float64(p.value) * base(p.unit) for p in work.declaration.parameters_for(work.choices)}
    return scaled, {o.name: 1 / base(o.small) for o in work.declaration.outputs}


def plain(work: Work, columns: dict[str, Any], scales: dict[str, float]) -> dict[str, Any]:
    """The same formula over bare arrays, whole columns at a time, rounded to integers."""
    with np.errstate(all="ignore"):
        results = METHODS[work.declaration.id].formula(Given(columns, columns, work.choices))
        return {name: np.rint(np.nan_to_num(results[name] * scale)).astype(np.int64) for name, scale in scales.items()}


def is_plain(declaration: Declaration) -> bool:
    """Whether the formula is arithmetic alone, so that bare arrays can go through it; a few make quantities of their own."""
    work = work_of(declaration, 2)
    try:
        plain(work, *bare(work))
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def by_row(work: Work, rows: int) -> None:
    """Pint as it is mostly used: the formula once per project, each value a quantity of its own."""
    units, formula = work.units, METHODS[work.declaration.id].formula
    fixed = {p.name: quantity(float(p.value), p.unit) for p in work.declaration.parameters_for(work.choices)}
    for row in range(rows):
        seen = fixed | {n: quantity(float(c[row]), units[n]) for n, c in (*work.inputs.items(), *work.slots.items())}
        results = formula(Given(seen, seen, work.choices))
        for output in work.declaration.outputs:
            results[output.name].to(parse_unit(output.small))


def power_in_pandas(work: Work) -> Callable[[], object]:
    """CBRC-PWR's arithmetic from ``supply`` in pint-pandas, its columns made beforehand."""
    import pandas as pd
    import pint_pandas

    pint_pandas.PintType.ureg = registry()
    array = pint_pandas.PintArray
    columns = {"supply": work.inputs["supply"], **{n: work.slots[n] for n in ("tce_rate", "co2_rate")}}
    frame = pd.DataFrame({n: pd.Series(array(c, dtype=f"pint[{parse_unit(work.units[n])}]")) for n, c in columns.items()})

    def run() -> object:
        tce, co2 = frame["supply"] * frame["tce_rate"], frame["supply"] * frame["co2_rate"]
        return tce.pint.to(parse_unit("gce")), co2.pint.to(parse_unit("gCO2")), frame["supply"].pint.to(parse_unit("Wh"))

    return run


def memory(work: Work) -> float:
    """The peak of what is allocated while measuring, columns and results with it, over the columns in play and their results."""
    columns = sum(c.nbytes for c in (*work.inputs.values(), *work.slots.values()))
    tracemalloc.start()
    done = ours(work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (columns + peak) / (columns + sum(amounts.nbytes for amounts, _ in done.values()))


def cpu(command: Sequence[str]) -> float:
    """Processor seconds of a command, its own and the system's for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own commands
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def shell(runs: int) -> dict[str, dict[str, float]]:
    """Median wall and processor seconds of one call of the command and of importing numpy, in turns."""
    commands = {
        "measure": [sys.executable, "-c", "from greenfin.cli.main import main; main()", *CALL],
        "import numpy": [sys.executable, "-c", "import numpy"],
    }
    spent: dict[str, list[float]] = {name: [] for name in commands}

    def call(name: str) -> Callable[[], object]:
        return lambda: spent[name].append(cpu(commands[name]))

    wall = interleaved({name: call(name) for name in commands}, runs)
    return {name: {"wall": statistics.median(wall[name]), "cpu": statistics.median(spent[name][1:])} for name in commands}


def say(name: str, **figures: object) -> None:
    """A JSON line."""
    print(json.dumps({"step": name, **figures}))


def methods_over_columns(chosen: Sequence[Declaration], size: int, runs: int) -> tuple[list[Goal], float]:
    """Ours against plain numpy, method by method in turns; ours in seconds a project."""
    total = {"ours": 0.0, "numpy": 0.0}
    shares = []
    for declaration in chosen:
        work = work_of(declaration, size)
        columns, scales = bare(work)
        works = {"ours": lambda w=work: ours(w), "numpy": lambda w=work, c=columns, s=scales: plain(w, c, s)}
        taken = {name: statistics.median(each) for name, each in interleaved(works, runs, process_time).items()}
        shares.append(memory(work))
        total = {name: total[name] + taken[name] for name in total}
        say(declaration.id, projects=size, seconds=taken, ratio=round(taken["ours"] / taken["numpy"], 2), memory=round(shares[-1], 2))
    say("all methods", projects=size * len(chosen), methods=len(chosen), seconds=total)
    return [
        Goal("ours over plain numpy", total["ours"] / total["numpy"], at_most=2),
        Goal("peak memory over columns in play", max(shares), at_most=3),
    ], total["ours"] / (size * len(chosen))


def main() -> None:
    """Print one JSON line per step, then the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--projects", type=int, default=10_000_000)
    parser.add_argument("--methods", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=200)
    asked = parser.parse_args()
    chosen = [d for d in declarations().values() if is_plain(d)][: asked.methods]
    goals, each = methods_over_columns(chosen, asked.projects // len(chosen), asked.runs)
    sample = [work_of(declaration, asked.sample) for declaration in chosen]
    slow = seconds(lambda: [by_row(work, asked.sample) for work in sample]) / asked.sample / len(sample)
    say("pint per row", rows=asked.sample, seconds_a_project=slow, ours=each)
    goals.append(Goal("pint per row over ours", slow / each, at_least=1000))
    if find_spec("pint_pandas"):
        work = work_of(declarations()["CBRC-PWR"], asked.projects // len(chosen))
        theirs, mine = (statistics.median(repeated(f, asked.runs)) for f in (power_in_pandas(work), lambda: ours(work)))
        say("pint-pandas", method="CBRC-PWR", projects=work.size, seconds={"pint-pandas": theirs, "ours": mine})
        goals.append(Goal("pint-pandas over ours", theirs / mine, at_least=5))
    calls = shell(max(asked.runs, 5))
    say("one call", **calls)
    for kind in ("cpu", "wall"):
        goals.append(Goal(f"one call over import numpy, {kind}", calls["measure"][kind] / calls["import numpy"][kind], at_most=5))
    for goal in goals:
        print(json.dumps({**asdict(goal), "found": round(goal.found, 2), "is_met": goal.is_met}))


if __name__ == "__main__":
    main()
