"""The reverse question: what an input would have to be for a result to reach a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from greenfin.core.problems import Refused, Severity, error, info, warning
from greenfin.core.units import FloatColumn, UnknownUnit, WrongDimension, ratio
from greenfin.measure.currency import in_its_currency
from greenfin.measure.entry import technology_apart
from greenfin.measure.lists import Item, taken
from greenfin.measure.settings import settings
from greenfin.measure.typed import by_name
from greenfin.measure.uncertain import outcomes
from greenfin.methods.called import input_called, output_called
from greenfin.methods.numbers import digits
from greenfin.methods.readings import plain, shown

if TYPE_CHECKING:
    from greenfin.core.problems import Problem
    from greenfin.measure.calculate import Measured
    from greenfin.measure.one import Single
    from greenfin.methods.declare import Declaration, Input, Output

Given = Mapping[str, Item]


@dataclass(frozen=True, slots=True)
class Target:
    """The result asked for, and the input to find (empty: the only one that is missing)."""

    output: str
    value: Decimal
    unit: str
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Solved:
    """The input found, in the method's unit; ``wanted`` is the result asked for in its small unit."""

    output: str
    wanted: float
    input: str
    value: Decimal
    unit: str


def solve_for(declaration: Declaration, given: Given, target: Target, measure: Callable[[Given], Single]) -> Single:
    """The project measured with the value of the unknown input that makes the target true, and that value.

    ``measure`` measures given inputs. Where no value does it, the outcome has no results and says how far the result reaches.
    Raises Refused for an unknown output, input or unit, and where it is not clear which input is asked for.
    """
    target = _by_name(declaration, target)
    inputs, _ = technology_apart(declaration, given, "")
    read = taken(declaration, inputs)
    values, called = by_name(read.declaration, read.given)
    declaration = in_its_currency(read.declaration, values)
    spec, chosen = _unknown(declaration, values, target)
    wanted, notes = _wanted(declaration, target)
    rest = {n: item for n, item in given.items() if n not in inputs} | {n: value for n, value in values.items() if n != spec.name}
    trial = measure({**rest, spec.name: (Decimal(repr(_trial(spec))), spec.unit)})
    if np.isnan(trial.done.used[spec.name][0]):
        raise Refused(error("measure.solve_not_used", spec.name, input=spec.name, output=target.output))
    found, odd = _find(trial.done, spec, target.output, wanted)
    if found is None:
        told = (*_errors(trial, spec), *called, *chosen, *odd)
        stated = {name: value for name, value in trial.given.items() if name != spec.name}
        return replace(trial, given=stated, problems=told, solved=None, done=_without(trial.done))
    value = Decimal(repr(found))
    single = measure({**rest, spec.name: (value, spec.unit)})
    told = (*called, *single.problems, *notes, *chosen, *odd)
    return replace(single, problems=told, solved=Solved(target.output, wanted, spec.name, value, spec.unit))


def _by_name(declaration: Declaration, target: Target) -> Target:
    unknown = target.unknown and input_called(declaration, target.unknown)
    return replace(target, output=output_called(declaration, target.output), unknown=unknown)


def _unknown(declaration: Declaration, given: Mapping[str, tuple[Decimal, str]], target: Target) -> tuple[Input, list[Problem]]:
    """The input asked for, else the one that is missing: of the first way that was begun and lacks one only; others are told."""
    inputs = {i.name: i for i in declaration.inputs}
    if target.unknown:
        if target.unknown not in inputs:
            known = ", ".join(inputs)
            raise Refused(error("measure.input_unknown", target.unknown, input=target.unknown, method=declaration.id, known=known))
        return inputs[target.unknown], []
    missing = [[n for n in way.needs if n not in given] for way in declaration.ways]
    if [] in missing:
        missing = [[n for n in names if n not in given] for names in declaration.any_of]
    begun = [names for names, way in zip(missing, declaration.ways, strict=False) if len(names) == 1 < len(way.needs)]
    alone = list(dict.fromkeys(names[0] for names in (*begun, *missing) if len(names) == 1))
    if not alone:
        raise Refused(error("measure.solve_which", target.output, output=target.output, known=", ".join(inputs)))
    others = ", ".join(alone[1:])
    told = [info("measure.solve_chosen", target.output, output=target.output, input=alone[0], others=others)] if others else []
    return inputs[alone[0]], told


def _wanted(declaration: Declaration, target: Target) -> tuple[float, list[Problem]]:
    """The value asked for in the output's small unit; a mass without its substance is read as of the output's."""
    outputs = {o.name: o for o in declaration.outputs}
    output = outputs.get(target.output)
    if output is None:
        known = ", ".join(outputs)
        raise Refused(error("measure.output_unknown", target.output, output=target.output, method=declaration.id, known=known))
    for unit in (output.small, *_also(output)):
        try:
            scale = ratio(output.printed if plain(target.unit) == "1" else target.unit, unit)
        except (WrongDimension, UnknownUnit):
            continue
        told = info("measure.solve_read", target.output, output=target.output, unit=shown(target.unit), wanted=output.printed)
        return float(target.value) * scale, [told] if unit != output.small else []
    raise Refused(error("measure.unit_wrong", target.output, input=target.output, unit=shown(target.unit), wanted=output.printed))


def _also(output: Output) -> tuple[str, ...]:
    """Units that are read as the small unit of a substance: a plain mass, and of CO2 its equivalent."""
    if output.small in ("gCO2", "gCO2e"):
        return "g", "gCO2", "gCO2e"
    return ("g",) if output.small.startswith("g") else ()


def _trial(spec: Input) -> float:
    """A value that the input may have."""
    return float(np.clip(1.0, spec.minimum, np.inf if spec.maximum is None else spec.maximum))


def _find(done: Measured, spec: Input, output: str, wanted: float) -> tuple[float | None, list[Problem]]:
    """The value of the input nearest to zero that gives what is wanted, between the two points of a row that it lies between."""

    def missed(points: FloatColumn) -> FloatColumn:
        return outcomes(done, {spec.name: points})[output] - wanted

    points = _points(spec)
    gaps = missed(points)
    points, gaps = points[np.isfinite(gaps)], gaps[np.isfinite(gaps)]
    turns = np.flatnonzero(np.sign(gaps[:-1]) * np.sign(gaps[1:]) <= 0) if len(gaps) else np.asarray([], dtype=np.int64)
    if len(turns) == 0 and len(gaps) and np.ptp(gaps) > 0 and np.abs(gaps).min() < 1:  # an end, but for the rounding of the value asked for
        return float(points[np.abs(gaps).argmin()]), []
    if len(turns) == 0:
        return None, [_unreachable(done, spec, output, gaps + wanted)]
    turn = min(turns, key=lambda at: abs(points[at]))
    ends = float(points[turn]), float(points[turn + 1])
    several = len(turns) > 1 and not (gaps[turns] == 0).any() and not (gaps[turns + 1] == 0).any()
    told = [warning("measure.solve_several", spec.name, input=spec.name, output=output)] if several else []
    return _between(ends, lambda value: float(missed(np.asarray([value]))[0])), told


def _between(ends: tuple[float, float], missed: Callable[[float], float]) -> float:
    from scipy.optimize import brentq  # type: ignore[import-untyped]  # it has no published types; only the reverse question loads it

    tiny = float(np.finfo(np.float64).tiny)
    return float(brentq(missed, *ends, xtol=tiny, rtol=settings().least_step))


def _points(spec: Input) -> FloatColumn:
    """Values that the input may have, dense near zero and spread to where no project is."""
    far = np.geomspace(settings().nearest, settings().farthest, settings().steps)
    most = settings().farthest if spec.maximum is None else spec.maximum
    least = max(spec.minimum, -settings().farthest)
    every = np.concatenate([-far, [0.0, least, most], far])
    return np.unique(every[(every >= least) & (every <= most)])


def _unreachable(done: Measured, spec: Input, output: str, reached: FloatColumn) -> Problem:
    declared = done.case.declaration.output(output)
    if len(reached) == 0 or np.ptp(reached) == 0:
        return error("measure.solve_unmoved", spec.name, input=spec.name, output=output)
    scale = ratio(declared.small, declared.printed)
    low, high = (digits(float(end) * scale) for end in (reached.min(), reached.max()))
    return error("measure.solve_impossible", spec.name, input=spec.name, output=output, low=low, high=high, unit=declared.printed)


def _errors(trial: Single, spec: Input) -> tuple[Problem, ...]:
    """What is wrong with the other inputs and factors."""
    return tuple(p for p in trial.problems if p.severity is Severity.ERROR and p.params.get("input") != spec.name)


def _without(done: Measured) -> Measured:
    return replace(done, has={name: np.zeros_like(has) for name, has in done.has.items()})
