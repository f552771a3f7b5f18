"""X-09: what stands in the table of quantities, times the factors, is what stands in the table of emissions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, warning
from greenfin.footprint.emit import Asked, emit, variant_of
from greenfin.footprint.items import items
from greenfin.footprint.whole_year import asked_of
from greenfin.methods.finding import USER

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

TOLERANCE = 1e-3  # of the emissions, as the rule has it


def disagreements(
    emissions: pa.Table, operations: pa.Table, *, year: int, reference: Reference, factor_set: str | None = None, on: date | None = None
) -> list[Problem]:
    """A warning for each item whose quantities of the year times their factors are not its emissions.

    The quantities are added up as they stand (by unit and place) before anything is multiplied; rows with a factor of the file's own
    and estimated months are left out on both sides. An item that has no emissions at all has been told already.
    """
    asked = asked_of(year=year, reference=reference, factor_set=factor_set, on=on)
    wanted, counted = _from_quantities(operations, asked), _counted(emissions)
    return [
        warning("footprint.not_its_factors", item, rule="X-09", item=item, found=_tonnes(grams), expected=_tonnes(wanted[item]))
        for item, grams in sorted(counted.items())
        if item in wanted and abs(grams - wanted[item]) > TOLERANCE * max(abs(wanted[item]), 1.0)
    ]


def _tonnes(grams: float) -> str:
    return f"{grams / 10**6:,.2f}"


def _from_quantities(operations: pa.Table, asked: Asked) -> dict[str, float]:
    """Grams by item: the sum of the year's quantities of each unit and place times their factors."""
    rows = operations.filter(pc.fill_null(pc.equal(pc.year(operations["month_on"]), asked.year), False))
    rows = rows.filter(pc.is_null(rows["factor"])) if "factor" in rows.column_names else rows
    sums = rows.group_by(["item", "unit", "region"], use_threads=False).aggregate([("quantity", "sum")])
    found: dict[str, float] = {}
    for row in sums.to_pylist():
        variant = variant_of(items().variants.get(row["item"], ()), str(row["unit"] or ""))
        if variant is None or row["quantity_sum"] is None:
            continue
        place, values = np.asarray([str(row["region"] or "")]), np.asarray([float(row["quantity_sum"])])
        for part in variant.parts_for(asked.choices):
            done = emit(row["item"], variant.input, part, values=values, unit=str(row["unit"]), places=place, asked=asked)
            found[row["item"]] = found.get(row["item"], 0.0) + float(done.amounts[done.has].sum())
    return found


def _counted(emissions: pa.Table) -> Mapping[str, float]:
    """Grams by item of what was stated and counted by documented factors, once (scope 2 by place)."""
    rows = emissions.filter(pc.invert(pc.is_in(emissions["scope"], value_set=pa.array(["2_market"]))))
    rows = rows.filter(pc.invert(pc.fill_null(rows["estimated"], False)))
    rows = rows.filter(pc.invert(pc.match_substring(pc.fill_null(rows["factors"], ""), f'"{USER}:')))
    sums = rows.group_by(["item"], use_threads=False).aggregate([("amount", "sum")])
    return dict(zip(sums["item"].to_pylist(), map(float, sums["amount_sum"].to_pylist()), strict=True))
