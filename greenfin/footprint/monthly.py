"""What the report draws of a footprint: its scopes by month, and the years against each target."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import MONTHS
from greenfin.footprint.as_json import PRINTED, tonnes
from greenfin.footprint.items import items
from greenfin.footprint.neutral import OnPath
from greenfin.footprint.pledges import Pledges
from greenfin.footprint.rows import total
from greenfin.footprint.standing import WHOLE, Case, standing

SCOPES = ("1", "2_location", "3")
Points = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """A target's path, the years there are data of, and the year to its end where months lack, in ``unit``."""

    measure: str
    unit: str
    path: Points
    actual: Points
    expected: tuple[int, float] | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Tonnes by scope and month (a scope without rows is left out), and the targets."""

    months: tuple[tuple[str, tuple[float, ...]], ...]
    paths: tuple[DrawnPath, ...]


def drawn(case: Case, pledges: Pledges, *, year: int) -> Drawn:
    """The months of a year, and the years up to it against what the bank pledged."""
    emissions = case.emissions(year).value
    months = tuple((scope, tuple(map(tonnes, _months(emissions, scope)))) for scope in SCOPES if total(emissions, scope) is not None)
    if not months:
        return Drawn((), ())
    known = sorted({*pc.unique(pc.year(case.operations["month_on"])).drop_null().to_pylist()} - {year})
    before = {each: standing(case, pledges, year=each).value for each in known if each < year and case.emissions(each).value.num_rows}
    return Drawn(months, tuple(_drawn(path, before, year=year) for path in standing(case, pledges, year=year).value))


def _drawn(path: OnPath, before: dict[int, tuple[OnPath, ...]], *, year: int) -> DrawnPath:
    per, target = path.target.per, path.target
    by = next((f"/{each.unit}" for each in items().intensity if each.name == per), "")
    actual = {each: one.actual for each, paths in before.items() for one in paths if one.target.per == per and each > target.base_year}
    points = {target.base_year: path.base, **actual, year: path.actual}
    expected = (year, tonnes(path.expected)) if path.expected != path.actual else None
    made = tuple((each, tonnes(grams)) for each, grams in sorted(points.items()))
    return DrawnPath(per or WHOLE, PRINTED + by, tuple((each, tonnes(grams)) for each, grams in path.path), made, expected)


def _months(emissions: pa.Table, scope: str) -> tuple[int, ...]:
    rows = emissions.filter(pc.equal(emissions["scope"], scope))
    sums = pa.table({"month": pc.month(rows["month_on"]), "amount": rows["amount"]}).group_by("month").aggregate([("amount", "sum")])
    found = dict(zip(sums["month"].to_pylist(), sums["amount_sum"].to_pylist(), strict=True))
    return tuple(int(found.get(month, 0)) for month in range(1, MONTHS + 1))
