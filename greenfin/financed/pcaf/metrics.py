"""Figures of a whole portfolio under PCAF: quality by what is outstanding and by emissions, intensities, the footprint per million.

Of each the part of the balance that it rests on is told beside it: what lacks data is no part of a mean, and never nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from greenfin.core.money import FEN_PER_MILLION
from greenfin.core.units import G_PER_T
from greenfin.financed.pcaf.data import classes
from greenfin.financed.pcaf.denominators import evic_of
from greenfin.financed.view import View

Figures = Mapping[str, object]
_GRAMS = ("financed", "scope1", "scope2", "scope3", "avoided", "removals", "credits_retired", "credits_generated", "lulucf")
_UNIT = "tCO2e/MCNY"
_BORROWER = ("customer_no", "customer_uscc")
_NEEDED = ("revenue_fen", *_BORROWER)


@dataclass(frozen=True, slots=True)
class Held:
    """The exposures with what they finance, one row each, for all figures."""

    frame: pl.DataFrame

    def sum_of(self, name: str, where: pl.Expr | None = None) -> int:
        """A sum over the rows that count (those where something holds)."""
        rows = self.frame if where is None else self.frame.filter(where)
        return int(rows.select(pl.col(name).cast(pl.Int128).sum()).item() or 0)


def portfolio(financed: pa.Table, exposures: pa.Table, *, prior: pa.Table | None = None) -> dict[str, object]:
    """The figures of all exposures and of each asset class; ``prior``: the exposures of the base year, for the inflation of values.

    Emissions in tonnes, intensities in tonnes per million yuan; scores name what they are weighted by. Rows that are left out count in
    the coverage alone.
    """
    frame = _joined(financed, exposures)
    names = frame.get_column("asset_class").drop_nulls().unique().sort().to_list()
    values = None if prior is None else _values_of(prior)
    parts = [{"asset_class": name, **figures(Held(frame.filter(pl.col("asset_class") == name)), values)} for name in names]
    return {"all": figures(Held(frame), values), "by_asset_class": parts}


def figures(held: Held, values: pl.DataFrame | None = None) -> dict[str, object]:
    """The figures of some exposures."""
    whole, counted = held.sum_of("balance_fen"), Held(held.frame.filter(pl.col("included")))
    included = counted.sum_of("balance_fen")
    grams = {f"{name}_t": _tonnes(counted, f"{name}_g") for name in _GRAMS}
    return {
        "exposures": held.frame.height,
        "included_exposures": counted.frame.height,
        "balance": whole / _FEN_PER_YUAN,
        "included_balance": included / _FEN_PER_YUAN,
        "coverage": _ratio(included, whole),
        **grams,
        "quality": {
            "by_outstanding": _mean(counted, "quality", "balance_fen"),
            "by_emissions": _mean(counted, "quality", "financed_g"),
            "scope3_by_outstanding": _mean(counted, "quality_scope3", "balance_fen"),
            "scope3_by_emissions": _mean(counted, "quality_scope3", "scope3_g"),
        },
        "waci": _waci(counted, whole),
        "carbon_intensity": _carbon_intensity(counted, whole),
        "footprint": _footprint(counted, values, whole),
        "attribution_above_one": counted.frame.filter(pl.col("flags").str.contains('"share_above_one"', literal=True)).height,
    }


_FEN_PER_YUAN = 100


def _joined(financed: pa.Table, exposures: pa.Table) -> pl.DataFrame:
    """What is financed with what is known of the borrower, by exposure; both tables are in one order."""
    frame = pl.DataFrame(financed)
    known = pl.DataFrame(exposures.select(list(_NEEDED)))
    joined = frame.hstack(known).with_columns(borrower=pl.coalesce(*_BORROWER, "exposure_id"))
    emitted = pl.when(pl.col("attribution") > 0).then(pl.col("financed_g") / pl.col("attribution"))
    return joined.with_columns(emitted_g=emitted)


def _tonnes(held: Held, column: str) -> float | None:
    """The sum of a column in tonnes; None where no row has it."""
    if held.frame.get_column(column).is_not_null().any():
        return held.sum_of(column) / G_PER_T
    return None


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mean(held: Held, score: str, weight: str) -> float | None:
    """The mean of a score by a weight, over the rows that have both (PCAF-WDQS)."""
    rows = held.frame.filter(pl.col(score).is_not_null() & pl.col(weight).is_not_null())
    weights = Held(rows).sum_of(weight)
    scored = rows.select((pl.col(score).cast(pl.Int128) * pl.col(weight).cast(pl.Int128)).sum()).item()
    return _ratio(int(scored or 0), weights)


def _of(value: float | None, part: int, whole: int) -> dict[str, object] | None:
    """A figure with its unit and the part of the balance it rests on."""
    return None if value is None else {"value": value, "unit": _UNIT, "coverage": _ratio(part, whole)}


def _with_revenue(held: Held) -> Held:
    """Companies alone: the revenue beside a project or a property is not of what emits."""
    companies = [name for name, of in classes().items() if of.group == "company"]
    has = (pl.col("revenue_fen") > 0) & pl.col("emitted_g").is_not_null()
    return Held(held.frame.filter(pl.col("asset_class").is_in(companies) & has))


def _waci(held: Held, whole: int) -> dict[str, object] | None:
    """The emissions of each borrower over its revenue, by its weight among the exposures that have both (PCAF-WACI)."""
    rows = _with_revenue(held)
    balance = rows.sum_of("balance_fen")
    per_revenue = rows.frame.select((pl.col("balance_fen") * (pl.col("emitted_g") / pl.col("revenue_fen"))).sum()).item()
    mean = _ratio(float(per_revenue or 0), balance)
    return _of(None if mean is None else mean * FEN_PER_MILLION / G_PER_T, balance, whole)


def _carbon_intensity(held: Held, whole: int) -> dict[str, object] | None:
    """Emissions financed over revenue financed, by the same attribution."""
    rows = _with_revenue(held)
    revenue = float(rows.frame.select((pl.col("attribution") * pl.col("revenue_fen")).sum()).item() or 0)
    found = _ratio(rows.sum_of("financed_g") * FEN_PER_MILLION / G_PER_T, revenue)
    return _of(found, rows.sum_of("balance_fen"), whole)


def _footprint(held: Held, values: pl.DataFrame | None, whole: int) -> dict[str, object] | None:
    """Emissions financed per million that is outstanding; of holdings over enterprise value also as if values had stayed (PCAF-EVICADJ)."""
    balance = held.sum_of("balance_fen")
    per_million = _ratio(held.sum_of("financed_g") * FEN_PER_MILLION / G_PER_T, balance)
    found = _of(per_million, balance, whole)
    if found is None or values is None:
        return found
    by_value = held.frame.filter(pl.col("denominator_kind") == "evic")
    both = by_value.join(values, on="borrower", how="inner").filter((pl.col("base_fen") > 0) & (pl.col("denominator_fen") > 0))
    return {**found, "evic": _adjusted(Held(by_value), Held(both))}


def _adjusted(by_value: Held, both: Held) -> dict[str, object] | None:
    """The footprint of holdings over enterprise value, and adjusted by the mean of base over current values."""
    balance = both.sum_of("balance_fen")
    ratios = both.frame.select((pl.col("balance_fen") * (pl.col("base_fen") / pl.col("denominator_fen"))).sum()).item()
    factor = _ratio(float(ratios or 0), balance)
    if factor is None:
        return None
    unadjusted = both.sum_of("financed_g") * FEN_PER_MILLION / G_PER_T / balance
    covered = _ratio(balance, by_value.sum_of("balance_fen"))
    return {"unadjusted": unadjusted, "adjustment_factor": factor, "adjusted": unadjusted / factor, "unit": _UNIT, "coverage": covered}


def _values_of(prior: pa.Table) -> pl.DataFrame:
    """The enterprise value of each borrower in the base year."""
    value, _ = evic_of(View(prior))
    names = pl.DataFrame(prior.select(["exposure_id", *_BORROWER])).select(borrower=pl.coalesce(*_BORROWER, "exposure_id"))
    frame = names.with_columns(base_fen=pl.Series(value.values)).filter(pl.Series(value.has))
    return frame.group_by("borrower").agg(pl.col("base_fen").first())
