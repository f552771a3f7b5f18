"""Ratios within a stated result, for the guard to look at."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.given import Given
from greenfin.methods.registry import method


@method("QC-RATIO")
def plausibility(x: Given) -> Mapping[str, Quantity]:
    """CO2 and pollutants per standard coal, CO2 per litre of fuel; of what was stated, whichever pair it was asked with."""
    stated = x.stated
    per_coal = {f"{name}_per_tce": stated[f"result_{name}"] / stated["result_tce"] for name in ("co2", "so2", "nox", "dust")}
    return {**per_coal, "co2_per_litre": stated["result_co2"] / stated["fuel_litres"]}
