"""A project's stated result, shared out to a green bond or to a month-average balance."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method
from greenfin.methods.terms import at_most_whole, optional

_RESULTS = ("tce", "co2", "co2e", "cod", "nh3n", "so2", "nox", "water")


@method("GB-ATTR")
def of_the_bond(x: Given) -> Mapping[str, Quantity]:
    """A bond's part of the project: proceeds over total investment; what it refinances of the bank's loan is taken off the loan's part."""
    share = at_most_whole(x["proceeds"] / x["total_invest"])
    loan = at_most_whole((x["balance"] - optional(x["refinanced"])) / x["total_invest"])
    carbon = first(x["result_co2e"], x["result_co2"] * x["co2e_of_co2"])
    results = {name: x[f"result_{name}"] * share for name in _RESULTS}
    return {
        **results,
        "loan_co2e": carbon * loan,
        "loan_tce": x["result_tce"] * loan,
        "co2e_per_proceeds": carbon * share / x["proceeds"],
        "share": share,
        "shares_together": (x["proceeds"] + x["balance"] - optional(x["refinanced"])) / x["total_invest"],
        "refinanced_of_balance": x["refinanced"] / x["balance"],
    }


@method("PBOC-CA-RED")
def financed_reduction(x: Given) -> Mapping[str, Quantity]:
    """The bank's part of a project's yearly reduction: month-average financing over total investment, at most the whole."""
    share = x["avg_balance"] / x["total_invest"]
    part, carbon = at_most_whole(share), first(x["result_co2e"], x["result_co2"] * x["co2e_of_co2"])
    return {"co2": x["result_co2"] * part, "co2e": carbon * part, "share": share}
