"""What is counted of the bank's own operations, as declared in ``items.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

import yaml

from greenfin.core.problems import Refused, error
from greenfin.methods.declare import Input, Parameter, Reading, Slot, When, applies

FUEL_SCOPE = "1"
GWP = "gwp100."
_Fixed = Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class Part:
    """One gas of one scope from a quantity: times all factors and parameters, which end in CO2e; there only ``when`` chosen so."""

    scope: str
    category: str
    gas: str
    slots: tuple[Slot, ...]
    parameters: tuple[Parameter, ...]
    when: When = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of stating an item: its quantity (``input`` has the unit and readings), and the parts counted of it."""

    item: str
    input: Input
    parts: tuple[Part, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The factors of all parts."""
        return tuple(slot for part in self.parts for slot in part.slots)

    def parts_for(self, choices: Mapping[str, str]) -> tuple[Part, ...]:
        """The parts that are counted under these choices."""
        return tuple(part for part in self.parts if applies(part.when, choices))


@dataclass(frozen=True, slots=True)
class Market:
    """Market-based scope 2: ``item`` less what is ``green`` and ``certificates``, at the residual mix, ``otherwise`` at the grid's factor.

    ``pieces`` are the ways of stating certificates by unit; other items of scope 2 carry over.
    """

    item: str
    input: Input
    residual: Part
    otherwise: Part
    green: str
    certificates: str
    pieces: tuple[tuple[str, Parameter], ...]
    carried_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intensity:
    """A total per head, area or assets: ``how`` is average (over the months) or latest."""

    name: str
    item: str
    unit: str
    how: str


@dataclass(frozen=True, slots=True)
class Items:
    """All that is declared: variants by item, items only recorded, items without a figure (by why), the market-based rule, intensities."""

    variants: Mapping[str, tuple[Variant, ...]]
    activity: tuple[str, ...]
    uncounted: Mapping[str, str]
    stocks: tuple[str, ...]
    occasional: tuple[str, ...]
    market: Market
    intensity: tuple[Intensity, ...]
    conventions: Mapping[str, tuple[str, ...]]

    @property
    def known(self) -> tuple[str, ...]:
        """Every item that may stand in a file."""
        return (*self.variants, *self.uncounted, *self.activity)

    def choices(self, told: Mapping[str, str] | None) -> dict[str, str]:
        """The choice of every convention, the default where nothing is told; raises Refused for one that is not declared."""
        for name, choice in (told or {}).items():
            known = self.conventions.get(name)
            if known is None or choice not in known:
                listed = ", ".join(known or self.conventions)
                raise Refused(error("footprint.convention_unknown", name, found=f"{name}={choice}", known=listed))
        return {name: (told or {}).get(name, known[0]) for name, known in self.conventions.items()}


@cache
def items() -> Items:
    """The declaration, read once."""
    raw = yaml.safe_load(files("greenfin.footprint").joinpath("items.yaml").read_text("utf-8"))
    fixed = {p["name"]: _parameter(p) for p in raw["parameters"]}
    listed = chain(
        ((i["item"], tuple(_variant(i["item"], v, fixed) for v in i["variants"])) for i in raw["items"]),
        ((f["item"], tuple(_variant(f["item"], v, fixed) for v in _fuel(f))) for f in raw["fuels"]),
        ((i["item"], (_variant(i["item"], _leak(i), fixed),)) for i in raw["leaks"]),
        ((i["item"], (_variant(i["item"], _plain(i), fixed),)) for i in raw["plain"]),
    )
    return Items(
        dict(listed),
        tuple(raw["activity"]),
        {item: why for why, every in raw["uncounted"].items() for item in every},
        tuple(raw["stocks"]),
        tuple(raw["occasional"]),
        _market(raw["market"], fixed),
        tuple(Intensity(**i) for i in raw["intensity"]),
        {c["name"]: tuple(dict.fromkeys((c["default"], *c["choices"]))) for c in raw["conventions"]},
    )


def _parameter(raw: Mapping[str, Any]) -> Parameter:
    return Parameter(raw["name"], _fraction(raw["value"]), raw["unit"], raw["source"], verified=raw.get("verified", True))


def _fraction(text: str) -> Decimal:
    """A number, or a ratio such as 44/12 to 28 digits."""
    above, _, below = text.partition("/")
    return Decimal(above) / Decimal(below or "1")


def _variant(item: str, raw: Mapping[str, Any], fixed: _Fixed) -> Variant:
    return Variant(item, _input(item, raw), tuple(_part(p, fixed) for p in raw["parts"]))


def _input(item: str, raw: Mapping[str, Any]) -> Input:
    return Input(item, raw["unit"], "", "", reads=tuple(Reading(r["from"], r["to"]) for r in raw.get("reads", ())))


def _part(raw: Mapping[str, Any], fixed: _Fixed) -> Part:
    gas = raw["gas"]
    slots = [Slot(**f) for f in raw["factors"]]
    if gas in ("CH4", "N2O"):
        slots.append(_gwp(gas.casefold(), f"tCO2e/t{gas}"))
    names = [*raw.get("parameters", ()), *(("gwp_of_co2",) if gas == "CO2" else ())]
    when = {name: tuple(allowed) for name, allowed in raw.get("when", {}).items()}
    return Part(raw["scope"], raw.get("category", ""), gas, tuple(slots), tuple(fixed[name] for name in names), when)


def _gwp(gas: str, unit: str) -> Slot:
    return Slot("gwp", f"{GWP}{gas}", unit, "known", "national")


def _fuel(raw: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The variants of a fuel: per the unit of its NCV, and per litre where it has a density."""
    units = {raw["per"]: False, **({"L": True} if raw.get("litre") else {})}
    for unit, is_litre in units.items():
        parts = [_burnt(raw, "CO2", is_litre=is_litre)]
        if "other" in raw:
            parts += [{**_burnt(raw, gas, is_litre=is_litre), "when": {"gases": ["all"]}} for gas in ("CH4", "N2O")]
        if (more := raw.get("upstream")) and more["per"] == unit:
            ef = {"slot": "wtt", "id": more["id"], "unit": more["unit"], "year": "known", "region": "national|GB"}
            parts.append(
                {
                    "scope": "3",
                    "category": "3",
                    "gas": "CO2e",
                    "when": {"upstream": ["yes"]},
                    "factors": [ef],
                    "parameters": more.get("parameters", ()),
                }
            )
        yield {"unit": unit, "reads": () if is_litre else raw.get("reads", ()), "parts": parts}


def _burnt(raw: Mapping[str, Any], gas: str, *, is_litre: bool) -> dict[str, Any]:
    fuel, per = f"fuel.{raw['fuel']}", raw["per"]
    slots = [("density", f"{fuel}.density", "t/L")] if is_litre else []
    slots.append(("ncv", f"{fuel}.ncv", f"GJ/{per}"))
    if gas == "CO2":
        slots += [("cc", f"{fuel}.cc", "tC/GJ"), ("ox", f"{fuel}.ox", "1")]
    else:
        slots.append((gas.casefold(), f"fuel.{raw['other']}.{gas.casefold()}_energy", f"t{gas}/GJ"))
    factors = [{"slot": s, "id": i, "unit": u, "year": "same", "region": "national"} for s, i, u in slots]
    return {"scope": FUEL_SCOPE, "gas": gas, "factors": factors, "parameters": ["carbon_to_co2"] if gas == "CO2" else []}


def _leak(raw: Mapping[str, Any]) -> dict[str, Any]:
    slot = {"slot": "gwp", "id": f"{GWP}{raw['gwp']}", "unit": "tCO2e/t", "year": "known", "region": "national"}
    return {"unit": "kg", "parts": [{"scope": raw["scope"], "gas": raw["gas"], "factors": [slot]}]}


def _plain(raw: Mapping[str, Any]) -> dict[str, Any]:
    gas = "CO2e" if "CO2e" in raw["per"] else "CO2"
    slot = {"slot": "ef", "id": raw["id"], "unit": raw["per"], "year": "known", "region": "national|GB"}
    part = {"scope": "3", "category": raw["category"], "gas": gas, "factors": [slot]}
    return {"unit": raw["unit"], "reads": raw.get("reads", ()), "parts": [part]}


def _market(raw: Mapping[str, Any], fixed: _Fixed) -> Market:
    residual, otherwise = (_part({"scope": raw["scope"], "gas": "CO2", "factors": raw[name]}, fixed) for name in ("factors", "otherwise"))
    return Market(
        raw["item"],
        _input(raw["item"], raw),
        residual,
        otherwise,
        raw["green"],
        raw["certificates"],
        tuple((p["unit"], fixed[p["parameter"]]) for p in raw["pieces"]),
        tuple(raw["carried_over"]),
    )
