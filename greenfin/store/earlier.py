"""What a report prints of the year before, against what was published then."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem, error, info
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.store.figures import Figure, Stated, number

_Known = Callable[[Iterable[str], str], Mapping[str, Stated]]


def prior_differing(figures: Sequence[Figure], period: str, known: _Known) -> Iterator[Problem]:
    """Figures of an earlier period that are not what was published of it, or restated since; how many were never published.

    ``known`` says what was published of cells for a period.
    """
    asked = {figure.cell: figure for figure in figures if figure.earlier}
    periods = earlier_periods(period)
    published = [(day, known([f.earlier for f in asked.values()], day)) for day in periods if asked]
    silent = 0
    for figure in asked.values():
        found = [(day, of[figure.earlier]) for day, of in published if figure.earlier in of]
        if not found:
            silent += 1
        elif not any(_same(was, figure) for _, was in found):
            day, was = found[0]
            params = {"period": day, "published": f"{was.value} {was.unit}", "found": f"{figure.value} {figure.unit}"}
            yield error("store.prior_differs", figure.cell, earlier=figure.earlier, **params)
    if silent:
        yield info("store.prior_not_published", count=silent, period=periods[0] if periods else period)


def earlier_periods(period: str) -> tuple[str, ...]:
    """The data date a year before (a month's end stays one), and the end of the year before where that is another day.

    >>> earlier_periods("2025-12-31"), earlier_periods("2025-02-28"), earlier_periods("x")
    (('2024-12-31',), ('2024-02-29', '2024-12-31'), ())
    """
    try:
        now = date.fromisoformat(period)
    except ValueError:
        return ()
    year, last = now.year - 1, calendar.monthrange(now.year, now.month)[1]
    longest = calendar.monthrange(year, now.month)[1]
    before = date(year, now.month, longest if now.day == last else min(now.day, longest))
    return tuple(dict.fromkeys((before.isoformat(), date(year, 12, 31).isoformat())))


def _same(was: Stated, now: Figure) -> bool:
    """Whether they are one figure: what was published, in the unit and with the decimals that are printed now."""
    before, found = number(was.value), number(now.value)
    if not (isinstance(before, Decimal) and isinstance(found, Decimal)):
        return (before, was.unit) == (found, now.unit)
    try:
        ratio = Fraction(1) if was.unit == now.unit else exact_ratio(was.unit, now.unit)
    except (UnknownUnit, WrongDimension):
        return False
    exponent = found.as_tuple().exponent
    return round_half_up(Fraction(before) * ratio, max(0, -int(exponent))) == found
