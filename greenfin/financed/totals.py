"""Exact totals of a standard by asset class, section, high-carbon industry and branch; coverage, intensity and weighted quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl
import pyarrow as pa

from greenfin.core.money import FEN_PER_10K
from greenfin.core.units import G_PER_T
from greenfin.financed.rules import band

KEYS = ("asset_class", "section", "high_carbon", "branch_code")
_SUMS = (
    "financed_g", "scope1_g", "scope2_g", "scope3_g", "lulucf_g", "avoided_g", "removals_g", "credits_retired_g", "credits_generated_g",
)  # fmt: skip
_NEEDED = ("included", "balance_fen", "numerator_fen", "quality", *_SUMS)
BY_OUTSTANDING, BY_EMISSIONS = "outstanding", "emissions"


@dataclass(frozen=True, slots=True)
class Total:
    """What a group of exposures finances: whole grams (None: nothing known), its balances in fen, how many are in.

    ``unvalued``: exposures whose balance is not known in yuan, which no share of the balance can hold.
    ``average_fen``: the numerators of what is in, on which the intensity rests. ``by_outstanding`` and ``by_emissions``: the quality
    weighted by balance and by emissions.
    """

    count: int
    included: int
    unvalued: int
    balance_fen: int
    included_fen: int
    average_fen: int
    grams: Mapping[str, int | None]
    by_outstanding: Fraction | None
    by_emissions: Fraction | None

    @property
    def intensity(self) -> Fraction | None:
        """Tonnes per 10 000 yuan of the average balance that is in."""
        financed = self.grams["financed_g"]
        if financed is None or self.average_fen <= 0:
            return None
        return Fraction(financed, G_PER_T) / Fraction(self.average_fen, FEN_PER_10K)

    @property
    def coverage(self) -> Fraction | None:
        """The part of the balance that is in."""
        return Fraction(self.included_fen, self.balance_fen) if self.balance_fen > 0 else None


def totals(financed: pa.Table, keys: Sequence[str] = ()) -> dict[tuple[str, ...], Total]:
    """The total of each group of rows (``""`` where a row has no such key), in the order of keys; without keys one, under ``()``.

    Sums are of whole numbers: those of the groups are the whole exactly.
    """
    return rolled_up(summed_by(financed, keys), keys)


def summed_by(financed: pa.Table, keys: Sequence[str]) -> pl.DataFrame:
    """The sums of each combination of keys, to be rolled up by some of them."""
    frame = _frame(financed.select([*_NEEDED, *keys]))
    is_in = pl.col("included").fill_null(False)
    rated = is_in & pl.col("quality").is_not_null()
    grams, balance, quality = pl.col("financed_g").fill_null(0), pl.col("balance_fen").fill_null(0), pl.col("quality")
    counted = frame.lazy().select(
        *(pl.col(key).fill_null("") for key in keys),
        pl.lit(1).cast(pl.Int64).alias("count"),
        is_in.cast(pl.Int64).alias("included"),
        pl.col("balance_fen").is_null().cast(pl.Int64).alias("unvalued"),
        balance.alias("balance_fen"),
        pl.when(is_in).then(balance).otherwise(0).alias("included_fen"),
        pl.when(is_in).then(pl.col("numerator_fen").fill_null(0)).otherwise(0).alias("average_fen"),
        pl.when(rated).then(balance).otherwise(0).alias("balance_rated"),
        pl.when(rated).then(balance * quality).otherwise(0).alias("balance_quality"),
        pl.when(rated).then(grams).otherwise(0).alias("grams_rated"),
        pl.when(rated).then(grams * quality).otherwise(0).alias("grams_quality"),
        *(each for name in _SUMS if frame[name].null_count() < len(frame) for each in _known(name, is_in)),
    )
    sums = pl.exclude(list(keys)).sum() if keys else pl.all().sum()
    return (counted.group_by(list(keys)).agg(sums) if keys else counted.select(sums)).collect()


def _known(name: str, is_in: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """A sum, and how many rows it is known of."""
    has = is_in & pl.col(name).is_not_null()
    return pl.when(has).then(pl.col(name)).otherwise(0).alias(name), has.cast(pl.Int64).alias(f"{name}_known")


def rolled_up(sums: pl.DataFrame, keys: Sequence[str] = ()) -> dict[tuple[str, ...], Total]:
    """The totals by some of the keys of :func:`summed_by`."""
    numbers = [pl.col(name).sum() for name, kind in sums.schema.items() if kind == pl.Int64]
    found = sums.group_by(list(keys)).agg(numbers).sort(list(keys)) if keys else sums.select(numbers)
    return {tuple(row[key] for key in keys): _total(row) for row in found.to_dicts()}


def _frame(financed: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(financed)
    if isinstance(frame, pl.Series):
        raise TypeError(frame.name)
    return frame


def _total(row: Mapping[str, int]) -> Total:
    return Total(
        count=row["count"],
        included=row["included"],
        unvalued=row["unvalued"],
        balance_fen=row["balance_fen"],
        included_fen=row["included_fen"],
        average_fen=row["average_fen"],
        grams={name: row[name] if row.get(f"{name}_known") else None for name in _SUMS},
        by_outstanding=Fraction(row["balance_quality"], row["balance_rated"]) if row["balance_rated"] > 0 else None,
        by_emissions=Fraction(row["grams_quality"], row["grams_rated"]) if row["grams_rated"] > 0 else None,
    )


def quality_band(standard: str, total: Total) -> str | None:
    """The band of a standard that rates its data by emissions; None for one without bands."""
    return band(standard, total.by_emissions)


def left_out(financed: pa.Table) -> dict[str, tuple[int, int]]:
    """How many rows are left out for each reason, and their balance in fen."""
    frame = _frame(financed.select(["included", "excluded_reason", "balance_fen"])).filter(~pl.col("included").fill_null(False))
    found = frame.group_by("excluded_reason").agg(pl.len().alias("n"), pl.col("balance_fen").fill_null(0).sum().alias("fen"))
    return {row["excluded_reason"] or "": (row["n"], row["fen"]) for row in found.sort("excluded_reason").to_dicts()}
