"""Alignment with a scenario: intensity paths (SDA), shares of the market (PACTA), the alignment metric."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.units import FloatColumn, Quantity, magnitude, quantity
from greenfin.methods.given import Given, first
from greenfin.methods.lists import across, first_given, last_given, weighted
from greenfin.methods.registry import method
from greenfin.methods.rows import Same, by_code, same, total, within

BUILD_OUT, PHASE_OUT, BRIDGE = range(3)  # the places of the words of `direction` of PACTA-ALIGN


@method("SDA")
def intensity_path(x: Given) -> Mapping[str, Quantity]:
    """The path from the portfolio's intensity to the scenario's end, as the scenario (brought to the market's level) goes there."""
    scenario = x.list("scenario_ef")
    portfolio = first(x["i0"], weighted(x.list("intensity"), x.list("loan")))
    start = first_given(scenario)
    market = first(x["market_i0"], weighted(x.list("market_intensity"), x.list("market_production")), start)
    adjusted = scenario * across(market / start)
    end = across(last_given(adjusted))
    part = (adjusted - end) / (across(first_given(adjusted)) - end)
    share = x.list("m")
    targets = (across(portfolio) - end) * part * np.where(np.isnan(share), 1.0, share.magnitude) + end
    change = (start - last_given(scenario)) / start
    return {"targets": targets, "adjusted_scenario": adjusted, "portfolio": portfolio, "scenario_change": np.maximum(change, -change)}


@method("PACTA-TMS/SMS")
def market_share(x: Given) -> Mapping[str, Quantity]:
    """What each technology would produce on the scenario's path, and productions weighted by the loans."""
    production, own = plain(x, "production"), _same(x, "company", "sector", "year")
    target = _targets(x, production, own)
    weights, technology = _weights(x), plain(x, "technology")
    found = {
        "target": target,
        "target_share": target / within(target, own),
        "share": production / within(production, own),
        "weighted": total(production * weights),
        "unweighted": total(production),
        "weighted_target": total(target * weights),
        "unweighted_target": total(target),
        "weighted_by_technology": by_code(production * weights, technology),
        "unweighted_by_technology": by_code(production, technology),
        "weighted_target_by_technology": by_code(target * weights, technology),
        "unweighted_target_by_technology": by_code(target, technology),
    }
    return {name: quantity(values, "1") for name, values in found.items()}


def plain(x: Given, name: str) -> FloatColumn:
    """A list of pure numbers as rows x places."""
    return magnitude(x.list(name), "1")


def _same(x: Given, *names: str) -> Same:
    return same([plain(x, name) for name in names])


def _targets(x: Given, production: FloatColumn, own: Same) -> FloatColumn:
    """By the ratio of the technology where it decreases, by the percentage of the sector where it increases."""
    scenario, base, told, whole = (plain(x, name) for name in ("scenario", "scenario_base", "direction", "scenario_sector"))
    whole = np.where(np.isnan(whole), _technologies_once(x, base), whole)
    ratio, percentage = (plain(x, name) for name in ("tmsr", "smsp"))
    ratio, percentage = (
        np.where(np.isnan(ratio), scenario / base, ratio),
        np.where(np.isnan(percentage), (scenario - base) / whole, percentage),
    )
    decreases = np.where(np.isnan(percentage), True, np.where(np.isnan(ratio), False, ratio < 1))
    by_ratio = np.where(np.isnan(told), decreases, told == 0)
    grown = production + within(production, own) * percentage / _times(x)
    return np.where(by_ratio, production * ratio, np.where(grown < 0, 0.0, grown))


def _times(x: Given) -> FloatColumn:
    """In how many rows a company has its technology: what it grows by is shared among them; 1 where no technology is told."""
    known = np.where(np.isnan(plain(x, "technology") + plain(x, "production")), np.nan, 1.0)
    found = within(known, _same(x, "company", "sector", "technology", "year"))
    return np.where(np.isnan(found), 1.0, found)


def _technologies_once(x: Given, base: FloatColumn) -> FloatColumn:
    """The base of a sector's scenario: each of its technologies once, however many companies have it."""
    alike = within(np.where(np.isnan(base), np.nan, 1.0), _same(x, "sector", "technology", "year"))
    return within(base / alike, _same(x, "sector", "year"))


def _weights(x: Given) -> FloatColumn:
    """Each row's loan as a share of all loans of its sector, a loan (of a company) that stands in several rows counted once."""
    loan, ids = plain(x, "loan"), plain(x, "loan_id")
    ids = plain(x, "company") if np.isnan(ids).all() else ids
    rows = np.arange(ids.shape[-1], dtype=np.float64)
    one_each = np.where(np.isnan(ids), -1 - rows, ids)
    times = within(np.where(np.isnan(loan), np.nan, 1.0), same([one_each, plain(x, "sector")]))
    return loan / within(loan / times, _same(x, "sector"))


@method("PACTA-ALIGN")
def alignment(x: Given) -> Mapping[str, Quantity]:
    """How far each company is ahead (+) or behind (−) its scenario, and the portfolio by its loans."""
    told, scenario, net = plain(x, "direction"), plain(x, "s"), plain(x, "net")
    deviation = _deviation(plain(x, "p"), scenario, told)
    deviation = np.where(np.isnan(net), deviation, net)
    scenario = np.where(np.isnan(deviation), np.nan, scenario)
    own, company = _companies(x, net), plain(x, "company")
    metric = within(deviation, own) / _not_zero(within(scenario, own))
    once = 1 / within(np.where(np.isnan(metric), np.nan, 1.0), own)
    loans = plain(x, "loan") * once
    lent = total(np.where(np.isnan(metric), np.nan, loans))
    found = {
        "deviation": deviation,
        "metric": metric,
        "by_company": by_code(deviation, company) / _not_zero(by_code(scenario, company)),
        "net_deviation": total(deviation),
        "ratio": total(deviation) / _not_zero(total(scenario)),
        "bank": total(loans * metric) / lent,
        "aligned_share": _aligned(once, metric),
        "aligned_exposure": _aligned(loans, metric),
    }
    for name, which in (("build_out", BUILD_OUT), ("phase_out", PHASE_OUT)):
        part = np.where(told == which, deviation, np.nan)
        share = np.where(np.isnan(metric), np.nan, np.nan_to_num(within(part, own))) / _not_zero(within(scenario, own))
        found[name], found[f"{name}_ratio"] = total(part), total(part) / _not_zero(total(scenario))
        found[f"{name}_by_company"] = np.nan_to_num(by_code(part, company)) / _not_zero(by_code(scenario, company))
        found[f"bank_{name}"] = total(np.where(np.isnan(told), np.nan, loans * share)) / lent
    return {name: quantity(values, "1") for name, values in found.items()}


def _deviation(planned: FloatColumn, scenario: FloatColumn, told: FloatColumn) -> FloatColumn:
    """By direction; missing where there is neither a plan nor a scenario."""
    gap = planned - scenario
    signed = np.where(told == BUILD_OUT, gap, np.where(told == BRIDGE, -np.abs(gap), -gap))
    idle = (planned == 0) & (scenario == 0)
    return np.where(np.isnan(told) | idle, np.nan, signed)


def _companies(x: Given, net: FloatColumn) -> Same:
    """Rows of one company (sector, year); a net deviation without a company is that of a company of its own."""
    company = plain(x, "company")
    rows = np.arange(company.shape[-1], dtype=np.float64)
    apart = np.isnan(company) & ~np.isnan(net)
    return same([np.where(apart, -1 - rows, company), plain(x, "sector"), plain(x, "year")])


def _not_zero(values: FloatColumn) -> FloatColumn:
    return np.where(values == 0, np.nan, values)


def _aligned(amounts: FloatColumn, metric: FloatColumn) -> FloatColumn:
    """The share of amounts at a metric of at least zero."""
    known = np.where(np.isnan(metric), np.nan, amounts)
    return total(np.where(metric >= 0, known, 0 * known)) / total(known)
