"""Temperature scores over a portfolio of companies with targets (SBTi's tool): each company's, and the portfolio's by each weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.core.units import FloatColumn
from greenfin.financed.aligning.asked import (
    Aligned,
    Table,
    codes,
    formula,
    in_one_unit,
    named,
    one_currency,
    reals,
    said,
    table_with,
    words_of,
)

METHOD = "SBTI-TEMP"
WEIGHTS = ("wats", "tets", "mots", "eots", "ecots", "aots", "rots")
_NEEDS = {
    "wats": ("loan",), "tets": ("s12",), "mots": ("loan", "s12", "market_cap"), "eots": ("loan", "s12", "enterprise_value"),
    "ecots": ("loan", "s12", "evic"), "aots": ("loan", "s12", "assets"), "rots": ("loan", "s12", "revenue"),
}  # fmt: skip
_TEXTS = ("company", "company_id", "sector", "target_type", "target_scope", "time_frame", "s3_target_type")
_AMOUNTS = ("loan", "s12", "s1", "s2", "s3", "market_cap", "enterprise_value", "evic", "cash", "assets", "revenue")
_EMITTED = ("s12", "s1", "s2", "s3")
_TARGETS = ("reduction", "annual", "s3_reduction", "score", "s3_score")
_YEARS = ("base", "end", "s3_base", "s3_end")
_THIRD = "3"  # a target of scope 3 alone says so
_PERCENT = 1e2


def temperature(portfolio: Sequence[Table], scenario: Sequence[Table], *, choices: Mapping[str, str]) -> Outcome[Aligned]:
    """Scores by the regressions of the method; ``choices`` are its conventions (time frame, scopes, cap); targets may stand apart."""
    portfolio, problems = in_one_unit(portfolio, *_EMITTED)
    problems += one_currency(portfolio)
    rows = _with_targets(portfolio, scenario, frame=choices.get("time_frame", ""))
    lists = _lists(rows)
    found = formula(METHOD, lists, choices=choices)
    of_scope = {"s3": "ts_s3", "s1s2s3": "ts_s123"}.get(choices.get("scopes", ""), "ts")
    each = rows.select(
        *(name for name in ("company", "sector", "loan", "s12", "s3", "target_type", "reduction", "base", "end", "cell")),
        annual_pct=pl.Series(_spread(found["annual_pct"], len(rows))),
        score=pl.Series(_spread(found[of_scope], len(rows))),
        score_s12=pl.Series(_spread(found["ts"], len(rows))),
        score_s3=pl.Series(_spread(found["ts_s3"], len(rows))),
        score_s123=pl.Series(_spread(found["ts_s123"], len(rows))),
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    problems += _told(rows, each, choices)
    sectors = [_of(part, choices) for part in rows.with_columns(pl.col("sector").fill_null("")).partition_by("sector", maintain_order=True)]
    whole = _of(rows.with_columns(sector=pl.lit(None, pl.String)), choices)
    problems += [info("financed.align_weight_missing", "", weight=name.upper()) for name in WEIGHTS if whole[name][0] is None]
    return Outcome(Aligned("temperature", each, pl.concat(sectors, how="diagonal_relaxed"), whole), tuple(problems))


def _spread(values: FloatColumn, size: int) -> FloatColumn:
    found: FloatColumn = np.broadcast_to(np.asarray(values, np.float64), (1, size))[0]
    return found


def _with_targets(portfolio: Sequence[Table], more: Sequence[Table], *, frame: str) -> pl.DataFrame:
    """The companies, with the targets of a table apart (of the time frame, where it says one) where they have none of their own."""
    tables = [*portfolio, *more]
    held = [one for one in tables if _MONEY & set(one.rows.columns)]
    apart = [one for one in tables if not _MONEY & set(one.rows.columns) and _GOALS & set(one.rows.columns)]
    rows = _full(table_with(held or tables, (), ("company", "company_id"), what="FILE"))
    if apart and held:
        goals = _full(table_with(apart, (), ("company", "company_id"), what="--scenario"))
        fits = pl.col("time_frame").is_null() | (pl.col("time_frame").str.to_lowercase() == (frame or _MID))
        rows = _joined(rows, goals.filter(fits))
    own = pl.coalesce("s12", pl.when(pl.col("s1").is_not_null() | pl.col("s2").is_not_null()).then(pl.sum_horizontal("s1", "s2")))
    value = pl.coalesce("evic", pl.col("enterprise_value") + pl.col("cash"))
    half = pl.col("s12").is_null() & (pl.col("s1").is_null() != pl.col("s2").is_null())
    return rows.with_columns(s12=own, evic=value, is_half=half).filter(pl.coalesce("company", "company_id").is_not_null())


_MONEY, _GOALS = frozenset(("loan", "s12", "s1")), frozenset(("reduction", "annual", "score"))
_MID = "mid"  # the time frame where none is asked for
_OWN = {name: name for name in ("target_type", "reduction", "annual", "base", "end", "score")}
_OF_SCOPE_3 = {"s3_reduction": "reduction", "s3_base": "base", "s3_end": "end", "s3_target_type": "target_type", "s3_score": "score"}


def _full(rows: pl.DataFrame) -> pl.DataFrame:
    rows = named(named(named(rows, *_TEXTS, kind=pl.String), *_AMOUNTS, *_TARGETS), *_YEARS, kind=pl.Int64)
    return rows.with_columns(key=pl.coalesce("company_id", "company"))


def _joined(rows: pl.DataFrame, goals: pl.DataFrame) -> pl.DataFrame:
    """The companies with their targets of scopes 1 and 2 and of scope 3, of several the one that ends last."""
    scope = pl.col("target_scope").fill_null("")
    third, near = scope.str.contains(_THIRD, literal=True), scope.str.contains("1", literal=True)
    rows = _taken(rows, goals.filter(~third | near), _OWN)
    return _taken(rows, goals.filter(third), _OF_SCOPE_3)


def _taken(rows: pl.DataFrame, goals: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Columns of the companies filled from their targets."""
    latest = goals.sort("end", nulls_last=False).unique("key", keep="last", maintain_order=True)
    taken = latest.select("key", *(pl.col(theirs).alias(f"{mine}_goal") for mine, theirs in names.items()))
    joined = rows.join(taken, on="key", how="left", maintain_order="left")
    filled = joined.with_columns(pl.coalesce(name, f"{name}_goal").alias(name) for name in names)
    return filled.drop(f"{name}_goal" for name in names)


def _lists(rows: pl.DataFrame) -> dict[str, FloatColumn]:
    lists = {name: reals(rows[name]) for name in ("s12", "s3", "market_cap", "enterprise_value", "evic", "assets", "revenue", *_YEARS)}
    lists |= {"score": reals(rows["score"]), "s3_score": reals(rows["s3_score"]), "investment": reals(rows["loan"])}
    lists |= {"reduction_pct": _PERCENT * reals(rows["reduction"]), "annual_reduction_pct": _PERCENT * reals(rows["annual"])}
    lists |= {"s3_reduction_pct": _PERCENT * reals(rows["s3_reduction"]), "company": codes(rows["key"])}
    words = words_of(METHOD, "target_type")
    return lists | {name: said(rows[name], words) for name in ("target_type", "s3_target_type")}


def _of(part: pl.DataFrame, choices: Mapping[str, str]) -> pl.DataFrame:
    """The scores of a group of companies by each weight; none where a company lacks what it weighs."""
    found = formula(METHOD, _lists(part), choices=choices)
    values = {name: _score(part, name, found) for name in WEIGHTS}
    return pl.DataFrame(
        [{"sector": part["sector"][0], "company_count": len(part)} | values], schema_overrides=dict.fromkeys(WEIGHTS, pl.Float64)
    )


def _score(part: pl.DataFrame, name: str, found: Mapping[str, FloatColumn]) -> float | None:
    lacking = any(part[column].null_count() for column in _NEEDS[name])
    value = float(np.ravel(found[name])[0])
    return None if lacking or np.isnan(value) else value


def _told(rows: pl.DataFrame, each: pl.DataFrame, choices: Mapping[str, str]) -> list[Problem]:
    """What has no score and why: an intensity target of a time frame without a regression, years that make no span."""
    problems: list[Problem] = []
    intensity = said(rows["target_type"], words_of(METHOD, "target_type")) == words_of(METHOD, "target_type")["intensity"]
    no_score = each["score_s12"].is_null().to_numpy()
    lacking = intensity & no_score & ~np.isnan(each["annual_pct"].cast(pl.Float64).fill_null(np.nan).to_numpy())
    if lacking.any():
        where = str(rows["cell"][int(np.argmax(lacking))])
        frame = choices.get("time_frame", "mid")
        problems.append(warning("financed.align_no_regression", where, count=int(lacking.sum()), frame=frame))
    rest = no_score & ~lacking
    if rest.any():
        problems.append(error("financed.align_no_score", str(rows["cell"][int(np.argmax(rest))]), count=int(rest.sum())))
    if (half := rows["is_half"]).any():
        problems.append(warning("financed.align_scope_missing", str(rows["cell"][int(half.arg_max() or 0)]), count=int(half.sum())))
    without = rows["reduction"].is_null() & rows["annual"].is_null() & rows["score"].is_null()
    if without.any():
        problems.append(info("financed.align_fallback", str(rows["cell"][int(without.arg_max() or 0)]), count=int(without.sum())))
    return problems
