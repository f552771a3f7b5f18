"""Incineration, landfill gas, biogas and recycling of the guide for green-credit projects, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.amounts import saved_co2, saved_tce, supplied, total
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method


@method("CBRC-MSW-INC")
def incineration(x: Given) -> Mapping[str, Quantity]:
    """Waste to energy: electricity supplied; the fossil carbon burned and the methane avoided stand apart."""
    kept = 1 - x["own_use"]
    supply = first(x["supply"], x["generation"] * kept, x["waste_treated"] * x["generation_per_tonne"] * kept)
    fossil = x["waste_treated"] * x["carbon_content"] * x["fossil_share"] * x["oxidation"] * x["co2_mass"] / x["carbon_mass"]
    project, co2 = first(fossil + x["auxiliary_co2"], fossil), saved_co2(x, supply)
    return {
        "tce": saved_tce(x, supply),
        "co2": co2,
        "co2e": x["methane_avoided"] * x["gwp_ch4"] + (co2 - project) * x["co2e_of_co2"],
        "project_co2": project,
        "energy": supply,
        "waste": x["waste_treated"],
        "supply_per_tonne": first(x.stated["supply"], x.stated["generation"]) / x.stated["waste_treated"],
    }


@method("CBRC-LFG")
def landfill_gas(x: Given) -> Mapping[str, Quantity]:
    """Methane captured and burned times its warming potential, and the electricity made of it."""
    volume = first(x["gas"] * x["methane_share"], x["methane"])
    burned = first(volume * x["density"], x["methane_mass"])
    ch4 = burned * x["destruction_efficiency"] * (1 - x["baseline_destroyed"])
    power = supplied(x)
    co2 = saved_co2(x, power)
    return {
        "co2e": total(ch4 * x["gwp_ch4"], co2 * x["co2e_of_co2"]),
        "ch4": ch4,
        "co2": co2,
        "tce": saved_tce(x, power),
        "electricity_per_gas": power / volume,
    }


@method("CBRC-BIOGAS")
def biogas(x: Given) -> Mapping[str, Quantity]:
    """Methane of manure that a digester avoids, biogas as fuel or its electricity, COD of the waste water."""
    of_heads = x["heads"] * x["volatile_solids"] * x["days"] * x["methane_potential"] * x["conversion_factor"] * x["density"]
    ch4 = first(of_heads, x["methane_avoided"])
    power = supplied(x)
    co2 = saved_co2(x, power)
    return {
        "co2e": total(ch4 * x["gwp_ch4"], co2 * x["co2e_of_co2"]),
        "ch4": ch4,
        "co2": co2,
        "tce": first(saved_tce(x, power), x["biogas"] * x["biogas_tce"]),
        "cod": x["sewage"] * (x["cod_in"] - x["cod_out"]),
        "methane_per_head": of_heads / x["heads"],
    }


@method("CBRC-RECYCLE")
def recycling(x: Given) -> Mapping[str, Quantity]:
    """Recycled product times what the secondary route needs less; solid waste used."""
    replaced = x["recycled_product"] * x["replacement_rate"]
    stated = x["energy_primary"] - x["energy_secondary"]
    tce = replaced * first(stated, x["saving"])
    return {
        "tce": tce,
        "co2": first(replaced * (x["co2_primary"] - x["co2_secondary"]), tce * x["co2_per_tce"]),
        "waste": x["waste_used"],
        "saving_share": stated / x["energy_primary"],
        "product_to_waste": x["recycled_product"] / x["waste_used"],
    }
