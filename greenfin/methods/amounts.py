"""Sums over what is given, and electricity as standard coal and CO2: what several formulas share."""

from __future__ import annotations

from functools import reduce

import numpy as np

from greenfin.core.units import Quantity
from greenfin.methods.given import Given, first
from greenfin.methods.parts import grid_co2


def total(*parts: Quantity) -> Quantity:
    """Per row the sum of the parts that are given; missing where none is.

    >>> from greenfin.core.units import magnitude, quantity
    >>> magnitude(total(quantity(np.array([1.0, np.nan]), "t"), quantity(np.array([500.0, 500.0]), "kg")), "t").tolist()
    [1.5, 0.5]
    """
    return reduce(lambda found, other: first(found + other, found, other), parts)


def less(whole: Quantity, part: Quantity) -> Quantity:
    """The whole less a part where the part is given.

    >>> from greenfin.core.units import quantity
    >>> less(quantity(np.array([5.0, 5.0]), "t"), quantity(np.array([2.0, np.nan]), "t")).magnitude.tolist()
    [3.0, 5.0]
    """
    return whole if bool(np.isnan(part).all()) else first(whole - part, whole)


def supplied(x: Given) -> Quantity:
    """Electricity supplied: metered, else the generation less own use."""
    return first(x["supply"], x["generation"] * (1 - x["own_use"]))


def saved_tce(x: Given, electricity: Quantity) -> Quantity:
    """Standard coal of electricity under the convention ``tce``."""
    return electricity * x["tce_rate"]


def saved_co2(x: Given, electricity: Quantity) -> Quantity:
    """CO2 of electricity under the convention ``co2``."""
    return electricity * grid_co2(x)
