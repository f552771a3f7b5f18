"""PCAF Part A for what a loan buys: buildings and vehicles, over whole columns; each input may be a list, one value for each loan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.units import Quantity, quantity
from greenfin.methods.given import Given, first
from greenfin.methods.lists import across
from greenfin.methods.pcaf import limited, shares, total
from greenfin.methods.registry import method
from greenfin.methods.terms import where_given

Part = tuple[Quantity, Quantity]  # an amount and what it emits


@method("PCAF-CRE")
def commercial(x: Given) -> Mapping[str, Quantity]:
    """Commercial property: the loan over the value at origination times what the building emits."""
    return _building(x)


@method("PCAF-MORT")
def mortgage(x: Given) -> Mapping[str, Quantity]:
    """Homes: the same."""
    return _building(x)


@method("PCAF-MV")
def vehicle(x: Given) -> Mapping[str, Quantity]:
    """Vehicles: the loan over the value at origination (the whole where that is unknown) times fuel and electricity with their factors."""
    distance = x.list("distance") * first(x.list("vehicles") / across(x["one_vehicle"]), quantity(1.0, "1"))
    fuel = first(x.list("fuel"), distance * x.list("consumption"))
    power = first(x.list("electricity"), distance * x.list("electricity_per_km"))
    burnt = fuel, fuel * first(x.list("ef_fuel"), across(x["fuel_co2"] * x["co2e_of_co2"]))
    charged = power, power * first(x.list("ef_electricity"), across(x["co2_rate"] * x["co2e_of_co2"]))
    whole = first(x.list("emissions"), _together(burnt, charged), distance * x.list("emission_per_km"))
    actual = np.isnan(x.list("fuel")) & np.isnan(x.list("electricity")) | ~np.isnan(x.list("emissions"))
    return {
        **_lent(x, first(x.list("outstanding") / x.list("vehicle_value"), x.list("attribution_share")), (whole, burnt[1], charged[1])),
        "co2e_vehicles": total(whole),
        "score": _score(x, np.where(actual, np.nan, across(x["score_actual"]))),
    }


def _building(x: Given) -> Mapping[str, Quantity]:
    power = across(x["co2_rate"] * x["co2e_of_co2"])
    electric = x.list("electricity"), x.list("electricity") * first(x.list("ef"), power)
    heat = x.list("heat"), x.list("heat") * first(x.list("heat_ef"), across(x["heat_rate"] * x["co2e_of_co2"]))
    gas = x.list("gas"), x.list("gas") * first(x.list("gas_ef"), across(x["gas_rate"] * x["co2e_of_co2"]))
    metered = _together(electric, heat, gas)
    area = x.list("floor_area")
    by_area = first(area * x.list("intensity") * first(x.list("ef"), power), area * x.list("emission_intensity"))
    by_number = x.list("buildings") * x.list("emission_per_building")
    whole = first(x.list("emissions"), metered, by_area, by_number)
    scored = zip(("metered", "area", "number"), (metered, by_area, by_number), strict=True)
    found = first(*(np.where(np.isnan(amount), np.nan, across(x[f"score_{name}"])) for name, amount in scored))
    return {
        **_lent(
            x,
            first(x.list("outstanding") / x.list("property_value"), x.list("attribution_share")),
            (whole, gas[1], _together(electric, heat)),
        ),
        "co2e_building": total(whole),
        "intensity_co2e": total(whole) / total(area),
        "score": _score(x, np.where(np.isnan(x.list("emissions")), found, np.nan)),
    }


def _lent(x: Given, share: Quantity, emitted: tuple[Quantity, Quantity, Quantity]) -> dict[str, Quantity]:
    """The lender's part of the whole, of scope 1 and of scope 2."""
    names = ("financed_co2e", "financed_scope1", "financed_scope2")
    counted = limited(x, share)
    return {**{name: total(counted * each) for name, each in zip(names, emitted, strict=True)}, **shares(share)}


def _together(*parts: Part) -> Quantity:
    """What the given amounts emit together; missing where none is given, or where a factor of one is missing."""
    none = np.logical_and.reduce(np.broadcast_arrays(*(np.isnan(amount) for amount, _ in parts)))
    whole = sum(where_given(amount, emitted) for amount, emitted in parts)
    return np.where(none, np.nan * parts[0][1].units, whole)


def _score(x: Given, found: Quantity) -> Quantity:
    """The score of the option told, else the worst of what the inputs tell."""
    told = x.columns.get("score_option")
    worst = quantity(np.asarray(found.magnitude).max(axis=-1), "1")
    return worst if told is None else told
