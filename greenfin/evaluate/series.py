"""A file's figures by quarter: the bank's own totals, those of all participants, and their indicators (GFE-TOTAL, GFE-I1 to I4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from greenfin.core.period import MONTHS
from greenfin.core.problems import Refused, error
from greenfin.core.series import OWN, PEERS, Point
from greenfin.evaluate.schemes import Scheme

SHARE, OWN_SHARE, GROWTH, RISK = "GFE-I1", "GFE-I2", "GFE-I3", "GFE-I4"
INDICATORS = (SHARE, OWN_SHARE, GROWTH, RISK)
PARTS = {
    "green_total": ("green_loans", "green_bonds"),
    "all_total": ("all_loans", "all_bonds"),
    "risk_total": ("bad_loans", "bad_bonds"),
}
QUARTERS = 4
_Key = tuple[date | None, str, str, str]


@dataclass(frozen=True, slots=True)
class Series:
    """Points by quarter, party, item and kind; ``extra`` yuan are added to the bank's own green loans of the quarter ``at``."""

    points: Mapping[_Key, Point]
    scheme: Scheme
    members: tuple[str, ...] = ()
    extra: Fraction = Fraction(0)
    at: date | None = None
    quarters: tuple[date, ...] = ()

    def said(self, item: str, quarter: date, party: str = OWN, kind: str = "sum") -> Fraction | None:
        """A figure of the quarter, else one that is said for all quarters."""
        found = self.points.get((quarter, party, item, kind)) or self.points.get((None, party, item, kind))
        return found.value if found else None

    def total(self, name: str, quarter: date, party: str = OWN) -> Fraction | None:
        """A total as stated, else of its parts by their weights; bonds that are not stated are left out of it, loans never."""
        stated = self.said(name, quarter, party)
        loans, bonds = (self.said(part, quarter, party) for part in PARTS[name])
        if stated is None and loans is not None:
            weights = [self.scheme.business.get(part, Fraction(1)) for part in PARTS[name]]
            stated = loans * weights[0] + (bonds or 0) * weights[1]
        moved = self.extra if self.at == quarter and party in (OWN, PEERS) and name != "risk_total" else 0
        return None if stated is None else stated + moved

    def whole(self, quarter: date) -> Fraction | None:
        """The green business of all participants: as stated, else the sum over those that the file names."""
        stated = self.total("green_total", quarter, PEERS)
        each = [self.total("green_total", quarter, name) for name in self.members]
        return stated if stated is not None or not each or None in each else sum((one for one in each if one is not None), Fraction(0))

    def value(self, indicator: str, quarter: date, party: str = OWN) -> Fraction | None:
        """An indicator of a party; None where a figure is missing or what it is divided by is nothing."""
        over, under = self.parts(indicator, quarter, party)
        if over is None or under is None:
            return self.said(indicator, quarter, party)
        return None if not under else over / under - (1 if indicator == GROWTH else 0)

    def parts(self, indicator: str, quarter: date, party: str = OWN) -> tuple[Fraction | None, Fraction | None]:
        """What an indicator divides, and by what."""
        green = self.total("green_total", quarter, party)
        if indicator == SHARE:
            return green, self.total("all_total", quarter, party)
        if indicator == OWN_SHARE:
            return green, self.whole(quarter)
        if indicator == GROWTH:
            return green, self.total("green_total", back(quarter, self.scheme.year), party)
        return self.total("risk_total", quarter, party), green

    def is_uneven(self, indicator: str, quarter: date) -> bool:
        """Whether one of the two totals that an indicator divides has bonds of its own and the other states none (bad bonds may lack)."""
        before = back(quarter, self.scheme.year)
        others = {SHARE: ("all_total", quarter, OWN), GROWTH: ("green_total", before, OWN), OWN_SHARE: ("green_total", quarter, PEERS)}
        if indicator not in others:
            return False
        pairs = (("green_total", quarter, OWN), others[indicator])
        made = [self.said(name, day, party) is None and self.total(name, day, party) is not None for name, day, party in pairs]
        return all(made) and len({self.said(PARTS[name][1], day, party) is None for name, day, party in pairs}) > 1

    def without_bonds(self, quarter: date) -> tuple[str, ...]:
        """The bonds that lack in totals of the bank's own that are made of loans alone."""
        made = [name for name in PARTS if self.said(name, quarter) is None and self.said(PARTS[name][0], quarter) is not None]
        return tuple(PARTS[name][1] for name in made if name != "risk_total" and self.said(PARTS[name][1], quarter) is None)

    def marks(self, quarter: date) -> dict[str, Fraction | None]:
        """The marks of the qualitative part."""
        return {name: self.said(name, quarter) for name in self.scheme.marks}


def series_of(points: Iterable[Point], scheme: Scheme) -> Series:
    """The series of a file; participants that it names one by one are ``members`` (with the bank itself, once)."""
    found = {(p.quarter, p.party, p.item, p.kind): p for p in points}
    quarters = sorted({quarter for quarter, party, item, _ in found if quarter and party == OWN and item not in scheme.marks})
    named = sorted({party for _, party, _, _ in found if party not in (OWN, PEERS)})
    return Series(found, scheme, (OWN, *named) if named else (), quarters=tuple(quarters))


def quarter_of(series: Series, name: str | None) -> date:
    """The quarter that is meant by its name, the last without one; raises Refused where there is none."""
    if not series.quarters:
        raise Refused(error("evaluation.no_quarter", ""))
    named = {shown(quarter): quarter for quarter in series.quarters}
    if name and name.strip().upper() not in named:
        raise Refused(error("evaluation.unknown_quarter", "--quarter", found=name, known=", ".join(named)))
    return named[name.strip().upper()] if name else series.quarters[-1]


def shown(quarter: date) -> str:
    """A quarter as people write it.

    >>> shown(date(2025, 9, 30))
    '2025Q3'
    """
    return f"{quarter.year}Q{quarter.month * QUARTERS // MONTHS}"


def back(quarter: date, count: int) -> date:
    """The last day of the quarter so many quarters before.

    >>> back(date(2025, 3, 31), 1), back(date(2025, 3, 31), 4)
    (datetime.date(2024, 12, 31), datetime.date(2024, 3, 31))
    """
    months = quarter.year * MONTHS + quarter.month - count * MONTHS // QUARTERS
    return date(months // MONTHS, months % MONTHS + 1, 1) - timedelta(days=1)


def ended(day: date) -> date:
    """The last day of the quarter that has ended by a day.

    >>> ended(date(2025, 12, 31)), ended(date(2025, 12, 30)), ended(date(2024, 2, 29))
    (datetime.date(2025, 12, 31), datetime.date(2025, 9, 30), datetime.date(2023, 12, 31))
    """
    size = MONTHS // QUARTERS
    last = back(day.replace(month=(day.month + size - 1) // size * size, day=1), 0)
    return last if last <= day else back(last, 1)


def past(quarter: date, count: int) -> Sequence[date]:
    """The quarters before one, the nearest first."""
    return [back(quarter, step + 1) for step in range(count)]
