"""The emissions of a year by site, month and item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from greenfin.core.columns import empty
from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.footprint.activity import Activity, activity_of
from greenfin.footprint.coverage import gaps
from greenfin.footprint.emit import Asked, emit, variant_of
from greenfin.footprint.estimate import with_estimates
from greenfin.footprint.items import Items, Part, Variant, items
from greenfin.footprint.market import market_rows
from greenfin.footprint.plausible import unlikely
from greenfin.footprint.rows import emission_rows
from greenfin.methods.finding import known_set

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

_ORDER = ("scope", "site", "item", "month_on", "category", "gas")


def footprint(
    operations: pa.Table,
    *,
    year: int,
    reference: Reference,
    factor_set: str | None = None,
    on: date | None = None,
    conventions: Mapping[str, str] | None = None,
) -> Outcome[pa.Table]:
    """The bank's own emissions (``emissions``): integers of gCO2e by site, month, item, scope (1, 2_location, 2_market, 3) and gas.

    Factors are those of the year, as far as they were published on the day ``on`` (the last day of the year unless told). A site
    without a known place takes the national factor, marked; rows that cannot be counted are problems. ``conventions`` are those of
    ``items.yaml`` (gwp, gases, estimate, upstream). Refrigerants that deplete ozone have the scope ``outside``. Raises Refused for an
    unknown factor set or convention.
    """
    asked = asked_of(year=year, reference=reference, factor_set=factor_set, on=on, conventions=conventions)
    stated, problems = activity_of(operations, asked, items())
    if len(stated) == 0:
        lacking = error("footprint.no_data", "", year=year) if operations.num_rows else warning("footprint.no_operations", "")
        return Outcome(empty("emissions"), (*problems, lacking))
    found, estimated = with_estimates(stated, operations, asked, items=items())
    direct, counted = counted_rows(found, asked, items())
    market, told = market_rows(found, direct, asked, items=items())
    whole = pa.concat_tables([direct, market]).sort_by([(name, "ascending") for name in _ORDER])
    lacking_months = gaps(stated, operations, asked, items=items())
    said = (*problems, *estimated, *counted, *told, *lacking_months, *unlikely(stated, operations, asked, items=items()))
    return Outcome(whole, tuple(_once(said)))


def asked_of(
    *,
    year: int,
    reference: Reference,
    factor_set: str | None = None,
    on: date | None = None,
    conventions: Mapping[str, str] | None = None,
) -> Asked:
    """The question with every convention settled; raises Refused for an unknown factor set or convention."""
    known_set(reference, factor_set)
    return Asked(reference, year, on or date(year, 12, 31), factor_set, items().choices(conventions))


def counted_rows(found: Activity, asked: Asked, declared: Items) -> tuple[pa.Table, list[Problem]]:
    """One row per row of activity and gas that is counted: scope 1, location-based scope 2, scope 3, and what is outside."""
    tables = [empty("emissions")]
    problems: list[Problem] = []
    for item, unit in sorted(set(zip(found.items.tolist(), found.units.tolist(), strict=True))):
        variant = variant_of(declared.variants.get(item, ()), unit)
        if variant is None:
            continue  # an item that is only recorded
        rows = np.flatnonzero((found.items == item) & (found.units == unit))
        for part in variant.parts_for(asked.choices):
            table, said = _part_rows(found, rows, variant, part=part, asked=asked)
            tables.append(table)
            problems.extend(said)
    return pa.concat_tables(tables), problems


def _part_rows(
    found: Activity, rows: np.ndarray[tuple[int], np.dtype[np.int64]], variant: Variant, *, part: Part, asked: Asked
) -> tuple[pa.Table, list[Problem]]:
    item, at = variant.item, found.table.take(pa.array(rows))
    unit = str(found.units[rows[0]])
    done = emit(item, variant.input, part, values=found.values[rows], unit=unit, places=found.places[rows], asked=asked)
    cells = at.filter(pa.array(done.beyond))["source_cell"].to_pylist()
    beyond = [error("footprint.result_impossible", cell or item, item=item) for cell in cells]
    return emission_rows(item, variant.input.unit, part, at=at, done=done), [*done.problems, *beyond]


def _once(problems: tuple[Problem, ...]) -> list[Problem]:
    seen = {(p.code, p.where, str(sorted(p.params.items()))): p for p in problems}
    return list(seen.values())
