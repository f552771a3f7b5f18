"""Formulas of the guide for green-credit projects, over whole columns. Missing inputs are NaN and stay NaN."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.amounts import less, saved_co2, saved_tce
from greenfin.methods.parts import grid_co2
from greenfin.methods.registry import Given, first, method


@method("CBRC-PWR")
def power(x: Given) -> Mapping[str, Quantity]:
    """Power generation: standard coal by the supply coal rate, CO2 by the grid's average or margins (or by the coal saved)."""
    kept = 1 - x["own_use"]
    supply = first(x["supply"], x["generation"] * kept, x["capacity"] * x["hours"] * (1 - x["curtailment"]) * kept)
    gross = supply * x["tce_rate"]
    replaced = gross * x["co2_per_tce"] if x.choices["co2"] == "by_tce" else supply * grid_co2(x)
    project = x["auxiliary_fuel"] * x["auxiliary_co2"]
    tce, co2 = less(gross, x["auxiliary_fuel"]), less(replaced, project)
    months = x["months_in_operation"] / x["months_a_year"]
    stated = first(x.stated["supply"], x.stated["generation"], x.stated["capacity"] * x.stated["hours"])
    return {
        "tce": tce,
        "co2": co2,
        "project_co2": project,
        "so2": supply * x["so2_rate"],
        "nox": supply * x["nox_rate"],
        "energy": supply,
        "tce_first_year": tce * months,
        "co2_first_year": co2 * months,
        "full_hours": stated / x.stated["capacity"],
        "supply_to_generation": x.stated["supply"] / x.stated["generation"],
    }


@method("CBRC-IND-EE")
def industrial_saving(x: Given) -> Mapping[str, Quantity]:
    """Energy saving: unit consumption before less after, calibrated baseline less energy after, or what an audit states."""
    by_unit = (x["energy_before"] - x["energy_after"]) * x["output"]
    baseline = x["total_energy_before"] * x["output"] / x["output_before"]
    stated = first(by_unit, baseline - x["total_energy_after"], x["energy_saved"])
    tce = first(stated, saved_tce(x, x["electricity_saved"]))
    co2 = first(stated * x["co2_per_tce"], saved_co2(x, x["electricity_saved"]))
    before = first(x["energy_before"] * x["output"], baseline)
    return {"tce": tce, "co2": co2, "saving_share": tce / before}


@method("CBRC-WWTP")
def sewage(x: Given) -> Mapping[str, Quantity]:
    """Sewage: volume treated times the fall of each concentration, or what a changed process discharges less."""
    treated = first(x["sewage"], x["flow"] * x["load_rate"] * x["days"])
    results: dict[str, Quantity] = {"sewage": treated}
    for substance in ("cod", "nh3n", "tn", "tp"):
        fall = x[f"{substance}_in"] - x[f"{substance}_out"]
        process = x["sewage_before"] * x[f"{substance}_in"] - x["sewage_after"] * x[f"{substance}_out"]
        results[substance] = first(treated * fall, process)
        results[f"{substance}_removal"] = fall / x[f"{substance}_in"]
    results["sewage_over_capacity"] = x.stated["sewage"] / (x.stated["flow"] * x.stated["days"])
    return results


@method("CBRC-NEV")
def electric_vehicles(x: Given) -> Mapping[str, Quantity]:
    """Electric vehicles: fuel of the replaced vehicles less electricity of the new ones, both net of each other."""
    distance = first(x["vehicles"] * x["mileage"], x["total_mileage"])
    fuel = first(distance * x["fuel_before"], x["fuel_replaced"])
    electricity = first(distance * x["electricity_after"], x["electricity_used"])
    baseline, project = fuel * x["fuel_co2"], electricity * x["co2_rate"]
    return {
        "co2": baseline - project,
        "tce": fuel * x["fuel_density"] * x["fuel_tce"] - electricity * x["tce_rate"],
        "baseline_co2": baseline,
        "project_co2": project,
        "nox": distance * (x["nox_before"] - x["nox_after"]),
        "pm25": distance * (x["pm25_before"] - x["pm25_after"]),
        "energy_ratio": electricity / fuel,
    }
