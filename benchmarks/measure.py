"""Time measuring whole columns against plain numpy, pint row by row and pint-pandas, and one call from a shell; a table and JSON lines.

``python benchmarks/measure.py [--projects 10000000] [--methods 20] [--runs 5]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.timing import interleaved, seconds, spread
from greenfin.core.units import parse_unit, registry
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Declaration, declarations
from greenfin.methods.given import Given
from greenfin.methods.registry import METHODS, counted

Columns = dict[str, np.ndarray[Any, np.dtype[np.float64]]]
CALL = ["measure", "CBRC-PWR", "supply=100000MWh", "--region", "CN-SC", "--json"]


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
    return Work(replace(declaration, indicators=()), choices, inputs, slots)  # what only the guards look at is kept by neither side


def ours(work: Work) -> dict[str, Any]:
    """Whole columns through the engine: integers of the small unit and where there are any."""
    with np.errstate(all="ignore"):
        done = counted(work.declaration, work.inputs, stated=work.inputs, slots=work.slots, choices=work.choices)
    return {name: (amounts, done.among[name]) for name, amounts in done.amounts.items()}


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
        return {name: counted_plainly(results[name] * scale) for name, scale in scales.items()}


def counted_plainly(values: Any) -> tuple[Any, Any]:
    """Integers and where there are any."""
    return np.rint(values).astype(np.int64), np.isfinite(values)


def is_plain(declaration: Declaration) -> bool:
    """Whether the formula is arithmetic alone, so that bare arrays can go through it; a few make quantities of their own."""
    work = work_of(declaration, 2)
    try:
        plain(work, *bare(work))
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def by_row(works: Sequence[Work], rows: int) -> None:
    """Pint row by row over so many projects of each method."""
    for work in works:
        of_method_by_row(work, rows)


def of_method_by_row(work: Work, rows: int) -> None:
    """Pint as it is mostly used: the formula once per project, each value a quantity of its own."""
    units, formula, quantity = {n: parse_unit(u) for n, u in work.units.items()}, METHODS[work.declaration.id].formula, registry().Quantity
    fixed = {p.name: quantity(float(p.value), parse_unit(p.unit)) for p in work.declaration.parameters_for(work.choices)}
    for row in range(rows):
        seen = fixed | {n: quantity(float(c[row]), units[n]) for n, c in (*work.inputs.items(), *work.slots.items())}
        results = formula(Given(seen, seen, work.choices))
        for output in work.declaration.outputs:
            results[output.name].to(parse_unit(output.small))


def in_pandas(work: Work) -> dict[str, Any]:
    """The columns and parameters in pint-pandas, made beforehand."""
    import pandas as pd
    import pint_pandas

    pint_pandas.PintType.ureg = registry()
    columns = {**work.inputs, **work.slots}
    dtypes: dict[str, Any] = {n: f"pint[{parse_unit(work.units[n])}]" for n in columns}
    made = {n: pd.Series(c).astype(dtypes[n]) for n, c in columns.items()}
    return made | {p.name: registry().Quantity(float(p.value), parse_unit(p.unit)) for p in work.declaration.parameters_for(work.choices)}


def power_in_pandas(work: Work, x: Mapping[str, Any]) -> dict[str, Any]:
    """CBRC-PWR with the choices of the work as pint-pandas writes it, to integers of the small units."""

    def first(one: Any, *others: Any) -> Any:
        for other in others:
            numbers = other.pint.to(one.pint.units).pint.magnitude  # `where` of the columns themselves goes row by row
            one = one.pint.magnitude.where(one.notna(), numbers).astype(one.dtype)
        return one

    kept = 1 - x["own_use"]
    supply = first(x["supply"], x["generation"] * kept, x["capacity"] * x["hours"] * (1 - x["curtailment"]) * kept)
    gross, replaced, project = supply * x["tce_rate"], supply * x["co2_rate"], x["auxiliary_fuel"] * x["auxiliary_co2"]
    tce, co2 = first(gross - x["auxiliary_fuel"], gross), first(replaced - project, replaced)
    months = x["months_in_operation"] / x["months_a_year"]
    results = {
        "tce": tce,
        "co2": co2,
        "project_co2": project,
        "so2": supply * x["so2_rate"],
        "nox": supply * x["nox_rate"],
        "energy": supply,
    }
    return results_in_pandas(work, results | {"tce_first_year": tce * months, "co2_first_year": co2 * months})


def results_in_pandas(work: Work, results: Mapping[str, Any]) -> dict[str, Any]:
    """Integers of the small units and where there are any."""
    small = {o.name: parse_unit(o.small) for o in work.declaration.outputs}
    floats = {
        name: values.pint.to(small[name]).pint.magnitude.to_numpy(dtype=np.float64, na_value=np.nan) for name, values in results.items()
    }
    with np.errstate(all="ignore"):
        return {name: counted_plainly(values) for name, values in floats.items()}


def multiplied_in_pandas(x: Mapping[str, Any]) -> tuple[Any, ...]:
    """The three multiplications of CBRC-PWR alone, in their small units."""
    return tuple((x["supply"] * x[rate]).pint.to(unit) for rate, unit in (("tce_rate", "gce"), ("co2_rate", "gCO2")))


def against_pandas(size: int, runs: int) -> Goal:
    """CBRC-PWR beside pint-pandas in turns, in processor seconds."""
    work = work_of(declarations()["CBRC-PWR"], size)
    x = in_pandas(work)
    theirs, mine = power_in_pandas(work, x), ours(work)
    if any((np.abs(theirs[n][0] - mine[n][0])[mine[n][1]] > 1).any() or (theirs[n][1] != mine[n][1]).any() for n in theirs):
        raise AssertionError("pint-pandas finds other results")
    works: dict[str, Callable[[], object]] = {
        "pint-pandas": lambda: power_in_pandas(work, x),
        "pint-pandas, two products alone": lambda: multiplied_in_pandas(x),
        "ours": lambda: ours(work),
    }
    taken = {name: spread(each) for name, each in interleaved(works, runs, process_time).items()}
    say("pint-pandas", method="CBRC-PWR", projects=size, seconds=taken)
    return Goal("pint-pandas over ours", taken["pint-pandas"]["median"] / taken["ours"]["median"], at_least=5)


def memory(work: Work) -> float:
    """The peak of what is allocated while measuring, columns and results with it, over the columns in play and their results."""
    columns = sum(c.nbytes for c in (*work.inputs.values(), *work.slots.values()))
    tracemalloc.start()
    done = ours(work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float((columns + peak) / (columns + sum(amounts.nbytes for amounts, _ in done.values())))


def cpu(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Processor seconds of a command, its own and the system's for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603  # our own commands
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def shell(runs: int) -> dict[str, dict[str, dict[str, float]]]:
    """Wall and processor seconds of one call of the command and of importing numpy, in turns."""
    commands = {
        "measure": [sys.executable, "-c", "from greenfin.cli.main import main; main()", *CALL],
        "import numpy": [sys.executable, "-c", "import numpy"],
    }
    spent: dict[str, list[float]] = {name: [] for name in commands}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def call(name: str) -> Callable[[], object]:
        return lambda: spent[name].append(cpu(commands[name], environment))

    with TemporaryDirectory() as compiled:  # both find their modules compiled, as installed ones are
        environment["PYTHONPYCACHEPREFIX"] = compiled
        wall = interleaved({name: call(name) for name in commands}, runs)
    return {name: {"wall": spread(wall[name]), "cpu": spread(spent[name][1:])} for name in commands}


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
        works = {"ours": partial(ours, work), "numpy": partial(plain, work, columns, scales)}
        taken = {name: spread(each) for name, each in interleaved(works, runs, process_time).items()}
        shares.append(memory(work))
        total = {name: total[name] + taken[name]["median"] for name in total}
        ratio = taken["ours"]["median"] / taken["numpy"]["median"]
        say(declaration.id, projects=size, seconds=taken, ratio=round(ratio, 2), memory=round(shares[-1], 2))
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
    slow = seconds(partial(by_row, sample, asked.sample), process_time) / asked.sample / len(sample)
    say("pint per row", rows=asked.sample, seconds_a_project=slow, ours=each)
    goals.append(Goal("pint per row over ours", slow / each, at_least=1000))
    if find_spec("pint_pandas"):
        goals.append(against_pandas(asked.projects // len(chosen), asked.runs))
    calls = shell(max(asked.runs, 5))
    say("one call", **calls)
    for kind in ("cpu", "wall"):
        goals.append(
            Goal(f"one call over import numpy, {kind}", calls["measure"][kind]["median"] / calls["import numpy"][kind]["median"], at_most=5)
        )
    tell(goals, asked)


if __name__ == "__main__":
    main()
