"""Rows of the table ``emissions``, and their sums."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import table_of
from greenfin.footprint.emit import UNIT, Emitted
from greenfin.footprint.items import Part


def emission_rows(item: str, unit: str, part: Part, *, at: pa.Table, done: Emitted) -> pa.Table:
    """One row per row of activity (``at``) that has a figure; quantities are in ``unit``."""
    size = at.num_rows
    table = table_of(
        "emissions",
        {
            "site": at["site"].to_pylist(),
            "month_on": at["month_on"].to_pylist(),
            "item": [item] * size,
            "use": at["use"].to_pylist(),
            "scope": [part.scope] * size,
            "category": [part.category or None] * size,
            "gas": [part.gas] * size,
            "amount": done.amounts.tolist(),
            "unit": [UNIT] * size,
            "quantity": done.quantities.tolist(),
            "quantity_unit": [unit] * size,
            "factors": done.factors,
            "estimated": at["estimated"].to_pylist(),
            "months": at["months"].to_pylist(),
            "source_cell": at["source_cell"].to_pylist(),
        },
    )
    return table.filter(pa.array(done.has))


def total(emissions: pa.Table, scope: str) -> int | None:
    """The grams of a scope, None where it has no row."""
    found: int | None = pc.sum(emissions.filter(pc.equal(emissions["scope"], scope))["amount"]).as_py()
    return found


def by(emissions: pa.Table, column: str) -> dict[str, int]:
    """The grams by gas, category or use of the scopes that add up (1, location-based 2 and 3); rows without one are left out."""
    added = emissions.filter(pc.is_in(emissions["scope"], value_set=pa.array(["1", "2_location", "3"])))
    summed = added.filter(pc.is_valid(added[column])).group_by([column]).aggregate([("amount", "sum")]).sort_by(column)
    return dict(zip(summed[column].to_pylist(), summed["amount_sum"].to_pylist(), strict=True))
