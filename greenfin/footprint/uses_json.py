"""What is made of a footprint (a published total explained, targets, a statement, restatements) as the JSON of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenfin.footprint.ahead import Ahead
from greenfin.footprint.as_json import PRINTED, tonnes
from greenfin.footprint.choices import Choice
from greenfin.footprint.items import items
from greenfin.footprint.neutral import Neutral, OnPath
from greenfin.footprint.pledges import Offset, Pledges
from greenfin.footprint.restate import Restated
from greenfin.footprint.reverse import Explained, Reverse
from greenfin.footprint.standing import WHOLE
from greenfin.methods.finding import factor_title

if TYPE_CHECKING:
    from greenfin.reference.factors import Factor
    from greenfin.reference.load import Reference

Shown = dict[str, object]


def explained_json(found: Reverse, *, default: float | None, sets: Sequence[Restated], reference: Reference) -> Shown:
    """``explained``: the sets of factors, best first; ``reverse``: what was asked, what the usual choice and the named sets give."""
    return {
        "explained": [_explained(each, reference) for each in found.sets if each.fits != "none"],
        "reverse": {
            "published": {"value": found.published, "unit": PRINTED},
            "found": any(each.fits != "none" for each in found.sets),
            "nearest": [_explained(each, reference) for each in found.sets if each.fits == "none"],
            "default": _against(default, found.published),
            "sets": [{"set": each.factor_set, **_against(tonnes(each.total), found.published)} for each in sets if each.factor_set],
            "looked_at": found.looked_at,
            "cut": list(found.cut),
        },
    }


def _against(value: float | None, published: float) -> Shown:
    return {"value": value, "unit": PRINTED, "relative": None if value is None else value / published - 1}


def _explained(each: Explained, reference: Reference) -> Shown:
    return {
        "value": each.total,
        "unit": PRINTED,
        "difference": each.total - each.total / (1 + each.difference),
        "relative": each.difference,
        "fits": each.fits,
        "unlikely": each.cost,
        "scopes": list(each.scopes),
        "left_out": list(each.left_out),
        "parts": [_part(part, reference) for part in each.parts],
    }


def _part(part: Choice, reference: Reference) -> Shown:
    amount = part.amount
    quantity = None if amount is None else amount.whole
    return {
        "item": part.item,
        "scope": part.scope,
        "quantity": quantity,
        "unit": None if amount is None else amount.unit,
        "per_unit": part.tonnes / quantity if quantity else None,
        "co2e": part.tonnes,
        "factors": [_factor(factor, reference) for factor in part.factors],
        "same_value": [list(keys) for keys in part.alike],
    }


def _factor(factor: Factor, reference: Reference) -> Shown:
    return {
        "key": factor.key,
        "value": str(factor.value),
        "unit": factor.unit,
        "region": factor.region,
        "data_year": factor.data_year,
        "document": factor_title(factor, reference),
        "locator": factor.locator,
        "verified": factor.verified,
    }


def restated_json(found: Sequence[Restated]) -> list[Shown]:
    """Each year under each set, with the difference of every item from the first set of that year."""
    firsts = {each.year: each for each in reversed(found)}
    return [_restated(each, firsts[each.year]) for each in found]


def _restated(each: Restated, first: Restated) -> Shown:
    keys = sorted({*each.items, *first.items})
    return {
        "set": each.factor_set,
        "year": each.year,
        "scopes": {scope: tonnes(grams) for scope, grams in each.scopes.items()},
        "total": {"value": tonnes(each.total), "unit": PRINTED},
        "difference": tonnes(each.total - first.total),
        "relative": each.total / first.total - 1 if first.total else None,
        "items": [_item(scope, item, each.items.get((scope, item)), first.items.get((scope, item))) for scope, item in keys],
    }


def _item(scope: str, item: str, grams: int | None, first: int | None) -> Shown:
    both = grams is not None and first is not None
    return {
        "item": item,
        "scope": scope,
        "co2e": None if grams is None else tonnes(grams),
        "difference": tonnes((grams or 0) - (first or 0)) if both else None,
    }


def targets_json(paths: Sequence[OnPath], statement: Neutral, pledges: Pledges) -> Shown:
    """``targets``: the path and where the year is on it (null without a target); ``neutrality``: the four lines and what they rest on.

    ``all_targets`` are those of the whole and of every intensity; ``targets`` is that of the whole, else the first.
    """
    main = next((path for path in paths if not path.target.per), next(iter(paths), None))
    every = [_path(path) for path in paths]
    return {"targets": None if main is None else _path(main), "all_targets": every, "neutrality": _neutral(statement, pledges)}


def _path(path: OnPath) -> Shown:
    target = path.target
    by = next((f"/{each.unit}" for each in items().intensity if each.name == target.per), "")
    return {
        "measure": target.per or WHOLE,
        "unit": PRINTED + by,
        "base_year": target.base_year,
        "base": {"value": tonnes(path.base), "unit": PRINTED + by, "stated": target.base is not None},
        "reduction": float(target.reduction),
        "target_year": target.target_year,
        "source": target.source,
        "path": [{"year": year, "value": tonnes(grams)} for year, grams in path.path],
        "target": tonnes(path.wanted),
        "actual": tonnes(path.actual),
        "gap": tonnes(path.actual - path.wanted),
        "forecast": {
            "value": tonnes(path.expected),
            "gap": tonnes(path.expected - path.wanted),
            "items": [_ahead(each) for each in path.ahead if each.how != "complete"],
        },
        "on_track": path.expected <= path.wanted,
    }


def _ahead(each: Ahead) -> Shown:
    return {
        "site": each.site,
        "item": each.item,
        "so_far": tonnes(each.so_far),
        "value": tonnes(each.grams),
        "method": each.how,
        "months_missing": list(each.months),
    }


def _neutral(statement: Neutral, pledges: Pledges) -> Shown:
    return {
        "unit": PRINTED,
        "gross": tonnes(statement.gross),
        "green_power": tonnes(statement.green),
        "after_green_power": tonnes(statement.after_green_power),
        "offsets": tonnes(statement.offsets),
        "residual": tonnes(statement.residual),
        "bought": tonnes(statement.bought),
        "surplus_bought": tonnes(statement.surplus),
        "shortfall": tonnes(statement.shortfall),
        "claim": statement.claim,
        "lacks": list(statement.lacks),
        "credits": [_credit(each) for each in pledges.offsets],
    }


def _credit(each: Offset) -> Shown:
    return {
        "kind": each.kind,
        "value": tonnes(each.grams),
        "year": each.year,
        "vintage": each.vintage,
        "retired_on": each.retired_on or None,
        "proof": each.proof or None,
        "lacks": list(each.lacks),
    }
