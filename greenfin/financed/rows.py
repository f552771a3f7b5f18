"""A counting as the table ``financed``, and what is to be said of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from greenfin.core.columns import schema
from greenfin.core.problems import Problem, error, info, warning
from greenfin.financed.counting import Counting, Parts
from greenfin.financed.industries import high_carbon_of
from greenfin.financed.ladder import Emissions
from greenfin.financed.rules import ladder
from greenfin.financed.view import Flags, Ints

BAD_DATA = (
    "balance_missing", "balance_negative", "currency_without_rate", "emission_impossible", "revenue_not_positive", "assets_not_positive",
    "total_investment_not_positive", "denominator_not_positive",
)  # fmt: skip
OUTSIDE = (
    "class_outside", "person", "small_or_micro", "abroad", "not_high_carbon", "below_threshold", "too_short",
)  # fmt: skip
_KEPT = ("exposure_id", "asset_class", "section", "industry", "balance_fen", "undrawn_fen", "source_cell")


def texts_at(texts: Sequence[str | None], at: Ints, has: Flags | None = None) -> pa.Array:
    """A column of texts from the distinct ones and their places; none where not ``has``."""
    mask = None if has is None else ~has
    codes = pa.array(at, type=pa.int32(), mask=mask)
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(texts), pa.string())).cast(pa.string())


def flags_column(flags: Mapping[str, Flags], size: int) -> pa.Array:
    """The flags of each row as a JSON list."""
    names = sorted(flags)
    bits = sum((flags[name].astype(np.int64) << place for place, name in enumerate(names)), np.zeros(size, np.int64))
    used, at = np.unique(bits, return_inverse=True) if len(names) > _MANY else _few(bits, 1 << len(names))
    texts = [json.dumps([name for place, name in enumerate(names) if int(code) >> place & 1]) for code in used]
    return texts_at(texts, at)


_MANY = 20


def _few(bits: Ints, count: int) -> tuple[Ints, Ints]:
    counts = np.bincount(bits, minlength=count)
    used = np.flatnonzero(counts)
    places = np.zeros(count, np.int64)
    places[used] = np.arange(len(used))
    return used, places[bits]


@dataclass(frozen=True, slots=True)
class Named:
    """The names a standard gives its methods and denominators, and which each row has."""

    methods: Sequence[str]
    kinds: Sequence[str]
    at: Ints


def financed_table(counting: Counting, found: Emissions, parts: Parts, *, denominator: Ints, named: Named) -> pa.Table:
    """The table ``financed`` of one standard, a row for each exposure; of rows left out only what they are and why."""
    size, table = len(counting.view), counting.view.table
    is_in = counting.is_in
    levels = ladder(counting.standard)
    quality = np.array([*(levels[step] for step in found.steps), 0], np.int64)[found.step]
    has_share = is_in & ~np.isnan(parts.share)
    flags = {name: mask & is_in for name, mask in {**found.flags, **counting.flags}.items()}
    made: dict[str, pa.Array | pa.ChunkedArray] = {name: table[name] for name in _KEPT}
    made |= {
        "standard": texts_at([counting.standard], np.zeros(size, np.int64)),
        "high_carbon": high_carbon_of(counting.view.words("industry")),
        "method": texts_at(named.methods, named.at, is_in),
        "option": texts_at([*found.steps, None], found.step, is_in),
        "numerator_fen": _ints(counting.numerator.values, is_in),
        "numerator_kind": texts_at(counting.numerator_kind.texts, counting.numerator_kind.at, is_in),
        "denominator_fen": _ints(denominator, has_share),
        "denominator_kind": texts_at(named.kinds, named.at, has_share),
        "attribution": pa.array(parts.share, mask=~has_share),
        "scope1_g": _ints(parts.scope1, is_in & found.has1),
        "scope2_g": _ints(parts.scope2, is_in & found.has2),
        "financed_g": _ints(parts.both, is_in),
        "quality": _ints(quality, is_in),
        "included": pa.array(is_in),
        "excluded_reason": texts_at([*counting.reasons], counting.reason, ~is_in),
        "flags": flags_column({name: mask for name, mask in flags.items() if mask.any()}, size),
        "factors": texts_at(found.texts, np.where(is_in, found.text, 0)),
    }
    wanted = schema("financed")
    return pa.Table.from_arrays([_cast(made.get(f.name), f.type, size) for f in wanted], schema=wanted)


def _ints(values: Ints, has: Flags) -> pa.Array:
    return pa.array(values, mask=~has)


def _cast(column: pa.Array | pa.ChunkedArray | None, kind: pa.DataType, size: int) -> pa.Array | pa.ChunkedArray:
    if column is None:
        return pa.nulls(size, kind)
    return column if column.type == kind else column.cast(kind)


def said(table: pa.Table, counting: Counting, found: Emissions) -> Iterator[Problem]:
    """One problem for each reason rows were left out and each flag: how many, and where the first is."""
    cells, name = table["source_cell"], counting.standard
    counts = np.bincount(counting.reason, minlength=len(counting.reasons)).tolist()
    for place, reason in enumerate(counting.reasons):
        if place and counts[place]:
            yield _left_out(reason, _cell(cells, int(np.argmax(counting.reason == place))), standard=name, count=counts[place])
    for flag, mask in sorted({**found.flags, **counting.flags, _EARLIER: _of_earlier_years(found)}.items()):
        rows = mask & counting.is_in
        if count := int(np.count_nonzero(rows)):
            at = _cell(cells, int(np.argmax(rows)))
            if flag in _NOTES:
                yield info("financed.marked", at, standard=name, flag=flag, count=count)
            else:
                yield warning("financed.marked", at, standard=name, flag=flag, count=count)


def _left_out(reason: str, at: str, *, standard: str, count: int) -> Problem:
    """Bad data are errors, what a standard does not cover is only noted, what is missing is a warning."""
    if reason in BAD_DATA:
        return error("financed.left_out", at, standard=standard, reason=reason, count=count)
    if reason in OUTSIDE:
        return info("financed.left_out", at, standard=standard, reason=reason, count=count)
    return warning("financed.left_out", at, standard=standard, reason=reason, count=count)


def _of_earlier_years(found: Emissions) -> Flags:
    """Which rows use a factor whose data are of an earlier year than the one accounted for: the factors themselves say so."""
    rows: Flags = np.array(["earlier_year" in text for text in found.texts], np.bool_)[found.text]
    return rows


_EARLIER = "factor_earlier"
_NOTES = ("source_not_stated", "scope2_from_energy", "scopes_together", _EARLIER)


def _cell(cells: pa.ChunkedArray, row: int) -> str:
    return str(cells[row].as_py() or "")
