"""The rows of a year that can be counted, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Problem, error, info, warning
from greenfin.footprint.emit import Asked, Texts, variant_of
from greenfin.footprint.items import Items
from greenfin.methods.declare import Slot
from greenfin.methods.finding import place_known
from greenfin.methods.readings import plain, reading


@dataclass(frozen=True, slots=True)
class Activity:
    """The usable rows of a year as numpy columns beside their table."""

    table: pa.Table
    sites: Texts
    items: Texts
    units: Texts
    places: Texts
    months: NDArray[np.int64]
    spans: NDArray[np.int64]  # how many months a row covers; 0: not said
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sites)


def activity_of(operations: pa.Table, asked: Asked, items: Items) -> tuple[Activity, list[Problem]]:
    """The rows of the year with a known item, a unit that fits and a quantity that is not negative; ``estimated`` is False on each."""
    problems = [
        error("footprint.month_missing", str(cell or site or ""), site=site, item=item)
        for site, item, cell in _rows(operations.filter(pc.is_null(operations["month_on"])))
    ]
    dated = operations.filter(pc.is_valid(operations["month_on"]))
    table = dated.filter(pc.equal(pc.year(dated["month_on"]), asked.year))
    keep = pc.is_in(table["item"], value_set=pa.array(items.known))
    strangers = sorted(set(table.filter(pc.invert(keep))["item"].to_pylist()), key=str)
    problems.extend(_stranger(str(item), items) for item in strangers)
    table = _with_quantity(table.filter(keep), problems)
    table = _with_unit(table, items, problems)
    found = columns_of(table.append_column("estimated", pa.array([False] * table.num_rows, pa.bool_())))
    problems.extend(_without_place(found, asked, items))
    problems.extend(_doubles(found))
    problems.extend(_moved_meters(found))
    return found, problems


def _stranger(item: str, items: Items) -> Problem:
    """An item nobody knows, with the nearest that are known."""
    near = get_close_matches(item.casefold(), items.known, n=3)
    return error("footprint.item_unknown", item, item=item, known=", ".join(near or items.known))


def _rows(table: pa.Table) -> list[tuple[str, str, str]]:
    return list(zip(*(table[name].to_pylist() for name in ("site", "item", "source_cell")), strict=True))


def columns_of(table: pa.Table) -> Activity:
    """The columns of rows that can be counted."""
    site, item, unit, place = (_texts(table, name) for name in ("site", "item", "unit", "region"))
    spans = np.asarray(pc.fill_null(table["months"], 0).to_pylist(), dtype=np.int64)
    months = np.asarray(pc.month(table["month_on"]).to_pylist(), dtype=np.int64)
    values = np.asarray(table["quantity"].to_pylist(), dtype=np.float64)
    return Activity(table, sites=site, items=item, units=unit, places=place, months=months, spans=spans, values=values)


def _texts(table: pa.Table, name: str) -> Texts:
    return np.asarray(pc.fill_null(table[name], "").to_pylist(), dtype=str)


def _with_quantity(table: pa.Table, problems: list[Problem]) -> pa.Table:
    empty = pc.or_(pc.is_null(table["quantity"]), pc.is_nan(pc.fill_null(table["quantity"], 0.0)))
    without = table.filter(empty).to_pylist()
    problems.extend(error("footprint.quantity_missing", row["source_cell"] or "", **_about(row)) for row in without)
    table = table.filter(pc.invert(empty))
    negative = pc.less(table["quantity"], 0.0)
    below = table.filter(negative).to_pylist()
    problems.extend(error("footprint.quantity_negative", row["source_cell"] or "", value=row["quantity"], **_about(row)) for row in below)
    return table.filter(pc.invert(negative))


def _about(row: dict[str, object]) -> dict[str, object]:
    return {"site": row["site"], "month": str(row["month_on"])[:7], "item": row["item"]}


def _with_unit(table: pa.Table, items: Items, problems: list[Problem]) -> pa.Table:
    """Drops rows of counted items whose unit no variant takes; says which units were read as another."""
    pairs = sorted({(str(i), str(u or "")) for i, u in zip(table["item"].to_pylist(), table["unit"].to_pylist(), strict=True)})
    unfit = []
    for item, unit in pairs:
        if item not in items.variants:
            continue
        variant = variant_of(items.variants[item], unit)
        if variant is None:
            unfit.append((item, unit))
        elif through := reading(variant.input, unit):
            problems.append(info("footprint.read_as", item, item=item, unit=unit, wanted=through.to_unit))
    for item, unit in unfit:
        bad = pc.and_(pc.equal(table["item"], item), pc.equal(pc.fill_null(table["unit"], ""), unit))
        wanted = " | ".join(variant.input.unit for variant in items.variants[item])
        cells = table.filter(bad)["source_cell"].to_pylist()
        problems.extend(error("footprint.unit_wrong", cell or item, item=item, unit=plain(unit), wanted=wanted) for cell in cells)
        table = table.filter(pc.invert(bad))
    return table


def _without_place(found: Activity, asked: Asked, items: Items) -> list[Problem]:
    """Sites whose place decides about a factor (of no set that names a region, nor of the file's own) and is not known."""
    placed = [item for item, variants in items.variants.items() if any(_is_placed(slot, asked) for v in variants for slot in v.slots)]
    unknown = [place for place in np.unique(found.places).tolist() if not place_known(asked.reference, place)]
    own = found.table["factor"].is_valid().to_numpy()
    sites = np.unique(found.sites[np.isin(found.places, unknown) & np.isin(found.items, placed) & ~own]).tolist()
    return [warning("footprint.region_missing", site, site=site) for site in sites]


def _is_placed(slot: Slot, asked: Asked) -> bool:
    chosen = asked.reference.factor_sets.get(asked.factor_set) if asked.factor_set else None
    return slot.region == "nearest" and (chosen is None or chosen.choice(slot.slot, slot.id).region is None)


def _doubles(found: Activity) -> list[Problem]:
    """Rows that repeat site, meter, month, item and quantity."""
    meters = _texts(found.table, "meter")
    told = zip(found.sites, meters, found.months, found.items, found.values.tolist(), strict=True)
    keys = np.asarray([f"{s}\t{e}\t{m:02d}\t{i}\t{v!r}" for s, e, m, i, v in told])
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    rows = [found.table.slice(int(at), 1).to_pylist()[0] for at in first[(counts > 1) & (found.values[first] > 0)]] if keys.size else []
    return [warning("footprint.same_twice", row["source_cell"] or "", **_about(row)) for row in rows]


def _moved_meters(found: Activity) -> list[Problem]:
    """A meter that stands at two sites is one bill told twice, or a wrong number."""
    meters = _texts(found.table, "meter")
    known = np.flatnonzero(meters != "")
    told = np.asarray([f"{meters[at]}\t{found.sites[at]}" for at in known], dtype=str)
    pairs, first = np.unique(told, return_index=True)
    problems, seen = [], dict[str, str]()
    for pair, at in zip(pairs, first, strict=True):
        meter, _, site = str(pair).partition("\t")
        if meter in seen:
            cell = found.table["source_cell"][int(known[at])].as_py() or site
            problems.append(warning("footprint.meter_twice", cell, meter=meter, site=site, other=seen[meter]))
        seen[meter] = site
    return problems
