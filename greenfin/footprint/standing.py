"""Where the bank stands against each of its targets, of the whole and of an intensity; the same as sums for the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.core.records import Sum
from greenfin.footprint.ahead import Ahead, ahead
from greenfin.footprint.coverage import months_of, sized, uncounted
from greenfin.footprint.doubt import Usable, usable_of, without_doubts
from greenfin.footprint.emit import UNIT
from greenfin.footprint.items import Intensity, items
from greenfin.footprint.neutral import OnPath, on_path
from greenfin.footprint.pledges import Pledges, Target, retired_in
from greenfin.footprint.rows import total
from greenfin.footprint.whole_year import asked_of, footprint

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

SUM, TABLE, WHOLE = "target", "pledges", "whole"


@dataclass(frozen=True, slots=True)
class Case:
    """Operations, and how their emissions are asked for; each year is counted once."""

    operations: pa.Table
    reference: Reference
    on: date | None = None
    factor_set: str | None = None
    conventions: Mapping[str, str] = field(default_factory=dict)
    made: dict[int, Outcome[pa.Table]] = field(default_factory=dict, compare=False)

    def emissions(self, year: int) -> Outcome[pa.Table]:
        """Those of a year."""
        if year not in self.made:
            self.made[year] = footprint(
                self.operations,
                year=year,
                reference=self.reference,
                factor_set=self.factor_set,
                on=self.on,
                conventions=self.conventions,
            )
        return self.made[year]

    def usable(self, year: int) -> Usable:
        """The rows of a year that count."""
        asked = asked_of(year=year, reference=self.reference, factor_set=self.factor_set, on=self.on, conventions=self.conventions)
        return usable_of(self.operations, asked, items())


@dataclass(frozen=True, slots=True)
class _Measured:
    """What a target is of in a year: emissions, only of sites that state their size, and that size (1 of the whole)."""

    emissions: pa.Table
    grams: int
    size: Fraction


def standing(case: Case, pledges: Pledges, *, year: int) -> Outcome[tuple[OnPath, ...]]:
    """Each target with its path and the year on it; one whose base or size nobody states, of a year without any emissions, or of one
    that lacks those of something used, is a problem."""
    found: list[OnPath] = []
    problems = list(_lacking(case, year)) if pledges.targets else []
    for target in () if problems else pledges.targets:
        one = _stands(case, target, year=year)
        problems.extend(one.problems)
        found.extend([one.value] if one.value else [])
    return Outcome(tuple(found), tuple(problems))


def _lacking(case: Case, year: int) -> Iterator[Problem]:
    """What was used in a year without any emissions: what is left is no whole to be held against a target, nor to begin from."""
    sure, _ = without_doubts(case.operations, year=year, reference=case.reference, on=case.on)
    lost = uncounted(case.operations, case.emissions(year).value, year=year, sure=sure)
    for item in dict.fromkeys(item for item, _ in lost):
        yield error("footprint.year_incomplete", item, item=item, year=year)


def _stands(case: Case, target: Target, *, year: int) -> Outcome[OnPath | None]:
    now = _measured(case, target, year)
    base = target.base
    if base is None:
        of_base = _measured(case, target, target.base_year)
        if of_base is None or not of_base.emissions.num_rows:
            return Outcome(None, (error("footprint.base_missing", "", year=target.base_year),))
        if lacking := tuple(_lacking(case, target.base_year)):
            return Outcome(None, lacking)
        base = round(of_base.grams / of_base.size)
    if now is None:
        return Outcome(None, (warning("footprint.size_unknown", "", measure=target.per, year=year),))
    if not now.emissions.num_rows:
        return Outcome(None, (warning("footprint.actual_missing", "", year=year),))
    expected = _expected(case, now, year=year)
    return Outcome(on_path(target, base=base, actual=now.grams, ahead=expected, year=year, size=now.size))


def _measured(case: Case, target: Target, year: int) -> _Measured | None:
    """The emissions of scopes 1 and 2 (location-based) and their size; None where no site states it."""
    emissions = case.emissions(year).value
    declared = next((each for each in items().intensity if each.name == target.per), None)
    if declared is None:
        return _Measured(emissions, _grams(emissions), Fraction(1))
    return _by_size(emissions, case.usable(year), declared)


def _by_size(emissions: pa.Table, usable: Usable, declared: Intensity) -> _Measured | None:
    sites, size = sized(usable.found, declared, items=items())
    mine = emissions if sites is None else emissions.filter(pc.is_in(emissions["site"], value_set=pa.array(sites, pa.string())))
    return _Measured(mine, _grams(mine), size) if size else None


def _grams(emissions: pa.Table) -> int:
    return (total(emissions, "1") or 0) + (total(emissions, "2_location") or 0)


def _expected(case: Case, now: _Measured, *, year: int) -> tuple[Ahead, ...]:
    """The year to its end, of the same sites."""
    return ahead(now.emissions, case.emissions(year - 1).value, months=months_of(case.usable(year).found, items()))


def target_sums(paths: tuple[OnPath, ...], pledges: Pledges, *, year: int) -> tuple[Sum, ...]:
    """Base, target of the year, actual and expected of each target (keys ``of``, ``per``), and credits retired and bought for the year."""
    return (*(each for path in paths for each in _path_sums(path)), *_credit_sums(pledges, year=year))


def _path_sums(path: OnPath) -> Iterator[Sum]:
    declared = next((each for each in items().intensity if each.name == path.target.per), None)
    unit = f"{UNIT}/{declared.unit}" if declared else UNIT
    figures = {"base": path.base, "wanted": path.wanted, "actual": path.actual, "expected": path.expected}
    for name, grams in figures.items():
        yield Sum(SUM, {"of": name, "per": path.target.per or WHOLE}, grams, unit, 1, TABLE, name)


def _credit_sums(pledges: Pledges, *, year: int) -> Iterator[Sum]:
    of_year = [each for each in pledges.offsets if each.year in (year, None)]
    retired = list(retired_in(pledges, year))
    for name, credits_ in (("retired", retired), ("bought", of_year)):
        if of_year:
            yield Sum("offsets", {"of": name}, sum(each.grams for each in credits_), UNIT, len(credits_), TABLE, name)
