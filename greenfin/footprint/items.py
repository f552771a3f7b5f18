"""What is counted of the bank's own operations, as declared in ``items.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from greenfin.methods.declare import Input, Parameter, Reading, Slot


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of counting an item: its quantity (``input`` has the unit and readings) times all factors and parameters."""

    item: str
    scope: str
    input: Input
    slots: tuple[Slot, ...]
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Market:
    """Market-based scope 2: ``item`` less ``green``, at the residual mix; other items of scope 2 carry over."""

    variant: Variant
    green: str
    carried_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intensity:
    """A total per head or area: ``how`` is average (over the months) or latest."""

    name: str
    item: str
    unit: str
    how: str


@dataclass(frozen=True, slots=True)
class Items:
    """All that is declared: variants by item, items that are only recorded, the market-based rule, intensities."""

    variants: Mapping[str, tuple[Variant, ...]]
    activity: tuple[str, ...]
    market: Market
    intensity: tuple[Intensity, ...]

    @property
    def known(self) -> tuple[str, ...]:
        """Every item that may stand in a file."""
        return (*self.variants, *self.activity)


@cache
def items() -> Items:
    """The declaration, read once."""
    raw = yaml.safe_load(files("greenfin.footprint").joinpath("items.yaml").read_text("utf-8"))
    fixed = {p["name"]: Parameter(p["name"], _fraction(p["value"]), p["unit"], p["source"]) for p in raw["parameters"]}
    variants = {i["item"]: tuple(_variant(i["item"], v, fixed) for v in i["variants"]) for i in raw["items"]}
    market = raw["market"]
    residual = _variant(market["item"], market, fixed)
    return Items(
        variants,
        tuple(raw["activity"]),
        Market(residual, market["green"], tuple(market["carried_over"])),
        tuple(Intensity(**i) for i in raw["intensity"]),
    )


def _fraction(text: str) -> Decimal:
    """A number, or a ratio such as 44/12 to 28 digits."""
    above, _, below = text.partition("/")
    return Decimal(above) / Decimal(below or "1")


def _variant(item: str, raw: Mapping[str, Any], fixed: Mapping[str, Parameter]) -> Variant:
    reads = tuple(Reading(r["from"], r["to"]) for r in raw.get("reads", ()))
    return Variant(
        item,
        raw["scope"],
        Input(item, raw["unit"], "", "", reads=reads),
        tuple(Slot(**f) for f in raw["factors"]),
        tuple(fixed[name] for name in raw.get("parameters", ())),
    )
