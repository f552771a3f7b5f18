"""The usual slips of units (``slips.csv``): by which of them a value that does not fit would fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log, sqrt

SHOWN = 2


@dataclass(frozen=True, slots=True, order=True)
class Slip:
    """A power or ratio by which units are mistaken for each other, and which units these are."""

    factor: float
    units: str


@cache
def slips() -> tuple[Slip, ...]:
    """All of ``slips.csv``."""
    lines = files("greenfin.core").joinpath("slips.csv").read_text("utf-8").splitlines()[1:]
    return tuple(Slip(float(factor), units) for factor, _, units in (line.partition(",") for line in lines if line))


def fitting(value: float, low: float, high: float) -> Sequence[str]:
    """The slips that bring a positive value beyond a positive band into it, nearest to its middle first: ``÷1000 (kWh / MWh …)``.

    A band without a lower end is taken down to a hundredth of its upper end, one without an upper end up to a hundredfold.
    At most two; none for what is not positive.

    >>> fitting(1400000.0, 900.0, 1900.0)
    ['÷1000 (kWh / MWh; kW / MW; kg / t; kgce / tce)']
    """
    floor = low if low > 0 else high / 100
    ceiling = high if high < float("inf") else low * 100
    if not (value > 0 and floor > 0 and ceiling > 0) or low <= value <= high:
        return []
    middle = sqrt(floor * ceiling)
    sign, power = ("÷", -1) if value > high else ("×", 1)
    moved = ((value * slip.factor**power, slip) for slip in slips())
    found = sorted((abs(log(result / middle)), slip) for result, slip in moved if floor <= result <= ceiling)
    return [f"{sign}{slip.factor:g} ({slip.units})" for _, slip in found[:SHOWN]]


def told(value: float, low: float, high: float) -> str:
    """The same in one text; ``-`` where no slip explains it."""
    return "; ".join(fitting(value, low, high)) or "-"
