"""The emissions of a year by site, month and item."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import empty, table_of
from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.footprint.activity import Activity, activity_of
from greenfin.footprint.coverage import gaps
from greenfin.footprint.emit import UNIT, Asked, emit, variant_of
from greenfin.footprint.items import Items, items
from greenfin.footprint.market import market_rows
from greenfin.methods.finding import known_set

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


def footprint(
    operations: pa.Table, *, year: int, reference: Reference, factor_set: str | None = None, on: date | None = None
) -> Outcome[pa.Table]:
    """The bank's own emissions (``emissions``): integers of gCO2 by site, month, item and scope (1, 2_location, 2_market).

    Factors are those of the year, as far as they were published on the day ``on`` (the last day of the year unless told). A site
    without a known place takes the national factor, marked; rows that cannot be counted are problems. Raises Refused for an unknown
    factor set.
    """
    known_set(reference, factor_set)
    asked = Asked(reference, year, on or date(year, 12, 31), factor_set)
    found, problems = activity_of(operations, asked, items())
    if len(found) == 0:
        lacking = error("footprint.no_data", "", year=year) if operations.num_rows else warning("footprint.no_operations", "")
        return Outcome(empty("emissions"), (*problems, lacking))
    location, counted = location_rows(found, asked, items())
    market, told = market_rows(found, location, asked, items=items())
    whole = pa.concat_tables([location, market]).sort_by([(name, "ascending") for name in ("scope", "site", "item", "month_on")])
    return Outcome(whole, (*problems, *counted, *told, *gaps(found, operations, asked, items=items())))


def location_rows(found: Activity, asked: Asked, declared: Items) -> tuple[pa.Table, list[Problem]]:
    """One row per row of activity that is counted, scope 1 and location-based scope 2."""
    tables = [empty("emissions")]
    problems: list[Problem] = []
    pairs = sorted(set(zip(found.items.tolist(), found.units.tolist(), strict=True)))
    for item, unit in pairs:
        variant = variant_of(declared.variants.get(item, ()), unit)
        if variant is None:
            continue  # an item that is only recorded
        rows = np.flatnonzero((found.items == item) & (found.units == unit))
        done = emit(variant, found.values[rows], unit=unit, places=found.places[rows], asked=asked)
        problems.extend(done.problems)
        at = found.table.take(pa.array(rows))
        problems.extend(
            error("footprint.result_impossible", cell or item, item=item)
            for cell in at.filter(pa.array(done.beyond))["source_cell"].to_pylist()
        )
        table = table_of(
            "emissions",
            {
                "site": at["site"].to_pylist(),
                "month_on": at["month_on"].to_pylist(),
                "item": [item] * rows.size,
                "scope": [variant.scope] * rows.size,
                "amount": done.amounts.tolist(),
                "unit": [UNIT] * rows.size,
                "quantity": done.quantities.tolist(),
                "quantity_unit": [variant.input.unit] * rows.size,
                "factors": done.factors,
                "source_cell": at["source_cell"].to_pylist(),
            },
        )
        tables.append(table.filter(pa.array(done.has)))
    return pa.concat_tables(tables), _once(problems)


def _once(problems: list[Problem]) -> list[Problem]:
    seen = {(p.code, p.where, str(sorted(p.params.items()))): p for p in problems}
    return list(seen.values())


def total(emissions: pa.Table, scope: str) -> int | None:
    """The grams of a scope, None where it has no row."""
    found: int | None = pc.sum(emissions.filter(pc.equal(emissions["scope"], scope))["amount"]).as_py()
    return found
