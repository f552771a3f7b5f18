"""Columns with a unit give what pint gives, bit by bit, and refuse what it refuses."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pint
import pytest

from greenfin.core import units
from greenfin.core.units import FloatColumn, magnitude, parse_unit, quantity
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import declarations
from greenfin.methods.given import first
from greenfin.methods.registry import METHODS, Calculated, calculate
from tests.unit.test_measure_in_pieces import SIZE, _columns, told

# Methods of lists add up places by their numbers, which pint does not do; their cases hold them, in several units.
ONE_VALUE = [name for name in METHODS if not any(i.list for i in declarations()[name].inputs)]
FORMULAS = [module for name, module in sys.modules.items() if name.startswith("greenfin.methods.")]


def _pint(values: FloatColumn | float, unit: str) -> Any:
    return units.registry().Quantity(values, parse_unit(unit))


def _numbers(value: Any, unit: str) -> FloatColumn:
    return np.asarray(value.to(parse_unit(unit)).magnitude, dtype=np.float64)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ONE_VALUE)
def test_every_formula_gives_what_pint_gives(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    declaration = declarations()[name]
    inputs = told(declaration, seed)
    slots = _columns([s.slot for s in declaration.slots], seed + 10)

    def calculated() -> Calculated:
        with np.errstate(all="ignore"):
            return calculate(declaration, inputs, stated=inputs, slots=slots, choices=choices_of(declaration, {}))

    ours = calculated()
    for room, (called, by_pint) in product(FORMULAS, {"quantity": _pint, "magnitude": _numbers}.items()):
        if hasattr(room, called):
            monkeypatch.setattr(room, called, by_pint)
    theirs = calculated()
    for of in ("outputs", "indicators"):
        for column, values in getattr(ours, of).items():
            expected = np.broadcast_to(getattr(theirs, of)[column], SIZE)
            np.testing.assert_array_equal(np.broadcast_to(values, SIZE), expected)


def _sums() -> list[Callable[[Any, Any], Any]]:
    named = [operator.add, operator.sub, operator.mul, operator.truediv, operator.lt, operator.le, operator.gt, operator.ge]
    return [*named, np.minimum, np.maximum, lambda a, b: np.where(np.isnan(a), b, a)]


@pytest.mark.parametrize("does", _sums())
@pytest.mark.parametrize(
    "pair", [("MWh", "kWh"), ("t", "t"), ("GJ", "MWh"), ("%", "1"), ("t", "m3"), ("CNY/t", "万元/kg"), ("%", None), ("t", None)]
)
def test_each_operation_is_pint_s(does: Callable[[Any, Any], Any], pair: tuple[str, str | None]) -> None:
    here, there = np.array([0.1, np.nan, 3.0, -7.3]), np.array([100.0, 5.0, 3000.0, np.nan])
    for one, other in ((here, there), (here, there[:1]), (here[:1], there)):
        given = [(one, pair[0]), (other, pair[1])]
        for turned in (given, given[::-1]):
            assert _told(does, quantity, turned) == _told(does, _pint, turned)


def _told(does: Callable[[Any, Any], Any], make: Callable[..., Any], given: list[tuple[Any, str | None]]) -> object:
    """Unit and bits, or that it was refused; one operand may be a bare column."""
    try:
        result = does(*(values if unit is None else make(values, unit) for values, unit in given))
    except (pint.DimensionalityError, ValueError):
        return "refused"
    unit = getattr(result, "units", "")
    return str(unit), np.asarray(getattr(result, "magnitude", result)).tobytes()


def test_powers_and_exponentials_are_of_pure_numbers() -> None:
    base, years = np.array([90.0, 99.0]), np.array([0.0, 7.0])
    for power in (years, quantity(years, "1")):
        assert (quantity(base, "%") ** power).magnitude.tobytes() == (_pint(base, "%") ** _pint(years, "1")).magnitude.tobytes()
    assert np.exp(quantity(base, "%")).magnitude.tobytes() == np.exp(_pint(base, "%")).magnitude.tobytes()
    assert magnitude(quantity(3.0, "km") ** 2, "m2") == 9e6
    with pytest.raises(pint.DimensionalityError):
        np.exp(quantity(base, "t"))
    with pytest.raises(TypeError):
        np.sin(quantity(base, "1"))


def test_the_first_that_is_there_is_taken() -> None:
    gaps, numbers = np.array([np.nan, 1.0]), np.array([2000.0, 5.0])
    assert magnitude(first(quantity(gaps, "MWh"), quantity(numbers, "kWh")), "MWh").tolist() == [2.0, 1.0]
    assert magnitude(first(quantity(gaps[:1], "MWh"), quantity(numbers, "kWh")), "kWh").tolist() == [2000.0, 5.0]
    for full in (gaps, numbers):  # refused also where the second is not needed
        with pytest.raises(pint.DimensionalityError):
            first(quantity(full, "MWh"), quantity(numbers, "t"))
