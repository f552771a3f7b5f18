"""Gas for coal, losses of the grid, waste heat and energy services of the guide for green-credit projects, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.amounts import saved_co2, saved_tce, supplied, total
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method


@method("CBRC-NG")
def gas_for_coal(x: Given) -> Mapping[str, Quantity]:
    """Gas for coal: CO2 of the coal of equal heat (or that was measured) less CO2 of the gas; no standard coal."""
    heat = first(x["gas"] * first(x["calorific"], x["gas_calorific"]), x["heat"] / x["efficiency_after"])
    useful = heat * x["efficiency_after"] / x["efficiency_before"]
    of_heat = heat if x.choices["baseline"] == "equal_heat" else first(useful, heat)
    measured = (x["coal_before"] - x["coal_after"]) * first(x["coal_calorific"], x["coal_ncv"])
    baseline, project = first(measured, of_heat) * x["coal_co2"], heat * x["gas_co2"]
    co2 = baseline - project
    return {"co2": co2, "tce": heat * x["tce_counted"], "baseline_co2": baseline, "project_co2": project, "fall": co2 / baseline}


@method("CBRC-GRID")
def grid_losses(x: Given) -> Mapping[str, Quantity]:
    """Losses of the grid: electricity carried times the fall of the loss rate."""
    fall = x["loss_rate_before"] - x["loss_rate_after"]
    saved = first(x["electricity_transmitted"] * fall, x["loss_before"] - x["loss_after"], x["electricity_saved"])
    return {"energy": saved, "tce": saved_tce(x, saved), "co2": saved_co2(x, saved), "fall_of_loss": fall}


@method("CBRC-WHR")
def waste_heat(x: Given) -> Mapping[str, Quantity]:
    """Waste heat: electricity supplied and the coal that a boiler would have burned for the heat, less extra fuel."""
    supply = first(supplied(x), x["capacity"] * x["hours"] * (1 - x["own_use"]))
    boiler = x["heat"] / x["boiler_efficiency"]
    tce = total(saved_tce(x, supply), boiler / x["standard_coal"]) - x["auxiliary_fuel"]
    co2 = total(saved_co2(x, supply), boiler * x["coal_co2"]) - x["auxiliary_fuel"] * x["standard_coal"] * x["coal_co2"]
    hours = first(x.stated["supply"], x.stated["generation"]) / x.stated["capacity"]
    return {"tce": tce, "co2": co2, "energy": supply, "full_hours": hours}


@method("CBRC-ESCO")
def energy_service(x: Given) -> Mapping[str, Quantity]:
    """Energy services: the verified saving, else that of the contract, else electricity saved."""
    stated = first(x["verified_saving"], x["contract_saving"])
    tce = first(stated, saved_tce(x, x["electricity_saved"]))
    co2 = first(stated * x["co2_per_tce"], saved_co2(x, x["electricity_saved"]))
    return {"tce": tce, "co2": co2, "verified_to_contract": x.stated["verified_saving"] / x.stated["contract_saving"]}
