"""Factors that stand in where a borrower's own data are missing: by sector, per fuel energy, per power and heat."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import nan
from typing import TYPE_CHECKING

from greenfin.core.units import exact_ratio
from greenfin.financed.own import Own, named
from greenfin.methods.declare import Slot
from greenfin.methods.finding import find, use_of

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

PER_REVENUE = "sector.s1.per_revenue."
_PER_YUAN = ("gCO2e/CNY", "gCO2/CNY")
_PER_10K = 10**2  # 1 tonne per 10 000 yuan is so many grams per yuan
ENERGY = Slot("energy", "co2.per_tce", "tCO2/tce", "same", "national")
POWER = Slot("power", "grid.avg", "tCO2/MWh", "same", "nearest")
HEAT = Slot("heat", "ops.heat", "tCO2/GJ", "same", "national")


@dataclass(frozen=True, slots=True)
class Asked:
    """For which year factors are asked, known on which day; ``own``: those the user gives, which come first."""

    reference: Reference
    year: int
    on: date
    own: Own = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Used:
    """A factor as used: its ``value`` in the unit asked for (None: none found), the year of its data, and how it was found (JSON)."""

    value: Fraction | None
    data_year: int | None = None
    json: str = "[]"

    @property
    def number(self) -> float:
        """The value to count columns with, NaN where none was found."""
        return nan if self.value is None else float(self.value)


def factor(slot: Slot, asked: Asked, *, place: str = "CN") -> Used:
    """The factor of a slot for a place: the user's own, else the one that is listed."""
    if slot.id in asked.own:
        own = asked.own[slot.id]
        return Used(own.in_unit(slot.unit), None, own.use(slot.slot))
    found = find(slot, asked.reference, place=place, on=asked.on, year=asked.year)
    use = use_of(slot.slot, found)
    if found.factor is None or use is None:
        return Used(None)
    value = Fraction(found.factor.value) * exact_ratio(found.factor.unit, slot.unit)
    return Used(value, found.factor.data_year, json.dumps([{"slot": use.slot, "key": use.key, "found": use.found}]))


def sector_factors(industries: Sequence[str | None], *, asked: Asked) -> list[Used]:
    """For each GB/T 4754 code the tonnes per 10 000 yuan of revenue of its division (scope 1); nothing where none is known.

    A factor keeps the prices of its own year: ``data_year`` says which.
    """
    known = _divisions(tuple(asked.reference.factors.quantities))
    return [_of_sector(code, known, asked) for code in industries]


def _of_sector(code: str | None, known: dict[str, str], asked: Asked) -> Used:
    if code and (own := named(asked.own, "sector", code)):
        value = next((value for unit in _PER_YUAN if (value := own.in_unit(unit)) is not None), None)
        return Used(None if value is None else value / _PER_10K, asked.year, own.use("sector"))
    quantity = _known(code, known)
    if quantity is None:
        return Used(None)
    found = factor(Slot("sector", quantity, "gCO2/CNY", "same", "national"), asked)
    return found if found.value is None else replace(found, value=found.value / _PER_10K)


def _known(code: str | None, known: dict[str, str]) -> str | None:
    """The factor of the division that a code begins with."""
    return next((name for division, name in known.items() if code and code.startswith(division)), None)


@lru_cache
def _divisions(ids: tuple[str, ...]) -> dict[str, str]:
    """Division -> the id of its factor; one id may be of several (``c36_c37``)."""
    mine = (name for name in ids if name.startswith(PER_REVENUE))
    return {part[1:]: name for name in mine for part in name.removeprefix(PER_REVENUE).split("_")}


def joined(texts: Iterable[str]) -> str:
    """Several lists of factors (JSON) as one."""
    return json.dumps([use for text in texts for use in json.loads(text)])
