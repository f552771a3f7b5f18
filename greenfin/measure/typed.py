"""What a caller hands over: numbers that are none, factors below zero, places that do not exist."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from greenfin.core.problems import Problem, Refused, error, info
from greenfin.core.sizes import size_of
from greenfin.core.units import UnknownUnit, same_dimension
from greenfin.methods.called import input_called

if TYPE_CHECKING:
    from greenfin.methods.declare import Declaration
    from greenfin.reference.load import Reference

Given = Mapping[str, tuple[Decimal, str]]
MONEY, HOME = ("balance", "total_invest"), "CNY"
Value = TypeVar("Value")


def by_name(declaration: Declaration, given: Mapping[str, Value]) -> tuple[dict[str, Value], list[Problem]]:
    """What is given under the method's own names, a notice for each other one, an error for what is given twice.

    A Chinese name speaks for itself and is not told.
    """
    found: dict[str, Value] = {}
    problems: list[Problem] = []
    known = {i.name for i in declaration.inputs}
    called = {name: name if name in known else input_called(declaration, name, MONEY) for name in given}
    for name, value in sorted(given.items(), key=lambda each: called[each[0]] != each[0]):
        own = called[name]
        if own in found:
            problems.append(error("measure.input_twice", name, input=own, found=name))
        else:
            found[own] = value
            problems += [info("measure.input_called", name, input=own, found=name)] if own != name and name.isascii() else []
    return found, problems


def in_full(declaration: Declaration, given: Given) -> tuple[dict[str, tuple[Decimal, str]], list[Problem]]:
    """The inputs with a bare size (6.5亿) in full where it can only be yuan, which is told, or a pure number; others stay as they are."""
    found = dict(given)
    problems: list[Problem] = []
    units = dict.fromkeys(MONEY, HOME) | {i.name: i.unit for i in declaration.inputs}
    for name, (value, unit) in given.items():
        size = size_of(unit) if name in units and value.is_finite() else None
        if size is None:
            continue
        if same_dimension(units[name], HOME):
            found[name] = value * size, HOME
            problems.append(
                info("measure.money_in_yuan", name, input=name, found=f"{value}{unit}", value=f"{(value * size).normalize():,f}")
            )
        elif same_dimension(units[name], "1") or any(same_dimension(each.from_unit, "1") for each in declaration.input(name).reads):
            found[name] = value * size, "1"
    return found, problems


def by_gas(declaration: Declaration, given: Given) -> tuple[dict[str, tuple[Decimal, str]], list[Problem]]:
    """The inputs with an amount of CO2 that is given in CO2e under the input for that, where the method has one: CO2e is not CO2."""
    units = {i.name: i.unit for i in declaration.inputs}
    found = dict(given)
    problems: list[Problem] = []
    for name, (_, unit) in given.items():
        whole = f"{name}{_ALL_GASES}"
        if name in units and whole in units and whole not in given and not _fits(unit, units[name]) and _fits(unit, units[whole]):
            found[whole] = found.pop(name)
            problems.append(info("measure.input_by_gas", name, input=name, unit=unit, others=whole))
    return found, problems


_ALL_GASES = "e"  # of tCO2e


def _fits(unit: str, wanted: str) -> bool:
    try:
        return same_dimension(unit, wanted)
    except UnknownUnit:
        return False


def numbers(given: Given) -> tuple[dict[str, tuple[Decimal, str]], list[Problem]]:
    """The values that are numbers, and an error for each that is not one or is beyond any."""
    found = {name: value for name, value in given.items() if is_number(value[0])}
    odd = (name for name in given if name not in found)
    return found, [error("measure.not_a_number", name, input=name, found=str(given[name][0])[:_SHOWN]) for name in odd]


_SHOWN = 60


def is_number(value: Decimal) -> bool:
    """Whether a value is a number that can be calculated with."""
    return value.is_finite() and isfinite(float(value))


def factor_numbers(given: Given) -> tuple[dict[str, tuple[Decimal, str]], list[Problem]]:
    """The user's own factors, NaN for those that can be none, with an error for each; none is below zero."""
    found, problems = numbers(given)
    below = [name for name, (value, _) in found.items() if value < 0]
    problems += [error("measure.factor_negative", name, factor=name, found=str(found[name][0])) for name in below]
    return {
        name: found[name] if name in found and name not in below else (Decimal("NaN"), unit) for name, (_, unit) in given.items()
    }, problems


def known_place(reference: Reference, region: str | None) -> str:
    """The code of a region; empty where none is named. Raises Refused for one that does not exist."""
    if not region:
        return ""
    code = reference.regions.find(region)
    if code is None:
        raise Refused(error("measure.region_unknown", "region", found=region[:_SHOWN]))
    return code
