"""What buildings, vehicles, states and pools emit, at the steps of their own tables; no data of a company counts for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product

import numpy as np

from greenfin.core.units import G_PER_T, UnknownUnit, WrongDimension, ratio
from greenfin.financed.ladder import OWN, STATED, Emissions, grams_of
from greenfin.financed.pcaf.data import classes, fuel_of, fuels, options
from greenfin.financed.sector import HEAT, POWER, Asked, Used, factor, joined
from greenfin.financed.view import Flags, Ints, Reals, View
from greenfin.methods.declare import Slot

GAS = Slot("gas", "fuel.natgas.ef", "tCO2/Nm3", "same", "national")
_PER_DISTANCE = {"fuel": "L/km", "power": "kWh/km", "emission": "gCO2e/km"}
_A_YEAR = {"fuel": "L", "power": "kWh"}
_PER_AREA = {"power": "kWh/m2", "emission": "gCO2e/m2"}
_YEAR = "a"  # a consumption of a year may say so
_HOME = "CN"
_OF_NONE = ("fuel_without_factor", "product_without_factor")  # flags that say why a company has no step


def group_of(view: View, group: str) -> Flags:
    """The rows whose asset class is of a group."""
    return view.words("asset_class").among([name for name, found in classes().items() if found.group == group])


def of_each_class(found: Emissions, view: View, *, asked: Asked) -> None:
    """Emissions as each class has them, beside those of companies that are there already."""
    kept = _kept(found, view)
    found.step[~kept] = len(found.steps)
    for mask in (found.has1, found.has2):
        mask[~kept] = False
    for grams in (found.scope1, found.scope2, found.both, found.text):
        grams[~kept] = 0
    lacking = {name: found.flags[name] & ~kept & group_of(view, "company") for name in _OF_NONE if name in found.flags}
    found.flags.update({name: flag & kept for name, flag in found.flags.items()})
    found.flags.update({name: found.flags[name] | flag for name, flag in lacking.items()})
    _buildings(found, view, group_of(view, "building"), asked=asked)
    _vehicles(found, view, group_of(view, "vehicle"), asked=asked)
    _pools(found, view, group_of(view, "pool"))
    _states(found, group_of(view, "sovereign"))
    one_scope = group_of(view, "sovereign") | group_of(view, "building") | group_of(view, "vehicle")
    for name in ("scope1_missing", "scope2_missing"):
        if name in found.flags:
            found.flags[name] &= ~one_scope


def _kept(found: Emissions, view: View) -> Flags:
    """The rows whose step is one that the table of their class has."""
    words = view.words("asset_class")
    known = [of.group if (of := classes().get(str(text))) else "" for text in words.texts]
    fits = np.array([[(group, step) in options() for step in [*found.steps, ""]] for group in known], np.bool_)
    kept: Flags = fits[words.at, found.step]
    return kept


def _buildings(found: Emissions, view: View, rows: Flags, *, asked: Asked) -> None:
    """Metered power and heat (scope 2) and gas (scope 1) with average factors; by area only with a figure of its own."""
    if not rows.any():
        return
    power, gas, heat = view.reals("energy_mwh"), view.reals("gas_m3"), view.reals("heat_gj")
    regions = view.words("region")
    grid = [factor(POWER, asked, place=text or _HOME) for text in regions.texts]
    of_gas, of_heat = factor(GAS, asked), factor(HEAT, asked)
    own = view.reals("power_factor")
    per_mwh = np.where(np.isnan(own), np.array([used.number for used in grid])[regions.at], own)
    bought = _given(power * per_mwh, power) + _given(heat * of_heat.number, heat)
    burnt = _given(gas * of_gas.number, gas)
    some = ~(np.isnan(power) & np.isnan(gas) & np.isnan(heat))
    whole = rows & some & ~np.isnan(bought + burnt)
    has2 = ~np.isnan(power) | ~np.isnan(heat)
    taken = found.offer(
        "metered", whole, scope1=grams_of(found, np.where(rows, burnt, 0)), scope2=grams_of(found, np.where(rows, bought, 0)), has2=has2
    )
    found.has1[taken] = ~np.isnan(gas)[taken]
    choices = [[("", used.json, OWN), ("", of_gas.json), ("", of_heat.json)] for used in grid]
    texts = [joined(_among(each)) for sides in choices for each in product(*sides)]
    by_power = (~np.isnan(power)).astype(np.int64) + (~np.isnan(power) & ~np.isnan(own))
    sides = (len(grid), *(len(side) for side in choices[0]))
    at = np.ravel_multi_index((regions.at, by_power, (~np.isnan(gas)).astype(np.int64), (~np.isnan(heat)).astype(np.int64)), sides)
    found.used(taken, texts, np.asarray(at, np.int64))
    _by_area(found, view, rows, per_mwh=per_mwh, texts=[*(used.json for used in grid), OWN], at=regions.at)


def _by_area(found: Emissions, view: View, rows: Flags, *, per_mwh: Reals, texts: Sequence[str], at: Ints) -> None:
    """Floor area times the file's own energy (as power, scope 2) or emissions per area: with an energy label 2a, else 2b."""
    area, units = view.reals("floor_area_m2"), view.words("consumption_unit")
    scales = {kind: np.array([_scale(text, unit) for text in units.texts])[units.at] for kind, unit in _PER_AREA.items()}
    amount = area * view.reals("consumption")
    power, direct = (amount * scales[kind] for kind in _PER_AREA)
    tonnes = np.where(np.isnan(power), direct / G_PER_T, power * per_mwh / _KWH_PER_MWH)
    grams = grams_of(found, np.where(rows, tonnes, np.nan))
    labelled = view.words("energy_label").has
    for step, which in (("labelled", labelled), ("area", ~labelled)):
        taken = found.offer(step, rows & which & ~np.isnan(tonnes), scope1=np.zeros_like(grams), scope2=grams, has2=~np.isnan(tonnes))
        of_power = taken & ~np.isnan(power)
        found.has1[taken] = False
        found.has2[taken & ~of_power] = False
        found.flags["scopes_together"] |= taken & ~of_power
        found.used(of_power, texts, np.where(np.isnan(view.reals("power_factor")), at, len(texts) - 1))
        found.used(taken & ~of_power, [OWN])


def _among(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text]


def _given(tonnes: Reals, amount: Reals) -> Reals:
    """Nothing where no amount is given; missing where its factor is."""
    found: Reals = np.where(np.isnan(amount), 0, tonnes)
    return found


def _vehicles(found: Emissions, view: View, rows: Flags, *, asked: Asked) -> None:
    """Fuel or power used in the year, else the distance with the consumption of the model: no average car of the country is documented."""
    if not rows.any():
        return
    fuel_words, unit_words = view.words("fuel"), view.words("consumption_unit")
    names = [fuel_of(text) for text in fuel_words.texts]
    distance, amount = view.reals("distance_km"), view.reals("consumption")
    per_litre = [
        factor(Slot("fuel", fuels()[name], "kgCO2/L", "same", "national"), asked) if name in fuels() else Used(None) for name in names
    ]
    regions = view.words("region")
    powers = [factor(POWER, asked, place=text or _HOME) for text in regions.texts]
    grid = np.array([used.number for used in powers])[regions.at]
    litres = np.array([used.number for used in per_litre])[fuel_words.at]
    electric = np.array([name == "electric" for name in names], np.bool_)[fuel_words.at]
    texts = [used.json for used in (*per_litre, *powers)]
    at = np.where(electric, len(per_litre) + regions.at, fuel_words.at)
    metered = view.reals("energy_mwh") * grid
    for step, units, base in ((_ACTUAL, _A_YEAR, amount), ("distance", _PER_DISTANCE, amount * distance)):
        scales = {kind: np.array([_scale(text, units.get(kind, "")) for text in unit_words.texts])[unit_words.at] for kind in _PER_DISTANCE}
        fuel, power, direct = (base * scales[kind] for kind in _PER_DISTANCE)
        tonnes = np.where(np.isnan(fuel), direct / G_PER_T, fuel * litres / _KG_PER_T)
        of_power = np.where(np.isnan(power) & (step == _ACTUAL), metered, power * grid / _KG_PER_T)
        _drive(found, step, rows, burnt=tonnes, charged=of_power, texts=texts, at=at, electric=electric)


_KG_PER_T = 10**3
_KWH_PER_MWH = 10**3
_ACTUAL = "fuel_used"


def _drive(
    found: Emissions, step: str, rows: Flags, *, burnt: Reals, charged: Reals, texts: Sequence[str], at: Ints, electric: Flags
) -> None:
    """Offer what vehicles burn (scope 1; a figure per distance of an electric one is scope 2) and what they are charged with (scope 2)."""
    charged = np.where(electric & np.isnan(charged), burnt, charged)
    burnt = np.where(electric, np.nan, burnt)
    has1, has2 = ~np.isnan(burnt), ~np.isnan(charged)
    one, two = (grams_of(found, np.where(rows, tonnes, np.nan)) for tonnes in (burnt, charged))
    taken = found.offer(step, rows & (has1 | has2), scope1=one, scope2=two, has2=has2)
    found.has1[taken] = has1[taken]
    found.used(taken, texts, at)


def _scale(text: str | None, unit: str) -> float:
    """How many of a unit one of the stated unit is; NaN where they differ in kind."""
    if not (text and unit):
        return np.nan
    for stated, wanted in product((text, text.replace("g/", "gCO2e/", 1), text.replace("gCO2/", "gCO2e/", 1)), (unit, f"{unit}/{_YEAR}")):
        try:
            return ratio(stated, wanted)
        except (UnknownUnit, WrongDimension):
            continue
    return np.nan


def _pools(found: Emissions, view: View, rows: Flags) -> None:
    """The emissions of a pool, or of what proceeds finance, at the step their source says."""
    tonnes = view.reals("pool_emission_t")
    if not (rows & ~np.isnan(tonnes)).any():
        return
    sources = view.words("emission_source")
    steps = [STATED if text is None else text if ("pool", text) in options() else "estimate" for text in sources.texts]
    grams = grams_of(found, np.where(rows, tonnes, np.nan))
    for step in dict.fromkeys(steps):
        here = np.array([name == step for name in steps], np.bool_)[sources.at]
        taken = found.offer(step, rows & here & ~np.isnan(tonnes) & (found.step == len(found.steps)), scope1=grams)
        found.has1[taken] = False
        found.flags["scopes_together"] |= taken
        found.flags["source_not_stated"] |= taken & ~sources.has


def _states(found: Emissions, rows: Flags) -> None:
    """A state's own production (scope 1) is what counts; energy it imports is told apart in PCAF and stays out of the total, marked."""
    imported = rows & found.has1 & found.has2
    found.has2[imported] = False
    found.both[imported] = found.scope1[imported]
    found.flags["imported_energy_apart"] = imported


def per_asset(found: Emissions, view: View, rows: Flags) -> Flags:
    """Rows without better data whose file has a factor per asset: option 3b, the balance times that factor. Gives back which they are."""
    own = view.reals("assets_factor")
    mine: Flags = rows & (own >= 0) & (found.is_step("assets") | (found.step == len(found.steps)))
    if not mine.any():
        return mine
    values, at = np.unique(np.where(mine, own, 0.0), return_inverse=True)
    text = json.dumps([{"slot": "assets", "key": "file", "found": "user"}])
    start = len(found.rates)
    found.rates = [*found.rates, *(Used(Fraction(repr(float(value))), None, text) for value in values)]
    found.rate = np.where(mine, start + at, found.rate)
    found.step[mine] = found.steps.index("assets")
    found.has1[mine] = found.has2[mine] = False
    found.used(mine, [text])
    return mine
