"""Water saved of the guide for green-credit projects, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.amounts import saved_co2, saved_tce
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method


@method("CBRC-WATER")
def water_saved(x: Given) -> Mapping[str, Quantity]:
    """Water saved by unit consumption, area, totals (for the same output where both are given), leakage, or what is reused."""
    by_unit = (x["water_before"] - x["water_after"]) * x["output"]
    calibrated = x["total_water_before"] * x["output"] / x["output_before"] - x["total_water_after"]
    irrigated = first(x["irrigation_before"] - x["irrigation_after"], x["irrigation_before"] * x["saving_rate"])
    totals = first(x["total_water_before"] - x["total_water_after"], x["total_water_before"] * x["saving_rate"])
    leaks = x["leakage_before"] - x["leakage_after"]
    reused = first(x["daily_supply"] * x["days"] * x["utilisation"], x["water_reused"])
    used = first(by_unit * x["reused_share"], by_unit)
    saved = first(used, x["irrigated_area"] * irrigated, calibrated, totals, x["water_supplied"] * leaks, reused)
    shares = first(_fall(x, "water"), _fall(x, "irrigation"), calibrated / (calibrated + x["total_water_after"]), _fall(x, "total_water"))
    return {"water": saved, "saved_share": shares, "leakage_fall": leaks}


def _fall(x: Given, name: str) -> Quantity:
    return (x[f"{name}_before"] - x[f"{name}_after"]) / x[f"{name}_before"]


@method("CBRC-RURAL")
def rural_water(x: Given) -> Mapping[str, Quantity]:
    """Water saved on fields or in networks and its pumping; people served where nothing is saved."""
    per_area = first(x["water_before"] - x["water_after"], x["water_before"] * x["saving_rate"])
    leaks = x["leakage_before"] - x["leakage_after"]
    water = first(x["irrigated_area"] * per_area, x["water_supplied"] * leaks)
    energy = water * x["pumping_energy"]
    return {
        "water": water,
        "energy": energy,
        "tce": saved_tce(x, energy),
        "co2": saved_co2(x, energy),
        "people": x["people_served"],
        "leakage_fall": leaks,
        "saved_share": _fall(x, "water"),
    }
