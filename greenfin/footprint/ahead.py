"""The year to its end: what the months there are say about the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import MONTHS

TOTAL = ("1", "2_location")


@dataclass(frozen=True, slots=True)
class Ahead:
    """One item of a site to the end of the year, in grams; ``how``: complete, last_year (its months' shape) or pro_rata."""

    site: str
    item: str
    so_far: int
    grams: int
    how: str
    months: tuple[int, ...]  # those that lack


def ahead(emissions: pa.Table, before: pa.Table, *, months: dict[str, dict[str, list[int]]]) -> tuple[Ahead, ...]:
    """Scope 1 and location-based scope 2 of each site and item to the end of the year.

    ``months`` are the months there are (by site and item), ``before`` the emissions of the year before. A month that lacks gets what
    it had in that year against the months both have; where the year before lacks one of them, the mean of the months there are. An
    item with one month alone that says nothing of its span is taken as the whole year, as it is everywhere.
    """
    counted = emissions.filter(pc.is_in(emissions["scope"], value_set=pa.array(TOTAL)))
    sums = counted.group_by(["site", "item"], use_threads=False).aggregate([("amount", "sum")]).to_pylist()
    return tuple(
        _one(str(row["site"]), row["item"], int(row["amount_sum"]), months.get(row["site"], {}).get(row["item"], []), before=before)
        for row in sorted(sums, key=lambda row: (str(row["site"]), row["item"]))
    )


def _one(site: str, item: str, so_far: int, held: Sequence[int], *, before: pa.Table) -> Ahead:
    lacking = tuple(month for month in range(1, MONTHS + 1) if month not in held)
    if not lacking or len(held) <= 1:
        return Ahead(site, item, so_far, so_far, "complete", ())
    shape = _by_month(before, site, item)
    known = sum(shape.get(month, 0) for month in held)
    if known and all(month in shape for month in (*held, *lacking)):
        more = Fraction(so_far) * sum(shape[month] for month in lacking) / known
        return Ahead(site, item, so_far, so_far + round(more), "last_year", lacking)
    return Ahead(site, item, so_far, so_far + round(Fraction(so_far) * len(lacking) / len(held)), "pro_rata", lacking)


def _by_month(emissions: pa.Table, site: str, item: str) -> dict[int, int]:
    mine = emissions.filter(pc.and_(pc.equal(emissions["site"], site), pc.equal(emissions["item"], item)))
    mine = mine.filter(pc.is_in(mine["scope"], value_set=pa.array(TOTAL)))
    months = pc.month(mine["month_on"]).to_pylist()
    found: dict[int, int] = {}
    for month, grams in zip(months, mine["amount"].to_pylist(), strict=True):
        found[month] = found.get(month, 0) + int(grams)
    return found


def whole(items: Sequence[Ahead]) -> int:
    """All items to the end of the year."""
    return sum(each.grams for each in items)
