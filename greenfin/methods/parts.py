"""What several formulas share, over whole columns."""

from __future__ import annotations

import numpy as np

from greenfin.core.units import FloatColumn, Quantity, quantity
from greenfin.methods.given import Given


def grid_co2(x: Given) -> Quantity:
    """CO2 per electricity under the convention ``co2``: an average, or the margins of the grid by their weights (CDM Tool07).

    The method takes over ``electricity_co2`` or ``electricity_co2_or_tce`` of ``shared.yaml``.
    """
    if x.choices["co2"] == "combined_margin":
        return x["om_weight"] * x["om_rate"] + x["bm_weight"] * x["bm_rate"]
    return x["co2_rate"]


def years_given(x: Given, series: str) -> Quantity:
    """Per project the last year (1 is the first) that a yearly series is given for; a pure number, NaN where none is."""
    last: FloatColumn | float = np.nan
    for year, given in x.series(series):
        last = np.where(np.isnan(given.magnitude), last, year)
    return quantity(last, "1")
