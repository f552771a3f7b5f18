"""Everything that one call of ``footprint`` asks: the year, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from greenfin.core.problems import Outcome, Problem, Refused, error, info, warning
from greenfin.core.units import parse_quantity
from greenfin.footprint.as_json import footprint_json, tonnes
from greenfin.footprint.coverage import missing_of
from greenfin.footprint.items import items
from greenfin.footprint.neutral import neutral
from greenfin.footprint.pledges import Pledges, grams_of, pledges_of
from greenfin.footprint.restate import Restated, restated
from greenfin.footprint.reverse import Published, Reverse, explain_total
from greenfin.footprint.rows import total
from greenfin.footprint.standing import Case, standing
from greenfin.footprint.uses_json import explained_json, restated_json, targets_json
from greenfin.footprint.whole_year import asked_of

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


def used(operations: pa.Table, question: Question, *, texts: Mapping[str, str], reference: Reference) -> Outcome[dict[str, object]]:
    """The JSON of ``footprint``: scopes, items, intensity, coverage; ``explained``, ``compare``, ``targets`` and ``neutrality`` as asked.

    ``texts`` are what the bank says of targets and credits (see :func:`pledges_of`). Raises Refused for an unknown set or convention
    and for a published total that is no amount of emissions.
    """
    published = _published(question.published)
    case = Case(operations, reference, question.on, question.factor_set, question.conventions)
    emitted = case.emissions(question.year)
    shown = footprint_json(emitted.value, operations, year=question.year, reference=reference, conventions=question.conventions)
    problems = list(emitted.problems)
    if published is not None:
        found = _searched(case, question, emitted.value, published)
        shown |= _explained(case, question, emitted.value, found)
        problems.extend(_told(found, question))
    if question.compare:
        shown["compare"] = restated_json(_restated(case, question))
    pledges = pledges_of(texts)
    stands, said = _targets(case, emitted, pledges.value, year=question.year)
    return Outcome({**shown, **stands}, (*problems, *pledges.problems, *said))


def _restated(case: Case, question: Question) -> tuple[Restated, ...]:
    """The year before and the year, as asked and under each set to compare with."""
    sets = (question.factor_set, *question.compare)
    return _under(case, (question.year - 1, question.year), sets)


def _under(case: Case, years: Sequence[int], sets: Sequence[str | None]) -> tuple[Restated, ...]:
    return restated(case.operations, years=years, sets=sets, reference=case.reference, on=case.on, conventions=case.conventions)


def _published(text: str | None) -> Published | None:
    """The published total; a bare number is tonnes."""
    if text is None:
        return None
    grams = grams_of(text)
    if grams is None or grams <= 0:
        raise Refused(error("footprint.total_unreadable", "--explain-total", found=text))
    number = parse_quantity(text.replace(",", ""))[0]
    return Published(tonnes(grams), HALF * 10.0 ** int(number.as_tuple().exponent) / float(number))


def _searched(case: Case, question: Question, emissions: pa.Table, published: Published) -> Reverse:
    activity = case.usable(question.year).found
    return explain_total(published, activity.table, emissions, reference=case.reference, year=question.year)


def _explained(case: Case, question: Question, emissions: pa.Table, found: Reverse) -> dict[str, object]:
    default = (total(emissions, "1") or 0) + (total(emissions, "2_location") or 0)
    named = _under(case, (question.year,), tuple(sorted(case.reference.factor_sets)))
    return explained_json(found, default=tonnes(default) if emissions.num_rows else None, sets=named, reference=case.reference)


def _told(found: Reverse, question: Question) -> list[Problem]:
    """That no documented set is near enough, and which items were not looked at with all their choices."""
    fits = any(each.fits != "none" for each in found.sets)
    problems = [] if fits else [warning("footprint.total_unexplained", "--explain-total", found=question.published)]
    alike = sum(each.fits == found.sets[0].fits for each in found.sets) if fits else 0
    if alike > 1:  # a fit is no proof
        problems.append(info("footprint.total_not_unique", "--explain-total", found=question.published, count=alike))
    return [*problems, *(info("footprint.search_cut", item, item=item) for item in found.cut)]


def _targets(case: Case, emitted: Outcome[pa.Table], pledges: Pledges, *, year: int) -> tuple[dict[str, object], list[Problem]]:
    asked = asked_of(year=year, reference=case.reference, on=case.on, conventions=case.conventions)
    incomplete = bool(missing_of(case.usable(year).found, asked, items=items()))
    statement = neutral(emitted.value, pledges, year=year, problems=emitted.problems, incomplete=incomplete)
    paths = standing(case, pledges, year=year)
    problems = list(paths.problems)
    if pledges.offsets and statement.claim == "refused":
        problems.append(warning("footprint.neutral_refused", "", lacks=" ".join(f"lack.{code}" for code in statement.lacks)))
    return targets_json(paths.value, statement, pledges), problems
