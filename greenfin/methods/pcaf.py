"""PCAF Part A for companies and projects: what a lender finances of their emissions, over whole columns.

Each input may be a list, one value for each holding: amounts are then the sums over the holdings, missing where one is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.quantities import Amounts
from greenfin.core.units import Quantity, quantity
from greenfin.methods.given import Given, first
from greenfin.methods.lists import across
from greenfin.methods.registry import method
from greenfin.methods.terms import at_most_whole

_APART = ("scope1", "scope2", "scope3", "removals", "credits_retired", "credits_generated")


@method("PCAF-LISTED")
def listed(x: Given) -> Mapping[str, Quantity]:
    """Shares and bonds: the holding over the enterprise value including cash, of private issuers over equity plus debt."""
    value = first(x.list("evic"), x.list("cap_ordinary") + x.list("cap_preferred") + x.list("debt") + x.list("minority"))
    denominator = first(value, financing(x))
    less_cash = alone(x.list("outstanding") / (denominator - x.list("cash")))
    results = financed(x, share_of(x, denominator))
    return {**results, **scores(x), "denominator": total(denominator), "attribution_less_cash": less_cash}


@method("PCAF-BL")
def business_loan(x: Given) -> Mapping[str, Quantity]:
    """Loans to companies: by stated emissions, else revenue (3a), assets (3b) or asset turnover (3c) with the sector's factor."""
    denominator = first(x.list("evic"), financing(x), x.list("total_assets"))
    share = share_of(x, denominator)
    results = financed(x, share)
    stated = results["financed_co2e"]
    options = {
        "3a": total(limited(x, share) * x.list("revenue") * x.list("ef_revenue")),
        "3b": total(x.list("outstanding") * x.list("ef_asset")),
        "3c": total(x.list("outstanding") * x.list("asset_turnover") * x.list("ef_revenue")),
    }
    found = scores(x)
    by_sector = first(*(np.where(np.isnan(amount), np.nan, x[f"score_{option}"]) for option, amount in options.items()))
    return {
        **results,
        **{f"option_{option}_co2e": amount for option, amount in options.items()},
        "financed_co2e": first(stated, *options.values()),
        "denominator": total(denominator),
        "score": np.where(np.isnan(stated), by_sector, found["score"]),
        "score_scope3": found["score_scope3"],
    }


@method("PCAF-PF")
def project(x: Given) -> Mapping[str, Quantity]:
    """Projects: over their equity and debt of the year, at the start over the total financing; the lifetime apart."""
    denominator = first(financing(x), x.list("total_invest"), x.list("total_assets"))
    share = share_of(x, denominator)
    yearly = x.list("capacity") * across(x["hours_a_year"]) * x.list("load_factor") * x.list("ef")
    life = yearly * x.list("lifetime") / across(x["one_year"])
    counted = limited(x, share)
    results = financed(x, share)
    return {
        **results,
        **scores(x),
        "financed_co2e": first(results["financed_co2e"], total(counted * yearly)),
        "denominator": total(denominator),
        "annual_co2e": total(yearly),
        "lifetime_co2e": total(life),
        "financed_lifetime_co2e": total(counted * life),
    }


@method("PCAF-REMOVAL")
def removed(x: Given) -> Mapping[str, Quantity]:
    """Removals and credits by the same attribution, each apart from the emissions."""
    results = financed(x, share_of(x, first(x.list("evic"), financing(x), x.list("total_assets"))))
    return {**results, "co2_removal": results["financed_removals"]}


@method("PCAF-AVOID")
def avoided(x: Given) -> Mapping[str, Quantity]:
    """Emissions that renewable power avoids: never taken off any emission."""
    share = share_of(x, first(financing(x), x.list("total_invest")))
    factor = x["om_rate"] if x.choices["baseline"] == "operating_margin" else x["co2_rate"]
    whole = x.list("supply") * first(x.list("ef_baseline"), across(factor * x["co2e_of_co2"]))
    return {"co2e": total(limited(x, share) * whole), "co2e_project": total(whole), **shares(share)}


@method("PCAF-SECUR")
def pooled(x: Given) -> Mapping[str, Quantity]:
    """Securitisations looked through: the tranche's part of what the pool finances."""
    return {**financed(x, x.list("outstanding") / x.list("pool")), **scores(x)}


@method("PCAF-FACIL")
def facilitated(x: Given) -> Mapping[str, Quantity]:
    """Emissions that an underwriter facilitates in the year of the deal: beside the financed ones, never among them."""
    share = x.list("facilitated") / first(x.list("evic"), financing(x))
    found = financed(x, share * first(x.list("weight"), across(x["default_weight"])))
    names = {f"facilitated_{name}": found[f"financed_{name}"] for name in ("co2e", "scope1", "scope2", "scope3")}
    return {**names, "attribution": alone(share)}


def financing(x: Given) -> Quantity:
    """Equity (nothing where it is negative) plus debt of each holding."""
    equity = x.list("equity")
    return first(np.maximum(equity, 0 * equity.units) + x.list("debt"), x.list("equity_debt"))


def share_of(x: Given, denominator: Quantity) -> Quantity:
    """The attribution of each holding: what is outstanding over the denominator, else as stated."""
    return first(x.list("outstanding") / denominator, x.list("attribution_share"))


def financed(x: Given, share: Quantity) -> dict[str, Quantity]:
    """The lender's part of each scope, of removals and of credits over all holdings, and the attribution as it is and at most one."""
    counted = limited(x, share)
    both = first(x.list("emissions"), x.list("scope1") + x.list("scope2"))
    apart = {f"financed_{name}": total(x.list(name) * counted) for name in _APART}
    return {"financed_co2e": total(both * counted), **apart, **shares(share)}


def shares(share: Quantity) -> dict[str, Quantity]:
    """The attribution as it is, at most one, and that of each holding where there are several."""
    several = share.magnitude.shape[-1] > 1
    return {
        "attribution": alone(share),
        "attribution_capped": alone(at_most_whole(share)),
        "attributions": share if several else np.nan * share,
    }


def limited(x: Given, share: Quantity) -> Quantity:
    """The attribution that counts: as it is, or at most one where that was asked for."""
    return at_most_whole(share) if x.choices.get("above_one") == "capped" else share


def total(whole: Quantity) -> Quantity:
    """Per row the sum over all places; missing where one is.

    >>> total(quantity(np.array([[1.0, 2.0], [1.0, np.nan]]), "t")).magnitude.tolist()
    [3.0, nan]
    """
    return Amounts(whole.magnitude.sum(axis=-1), whole.units)


def alone(whole: Quantity) -> Quantity:
    """Per row what stands at the only place; of several the greatest, by which the row is judged."""
    return Amounts(whole.magnitude.max(axis=-1), whole.units)


def scores(x: Given) -> dict[str, Quantity]:
    """The data quality of the stated emissions, of scope 3 apart; none where it is not told where they come from."""
    none = quantity(np.nan, "1")
    both = total(first(x.list("emissions"), x.list("scope1"), x.list("scope2")))
    return {
        "score": np.where(np.isnan(both), none, x.columns.get("score_reported", none)),
        "score_scope3": np.where(np.isnan(total(x.list("scope3"))), none, x.columns.get("score_reported3", none)),
    }
