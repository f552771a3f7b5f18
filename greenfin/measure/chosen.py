"""The conventions of one project: what was asked for, what its entry, inputs and units tell, and what nobody told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from greenfin.core.problems import Problem, info, warning
from greenfin.measure.by_entry import told_by_entry
from greenfin.measure.calculate import Measured
from greenfin.measure.slots import needed
from greenfin.methods.choices import choices_of, told_by_inputs, told_by_units
from greenfin.methods.declare import Convention, Declaration, Parameter, Slot
from greenfin.methods.readings import plain, shown

_GIVEN = Mapping[str, tuple[Decimal, str]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One choice per convention; ``told`` are the conventions that somebody or something of the project decided."""

    choices: Mapping[str, str]
    told: frozenset[str]
    problems: tuple[Problem, ...]


def chosen(declaration: Declaration, asked: Mapping[str, str], given: _GIVEN, entry: tuple[str, str]) -> Chosen:
    """What was asked for, else what the units of the inputs tell, what inputs there are, and what the entry is; each is told."""
    units = told_by_units(declaration, {name: plain(unit) for name, (_, unit) in given.items()})
    inputs = told_by_inputs(declaration, given)
    by_unit = {name: found for name, found in units.items() if name not in asked}
    by_input = {name: found for name, found in inputs.items() if name not in {**asked, **by_unit}}
    found = {**told_by_entry(declaration, *entry), **{name: choice for name, (choice, _) in {**by_input, **by_unit}.items()}, **asked}
    problems = [
        *(_by_unit(declaration, name, choice, at, given[at][1]) for name, (choice, at) in by_unit.items()),
        *(info("measure.choice_by_input", declaration.id, input=at, choice=f"{name}={choice}") for name, (choice, at) in by_input.items()),
    ]
    return Chosen(choices_of(declaration, found), frozenset(found), tuple(problems))


def _by_unit(declaration: Declaration, name: str, choice: str, at: str, unit: str) -> Problem:
    return info("measure.choice_by_unit", declaration.id, input=at, unit=shown(unit), choice=f"{name}={choice}")


def counting(done: Measured) -> tuple[str, ...]:
    """The choices that a result follows: not those whose factors and numbers all go with inputs that are not there (a wind farm's fuel)."""
    case = done.case
    held: list[Slot | Parameter] = [*case.declaration.slots_for(case.choices), *case.declaration.parameters_for(case.choices)]
    every: list[Slot | Parameter] = [*case.declaration.slots, *case.declaration.parameters]
    asked = {name for each in every for name in each.when}
    counted = {name for each in held if needed(case, each)[0] for name in each.when}
    return tuple(name for name in case.choices if name in counted or name not in asked)


def untold(done: Measured, told: frozenset[str]) -> list[Problem]:
    """A warning for each fact of the project (its technology, the fuel that was replaced) that a factor was taken by and nobody told."""
    declaration, choices = done.case.declaration, done.case.choices
    if not any(has[0] for has in done.has.values()):
        return []
    asked_by = {name for filled in done.filled.values() if filled.needed[0] and filled.found(0) for name in filled.slot.when}
    return [
        _taken(c, choices[c.name], declaration.id)
        for c in declaration.conventions
        if c.fact and c.choices[1:] and c.name in choices and c.name in asked_by and c.name not in told
    ]


def _taken(convention: Convention, choice: str, method: str) -> Problem:
    others = ", ".join(f"{convention.name}={other.name}" for other in convention.choices if other.name != choice)
    if any(each.entries for each in convention.choices):
        return warning("measure.technology_taken", method, choice=f"{convention.name}={choice}", choices=others)
    return warning("measure.fact_taken", method, choice=f"{convention.name}={choice}", choices=others)
