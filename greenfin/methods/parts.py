"""What several formulas share, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.core.units import FloatColumn, Quantity, magnitude, quantity
from greenfin.methods.declare import Declaration
from greenfin.methods.given import Given

FIRST_YEAR, PRO_RATA, MONTHS = "first_year", "pro_rata", "months_in_operation"


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
        last = np.where(np.isnan(given), last, year)
    return quantity(last, "1")


def of_first_year(x: Given, declaration: Declaration, outputs: Mapping[str, FloatColumn]) -> dict[str, FloatColumn]:
    """Results of the months in operation of the first year, where the convention ``first_year`` asks for that.

    A project without months counts as a full year (and is told); shares, hours and what is of the first year anyway stay.
    """
    if x.choices.get(FIRST_YEAR) != PRO_RATA:
        return dict(outputs)
    months = magnitude(x[MONTHS] / x["months_a_year"], "1")
    part = np.where(np.isnan(months), 1.0, months)
    yearly = {o.name for o in declaration.outputs if o.additive and not o.first_year}
    return {name: values * part if name in yearly else values for name, values in outputs.items()}
