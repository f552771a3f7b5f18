"""PACTA's market share over a portfolio: what each technology would make on the scenario's path, and how far plans are from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from greenfin.core.problems import Outcome, warning
from greenfin.core.units import FloatColumn
from greenfin.financed.aligning.asked import (
    Aligned,
    Table,
    codes,
    folded,
    formula,
    from_start,
    in_one_unit,
    named,
    one_currency,
    reals,
    said,
    table_with,
    unmatched,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE, METRIC = "PACTA-TMS/SMS", "PACTA-ALIGN"
_KEYS = ("sector_key", "technology_key")
_TEXTS = ("company", "sector", "technology", "loan_id", "direction", "scenario", "region")
_NUMBERS = ("production", "planned", "loan", "tmsr", "smsp", "value")


def pacta(portfolio: Sequence[Table], scenario: Sequence[Table], *, choices: Mapping[str, str]) -> Outcome[Aligned]:
    """Targets by technology, shares, and the metric of companies whose plans are known; ``choices`` are not used."""
    del choices
    portfolio, unlike = in_one_unit(portfolio, "production", "planned")
    held = _held(table_with(portfolio, ("technology",), ("production",), what="FILE"))
    listed, problems = from_start(
        _held(table_with(scenario, ("technology", "year"), ("tmsr", "smsp", "value"), what="--scenario")).drop_nulls("year"), held
    )
    paths = _paths(listed)
    problems += [*unlike, *one_currency(portfolio)]
    now, plans = _now(held, paths)
    problems += unmatched(now.join(paths, on=_KEYS, how="anti"), ("sector", "technology"))
    joined = now.join(paths.drop("sector", "technology"), on=_KEYS, how="inner", maintain_order="left")
    joined = joined.join(plans, on=["company", *_KEYS, "year"], how="left", maintain_order="left")
    known = pl.Series(_direction(joined), dtype=pl.Float64).is_not_nan()
    if len(joined) and not known.all():
        names = joined.filter(~known)["technology"].unique().sort().to_list()
        problems.append(warning("financed.align_direction", "", names=", ".join(names)))
    rows = (
        pl.concat([_of_year(part) for part in _parts(joined, "scenario", "sector_key", "year")], how="diagonal") if len(joined) else joined
    )
    return Outcome(Aligned("pacta", _shown(rows), _technologies(rows), _whole(rows)), tuple(problems))


def _held(rows: pl.DataFrame) -> pl.DataFrame:
    rows = named(named(rows, *_TEXTS, kind=pl.String), *_NUMBERS)
    rows = named(rows, "year", kind=pl.Int64).with_columns(pl.col("sector").fill_null(""))
    return rows.with_columns(folded("sector"), folded("technology")).filter(pl.col("technology").is_not_null())


def _paths(rows: pl.DataFrame) -> pl.DataFrame:
    """The scenarios: each technology's ratios or productions by year, with those of the first year beside them."""
    rows = rows.with_columns(pl.concat_str([pl.col("scenario"), pl.col("region")], separator="/", ignore_nulls=True))
    rows = rows.sort("scenario", "sector_key", "technology_key", "year")
    start = pl.col("year") == pl.col("year").min().over("scenario")
    first = pl.col("value").filter(start).first().over("scenario", *_KEYS)
    rows = rows.with_columns(scenario_base=first, first_year=pl.col("year").min().over("scenario"))
    whole = rows.filter(start).group_by("scenario", "sector_key").agg(scenario_sector=pl.col("value").sum())
    kept = ["scenario", "sector", "technology", *_KEYS, "year", "first_year", "tmsr", "smsp", "value", "scenario_base", "direction"]
    return rows.select(kept).join(whole, on=["scenario", "sector_key"], how="left")


def _now(held: pl.DataFrame, paths: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Each technology's production in the first year, and what is planned by year (that of the last year where no year is said).

    Of a company whose technology stands in several rows (plants, loans) each row has its part of the plan.
    """
    first, last = paths["year"].min(), paths["year"].max()
    base = held.filter(pl.col("year").fill_null(first) == first).filter(pl.col("production").is_not_null())
    base = base if len(base) else held.filter(pl.col("year") == held["year"].min())
    later = held.with_columns(year=pl.when(pl.col("year").is_null() & pl.col("planned").is_not_null()).then(last).otherwise(pl.col("year")))
    later = later.with_columns(plan=pl.coalesce("planned", "production")).drop_nulls(["plan", "year"])
    times = base.group_by("company", *_KEYS).agg(times=pl.len())
    plans = later.group_by("company", *_KEYS, "year").agg(pl.col("plan").sum()).join(times, on=["company", *_KEYS])
    plans = plans.with_columns(pl.col("plan") / pl.col("times")).drop("times")
    kept = ["company", "sector", "technology", *_KEYS, "production", "loan", "loan_id", "direction", "cell"]
    return base.select(kept).rename({"direction": "own_direction"}), plans


def _direction(rows: pl.DataFrame) -> FloatColumn:
    """Decreasing (0) or increasing (1), by what is said, else the name of the technology, else the ratio that there is."""
    words = words_of(SHARE, "direction")
    found = said(rows["own_direction"], words)
    for texts in (rows["direction"], rows["technology"]):
        found = np.where(np.isnan(found), said(texts, words), found)
    return found


def _parts(rows: pl.DataFrame, *keys: str) -> Iterator[pl.DataFrame]:
    yield from rows.partition_by(*keys, maintain_order=True)


def _given(part: pl.DataFrame) -> dict[str, FloatColumn]:
    lists = {name: reals(part[name]) for name in ("tmsr", "smsp", "scenario_base", "scenario_sector", "loan")}
    lists |= {"scenario": reals(part["value"]), "company": codes(part["company"]), "direction": _direction(part)}
    lists |= {"technology": codes(part["technology"]), "loan_id": codes(part["loan_id"]), "sector": codes(part["sector_key"])}
    return lists


def _of_year(part: pl.DataFrame) -> pl.DataFrame:
    """One sector in one year of a scenario: targets, shares and, where there are plans, deviations."""
    lists = _given(part)
    found = formula(SHARE, lists | {"production": reals(part["production"])})
    target = np.broadcast_to(found["target"], (1, len(part)))[0]
    planned = reals(part["plan"])
    weights = _weights(part)
    part = part.with_columns(
        target=pl.Series(target),
        share=pl.Series(found["share"][0]),
        target_share=pl.Series(found["target_share"][0]),
        weight=pl.Series(weights),
        way=pl.Series(lists["direction"]),
    )
    metric = _metric(part, planned, target)
    return part.with_columns(deviation=pl.Series(metric["deviation"][0]), metric=pl.Series(metric["metric"][0]))


def _weights(part: pl.DataFrame) -> FloatColumn:
    """Each row's loan as a share of all loans of the sector; a loan (of a company) that stands in several rows counts once."""
    ids = pl.coalesce("loan_id", "company") if part["loan_id"].null_count() < len(part) else pl.col("company")
    each = part.select(id=ids, loan=pl.col("loan")).with_columns(once=pl.col("loan") / pl.col("loan").count().over("id"))
    return reals(each.select(pl.col("loan") / pl.col("once").sum()).to_series())


def _metric(part: pl.DataFrame, planned: FloatColumn, target: FloatColumn) -> dict[str, FloatColumn]:
    way = np.where(part["way"].is_nan().to_numpy(), np.nan, 1 - part["way"].to_numpy())  # build-out is 0 there, and increasing 1 here
    lists = {"p": planned, "s": target, "direction": way, "company": codes(part["company"]), "loan": reals(part["loan"])}
    lists["sector"] = codes(part["sector_key"])
    found = formula(METRIC, lists)
    return {name: np.broadcast_to(found[name], (1, len(part))) if name in ("deviation", "metric") else found[name] for name in found}


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    names = ["scenario", "sector", "company", "technology", "year", "production", "plan", "target", "share", "target_share", "deviation"]
    return rows.select(*(name for name in [*names, "metric", "loan", "cell"] if name in rows.columns)).rename(
        {"plan": "planned"}, strict=False
    )


def _technologies(rows: pl.DataFrame) -> pl.DataFrame:
    """By sector, technology and year: productions and targets as they are and weighted by loan, and the shares of each."""
    if not len(rows):
        return rows
    keys = ["scenario", "sector", "technology", "year"]
    sums = rows.group_by(keys, maintain_order=True).agg(
        production=pl.col("production").sum(),
        planned=pl.when(pl.col("plan").null_count() == 0).then(pl.col("plan").sum()),
        target=pl.col("target").sum(),
        weighted=(pl.col("weight") * pl.col("production")).sum(),
        weighted_planned=pl.when(pl.col("plan").null_count() == 0).then((pl.col("weight") * pl.col("plan")).sum()),
        weighted_target=(pl.col("weight") * pl.col("target")).sum(),
    )
    within = ["scenario", "sector", "year"]
    shares = [
        (pl.col(n) / pl.col(n).sum().over(within)).alias(f"{n}_share") for n in ("production", "planned", "target", "weighted_target")
    ]
    return sums.with_columns(shares).with_columns(pl.col(pl.Float64).fill_nan(None))


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """By scenario, sector and year, and all sectors of a year together: the metric weighted by loan, net, build-out and phase-out."""
    if not len(rows) or rows["plan"].null_count() == len(rows):
        return pl.DataFrame()
    made = [_of_bank(part, part["sector"][0]) for part in _parts(rows, "scenario", "sector_key", "year")]
    if rows["sector_key"].n_unique() > 1:
        made += [_of_bank(part, None) for part in _parts(rows, "scenario", "year")]
    return pl.concat([one for one in made if len(one)], how="diagonal_relaxed") if any(len(one) for one in made) else pl.DataFrame()


def _of_bank(part: pl.DataFrame, sector: str | None) -> pl.DataFrame:
    if part["plan"].null_count() == len(part):
        return pl.DataFrame()
    found = _metric(part, reals(part["plan"]), part["target"].to_numpy())
    names = ("bank", "bank_build_out", "bank_phase_out", "ratio", "net_deviation", "aligned_share", "aligned_exposure")
    values = {name: float(np.ravel(found[name])[0]) for name in names}
    keys = {"scenario": part["scenario"][0], "sector": sector, "year": part["year"][0], "company_count": part["company"].n_unique()}
    return pl.DataFrame([keys | values]).with_columns(pl.col(pl.Float64).fill_nan(None), pl.col("sector", "scenario").cast(pl.String))
