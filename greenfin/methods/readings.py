"""What a stated value is in a method's unit: the same dimension, or one of the declared readings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from greenfin.core.problems import Problem, error, info
from greenfin.core.sizes import said_behind, size_of
from greenfin.core.units import WrongDimension, magnitude, parse_unit, quantity, ratio, same_dimension
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
    """The reading that takes this unit; None where the unit itself fits. Raises WrongDimension, UnknownUnit.

    Beside the declared ones a mass is read as one of the input's substance (``t`` as ``tCO2``), where that leaves it a mass.
    """
    stated = a_years(spec, unit)
    if same_dimension(stated, spec.unit):
        return None
    found = _reads(spec, stated)
    if found is None:
        raise WrongDimension(unit, spec.unit)
    return found


def _reads(spec: Input, unit: str) -> Reading | None:
    return next((each for each in (*spec.reads, *_of_substance(spec.unit)) if same_dimension(unit, each.from_unit)), None)


@cache
def _of_substance(unit: str) -> tuple[Reading, ...]:
    """A unit without its substance, and CO2 for its equivalent, as readings of that unit.

    >>> [each.from_unit for each in _of_substance("tCO2e/MWh")]
    ['t/MWh', 'tCO2/MWh']
    """
    bare = re.sub(r"\b(t|kg|g|mg)[A-Z][A-Za-z0-9]+", r"\1", unit)
    known = [each for each in (bare, unit.replace("CO2e", "CO2")) if each != unit and not same_dimension(each, "1")]
    return tuple(Reading(each, unit) for each in known)


@cache
def a_years(spec: Input, unit: str) -> str:
    """The unit without its year where the input is an amount of a year and takes it so, else as it is; raises UnknownUnit.

    >>> a_years(Input("supply", "MWh", "", ""), "万kWh/a")
    '万kWh'
    """
    whole = plain(unit)
    if same_dimension(whole, spec.unit) or _reads(spec, whole):
        return whole
    above, _, below = parse_unit(whole).partition("/(")
    parts = below.rstrip(")").split("*") if below else []
    others = [part for part in parts if not (same_dimension(part, "a") and ratio(part, "a") == 1)]
    yearly = above + (f"/({'*'.join(others)})" if others else "")
    fits = len(others) < len(parts) and (same_dimension(yearly, spec.unit) or _reads(spec, yearly))
    return yearly if fits else whole


@cache
def scale(spec: Input, unit: str, over: Parameter | None) -> float:
    """How many of the method's units one stated unit is; raises WrongDimension, UnknownUnit.

    >>> scale(Input("supply", "MWh", "", ""), "万kWh", None)
    10.0
    """
    through, unit = reading(spec, unit), a_years(spec, unit)
    if through is None:
        return ratio(unit, spec.unit)
    stated = ratio(unit, through.from_unit)
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
    if size_of(unit):
        return error(
            "measure.unit_after_size", where, input=spec.name, size=unit, unit_said=said_behind(shown(spec.unit)), wanted=shown(spec.unit)
        )
    return error("measure.unit_wrong", where, input=spec.name, unit=shown(unit)[:_SHOWN], wanted=shown(spec.unit))


_SHOWN = 60


def notices(method: str, spec: Input, unit: str, fixed: Mapping[str, Parameter]) -> list[Problem]:
    """What to tell a reader about a unit that was read through a parameter of the method."""
    through = reading(spec, unit)
    if through is None or not through.over:
        return []
    over = fixed[through.over]
    return [info("measure.read_through", method, input=spec.name, unit=shown(unit), over=f"{over.value} {over.unit}")]
