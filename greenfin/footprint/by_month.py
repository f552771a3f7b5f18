"""What the bills of a year say of an item, by site and month, in one unit: those that count and those in doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.units import UnknownUnit, ratio, same_dimension
from greenfin.footprint.items import items
from greenfin.footprint.standing import Case
from greenfin.methods.readings import plain

_KEYS = ["site", "unit", "month", "months", "in_doubt"]


@dataclass(frozen=True, slots=True)
class Billed:
    """The bills of an item at a site in a month together, in ``unit``; ``months`` they cover (0: not said), ``cells`` they stand in."""

    site: str
    month: int
    quantity: float
    unit: str
    months: int
    is_in_doubt: bool
    cells: tuple[str, ...]


def by_month(case: Case, item: str, *, year: int) -> tuple[Billed, ...]:
    """The bills by site and month in the unit most of them are in; one of another dimension (a mass beside volumes) keeps its own."""
    usable = case.usable(year)
    flagged = [
        table.append_column("in_doubt", pa.array([doubt] * table.num_rows, pa.bool_()))
        for table, doubt in ((usable.found.table, False), (usable.in_doubt, True))
    ]
    both = pa.concat_tables(flagged, promote_options="permissive")
    rows = both.filter(pc.equal(both["item"], item))
    rows = rows.append_column("month", pc.month(rows["month_on"]))
    summed = rows.group_by(_KEYS).aggregate([("quantity", "sum"), ("source_cell", "list")]).to_pylist()
    unit = _unit_of(item, Counter(plain(str(row["unit"] or "")) for row in summed))
    return tuple(sorted((_billed(row, unit) for row in summed), key=lambda one: (one.site, one.month)))


def _unit_of(item: str, stated: Counter[str]) -> str:
    """The unit of the item's own figures where most bills can be told in it, else that of most bills."""
    most = stated.most_common(1)[0][0] if stated else ""
    own = next((variant.input.unit for variant in items().variants.get(item, ()) if _alike(variant.input.unit, most)), most)
    return own if most != own and len(stated) > 1 else most


def _alike(one: str, other: str) -> bool:
    try:
        return same_dimension(one, other)
    except UnknownUnit:
        return False


def _billed(row: dict[str, object], unit: str) -> Billed:
    stated = plain(str(row["unit"] or ""))
    into = unit if _alike(stated, unit) else stated
    quantity = float(str(row["quantity_sum"])) * (ratio(stated, into) if into != stated else 1)
    cells = tuple(str(cell) for cell in pa.array([row["source_cell_list"]]).to_pylist()[0] if cell)
    return Billed(str(row["site"]), int(str(row["month"])), quantity, into, int(str(row["months"] or 0)), bool(row["in_doubt"]), cells)
