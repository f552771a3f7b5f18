"""Alignment with a scenario: intensity paths (SDA), shares of the market (PACTA), the alignment metric."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first
from greenfin.methods.lists import across, first_given, last_given, weighted
from greenfin.methods.registry import method


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
    return {"targets": targets, "adjusted_scenario": adjusted, "portfolio": portfolio}
