"""The emissions of a year by site, month and item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from greenfin.core.columns import empty
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.footprint.activity import Activity
from greenfin.footprint.coverage import gaps
from greenfin.footprint.doubt import usable_of
from greenfin.footprint.emit import Asked, emit, emit_own, variant_of
from greenfin.footprint.estimate import with_estimates
from greenfin.footprint.items import Items, Part, Variant, items
from greenfin.footprint.market import market_rows
from greenfin.footprint.rows import emission_rows
from greenfin.methods.finding import known_set

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

Rows = NDArray[np.int64]
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
    ``items.yaml`` (gwp, gases, estimate, upstream, in_doubt). A bill ten thousand times the others is an
    error and not counted. Refrigerants that deplete ozone have the scope ``outside``. Raises Refused for an
    unknown factor set or convention.
    """
    asked = asked_of(year=year, reference=reference, factor_set=factor_set, on=on, conventions=conventions)
    usable = usable_of(operations, asked, items())
    stated, problems = usable.found, usable.problems
    if len(stated) == 0:
        lacking = error("footprint.no_data", "", year=year) if operations.num_rows else warning("footprint.no_operations", "")
        return Outcome(empty("emissions"), (*problems, lacking))
    found, estimated = with_estimates(stated, operations, asked, items=items())
    direct, counted = counted_rows(found, asked, items())
    market, told = market_rows(found, direct, asked, items=items())
    whole = pa.concat_tables([direct, market]).sort_by([(name, "ascending") for name in _ORDER])
    lacking_months = gaps(stated, operations, asked, items=items())
    said = (*problems, *estimated, *counted, *told, *lacking_months)
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
        own = _own_factors(found, rows)
        for first, part in enumerate(variant.parts_for(asked.choices)):
            mine = rows if first else rows[~own]  # the file's own factor stands for the first part
            table, said = _own_rows(found, rows[own], variant, part=part, asked=asked) if not first else (empty("emissions"), [])
            tables.append(table)
            problems.extend(said)
            if not mine.size:
                continue
            table, said = _part_rows(found, mine, variant, part=part, asked=asked)
            tables.append(table)
            problems.extend(said)
    return pa.concat_tables(tables), problems


def _own_factors(found: Activity, rows: Rows) -> NDArray[np.bool_]:
    return np.asarray([value is not None for value in found.table["factor"].take(pa.array(rows)).to_pylist()], dtype=np.bool_)


def _own_rows(found: Activity, rows: Rows, variant: Variant, *, part: Part, asked: Asked) -> tuple[pa.Table, list[Problem]]:
    """The rows that bring their own factor; one whose unit does not fit takes the documented factor, said."""
    tables = [empty("emissions")]
    problems: list[Problem] = []
    stated = np.asarray([str(unit or "") for unit in found.table["factor_unit"].take(pa.array(rows)).to_pylist()], dtype=str)
    for factor_unit in np.unique(stated).tolist():
        mine = rows[stated == factor_unit]
        at = found.table.take(pa.array(mine))
        done = emit_own(variant.input, part, at, values=found.values[mine], unit=str(found.units[mine[0]]))
        cell = at["source_cell"][0].as_py() or variant.item
        slots = {"item": variant.item, "unit": factor_unit, "count": len(mine)}
        if done is None:
            table, said = _part_rows(found, mine, variant, part=part, asked=asked)
            problems.extend([warning("footprint.own_factor_unit", cell, **slots), *said])
        else:
            table = emission_rows(variant.item, variant.input.unit, part, at=at, done=done)
            problems.append(info("footprint.own_factor", cell, **slots))
        tables.append(table)
    return pa.concat_tables(tables), problems


def _part_rows(found: Activity, rows: Rows, variant: Variant, *, part: Part, asked: Asked) -> tuple[pa.Table, list[Problem]]:
    item, at = variant.item, found.table.take(pa.array(rows))
    unit = str(found.units[rows[0]])
    done = emit(item, variant.input, part, values=found.values[rows], unit=unit, places=found.places[rows], asked=asked)
    cells = at.filter(pa.array(done.beyond))["source_cell"].to_pylist()
    beyond = [error("footprint.result_impossible", cell or item, item=item) for cell in cells]
    return emission_rows(item, variant.input.unit, part, at=at, done=done), [*done.problems, *beyond]


def _once(problems: tuple[Problem, ...]) -> list[Problem]:
    seen = {(p.code, p.where, str(sorted(p.params.items()))): p for p in problems}
    return list(seen.values())
