"""A claim in words against one project's result: what was stated and what the inputs give, and the claim's own ratios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.units import UnknownUnit, WrongDimension, ratio
from greenfin.measure.claims import Claim, base_unit, claims_of
from greenfin.measure.differ import EVERY, difference, elsewhere, within_tolerance
from greenfin.measure.guard import figures, told_of
from greenfin.measure.one import Single
from greenfin.measure.own_claims import own_claims
from greenfin.methods.bands import Columns, odd
from greenfin.methods.numbers import digits
from greenfin.methods.readings import shown

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

HEAT = "energy"  # an input of that name is heat or any energy, a claim of it electricity


@dataclass(frozen=True, slots=True)
class Compared:
    """A claim beside the result: both in ``unit``; ``fits`` says whether the result lies within the printed digits."""

    claim: Claim
    unit: str
    stated: float
    low: float
    high: float
    computed: float | None
    fits: bool | None


def compare_claim(single: Single, text: str, reference: Reference | None = None) -> tuple[tuple[Compared, ...], tuple[Problem, ...]]:
    """Every claim of a text beside what the inputs give, with the problems: differences, unlikely ratios, other claims.

    A result within the printed digits agrees; beyond them it is told, as a warning where it differs by more than the tolerance of the
    band ``claim_over_result``; with ``reference`` the conventions under which it would agree are named. A claim about a whole life
    is not compared with a year.
    """
    claims, own = claims_of(text), tuple(own_claims(single, text))
    if not claims and not own:
        return (), (error("measure.claim_unreadable", "--claim"), *elsewhere(text, "--claim"))
    compared = (*(_compared(single, claim) for claim in claims), *(_compared_own(single, claim) for claim in own))
    told_claims = [problem for each in compared for problem in _differs(each)]
    if reference and any(problem.code == "measure.claim_differs" for problem in told_claims):
        told_claims += _other_choices(single, compared, reference)
    return compared, (*told_claims, *_unlikely(single, claims), *elsewhere(text, "--claim"))


def _compared(single: Single, claim: Claim) -> Compared:
    stated, low, high = claim.base()
    unit = base_unit(claim.output)
    computed = _computed(single, claim.output, unit) if claim.is_yearly else None
    return Compared(claim, unit, stated, low, high, computed, None if computed is None else low <= computed <= high)


def _compared_own(single: Single, claim: Claim) -> Compared:
    """A figure of a result of the method itself, in that result's printed unit."""
    low, high = float(claim.value - claim.half), float(claim.value + claim.half)
    computed = _computed(single, claim.output, claim.unit)
    return Compared(claim, claim.unit, float(claim.value), low, high, computed, None if computed is None else low <= computed <= high)


def _computed(single: Single, output: str, unit: str) -> float | None:
    """What the inputs give for an indicator, or what was put in; None where there is nothing to compare with."""
    column = figures(single.done).get(output)
    try:
        value = float(column[0][0]) * ratio(column[1], unit) if column else float("nan")
    except (UnknownUnit, WrongDimension):
        return None
    return None if np.isnan(value) else value


def _differs(each: Compared) -> Iterator[Problem]:
    output = each.claim.output
    if not each.claim.is_yearly:
        yield info("measure.claim_not_yearly", "--claim", output=output)
    elif each.computed is None:
        yield info("measure.claim_not_compared", "--claim", output=output)
    elif each.fits:
        yield info("measure.claim_fits", "--claim", output=output, computed=f"{digits(each.computed)} {shown(each.unit)}".strip())
    else:
        yield difference("--claim", output, stated=each.stated, computed=each.computed, unit=shown(each.unit))


def _other_choices(single: Single, compared: Sequence[Compared], reference: Reference) -> Iterator[Problem]:
    """For each claim that differs the choices of conventions that come nearest to it, where one is within the digits or the tolerance."""
    from greenfin.measure.span import spans

    under, chosen = spans(single.done, reference), single.done.case.choices
    for each in compared:
        if each.fits is not False or each.claim.output not in under or each.stated <= 0:
            continue
        scale = ratio(single.declaration.output(each.claim.output).small, each.unit)
        apart = [
            (abs(amount * scale - each.stated), _others(choices, chosen), amount) for amount, choices in under[each.claim.output].cases
        ]
        _, others, amount = min(apart, key=lambda case: (case[0], len(case[1])))
        close = each.low <= amount * scale <= each.high or within_tolerance(each.stated, amount * scale)
        if close and others:
            found = f"{digits(amount * scale)} {each.unit}"
            yield info("measure.claim_other_choice", "--claim", output=each.claim.output, choices=", ".join(others), computed=found)


def _others(choices: Mapping[str, str], chosen: Mapping[str, str]) -> list[str]:
    """The choices that are not the chosen ones, as they are given on the command line."""
    return [f"{name}={choice}" for name, choice in choices.items() if choice != chosen.get(name)]


def claim_json(each: Compared) -> dict[str, object]:
    """A claim as JSON: the numbers in the indicator's own unit, ``low`` and ``high`` by the printed digits."""
    claim = each.claim
    numbers = {"stated": each.stated, "low": each.low, "high": each.high, "computed": each.computed}
    return {"output": claim.output, **numbers, "unit": each.unit, "yearly": claim.is_yearly, "fits": each.fits}


def _unlikely(single: Single, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Ratios within the claim, and of the claim to the inputs, that are outside of their band whatever the digits left out."""
    stated = claimed(claims)
    names = set(stated)
    slack = {claim.output: float(claim.half / claim.value) if claim.value else 0.0 for claim in claims}
    inputs = {name: column for name, column in figures(single.done).items() if name in single.done.case.stated and name != HEAT}
    for found in odd({**inputs, **stated}, method="", entries=EVERY, slack=slack):
        if names & {found.range.above, found.range.below}:
            yield warning("measure.claim_unlikely", "--claim", project="-", **told_of(found.range, float(found.values[0])))


def claimed(claims: Sequence[Claim]) -> Columns:
    """The yearly claims as columns of one row; of one indicator stated twice the first counts."""
    return {claim.output: (np.asarray([claim.base()[0]]), base_unit(claim.output)) for claim in reversed(claims) if claim.is_yearly}
