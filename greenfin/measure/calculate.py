"""A case through its formula: limits, the way of each project, what was assumed, one call, whole small units, bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from greenfin.core.problems import Problem, error, warning
from greenfin.core.slips import told
from greenfin.core.units import FloatColumn
from greenfin.measure.case import Case, Flags, Rows
from greenfin.measure.slots import Filled, fill
from greenfin.methods.declare import Indicator, Input
from greenfin.methods.numbers import digits
from greenfin.methods.parts import FIRST_YEAR, MONTHS, PRO_RATA
from greenfin.methods.readings import shown
from greenfin.methods.registry import counted

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


@dataclass(frozen=True, slots=True)
class Measured:
    """The outcome of a case: integer amounts per output where ``has`` it, the columns the formula saw, factors, problems."""

    case: Case
    way: Rows  # per project: which way of the declaration, -1 none
    used: Mapping[str, FloatColumn]
    assumed: Mapping[str, Flags]
    filled: Mapping[str, Filled]
    amounts: Mapping[str, NDArray[np.int64]]
    has: Mapping[str, Flags]
    problems: tuple[Problem, ...]


def run(case: Case, reference: Reference) -> Measured:
    """The case measured. Projects with an error have no amounts."""
    problems: list[Problem] = []
    case = _limited(case, problems)
    way = _ways(case)
    case = _complete(case, way, problems)
    used, assumed = _used(case, way, problems)
    problems.extend(_full_years(case))
    filled, found_problems = fill(case, reference)
    problems.extend(found_problems)
    stated = {name: s.values for name, s in case.stated.items()}
    slots = {name: f.counted for name, f in filled.items()} | _absent(case, filled)
    with np.errstate(all="ignore"):  # what is not a number has no amount, what is too large is told below
        result = counted(case.declaration, used, stated=stated, slots=slots, choices=case.choices)
    has = {name: among & ~case.broken for name, among in result.among.items()}
    lacking = np.logical_or.reduce([case.broken, *(f.lacking for f in filled.values())])
    problems.extend(_beyond(case, result.beyond, lacking))
    problems.extend(_implausible_inputs(case, used))
    problems.extend(_implausible_indicators(case, result.indicators, lacking))
    return Measured(case, way, used, assumed, filled, result.amounts, has, tuple(problems))


def _full_years(case: Case) -> list[Problem]:
    """Projects without months where the first year was asked for: they count in full."""
    if case.choices.get(FIRST_YEAR) != PRO_RATA:
        return []
    ids, where = case.projects.ids, case.projects.where
    return [warning("measure.full_year_taken", where[row], project=ids[row]) for row in _places(~case.has(MONTHS) & ~case.broken)]


def _beyond(case: Case, outputs: Mapping[str, Mapping[int, float]], lacking: Flags) -> list[Problem]:
    """Results so large that an input must be wrong; endless ones of projects ``lacking`` a factor are told there."""
    ids, where = case.projects.ids, case.projects.where
    return [
        error("measure.result_impossible", where[row], project=ids[row], output=name, value=f"{value:.3g}")
        for name, values in outputs.items()
        for row, value in values.items()
        if not case.broken[row] and not (np.isinf(value) and lacking[row])
    ]


def _places(mask: Flags) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)]


def _absent(case: Case, filled: Mapping[str, Filled]) -> dict[str, FloatColumn]:
    """Slots that this choice does not ask for: NaN, should a formula look at them."""
    return {s.slot: np.full(len(case.projects), np.nan) for s in case.declaration.slots if s.slot not in filled}


def _limited(case: Case, problems: list[Problem]) -> Case:
    """Impossible values are errors."""
    broken = case.broken.copy()
    for spec in case.declaration.inputs:
        values = case.stated[spec.name].values
        bad = values < spec.minimum
        if spec.maximum is not None:
            bad |= values > spec.maximum
        problems.extend(_about("measure.input_impossible", case, spec, row) for row in _places(bad))
        broken |= bad
    return replace(case, broken=broken)


def _about(code: str, case: Case, spec: Input, row: int) -> Problem:
    at, project = case.projects.where[row], case.projects.ids[row]
    value = digits(float(case.stated[spec.name].values[row]))
    params = {"project": project, "input": spec.name, "value": f"{value} {shown(spec.unit)}".strip()}
    if code == "measure.input_impossible":
        least = digits(spec.minimum)
        possible = f"≥ {least}" if spec.maximum is None else f"{least} – {digits(spec.maximum)}"
        return error("measure.input_impossible", at, **params, possible=f"{possible} {shown(spec.unit)}".strip())
    low, high = spec.low if spec.low is not None else 0.0, spec.high if spec.high is not None else float("inf")
    slip = told(float(case.stated[spec.name].values[row]), low, high, unit=spec.unit)
    return warning("measure.input_unusual", at, **params, low=spec.low, high=spec.high, slip=slip)


def _ways(case: Case) -> Rows:
    """Per project the first way whose inputs are all of the preferred basis, else the first that is complete, else -1."""
    ways = case.declaration.ways
    ranks = np.full((len(ways), len(case.projects)), np.inf)
    for place, way in enumerate(ways):
        complete = np.logical_and.reduce([case.has(name) for name in way.needs])
        preferred = np.logical_and.reduce([_is_preferred(case, name) for name in way.needs])
        ranks[place] = np.where(complete, place + np.where(preferred, 0, len(ways)), np.inf)
    best = np.argmin(ranks, axis=0).astype(np.int64)
    return np.where(np.isfinite(ranks.min(axis=0)), best, -1)


def _is_preferred(case: Case, name: str) -> Flags:
    return case.stated[name].is_preferred | case.declaration.input(name).nameplate


def _complete(case: Case, way: Rows, problems: list[Problem]) -> Case:
    """Projects without a complete way (or without any complete pair) are errors; half pairs leave one output out."""
    case = _together(case, problems)
    incomplete = (way < 0) & ~case.broken
    told = " | ".join(" + ".join(w.needs) for w in case.declaration.ways)
    problems.extend(_lacking(case, row, told) for row in _places(incomplete))
    if not case.declaration.any_of:
        return replace(case, broken=case.broken | incomplete)
    pairs = [np.logical_and.reduce([case.has(n) for n in names]) for names in case.declaration.any_of]
    bare = ~np.logical_or.reduce(pairs) & ~incomplete & ~case.broken
    told = " | ".join(" + ".join(names) for names in case.declaration.any_of)
    problems.extend(_lacking(case, row, told) for row in _places(bare))
    broken = case.broken | incomplete | bare
    for names, pair in zip(case.declaration.any_of, pairs, strict=True):
        half = np.logical_or.reduce([case.has(n) for n in names]) & ~pair & ~broken
        problems.extend(_half(case, row, names) for row in _places(half))
    return replace(case, broken=broken)


def _together(case: Case, problems: list[Problem]) -> Case:
    """Projects that state an amount without what it is counted with have no figure: it would be left out unseen."""
    broken = case.broken
    for name, *others in case.declaration.together:
        alone = case.has(name) & ~np.logical_and.reduce([case.has(other) for other in others]) & ~broken
        problems.extend(_lacking(case, row, " + ".join((name, *others))) for row in _places(alone))
        broken = broken | alone
    return replace(case, broken=broken)


def _lacking(case: Case, row: int, told: str) -> Problem:
    given = ", ".join(name for name, stated in case.stated.items() if not np.isnan(stated.values[row])) or "-"
    project = case.projects.ids[row]
    return error("measure.input_missing", case.projects.where[row], project=project, method=case.declaration.id, needs=told, given=given)


def _half(case: Case, row: int, names: tuple[str, ...]) -> Problem:
    missing = ", ".join(n for n in names if np.isnan(case.stated[n].values[row]))
    return warning("measure.pair_incomplete", case.projects.where[row], project=case.projects.ids[row], missing=missing)


def _used(case: Case, way: Rows, problems: list[Problem]) -> tuple[dict[str, FloatColumn], dict[str, Flags]]:
    """The columns the formula sees: inputs of another way are hidden, refinements not given are the declared assumption."""
    ways = [frozenset((*w.needs, *w.refined_by)) for w in case.declaration.ways]
    bound = frozenset().union(*ways)
    used: dict[str, FloatColumn] = {}
    assumed: dict[str, Flags] = {}
    for spec in case.declaration.inputs:
        values = case.stated[spec.name].values
        if spec.name not in bound:
            used[spec.name] = values
            continue
        here = _in_way(ways, way, spec.name)
        column = np.where(here, values, np.nan)
        if spec.assumed is not None:
            gap = here & np.isnan(values) & ~case.broken & _beside(case, spec)
            column = np.where(gap, float(spec.assumed), column)
            assumed[spec.name] = gap
            problems.extend(_assumed(case, spec, row) for row in _places(gap))
        used[spec.name] = column
    return used, assumed


def _beside(case: Case, spec: Input) -> Flags:
    """Where an input is assumed if it is not given: beside those it refines, everywhere where none are named."""
    if not spec.assumed_beside:
        return np.ones(len(case.projects), dtype=np.bool_)
    return np.asarray(np.logical_or.reduce([case.has(name) for name in spec.assumed_beside]), dtype=np.bool_)


def _in_way(ways: Sequence[frozenset[str]], way: Rows, name: str) -> Flags:
    return np.asarray([*(name in names for names in ways), False], dtype=np.bool_)[way]  # the last place: projects without a way


def _assumed(case: Case, spec: Input, row: int) -> Problem:
    at, project = case.projects.where[row], case.projects.ids[row]
    return warning("measure.input_assumed", at, project=project, input=spec.name, value=f"{spec.assumed} {shown(spec.unit)}".strip())


def _implausible_inputs(case: Case, used: Mapping[str, FloatColumn]) -> list[Problem]:
    problems: list[Problem] = []
    for spec in case.declaration.inputs:
        low = -np.inf if spec.low is None else spec.low
        high = np.inf if spec.high is None else spec.high
        odd = ((used[spec.name] < low) | (used[spec.name] > high)) & ~case.broken
        problems.extend(_about("measure.input_unusual", case, spec, row) for row in _places(odd & case.has(spec.name)))
    return problems


def _implausible_indicators(case: Case, indicators: Mapping[str, FloatColumn], lacking: Flags) -> list[Problem]:
    problems: list[Problem] = []
    for spec in case.declaration.indicators:
        distinct = sorted(set(case.projects.entries))
        bands = {entry: spec.band(*entry) for entry in distinct}
        low = np.asarray([bands[e][0] for e in case.projects.entries], dtype=np.float64)
        high = np.asarray([bands[e][1] for e in case.projects.entries], dtype=np.float64)
        values = indicators[spec.name]
        slack = 1e-9
        odd = ((values < low * (1 - slack) - slack) | (values > high * (1 + slack) + slack)) & ~case.broken & ~(np.isinf(values) & lacking)
        problems.extend(_odd(case, spec, row, values=values, band=(low[row], high[row])) for row in _places(odd))
    return problems


def _odd(case: Case, spec: Indicator, row: int, *, values: FloatColumn, band: tuple[float, float]) -> Problem:
    return warning(
        "measure.indicator_unusual",
        case.projects.where[row],
        project=case.projects.ids[row],
        indicator=spec.name,
        value=f"{digits(float(values[row]))} {shown(spec.unit)}".strip(),
        low=f"{band[0]:g}",
        high=f"{band[1]:g}",
        slip=told(float(values[row]), *band, unit=spec.unit),
        inputs=", ".join(n for n in spec.inputs if not np.isnan(case.stated[n].values[row])),
    )
