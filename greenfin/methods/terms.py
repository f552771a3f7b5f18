"""Small terms that formulas of projects and credits share, over whole columns."""

from __future__ import annotations

import numpy as np

from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first


def optional(term: Quantity) -> Quantity:
    """A deduction or an addition that most projects do not have: nothing where it is not given.

    Only for terms that a document lets be absent (project emissions of a wind farm); never for what is measured.
    """
    return first(term, 0 * term.units)


def where_given(amount: Quantity, term: Quantity) -> Quantity:
    """A term of an amount that most projects do not have: nothing where the amount is not given.

    Where it is given and what it is multiplied by is not, the term is missing, not nothing.
    """
    return np.where(np.isnan(amount), 0 * term.units, term)


def of(main: Quantity, term: Quantity) -> Quantity:
    """A term that stands only beside the main one: missing where that is."""
    return np.where(np.isnan(main), np.nan * term.units, term)


def at_most_whole(ratio: Quantity) -> Quantity:
    """A share, at most the whole."""
    return np.where(ratio > 1, ratio / ratio, ratio)


def net_supply(x: Given) -> Quantity:
    """Net electricity to the grid: as stated, export less import, generation less own use, or capacity times hours."""
    kept = 1 - optional(x["own_use"])
    by_hours = x["capacity"] * x["hours"] * (1 - optional(x["curtailment"])) * kept
    return first(x["supply"], x["export"] - optional(x["import"]), x["generation"] * kept, by_hours)


def over_years(yearly: Quantity, years: Quantity) -> Quantity:
    """A yearly result over the years of a crediting period; missing where the years are not given."""
    return yearly * years
