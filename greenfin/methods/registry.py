"""Methods by id: a declaration with its formula, and how a formula is called over whole columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from greenfin.core.problems import Refused, error
from greenfin.core.units import FloatColumn, Quantity, magnitude, quantity
from greenfin.methods.declare import Declaration, declarations, home
from greenfin.methods.given import Given, first
from greenfin.methods.parts import of_first_year
from greenfin.methods.show import NO_ENTRIES, declaration_json

__all__ = ["METHODS", "Calculated", "Given", "Method", "calculate", "first", "method", "method_json"]

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
    outputs = of_first_year(given, declaration, {o.name: magnitude(results[o.name], o.small) for o in declaration.outputs})
    return Calculated(outputs, {i.name: magnitude(results[i.name], i.unit) for i in declaration.indicators})


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
