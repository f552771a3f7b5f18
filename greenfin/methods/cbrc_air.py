"""Sulphur dioxide, nitrogen oxides, dust and organic compounds kept out of the air, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method

SUBSTANCES = ("so2", "nox", "dust", "pm25", "voc")


@method("CBRC-SO2")
def sulphur_dioxide(x: Given) -> Mapping[str, Quantity]:
    """SO2 by the sulphur of the coal, the flue gas, the emission before and after, or what a tonne of coal or product generates."""
    removed = x["removal_after"] - x["removal_before"]
    of_sulphur = x["coal"] * x["sulphur"] * x["so2_coefficient"] * removed
    of_factor = first(x["coal"], x["output"]) * x["so2_factor"] * removed
    gas, share = _measured(x, "so2")
    return {"so2": first(of_sulphur, gas, of_factor), "so2_removal": first(share, removed)}


@method("CBRC-NOX")
def nitrogen_oxides(x: Given) -> Mapping[str, Quantity]:
    """NOx by what a tonne of coal or product generates, the flue gas, or the emission before and after."""
    removed = x["removal_after"] - x["removal_before"]
    activity = first(x["coal"], x["output"])
    burning = x["nox_factor_before"] - x["nox_factor_after"]
    gas, share = _measured(x, "nox")
    nox = first(activity * x["nox_factor"] * removed, activity * burning, gas)
    return {"nox": nox, "nox_removal": first(share, burning / x["nox_factor_before"], removed)}


@method("CBRC-AIR")
def treated_gas(x: Given) -> Mapping[str, Quantity]:
    """Each pollutant by the flue gas and its concentrations, else by the emission before and after."""
    results: dict[str, Quantity] = {}
    for substance in SUBSTANCES:
        results[substance], results[f"{substance}_removal"] = _measured(x, substance)
    return results


def _measured(x: Given, substance: str) -> tuple[Quantity, Quantity]:
    """What a pollutant falls by, and the share of it: by concentrations, else by yearly emissions."""
    before, after = x[f"{substance}_before"], x[f"{substance}_after"]
    inlet, outlet = x[f"{substance}_in"], x[f"{substance}_out"]
    removed = first(x["flue_gas_flow"] * x["hours"] * (inlet - outlet), before - after)
    return removed, first((inlet - outlet) / inlet, (before - after) / before)
