"""Methods by id: a declaration with its formula, and how a formula is called over whole columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from greenfin.core.problems import Refused, error
from greenfin.core.units import FloatColumn, Quantity, magnitude, quantity
from greenfin.methods.declare import Declaration, Output, declarations
from greenfin.methods.given import Given, first
from greenfin.methods.numbers import count
from greenfin.methods.parts import of_first_year
from greenfin.methods.show import NO_ENTRIES, declaration_json
from greenfin.methods.texts import home

__all__ = ["METHODS", "Calculated", "Counted", "Given", "Method", "calculate", "counted", "first", "method", "method_json"]

Formula = Callable[[Given], Mapping[str, Quantity]]
AT_ONCE = 50_000  # rows
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
        """The registered formula, of the module that is named as the file of the declaration; raises KeyError where none is."""
        if self.declaration.id not in _FORMULAS:
            import_module(f"greenfin.methods.{home(self.declaration.id)}")
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


@dataclass(frozen=True, slots=True)
class Calculated:
    """Outputs in their small units and indicators in theirs, as columns; NaN where an input or factor is missing."""

    outputs: Mapping[str, FloatColumn]
    indicators: Mapping[str, FloatColumn]


@dataclass(frozen=True, slots=True)
class Counted:
    """Outputs as integers of their small units and which of them are any, those too large to be a result, and indicators."""

    amounts: Mapping[str, NDArray[np.int64]]
    among: Mapping[str, NDArray[np.bool_]]
    beyond: Mapping[str, Mapping[int, float]]  # by row
    indicators: Mapping[str, FloatColumn]


def calculate(
    declaration: Declaration,
    columns: Mapping[str, FloatColumn],
    *,
    stated: Mapping[str, FloatColumn],
    slots: Mapping[str, FloatColumn],
    choices: Mapping[str, str],
) -> Calculated:
    """Call the formula with whole columns (inputs and slots in their declared units), as many rows at once as a processor has at hand."""
    size = _size(columns, slots)
    outputs, indicators = ({spec.name: np.empty(size) for spec in of} for of in (declaration.outputs, declaration.indicators))
    for rows, part in _pieces(declaration, columns, stated=stated, slots=slots, choices=choices):
        for name, values in part.outputs.items():
            outputs[name][rows] = values
        for name, values in part.indicators.items():
            indicators[name][rows] = values
    return Calculated(outputs, indicators)


def counted(
    declaration: Declaration,
    columns: Mapping[str, FloatColumn],
    *,
    stated: Mapping[str, FloatColumn],
    slots: Mapping[str, FloatColumn],
    choices: Mapping[str, str],
) -> Counted:
    """The same with its outputs counted piece by piece, so that they are kept as integers alone."""
    size = _size(columns, slots)
    amounts = {o.name: np.zeros(size, dtype=np.int64) for o in declaration.outputs}
    among = {o.name: np.zeros(size, dtype=np.bool_) for o in declaration.outputs}
    beyond: dict[str, dict[int, float]] = {o.name: {} for o in declaration.outputs}
    indicators = {spec.name: np.empty(size) for spec in declaration.indicators}
    for rows, part in _pieces(declaration, columns, stated=stated, slots=slots, choices=choices):
        some = {name: values for name, values in part.outputs.items() if len(values) > 1 or not np.isnan(values[0])}
        for name, values in some.items():
            if not count(values, amounts[name][rows], among[name][rows]):
                beyond[name].update(_beyond(values, among[name][rows], rows.start))
        for name, values in part.indicators.items():
            indicators[name][rows] = values
    return Counted(amounts, among, beyond, indicators)


def _beyond(values: FloatColumn, among: NDArray[np.bool_], start: int) -> dict[int, float]:
    """By row the numbers that do not fit."""
    odd = np.flatnonzero(~among & ~np.isnan(values))
    spread = np.broadcast_to(values, among.shape)
    return {start + int(row): float(spread[row]) for row in odd}


def _size(columns: Mapping[str, FloatColumn], slots: Mapping[str, FloatColumn]) -> int:
    return max((len(values) for values in (*columns.values(), *slots.values())), default=0)


def _pieces(
    declaration: Declaration,
    columns: Mapping[str, FloatColumn],
    *,
    stated: Mapping[str, FloatColumn],
    slots: Mapping[str, FloatColumn],
    choices: Mapping[str, str],
) -> Iterator[tuple[slice, Calculated]]:
    """The rows of each piece with what the formula gives for them; a result that is one row long is that of all rows."""
    distinct = {id(values): values for of in (columns, stated, slots) for values in of.values()}
    for start in range(0, _size(columns, slots), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        held = {key: _short(values[rows] if len(values) > 1 else values) for key, values in distinct.items()}
        used, given, factors = ({name: held[id(values)] for name, values in of.items()} for of in (columns, stated, slots))
        yield rows, _calculate(declaration, used, stated=given, slots=factors, choices=choices)


def _short(values: FloatColumn) -> FloatColumn:
    """A column of one value where that is all it holds: what nobody gave, the factor of one place. Arithmetic spreads it again."""
    if len(values) == 1:
        return values
    first_value, last = values[0], values[-1]
    if first_value == last:
        return values[:1] if bool((values == first_value).all()) else values
    return values[:1] if np.isnan(first_value) and np.isnan(last) and bool(np.isnan(values).all()) else values


def _calculate(
    declaration: Declaration,
    columns: Mapping[str, FloatColumn],
    *,
    stated: Mapping[str, FloatColumn],
    slots: Mapping[str, FloatColumn],
    choices: Mapping[str, str],
) -> Calculated:
    units = {i.name: i.unit for i in declaration.inputs} | {s.slot: s.unit for s in declaration.slots}
    fixed = {p.name: quantity(float(p.value), p.unit) for p in declaration.parameters_for(choices)}
    seen = {name: quantity(values, units[name]) for name, values in (*columns.items(), *slots.items())}
    given = Given(fixed | seen, {name: quantity(values, units[name]) for name, values in stated.items()}, choices)
    results = METHODS[declaration.id].formula(given)
    outputs = of_first_year(given, declaration, {o.name: _of_output(results, o) for o in declaration.outputs})
    return Calculated(outputs, {i.name: magnitude(results[i.name], i.unit) for i in declaration.indicators})


def _of_output(results: Mapping[str, Quantity], output: Output) -> FloatColumn:
    """The column of a result in its small unit; of one of a list its place in what the formula gives."""
    whole = magnitude(results[output.series or output.name], output.small)
    if output.list:
        whole = whole[..., max(output.year - 1, 0)]
    return np.atleast_1d(np.ascontiguousarray(whole))


def method_json(of: Method | Declaration, entries: Mapping[str, Sequence[str]] = NO_ENTRIES) -> dict[str, object]:
    """What ``method show`` prints of a method: source, evidence, inputs with dimensions, factors, conventions, outputs.

    ``entries`` are the catalogue entries it is the method of, by edition.
    """
    return declaration_json(of.declaration if isinstance(of, Method) else of, entries)


class _Methods(Mapping[str, Method]):
    """All methods in the order of their files, each made when first asked for."""

    def __getitem__(self, id: str) -> Method:  # noqa: A002  # the word of the data
        return Method(declarations()[id])

    def __iter__(self) -> Iterator[str]:
        return iter(declarations())

    def __len__(self) -> int:
        return len(declarations())


METHODS: Mapping[str, Method] = _Methods()
