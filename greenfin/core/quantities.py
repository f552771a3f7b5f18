"""Columns with a unit, for formulas: pint works out each pair of units once, the arithmetic is numpy's own.

A pint quantity costs tens of microseconds an operation whatever its size. :class:`Amounts` does the same operations on the same numbers in
the same order (a test holds the two equal bit by bit), remembers what pint said of a pair of units, and raises pint's own errors.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isnan
from typing import Any

import numpy as np

Numbers = Any  # a column or one number
Operation = Callable[[Any, Any], Any]
_UNITS: dict[Any, Unit] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A unit of pint's, one object for each, so that it is looked up by identity. A number times a unit is an amount."""

    of: Any  # pint's Unit

    def __rmul__(self, number: float) -> Amounts:
        return Amounts(np.float64(number), self)

    def __str__(self) -> str:
        return str(self.of)


def interned(unit: Any) -> Unit:
    """The one object of a unit of pint's."""
    return _UNITS.setdefault(unit._units, Unit(unit))


@cache
def _times(one: Unit, other: Unit) -> Unit:
    return interned(one.of * other.of)


@cache
def _over(one: Unit, other: Unit) -> Unit:
    return interned(one.of / other.of)


@cache
def _raised(one: Unit, power: float) -> Unit:
    return interned(one.of**power)


@cache
def _plain(unit: Unit) -> Unit:
    """The unit of a pure number in the same registry."""
    return interned(unit.of._REGISTRY.Unit(""))


@cache
def _root(unit: Unit) -> Unit:
    """The base units of a unit."""
    return interned((1.0 * unit.of).to_root_units().units)


@cache
def _factor(one: Unit, other: Unit) -> float:
    """How many of the other unit one of this is; raises pint.DimensionalityError."""
    return float(one.of._REGISTRY.convert(1.0, one.of, other.of))


def _moved(numbers: Numbers, one: Unit, other: Unit) -> Numbers:
    return numbers if one is other or (factor := _factor(one, other)) == 1 else numbers * factor


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """A column of numbers (or one number) with its unit. Adding, comparing and choosing convert to the unit of the first."""

    magnitude: Numbers
    units: Unit

    def to(self, unit: Unit) -> Amounts:
        """The same in another unit; raises pint.DimensionalityError."""
        return self if unit is self.units else Amounts(_moved(self.magnitude, self.units, unit), unit)

    def _pure(self) -> Numbers:
        """As pure numbers; raises pint.DimensionalityError where a unit is left."""
        return _moved(self.magnitude, self.units, _plain(self.units))

    def __mul__(self, other: Any) -> Amounts:
        if isinstance(other, Amounts):
            return Amounts(self.magnitude * other.magnitude, _times(self.units, other.units))
        return Amounts(self.magnitude * other, self.units)

    def __rmul__(self, other: Any) -> Amounts:
        return Amounts(other * self.magnitude, self.units)

    def __truediv__(self, other: Any) -> Amounts:
        if isinstance(other, Amounts):
            return Amounts(self.magnitude / other.magnitude, _over(self.units, other.units))
        return Amounts(self.magnitude / other, self.units)

    def __rtruediv__(self, other: Any) -> Amounts:
        return Amounts(other / self.magnitude, _over(_plain(self.units), self.units))

    def __pow__(self, power: Any) -> Amounts:
        if isinstance(power, Amounts):
            return Amounts(self._pure() ** power._pure(), _plain(self.units))
        if isinstance(power, np.ndarray):
            return Amounts(self._pure() ** power, _plain(self.units))
        return Amounts(self.magnitude**power, _raised(self.units, power))

    def __neg__(self) -> Amounts:
        return Amounts(-self.magnitude, self.units)

    def _with(self, other: Any, operation: Operation) -> Amounts:
        """A sum or a difference: in this unit; with a plain number only where this is one too, or where that is nothing or missing."""
        if isinstance(other, Amounts):
            return Amounts(operation(self.magnitude, _moved(other.magnitude, other.units, self.units)), self.units)
        if not isinstance(other, np.ndarray) and (other == 0 or isnan(other)):
            return Amounts(operation(self.magnitude, other), self.units)
        return Amounts(operation(self._pure(), other), _plain(self.units))

    def __add__(self, other: Any) -> Amounts:
        return self._with(other, operator.add)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Amounts:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Any) -> Amounts:
        return self._with(other, lambda here, there: there - here)

    def _beside(self, other: Any, operation: Operation) -> Any:
        """A comparison: in base units where the units differ, as pint does it."""
        if not isinstance(other, Amounts):
            return operation(self._pure(), other)
        if self.units is other.units:
            return operation(self.magnitude, other.magnitude)
        _factor(other.units, self.units)
        here, there = (_moved(each.magnitude, each.units, _root(each.units)) for each in (self, other))
        return operation(here, there)

    def __lt__(self, other: Any) -> Any:
        return self._beside(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._beside(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._beside(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._beside(other, operator.ge)

    def __array_ufunc__(self, function: np.ufunc, _how: str, *inputs: Any, **options: Any) -> Any:
        if function is np.isnan:
            return np.isnan(self.magnitude)
        if function is np.exp:
            return Amounts(np.exp(self._pure()), _plain(self.units))
        if function in _IN_ONE_UNIT:
            return _alike(function, inputs)
        if function in _OPERATORS and not isinstance(inputs[0], Amounts) and not options:
            return getattr(inputs[1], _OPERATORS[function])(inputs[0])
        return NotImplemented

    def __array_function__(self, function: Any, _types: Any, inputs: Sequence[Any], _options: Mapping[str, Any]) -> Any:
        if function is not np.where:
            return NotImplemented
        return _alike(lambda *each: np.where(inputs[0], *each), inputs[1:])


_IN_ONE_UNIT = (np.minimum, np.maximum, np.add, np.subtract)
_OPERATORS: Mapping[Any, str] = {
    np.multiply: "__rmul__",
    np.true_divide: "__rtruediv__",
    np.less: "__gt__",
    np.less_equal: "__ge__",
    np.greater: "__lt__",
    np.greater_equal: "__le__",
}


def _alike(function: Callable[..., Any], inputs: Sequence[Any]) -> Amounts:
    """What numpy makes of several amounts in the unit of the first of them; a plain number among them must be one or be missing."""
    unit = next(each.units for each in inputs if isinstance(each, Amounts))
    return Amounts(function(*(_in(each, unit) for each in inputs)), unit)


def _in(value: Any, unit: Unit) -> Numbers:
    if isinstance(value, Amounts):
        return _moved(value.magnitude, value.units, unit)
    if np.all((value == 0) | np.isnan(value)):
        return value
    return _moved(value, _plain(unit), unit)


def first_of(found: Amounts, other: Amounts) -> Amounts:
    """Per row the one or, where it is missing, the other, in the unit of the other; what is needed of neither is not copied."""
    missing, factor = np.isnan(found.magnitude), _factor(found.units, other.units)
    if missing.all():
        return other
    here = found.magnitude if factor == 1 else found.magnitude * factor
    return Amounts(np.where(missing, other.magnitude, here) if missing.any() else here, other.units)
