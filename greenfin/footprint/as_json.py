"""A footprint as the JSON of the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.units import WrongDimension, exact_ratio
from greenfin.footprint.activity import Activity, activity_of
from greenfin.footprint.coverage import missing_of, months_of, not_counted, share_covered
from greenfin.footprint.emit import UNIT
from greenfin.footprint.items import Intensity, items
from greenfin.footprint.rows import by, total
from greenfin.footprint.whole_year import asked_of

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

PRINTED = "tCO2e"
SCOPES = ("1", "2_location", "2_market", "3")
_SHARE_OF = {"per_head": "staff", "per_area": "area"}


def footprint_json(
    emissions: pa.Table,
    operations: pa.Table,
    *,
    year: int,
    reference: Reference,
    problems: Sequence[dict[str, object]] = (),
) -> dict[str, object]:
    """Scopes, total (scope 1 and location-based scope 2), items with their factors, intensity and coverage; a scope not counted is null.

    Beside them scope 3 by category, all scopes by gas, what is outside of every total, and items without a figure (``co2e`` null).
    """
    grams = {scope: total(emissions, scope) for scope in SCOPES}
    counted = [g for g in (grams["1"], grams["2_location"]) if g is not None]
    whole = sum(counted) if counted else None
    asked = asked_of(year=year, reference=reference)
    found, _ = activity_of(operations, asked, items())
    return {
        "year": year,
        "scopes": {scope: _amount(g) for scope, g in grams.items()},
        "total": _amount(whole),
        "items": [*_items(emissions), *_without_figure(found)],
        "categories": {name: _amount(g) for name, g in by(emissions, "category").items()},
        "gases": {name: _amount(g) for name, g in by(emissions, "gas").items()},
        "outside": _amount(total(emissions, "outside")),
        "intensity": _intensities(found.table, whole),
        "coverage": _coverage(found, operations, emissions, missing=missing_of(found, asked, items=items())),
        "problems": list(problems),
    }


def tonnes(grams: int) -> float:
    """Grams as tonnes, for JSON."""
    return float(grams * exact_ratio(UNIT, PRINTED))


def _amount(grams: int | None) -> dict[str, object] | None:
    return None if grams is None else {"value": tonnes(grams), "unit": PRINTED}


def _coverage(found: Activity, operations: pa.Table, emissions: pa.Table, *, missing: object) -> dict[str, object]:
    """Sites and months there are, months that lack, estimates, and the share of staff and area that stands at sites with bills."""
    shares = {
        i.name: share_covered(operations, found, i.item, unit=i.unit, items=items()) for i in items().intensity if i.name in _SHARE_OF
    }
    return {
        "sites": sorted(set(found.sites.tolist())),
        "months": months_of(found, items()),
        "missing": missing,
        "estimated": int(pc.sum(pc.cast(pc.fill_null(emissions["estimated"], False), pa.int64())).as_py() or 0),
        **{f"{_SHARE_OF[name]}_share": share for name, share in shares.items()},
    }


def _without_figure(found: Activity) -> list[dict[str, object]]:
    nothing = {"scope": None, "category": None, "gas": None, "factor": "", "co2e": None}
    return [
        {"site": n.site, "item": n.item, "quantity": n.quantity, "unit": n.unit, "reason": n.reason, **nothing}
        for n in not_counted(found, items())
    ]


def _items(emissions: pa.Table) -> list[dict[str, object]]:
    keys = ["scope", "site", "item", "category", "gas", "quantity_unit", "factors"]
    summed = emissions.group_by(keys).aggregate([("amount", "sum"), ("quantity", "sum")]).sort_by([(k, "ascending") for k in keys])
    return [
        {
            "site": row["site"],
            "item": row["item"],
            "scope": row["scope"],
            "category": row["category"],
            "gas": row["gas"],
            "quantity": row["quantity_sum"],
            "unit": row["quantity_unit"],
            "factor": "; ".join(f"{use['key']} ({use['found']})" for use in json.loads(row["factors"])),
            "co2e": tonnes(row["amount_sum"]),
        }
        for row in summed.to_pylist()
    ]


def _intensities(activity: pa.Table, whole: int | None) -> dict[str, object]:
    found: dict[str, object] = {}
    for declared in items().intensity:
        size = _size(activity, declared)
        if whole is not None and size:
            found[declared.name] = {
                "value": float(Fraction(whole) * exact_ratio(UNIT, PRINTED) / size),
                "unit": f"{PRINTED}/{declared.unit}",
            }
    return found


def _size(activity: pa.Table, declared: Intensity) -> Fraction:
    """Heads or area over all sites: the months' average of each site, or its latest month."""
    rows = activity.filter(pc.equal(activity["item"], declared.item)).sort_by("month_on")
    by_site: dict[str, list[Fraction]] = {}
    for site, value, unit in zip(*(rows[name].to_pylist() for name in ("site", "quantity", "unit")), strict=True):
        try:
            by_site.setdefault(site, []).append(Fraction(value) * exact_ratio(unit or declared.unit, declared.unit))
        except WrongDimension:
            continue  # said when the footprint was made
    if declared.how == "average":
        return sum((sum(values, Fraction(0)) / len(values) for values in by_site.values()), Fraction(0))
    return sum((values[-1] for values in by_site.values()), Fraction(0))
