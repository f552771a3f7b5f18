"""A year under several sets of factors, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.footprint.whole_year import footprint

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


@dataclass(frozen=True, slots=True)
class Restated:
    """A year under one set (None: as factors are found without one): grams by scope, and by scope and item."""

    factor_set: str | None
    year: int
    scopes: Mapping[str, int]
    items: Mapping[tuple[str, str], int]

    @property
    def total(self) -> int:
        """Scope 1 and location-based scope 2."""
        return self.scopes.get("1", 0) + self.scopes.get("2_location", 0)


def restated(
    operations: pa.Table,
    *,
    years: Sequence[int],
    sets: Sequence[str | None],
    reference: Reference,
    on: date | None = None,
    conventions: Mapping[str, str] | None = None,
) -> tuple[Restated, ...]:
    """Each of the years that has data under each of the sets; raises Refused for an unknown set."""
    known = set(pc.unique(pc.year(operations["month_on"])).to_pylist())
    return tuple(
        _sums(name, year, footprint(operations, year=year, reference=reference, factor_set=name, on=on, conventions=conventions).value)
        for year in years
        if year in known
        for name in sets
    )


def _sums(name: str | None, year: int, emissions: pa.Table) -> Restated:
    rows = emissions.group_by(["scope", "item"], use_threads=False).aggregate([("amount", "sum")]).to_pylist()
    items = {(row["scope"], row["item"]): int(row["amount_sum"]) for row in rows}
    scopes: dict[str, int] = {}
    for (scope, _), grams in sorted(items.items()):
        scopes[scope] = scopes.get(scope, 0) + grams
    return Restated(name, year, scopes, items)
