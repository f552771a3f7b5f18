"""Factors that the user gives (``--factor ID=VALUE``): of a product, a sector, a building or vehicle, or in place of a listed one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import nan
from types import MappingProxyType
from typing import TYPE_CHECKING
from unicodedata import normalize

from greenfin.core.problems import Refused, error
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.methods.finding import USER

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

KINDS: Mapping[str, tuple[str, ...]] = {  # what a factor of each kind may be said in
    "product": ("tCO2e/t", "tCO2/t", "tCO2e/MWh", "tCO2/MWh", "tCO2e/m3", "tCO2/m3", "tCO2e/GJ", "tCO2/GJ", "t/t"),
    "sector": ("tCO2e/CNY", "tCO2/CNY"),
    "building": ("kWh/m2", "gCO2e/m2", "gCO2/m2", "kWh/m2/a", "gCO2e/m2/a", "gCO2/m2/a"),
    "vehicle": ("L/km", "kWh/km", "gCO2e/km", "gCO2/km"),
}
_CARBON = ("tCO2e", "tCO2", "t")


@dataclass(frozen=True, slots=True)
class OwnFactor:
    """A factor as given; ``name`` is what it is of, empty for all of its kind."""

    name: str
    value: Decimal
    unit: str

    def in_unit(self, unit: str) -> Fraction | None:
        """The value in another unit; None where the two differ in kind."""
        try:
            return Fraction(self.value) * exact_ratio(self.unit, unit)
        except (UnknownUnit, WrongDimension):
            return None

    def use(self, slot: str) -> str:
        """The JSON of what was used."""
        return json.dumps([{"slot": slot, "key": f"{USER}:{self.value} {self.unit}", "found": USER}], ensure_ascii=False)


Own = Mapping[str, OwnFactor]  # by the id as given
NONE: Own = MappingProxyType({})


def own_factors(given: Mapping[str, tuple[Decimal, str]], reference: Reference) -> Own:
    """The factors by id: ``product.NAME``, ``sector.CODE``, ``building.TYPE``, ``vehicle.FUEL`` (without a name: of all) or a listed id.

    Raises Refused for an id that is none of these, a value that is not above zero, and a unit that does not fit.
    """
    found: dict[str, OwnFactor] = {}
    for name, (value, unit) in given.items():
        kind, _, of = name.partition(".")
        quantity = reference.factors.quantities.get(name)
        if quantity is None and kind not in KINDS:
            raise Refused(error("financed.factor_unknown", name, kinds=", ".join(f"{each}.…" for each in KINDS)))
        wanted = KINDS[kind] if quantity is None else (quantity.unit,)
        one = OwnFactor(of if quantity is None else name, value, unit)
        if value <= 0 or all(one.in_unit(each) is None for each in wanted):
            raise Refused(error("financed.factor_wrong", name, found=f"{value} {unit}".strip(), wanted=", ".join(wanted)))
        found[name] = one
    return found


def of_kind(own: Own, kind: str) -> list[OwnFactor]:
    """The factors of a kind, the longest name first."""
    mine = [one for name, one in own.items() if name.partition(".")[0] == kind and name != one.name]
    return sorted(mine, key=lambda one: -len(one.name))


def named(own: Own, kind: str, *texts: str | None) -> OwnFactor | None:
    """The factor of a kind whose name stands in one of the texts (or begins a code), else the one of all; None without any."""
    held = [_plain(text) for text in texts if text]
    fits = (one for one in of_kind(own, kind) if not one.name or any(_matches(_plain(one.name), text) for text in held))
    return next(fits, None)


def _matches(name: str, text: str) -> bool:
    return text.startswith(name.lstrip("abcdefghijklmnopqrst")) if name[-1:].isdigit() and text.isdigit() else name in text


def _plain(text: str) -> str:
    return "".join(normalize("NFKC", text).split()).casefold()


def per_output(one: OwnFactor, unit: str | None) -> float:
    """Tonnes per unit of output: per what the output is counted in, else per what the factor says; NaN where the two differ in kind."""
    below = unit or one.unit.rpartition("/")[2]
    found = (one.in_unit(f"{carbon}/{below}") for carbon in _CARBON)
    return next((float(value) for value in found if value is not None), nan)
