"""Why a row of emissions has its value: the same calculation for that row, down to the cell and the documents."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.lineage import Source, Trace
from greenfin.core.units import exact_ratio
from greenfin.footprint.as_json import PRINTED
from greenfin.footprint.emit import UNIT, Asked, variant_of
from greenfin.footprint.items import Variant, items
from greenfin.footprint.whole_year import footprint
from greenfin.methods.declare import Slot
from greenfin.methods.finding import factor_title, known_set
from greenfin.methods.numbers import plain_number

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


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
) -> Trace:
    """The lineage of the emissions of a site, month, item and scope (the sum, where several meters were read)."""
    known_set(reference, factor_set)
    name = f"{site}!{month_on.isoformat()[:7]}!{item}!{scope}"
    here = operations.filter(
        pc.and_(pc.equal(operations["site"], site), pc.equal(operations["month_on"], pa.scalar(month_on, pa.date32())))
    )
    rows = footprint(here, year=year, reference=reference, factor_set=factor_set, on=on).value
    rows = rows.filter(pc.and_(pc.equal(rows["item"], item), pc.equal(rows["scope"], scope)))
    if rows.num_rows == 0:
        return Trace(name, "", how="footprint.how_missing")
    asked = Asked(reference, year, on or date(year, 12, 31), factor_set)
    place = next((str(p) for p in here.filter(pc.equal(here["item"], item))["region"].to_pylist() if p), "")
    parts = tuple(_row(row, asked, place) for row in rows.to_pylist())
    value = plain_number(sum(row["amount"] for row in rows.to_pylist()) * exact_ratio(UNIT, PRINTED))
    return parts[0] if len(parts) == 1 else Trace(name, value, PRINTED, "footprint.how_emission", parts=parts)


def _row(row: dict[str, object], asked: Asked, place: str) -> Trace:
    name = f"{row['site']}!{str(row['month_on'])[:7]}!{row['item']}!{row['scope']}"
    file, _, cell = str(row["source_cell"] or "").partition("!")
    unit = str(row["quantity_unit"])
    activity = Trace(
        str(row["item"]), plain_number(float(f"{row['quantity']:.12g}")), unit, "footprint.how_quantity", source=Source("file", file, cell)
    )
    variant = _variant(str(row["item"]), str(row["scope"]), unit)
    factors = [_factor(slot, asked, place) for slot in variant.slots]
    fixed = [
        Trace(p.name, plain_number(p.value), p.unit, "measure.how_parameter", source=Source("document", p.source))
        for p in variant.parameters
    ]
    value = plain_number(Fraction(int(str(row["amount"]))) * exact_ratio(UNIT, PRINTED))
    return Trace(name, value, PRINTED, "footprint.how_emission", parts=(activity, *factors, *fixed))


def _variant(item: str, scope: str, unit: str) -> Variant:
    market = items().market.variant
    if scope == market.scope and item == market.item:
        return market
    found = variant_of(items().variants[item], unit)
    return found if found is not None else items().variants[item][0]


def _factor(slot: Slot, asked: Asked, place: str) -> Trace:
    found = asked.find(slot, place)
    if found.factor is None:
        return Trace(slot.slot, "", slot.unit, "footprint.how_missing")
    note = f"{found.factor.key} ({'+'.join(found.how)})"
    document = Source("document", factor_title(found.factor, asked.reference), found.factor.locator)
    return Trace(slot.slot, plain_number(found.factor.value), found.factor.unit, "measure.how_factor", note, source=document)
