"""Financed emissions of the People's Bank's technical guide of 2021, for one project, borrower or list of loans."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.quantities import Amounts
from greenfin.core.units import Quantity, magnitude, quantity
from greenfin.methods.given import Given, first
from greenfin.methods.lists import across, by_group, of_group, summed
from greenfin.methods.registry import method
from greenfin.methods.terms import at_most_whole, of


@method("PBOC-CA-PROJ")
def of_project(x: Given) -> Mapping[str, Quantity]:
    """A project's emissions times month-average financing over total investment, at most the whole."""
    given = x["avg_balance"] / x["total_invest"]
    share = at_most_whole(given)
    co2 = x["emission"] * share
    return {"co2": co2, "financed_co2e": co2 * x["co2e_of_co2"], "share": share, "share_as_given": given}


@method("PBOC-CA-NONPROJ")
def of_borrower(x: Given) -> Mapping[str, Quantity]:
    """A borrower's emissions times month-average financing over revenue; unknown ones: the sector's intensity times the financing."""
    share = x["avg_balance"] / x["revenue"]
    co2 = first(x["emission"] * share, x["avg_balance"] * x["intensity"])
    return {"co2": co2, "financed_co2e": co2 * x["co2e_of_co2"], "share": share, "share_as_given": share}


@method("PBOC-CA-AVGBAL")
def month_average(x: Given) -> Mapping[str, Quantity]:
    """The month ends together over the months of the period; a month without a balance counts as nothing."""
    balances = x.list("balance")
    listed = quantity(np.full(balances.magnitude.shape[:-1], float(balances.magnitude.shape[-1])), "1")
    months = of(summed(balances), first(x["months"], listed))
    return {"avg_balance": summed(balances) / months, "months_counted": months}


@method("PBOC-CA-PRORATA")
def of_period(x: Given) -> Mapping[str, Quantity]:
    """A year's emissions for the months of a period, once: what an average over more months holds already is not taken off again."""
    months = first(x["average_months"], x["months"])
    co2 = x["emission_year"] * months / x["months_of_year"]
    share = at_most_whole(x["avg_balance"] / x["total_invest"])
    return {"co2": co2, "financed_co2": co2 * share}


@method("PBOC-CA-MATERIAL")
def material(x: Given) -> Mapping[str, Quantity]:
    """Which loans reach the thresholds, their borrower's or project's loans together."""
    balance, borrower = x.list("balance"), x.list("borrower")
    together = of_group(by_group(balance, borrower), borrower)
    total = np.where(np.isnan(borrower.magnitude), balance.magnitude, together.magnitude)
    is_project = x.list("kind").magnitude > 0
    least = np.where(is_project, _at(x, "threshold_project", "least_project"), _at(x, "threshold", "least"))
    days = magnitude(x.list("days"), "day")
    long_enough = np.isnan(days) | (days >= np.nan_to_num(_at(x, "threshold_days", "least_days", unit="day")))
    size = x.list("size").magnitude
    big_enough = is_project | np.isnan(size) | (size <= across(x["medium"]).magnitude)
    is_in = (total >= least) & long_enough & big_enough
    included = quantity(np.where(np.isnan(balance.magnitude), np.nan, is_in.astype(np.float64)), "1")
    held = summed(balance * included)
    return {"included": included, "included_balance": held, "coverage": held / summed(balance)}


def _at(x: Given, name: str, otherwise: str, *, unit: str = "CNY") -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A threshold beside each place of a list: the user's own, else the guide's."""
    found: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.asarray(magnitude(across(first(x[name], x[otherwise])), unit))
    return found


@method("PBOC-CA-DQ")
def best_source(x: Given) -> Mapping[str, Quantity]:
    """The first source of the order that is at hand; the better of the guide's where no order is given."""
    available, order = x.list("available").magnitude, x.list("order").magnitude
    place = np.where(np.isnan(order), np.inf, np.arange(order.shape[-1]))
    ranks = np.where(available[..., :, None] == order[..., None, :], place[..., None, :], np.inf).min(axis=-1)
    ranks = np.where(np.isnan(order).all(axis=-1)[..., None], available, ranks)
    ranks = np.where(np.isnan(available), np.inf, ranks)
    best = np.argmin(ranks, axis=-1)[..., None]
    chosen = np.take_along_axis(available, best, axis=-1)[..., 0]
    known = np.isfinite(np.take_along_axis(ranks, best, axis=-1)[..., 0])
    source = quantity(np.where(known, chosen, np.nan), "1")
    emission = x.list("emission")
    taken = np.where(known, np.take_along_axis(emission.magnitude, best, axis=-1)[..., 0], np.nan)
    return {"chosen": source, "score": source + quantity(np.ones_like(chosen), "1"), "co2": Amounts(taken, emission.units)}
