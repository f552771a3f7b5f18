"""Market-based scope 2 (GHG Protocol scope 2 guidance): electricity less green electricity, at the residual mix."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import empty, table_of
from greenfin.core.problems import Problem, info, warning
from greenfin.core.units import FloatColumn
from greenfin.footprint.activity import Activity
from greenfin.footprint.emit import UNIT, Asked, emit
from greenfin.footprint.items import Items
from greenfin.methods.readings import scale_of


def market_rows(found: Activity, location: pa.Table, asked: Asked, *, items: Items) -> tuple[pa.Table, list[Problem]]:
    """Rows of scope 2_market by site and month; none where green electricity or the residual factor is not there."""
    rule = items.market
    if not (found.items == rule.green).any():
        return empty("emissions"), [info("footprint.market_not_given", "", year=asked.year)]
    used = _in_unit(found, rule.variant.item, items)
    green = _in_unit(found, rule.green, items)
    keys = np.asarray([f"{s}\t{m:02d}" for s, m in zip(found.sites, found.months, strict=True)])
    distinct, first, group = np.unique(keys, return_index=True, return_inverse=True)
    electricity: FloatColumn = np.bincount(group, weights=used, minlength=distinct.size).astype(np.float64)
    greens: FloatColumn = np.bincount(group, weights=green, minlength=distinct.size).astype(np.float64)
    above = np.flatnonzero(greens > electricity * (1 + 1e-9))
    if above.size:
        return empty("emissions"), [_above(found, int(first[at]), greens[at], electricity[at]) for at in above]
    rows = np.flatnonzero(electricity > 0)
    done = emit(rule.variant, (electricity - greens)[rows], unit=rule.variant.input.unit, places=found.places[first[rows]], asked=asked)
    if not done.has.all():
        factor = rule.variant.slots[0].id
        return empty("emissions"), [warning("footprint.market_factor_missing", factor, year=asked.year, factor=factor)]
    at = found.table.take(pa.array(_electric(found, keys, distinct[rows], rule.variant.item)))
    table = table_of(
        "emissions",
        {
            "site": at["site"].to_pylist(),
            "month_on": at["month_on"].to_pylist(),
            "item": [rule.variant.item] * rows.size,
            "scope": [rule.variant.scope] * rows.size,
            "amount": done.amounts.tolist(),
            "unit": [UNIT] * rows.size,
            "quantity": done.quantities.tolist(),
            "quantity_unit": [rule.variant.input.unit] * rows.size,
            "factors": done.factors,
            "source_cell": at["source_cell"].to_pylist(),
        },
    )
    return pa.concat_tables([table, _carried(location, items)]), []


def _in_unit(found: Activity, item: str, items: Items) -> FloatColumn:
    """The quantity of an item in the market variant's unit, 0 on other rows."""
    column = np.zeros(len(found))
    for unit in np.unique(found.units[found.items == item]).tolist():
        here = (found.items == item) & (found.units == unit)
        column[here] = found.values[here] * scale_of(items.market.variant.input, unit, {})
    return column


def _electric(found: Activity, keys: np.ndarray, wanted: np.ndarray, item: str) -> list[int]:
    """The first row of electricity of each site and month: its cell stands for them."""
    rows = np.flatnonzero(found.items == item)
    distinct, first = np.unique(keys[rows], return_index=True)
    return [int(at) for at in rows[first[np.searchsorted(distinct, wanted)]]]


def _carried(location: pa.Table, items: Items) -> pa.Table:
    """Heat and cooling have one figure in both."""
    carried = location.filter(pc.is_in(location["item"], value_set=pa.array(items.market.carried_over, pa.string())))
    scopes = pa.array([items.market.variant.scope] * carried.num_rows, pa.string())
    return carried.set_column(carried.schema.get_field_index("scope"), "scope", scopes)


def _above(found: Activity, row: int, green: float, electricity: float) -> Problem:
    about = found.table.slice(row, 1).to_pylist()[0]
    month = str(about["month_on"])[:7]
    said = {"green": f"{green:.6g}", "electricity": f"{electricity:.6g}"}
    return warning("footprint.green_above", about["source_cell"] or "", site=about["site"], month=month, **said)
