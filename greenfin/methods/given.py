"""What a formula sees, and how it takes the first of several columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from greenfin.core.quantities import Amounts, first_of
from greenfin.core.units import Quantity
from greenfin.methods.lists import side_by_side


@dataclass(frozen=True, slots=True)
class Given:
    """What a formula sees: quantities over columns by name (inputs, slots, parameters) and the choices.

    An input that was not given is a column of NaN. A column that holds one value alone may be one row long: arithmetic spreads it over
    the others (what is not plain arithmetic must do so too). ``stated`` also holds what another way of the method did not need.
    """

    columns: Mapping[str, Quantity]
    stated: Mapping[str, Quantity]
    choices: Mapping[str, str]
    whole: Mapping[str, Quantity] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Quantity:
        return self.columns[name]

    def series(self, name: str) -> tuple[tuple[int, Quantity], ...]:
        """The years of a yearly series with their columns, oldest first (1 is the first year); NaN where a year is not given."""
        years = (int(key.rpartition("_")[2]) for key in self.columns if key.rpartition("_")[0] == name and key.rpartition("_")[2].isdigit())
        return tuple((year, self.columns[f"{name}_{year}"]) for year in sorted(years))

    def list(self, name: str) -> Quantity:
        """A list as one quantity of rows x places; NaN where a place is not given, one place where nothing is."""
        if name in self.whole:
            return self.whole[name]
        return side_by_side([column for _, column in self.series(name)] or [self.columns[name]])


def first(*candidates: Quantity) -> Quantity:
    """Per row the first candidate that is not missing.

    >>> from greenfin.core.units import magnitude, quantity
    >>> magnitude(first(quantity(np.array([np.nan, 1.0]), "MWh"), quantity(np.array([2000.0, 5.0]), "kWh")), "MWh").tolist()
    [2.0, 1.0]
    """
    return reduce(_first, candidates)


def _first(found: Quantity, other: Quantity) -> Quantity:
    if isinstance(found, Amounts) and isinstance(other, Amounts):
        return first_of(found, other)
    missing = np.isnan(found)
    if missing.all():
        return other
    return np.where(missing, other, found) if missing.any() else found
