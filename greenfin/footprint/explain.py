"""Why a row of emissions has its value: the same calculation for that row, down to the cell and the documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.lineage import Source, Trace
from greenfin.core.units import exact_ratio
from greenfin.footprint.as_json import PRINTED
from greenfin.footprint.emit import UNIT, Asked, variant_of
from greenfin.footprint.items import Part, items
from greenfin.footprint.whole_year import asked_of, footprint
from greenfin.methods.declare import Slot
from greenfin.methods.finding import USER, factor_title
from greenfin.methods.numbers import plain_number

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

LOCATION = "2_location"


def explain_emission(
    operations: pa.Table,
    *,
    year: int,
    reference: Reference,
    site: str,
    month_on: date,
    item: str,
    scope: str,
    factor_set: str | None = None,
    on: date | None = None,
    conventions: Mapping[str, str] | None = None,
) -> Trace:
    """The lineage of the emissions of a site, month, item and scope (the sum, where several meters or gases were counted)."""
    asked = asked_of(year=year, reference=reference, factor_set=factor_set, on=on, conventions=conventions)
    name = f"{site}!{month_on.isoformat()[:7]}!{item}!{scope}"
    here = _needed(operations, asked, site=site, month_on=month_on, item=item, scope=scope)
    rows = footprint(here, year=year, reference=reference, factor_set=factor_set, on=on, conventions=conventions).value
    market = items().market
    of_market = scope == market.residual.scope and item != market.item  # heat and cooling have one figure in both
    counted = LOCATION if of_market else scope
    wanted = {"site": site, "item": item, "scope": counted, "month_on": pa.scalar(month_on, pa.date32())}
    for column, value in wanted.items():
        rows = rows.filter(pc.equal(rows[column], value))
    if rows.num_rows == 0:
        return Trace(name, "", how="footprint.how_missing")
    place = next((str(p) for p in here.filter(pc.equal(here["site"], site))["region"].to_pylist() if p), "")
    parts = tuple(_row({**row, "scope": scope}, asked, place, part=_part(row, asked)) for row in rows.to_pylist())
    value = plain_number(sum(row["amount"] for row in rows.to_pylist()) * exact_ratio(UNIT, PRINTED))
    return parts[0] if len(parts) == 1 else Trace(name, value, PRINTED, "footprint.how_emission", parts=parts)


def _needed(operations: pa.Table, asked: Asked, *, site: str, month_on: date, item: str, scope: str) -> pa.Table:
    """The rows a figure may rest on: its own, the other months where it may be estimated, all of the market's."""
    market = items().market
    if scope == market.residual.scope and item == market.item:
        return operations.filter(pc.is_in(operations["item"], value_set=pa.array([market.item, market.green, market.certificates])))
    mine = operations.filter(pc.and_(pc.equal(operations["site"], site), pc.equal(operations["item"], item)))
    if asked.choices["estimate"] != "none":
        return mine
    return mine.filter(pc.equal(mine["month_on"], pa.scalar(month_on, pa.date32())))


def _row(row: dict[str, object], asked: Asked, place: str, *, part: Part) -> Trace:
    name = f"{row['site']}!{str(row['month_on'])[:7]}!{row['item']}!{row['scope']}"
    file, _, cell = str(row["source_cell"] or "").partition("!")
    unit = str(row["quantity_unit"])
    how = "footprint.how_estimated" if row["estimated"] else "footprint.how_quantity"
    amount = plain_number(float(f"{row['quantity']:.12g}"))
    activity = Trace(str(row["item"]), amount, unit, how, source=Source("file", file, cell))
    own = [use for use in json.loads(str(row["factors"])) if use["found"] == USER]
    factors = [_own(use) for use in own] or [_factor(slot, asked, place) for slot in part.slots]
    fixed = [
        Trace(p.name, plain_number(p.value), p.unit, "measure.how_parameter", source=Source("document", p.source))
        for p in (part.parameters if not own else ())
    ]
    value = plain_number(Fraction(int(str(row["amount"]))) * exact_ratio(UNIT, PRINTED))
    return Trace(name, value, PRINTED, "footprint.how_emission", str(row["gas"]), parts=(activity, *factors, *fixed))


def _part(row: dict[str, object], asked: Asked) -> Part:
    market, item, scope = items().market, str(row["item"]), str(row["scope"])
    if scope == market.residual.scope:
        return market.residual if asked.find(market.residual.slots[0], "").factor else market.otherwise
    variants = items().variants[item]
    parts = (variant_of(variants, str(row["quantity_unit"])) or variants[0]).parts
    return next(part for part in parts if (part.scope, part.category, part.gas) == (scope, row["category"] or "", row["gas"]))


def _own(use: dict[str, str]) -> Trace:
    """The file's own factor: it is the user's word."""
    value, _, unit = use["key"].removeprefix(f"{USER}:").partition(" ")
    return Trace(use["slot"], value, unit, "footprint.how_own_factor", source=Source("file", USER))


def _factor(slot: Slot, asked: Asked, place: str) -> Trace:
    found = asked.find(slot, place)
    if found.factor is None:
        return Trace(slot.slot, "", slot.unit, "footprint.how_missing")
    note = f"{found.factor.key} ({'+'.join(found.how)})"
    document = Source("document", factor_title(found.factor, asked.reference), found.factor.locator)
    return Trace(slot.slot, plain_number(found.factor.value), found.factor.unit, "measure.how_factor", note, source=document)
