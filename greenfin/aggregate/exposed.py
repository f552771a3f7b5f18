"""Sums of the financed emissions: by standard, and under each by kind of asset, section and high-carbon industry."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.facts import MARKED, Facts, refused_keys, with_ways
from greenfin.aggregate.grouping import Measure, summed
from greenfin.core.problems import Outcome, Problem, error
from greenfin.core.records import Sum

LOANS, SECURITIES = "loans", "securities"
PROJECT, NON_PROJECT = "project", "non_project"
OTHER = "other"
NO_SECTION = "none"  # persons, abroad, and borrowers whose industry is not known
_SECURITIES = ("listed_equity", "unlisted_equity", "corporate_bond", "sovereign", "use_of_proceeds", "securitisation")
_PROJECTS = ("project_finance",)
_WITHIN = (
    (),
    ("book",),
    ("book", "kind"),
    ("book", "kind", "lending"),
    ("asset_class", "book"),
    ("high_carbon",),
    ("section",),
    ("asset_class", "section"),
)
_CUTS: tuple[tuple[str, ...], ...] = tuple(("standard", *more) for more in _WITHIN)
_BY_METHOD = ("asset_class", "method", "section", "standard")
_MONEY = {"financed_average": "average_fen", "financed_gross": "gross_fen", "financed_undrawn": "undrawn_fen"}
_SCOPES = {"financed_scope1": "scope1_g", "financed_scope2": "scope2_g", "financed_scope3": "scope3_g"}


def financed_rows(facts: Facts) -> pa.Table:
    """The rows of ``financed`` with what they are summed by, beside their exposures' amounts; ``counts`` where they are in the totals.

    A row whose factors the policy refuses does not count: the coverage says so.
    """
    rows, exposures = facts.financed, facts.exposures
    at = pc.index_in(rows["exposure_id"], value_set=exposures["exposure_id"].combine_chunks()).combine_chunks()
    gross = pc.coalesce(rows["balance_fen"], pc.take(exposures["balance_fen"].combine_chunks(), at))  # lots of one bond have one id
    asset = pc.fill_null(rows["asset_class"], "other")
    rows = with_ways(rows, facts.policy)
    counts = pc.and_(pc.and_(pc.fill_null(rows["included"], False), pc.is_valid(rows["financed_g"])), pc.invert(rows["refused"]))
    made = {
        "average_fen": pc.coalesce(pc.take(exposures["average_fen"].combine_chunks(), at), gross),
        "gross_fen": gross,
        "undrawn_fen": rows["undrawn_fen"],
        "book": pc.if_else(pc.is_in(asset, value_set=pa.array(_SECURITIES)), SECURITIES, LOANS),
        "kind": pc.if_else(pc.is_in(asset, value_set=pa.array(_PROJECTS)), PROJECT, NON_PROJECT),
        "lending": _lending(pc.take(exposures["product"].combine_chunks(), at)),
        "asset_class": asset,
        "section": pc.fill_null(rows["section"], NO_SECTION),
        "high_carbon": rows["high_carbon"],
        "standard": rows["standard"],
        **{name: rows[name] for name in ("exposure_id", *_SCOPES.values(), "financed_g", *MARKED, "refused", "factors")},
        "weight_g": pc.multiply(rows["quality"], rows["financed_g"]),
        "method": rows["method"],
        "rated_g": pc.if_else(pc.is_valid(rows["quality"]), rows["financed_g"], pa.scalar(None, pa.int64())),
        "counts": counts,
        "excluded_reason": pc.coalesce(rows["excluded_reason"], pc.if_else(rows["refused"], "factor_refused", "emission_missing")),
    }
    return pa.table(made)


@cache
def _lendings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Kinds of lending and what their products are called (``lending.csv``), the first that fits counts."""
    lines = files("greenfin.aggregate").joinpath("lending.csv").read_text("utf-8").splitlines()
    return tuple((row["lending"], re.compile(row["pattern"], re.IGNORECASE)) for row in csv.DictReader(lines))


def _lending(products: pa.Array) -> pa.Array:
    """The kind of lending that each product is; ``other`` where its name says nothing, or there is none."""
    encoded = products.dictionary_encode()
    kinds = [next((kind for kind, named in _lendings() if named.search(name or "")), OTHER) for name in encoded.dictionary.to_pylist()]
    return pc.fill_null(pa.array(kinds, pa.string()).take(encoded.indices), OTHER)


def financed_sums(facts: Facts) -> Outcome[tuple[Sum, ...]]:
    """Balances, what of them is counted, emissions by scope in grams and what weighs their data quality, by standard and below it.

    A scope that some counted exposure does not have is marked; what the policy refuses is listed.
    """
    if not len(facts.financed):
        return Outcome(())
    rows = financed_rows(facts)
    counted = rows.filter(rows["counts"])
    found = [*_amounts(rows), *_amounts(counted, "_counted"), *_emissions(counted)]
    found += summed(counted, Measure("financed_methods", "exposure_id", "count", "financed", "count"), (_BY_METHOD,))
    left_out = rows.filter(pc.invert(rows["counts"]))
    found += summed(left_out, Measure("financed_excluded", "gross_fen", "fen", "financed"), (("excluded_reason", "standard"),))
    return Outcome(tuple(found), tuple(_refused(rows, facts)))


def _amounts(rows: pa.Table, which: str = "") -> Iterator[Sum]:
    for name, column in _MONEY.items():
        yield from summed(rows, Measure(name + which, column, "fen", "financed"), _CUTS)
    yield from summed(rows, Measure(f"financed_count{which}", "exposure_id", "count", "financed", "count"), _CUTS)


def _emissions(counted: pa.Table) -> Iterator[Sum]:
    for name, column in _SCOPES.items():
        lacking = counted.append_column("scope_lacking", pc.is_null(counted[column]))
        yield from summed(lacking, Measure(name, column, "gCO2e", "financed", flags=(*MARKED, "scope_lacking")), _CUTS)
    yield from summed(counted, Measure("financed_emissions", "financed_g", "gCO2e", "financed", flags=MARKED), _CUTS)
    for name, column in (("financed_quality_weight", "weight_g"), ("financed_quality_base", "rated_g")):
        yield from summed(counted, Measure(name, column, "gCO2e", "financed"), _CUTS)


def _refused(rows: pa.Table, facts: Facts) -> Iterator[Problem]:
    refused = rows.filter(rows["refused"])
    for standard in sorted(pc.unique(refused["standard"]).to_pylist()):
        own = refused.filter(pc.equal(refused["standard"], standard))
        keys = ", ".join(refused_keys(own, facts.policy))
        yield error("aggregate.financed_refused", "", standard=standard, n=len(own), factors=keys, policy=facts.policy.id)
