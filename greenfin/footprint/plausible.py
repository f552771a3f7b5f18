"""Figures that are possible but unlikely (``bands.csv``): per head, per area, against the site's other months and the year before."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Problem, error, warning
from greenfin.core.units import UnknownUnit, WrongDimension, ratio, same_dimension
from greenfin.footprint.activity import Activity
from greenfin.footprint.emit import Asked, Texts
from greenfin.footprint.items import Items

Rows = NDArray[np.int64]
_ALL = 12
_RATIOS = ("per_head", "per_area")


@dataclass(frozen=True, slots=True)
class Band:
    """What is likely: of an item (``""``: any), by another item for a ratio, in a unit."""

    what: str
    item: str
    by: str
    low: float
    high: float
    unit: str

    def holds(self, value: float) -> bool:
        """Whether a value is within."""
        return self.low <= value <= self.high


@cache
def bands() -> tuple[Band, ...]:
    """All bands, those of an item before those of any."""
    lines = files("greenfin.footprint").joinpath("bands.csv").read_text("utf-8").splitlines()
    found = (Band(r["what"], r["item"], r["by"], float(r["low"]), float(r["high"]), r["unit"]) for r in csv.DictReader(lines))
    return tuple(sorted(found, key=lambda band: not band.item))


@cache
def _band(what: str, item: str) -> Band:
    return next(band for band in bands() if band.what == what and band.item in (item, ""))


def unlikely(found: Activity, operations: pa.Table, asked: Asked, *, items: Items) -> Iterator[Problem]:
    """A problem for each figure outside its band, with the cell and what to look at."""
    flagged: set[str] = set()
    for problem in (*_months(found, items), *_years(found, operations, asked, items=items)):
        if problem.where not in flagged:  # the first says it
            flagged.add(problem.where)
            yield problem
    yield from _ratios(found, asked, items)


def _months(found: Activity, items: Items) -> Iterator[Problem]:
    """Rows far from the median of their site's, item's and meter's rows of the year."""
    apart = (found.table[name].to_pylist() for name in ("meter", "use"))
    keys = np.asarray([f"{s}\t{i}\t{m}\t{u}" for s, i, m, u in zip(found.sites, found.items, *apart, strict=True)])
    counted = np.flatnonzero(np.isin(found.items, list(items.variants)) & (found.values > 0))
    for rows in _groups(keys[counted], counted):
        item, units = str(found.items[rows[0]]), found.units[rows].tolist()
        if rows.size < _band("few", "").low or not all(same_dimension(unit, units[0]) for unit in units):
            continue
        scaled = found.values[rows] * np.asarray([ratio(unit, units[0]) for unit in units]) / np.maximum(found.spans[rows], 1)
        median = float(np.median(scaled))
        for at, value in zip(rows.tolist(), scaled.tolist(), strict=True):
            yield from _against(found, at, value, median, band=_band("month", item))


def _years(found: Activity, operations: pa.Table, asked: Asked, *, items: Items) -> Iterator[Problem]:
    """Rows far from the same site's, item's and month's of the year before."""
    before = operations.filter(pc.fill_null(pc.equal(pc.year(operations["month_on"]), asked.year - 1), False))
    held: dict[tuple[object, ...], float] = {}
    for row in before.filter(pc.is_in(before["item"], value_set=pa.array(list(items.variants)))).to_pylist():
        if row["quantity"] is not None:
            key = (row["site"], row["item"], row["meter"], row["use"], row["month_on"].month, row["months"] or 1, row["unit"])
            held[key] = held.get(key, 0.0) + row["quantity"]
    now: dict[tuple[object, ...], tuple[int, float]] = {}
    for at, row in enumerate(found.table.to_pylist() if held else ()):
        key = (row["site"], row["item"], row["meter"], row["use"], row["month_on"].month, row["months"] or 1, row["unit"])
        first, amount = now.get(key, (at, 0.0))
        now[key] = first, amount + row["quantity"]
    for pair, (begins, amount) in now.items():
        if held.get(pair, 0.0) > 0 and amount > 0:
            yield from _against(found, begins, amount, held[pair], band=_band("year_on_year", str(pair[1])))


def _against(found: Activity, at: int, value: float, usual: float, *, band: Band) -> Iterator[Problem]:
    times, slip = value / usual, _band("slip", "")
    if band.holds(times):
        return
    row = found.table.slice(at, 1).to_pylist()[0]
    where = str(row["source_cell"] or row["site"])
    slots = {"site": row["site"], "item": row["item"], "month": str(row["month_on"])[:7], "unit": row["unit"]}
    figures = {"value": f"{value:,.10g}", "usual": f"{usual:,.10g}", "times": f"{times:.3g}"}
    if slip.holds(times) or slip.holds(1 / times):
        tell = error if band.what == "month" else warning  # of two years nobody knows which is wrong
        yield tell("footprint.ten_thousand", where, **slots, **figures)
    else:
        yield warning("footprint.month_unlike" if band.what == "month" else "footprint.year_unlike", where, **slots, **figures)


def _ratios(found: Activity, asked: Asked, items: Items) -> Iterator[Problem]:
    """Sites whose whole year per head or per area is outside its band; a year with missing months is not judged."""
    at = {str(pair): rows for pair, rows in _by_pair(found)}
    none = np.zeros(0, dtype=np.int64)
    for band in (one for one in bands() if one.what in _RATIOS):
        above, _, below = band.unit.partition("/")
        for site in np.unique(found.sites).tolist():
            rows = at.get(f"{site}\t{band.item}", none)
            size = _level(found, at.get(f"{site}\t{band.by}", none), unit=below)
            months = {m + i for m, s in zip(found.months[rows], found.spans[rows], strict=True) for i in range(max(int(s), 1))}
            single = rows.size == 1 and not found.spans[rows].any()
            amount = _sum(found, rows, above, item=band.item, items=items)
            if not rows.size or not size or amount is None or not (single or len(months) == _ALL) or band.holds(amount / size):
                continue
            slots = {"found": f"{amount / size:.4g}", "unit": band.unit, "low": f"{band.low:g}", "high": f"{band.high:g}"}
            cell = found.table["source_cell"][int(rows[0])].as_py() or site
            yield warning("footprint.ratio_unlikely", cell, site=site, item=band.item, by=band.by, year=asked.year, **slots)


def _by_pair(found: Activity) -> Iterator[tuple[str, Rows]]:
    """The rows of each site and item."""
    pairs = np.asarray([f"{site}\t{item}" for site, item in zip(found.sites, found.items, strict=True)])
    return ((str(pairs[rows[0]]), rows) for rows in _groups(pairs, np.arange(pairs.size)))


def _groups(keys: Texts, rows: Rows) -> Iterator[Rows]:
    """The rows of each key, in their order."""
    _, group = np.unique(keys, return_inverse=True)
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    return (part for part in np.split(rows[order], cuts) if part.size)


def _sum(found: Activity, rows: Rows, unit: str, *, item: str, items: Items) -> float | None:
    """Rows added up in a unit; gas by the cubic metre counts as its meter says."""
    reads = {r.to_unit: r.from_unit for variant in items.variants.get(item, ()) for r in variant.input.reads}
    whole = 0.0
    for at in rows.tolist():
        stated = str(found.units[at])
        try:
            times = ratio(stated, unit) if same_dimension(stated, unit) else ratio(stated, next(k for k, v in reads.items() if v == unit))
        except (StopIteration, UnknownUnit, WrongDimension):
            return None
        whole += float(found.values[at]) * times
    return whole


def _level(found: Activity, rows: Rows, *, unit: str) -> float | None:
    """The mean of a stock over its rows."""
    try:
        levels = [float(found.values[at]) * ratio(str(found.units[at]), unit) for at in rows.tolist()]
    except (UnknownUnit, WrongDimension):
        return None
    return sum(levels) / len(levels) if levels else None
