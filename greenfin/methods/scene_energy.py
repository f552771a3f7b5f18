"""Energy scenes of the regulator's statistics of 2020, from the elements that a bank reports, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.amounts import saved_co2, saved_tce, total
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method
from greenfin.methods.terms import where_given


def _net(x: Given, electricity: Quantity, gas: Quantity) -> tuple[Quantity, Quantity]:
    """Standard coal and CO2 of electricity and gas saved; gas by its own coefficient where that is given."""
    of_gas = gas * first(x["gas_coefficient"], x["gas_tce"])
    return total(saved_tce(x, electricity), of_gas), total(saved_co2(x, electricity), gas * x["gas_co2"])


@method("NFRA-UNIT")
def by_unit_consumption(x: Given) -> Mapping[str, Quantity]:
    """Electricity, gas or coal per tonne of product before less after, times the output after the project."""
    falls = {kind: x[f"{kind}_per_product_before"] - x[f"{kind}_per_product_after"] for kind in ("electricity", "gas", "coal")}
    saved = {kind: fall * x["output"] for kind, fall in falls.items()}
    tce, co2 = _net(x, saved["electricity"], saved["gas"])
    shares = first(*(fall / x[f"{kind}_per_product_before"] for kind, fall in falls.items()))
    return {
        "tce": total(tce, saved["coal"] * x["coal_tce"]),
        "co2": total(co2, saved["coal"] * x["coal_co2"]),
        "energy": saved["electricity"],
        "saving_share": shares,
    }


@method("NFRA-SAVING")
def by_system_use(x: Given) -> Mapping[str, Quantity]:
    """Electricity and gas of a system before less after, by its rate of saving, or per hundred vehicle kilometres."""
    per_work = (x["electricity_per_work_before"] - x["electricity_per_work_after"]) * x["work"]
    whole = first(x["electricity_before"] - x["electricity_use_after"], x["electricity_before"] * x["saving_rate"])
    electricity, gas = first(per_work, whole), x["gas_before"] - x["gas_after"]
    before = first(x["electricity_per_work_before"] * x["work"], x["electricity_before"])
    tce, co2 = _net(x, electricity, gas)
    return {"tce": tce, "co2": co2, "energy": electricity, "saving_share": first(electricity / before, gas / x["gas_before"])}


@method("NFRA-HEATPOWER")
def power_and_heat(x: Given) -> Mapping[str, Quantity]:
    """Electricity and heat of recovered energy or waste, less the conventional energy that is fired with it."""
    heat = x["heat"] * x["heat_tce"] / first(x["boiler_efficiency"], x["whole"])
    fired = where_given(x["cofired"], x["cofired"] * x["cofired_coefficient"])
    tce = total(saved_tce(x, x["supply"]), heat) - fired
    co2 = total(saved_co2(x, x["supply"]), heat * x["co2_per_tce"]) - where_given(x["cofired"], fired * x["co2_per_tce"])
    return {"tce": tce, "co2": co2, "energy": x["supply"], "fired_share": fired / (tce + fired)}


@method("NFRA-COGEN")
def cogeneration(x: Given) -> Mapping[str, Quantity]:
    """Combined heat and power: coal of the supply and of the heat at the usual rates less at the project's own."""
    power = x["supply"] * (x["tce_rate"] - x["supply_coal_rate"])
    heat = x["heat"] * (x["heat_tce"] / x["boiler_efficiency"] - x["heat_coal_rate"])
    tce = total(power, heat)
    return {"tce": tce, "co2": tce * x["co2_per_tce"], "tce_power": power, "tce_heat": heat, "energy": x["supply"]}


@method("NFRA-GASPOWER")
def gas_power(x: Given) -> Mapping[str, Quantity]:
    """Electricity of gas: coal and CO2 of the supply less those of natural gas; CO2e with the methane destroyed."""
    gas = x["gas"]
    tce = saved_tce(x, x["supply"]) - where_given(gas, gas * x["gas_tce"])
    co2 = saved_co2(x, x["supply"]) - where_given(gas, gas * x["gas_co2"])
    methane = x["methane"] * x["methane_density"]
    return {
        "tce": tce,
        "co2": co2,
        "co2e": methane * x["gwp_ch4"] + co2 * x["co2e_of_co2"],
        "ch4": methane,
        "energy": x["supply"],
        "gas_rate": gas / x["supply"],
    }
