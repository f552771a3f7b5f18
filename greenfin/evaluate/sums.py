"""An evaluation as sums, for the table of the scorecard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from greenfin.core.money import round_half_up
from greenfin.core.problems import Outcome, Problem, warning
from greenfin.core.records import Sum
from greenfin.core.series import Point
from greenfin.evaluate.evaluation import Evaluation, evaluate
from greenfin.evaluate.schemes import DEFAULT, scheme
from greenfin.evaluate.series import ended, series_of, shown

NAME, TABLE, SMALL = "evaluation", "stated", 10**6


def evaluation_sums(points: Sequence[Point], as_of: date) -> Outcome[tuple[Sum, ...]]:
    """The values and scores of the last quarter up to a day (in millionths, keys ``indicator`` and ``item``); nothing without any.

    A quarter before the one that has ended last is told: the table calls it this quarter.
    """
    series = series_of(points, scheme(DEFAULT))
    known = [quarter for quarter in series.quarters if quarter <= as_of]
    if not known:
        return Outcome(())
    found = evaluate(series, known[-1])
    return Outcome(tuple(_sums(found.value)), (*_older(known[-1], as_of), *found.problems))


def _older(quarter: date, as_of: date) -> Iterator[Problem]:
    due = ended(as_of)
    if quarter < due:
        yield warning("evaluation.older_quarter", "", quarter=shown(quarter), due=shown(due))


def _sums(found: Evaluation) -> Iterator[Sum]:
    for one in found.indicators:
        for item in ("value", "own_mean", "peers_mean", "longitudinal", "cross", "score"):
            yield from _sum(one.id, item, getattr(one, item), TABLE)
    for name, value in found.marks.items():
        yield from _sum(name, "score", value, TABLE)
    for name in ("quantitative", "qualitative", "final"):
        yield from _sum(name, "score", getattr(found, name), TABLE)


def _sum(indicator: str, item: str, value: Fraction | None, table: str) -> Iterator[Sum]:
    if value is not None:
        keys = {"indicator": indicator.rpartition("-")[2], "item": item}
        yield Sum(NAME, keys, int(round_half_up(value * SMALL, 0)), "ppm", 1, table, NAME)
