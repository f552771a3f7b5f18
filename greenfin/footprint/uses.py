"""Everything that one call of ``footprint`` asks: the year, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from greenfin.core.problems import Outcome, Problem, Refused, error, info, warning
from greenfin.core.units import parse_quantity
from greenfin.footprint.ahead import ahead
from greenfin.footprint.as_json import footprint_json, tonnes
from greenfin.footprint.coverage import missing_of, months_of
from greenfin.footprint.doubt import usable_of
from greenfin.footprint.items import items
from greenfin.footprint.neutral import OnPath, neutral, on_path
from greenfin.footprint.pledges import Pledges, Target, grams_of, pledges_of
from greenfin.footprint.restate import Restated, restated
from greenfin.footprint.reverse import Published, Reverse, explain_total
from greenfin.footprint.rows import total
from greenfin.footprint.uses_json import explained_json, restated_json, targets_json
from greenfin.footprint.whole_year import asked_of, footprint

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


HALF = 0.5  # of its last digit: as far as a rounded number may be off


@dataclass(frozen=True, slots=True)
class Question:
    """A year, the day and the set its factors are of, conventions, a published total to explain, sets to restate under."""

    year: int
    on: date
    factor_set: str | None = None
    conventions: Mapping[str, str] = field(default_factory=dict)
    published: str | None = None
    compare: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """The operations and how their emissions are asked for."""

    operations: pa.Table
    question: Question
    reference: Reference

    def emissions(self, year: int) -> Outcome[pa.Table]:
        """Those of a year, asked for in the same way."""
        asked = self.question
        return footprint(
            self.operations,
            year=year,
            reference=self.reference,
            factor_set=asked.factor_set,
            on=asked.on,
            conventions=asked.conventions,
        )


def used(operations: pa.Table, question: Question, *, texts: Mapping[str, str], reference: Reference) -> Outcome[dict[str, object]]:
    """The JSON of ``footprint``: scopes, items, intensity, coverage; ``explained``, ``compare``, ``targets`` and ``neutrality`` as asked.

    ``texts`` are what the bank says of targets and credits (see :func:`pledges_of`). Raises Refused for an unknown set or convention
    and for a published total that is no amount of emissions.
    """
    published = _published(question.published)
    case = _Case(operations, question, reference)
    emitted = case.emissions(question.year)
    shown = footprint_json(emitted.value, operations, year=question.year, reference=reference, conventions=question.conventions)
    problems = list(emitted.problems)
    if published is not None:
        found = _searched(case, emitted.value, published)
        shown |= _explained(case, emitted.value, found)
        problems.extend(_told(found, question))
    if question.compare:
        shown["compare"] = restated_json(_restated(case))
    pledges = pledges_of(texts)
    stands, said = _targets(case, emitted, pledges.value)
    return Outcome({**shown, **stands}, (*problems, *pledges.problems, *said))


def _restated(case: _Case) -> tuple[Restated, ...]:
    """The year before and the year, as asked and under each set to compare with."""
    asked = case.question
    return restated(
        case.operations,
        years=(asked.year - 1, asked.year),
        sets=(asked.factor_set, *asked.compare),
        reference=case.reference,
        on=asked.on,
        conventions=asked.conventions,
    )


def _published(text: str | None) -> Published | None:
    """The published total; a bare number is tonnes."""
    if text is None:
        return None
    grams = grams_of(text)
    if grams is None or grams <= 0:
        raise Refused(error("footprint.total_unreadable", "--explain-total", found=text))
    number = parse_quantity(text.replace(",", ""))[0]
    return Published(tonnes(grams), HALF * 10.0 ** int(number.as_tuple().exponent) / float(number))


def _searched(case: _Case, emissions: pa.Table, published: Published) -> Reverse:
    question, reference = case.question, case.reference
    asked = asked_of(year=question.year, reference=reference, on=question.on, conventions=question.conventions)
    activity = usable_of(case.operations, asked, items()).found
    return explain_total(published, activity.table, emissions, reference=reference, year=question.year)


def _explained(case: _Case, emissions: pa.Table, found: Reverse) -> dict[str, object]:
    question, reference = case.question, case.reference
    default = (total(emissions, "1") or 0) + (total(emissions, "2_location") or 0)
    named = restated(
        case.operations,
        years=(question.year,),
        sets=tuple(sorted(reference.factor_sets)),
        reference=reference,
        on=question.on,
        conventions=question.conventions,
    )
    return explained_json(found, default=tonnes(default) if emissions.num_rows else None, sets=named, reference=reference)


def _told(found: Reverse, question: Question) -> list[Problem]:
    """That no documented set is near enough, and which items were not looked at with all their choices."""
    fits = any(each.fits != "none" for each in found.sets)
    problems = [] if fits else [warning("footprint.total_unexplained", "--explain-total", found=question.published)]
    alike = sum(each.fits == found.sets[0].fits for each in found.sets) if fits else 0
    if alike > 1:  # a fit is no proof
        problems.append(info("footprint.total_not_unique", "--explain-total", found=question.published, count=alike))
    return [*problems, *(info("footprint.search_cut", item, item=item) for item in found.cut)]


def _targets(case: _Case, emitted: Outcome[pa.Table], pledges: Pledges) -> tuple[dict[str, object], list[Problem]]:
    year = case.question.year
    asked = asked_of(year=year, reference=case.reference, on=case.question.on, conventions=case.question.conventions)
    found = usable_of(case.operations, asked, items()).found
    incomplete = bool(missing_of(found, asked, items=items()))
    statement = neutral(emitted.value, pledges, year=year, problems=emitted.problems, incomplete=incomplete)
    path, problems = None, list[Problem]()
    if pledges.target is not None:
        path, problems = _path(case, emitted.value, pledges.target, months=months_of(found, items()))
    if pledges.offsets and statement.claim == "refused":
        problems.append(warning("footprint.neutral_refused", "", worded=" ".join(f"lack.{code}" for code in statement.lacks)))
    return targets_json(path, statement, pledges), problems


def _path(
    case: _Case, emissions: pa.Table, target: Target, *, months: dict[str, dict[str, list[int]]]
) -> tuple[OnPath | None, list[Problem]]:
    """Where the year is on the path; the base year's emissions are those stated, else those of its own data."""
    year, base = case.question.year, target.base
    if base is None:
        of_base = case.emissions(target.base_year).value
        base = (total(of_base, "1") or 0) + (total(of_base, "2_location") or 0)
        if not of_base.num_rows:
            return None, [error("footprint.base_missing", "", year=target.base_year)]
    actual = (total(emissions, "1") or 0) + (total(emissions, "2_location") or 0)
    expected = ahead(emissions, case.emissions(year - 1).value, months=months)
    return on_path(target, base=base, actual=actual, ahead=expected, year=year), []
