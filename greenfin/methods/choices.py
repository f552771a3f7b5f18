"""The conventions of a call: what was asked for over the declared defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isclose, log10

from greenfin.core.problems import Refused, error
from greenfin.core.units import UnknownUnit, WrongDimension, ratio
from greenfin.methods.declare import Declaration, applies


def choices_of(declaration: Declaration, asked: Mapping[str, str]) -> dict[str, str]:
    """One choice per convention of the method. Raises Refused for a choice the convention does not have.

    Names that another method declares are passed over, so that one book can be measured with the conventions of several. A convention
    that is there only under another's choice, or only where asked for, is otherwise left out.
    """
    found: dict[str, str] = {}
    for convention in declaration.conventions:
        wanted = asked.get(convention.name, convention.default)
        known = [choice.name for choice in convention.choices]
        if wanted not in known:
            raise Refused(error("measure.choice_unknown", declaration.id, convention=convention.name, found=wanted, known=", ".join(known)))
        if applies(convention.when, found) and (not convention.only_asked or convention.name in asked):
            found[convention.name] = wanted
    return found


def told_by_units(declaration: Declaration, given: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The choices that the units of a project's inputs tell (``given``: input -> unit), each with the input that tells it."""
    return {
        convention.name: (choice.name, name)
        for convention in declaration.conventions
        for choice in convention.choices
        for name, unit in choice.units.items()
        if name in given and _is_power_of_ten(given[name], unit)
    }


def told_by_inputs(declaration: Declaration, given: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The choices that the inputs there are tell (a reservoir is hydropower), each with the input that tells it."""
    names = [*given]
    return {
        convention.name: (choice.name, name)
        for convention in declaration.conventions
        for choice in convention.choices
        for name in choice.inputs
        if name in names
    }


def _is_power_of_ten(unit: str, of: str) -> bool:
    try:
        power = log10(ratio(unit, of))
    except (UnknownUnit, WrongDimension):
        return False
    return isclose(power, round(power), abs_tol=1e-9)


def known_conventions(declarations: Iterable[Declaration], asked: Mapping[str, str]) -> None:
    """Nothing, where each asked name is a convention of some method; raises Refused otherwise."""
    known = sorted({c.name for d in declarations for c in d.conventions})
    for name in asked:
        if name not in known:
            raise Refused(error("measure.convention_unknown", name, found=name, known=", ".join(known)))
