"""Waste energy, fuel switch to gas, and low-emission vehicles by CDM methodologies."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.amounts import total
from greenfin.methods.given import Given, first
from greenfin.methods.parts import grid_co2
from greenfin.methods.registry import method
from greenfin.methods.terms import of, optional, where_given


def _escaped(x: Given) -> Quantity:
    """Methane that leaks or slips, as CO2e; missing where none is told."""
    return x["methane_slip"] * first(x["density"], x["methane_density"]) * x["gwp_ch4"]


@method("CDM-ACM0012")
def waste_energy(x: Given) -> Mapping[str, Quantity]:
    """Electricity and heat of waste energy and what else is replaced, less the project's energy, slip and leakage."""
    part = first(x["cap"], x["whole"]) * first(x["waste_share"], x["whole"])
    power = x["supply"] * first(x["electricity_ef"], grid_co2(x)) * x["co2e_of_co2"]
    boiler = x["coal_co2"] / first(x["boiler_efficiency"], x["whole"])
    heat = x["heat"] * first(x["heat_ef"], boiler) * x["co2e_of_co2"]
    baseline = first(x["baseline_emissions"], total(part * power, part * heat, x["baseline_other"]))
    electricity = x["electricity_use"] * first(x["electricity_use_ef"], x["electricity_ef"], grid_co2(x))
    fuel = x["fuel"] * first(x["fuel_ef"], x["fuel_co2"])
    used = where_given(x["fuel"], fuel) + where_given(x["electricity_use"], electricity)
    project = of(baseline, used * x["co2e_of_co2"] + optional(_escaped(x)) + optional(x["project_emissions"]))
    leaked = where_given(x["leakage_energy"], x["leakage_energy"] * x["leakage_ef"])
    lost = of(baseline, optional(x["leakage"]) + leaked * x["co2e_of_co2"])
    return {
        "co2e": baseline - project - lost,
        "baseline_co2e": baseline,
        "baseline_power": part * power,
        "baseline_heat": part * heat,
        "project_co2e": project,
        "leakage_co2e": lost,
    }


@method("CDM-ACM0009")
def switch_to_gas(x: Given) -> Mapping[str, Quantity]:
    """Coal that the same useful heat would take (or the coal as stated), less the gas, its slip and leakage."""
    heat = first(x["gas_energy"], x["gas"] * first(x["heat_value"], x["gas_ncv"]))
    ratio = first(x["efficiency_gas"], x["whole"]) / first(x["efficiency_coal"], x["whole"])
    coal_ef, gas_ef = first(x["coal_ef"], x["coal_co2"]), first(x["gas_ef"], x["gas_co2"])
    coal = first(x["coal_before"] * x["coal_heat_value"], heat * ratio)
    baseline = coal * coal_ef * x["co2e_of_co2"]
    project = total(heat * gas_ef * x["co2e_of_co2"], _escaped(x), x["project_emissions"])
    lost = of(project, optional(x["leakage"]))
    return {
        "co2e": baseline - project - lost,
        "baseline_co2e": baseline,
        "project_co2e": project,
        "leakage_co2e": lost,
        "efficiency_ratio": x["efficiency_gas"] / x["efficiency_coal"],
    }


@method("CDM-AMS-III.C")
def low_emission_vehicles(x: Given) -> Mapping[str, Quantity]:
    """Distance times the vehicles replaced (better by a rate each year) less fuel and electricity of the new ones."""
    distance = x["vehicles"] * x["mileage"]
    per_km = first(x["baseline_ef"], x["fuel_before"] * x["fuel_co2"])
    improved = x["improvement"] ** optional(x["years_since"])
    electricity = x["electricity_after"] / (1 - optional(x["loss_rate"])) * first(x["electricity_ef"], grid_co2(x))
    fuel = x["fuel_after"] * x["fuel_co2"]
    baseline = distance * per_km * improved
    project = distance * (where_given(x["electricity_after"], electricity) + where_given(x["fuel_after"], fuel))
    return {
        "co2e": (baseline - project) * x["co2e_of_co2"],
        "baseline_co2e": baseline * x["co2e_of_co2"],
        "project_co2e": project * x["co2e_of_co2"],
        "per_km": baseline / distance,
    }
