"""The totals of the standards for one book side by side, never added, and why they differ."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.financed.as_json import coverage_json, quality_json, total_json
from greenfin.financed.totals import Total, left_out, totals


@dataclass(frozen=True, slots=True)
class Basis:
    """What a standard's total rests on: the kinds of denominator and of balance, the data, factors, and why rows are left out."""

    denominators: tuple[str, ...]
    balances: tuple[str, ...]
    options: tuple[str, ...]
    factors: tuple[str, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Compared:
    """One standard in the comparison."""

    standard: str
    total: Total
    basis: Basis


ASPECTS = ("denominators", "balances", "perimeter", "options", "factors")


def compared(by_standard: Mapping[str, pa.Table]) -> list[Compared]:
    """Each standard's total and what it rests on."""
    return [Compared(name, totals(table)[()], _basis(table)) for name, table in by_standard.items()]


def differing(found: Sequence[Compared]) -> list[str]:
    """In what the standards are not alike: of denominators, balances, perimeter, options (data), factors."""
    return [name for name in ASPECTS if len({_aspect(one, name) for one in found}) > 1]


def _aspect(one: Compared, name: str) -> tuple[object, ...]:
    if name == "perimeter":
        return (one.total.included, one.total.included_fen, *sorted(one.basis.left_out.items()))
    found: tuple[object, ...] = getattr(one.basis, name)
    return found


def compare_json(by_standard: Mapping[str, pa.Table], *, problems: Sequence[Mapping[str, object]] = ()) -> dict[str, object]:
    """The table of totals with the reasons they differ; there is no sum of them."""
    found = compared(by_standard)
    return {
        "standards": [
            {
                "standard": one.standard,
                "total": total_json(one.total),
                "quality": quality_json(one.standard, one.total),
                "coverage": coverage_json(one.total),
                "denominators": one.basis.denominators,
                "balances": one.basis.balances,
                "options": one.basis.options,
                "factors": one.basis.factors,
                "left_out": dict(one.basis.left_out),
            }
            for one in found
        ],
        "differ_in": differing(found),
        "problems": list(problems),
    }


def _basis(table: pa.Table) -> Basis:
    rows = table.filter(pc.fill_null(table["included"], False))
    keys = {use["key"] for text in pc.unique(rows["factors"]).to_pylist() if text for use in json.loads(text)}
    out = {reason: count for reason, (count, _) in left_out(table).items()}
    denominators, balances, options = (_kinds(rows, name) for name in ("denominator_kind", "numerator_kind", "option"))
    return Basis(denominators, balances, options, tuple(sorted(keys)), out)


def _kinds(rows: pa.Table, name: str) -> tuple[str, ...]:
    return tuple(sorted(text for text in pc.unique(rows[name]).to_pylist() if text))
