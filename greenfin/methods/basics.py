"""M-000: heat, electricity or fuel as standard coal."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.registry import Given, first, method


@method("M-000")
def standard_coal(x: Given) -> Mapping[str, Quantity]:
    """Standard coal of heat, electricity or fuel (annex 4 of the guide; GB/T 2589)."""
    of_fuel = first(x["fuel"] * x["coefficient"], x["fuel"] * x["calorific"] / x["standard_coal"])
    of_gas = first(x["gas"] * x["gas_coefficient"], x["gas"] * x["gas_calorific"] / x["standard_coal"])
    return {"tce": first(x["energy"] / x["standard_coal"], x["electricity"] * x["tce_rate"], of_fuel, of_gas)}
