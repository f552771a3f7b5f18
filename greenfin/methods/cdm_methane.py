"""Methane of landfills by CDM methodologies: captured gas, and waste kept out of a landfill (first-order decay)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np

from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first
from greenfin.methods.parts import grid_co2, years_given
from greenfin.methods.registry import method
from greenfin.methods.terms import of, optional, where_given

KINDS = ("wood", "paper", "food", "textile", "garden")


@method("CDM-ACM0001")
def landfill_gas(x: Given) -> Mapping[str, Quantity]:
    """Methane that would have escaped, less what still escapes, what the project burns and uses, and leakage."""
    generated = first(x["methane"], x["landfill_gas"] * x["methane_share"])
    captured = first(x["methane_captured"], generated)
    density = first(x["density"], x["methane_density"])
    kept = 1 - first(x["oxidation"], x["default_oxidation"])
    before = optional(x["baseline_capture"])
    if x.choices["baseline"] == "official":
        released = captured * (kept * x["destruction"] - before)
        slip = 0 * captured
    else:
        released = generated * (1 - before) * kept
        slip = captured * (1 - x["destruction"])
    baseline = released * density * x["gwp_ch4"] + _replaced(x)
    electricity = x["electricity_use"] * first(x["electricity_ef"], grid_co2(x))
    fuel = x["fuel"] * first(x["fuel_ef"], x["fuel_co2"])
    used = where_given(x["fuel"], fuel) + where_given(x["electricity_use"], electricity)
    project = slip * density * x["gwp_ch4"] + used * x["co2e_of_co2"] + optional(x["project_emissions"])
    leaked = where_given(x["leakage_share"], x["leakage_share"] * captured * density * x["gwp_ch4"])
    lost = of(captured, leaked + optional(x["leakage"]))
    return {
        "co2e": baseline - project - lost,
        "ch4": captured * density * x["destruction"],
        "baseline_co2e": baseline,
        "project_co2e": project,
        "leakage_co2e": lost,
        "captured_share": captured / generated,
    }


def _replaced(x: Given) -> Quantity:
    """What the electricity and the heat made of the gas replace."""
    power = where_given(x["supply"], x["supply"] * grid_co2(x))
    heat = where_given(x["heat"], x["heat"] / first(x["boiler_efficiency"], x["whole"]) * x["coal_co2"])
    return (power + heat) * x["co2e_of_co2"]


@method("CDM-TOOL04-FOD")
def decaying_waste(x: Given) -> Mapping[str, Quantity]:
    """Methane of the year told from all waste deposited up to then, and of all years up to it, by first-order decay."""
    year = first(x["year"], years_given(x, "waste"), x["years"])
    seen, summed = _decayed(x, year)
    kept = (1 - optional(x["captured_share"])) * (1 - first(x["oxidation"], x["default_oxidation"]))
    model = first(x["model_correction"], x["default_correction"]) * first(x["mcf"], x["default_mcf"])
    gas = first(x["methane_share"], x["default_methane_share"]) * first(x["doc_fraction"], x["default_doc_fraction"]) * x["ch4_of_carbon"]
    per_carbon = model * kept * gas
    ch4 = seen * per_carbon
    deposited = first(x["waste_a_year"] * np.minimum(year, first(x["years"], year)), _deposited(x, year))
    return {
        "co2e": ch4 * x["gwp_ch4"],
        "ch4": ch4,
        "co2e_total": summed * per_carbon * x["gwp_ch4"],
        "waste": deposited,
        "composition": _shares(x),
    }


def _shares(x: Given) -> Quantity:
    given = [x[f"share_{kind}"] for kind in (*KINDS, "inert")]
    none = reduce(np.logical_and, [np.isnan(each) for each in given])
    return np.where(none, np.nan * given[0].units, sum(optional(each) for each in given))


def _decayed(x: Given, year: Quantity) -> tuple[Quantity, Quantity]:
    """Degradable carbon that decays in the year, and up to it: of mixed waste by its own numbers, else of each kind."""
    mixed = [x["doc"] * part for part in _of_kind(x, year, first(x["k"], x["k_mixed"]))]
    kinds = []
    for kind in KINDS:
        carbon = optional(x[f"share_{kind}"]) * x[f"doc_{kind}"]
        kinds.append([carbon * part for part in _of_kind(x, year, x[f"k_{kind}"])])
    by_kind = [sum(each[at] for each in kinds) for at in (0, 1)]
    unknown = np.isnan(_shares(x))
    return first(mixed[0], np.where(unknown, np.nan * by_kind[0], by_kind[0])), first(
        mixed[1], np.where(unknown, np.nan * by_kind[1], by_kind[1])
    )


def _of_kind(x: Given, year: Quantity, k: Quantity) -> tuple[Quantity, Quantity]:
    """The mass that decays in the year and up to it, of one kind of waste with the decay rate ``k``."""
    rest = 1 - np.exp(-k)
    last = np.minimum(year, x["years"])
    grown = (1 - np.exp(-k * last)) * np.exp(-k * (year - last))
    steady = x["waste_a_year"] * grown, x["waste_a_year"] * (last - np.exp(-k) * grown / rest)
    here, until = [], []
    for deposited, mass in x.series("waste"):
        age = year - deposited
        counts = optional(mass) * np.where(age < 0, 0, 1)
        here.append(counts * np.exp(-k * age) * rest)
        until.append(counts * (1 - np.exp(-k * (age + 1))))
    none = np.isnan(years_given(x, "waste"))
    series = tuple(np.where(none, np.nan * total, total) for total in (sum(here), sum(until)))
    return first(series[0], steady[0]), first(series[1], steady[1])


def _deposited(x: Given, year: Quantity) -> Quantity:
    summed = sum(optional(mass) * np.where(year < deposited, 0, 1) for deposited, mass in x.series("waste"))
    return of(years_given(x, "waste"), summed)
