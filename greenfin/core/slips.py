"""The usual slips of units (``slips.csv``): by which of them a value that does not fit would fit."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf, log, sqrt

SHOWN = 2


@dataclass(frozen=True, slots=True)
class Slip:
    """A ratio by which units are mistaken for each other, how common that is (1 first), for which units, and which these are."""

    factor: float
    tier: int
    of: re.Pattern[str]
    units: str


@cache
def slips() -> tuple[Slip, ...]:
    """All of ``slips.csv``."""
    rows = csv.DictReader(files("greenfin.core").joinpath("slips.csv").read_text("utf-8").splitlines())
    return tuple(Slip(float(row["factor"]), int(row["tier"]), re.compile(row["of"]), row["units"]) for row in rows)


def fitting(value: float, low: float, high: float, *, unit: str = "") -> Sequence[str]:
    """The slips that bring a positive value beyond a positive band into it, the common and the nearest to its middle first.

    A band without a lower end is taken down to a hundredth of its upper end, one without an upper end up to a hundredfold.
    At most two; none for what is not positive or in the band. ``unit`` is that of the value: some slips are of some units only.

    >>> fitting(1400000.0, 900.0, 1900.0, unit="h")
    ['÷1000 (kWh / MWh; kW / MW; kg / t)']
    """
    floor = low if low > 0 else high / 100
    ceiling = high if high < inf else low * 100
    if not (0 < value < inf and floor > 0 and 0 < ceiling < inf) or low <= value <= high:
        return []
    middle = sqrt(floor * ceiling)
    sign, power = ("÷", -1) if value > high else ("×", 1)
    moved = [(value * slip.factor**power, slip) for slip in slips() if slip.of.search(unit)]
    found = sorted((slip.tier, abs(log(result / middle)), slip.factor, slip.units) for result, slip in moved if floor <= result <= ceiling)
    return [f"{sign}{factor:g} ({units})" for _, _, factor, units in found[:SHOWN]]


def told(value: float, low: float, high: float, *, unit: str = "") -> str:
    """The same in one text; ``-`` where no slip explains it."""
    return "; ".join(fitting(value, low, high, unit=unit)) or "-"
