"""Buildings, forests, projects abroad and the sum over facilities of the guide for green-credit projects, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.amounts import saved_co2, saved_tce, supplied, total
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method
from greenfin.methods.terms import at_most_whole

RESULTS = ("tce", "co2", "cod", "nh3n", "so2", "nox", "water")


@method("CBRC-BLDG")
def building(x: Given) -> Mapping[str, Quantity]:
    """Buildings: area in use times what an area needs less, as standard coal or as electricity and heat."""
    area = x["area"] * x["occupancy"]
    coal = area * _less(x, "energy_intensity")
    energy = first(area * _less(x, "electricity_intensity"), _less(x, "electricity"))
    heat = area * _less(x, "heat_intensity")
    parts = (_less(x, n) / x[f"{n}_before"] for n in ("energy_intensity", "electricity_intensity", "heat_intensity", "electricity"))
    return {
        "tce": first(coal, total(saved_tce(x, energy), heat / x["standard_coal"])),
        "co2": first(coal * x["co2_per_tce"], total(saved_co2(x, energy), heat * x["heat_co2"])),
        "energy": energy,
        "heat": heat,
        "water": area * (x["water_intensity_before"] - x["water_intensity_after"]),
        "saved_share": first(*parts),
    }


def _less(x: Given, name: str) -> Quantity:
    """Before less after, else before times the saving rate."""
    return first(x[f"{name}_before"] - x[f"{name}_after"], x[f"{name}_before"] * x["saving_rate"])


@method("CBRC-SINK")
def forest(x: Given) -> Mapping[str, Quantity]:
    """Carbon of the yearly growth of a forest as CO2 removed; the area alone where nothing is known of the growth."""
    stock = first(x["forest_area"] * x["increment"], x["stock_increase"])
    carbon = stock * x["wood_density"] * x["expansion_factor"] * (1 + x["root_ratio"]) * first(x["carbon_fraction"], x["carbon"])
    removed = first(carbon * x["co2_mass"] / x["carbon_mass"], x["forest_area"] * x["removal_rate"])
    return {"co2_removal": removed, "area_restored": x["forest_area"], "removal_per_area": removed / x["forest_area"]}


@method("CBRC-OVERSEAS")
def abroad(x: Given) -> Mapping[str, Quantity]:
    """Projects abroad: the host's grid factor, and the bank's share with both currencies at the period-end rate."""
    energy = supplied(x)
    co2 = first(energy * x["host_grid_factor"], x["energy_saved"] * x["host_co2_per_tce"])
    raw = x["balance_foreign"] * x["fx_balance"] / (x["total_invest_foreign"] * x["fx_total_invest"])
    return {
        "co2": co2,
        "tce": first(energy * x["host_coal_rate"], x["energy_saved"]),
        "energy": energy,
        "share": at_most_whole(raw),
        "co2_attributed": co2 * at_most_whole(raw),
        "raw_share": raw,
    }


@method("CBRC-AGG")
def aggregated(x: Given) -> Mapping[str, Quantity]:
    """A project's results times the part that all facilities together stand for, at most the whole."""
    raw = total(*(balance for _, balance in x.series("facility_balance"))) / x["project_investment"]
    return {name: x[f"result_{name}"] * at_most_whole(raw) for name in RESULTS} | {"share": at_most_whole(raw), "raw_share": raw}
