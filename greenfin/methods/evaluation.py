"""Evaluation of green finance (PBoC 2021): the total, the four indicators, a score and the final score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.units import FloatColumn, Quantity, magnitude, quantity
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method


@method("GFE-TOTAL")
def business(x: Given) -> Mapping[str, Quantity]:
    """Green loans and green bonds held, each by its weight; what is not given is left out."""
    loans = first(x["w_loan"], x["whole"]) * x["green_loans"]
    bonds = first(x["w_bond"], x["whole"]) * x["green_bonds"]
    return {"total": first(loans + bonds, loans, bonds)}


@method("GFE-I1")
def green_share(x: Given) -> Mapping[str, Quantity]:
    """Green business in all loans and bonds."""
    return {"share": x["green"] / x["business"]}


@method("GFE-I2")
def own_share(x: Given) -> Mapping[str, Quantity]:
    """The bank's green business in that of all participants."""
    return {"share": x["green"] / x["green_of_all"]}


@method("GFE-I3")
def growth(x: Given) -> Mapping[str, Quantity]:
    """Green business against a year before."""
    return {"growth": (x["green"] - x["green_year_before"]) / x["green_year_before"]}


@method("GFE-I4")
def risk_share(x: Given) -> Mapping[str, Quantity]:
    """Green business at risk in all of it."""
    return {"share": x["at_risk"] / x["green"]}


@method("GFE-SCORE")
def score(x: Given) -> Mapping[str, Quantity]:
    """How many deviations better than the mean of the own past, and of all participants, as scores of the linear map."""
    return {"longitudinal": _score(x, magnitude(x.list("past3"), "1").mean(axis=-1)), "cross": _score(x, magnitude(x["peer_mean"], "1"))}


def _score(x: Given, middle: FloatColumn) -> Quantity:
    base, slope, direction = (
        magnitude(first(x[name], x[other]), "1")
        for name, other in (("base", "base_score"), ("slope", "slope_score"), ("direction", "upwards"))
    )
    found = base + slope * direction * (magnitude(x["x"], "1") - middle) / magnitude(x["sd"], "1")
    return quantity(np.clip(found, 0, magnitude(x["full_score"], "1")), "1")


@method("GFE-FINAL")
def final(x: Given) -> Mapping[str, Quantity]:
    """The quantitative and the qualitative score by their weights."""
    weight = first(x["w_quant"], x["quantitative_weight"])
    return {"final": weight * x["quantitative"] + (x["whole"] - weight) * x["qualitative"]}
