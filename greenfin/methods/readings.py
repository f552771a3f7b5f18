"""What a stated value is in a method's unit: the same dimension, or one of the declared readings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from greenfin.core.problems import Problem, error, info
from greenfin.core.units import WrongDimension, magnitude, quantity, ratio, same_dimension
from greenfin.methods.declare import Declaration, Input, Parameter, Reading


def plain(unit: str) -> str:
    """The unit as the registry takes it; no unit is a pure number."""
    return "1" if unit in ("", "dimensionless") else unit


def shown(unit: str) -> str:
    """The unit as a sentence shows it: nothing for a pure number.

    >>> shown("MJ/(t)"), shown("kWh/(m2*a)"), shown("1")
    ('MJ/t', 'kWh/(m2*a)', '')
    """
    return "" if unit == "1" else re.sub(r"/\((\w+)\)$", r"/\1", unit)


def parameters(declaration: Declaration, choices: Mapping[str, str]) -> dict[str, Parameter]:
    """The method's own numbers by name under these choices."""
    return {p.name: p for p in declaration.parameters_for(choices)}


def reading(spec: Input, unit: str) -> Reading | None:
    """The declared reading that takes this unit; None where the unit itself fits. Raises WrongDimension, UnknownUnit."""
    if same_dimension(plain(unit), spec.unit):
        return None
    for candidate in spec.reads:
        if same_dimension(plain(unit), candidate.from_unit):
            return candidate
    raise WrongDimension(unit, spec.unit)


@cache
def scale(spec: Input, unit: str, over: Parameter | None) -> float:
    """How many of the method's units one stated unit is; raises WrongDimension, UnknownUnit.

    >>> scale(Input("supply", "MWh", "", ""), "万kWh", None)
    10.0
    """
    through = reading(spec, unit)
    if through is None:
        return ratio(plain(unit), spec.unit)
    stated = ratio(plain(unit), through.from_unit)
    if over is None or not through.over:
        return stated * ratio(through.to_unit, spec.unit)
    return float(magnitude(quantity(stated, through.from_unit) / quantity(float(over.value), over.unit), spec.unit))


def scale_of(spec: Input, unit: str, fixed: Mapping[str, Parameter]) -> float:
    """The same with the method's parameters at hand."""
    through = reading(spec, unit)
    return scale(spec, unit, fixed[through.over] if through and through.over else None)


def refused(spec: Input, unit: str, where: str) -> Problem:
    """What to tell a reader about a unit that an input cannot take; of a long text only the beginning is shown."""
    if plain(unit) == "1":
        return error("measure.unit_missing", where, input=spec.name, wanted=shown(spec.unit))
    return error("measure.unit_wrong", where, input=spec.name, unit=shown(unit)[:_SHOWN], wanted=shown(spec.unit))


_SHOWN = 60


def notices(method: str, spec: Input, unit: str, fixed: Mapping[str, Parameter]) -> list[Problem]:
    """What to tell a reader about a unit that was read through a parameter of the method."""
    through = reading(spec, unit)
    if through is None or not through.over:
        return []
    over = fixed[through.over]
    return [info("measure.read_through", method, input=spec.name, unit=shown(unit), over=f"{over.value} {over.unit}")]
