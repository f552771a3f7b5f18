"""From a sum of financed emissions to its exposures: numerator, denominator, emissions with their cells, factors with their documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.exposed import financed_rows
from greenfin.core.lineage import Source, Trace
from greenfin.core.records import Sum
from greenfin.explain.texts import amount, file_source, plain
from greenfin.financed.activity import NEEDED, activity_of
from greenfin.methods.finding import factor_title

if TYPE_CHECKING:
    from greenfin.aggregate import Facts
    from greenfin.reference.load import Reference

LEFT_OUT = "financed_excluded"
COUNTED = ("financed_scope", "financed_emissions", "financed_quality")
_SHARES = (("numerator", "numerator_fen", "numerator_kind"), ("denominator", "denominator_fen", "denominator_kind"))
_STATED = ("emission_s1_t", "emission_s2_t", "emission_s3_t", "pool_emission_t")
_MORE = ("option", "attribution", "quality", "numerator_fen", "numerator_kind", "denominator_fen", "denominator_kind")


def rows_of(facts: Facts, found: Sum) -> pa.Table:
    """The exposures that went into a sum, with the columns that :func:`exposure` opens."""
    rows = financed_rows(facts)
    for name in _MORE:
        rows = rows.append_column(name, facts.financed[name])
    at = pc.index_in(rows["exposure_id"], value_set=facts.exposures["exposure_id"].combine_chunks())
    for name in dict.fromkeys((*_STATED, *NEEDED, "emission_source")):
        rows = rows.append_column(name, pc.take(facts.exposures[name].combine_chunks(), at))
    cell = pc.take(facts.exposures["source_cell"].combine_chunks(), at)
    rows = rows.append_column("source_cell", pc.coalesce(facts.financed["source_cell"], cell))  # lots of one bond have one id
    if found.name.endswith("_counted") or found.name.startswith(COUNTED):
        rows = rows.filter(rows["counts"])
    if found.name == LEFT_OUT:
        rows = rows.filter(pc.invert(rows["counts"]))
    for key, value in found.keys.items():
        rows = rows.filter(pc.fill_null(pc.equal(rows[key], value), False))
    return rows


def exposure(row: pa.Table, column: str, reference: Reference) -> Trace:
    """One exposure's part of a sum: how it is attributed and from what."""
    at = {name: row[name][0].as_py() for name in row.column_names}
    value, unit = amount(at[column], "fen" if column.endswith("_fen") else "gCO2e") if column != "exposure_id" else ("1", "count")
    source = file_source(at["source_cell"])
    if column.endswith("_fen") or column == "exposure_id":
        return Trace(str(at["exposure_id"]), value, unit, "explain.exposure", source=source)
    facts = {"method": at["method"], "option": at["option"], "quality": at["quality"], "from": at["emission_source"]}
    note = "; ".join(f"{name}={each}" for name, each in facts.items() if each is not None)
    parts = (*_shares(at, source), *_emissions(at, source), *_activity(at, source), *_factors(at["factors"], reference))
    return Trace(str(at["exposure_id"]), value, unit, "explain.attributed", note, parts, source)


def _shares(at: dict[str, Any], source: Source | None) -> tuple[Trace, ...]:
    """What of the exposure counts over what of the borrower or project."""
    known = [(name, at[column], at[kind]) for name, column, kind in _SHARES if at[column] is not None]
    return tuple(Trace(name, *amount(value, "fen"), f"explain.{name}", str(kind or ""), source=source) for name, value, kind in known)


def _emissions(at: dict[str, Any], source: Source | None) -> tuple[Trace, ...]:
    """The borrower's or the project's own emissions, where the file states them."""
    return tuple(
        Trace(name.removesuffix("_t"), plain(at[name]), "tCO2e", "explain.emission_stated", source=source)
        for name in _STATED
        if at[name] is not None
    )


def _activity(at: dict[str, Any], source: Source | None) -> tuple[Trace, ...]:
    """The fuels, power, output or revenue that the emissions were counted from, where they are not stated."""
    known = activity_of(at, at["option"])
    return tuple(Trace(name, plain(amount), unit, "explain.activity", source=source) for name, amount, unit in known)


def _factors(text: str | None, reference: Reference) -> tuple[Trace, ...]:
    return tuple(_factor(str(use["slot"]), str(use["key"]), str(use["found"]), reference) for use in json.loads(text or "[]"))


def _factor(slot: str, key: str, found: str, reference: Reference) -> Trace:
    factor = reference.factors.get(key)
    if factor is None:  # the file's own
        return Trace(slot, "", "", "footprint.how_own_factor", source=Source("file", key))
    document = Source("document", factor_title(factor, reference), factor.locator)
    return Trace(slot, plain(float(factor.value)), factor.unit, "measure.how_factor", f"{key} ({found})", source=document)
