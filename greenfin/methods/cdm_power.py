"""Electricity to the grid by CDM and CCER methodologies: the combined margin of the grid less what the project itself emits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method
from greenfin.methods.terms import net_supply, of, optional, over_years, where_given


def combined_margin(x: Given) -> Quantity:
    """The grid's CO2 per electricity: as stated, else operating and build margin by the weight of the first (Tool07)."""
    weight = first(x["weight"], x["om_weight"])
    return first(x["margin_stated"], weight * first(x["om"], x["om_rate"]) + (1 - weight) * first(x["bm"], x["bm_rate"]))


def own_use_of_energy(x: Given, margin: Quantity) -> Quantity:
    """CO2 of the fuel and of the electricity that the project itself uses."""
    return _fuel(x) + where_given(x["electricity_use"], x["electricity_use"] * first(x["electricity_ef"], margin))


def _fuel(x: Given) -> Quantity:
    return where_given(x["fuel"], x["fuel"] * first(x["fuel_ef"], x["fuel_co2"]))


def reservoir(x: Given, generated: Quantity) -> tuple[Quantity, Quantity]:
    """Power density of a new or larger reservoir and its emissions: none above the upper limit, no figure at the lower one."""
    area = x["reservoir_area"] - optional(x["reservoir_area_before"])
    density = (x.stated["capacity"] - optional(x["capacity_before"])) / area
    emitted = np.where(density > x["density_high"], 0, 1) * x["reservoir_rate"] * generated
    eligible = np.where(density > x["density_low"], emitted, np.nan * emitted)
    return density, np.where(np.isnan(area), 0 * emitted.units, eligible)


def _figures(x: Given, supply: Quantity, margin: Quantity) -> dict[str, Quantity]:
    """What is told of the plant beside the result."""
    rated = x.stated["capacity"] * x["hours_a_year"]
    stated = first(x.stated["supply"], x.stated["export"], x.stated["generation"], x.stated["capacity"] * x.stated["hours"])
    return {
        "energy": supply,
        "combined_margin": margin,
        "full_hours": first(stated, supply) / x.stated["capacity"],
        "load_factor": first(stated, supply) / rated,
        "import_share": x.stated["import"] / x.stated["export"],
    }


def _cdm(x: Given, net: Quantity, margin: Quantity, *, emitted: Quantity) -> dict[str, Quantity]:
    """The credit of the net electricity, less what is emitted, what is stated of project emissions, and leakage."""
    project = of(net, optional(x["project_emissions"]) + emitted)
    baseline = net * margin * x["co2e_of_co2"]
    reduced = first(baseline - project - optional(x["leakage"]), x["result_co2e"])
    return {
        **_figures(x, first(net, x["result_co2e"] / (margin * x["co2e_of_co2"])), margin),
        "co2e": reduced,
        "baseline_co2e": baseline,
        "project_co2e": project,
        "co2e_total": over_years(reduced, x["years"]),
        "implied_margin": x.stated["result_co2e"] / x["co2e_of_co2"] / net,
    }


@method("CDM-ACM0002")
def grid_renewables(x: Given) -> Mapping[str, Quantity]:
    """Baseline of the net electricity less reservoir, steam, fuel, what is stated of project emissions, and leakage."""
    margin, net = combined_margin(x), net_supply(x)
    density, flooded = reservoir(x, first(x.stated["generation"], net))
    methane = where_given(x["steam_ch4"], x["steam_ch4"] * x["gwp_ch4"])
    steam = where_given(x["steam"], x["steam"] * (x["steam_co2"] * x["co2e_of_co2"] + methane))
    emitted = own_use_of_energy(x, margin) * x["co2e_of_co2"] + steam + flooded
    return {**_cdm(x, net, margin, emitted=emitted), "power_density": density}


@method("CDM-AMS-I.D")
def small_grid_renewables(x: Given) -> Mapping[str, Quantity]:
    """The same for a whole project of at most 15 MW, without reservoirs and steam."""
    margin = combined_margin(x)
    return _cdm(x, net_supply(x), margin, emitted=own_use_of_energy(x, margin) * x["co2e_of_co2"])


def _metered(x: Given) -> Quantity:
    """Net electricity; a meter that failed its check counts against the project by the error of its class (7.3.4)."""
    error = optional(x["meter_error"])
    checked = x["export"] * (1 - error) - optional(x["import"]) * (1 + error)
    return first(x["supply"], checked, net_supply(x))


def _ccer(x: Given, emitted: Quantity) -> Mapping[str, Quantity]:
    margin, net = combined_margin(x), _metered(x)
    baseline = net * margin
    project = of(net, emitted)
    reduced = first(baseline - project, x["result_co2"])
    supply = first(net, x["result_co2"] / margin)
    return {
        **_figures(x, supply, margin),
        "co2": reduced,
        "baseline_co2": baseline,
        "project_co2": project,
        "co2_total": over_years(reduced, x["years"]),
        "implied_margin": x.stated["result_co2"] / net,
    }


@method("CCER-01-001")
def solar_thermal_power(x: Given) -> Mapping[str, Quantity]:
    """Concentrated solar power: combined margin less the fuel that the plant burns."""
    return _ccer(x, optional(x["project_emissions"]) + _fuel(x))


@method("CCER-01-002")
def offshore_wind(x: Given) -> Mapping[str, Quantity]:
    """Offshore wind: combined margin of the net electricity; no project emissions and no leakage."""
    return _ccer(x, _metered(x) * x["co2_of_electricity"])
