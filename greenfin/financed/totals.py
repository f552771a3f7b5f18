"""Exact totals of a standard by asset class, section, high-carbon industry and branch; coverage, intensity and weighted quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl
import pyarrow as pa

from greenfin.financed.ladder import G_PER_T
from greenfin.financed.rules import band

KEYS = ("asset_class", "section", "high_carbon", "branch_code")
FEN_PER_10K = 10**6
_SUMS = (
    "financed_g", "scope1_g", "scope2_g", "scope3_g", "lulucf_g", "avoided_g", "removals_g", "credits_retired_g", "credits_generated_g",
)  # fmt: skip
BY_OUTSTANDING, BY_EMISSIONS = "outstanding", "emissions"


@dataclass(frozen=True, slots=True)
class Total:
    """What a group of exposures finances: whole grams (None: nothing known), its balances in fen, how many are in.

    ``average_fen``: the numerators of what is in, on which the intensity rests. ``by_outstanding`` and ``by_emissions``: the quality
    weighted by balance and by emissions.
    """

    count: int
    included: int
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
    frame = _frame(financed)
    columns = [pl.col(key).fill_null("") for key in keys]
    named = frame.with_columns(columns) if keys else frame
    levels = sorted(frame["quality"].drop_nulls().unique().to_list())
    sums = [*_counts(levels), *_grams()]
    found = named.group_by(list(keys)).agg(sums).sort(list(keys)) if keys else named.select(sums)
    return {tuple(row[key] for key in keys): _total(row, levels) for row in found.to_dicts()}


def _frame(financed: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(financed)
    if isinstance(frame, pl.Series):
        raise TypeError(frame.name)
    return frame


def _counts(levels: Sequence[int]) -> list[pl.Expr]:
    is_in = pl.col("included").fill_null(False)
    balance, grams, quality = pl.col("balance_fen").fill_null(0), pl.col("financed_g"), pl.col("quality")
    rated = is_in & quality.is_not_null()
    return [
        pl.len().alias("count"),
        is_in.sum().alias("included"),
        balance.sum().alias("balance_fen"),
        balance.filter(is_in).sum().alias("included_fen"),
        pl.col("numerator_fen").filter(is_in).sum().alias("average_fen"),
        (balance * quality).filter(rated).sum().alias("balance_quality"),
        balance.filter(rated).sum().alias("balance_rated"),
        *(grams.filter(rated & (quality == level)).sum().alias(f"grams_{level}") for level in levels),
    ]


def _grams() -> list[pl.Expr]:
    is_in = pl.col("included").fill_null(False)
    return [pl.when((pl.col(name).is_not_null() & is_in).any()).then(pl.col(name).filter(is_in).sum()).alias(name) for name in _SUMS]


def _total(row: Mapping[str, int], levels: Sequence[int]) -> Total:
    weighted = sum(level * row[f"grams_{level}"] for level in levels)
    grams = sum(row[f"grams_{level}"] for level in levels)
    return Total(
        count=row["count"],
        included=row["included"],
        balance_fen=row["balance_fen"],
        included_fen=row["included_fen"],
        average_fen=row["average_fen"],
        grams={name: row[name] for name in _SUMS},
        by_outstanding=Fraction(row["balance_quality"], row["balance_rated"]) if row["balance_rated"] > 0 else None,
        by_emissions=Fraction(weighted, grams) if grams > 0 else None,
    )


def quality_band(standard: str, total: Total) -> str | None:
    """The band of a standard that rates its data by emissions; None for one without bands."""
    return band(standard, total.by_emissions)


def left_out(financed: pa.Table) -> dict[str, tuple[int, int]]:
    """How many rows are left out for each reason, and their balance in fen."""
    frame = _frame(financed).filter(~pl.col("included").fill_null(False))
    found = frame.group_by("excluded_reason").agg(pl.len().alias("n"), pl.col("balance_fen").fill_null(0).sum().alias("fen"))
    return {row["excluded_reason"] or "": (row["n"], row["fen"]) for row in found.sort("excluded_reason").to_dicts()}
