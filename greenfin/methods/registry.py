"""Methods by id: a declaration with its formula, and how a formula is called over whole columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib import import_module

import numpy as np

from greenfin.core.problems import Refused, error
from greenfin.core.units import FloatColumn, Quantity, magnitude, quantity
from greenfin.methods.declare import Declaration, declarations, stems
from greenfin.methods.show import NO_ENTRIES, declaration_json


@dataclass(frozen=True, slots=True)
class Given:
    """What a formula sees: quantities over columns by name (inputs, slots, parameters) and the choices.

    An input that was not given is a column of NaN. ``stated`` also holds what another way of the method did not need.
    """

    columns: Mapping[str, Quantity]
    stated: Mapping[str, Quantity]
    choices: Mapping[str, str]

    def __getitem__(self, name: str) -> Quantity:
        return self.columns[name]

    def series(self, name: str) -> tuple[tuple[int, Quantity], ...]:
        """The years of a yearly series with their columns, oldest first (1 is the first year); NaN where a year is not given."""
        years = (int(key.rpartition("_")[2]) for key in self.columns if key.rpartition("_")[0] == name and key.rpartition("_")[2].isdigit())
        return tuple((year, self.columns[f"{name}_{year}"]) for year in sorted(years))


Formula = Callable[[Given], Mapping[str, Quantity]]
_FORMULAS: dict[str, Formula] = {}


@dataclass(frozen=True, slots=True)
class Method:
    """A method: its declaration, and its formula once registered. Used as a decorator it registers the formula."""

    declaration: Declaration

    def __call__(self, formula: Formula) -> Formula:
        _FORMULAS[self.declaration.id] = formula
        return formula

    @property
    def formula(self) -> Formula:
        """The registered formula; raises KeyError where none is."""
        return _FORMULAS[self.declaration.id]


def method(name: str) -> Method:
    """The method of that id, in any case; raises Refused for an unknown one.

    >>> method("m-000").declaration.id
    'M-000'
    """
    found = METHODS.get(name.strip().upper())
    if found is None:
        raise Refused(error("measure.method_unknown", name, found=name, known=", ".join(METHODS)))
    return found


def first(*candidates: Quantity) -> Quantity:
    """Per row the first candidate that is not missing.

    >>> first(quantity(np.array([np.nan, 1.0]), "MWh"), quantity(np.array([2000.0, 5.0]), "kWh")).to("MWh").magnitude.tolist()
    [2.0, 1.0]
    """
    return reduce(lambda found, other: np.where(np.isnan(found), other, found), candidates)


@dataclass(frozen=True, slots=True)
class Calculated:
    """Outputs in their small units and indicators in theirs, as columns; NaN where an input or factor is missing."""

    outputs: Mapping[str, FloatColumn]
    indicators: Mapping[str, FloatColumn]


def calculate(
    declaration: Declaration,
    columns: Mapping[str, FloatColumn],
    *,
    stated: Mapping[str, FloatColumn],
    slots: Mapping[str, FloatColumn],
    choices: Mapping[str, str],
) -> Calculated:
    """Call the formula once with whole columns (inputs and slots in their declared units)."""
    units = {i.name: i.unit for i in declaration.inputs} | {s.slot: s.unit for s in declaration.slots}
    fixed = {p.name: quantity(float(p.value), p.unit) for p in declaration.parameters_for(choices)}
    seen = {name: quantity(values, units[name]) for name, values in (*columns.items(), *slots.items())}
    given = Given(fixed | seen, {name: quantity(values, units[name]) for name, values in stated.items()}, choices)
    results = METHODS[declaration.id].formula(given)
    outputs = {o.name: magnitude(results[o.name], o.small) for o in declaration.outputs}
    return Calculated(outputs, {i.name: magnitude(results[i.name], i.unit) for i in declaration.indicators})


def method_json(of: Method | Declaration, entries: Mapping[str, Sequence[str]] = NO_ENTRIES) -> dict[str, object]:
    """What ``method show`` prints of a method: source, evidence, inputs with dimensions, factors, conventions, outputs.

    ``entries`` are the catalogue entries it is the method of, by edition.
    """
    return declaration_json(of.declaration if isinstance(of, Method) else of, entries)


METHODS: Mapping[str, Method] = {key: Method(found) for key, found in declarations().items()}

for _stem in stems():  # the formulas register themselves with the methods above
    import_module(f"greenfin.methods.{_stem}")
