"""Figures that are possible but unlikely (``bands.csv``): per head, per area, against the site's other months and the year before."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.period import MONTHS
from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.units import UnknownUnit, WrongDimension, ratio, same_dimension
from greenfin.footprint.activity import Activity
from greenfin.footprint.emit import Asked, Texts
from greenfin.footprint.items import Items

Rows = NDArray[np.int64]
SLIP = 1e4  # a unit that was to be ten thousands, or was not
_ROUND = 100  # times from which no decimals are told
_RATIOS = ("per_head", "per_area")
_SIZES = ("staff", "area")


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

    def slipped(self, value: float) -> bool:
        """Whether a value is out, and would be within if its unit were not in ten thousands, or were.

        >>> Band("per_head", "electricity", "staff", 300, 30_000, "kWh/人").slipped(25_000_000)
        True
        """
        return not self.holds(value) and (self.holds(value / SLIP) or self.holds(value * SLIP))


@cache
def bands() -> tuple[Band, ...]:
    """All bands, those of an item before those of any."""
    lines = files("greenfin.footprint").joinpath("bands.csv").read_text("utf-8").splitlines()
    found = (Band(r["what"], r["item"], r["by"], float(r["low"]), float(r["high"]), r["unit"]) for r in csv.DictReader(lines))
    return tuple(sorted(found, key=lambda band: not band.item))


@cache
def _band(what: str, item: str) -> Band:
    return next(band for band in bands() if band.what == what and band.item in (item, ""))


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is told of a figure, and the rows that cannot stand until somebody confirms them (none where it is only unlikely)."""

    problem: Problem
    rows: tuple[int, ...] = ()


def unlikely(found: Activity, operations: pa.Table, asked: Asked, *, items: Items) -> Iterator[Doubt]:
    """A doubt for each figure outside its band, with the cell and what to look at."""
    flagged: set[str] = set()
    for doubt in (*_months(found, asked, items), *_years(found, operations, asked, items=items)):
        if doubt.problem.where not in flagged:  # the first says it
            flagged.add(doubt.problem.where)
            yield doubt
    yield from _ratios(found, asked, items)


def _months(found: Activity, asked: Asked, items: Items) -> Iterator[Doubt]:
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
            yield from _against(found, at, value, median, band=_band("month", item), asked=asked)


def _years(found: Activity, operations: pa.Table, asked: Asked, *, items: Items) -> Iterator[Doubt]:
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
            yield from _against(found, begins, amount, held[pair], band=_band("year_on_year", str(pair[1])), asked=asked)


def _against(found: Activity, at: int, value: float, usual: float, *, band: Band, asked: Asked) -> Iterator[Doubt]:
    times = value / usual
    if band.holds(times):
        return
    row = found.table.slice(at, 1).to_pylist()[0]
    where = str(row["source_cell"] or row["site"])
    slots = {"site": row["site"], "item": row["item"], "month": str(row["month_on"])[:7], "unit": row["unit"]}
    figures = {"value": f"{value:,.10g}", "usual": f"{usual:,.10g}", "times": f"{times:,.0f}" if times >= _ROUND else f"{times:.3g}"}
    of_month = band.what == "month"
    if not _slipped(times):
        yield Doubt(warning("footprint.month_unlike" if of_month else "footprint.year_unlike", where, **slots, **figures))
    elif not of_month:  # of two years nobody knows which is wrong
        yield Doubt(warning("footprint.ten_thousand_year", where, **slots, **figures))
    elif stands(found, (at,), asked):
        yield Doubt(info("footprint.ten_thousand_stands", where, **slots, **figures))
    else:
        yield Doubt(error("footprint.ten_thousand", where, **slots, **figures), (at,))


def _slipped(times: float) -> bool:
    """Whether a figure is about ten thousand times another, or the other way round."""
    slip = _band("slip", "")
    return slip.holds(times) or slip.holds(1 / times)


def stands(found: Activity, rows: Sequence[int], asked: Asked) -> bool:
    """Whether the file says of all these rows that they were looked at, or the user counts what is in doubt."""
    sure = found.table["confirmed"]
    return asked.choices["in_doubt"] == "counted" or all(sure[at].as_py() for at in rows)


def _ratios(found: Activity, asked: Asked, items: Items) -> Iterator[Doubt]:
    """Sites whose whole year per head or per area is outside its band; a year with missing months is not judged.

    Where each ratio that is known is about ten thousand times what could be, the quantity is in doubt, not its size.
    """
    at = {str(pair): rows for pair, rows in _by_pair(found)}
    none = np.zeros(0, dtype=np.int64)
    for site in np.unique(found.sites).tolist():
        for item in dict.fromkeys(one.item for one in bands() if one.what in _RATIOS):
            rows = at.get(f"{site}\t{item}", none)
            own = {by: at.get(f"{site}\t{by}", none) for by in _SIZES}
            judged = list(_judged(found, rows, own, items=items)) if _is_whole(found, rows) else []
            if judged and all(band.slipped(per) for band, per in judged):
                yield _ratio_slip(found, rows, judged, asked=asked)
            else:
                yield from (_ratio(found, rows, band, per, asked=asked) for band, per in judged if not band.holds(per))


def _is_whole(found: Activity, rows: Rows) -> bool:
    """Whether rows cover the whole year, or are one that does not say what it covers."""
    months = {m + i for m, s in zip(found.months[rows], found.spans[rows], strict=True) for i in range(max(int(s), 1))}
    return bool(rows.size) and (len(months) == MONTHS or (rows.size == 1 and not found.spans[rows].any()))


def _judged(found: Activity, rows: Rows, sizes: Mapping[str, Rows], *, items: Items) -> Iterator[tuple[Band, float]]:
    """The year's quantity by each size of its site that is stated, with the band it should be in."""
    item = str(found.items[rows[0]])
    for band in (one for one in bands() if one.what in _RATIOS and one.item == item):
        above, _, below = band.unit.partition("/")
        size, amount = _level(found, sizes[band.by], unit=below), _sum(found, rows, above, item=item, items=items)
        if size and amount:  # nothing used says nothing
            yield band, amount / size


def _ratio(found: Activity, rows: Rows, band: Band, per: float, *, asked: Asked) -> Doubt:
    where, slots = _where_ratio(found, rows, band, per, asked=asked)
    return Doubt(warning("footprint.ratio_unlikely", where, **slots))


def _where_ratio(found: Activity, rows: Rows, band: Band, per: float, *, asked: Asked) -> tuple[str, dict[str, object]]:
    """The first cell of the year, and what is said of it."""
    site = str(found.sites[rows[0]])
    figures = {"found": f"{per:.4g}", "unit": band.unit, "low": f"{band.low:g}", "high": f"{band.high:g}"}
    return str(found.table["source_cell"][int(rows[0])].as_py() or site), {
        "site": site,
        "item": band.item,
        "by": band.by,
        "year": asked.year,
        **figures,
    }


def _ratio_slip(found: Activity, rows: Rows, judged: Sequence[tuple[Band, float]], *, asked: Asked) -> Doubt:
    """The rows of a year that is ten thousand times too much or too little."""
    all_rows = tuple(int(row) for row in rows)
    where, slots = _where_ratio(found, rows, *judged[0], asked=asked)
    if stands(found, all_rows, asked):
        return Doubt(info("footprint.ratio_slip_stands", where, **slots))
    return Doubt(error("footprint.ratio_slip", where, **slots), all_rows)


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
