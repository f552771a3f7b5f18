"""Financed emissions as the JSON of the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.money import to_yuan
from greenfin.core.units import G_PER_T
from greenfin.financed.activity import activity_of, held
from greenfin.financed.totals import BY_EMISSIONS, BY_OUTSTANDING, Total, left_out, quality_band, rolled_up, summed_by
from greenfin.messages import say

UNIT = "tCO2e"
GROUPS = {"asset_class": "asset_class", "section": "section", "industry": "high_carbon", "branch": "branch_code"}
_SCOPES = ("scope1", "scope2", "scope3", "lulucf", "avoided", "removals", "credits_retired", "credits_generated")
WEIGHTS = {"pboc-high-carbon-draft": BY_EMISSIONS}  # the others weigh by the amount outstanding


def financed_json(
    financed: pa.Table, exposures: pa.Table, standard: str, *, problems: Sequence[Mapping[str, object]] = ()
) -> dict[str, object]:
    """One standard: total, groups, each loan, weighted quality, coverage and what is left out with the reason; tonnes, shares and CNY."""
    sums = summed_by(financed.append_column("branch_code", exposures["branch_code"]), tuple(GROUPS.values()))
    whole = rolled_up(sums)[()]
    return {
        "standard": standard,
        "total": total_json(whole),
        "by": {name: _groups(sums, name, column) for name, column in GROUPS.items()},
        "loans": list(_loans(financed, exposures)),
        "quality_score": _number(score(standard, whole)),
        "quality": quality_json(standard, whole),
        "coverage": coverage_json(whole),
        "excluded": _excluded(financed),
        "excluded_by_reason": {reason: {"count": n, "balance": float(to_yuan(fen))} for reason, (n, fen) in left_out(financed).items()},
        "problems": list(problems),
    }


def _groups(sums: pl.DataFrame, name: str, column: str) -> list[dict[str, object]]:
    return [{name: key or None, **total_json(one)} for (key,), one in rolled_up(sums, [column]).items()]


def score(standard: str, total: Total) -> Fraction | None:
    """The weighted quality as the standard weighs it."""
    return total.by_emissions if WEIGHTS.get(standard) == BY_EMISSIONS else total.by_outstanding


def quality_json(standard: str, total: Total) -> dict[str, object]:
    """Both weighted scores, the one that is the standard's own, and its band."""
    return {
        "weight": WEIGHTS.get(standard, BY_OUTSTANDING),
        "by_outstanding": _number(total.by_outstanding),
        "by_emissions": _number(total.by_emissions),
        "band": quality_band(standard, total),
    }


def coverage_json(total: Total) -> dict[str, object]:
    """How much is in, by number and by balance."""
    return {
        "count": total.count,
        "included": total.included,
        "by_count": total.included / total.count if total.count else None,
        "balance": float(to_yuan(total.balance_fen)),
        "included_balance": float(to_yuan(total.included_fen)),
        "by_balance": _number(total.coverage),
        "without_balance": total.unvalued,
    }


def total_json(total: Total) -> dict[str, object]:
    """A total in tonnes, by scope, with its intensity."""
    apart = {name: tonnes(total.grams[f"{name}_g"]) for name in _SCOPES}
    return {
        "value": tonnes(total.grams["financed_g"]),
        "unit": UNIT,
        "grams": total.grams["financed_g"],
        **apart,
        "intensity": {"value": _number(total.intensity), "unit": say("unit.financed_intensity", "zh")},
        "balance": float(to_yuan(total.balance_fen)),
        "included_balance": float(to_yuan(total.included_fen)),
        "count": total.count,
        "included": total.included,
        "quality_score": {"by_outstanding": _number(total.by_outstanding), "by_emissions": _number(total.by_emissions)},
    }


def tonnes(grams: int | None) -> float | None:
    """Whole grams as tonnes."""
    return None if grams is None else float(Fraction(grams, G_PER_T))


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _loans(financed: pa.Table, exposures: pa.Table) -> Iterator[dict[str, object]]:
    names = ("asset_class", "method", "option", "attribution", "denominator_kind", "numerator_kind", "quality", "quality_scope3")
    counts = pc.fill_null(financed["included"], False)
    told = exposures.select(held(exposures)).filter(counts).to_pylist()
    for row, said in zip(financed.filter(counts).to_pylist(), told, strict=True):
        yield {
            "id": row["exposure_id"],
            **{name: row[name] for name in names},
            "financed_co2e": tonnes(row["financed_g"]),
            **{name: tonnes(row[f"{name}_g"]) for name in _SCOPES},
            "flags": json.loads(row["flags"] or "[]"),
            "factors": json.loads(row["factors"] or "[]"),
            "activity": [{"name": name, "quantity": amount, "unit": unit} for name, amount, unit in activity_of(said, row["option"])],
        }


def _excluded(financed: pa.Table) -> list[dict[str, object]]:
    out = financed.filter(pc.invert(pc.fill_null(financed["included"], False))).select(["exposure_id", "excluded_reason"])
    return [{"id": row["exposure_id"], "reason": row["excluded_reason"]} for row in out.to_pylist()]
