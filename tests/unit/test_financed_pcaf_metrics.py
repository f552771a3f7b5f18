"""Figures of a portfolio under PCAF: scores by what is outstanding and by emissions, intensities, the footprint and its adjustment."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from greenfin.cli.financed_portfolio import lines
from greenfin.core.columns import schema
from greenfin.financed import financed
from greenfin.financed.pcaf.metrics import portfolio
from greenfin.messages.words import LANGUAGES, Lang, say
from greenfin.reference.load import load

MILLION = 10**8  # fen


def exposures(*rows: dict[str, Any]) -> pa.Table:
    wanted = schema("exposures")
    nothing = dict.fromkeys(wanted.names)
    return pa.Table.from_pylist([{**nothing, "exposure_id": f"E{at:02}", **row} for at, row in enumerate(rows)], schema=wanted)


def figures(*rows: dict[str, Any], prior: pa.Table | None = None) -> dict[str, Any]:
    table = exposures(*rows)
    found: dict[str, Any] = portfolio(financed(table, "pcaf", reference=load(), year=2025).value, table, prior=prior)
    return found


def holding(name: str, held: int, evic: int, emission: float, **more: Any) -> dict[str, Any]:
    of = {
        "asset_class": "listed_equity",
        "customer_no": name,
        "balance_fen": held * MILLION,
        "evic_fen": evic * MILLION,
        "emission_t": emission,
    }
    return of | {"emission_source": "reported", **more}


def test_scores_by_both_weights() -> None:
    found = figures(
        holding("A", 10, 100, 90000.0, emission_source="reported_verified", emission_s3_t=10.0),
        holding("B", 30, 300, 10000.0, emission_source="estimate"),
    )["all"]
    assert found["quality"]["by_outstanding"] == pytest.approx((10 * 1 + 30 * 5) / 40)
    assert found["quality"]["by_emissions"] == pytest.approx((9000 * 1 + 1000 * 5) / 10000)
    assert found["quality"]["scope3_by_outstanding"] == 1
    assert (found["financed_t"], found["scope3_t"], found["removals_t"]) == (10000, 1, None)


def test_coverage_counts_what_is_left_out() -> None:
    found = figures(holding("A", 10, 100, 100.0), holding("B", 30, 300, 10000.0) | {"evic_fen": None})
    assert found["all"]["coverage"] == pytest.approx(0.25)
    assert (found["all"]["included_exposures"], found["all"]["exposures"]) == (1, 2)
    assert found["all"]["financed_t"] == 10


def test_intensities_of_three_holdings() -> None:
    rows = zip((100, 200, 50), (1000.0, 5000.0, 6000.0), (2000, 5000, 3000), (20000, 10000, 15000), strict=True)
    held = [holding(str(at), x, cap, e, revenue_fen=revenue * MILLION) for at, (x, e, revenue, cap) in enumerate(rows)]
    found = figures(*held)["all"]
    assert found["carbon_intensity"]["value"] == pytest.approx(1.041667, rel=1e-6)
    assert found["waci"]["value"] == pytest.approx(1.0, rel=1e-9)
    assert found["footprint"]["value"] == pytest.approx(125 / 350, rel=1e-9)
    assert found["waci"]["coverage"] == 1


def test_a_borrower_without_revenue_is_no_part_of_the_mean_and_lowers_its_coverage() -> None:
    found = figures(holding("A", 10, 100, 100.0, revenue_fen=50 * MILLION), holding("B", 30, 300, 900.0))["all"]
    assert found["waci"]["value"] == pytest.approx(2.0)
    assert found["waci"]["coverage"] == pytest.approx(0.25)


def test_values_that_rose_are_told_beside_the_footprint() -> None:
    now, base, emitted = (1360, 1120, 880, 640), (1200, 1000, 800, 600), (60000.0, 100000.0, 120000.0, 120000.0)
    weights = (40, 30, 20, 10)
    held = [holding(str(at), w, v, e) for at, (w, v, e) in enumerate(zip(weights, now, emitted, strict=True))]
    prior = exposures(*(holding(str(at), 1, v, 1.0) for at, v in enumerate(base)))
    found = figures(*held, prior=prior)["all"]["footprint"]
    assert found["evic"]["adjustment_factor"] == pytest.approx(0.8963665)
    assert found["evic"]["unadjusted"] == pytest.approx(90.4555, rel=1e-5)
    assert found["evic"]["adjusted"] == pytest.approx(100.9135, rel=1e-5)
    assert found["evic"]["coverage"] == 1


def test_classes_make_the_whole() -> None:
    loan = {
        "asset_class": "business_loan",
        "customer_no": "Z",
        "balance_fen": 7 * MILLION,
        "equity_fen": MILLION,
        "debt_fen": 2 * MILLION,
        "emission_t": 3.0,
    }
    found = figures(holding("A", 10, 100, 100.0), loan, {"asset_class": "other", "balance_fen": MILLION})
    parts = found["by_asset_class"]
    assert [part["asset_class"] for part in parts] == ["business_loan", "listed_equity", "other"]
    for name in ("balance", "included_balance", "exposures"):
        assert sum(part[name] for part in parts) == found["all"][name]
    assert sum(part["financed_t"] or 0 for part in parts) == found["all"]["financed_t"]
    assert parts[0]["attribution_above_one"] == 1


def test_an_empty_book_has_no_figures() -> None:
    found = figures()["all"]
    assert (found["coverage"], found["waci"], found["footprint"], found["quality"]["by_outstanding"]) == (None, None, None, None)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figures_are_told_in_words(lang: Lang) -> None:
    now = [holding("A", 10, 100, 100.0, revenue_fen=50 * MILLION, emission_s3_t=40.0, removals_t=5.0), holding("B", 30, 300, 900.0)]
    found = figures(*now, prior=exposures(holding("A", 1, 80, 1.0)))
    session: Any = SimpleNamespace(say=lambda code, **slots: say(code, lang, **slots))
    told = "\n".join(lines(session, found))
    assert {"4.00", "2.0000", "25.0%"} <= set(told.split())
    assert say("pcaf.adjusted", lang) in told
    assert say("pcaf.avoided", lang) not in told
