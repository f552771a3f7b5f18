"""What there is and what is not: months of an item, sites of other years, quantities without a figure, shares of area and staff."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import MONTHS
from greenfin.core.problems import Problem, info, warning
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, ratio
from greenfin.footprint.activity import Activity
from greenfin.footprint.ahead import TOTAL
from greenfin.footprint.emit import Asked, variant_of
from greenfin.footprint.estimate import covered
from greenfin.footprint.items import Intensity, Items, items

PER_SITE = ("staff", "area")  # what a site has of its own; assets are the bank's


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A quantity that is recorded but has no figure, and why (``kind_unknown`` or ``no_factor``)."""

    site: str
    item: str
    quantity: float
    unit: str
    reason: str


def months_of(found: Activity, items: Items) -> dict[str, dict[str, list[int]]]:
    """The months there are, by site and counted item; a row that says how many months it covers counts for them all."""
    months: dict[str, dict[str, list[int]]] = {}
    for (site, item), held in covered(found, items).items():
        months.setdefault(site, {})[item] = sorted(held)
    return months


def missing_of(found: Activity, asked: Asked, *, items: Items) -> dict[str, dict[str, list[int]]]:
    """The months until the day of asking that lack, by site and item; an item with one row of unknown span lacks none."""
    last = min(MONTHS, asked.on.month) if asked.on.year == asked.year else MONTHS
    missing: dict[str, dict[str, list[int]]] = {}
    for site, by_item in months_of(found, items).items():
        for item, months in by_item.items():
            lacking = sorted(set(range(1, last + 1)) - set(months))
            if lacking and len(months) > 1 and item not in items.occasional:
                missing.setdefault(site, {})[item] = lacking
    return missing


def gaps(found: Activity, operations: pa.Table, asked: Asked, *, items: Items) -> list[Problem]:
    """One row taken as the whole year, sites that only have other years, sites without a bill, quantities without a figure.

    Months that lack are told where the sheet is read.
    """
    problems: list[Problem] = []
    for site, by_item in months_of(found, items).items():
        for item, months in by_item.items():
            if len(months) == 1 and not found.spans[(found.sites == site) & (found.items == item)].any():
                problems.append(warning("footprint.one_row", site, site=site, item=item, year=asked.year))
    absent = sorted(set(pc.unique(operations["site"]).to_pylist()) - set(found.sites.tolist()) - {None})
    problems.extend(warning("footprint.site_missing", site, site=site, year=asked.year) for site in absent)
    problems.extend(_without_bills(found, asked, items))
    problems.extend(_without_size(found, items))
    problems.extend(_said(not_counted(found, items)))
    return problems


def _without_bills(found: Activity, asked: Asked, items: Items) -> list[Problem]:
    """Sites that state staff or area but no energy at all, where other sites do."""
    billed = _billed(found, items)
    idle = sorted(set(found.sites.tolist()) - billed) if billed else []
    stocked = {str(site) for site in found.sites[np.isin(found.items, items.stocks)]}
    return [warning("footprint.site_without_bills", site, site=site, year=asked.year) for site in idle if site in stocked]


def uncounted(operations: pa.Table, emissions: pa.Table, *, year: int, sure: pa.Table | None = None) -> tuple[tuple[str, str], ...]:
    """Item and scope (1, location-based 2) of what was used in a year and has no emissions: none at all, for want of a factor or of a bill
    that stands, or none of some of the ``sure`` bills (those not in doubt), as of a place without a factor."""
    used = _used(operations, year).group_by("item").aggregate([]).column("item").to_pylist()
    there = set(zip(emissions["item"].to_pylist(), emissions["scope"].to_pylist(), strict=True))
    every = {(item, scope) for item in used for scope in _scopes(item)}
    return tuple(sorted((every - there) | (_partly(_used(sure, year), emissions) if sure is not None else set())))


def _used(operations: pa.Table, year: int) -> pa.Table:
    rows = operations.filter(pc.fill_null(pc.equal(pc.year(operations["month_on"]), year), False))
    return rows.filter(pc.fill_null(pc.greater(rows["quantity"], 0.0), False))


def _partly(bills: pa.Table, emissions: pa.Table) -> set[tuple[str, str]]:
    """Item and scope of which some bill has no emissions: at its site, in its month."""
    there = set(zip(*(emissions[name].to_pylist() for name in ("item", "scope", "site", "month_on")), strict=True))
    keys = set(zip(*(bills[name].to_pylist() for name in ("item", "unit", "site", "month_on")), strict=True))
    scopes = {(item, unit): _scopes(item, unit) for item, unit, _, _ in keys}
    wanted = ((item, scope, site, day) for item, unit, site, day in keys for scope in scopes[item, unit])
    return {(item, scope) for item, scope, site, day in wanted if (item, scope, site, day) not in there}


def _scopes(item: str, unit: str | None = None) -> set[str]:
    """The scopes (1, location-based 2) that a quantity of an item always counts in; in any unit where none that fits is told."""
    variants = items().variants.get(item, ())
    one = None if unit is None else variant_of(variants, unit)
    parts = (part for variant in ((one,) if one else variants) for part in variant.parts)
    return {part.scope for part in parts if part.scope in TOTAL and not part.when}


def not_counted(found: Activity, items: Items) -> tuple[NotCounted, ...]:
    """What is recorded without a figure, by site, item and unit."""
    keys = sorted({(s, i, u) for s, i, u in zip(found.sites, found.items, found.units, strict=True) if i in items.uncounted})
    return tuple(
        NotCounted(str(site), str(item), _sum(found, str(site), str(item), unit=str(unit)), str(unit), items.uncounted[item])
        for site, item, unit in keys
    )


def _sum(found: Activity, site: str, item: str, *, unit: str) -> float:
    return float(found.values[(found.sites == site) & (found.items == item) & (found.units == unit)].sum())


def _said(uncounted: Iterable[NotCounted]) -> list[Problem]:
    problems = []
    for one in uncounted:
        slots = {"site": one.site, "item": one.item, "value": f"{one.quantity:.10g}", "unit": one.unit}
        known = one.reason == "kind_unknown"
        problems.append(
            warning("footprint.not_counted_kind", one.site, **slots) if known else info("footprint.not_counted", one.site, **slots)
        )
    return problems


def sizes_of(found: Activity, declared: Intensity) -> dict[str, Fraction]:
    """Heads or area by site: the months' average, or the latest month; rows of one month add up."""
    months: dict[str, dict[date, Fraction]] = {}
    rows = found.table.filter(pc.equal(found.table["item"], declared.item))
    for site, month, value, unit in zip(*(rows[name].to_pylist() for name in ("site", "month_on", "quantity", "unit")), strict=True):
        try:
            amount = Fraction(value) * exact_ratio(unit or declared.unit, declared.unit)
        except (UnknownUnit, WrongDimension):
            continue  # said when the footprint was made
        held = months.setdefault(site, {})
        held[month] = held.get(month, Fraction(0)) + amount
    if declared.how == "average":
        return {site: sum(held.values(), Fraction(0)) / len(held) for site, held in months.items()}
    return {site: held[max(held)] for site, held in months.items()}


def sized(found: Activity, declared: Intensity, *, items: Items) -> tuple[tuple[str, ...] | None, Fraction]:
    """The sites whose emissions are told by their size (None: all), and that size; 0 where nobody states it."""
    sizes = sizes_of(found, declared)
    lacking = unsized(found, declared, items=items) if declared.item in PER_SITE else ()
    return tuple(sorted(sizes)) if lacking else None, sum(sizes.values(), Fraction(0))


def unsized(found: Activity, declared: Intensity, *, items: Items) -> tuple[str, ...]:
    """Sites with bills that do not state their size where others do; none where a site without bills states it (the whole bank's)."""
    billed = _billed(found, items)
    sized = {site for site, size in sizes_of(found, declared).items() if size}
    return tuple(sorted(billed - sized)) if sized and sized <= billed else ()


def _billed(found: Activity, items: Items) -> set[str]:
    return set(found.sites[np.isin(found.items, list(items.variants))].tolist())


def _without_size(found: Activity, items: Items) -> list[Problem]:
    """Sites whose emissions stay out of what is told per head or per area."""
    return [
        warning("footprint.size_missing", lacking[0], item=declared.item, sites=", ".join(lacking), count=len(lacking))
        for declared in items.intensity
        if declared.item in PER_SITE and (lacking := unsized(found, declared, items=items))
    ]


def share_covered(operations: pa.Table, found: Activity, item: str, *, unit: str, items: Items) -> float | None:
    """The share of the sites' staff or area (``item``) that stands at sites with a counted quantity in the year; None where unknown."""
    latest: dict[str, tuple[date | None, float]] = {}
    rows = operations.filter(pc.fill_null(pc.equal(operations["item"], item), False)).sort_by("month_on")
    for site, month, value, stated in zip(*(rows[name].to_pylist() for name in ("site", "month_on", "quantity", "unit")), strict=True):
        if value is None:
            continue
        try:
            amount = value * ratio(stated or unit, unit)
        except (UnknownUnit, WrongDimension):
            continue  # said when the footprint was made
        day, before = latest.get(site, (month, 0.0))
        latest[site] = (month, amount + (before if day == month else 0.0))  # rows of one month add up
    held = {site: amount for site, (_, amount) in latest.items()}
    billed = _billed(found, items)
    if held.keys() <= billed and not billed <= held.keys():
        return None  # of some sites with bills nobody knows
    whole = sum(held.values())
    return sum(value for site, value in held.items() if site in billed) / whole if whole else None
