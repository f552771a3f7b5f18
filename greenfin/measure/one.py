"""One project's benefit from values given by hand: the same formula, with the user's own factors where told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.units import FloatColumn, UnknownUnit, WrongDimension, exact_ratio, ratio
from greenfin.measure.calculate import Measured, run
from greenfin.measure.case import NO_CONVENTIONS, Case, Projects, Stated, nothing
from greenfin.measure.chosen import chosen, untold
from greenfin.measure.currency import in_its_currency
from greenfin.measure.entry import entry_of, technology_apart, told_of
from greenfin.measure.guard import guard
from greenfin.measure.lists import Item, taken
from greenfin.measure.typed import MONEY, by_gas, by_name, factor_numbers, in_full, is_number, known_place, numbers
from greenfin.methods.choices import known_conventions
from greenfin.methods.declare import Declaration
from greenfin.methods.finding import known_set
from greenfin.methods.readings import notices, parameters, plain, refused, scale_of
from greenfin.methods.registry import method
from greenfin.methods.worded import said_of

if TYPE_CHECKING:
    from greenfin.measure.ranges import Range
    from greenfin.measure.solve import Solved
    from greenfin.measure.uncertain import Uncertain
    from greenfin.reference.load import Reference

Quantities = Mapping[str, tuple[Decimal, str]]
NOTHING: Quantities = {}
NO_RANGES: Mapping[str, Range] = {}


@dataclass(frozen=True, slots=True)
class Share:
    """The bank's share of the project: balance over total investment in CNY, at most 1."""

    numerator: Fraction
    denominator: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True)
class Single:
    """The outcome for one project: the measured case of one row, the bank's share where asked for, all problems."""

    declaration: Declaration
    done: Measured
    given: Mapping[str, tuple[Decimal, str]]
    share: Share | None
    problems: tuple[Problem, ...]
    uncertain: Uncertain | None = None
    solved: Solved | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def amounts(self) -> dict[str, int]:
        """The outputs there are, in their small units."""
        return {o.name: int(self.done.amounts[o.name][0]) for o in self.declaration.outputs if self.done.has[o.name][0]}


def measure_one(
    method_id: str,
    given: Mapping[str, Item],
    reference: Reference,
    *,
    on: date,
    region: str | None = None,
    conventions: Mapping[str, str] = NO_CONVENTIONS,
    own_factors: Mapping[str, tuple[Decimal, str]] = NOTHING,
    factor_set: str | None = None,
    ranges: Mapping[str, Range] = NO_RANGES,
    entry: str = "",
) -> Single:
    """One project measured from ``given``: input -> value and unit, or the text that says them; a list where the method takes one.

    ``own_factors`` (factor id or slot -> value and unit) replace what would be found and are marked ``user``; a bare number is read in
    the unit the factor is published in, with a notice. ``balance`` and ``total_invest`` add the bank's share (CBRC-ATTR).
    ``ranges`` (input, factor id or slot -> what it may be) give each result its interval and what drives it. ``entry`` is the project's
    entry of a catalogue, its name or its technology (:func:`entry_of`): it decides what an entry decides in a book.
    Wrong units, missing or impossible inputs are problems and leave the figure out. Raises Refused for an unknown method, convention,
    choice, factor set, region or entry.
    """
    given, entry = technology_apart(method(method_id).declaration, given, entry)
    read = taken(method(method_id).declaration, given)
    declaration = read.declaration
    known_set(reference, factor_set)
    known_conventions([declaration], conventions)
    at, place = entry_of(entry, reference, on=on), known_place(reference, region)
    inputs, own_factors, ranges, problems = _named(declaration, read.given, own_factors, ranges)
    declaration = in_its_currency(declaration, inputs)
    choice = chosen(declaration, conventions, inputs, at)
    inputs, own_factors, odd = _numbers(declaration, choice.choices, inputs, own_factors, ranges)
    problems += [*told_of(at, declaration.id, reference, on=on), *choice.problems, *odd]
    stated, broken = _stated(declaration, inputs, choice.choices, problems)
    own = _own(declaration, choice.choices, own_factors, reference, problems)
    projects = Projects((declaration.id,), (declaration.id,), (place,), (at,), np.zeros(1, np.bool_))
    done = run(Case(declaration, choice.choices, projects, stated, np.asarray([broken]), on, factor_set, own), reference)
    share = _share(inputs, problems) if _shares(declaration) else None
    uncertain, beyond = _uncertainty(done, ranges)
    problems += [*done.problems, *untold(done, choice.told), *guard(done, _invested(inputs)), *beyond]
    return Single(declaration, done, dict(inputs), share, tuple(said_of(declaration, problems)), uncertain, labels=read.labels)


def _named(
    declaration: Declaration, given: Quantities, own: Quantities, ranges: Mapping[str, Range]
) -> tuple[Quantities, Quantities, Mapping[str, Range], list[Problem]]:
    """What is told of a project by the method's own names, and what is said of other names and of the size of an amount of money."""
    inputs, called = by_name(declaration, given)
    own, more = by_name(declaration, own)
    ranges, others = by_name(declaration, ranges)
    ranges = _of_lists_of_one(declaration, ranges)
    inputs, sized = in_full(declaration, inputs)
    inputs, moved = by_gas(declaration, inputs)
    return inputs, own, ranges, [*called, *more, *(each for each in others if each not in called), *sized, *moved]


def _numbers(
    declaration: Declaration, choices: Mapping[str, str], given: Quantities, own: Quantities, ranges: Mapping[str, Range]
) -> tuple[Quantities, Quantities, list[Problem]]:
    """The inputs and the user's own factors that are numbers, with the middle of an input that has a range alone."""
    given, own = _factors_apart(declaration, choices, given, own)
    given, odd = numbers(given)
    own, odd_factors = factor_numbers(own)
    middles, told = _middles(declaration, given, ranges)
    given = {**given, **middles}
    return given, own, [*odd, *odd_factors, *told, *_strangers(declaration, given)]


def _middles(
    declaration: Declaration, given: Mapping[str, tuple[Decimal, str]], ranges: Mapping[str, Range]
) -> tuple[Mapping[str, tuple[Decimal, str]], list[Problem]]:
    if not ranges:
        return {}, []
    from greenfin.measure.ranges import middles

    return middles(given, ranges, tuple(i.name for i in declaration.inputs))


def _of_lists_of_one(declaration: Declaration, ranges: Mapping[str, Range]) -> dict[str, Range]:
    """Ranges by name; that of a list which has one place alone is its place's."""
    names = [i.series for i in declaration.inputs if i.list and i.series]
    return {f"{name}_1" if names.count(name) == 1 else name: found for name, found in ranges.items()}


def _uncertainty(done: Measured, ranges: Mapping[str, Range]) -> tuple[Uncertain | None, list[Problem]]:
    if not ranges:
        return None, []
    from greenfin.measure.uncertain import uncertainty

    return uncertainty(done, ranges)


def _invested(given: Mapping[str, tuple[Decimal, str]]) -> FloatColumn:
    """The project's total investment in CNY; NaN where it was not given as money."""
    value, unit = given.get("total_invest", (Decimal("NaN"), "CNY"))
    try:
        return np.asarray([float(value) * ratio(plain(unit), "CNY")])
    except (WrongDimension, UnknownUnit):  # told with the share
        return np.asarray([np.nan])


def _factors_apart(
    declaration: Declaration,
    choices: Mapping[str, str],
    given: Mapping[str, tuple[Decimal, str]],
    own: Mapping[str, tuple[Decimal, str]],
) -> tuple[Mapping[str, tuple[Decimal, str]], Mapping[str, tuple[Decimal, str]]]:
    """The inputs, and the user's own factors with those that stand among the inputs by the name of a factor or its slot."""
    slots = {name for slot in declaration.slots_for(choices) for name in (slot.id, slot.slot)} - {i.name for i in declaration.inputs}
    return {k: v for k, v in given.items() if k not in slots}, {k: v for k, v in given.items() if k in slots} | dict(own)


def _shares(declaration: Declaration) -> bool:
    """Whether balance and total investment are asked for beside the method: not where the method itself takes the investment alone."""
    takes = {i.name for i in declaration.inputs}
    return "total_invest" not in takes or any({*MONEY} <= {*way.needs} for way in declaration.ways)


def _strangers(declaration: Declaration, given: Mapping[str, tuple[Decimal, str]]) -> list[Problem]:
    known = [i.name for i in declaration.inputs]
    return [
        error("measure.input_unknown", name, input=name, method=declaration.id, known=", ".join(known))
        for name in given
        if name not in known and name not in MONEY
    ]


def _stated(
    declaration: Declaration, given: Mapping[str, tuple[Decimal, str]], choices: Mapping[str, str], problems: list[Problem]
) -> tuple[dict[str, Stated], bool]:
    fixed = parameters(declaration, choices)
    found: dict[str, Stated] = {}
    broken = False
    yes = np.ones(1, dtype=np.bool_)
    for spec in declaration.inputs:
        found[spec.name] = nothing(1)
        if spec.name not in given:
            continue
        value, unit = given[spec.name]
        try:
            number = float(value) * scale_of(spec, unit, fixed)
        except (WrongDimension, UnknownUnit):
            broken = True
            problems.append(refused(spec, unit, spec.name))
            continue
        problems.extend(notices(declaration.id, spec, unit, fixed))
        found[spec.name] = Stated(np.asarray([number]), np.asarray([-1]), yes, yes)
    return found, broken


def _own(
    declaration: Declaration,
    choices: Mapping[str, str],
    given: Mapping[str, tuple[Decimal, str]],
    reference: Reference,
    problems: list[Problem],
) -> dict[str, tuple[float, str]]:
    slots = {key: slot for slot in declaration.slots_for(choices) for key in (slot.id, slot.slot)}
    found: dict[str, tuple[float, str]] = {}
    for name, (value, unit) in given.items():
        slot = slots.get(name)
        if slot is None:
            known = ", ".join(dict.fromkeys(s.id for s in declaration.slots_for(choices)))
            problems.append(error("measure.factor_not_used", name, factor=name, method=declaration.id, known=known))
        elif plain(unit) == "1" and slot.unit != "1":
            published = reference.factors.quantities[slot.id].unit if slot.id in reference.factors.quantities else slot.unit
            if is_number(value):
                problems.append(info("measure.factor_bare", name, factor=name, value=str(value), unit=published))
            found[name] = (float(value), published)
        else:
            found[name] = (float(value), unit)
    return found


def _share(given: Mapping[str, tuple[Decimal, str]], problems: list[Problem]) -> Share | None:
    asked = [name for name in MONEY if name in given]
    if not asked:
        return None
    yuan: dict[str, Fraction] = {}
    for name in asked:
        value, unit = given[name]
        try:
            yuan[name] = Fraction(value) * exact_ratio(plain(unit), "CNY")
        except (WrongDimension, UnknownUnit):
            what: dict[str, str] = {"input": name, "wanted": "CNY"}
            missing = plain(unit) == "1"
            problems.append(
                error("measure.unit_missing", name, **what) if missing else error("measure.unit_wrong", name, unit=unit, **what)
            )
    balance, total = yuan.get("balance"), yuan.get("total_invest")
    if balance is None or total is None or total <= 0 or balance < 0:
        problems.append(error("measure.share_missing", "total_invest", balance=str(balance or "-"), total=str(total or "-")))
        return None
    if balance > total:
        problems.append(warning("measure.share_capped", "balance", balance=f"{float(balance):,.2f}", total=f"{float(total):,.2f}"))
    return Share(balance, total, min(Fraction(1), balance / total))
