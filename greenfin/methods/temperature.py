"""Temperature scores of targets, of companies and of portfolios (SBTi's tool for financial institutions)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import FloatColumn, Quantity, magnitude, quantity
from greenfin.methods.given import Given, first
from greenfin.methods.registry import method
from greenfin.methods.rows import total

HUNDRED = 1e2
INTENSITY = 1  # the place of the word in `target_type`
OWNED = {"mots": "market_cap", "eots": "enterprise_value", "ecots": "evic", "aots": "assets", "rots": "revenue"}


@method("SBTI-TEMP")
def temperature(x: Given) -> Mapping[str, Quantity]:
    """Scores of targets by the regression of their time frame, and of the portfolio by each of the weights."""
    fallback = magnitude(first(x["fallback"], x["default_score"]), "1")[..., None]
    annual, annual_s3 = _annual(x), _annual_of_scope3(x)
    own = _capped(x, _first(_list(x, "score"), _score(x, annual, fallback, scope="")), fallback)
    third = _capped(x, _first(_list(x, "s3_score"), _score(x, annual_s3, fallback, scope="s3_")), fallback)
    emissions, further = _list(x, "s12"), _list(x, "s3")
    whole = _together(x, own, third, emissions=emissions, further=further)
    by_scope = {"s1s2": (own, emissions), "s3": (third, further), "s1s2s3": (whole, emissions + further)}
    score, emitted = by_scope[x.choices["scopes"]]
    invested = _list(x, "investment")
    portfolio = {name: _mean(score, invested / _list(x, value) * emitted) for name, value in OWNED.items()}
    portfolio |= {"wats": _mean(score, invested), "tets": _mean(score, emitted)}
    there = ~_nothing_of(
        x, "company", "investment", "s12", "annual_reduction_pct", "reduction_pct", "annual_reduction", "reduction", "score"
    )
    known = total(np.where(there, ~np.isnan(own), np.nan)) / total(np.where(there, 1.0, np.nan))
    found = {"annual_pct": annual, "ts": own, "ts_s3": third, "ts_s123": whole, **portfolio, "scored": known}
    return {name: quantity(values, "1") for name, values in found.items()}


def _list(x: Given, name: str) -> FloatColumn:
    return magnitude(x.list(name), "1")


def _first(one: FloatColumn, other: FloatColumn) -> FloatColumn:
    return np.where(np.isnan(one), other, one)


def _annual(x: Given) -> FloatColumn:
    """The linear annual reduction in percent."""
    years = _list(x, "end") - _list(x, "base")
    by_target = _first(_list(x, "reduction_pct"), HUNDRED * _list(x, "reduction")) / np.where(years > 0, years, np.nan)
    return _first(_first(_list(x, "annual_reduction_pct"), HUNDRED * _list(x, "annual_reduction")), by_target)


def _annual_of_scope3(x: Given) -> FloatColumn:
    years = _list(x, "s3_end") - _list(x, "s3_base")
    return _first(_list(x, "s3_annual_reduction_pct"), _list(x, "s3_reduction_pct") / np.where(years > 0, years, np.nan))


def _score(x: Given, annual: FloatColumn, fallback: FloatColumn, *, scope: str) -> FloatColumn:
    """By the regression for the kind of target; the default where there is no target, nothing where it or its regression is not known."""
    is_intensity = _list(x, f"{scope}target_type") == INTENSITY
    stated = ("reduction_pct", "annual_reduction_pct", *(() if scope else ("reduction", "annual_reduction")))
    without = _nothing_of(x, *(f"{scope}{name}" for name in stated))
    slope, intercept = (
        _first(_list(x, name), np.where(is_intensity, _number(x, f"{name}_intensity"), _number(x, f"{name}_absolute")))
        for name in ("slope", "intercept")
    )
    nobody = without & _nothing_of(x, "company", "investment", "s12", "s3", "target_type", "s3_target_type", *stated)
    return np.where(nobody, np.nan, np.where(without, fallback, slope * annual + intercept))


def _nothing_of(x: Given, *names: str) -> NDArray[np.bool_]:
    """Where none of these inputs is given."""
    return np.asarray(reduce(np.logical_and, [np.isnan(_list(x, name)) for name in names]), dtype=np.bool_)


def _number(x: Given, name: str) -> float:
    return float(x[name].magnitude) if name in x.columns else np.nan


def _capped(x: Given, score: FloatColumn, fallback: FloatColumn) -> FloatColumn:
    return np.minimum(score, fallback) if x.choices["cap"] == "fallback" else score


def _together(x: Given, own: FloatColumn, third: FloatColumn, *, emissions: FloatColumn, further: FloatColumn) -> FloatColumn:
    """All scopes by their emissions; scope 3 counts from its threshold on."""
    whole = emissions + further
    counts = further / whole >= x["s3_threshold"].magnitude
    return np.where(np.isnan(whole), np.nan, np.where(counts, (own * emissions + third * further) / whole, own))


def _mean(values: FloatColumn, weights: FloatColumn) -> FloatColumn:
    """By the weights; nothing where a place with a weight has no value."""
    lacking = (np.isnan(values) & (weights > 0)).any(axis=-1)
    summed = total(values * weights) / total(np.where(np.isnan(values), np.nan, weights))
    return np.where(lacking, np.nan, summed)
