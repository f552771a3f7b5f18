"""Freight by rail or water and urban rail of the guide for green-credit projects, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.amounts import saved_co2, saved_tce
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method


@method("CBRC-RAIL")
def freight_shift(x: Given) -> Mapping[str, Quantity]:
    """Freight from the road: turnover times what rail or water needs less; with distances of their own where told."""
    tce, co2 = _shifted(x, "energy"), _shifted(x, "co2")
    fall = (x["energy_before"] - x["energy_after"]) / x["energy_before"]
    return {"tce": tce, "co2": first(co2, tce * x["co2_per_tce"]), "energy_fall": fall}


def _shifted(x: Given, rate: str) -> Quantity:
    before, after = x[f"{rate}_before"], x[f"{rate}_after"]
    by_distance = x["freight"] * (x["distance_before"] * before - x["distance_after"] * after)
    return first(x["turnover"] * (before - after), by_distance)


@method("CBRC-METRO")
def urban_rail(x: Given) -> Mapping[str, Quantity]:
    """Urban rail: the replaced trips less its electricity, or a stated net saving of a trip."""
    turnover = first(x["turnover"], x["passengers"] * x["mean_trip"])
    baseline = first(turnover * x["baseline_factor"], x["passengers"] * x["baseline_per_trip"])
    project = saved_co2(x, x["electricity"])
    co2 = first(baseline - project, turnover * x["saving_factor"], x["passengers"] * x["saving_per_trip"])
    return {
        "co2": co2,
        "tce": turnover * x["baseline_energy"] - saved_tce(x, x["electricity"]),
        "baseline_co2": baseline,
        "project_co2": project,
        "nox": turnover * x["baseline_nox"],
        "pm25": turnover * x["baseline_pm25"],
        "co2_per_trip": co2 / x["passengers"],
        "electricity_per_trip": x["electricity"] / x["passengers"],
    }
