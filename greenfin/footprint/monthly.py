"""What the report draws of a footprint: its scopes by month, and the years against the target path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import MONTHS
from greenfin.footprint.neutral import on_path
from greenfin.footprint.pledges import pledges_of
from greenfin.footprint.rows import total

SCOPES = ("1", "2_location", "3")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Grams by scope and month (a scope without rows is left out), the target path by year, and what was emitted by year."""

    months: tuple[tuple[str, tuple[int, ...]], ...]
    path: tuple[tuple[int, int], ...]
    actual: tuple[tuple[int, int], ...]


def drawn(emissions: pa.Table, texts: Mapping[str, str], *, year: int) -> Drawn:
    """The months of a year, and where it is on the path that the bank's YAML (``texts``) pledges with a base stated."""
    months = tuple((scope, _months(emissions, scope)) for scope in SCOPES if total(emissions, scope) is not None)
    target = pledges_of(texts).value.target
    if target is None or target.base is None or not months:
        return Drawn(months, (), ())
    emitted = (total(emissions, "1") or 0) + (total(emissions, "2_location") or 0)
    found = on_path(target, base=target.base, actual=emitted, ahead=(), year=year)
    return Drawn(months, found.path, ((target.base_year, target.base), (year, emitted)))


def _months(emissions: pa.Table, scope: str) -> tuple[int, ...]:
    rows = emissions.filter(pc.equal(emissions["scope"], scope))
    sums = pa.table({"month": pc.month(rows["month_on"]), "amount": rows["amount"]}).group_by("month").aggregate([("amount", "sum")])
    found = dict(zip(sums["month"].to_pylist(), sums["amount_sum"].to_pylist(), strict=True))
    return tuple(int(found.get(month, 0)) for month in range(1, MONTHS + 1))
