"""What the calculator shows of one project: the same measurement as ``greenfin measure``, laid out for a screen. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from greenfin import measure as measuring
from greenfin.core.problems import Problem, Refused, Severity, error
from greenfin.core.units import UnknownUnit, parse_quantity
from greenfin.measure.lists import taken
from greenfin.measure.ranges import Range, parse_range
from greenfin.messages import Lang
from greenfin.methods.declare import Declaration
from greenfin.methods.registry import method as method_of
from greenfin.methods.worded import said_of
from greenfin.ui.views.calculator_form import MONEY, is_range
from greenfin.ui.views.calculator_told import Told, told
from greenfin.ui.views.said import of_one

if TYPE_CHECKING:
    from greenfin.measure import Single
    from greenfin.measure.compare import Compared
    from greenfin.reference.load import Reference

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the form: texts with units by input (``balance`` and ``total_invest`` among them), place, day and choices.

    ``sensitivity`` (``±10%``) is put on every number that is given or found, to see what the result hangs on.
    """

    method: str
    given: Mapping[str, str]
    on: date
    region: str = ""
    entry: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, str] = field(default_factory=dict)
    sensitivity: str = ""
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown: ``beside`` are the words beside a field, by its name; ``problems`` (severity, words) those about the whole.

    ``told`` and ``shown`` (the JSON of ``measure``) are None where nothing could be measured.
    """

    told: Told | None
    shown: Mapping[str, Any] | None
    beside: Mapping[str, tuple[str, ...]]
    problems: tuple[tuple[str, str], ...]


def answer(asked: Asked, reference: Reference, lang: Lang) -> Answer:
    """The measurement of what was asked. What cannot be read stands beside its field and is left out; never raises Refused."""
    declaration = method_of(asked.method).declaration
    read = _read(declaration, asked)
    measured = partial(_measured, asked, read, reference)
    try:
        single = measured(read.ranges)
    except Refused as refused:
        return _answered(declaration, (*read.problems, refused.problem), lang)
    claims, about = measuring.compare_claim(single, asked.claim, reference) if asked.claim.strip() else ((), ())
    driven = single if read.ranges else _driven(single, asked.sensitivity, measured)
    problems = (*read.problems, *said_of(single.declaration, (*single.problems, *about)))
    shown = _shown(single, claims, problems, reference=reference, lang=lang)
    bars = measuring.single_json(driven, lang)["tornado"] if driven else {}
    return replace(_answered(declaration, problems, lang), told=told(single, shown, bars, reference=reference, lang=lang), shown=shown)


def _answered(declaration: Declaration, problems: Iterable[Problem], lang: Lang) -> Answer:
    """The problems in words, each beside its field where it is about one alone."""
    fields = {i.name for i in declaration.inputs} | {i.series for i in declaration.inputs if i.series} | {*MONEY}
    beside: dict[str, tuple[str, ...]] = {}
    others: list[tuple[str, str]] = []
    for problem in problems:
        words, place = of_one(problem, lang), _place(problem, fields)
        if place and problem.severity is not Severity.INFO:
            beside[place] = tuple(dict.fromkeys((*beside.get(place, ()), words)))
        else:
            others.append((problem.severity.value, words))
    order = [severity.value for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)]
    return Answer(None, None, beside, tuple(sorted(dict.fromkeys(others), key=lambda one: order.index(one[0]))))


def _place(problem: Problem, fields: Iterable[str]) -> str:
    """The field that a problem is about; empty for one of the whole or of something left empty on purpose."""
    named = str(problem.params.get("input", ""))
    return next((name for name in (problem.where, named) if name in fields), "")


@dataclass(frozen=True, slots=True)
class _Read:
    """What could be read of the form."""

    given: Mapping[str, str]
    ranges: Mapping[str, Range]
    factors: Mapping[str, tuple[Decimal, str]]
    problems: tuple[Problem, ...]


def _read(declaration: Declaration, asked: Asked) -> _Read:
    given: dict[str, str] = {}
    ranges: dict[str, Range] = {}
    factors: dict[str, tuple[Decimal, str]] = {}
    problems: list[Problem] = []
    for name, text in asked.given.items():
        try:
            if not is_range(text):
                taken(declaration, {name: text})
                given[name] = text
            else:
                ranges[name] = parse_range(text)
        except (Refused, ValueError) as bad:
            problems.append(_unread(declaration, name, text, bad))
    for slot, text in asked.factors.items():
        try:
            factors[slot] = parse_quantity(text)
        except ValueError as bad:
            problems.append(_unread(declaration, slot, text, bad))
    return _Read(given, ranges, factors, tuple(said_of(declaration, problems)))


def _unread(declaration: Declaration, name: str, text: str, bad: Exception) -> Problem:
    """Why a text cannot be used, as a problem beside its field."""
    if isinstance(bad, Refused):
        return replace(bad.problem, where=name)
    if isinstance(bad, UnknownUnit):
        return error("cli.unknown_unit", name, found=bad.text)
    return error("measure.not_a_number", name, input=name, found=text[:_SHOWN], method=declaration.id)


_SHOWN = 60


def _measured(asked: Asked, read: _Read, reference: Reference, ranges: Mapping[str, Range]) -> Single:
    return measuring.measure_one(
        asked.method,
        read.given,
        reference=reference,
        on=asked.on,
        region=asked.region or None,
        conventions=asked.conventions,
        own_factors=read.factors,
        ranges=ranges,
        entry=asked.entry,
    )


def _driven(single: Single, share: str, measured: Any) -> Single | None:
    """The same with the share put on every number that counts; None where nothing is asked or nothing came out."""
    if not share or not single.amounts:
        return None
    names = [*_given(single), *(filled.slot.slot for filled in single.done.filled.values() if filled.needed[0])]
    try:
        found: Single = measured({name: parse_range(share) for name in names})
    except Refused:  # a method of lists or words alone
        return None
    return found


def _given(single: Single) -> Sequence[str]:
    """The inputs that count with a number."""
    return [i.name for i in single.declaration.inputs if i.name in single.given and not (i.list or i.words or i.free)]


def _shown(
    single: Single, claims: Iterable[Compared], problems: Sequence[Problem], *, reference: Reference, lang: Lang
) -> Mapping[str, Any]:
    """The JSON of ``measure``."""
    said = [{"code": p.code, "severity": p.severity.value, "where": p.where, "message": of_one(p, lang)} for p in problems]
    made = measuring.single_json(single, lang, reference)
    return {**made, "problems": said, "claims": [measuring.claim_json(each) for each in claims]}
