"""The Sectoral Decarbonization Approach over a portfolio: paths of intensity by sector and company, and how far plans are from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from greenfin.core.problems import Outcome, Problem, info, warning
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
    table_with,
    unit_scale,
    unmatched,
    words_of,
)

PATH, METRIC = "SDA", "PACTA-ALIGN"
_TEXTS = ("company", "sector", "scenario", "region")
_NUMBERS = ("intensity", "planned_intensity", "market_intensity", "production", "loan")
_INTENSITIES = ("intensity", "planned_intensity", "market_intensity")
_OF_INTENSITY = "intensity"  # the word of the direction of such a sector


def sda(portfolio: Sequence[Table], scenario: Sequence[Table], *, choices: Mapping[str, str]) -> Outcome[Aligned]:
    """The path of each sector and company, and the metric where intensities of later years are known; ``choices`` are not used."""
    del choices
    portfolio, problems = in_one_unit(portfolio, *_INTENSITIES)
    scenario, odd = in_one_unit(scenario, *_INTENSITIES)
    scale, unlike = unit_scale(portfolio, scenario, "intensity")
    problems += [*odd, *unlike, *one_currency(portfolio)]
    held = _held(table_with(portfolio, (), ("intensity",), what="FILE"))
    held = held.with_columns(pl.col(_INTENSITIES) * scale)
    paths = _held(table_with(scenario, ("year",), ("intensity",), what="--scenario")).drop_nulls(["year", "intensity"])
    paths, odd = from_start(paths, held)
    problems += odd
    paths = paths.with_columns(pl.concat_str([pl.col("scenario"), pl.col("region")], separator="/", ignore_nulls=True))
    problems += unmatched(held.join(paths, on="sector_key", how="anti"), ("sector",))
    parts = paths.sort("year").partition_by("scenario", "sector_key", maintain_order=True)
    made = [_sector(part, held.filter(pl.col("sector_key") == part["sector_key"][0]), problems) for part in parts]
    companies, sectors = (_joined([one[place] for one in made]) for place in (0, 1))
    return Outcome(Aligned("sda", companies, sectors, _whole(companies)), tuple(problems))


def _held(rows: pl.DataFrame) -> pl.DataFrame:
    rows = named(named(named(rows, *_TEXTS, kind=pl.String), *_NUMBERS), "year", kind=pl.Int64)
    return rows.with_columns(pl.col("sector").fill_null("")).with_columns(folded("sector"))


def _joined(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    some = [one for one in tables if len(one)]
    return pl.concat(some, how="diagonal_relaxed") if some else pl.DataFrame()


def _sector(path: pl.DataFrame, rows: pl.DataFrame, problems: list[Problem]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One sector under one scenario: its companies and the portfolio, one row for each year."""
    first = path["year"].min()
    base = rows.filter(pl.col("year").fill_null(first) == first).drop_nulls("intensity")
    if not len(base):
        return pl.DataFrame(), pl.DataFrame()
    weights, by = _weights(base)
    market = _market(path, base, problems)
    if by == "production":
        problems.append(info("financed.align_by_production", str(base["cell"][0]), sector=base["sector"][0]))
    levels = reals(path["intensity"])
    if len(levels) < _LEAST or levels[0] == levels[-1]:
        problems.append(warning("financed.align_no_path", str(path["cell"][0]), sector=base["sector"][0]))
        return pl.DataFrame(), pl.DataFrame()
    own = base.filter(pl.Series(~np.isnan(weights))) if by == "loan" else base
    lists = {"scenario_ef": levels, "intensity": reals(base["intensity"]), "loan": weights}
    whole = formula(PATH, lists, single={"market_i0": np.array([market])})
    each = formula(PATH, {"scenario_ef": levels}, single={"market_i0": np.array([market]), "i0": reals(own["intensity"])})
    years = path.select("scenario", "year", scenario_intensity="intensity")
    sector = years.with_columns(
        sector=pl.lit(base["sector"][0]),
        adjusted_scenario=pl.Series(whole["adjusted_scenario"].reshape(-1)),
        target=pl.Series(whole["targets"].reshape(-1)),
        portfolio_start=pl.lit(float(whole["portfolio"].reshape(-1)[0])),
        market_start=pl.lit(None if np.isnan(market) else market, pl.Float64),
    )
    companies = _companies(years, own, each["targets"])
    companies = _planned(companies, rows)
    return companies, _compared(sector, companies)


_LEAST = 2  # years that make a path


def _weights(base: pl.DataFrame) -> tuple[FloatColumn, str]:
    """What each company weighs: its loan, and where no loan is known its production, else all alike."""
    for name in ("loan", "production"):
        if base[name].null_count() < len(base):
            return reals(base[name]), name
    return np.ones(len(base)), "production"


def _market(path: pl.DataFrame, base: pl.DataFrame, problems: list[Problem]) -> float:
    """The market's intensity in the first year: as a table says, else of all companies where the file has some without a loan."""
    stated = [v for v in (*path["market_intensity"].to_list(), *base["market_intensity"].to_list()) if v is not None]
    if stated:
        return float(stated[0])
    if 0 < base["loan"].null_count() < len(base) and base["production"].null_count() == 0:
        amounts = reals(base["production"])
        return float((amounts * reals(base["intensity"])).sum() / amounts.sum())
    problems.append(info("financed.align_no_market", str(base["cell"][0]), sector=base["sector"][0]))
    return float("nan")


def _companies(years: pl.DataFrame, own: pl.DataFrame, targets: FloatColumn) -> pl.DataFrame:
    """Each company in each year with its target."""
    size, count = len(own), len(years)
    at, year = np.repeat(np.arange(size), count), np.tile(np.arange(count), size)
    rows = own.select("sector", "company", "intensity", "loan", "cell")[at]
    return pl.concat([years[year], rows], how="horizontal").with_columns(
        target=pl.Series(np.broadcast_to(targets, (size, count)).reshape(-1))
    )


def _planned(companies: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The companies with their planned intensities and the metric of each."""
    last = companies["year"].max()
    year = pl.when(pl.col("year").is_null() & pl.col("planned_intensity").is_not_null()).then(last).otherwise(pl.col("year"))
    plans = rows.with_columns(year=year, planned=pl.coalesce("planned_intensity", "intensity")).drop_nulls(["planned", "year"])
    plans = plans.group_by("company", "year").agg(pl.col("planned").mean())
    found = companies.join(plans, on=["company", "year"], how="left", maintain_order="left")
    way = np.full(len(found), float(words_of(METRIC, "direction")[_OF_INTENSITY]))
    apart = codes(found["company"]) * (found["year"].n_unique() + 1) + codes(found["year"].cast(pl.String))
    lists = {"p": reals(found["planned"]), "s": reals(found["target"]), "direction": way, "company": apart}
    return found.with_columns(metric=pl.Series(formula(METRIC, lists)["metric"].reshape(-1))).with_columns(pl.col("metric").fill_nan(None))


def _compared(sector: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The sector's rows with the portfolio's planned intensity (by loan) and metric, in years for which every company has a plan."""
    known = companies.group_by("year").agg(
        planned=pl.when(pl.col("planned").null_count() == 0).then(_mean("planned")),
        metric=pl.when(pl.col("metric").null_count() == 0).then(_mean("metric")),
    )
    return sector.join(known, on="year", how="left", maintain_order="left")


def _mean(name: str) -> pl.Expr:
    by_loan = (pl.col("loan") * pl.col(name)).sum() / pl.col("loan").sum()
    return pl.when(pl.col("loan").null_count() == 0).then(by_loan).otherwise(pl.col(name).mean())


def _whole(companies: pl.DataFrame) -> pl.DataFrame:
    """By scenario and year the metric of all sectors, weighted by loan."""
    if not len(companies) or companies["metric"].null_count() == len(companies):
        return pl.DataFrame()
    known = companies.drop_nulls("metric")
    return known.group_by("scenario", "year", maintain_order=True).agg(company_count=pl.col("company").n_unique(), bank=_mean("metric"))
