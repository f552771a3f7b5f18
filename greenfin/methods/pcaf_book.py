"""PCAF Part A for states and whole portfolios, over whole columns; lists hold one value for each holding, company or asset."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.units import Quantity, quantity
from greenfin.methods.given import Given, first
from greenfin.methods.lists import across
from greenfin.methods.pcaf import alone, total
from greenfin.methods.registry import method


@method("PCAF-SOV")
def sovereign(x: Given) -> Mapping[str, Quantity]:
    """States: the exposure over PPP-adjusted GDP times their emissions, with and without LULUCF; over debt for comparison."""
    held, gdp = x.list("outstanding"), x.list("gdp_ppp")
    share = held / gdp
    production = first(x.list("scope1"), x.list("scope1_excl_lulucf"), x.list("scope1_incl_lulucf"))
    consumption = production - x.list("exported") + x.list("imported")
    per = {name: production / x.list(of) for name, of in (("ppp", "gdp_ppp"), ("gdp", "gdp"), ("debt", "debt"))}
    return {
        "financed_co2e": total(share * production),
        "financed_excl_lulucf": total(share * x.list("scope1_excl_lulucf")),
        "financed_incl_lulucf": total(share * x.list("scope1_incl_lulucf")),
        "financed_scope2": total(share * x.list("scope2")),
        "financed_scope3": total(share * x.list("scope3")),
        "financed_consumption": total(share * consumption),
        "debt_approach_co2e": total(held / x.list("debt") * production),
        "attribution": alone(share),
        "lulucf": total(x.list("scope1_incl_lulucf") - x.list("scope1_excl_lulucf")),
        "consumption": total(consumption),
        "consumption_per_capita": total(consumption) / total(x.list("population")),
        "production_per_capita": total(production) / total(x.list("population")),
        **{f"intensity_{name}": whole for name, whole in per.items()},
        "rank_ppp": _ranks(per["ppp"]),
        "rank_debt": _ranks(per["debt"]),
        "score": x.columns.get("score_option", quantity(np.nan, "1")),
    }


def _ranks(whole: Quantity) -> Quantity:
    """Per row the place of each among several, 1 the highest; none where there is but one."""
    order = np.argsort(np.argsort(-whole.magnitude, axis=-1, kind="stable"), axis=-1) + 1.0
    several = whole.magnitude.shape[-1] > 1
    return quantity(np.where(np.isnan(whole.magnitude) | ~np.bool_(several), np.nan, order), "1")


@method("PCAF-WDQS")
def data_quality(x: Given) -> Mapping[str, Quantity]:
    """The mean of the scores by what is outstanding, and by what it finances of emissions: which one counts is told."""
    by = {name: total(x.list(name) * x.list("quality")) / total(x.list(name)) for name in ("outstanding", "emissions")}
    return {"score": by[x.choices["weight"]], **{f"score_by_{name}": mean for name, mean in by.items()}}


@method("PCAF-WACI")
def intensities(x: Given) -> Mapping[str, Quantity]:
    """Emissions per revenue by weight in the portfolio, per revenue owned, and per million invested."""
    held, emissions = x.list("outstanding"), first(x.list("emissions"), x.list("scope1") + x.list("scope2"))
    owned, financed = held / x.list("market_cap"), total(held / x.list("evic") * emissions)
    return {
        "waci": total(held * emissions / x.list("revenue")) / total(held),
        "carbon_intensity": total(owned * emissions) / total(owned * x.list("revenue")),
        "footprint": financed / total(held),
        "financed_co2e": financed,
        "total_carbon": total(owned * emissions),
    }


@method("PCAF-EVICADJ")
def inflation_of_values(x: Given) -> Mapping[str, Quantity]:
    """Emissions per million invested, of either year as if enterprise values had stayed: both beside what was not adjusted."""
    held = x.list("outstanding")
    weight = first(x.list("weight"), held / across(total(held)))
    factor = first(total(weight * x.list("evic_base") / x.list("evic_current")), x["adjustment"])
    before = total(weight * first(x.list("emissions_base"), x.list("emissions")) / x.list("evic_base"))
    now = first(total(weight * x.list("emissions") / x.list("evic_current")), x["footprint_current"])
    base = first(before, x["footprint_base"])
    return {
        "adjustment_factor": factor,
        "intensity_base": base,
        "intensity_current": now,
        "adjusted_base": base * factor,
        "adjusted_current": now / factor,
        "change": now / base - 1,
        "change_adjusted_base": now / (base * factor) - 1,
        "change_adjusted_current": now / factor / base - 1,
        "weights_together": total(weight),
    }


@method("PCAF-UOP")
def proceeds_used(x: Given) -> Mapping[str, Quantity]:
    """An instrument of stated use: the holding over the proceeds times what these finance of each asset."""
    funded = x.list("funded")
    whole = total(funded / x.list("asset_value") * x.list("emissions"))
    share = x["outstanding"] / x["proceeds"]
    return {
        "financed_co2e": share * whole,
        "instrument_co2e": whole,
        "attribution": share,
        "allocated": total(funded) / x["proceeds"],
        "funded_of_value": alone(funded / x.list("asset_value")),
    }
