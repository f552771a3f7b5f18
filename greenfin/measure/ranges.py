"""Ranges of inputs and factors: how they are written, and what they are in a method's units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, parse_quantity, same_dimension
from greenfin.methods.finding import in_unit
from greenfin.methods.numbers import digits
from greenfin.methods.readings import parameters, plain, refused, scale_of

if TYPE_CHECKING:
    from greenfin.measure.calculate import Measured
    from greenfin.measure.slots import Filled
    from greenfin.methods.declare import Input

SHAPES = ("uniform", "normal", "triangular")
Given = Mapping[str, tuple[Decimal, str]]
_EITHER_SIDE = re.compile(r"(?:±|\+/?-)\s*(.*)")


@dataclass(frozen=True, slots=True)
class Range:
    """What a value may be: between two quantities, or by ``share`` of it to either side.

    ``uniform``: equally likely in between; ``triangular``: most likely as stated; ``normal``: between them in 95 of 100 cases.
    """

    low: tuple[Decimal, str] | None
    high: tuple[Decimal, str] | None
    share: Decimal | None = None
    shape: str = SHAPES[0]


def parse_range(text: str) -> Range:
    """``1800h..2200h``, ``1800..2200h``, ``±10%``, each with a shape behind it or none (uniform).

    Raises ValueError where there are no two numbers, UnknownUnit where what follows is no unit.

    >>> parse_range("1800..2200 h normal")
    Range(low=(Decimal('1800'), 'h'), high=(Decimal('2200'), 'h'), share=None, shape='normal')
    >>> parse_range("±10%").share
    Decimal('0.10')
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    body, _, last = clean.rpartition(" ")
    body, shape = (body.strip(), last) if last in SHAPES else (clean, SHAPES[0])
    either = _EITHER_SIDE.fullmatch(body)
    if either:
        return Range(None, None, _share(either[1], text), shape)
    low, dots, high = body.partition("..")
    if not dots:
        raise ValueError(text)
    above, below = parse_quantity(high), parse_quantity(low)
    return Range((below[0], above[1]) if plain(below[1]) == "1" else below, above, None, shape)


def _share(text: str, whole: str) -> Decimal:
    value, unit = parse_quantity(text)
    if unit != "percent" or value < 0:
        raise ValueError(whole)
    return value.scaleb(-2)


@dataclass(frozen=True, slots=True)
class Spread:
    """A range in the method's unit, around ``centre`` (the value of the calculation); ``least``/``most``: what can be at all."""

    name: str
    is_factor: bool
    unit: str
    centre: float
    low: float
    high: float
    shape: str
    least: float
    most: float


def middles(given: Given, ranges: Mapping[str, Range], names: tuple[str, ...]) -> tuple[dict[str, tuple[Decimal, str]], list[Problem]]:
    """Inputs with a range and no value get its middle, and a notice each."""
    found: dict[str, tuple[Decimal, str]] = {}
    for name, asked in ranges.items():
        if name in names and name not in given and asked.low and asked.high and same_dimension(asked.low[1], asked.high[1]):
            middle = (Fraction(asked.low[0]) * exact_ratio(asked.low[1], asked.high[1]) + Fraction(asked.high[0])) / 2
            found[name] = (Decimal(middle.numerator) / Decimal(middle.denominator), asked.high[1])
    return found, [info("measure.range_middle", name, input=name, value=f"{value} {unit}") for name, (value, unit) in found.items()]


def spreads(done: Measured, ranges: Mapping[str, Range]) -> tuple[list[Spread], list[Problem]]:
    """The ranges in the units of the method, and what is wrong with them. A range of what the calculation did not use is an error."""
    found: list[Spread] = []
    problems: list[Problem] = []
    inputs = {i.name: i for i in done.case.declaration.inputs}
    slots = {key: filled for filled in done.filled.values() for key in (filled.slot.id, filled.slot.slot)}
    for name, asked in ranges.items():
        if name in inputs and not np.isnan(done.used[name][0]):
            spread = _of_input(done, inputs[name], asked, problems)
        elif name in slots and slots[name].needed[0] and not np.isnan(slots[name].values[0]):
            spread = _of_factor(name, slots[name], asked, problems)
        else:
            problems.append(_not_used(done, name))
            continue
        if spread and _is_sound(spread, problems):
            found.append(spread)
    return found, problems


def _not_used(done: Measured, name: str) -> Problem:
    used = [n for n, column in done.used.items() if not np.isnan(column[0])]
    used += [f.slot.id for f in done.filled.values() if f.needed[0]]
    return error("measure.range_not_used", name, input=name, method=done.case.declaration.id, known=", ".join(used) or "-")


def _of_input(done: Measured, spec: Input, asked: Range, problems: list[Problem]) -> Spread | None:
    fixed = parameters(done.case.declaration, done.case.choices)
    centre = float(done.used[spec.name][0])
    ends = []
    for value, unit in _ends(asked):
        try:
            ends.append(float(value) * scale_of(spec, unit, fixed))
        except (WrongDimension, UnknownUnit):
            problems.append(refused(spec, unit, spec.name))
            return None
    low, high = ends or _around(centre, asked)
    most = np.inf if spec.maximum is None else spec.maximum
    return Spread(spec.name, False, spec.unit, centre, low, high, asked.shape, spec.minimum, most)


def _of_factor(name: str, filled: Filled, asked: Range, problems: list[Problem]) -> Spread | None:
    slot, centre, found = filled.slot, float(filled.values[0]), filled.found(0)
    published = found.factor.unit if found and found.factor else slot.unit
    ends = []
    for value, unit in _ends(asked):
        stated = published if plain(unit) == "1" else unit
        try:
            ends.append(in_unit(value, stated, slot.unit))
        except (WrongDimension, UnknownUnit):
            problems.append(error("measure.factor_unit_wrong", name, factor=name, unit=stated, wanted=slot.unit))
            return None
    low, high = ends or _around(centre, asked)
    return Spread(slot.slot, True, slot.unit, centre, low, high, asked.shape, -np.inf, np.inf)


def _ends(asked: Range) -> list[tuple[Decimal, str]]:
    return [end for end in (asked.low, asked.high) if end is not None]


def _around(centre: float, asked: Range) -> list[float]:
    half = abs(centre) * float(asked.share or 0)
    return [centre - half, centre + half]


def _is_sound(spread: Spread, problems: list[Problem]) -> bool:
    said = {"input": spread.name, "low": digits(spread.low), "high": digits(spread.high), "unit": spread.unit}
    if not np.isfinite([spread.low, spread.high]).all() or spread.low < spread.least or spread.high > spread.most:
        problems.append(error("measure.range_impossible", spread.name, **said))
        return False
    if spread.low > spread.high:
        problems.append(error("measure.range_turned", spread.name, **said))
        return False
    if not spread.low <= spread.centre <= spread.high:
        problems.append(warning("measure.range_elsewhere", spread.name, **said, value=digits(spread.centre)))
    return True
