"""Market-based scope 2 (GHG Protocol scope 2 guidance): electricity less green power and certificates, at the residual mix."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.columns import empty
from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.units import FloatColumn, ratio, same_dimension
from greenfin.footprint.activity import Activity
from greenfin.footprint.emit import Asked, emit
from greenfin.footprint.items import Items, Part
from greenfin.footprint.rows import emission_rows
from greenfin.methods.readings import plain, scale_of

_ROUNDING = 1 + 1e-9


def market_rows(found: Activity, location: pa.Table, asked: Asked, *, items: Items) -> tuple[pa.Table, list[Problem]]:
    """Rows of scope 2_market by site and month; none where there is nothing green, or more of it than electricity.

    What has no evidence (a contract's or certificate's number) is not deducted. Certificates are taken off the electricity of their
    site; those of a site without electricity (the whole bank) off all sites, by what is left of each.
    """
    rule = items.market
    if not np.isin(found.items, (rule.green, rule.certificates)).any():
        return empty("emissions"), [info("footprint.market_not_given", "", year=asked.year)]
    proven, problems = _proven(found, items)
    keys = np.asarray([f"{s}\t{m:02d}" for s, m in zip(found.sites, found.months, strict=True)])
    distinct, first, group = np.unique(keys, return_index=True, return_inverse=True)
    used = _summed(_in_unit(found, rule.item, items), group, distinct.size)
    green = _summed(np.where(proven, _in_unit(found, rule.green, items), 0.0), group, distinct.size)
    above = np.flatnonzero(green > used * _ROUNDING)
    if above.size:
        return empty("emissions"), [*problems, *(_above(found, int(first[at]), green[at], used[at]) for at in above)]
    left, too_many = _less_certificates(found, np.where(proven, _certificates(found, items), 0.0), used - green, sites=found.sites[first])
    if too_many:
        return empty("emissions"), [*problems, *too_many]
    rows = np.flatnonzero(used > 0)
    part, said = _part(asked, items)
    places = found.places[first[rows]]
    done = emit(rule.item, rule.input, part, values=left[rows], unit=rule.input.unit, places=places, asked=asked)
    at = found.table.take(pa.array(_electric(found, keys, distinct[rows], rule.item)))
    table = emission_rows(rule.item, rule.input.unit, part, at=at, done=done)
    return pa.concat_tables([table, _carried(location, items)]), [*problems, *said, *done.problems]


def _part(asked: Asked, items: Items) -> tuple[Part, list[Problem]]:
    """The residual mix, or the grid's factor where there is none for the year."""
    slot = items.market.residual.slots[0]
    if asked.find(slot, "").factor is not None:
        return items.market.residual, []
    return items.market.otherwise, [warning("footprint.residual_is_grid", slot.id, year=asked.year, factor=slot.id)]


def _proven(found: Activity, items: Items) -> tuple[NDArray[np.bool_], list[Problem]]:
    """Which rows name their evidence; an error for each green one that does not."""
    named = np.asarray([bool(str(text or "").strip()) for text in found.table["document"].to_pylist()], dtype=np.bool_)
    lacking = np.flatnonzero(~named & np.isin(found.items, (items.market.green, items.market.certificates)) & (found.values > 0))
    rows = found.table.take(pa.array(lacking)).to_pylist() if lacking.size else []
    return named, [
        error(
            "footprint.green_without_evidence", row["source_cell"] or "", **_about(row), value=f"{row['quantity']:.10g}", unit=row["unit"]
        )
        for row in rows
    ]


def _about(row: dict[str, object]) -> dict[str, object]:
    return {"site": row["site"], "month": str(row["month_on"])[:7], "item": row["item"]}


def _summed(values: FloatColumn, group: NDArray[np.int64], size: int) -> FloatColumn:
    return np.bincount(group, weights=values, minlength=size).astype(np.float64)


def _in_unit(found: Activity, item: str, items: Items) -> FloatColumn:
    """The quantity of an item in the market's unit, 0 on other rows."""
    column = np.zeros(len(found))
    for unit in np.unique(found.units[found.items == item]).tolist():
        here = (found.items == item) & (found.units == unit)
        column[here] = found.values[here] * scale_of(items.market.input, unit, {})
    return column


def _certificates(found: Activity, items: Items) -> FloatColumn:
    """Certificates as electricity, stated as such or in pieces."""
    column = np.zeros(len(found))
    rule = items.market
    for unit in np.unique(found.units[found.items == rule.certificates]).tolist():
        here = (found.items == rule.certificates) & (found.units == unit)
        column[here] = found.values[here] * certificate_scale(unit, items)
    return column


def certificate_scale(unit: str, items: Items) -> float:
    """How much electricity one unit of certificates is, in the market's unit; NaN for a unit that says nothing."""
    wanted = items.market.input.unit
    if same_dimension(plain(unit), wanted):
        return ratio(plain(unit), wanted)
    piece = next(((each, p) for each, p in items.market.pieces if same_dimension(plain(unit), each)), None)
    return float("nan") if piece is None else ratio(plain(unit), piece[0]) * float(piece[1].value)


def _less_certificates(
    found: Activity, certificates: FloatColumn, left: FloatColumn, *, sites: NDArray[np.str_]
) -> tuple[FloatColumn, list[Problem]]:
    """What is left of each site and month; certificates are spread over what they are taken off in proportion."""
    of_site = {str(site): float(certificates[found.sites == site].sum()) for site in np.unique(found.sites[certificates > 0])}
    held = {str(site) for site in sites[left > 0]}
    for site, amount in sorted(of_site.items(), key=lambda one: one[0] not in held):
        here = sites == site if site in held else np.ones(left.size, dtype=np.bool_)
        base = float(left[here].sum())
        if amount > base * _ROUNDING:
            at = int(np.flatnonzero((found.sites == site) & (certificates > 0))[0])
            return left, [_above(found, at, amount, base)]
        left = np.where(here, left * (1 - amount / base), left)
    return left, []


def _electric(found: Activity, keys: NDArray[np.str_], wanted: NDArray[np.str_], item: str) -> list[int]:
    """The first row of electricity of each site and month: its cell stands for them."""
    rows = np.flatnonzero(found.items == item)
    distinct, first = np.unique(keys[rows], return_index=True)
    return [int(at) for at in rows[first[np.searchsorted(distinct, wanted)]]]


def _carried(location: pa.Table, items: Items) -> pa.Table:
    """Heat and cooling have one figure in both."""
    carried = location.filter(pc.is_in(location["item"], value_set=pa.array(items.market.carried_over, pa.string())))
    scopes = pa.array([items.market.residual.scope] * carried.num_rows, pa.string())
    return carried.set_column(carried.schema.get_field_index("scope"), "scope", scopes)


def _above(found: Activity, row: int, green: float, electricity: float) -> Problem:
    about = found.table.slice(row, 1).to_pylist()[0]
    month = str(about["month_on"])[:7]
    said = {"green": f"{green:.6g}", "electricity": f"{electricity:.6g}"}
    return warning("footprint.green_above", about["source_cell"] or "", site=about["site"], month=month, **said)
