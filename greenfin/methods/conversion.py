"""A project's stated result: the bank's share of it, and standard coal as CO2."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.units import Quantity
from greenfin.methods.registry import Given, method


@method("CBRC-ATTR")
def attributed(x: Given) -> Mapping[str, Quantity]:
    """The part of a stated yearly result that the bank's loans stand for: balance over total investment, at most the whole.

    That is capability; of a project whose stage is told, nothing is realised before commissioning.
    """
    ratio = x["balance"] / x["total_invest"]
    share = np.where(ratio > 1, ratio / ratio, ratio)
    names = ("tce", "co2", "cod", "nh3n", "so2", "nox", "water")
    capability = {name: x[f"result_{name}"] * share for name in names}
    return capability | {f"{name}_realised": amount * x["stage"] for name, amount in capability.items()}


@method("CBRC-CO2-TCE")
def co2_of_coal(x: Given) -> Mapping[str, Quantity]:
    """CO2 of the standard coal saved where the fuels are not known."""
    return {"co2": x["result_tce"] * x["co2_per_tce"]}
