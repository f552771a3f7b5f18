"""Half-open date intervals and reporting periods. Days are naive, Asia/Shanghai."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

MONTHS, DAYS = 12, 365  # of a year; the day of a leap year is not counted in averages


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``start`` (inclusive, None: since ever) until ``end`` (exclusive, None: for ever).

    >>> date(2024, 1, 1) in Interval(date(2024, 1, 1), date(2025, 1, 1))
    True
    >>> date(2025, 1, 1) in Interval(date(2024, 1, 1), date(2025, 1, 1))
    False
    """

    start: date | None = None
    end: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: Interval) -> bool:
        """Whether some day lies in both."""
        starts_before = self.start is None or other.end is None or self.start < other.end
        ends_after = self.end is None or other.start is None or other.start < self.end
        return starts_before and ends_after


def year_of(day: date) -> Interval:
    """The calendar year that holds the day."""
    return Interval(date(day.year, 1, 1), date(day.year + 1, 1, 1))


def last_day(year: int) -> date:
    """The last day of a calendar year."""
    return date(year + 1, 1, 1) - timedelta(days=1)
