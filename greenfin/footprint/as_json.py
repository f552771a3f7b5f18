"""A footprint as the JSON of the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.units import exact_ratio
from greenfin.footprint.activity import Activity
from greenfin.footprint.coverage import missing_of, months_of, not_counted, share_covered, sized
from greenfin.footprint.doubt import Usable, usable_of
from greenfin.footprint.emit import UNIT
from greenfin.footprint.items import items
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
    conventions: Mapping[str, str] | None = None,
    problems: Sequence[dict[str, object]] = (),
) -> dict[str, object]:
    """Scopes, total (scope 1 and location-based scope 2), items with their factors, intensity and coverage; a scope not counted is null.

    Beside them scope 3 by category, all scopes by gas, what is outside of every total, and items without a figure (``co2e`` null).
    """
    grams = {scope: total(emissions, scope) for scope in SCOPES}
    counted = [g for g in (grams["1"], grams["2_location"]) if g is not None]
    whole = sum(counted) if counted else None
    asked = asked_of(year=year, reference=reference, conventions=conventions)
    usable = usable_of(operations, asked, items())
    found = usable.found
    return {
        "year": year,
        "scopes": {scope: _amount(g) for scope, g in grams.items()},
        "total": _amount(whole),
        "items": [*_items(emissions), *_without_figure(found)],
        "categories": {name: _amount(g) for name, g in by(emissions, "category").items()},
        "gases": {name: _amount(g) for name, g in by(emissions, "gas").items()},
        "outside": _amount(total(emissions, "outside")),
        "intensity": _intensities(found, emissions, whole),
        "coverage": _coverage(usable, operations, emissions, missing=missing_of(found, asked, items=items())),
        "problems": list(problems),
    }


def tonnes(grams: int) -> float:
    """Grams as tonnes, for JSON."""
    return float(grams * exact_ratio(UNIT, PRINTED))


def _amount(grams: int | None) -> dict[str, object] | None:
    return None if grams is None else {"value": tonnes(grams), "unit": PRINTED}


def _coverage(usable: Usable, operations: pa.Table, emissions: pa.Table, *, missing: object) -> dict[str, object]:
    """Sites and months there are, months that lack, bills left out, estimates, and the share of staff and area at sites with bills."""
    found = usable.found
    shares = {
        i.name: share_covered(operations, found, i.item, unit=i.unit, items=items()) for i in items().intensity if i.name in _SHARE_OF
    }
    return {
        "sites": sorted(set(found.sites.tolist())),
        "months": months_of(found, items()),
        "missing": missing,
        "in_doubt": [_in_doubt(row) for row in usable.in_doubt.to_pylist()],
        "estimated": int(pc.sum(pc.cast(pc.fill_null(emissions["estimated"], False), pa.int64())).as_py() or 0),
        **{f"{_SHARE_OF[name]}_share": share for name, share in shares.items()},
    }


def _in_doubt(row: Mapping[str, Any]) -> dict[str, object]:
    """A bill that is not counted until it is confirmed."""
    about = {"site": row["site"], "item": row["item"], "month": str(row["month_on"])[:7]}
    return {**about, "quantity": row["quantity"], "unit": row["unit"], "cell": row["source_cell"]}


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


def _intensities(found: Activity, emissions: pa.Table, whole: int | None) -> dict[str, object]:
    """Scopes 1 and 2 by size; where only some of the sites with bills state theirs, those alone, and their share (``covered``)."""
    shown: dict[str, object] = {}
    for declared in items().intensity:
        sites, size = sized(found, declared, items=items())
        if whole is None or not size:
            continue
        part = whole if sites is None else _of_sites(emissions, sites)
        per = float(Fraction(part) * exact_ratio(UNIT, PRINTED) / size)
        shown[declared.name] = {
            "value": per,
            "unit": f"{PRINTED}/{declared.unit}",
            **({} if sites is None else {"covered": part / whole if whole else None}),
        }
    return shown


def _of_sites(emissions: pa.Table, sites: Sequence[str]) -> int:
    """Scope 1 and location-based scope 2 of some sites, in grams."""
    mine = emissions.filter(pc.is_in(emissions["site"], value_set=pa.array(sites, type=pa.string())))
    return (total(mine, "1") or 0) + (total(mine, "2_location") or 0)
