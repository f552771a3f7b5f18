"""The bank's own operations as one calculation, the target path and what is left of it, and how uncertain a result is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np

from greenfin.core.quantities import Amounts
from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first
from greenfin.methods.lists import summed
from greenfin.methods.registry import method
from greenfin.methods.terms import of, optional, where_given


@method("PBOC-CA-OPS")
def own_operations(x: Given) -> Mapping[str, Quantity]:
    """Fuels by calorific value, carbon content and oxidation, electricity and heat by their factors; what is not given is not counted."""
    masses = {"gasoline": _mass(x, "gasoline"), "diesel": _mass(x, "diesel"), "lpg": x["lpg"], "coal": x["coal"]}
    fuels = [_burnt(x, name, amount) for name, amount in {"natgas": x["natural_gas"], **masses}.items()]
    power, heat = (where_given(x[name], x[name] * x[f"ef_{by}"]) for name, by in (("electricity", "grid"), ("heat", "heat")))
    said = [*(x[name] for name in ("electricity", "heat", "natural_gas")), *masses.values()]
    nothing = reduce(np.logical_and, [np.isnan(amount) for amount in said])
    scope1, scope2 = (np.where(nothing, np.nan * whole.units, whole) for whole in (_all_of(*fuels), power + heat))
    return {"scope1": scope1, "scope2": scope2, "co2": scope1 + scope2}


def _all_of(first_part: Quantity, *others: Quantity) -> Quantity:
    whole = first_part
    for part in others:
        whole = whole + part
    return whole


def _mass(x: Given, name: str) -> Quantity:
    """A fuel by mass and by volume together; missing where neither is given."""
    by_volume = x[f"{name}_volume"] * x[f"{name}_density"]
    both = where_given(x[name], x[name]) + where_given(x[f"{name}_volume"], by_volume)
    neither = np.isnan(x[name]) & np.isnan(x[f"{name}_volume"])
    return np.where(neither, np.nan * both.units, both)


def _burnt(x: Given, name: str, amount: Quantity) -> Quantity:
    carbon = amount * x[f"{name}_ncv"] * x[f"{name}_cc"] * x[f"{name}_ox"]
    return where_given(amount, carbon * x["carbon_to_co2"])


@method("JRT0227-OPS")
def operations_impact(x: Given) -> Mapping[str, Quantity]:
    """Totals of what is of one kind, by head, area and assets, and their change."""
    total, amount = summed(x.list("emission")), summed(x.list("amount"))
    return {
        "total": total,
        "per_head": total / x["staff"],
        "per_area": total / x["area"],
        "per_assets": total / x["assets"],
        "change": total / x["previous"] - 1,
        "total_amount": amount,
        "amount_per_head": amount / x["staff"],
        "amount_per_area": amount / x["area"],
        "amount_change": amount / x["previous_amount"] - 1,
    }


@method("JRT0227-INV")
def financing_impact(x: Given) -> Mapping[str, Quantity]:
    """Emission intensity of the financing, share and growth of green loans."""
    loans = first(x["total_loans"], x["green_balance"] / x["green_share"])
    return {
        "intensity": x["financed_co2e"] / x["financed_balance"],
        "green_share": first(x["green_balance"] / x["total_loans"], x["green_share"]),
        "total_loans": loans,
        "growth": x["green_balance"] / x["previous_green_balance"] - 1,
    }


@method("OPS-NEUTRAL")
def neutrality(x: Given) -> Mapping[str, Quantity]:
    """Gross, after green power, credits retired, residual; and the target path with the gap to it."""
    gross = x["scope1"] + x["scope2_loc"]
    green = of(gross, where_given(x["green_power"], x["green_power"] * first(x["ef_grid"], x["ef"]) * x["co2e_of_co2"]))
    after, retired = gross - green, of(gross, optional(summed(x.list("retired"))))
    residual = after - retired
    target = target_path(x["base"], x["reduction"], years=(x["base_year"], x["target_year"], x["year"]))
    gap = first(x["actual"], gross) - target
    return {
        "gross": gross,
        "green_power_part": green,
        "after_green_power": after,
        "offsets": retired,
        "residual": residual,
        "surplus": x["bought"] - after,
        "neutral": _is_none_left(residual),
        "target": target,
        "gap": gap,
        "on_track": _is_none_left(gap),
    }


def target_path(base: Quantity, reduction: Quantity, *, years: tuple[Quantity, Quantity, Quantity]) -> Quantity:
    """The target of a year on the straight way from the base year to the target year (``years``: base, target, described)."""
    start, end, year = years
    return base * (1 - reduction * (year - start) / (end - start))


def _is_none_left(rest: Quantity) -> Quantity:
    """1 where nothing is above zero, 0 elsewhere; missing where the rest is."""
    values = rest.magnitude
    pure = rest / rest
    return Amounts(np.where(np.isnan(values), np.nan, np.where(values <= 0, 1.0, 0.0)), pure.units)


@method("GHGP-SCOPE")
def scopes(x: Given) -> Mapping[str, Quantity]:
    """Electricity by place and by contract, and the categories of the value chain without financed emissions."""
    location = x["electricity"] * first(x["ef_loc"], x["location"])
    bare = x["electricity"] - optional(x["certificates"])
    market = bare * first(x["ef_residual"], x["residual_mix"])
    return {"location": location, "market": market, "scope3": summed(x.list("category")), "total": x["scope1"] + location}


@method("UNC")
def uncertainty(x: Given) -> Mapping[str, Quantity]:
    """Relative half-widths of a product and of a sum of parts that are not correlated, with a factor common to all."""
    u, values, common = x.list("u"), x.list("x"), optional(x["common"])
    spread, whole = values * u, summed(values)
    of_sum = summed(spread * spread) / (whole * whole)
    return {"u_product": _root(summed(u * u) + common * common), "u_sum": _root(of_sum + common * common)}


def _root(square: Quantity) -> Quantity:
    """The square root of a pure number."""
    return Amounts(np.sqrt(square.magnitude), square.units)
