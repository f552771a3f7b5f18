"""Time financed emissions of a large book against the same joins and arithmetic by hand in polars, in one process; memory beside.

``python benchmarks/financed.py [--loans 1000000] [--runs 3]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from datetime import date
from pathlib import Path
from time import process_time

import numpy as np
import polars as pl
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.timing import interleaved, spread
from greenfin.core.columns import fitted
from greenfin.core.records import Book
from greenfin.financed import financed
from greenfin.financed.exposures import of_book
from greenfin.financed.sector import Asked, sector_factors
from greenfin.financed.totals import left_out, rolled_up, summed_by
from greenfin.reference.load import load

KEYS = ("asset_class", "section", "high_carbon")
YEAR, LOANS_OF_ONE, SEED = 2025, 4, 7
INDUSTRIES = ("3011", "2611", "4411", "3110", "1761", "2221", "3511", "5162")
AT_MOST = 3.0
FEN = 100
PROJECT_LEAST, BORROWER_LEAST = 50_000_000 * FEN, 5_000_000 * FEN


def book_of(size: int) -> Book:
    """A book of so many loans: four to a customer, one in ten of them to a project; two customers in five report emissions."""
    rnd = np.random.default_rng(SEED)
    count, projects = size // LOANS_OF_ONE, max(size // 100, 1)
    of = rnd.integers(0, count, size)
    to = rnd.integers(0, projects, size)
    names, places = np.char.add("K", np.arange(count).astype(str)), np.char.add("XM", np.arange(projects).astype(str))
    balance = rnd.integers(10**8, 10**11, size)
    in_project = rnd.random(size) < 0.1
    loans = pa.table(
        {
            "loan_id": np.char.add("J", np.arange(size).astype(str)),
            "customer_no": names[of],
            "project_id": pa.array(places[to], mask=~in_project),
            "industry_use": np.array(INDUSTRIES)[of % len(INDUSTRIES)],
            "balance_fen": balance,
            "avg_balance_fen": balance // 2 + 1,
            "source_sheet": pa.array(["book.xlsx!loans"] * size),
            "source_row": np.arange(size),
        }
    )
    tonnes, silent = rnd.random(count) * 10**5, rnd.random(count) < 0.6
    revenue = rnd.integers(10**11, 10**13, count)
    customers = pa.table(
        {
            "customer_no": names, "scale": np.array(["large", "medium", "small"])[rnd.integers(0, 3, count)], "revenue_fen": revenue,
            "assets_fen": revenue * 2, "emission_s1_t": pa.array(tonnes, mask=silent), "emission_s2_t": pa.array(tonnes / 5, mask=silent),
        }
    )  # fmt: skip
    made = pa.table(
        {"project_id": places, "total_invest_fen": rnd.integers(10**11, 10**13, projects), "emission_t": rnd.random(projects) * 10**5}
    )
    return Book(
        date(YEAR, 12, 31), loans=fitted(loans, "loans"), customers=fitted(customers, "customers"), projects=fitted(made, "projects"),
        layout={"book.xlsx!loans": {"balance_fen": "O"}},
    )  # fmt: skip


def ours(book: Book) -> int:
    """The grams of the book, with each loan's part and the totals by group."""
    reference = load()
    exposures = of_book(book, reference=reference).value
    found = financed(exposures, "pboc-2021", reference=reference, year=YEAR).value
    sums = summed_by(found, KEYS)
    for key in KEYS:
        rolled_up(sums, [key])
    left_out(found)
    return int(rolled_up(sums)[()].grams["financed_g"] or 0)


def by_hand(book: Book) -> int:
    """The same joins, thresholds and arithmetic in polars, with ordinary floating point."""
    reference = load()
    asked = Asked(reference, YEAR, book.as_of)
    used = sector_factors(INDUSTRIES, asked=asked)
    industries = pl.DataFrame(
        {
            "industry_use": INDUSTRIES,
            "rate": [None if one.value is None else float(one.value) for one in used],
            "used": [one.json for one in used],
            "section": [reference.industries[code].section for code in INDUSTRIES],
        }
    )
    loans, customers, projects = (
        pl.DataFrame(pl.from_arrow(rows))
        for rows in (
            book.loans.select(["loan_id", "customer_no", "project_id", "industry_use", "balance_fen", "avg_balance_fen", "source_row"]),
            book.customers.select(["customer_no", "scale", "revenue_fen", "emission_s1_t", "emission_s2_t"]),
            book.projects.select(["project_id", "total_invest_fen", "emission_t"]),
        )
    )
    by_project, is_in = pl.col("by_project"), pl.col("reason").is_null()
    joined = (
        loans.join(customers, on="customer_no", how="left", maintain_order="left")
        .join(projects, on="project_id", how="left", maintain_order="left")
        .join(industries, on="industry_use", how="left", maintain_order="left")
        .with_columns(
            by_project=pl.col("total_invest_fen").is_not_null(),
            key=pl.when(pl.col("total_invest_fen").is_not_null()).then(pl.col("project_id")).otherwise(pl.col("customer_no")),
            both=pl.col("emission_s1_t") + pl.col("emission_s2_t"),
            source_cell=pl.concat_str(pl.lit("book.xlsx!loans!O"), pl.col("source_row")),
        )
        .with_columns(reason=pl.when(~by_project & pl.col("scale").is_in(["small", "micro"])).then(pl.lit("small_or_micro")))
        .with_columns(together=pl.when(is_in).then(pl.col("avg_balance_fen")).otherwise(0).sum().over("key", "by_project"))
        .with_columns(
            reason=pl.when(is_in & (pl.col("together") < pl.when(by_project).then(PROJECT_LEAST).otherwise(BORROWER_LEAST)))
            .then(pl.lit("below_threshold"))
            .otherwise("reason"),
            tonnes=pl.when(by_project)
            .then(pl.col("emission_t"))
            .otherwise(pl.coalesce("both", pl.col("revenue_fen") * pl.col("rate") / 10**6)),
        )
        .with_columns(reason=pl.when(is_in & pl.col("tonnes").is_null()).then(pl.lit("emission_missing")).otherwise("reason"))
        .with_columns(
            share=pl.when(by_project)
            .then(pl.col("avg_balance_fen") / pl.max_horizontal("total_invest_fen", "together"))
            .otherwise(pl.col("avg_balance_fen") / pl.col("revenue_fen")),
        )
        .with_columns(
            grams=pl.when(is_in).then((pl.col("tonnes") * pl.col("share") * 10**6).round()),
            scope1=pl.when(is_in & ~by_project).then((pl.col("emission_s1_t") * pl.col("share") * 10**6).round()),
            scope2=pl.when(is_in & ~by_project).then((pl.col("emission_s2_t") * pl.col("share") * 10**6).round()),
            quality=pl.when(pl.col("both").is_not_null() | by_project).then(2).otherwise(4),
            method=pl.when(by_project).then(pl.lit("PBOC-CA-PROJ")).otherwise(pl.lit("PBOC-CA-NONPROJ")),
            asset_class=pl.when(by_project).then(pl.lit("project_finance")).otherwise(pl.lit("business_loan")),
            option=pl.when(pl.col("both").is_not_null() | by_project).then(pl.lit("reported")).otherwise(pl.lit("revenue")),
            flags=pl.when(by_project).then(pl.lit('["scopes_together"]')).otherwise(pl.lit("[]")),
            factors=pl.when(pl.col("both").is_null() & ~by_project).then("used").otherwise(pl.lit("[]")),
        )
    )
    for key in ("asset_class", "section", "industry_use"):
        joined.group_by(key).agg(
            pl.len(),
            pl.col("grams", "scope1", "scope2", "balance_fen").sum(),
            (pl.col("balance_fen") * pl.col("quality")).sum().alias("weighted"),
        )
    joined.group_by("reason").agg(pl.len(), pl.col("balance_fen").sum())
    return int(joined["grams"].sum())


def main() -> None:
    """Print a line of JSON and the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=10**6)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    load()
    book = book_of(asked.loans)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    apart = abs(ours(book) - by_hand(book))
    taken = interleaved({"ours": lambda: ours(book), "by hand": lambda: by_hand(book)}, asked.runs, process_time)
    medians = {name: spread(seconds)["median"] for name, seconds in taken.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    goals = [
        Goal("financed emissions, CPU seconds", medians["ours"]),
        Goal("by hand in polars, CPU seconds", medians["by hand"]),
        Goal("financed emissions over by hand", medians["ours"] / medians["by hand"], at_most=AT_MOST),
        Goal("grams apart, per loan", apart / asked.loans, at_most=1.0),
        Goal("peak memory over the book's own, MB", (peak - before) / 1024),
    ]
    print(json.dumps({"loans": asked.loans, "runs": asked.runs, "seconds": taken, "apart_g": apart, "peak_mb": peak / 1024}))
    tell(goals, asked)


if __name__ == "__main__":
    main()
