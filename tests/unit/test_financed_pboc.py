"""Financed emissions under the PBoC guide of 2021 and the high-carbon draft: each rule on a few rows."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from greenfin.core.columns import table_of
from greenfin.core.problems import Outcome, Refused, Severity
from greenfin.financed import financed
from greenfin.financed.rules import band, is_verified, threshold
from greenfin.reference.load import load

WAN = 10**6  # fen
T = 10**6  # grams
LOAN: dict[str, Any] = {"asset_class": "business_loan", "customer_no": "K", "industry": "3011", "scale": "large"}
PROJECT: dict[str, Any] = {"asset_class": "project_finance", "project_id": "P", "industry": "2221", "emission_of": "project"}


def counted(standard: str, *rows: dict[str, Any]) -> Outcome[pa.Table]:
    listed = [{"exposure_id": str(at), "source_cell": f"f.csv!{at}", **row} for at, row in enumerate(rows)]
    return financed(table_of("exposures", listed), standard, reference=load(), year=2025)


def one(standard: str, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = counted(standard, row).value.to_pylist()[0]
    return found


def test_a_project_over_its_total_investment() -> None:
    row = PROJECT | {"average_fen": 32_000 * WAN, "project_total_invest_fen": 80_000 * WAN, "emission_t": 120_000.0}
    found = one("pboc-2021", row)
    assert (found["financed_g"], found["attribution"], found["method"]) == (48_000 * T, 0.4, "PBOC-CA-PROJ")
    assert found["denominator_kind"] == "total_investment"


def test_a_borrower_over_its_revenue_and_over_its_assets() -> None:
    row = LOAN | {"average_fen": 500 * WAN, "average_kind": "daily", "revenue_fen": 10_000 * WAN, "assets_fen": 5_000 * WAN}
    row |= {"emission_s1_t": 900_000.0, "emission_s2_t": 100_000.0, "emission_source": "reported_verified"}
    assert one("pboc-2021", row)["financed_g"] == 50_000 * T
    found = one("pboc-high-carbon-draft", row)
    assert (found["scope1_g"], found["scope2_g"], found["financed_g"]) == (90_000 * T, 10_000 * T, 100_000 * T)
    assert (found["quality"], found["numerator_kind"], found["high_carbon"]) == (1, "daily", "building_materials")


@pytest.mark.parametrize(
    ("data", "step", "level", "tonnes"),
    [
        ({"energy_tce": 40_000.0, "energy_factor": 2.457, "energy_mwh": 3_000.0, "power_factor": 0.84}, "energy", 2, 100_800),
        ({"output": 1_000_000.0, "product_factor": 0.88}, "product", 3, 880_000),
        ({"revenue_fen": 1_000 * WAN, "economic_factor": 2.35}, "revenue", 4, 2_350),
        ({"assets_factor": 0.5}, "assets", 5, 2_500),
        ({"employees": 100, "staff_factor": 7.0}, "staff", 5, 700),
    ],
)
def test_the_ladder_of_the_draft(data: dict[str, Any], step: str, level: int, tonnes: int) -> None:
    whole = LOAN | {"average_fen": 5_000 * WAN, "assets_fen": 5_000 * WAN, "industry": "2221" if step != "assets" else "5631"}
    found = one("pboc-high-carbon-draft", whole | data)
    assert (found["option"], found["quality"], found["financed_g"]) == (step, level, tonnes * T)


def test_the_better_data_win_whatever_else_is_there() -> None:
    row = LOAN | {"average_fen": 5_000 * WAN, "assets_fen": 5_000 * WAN, "emission_t": 10.0, "emission_source": "reported"}
    row |= {"energy_tce": 100.0, "output": 5.0, "product_factor": 1.0, "economic_factor": 1.0, "revenue_fen": WAN}
    assert one("pboc-high-carbon-draft", row)["financed_g"] == 10 * T
    assert one("pboc-high-carbon-draft", row | {"emission_source": "estimate"})["option"] == "energy"


def test_a_carbon_market_figure_is_direct_only_and_scope_2_comes_from_power() -> None:
    row = LOAN | {"average_fen": 5_000 * WAN, "assets_fen": 5_000 * WAN, "emission_t": 1_000.0, "emission_source": "ets"}
    bare = one("pboc-high-carbon-draft", row)
    assert (bare["scope1_g"], bare["scope2_g"], json.loads(str(bare["flags"]))) == (1_000 * T, None, ["scope2_missing"])
    with_power = one("pboc-high-carbon-draft", row | {"energy_mwh": 100.0, "power_factor": 0.5})
    assert (with_power["scope2_g"], with_power["financed_g"]) == (50 * T, 1_050 * T)


def test_without_base_data_the_balance_takes_the_factor_of_the_sector() -> None:
    row = LOAN | {"average_fen": 1_000 * WAN, "economic_factor": 2.35}
    found = one("pboc-high-carbon-draft", row)
    assert (found["financed_g"], found["quality"], found["attribution"]) == (2_350 * T, 5, None)
    guide = one("pboc-2021", row)
    assert (guide["financed_g"], "revenue_cancels" in json.loads(str(guide["flags"]))) == (2_350 * T, True)


def test_the_shipped_sector_factor_says_its_year() -> None:
    found = one("pboc-2021", LOAN | {"average_fen": 1_000 * WAN, "industry": "2611"})
    assert "sector_vintage" in json.loads(str(found["flags"]))
    assert "sector.s1.per_revenue.c26" in str(found["factors"])


@pytest.mark.parametrize(
    ("change", "standard", "reason"),
    [
        ({"asset_class": "mortgage"}, "pboc-2021", "class_outside"),
        ({"is_person": True}, "pboc-2021", "person"),
        ({"scale": "micro"}, "pboc-2021", "small_or_micro"),
        ({"average_fen": 499 * WAN}, "pboc-2021", "below_threshold"),
        ({"days_outstanding": 29}, "pboc-2021", "too_short"),
        ({"revenue_fen": 0}, "pboc-2021", "revenue_not_positive"),
        ({"revenue_fen": None}, "pboc-2021", "revenue_missing"),
        ({"emission_t": -1.0}, "pboc-2021", "emission_impossible"),
        ({"average_fen": None}, "pboc-2021", "balance_missing"),
        ({"average_fen": -5}, "pboc-2021", "balance_negative"),
        ({"average_fen": None, "currency": "USD"}, "pboc-2021", "currency_without_rate"),
        ({"emission_t": None, "industry": "2611", "currency": "USD"}, "pboc-2021", "emission_missing"),
        ({"emission_t": None, "industry": "7010"}, "pboc-2021", "emission_missing"),
        ({"is_abroad": True}, "pboc-high-carbon-draft", "abroad"),
        ({"industry": "1761"}, "pboc-high-carbon-draft", "not_high_carbon"),
        ({"industry": "301"}, "pboc-high-carbon-draft", "industry_too_wide"),
        ({"industry": None}, "pboc-high-carbon-draft", "industry_missing"),
        ({"industry": "4417"}, "pboc-high-carbon-draft", "cofiring_not_stated"),
        ({"assets_fen": -1}, "pboc-high-carbon-draft", "assets_not_positive"),
        ({"assets_fen": None}, "pboc-high-carbon-draft", "assets_missing"),
        ({"asset_class": "corporate_bond"}, "pboc-high-carbon-draft", "class_outside"),
    ],
)
def test_what_is_left_out_has_its_reason(change: dict[str, Any], standard: str, reason: str) -> None:
    row = LOAN | {"average_fen": 1_000 * WAN, "revenue_fen": 9_000 * WAN, "assets_fen": 9_000 * WAN, "emission_t": 5.0}
    assert one(standard, row)["included"] is True
    found = one(standard, row | change)
    assert (found["included"], found["excluded_reason"], found["financed_g"]) == (False, reason, None)


def test_a_threshold_is_of_the_borrower_not_of_the_loan() -> None:
    row = LOAN | {"average_fen": 300 * WAN, "revenue_fen": 9_000 * WAN, "emission_t": 5.0}
    assert one("pboc-2021", row)["excluded_reason"] == "below_threshold"
    assert counted("pboc-2021", row, row).value["included"].to_pylist() == [True, True]


def test_more_than_the_whole_is_cut_for_a_project_and_only_flagged_for_revenue() -> None:
    project = PROJECT | {"average_fen": 9_000 * WAN, "project_total_invest_fen": 8_000 * WAN, "emission_t": 100.0}
    cut = one("pboc-2021", project)
    assert (cut["financed_g"], cut["attribution"]) == (100 * T, 1.0)
    above = one("pboc-2021", LOAN | {"average_fen": 1_500 * WAN, "revenue_fen": 1_000 * WAN, "emission_t": 100.0})
    assert (above["financed_g"], above["attribution"], "share_above_one" in str(above["flags"])) == (150 * T, 1.5, True)


def test_a_project_that_cannot_be_told_alone_goes_by_its_borrower_in_the_draft_only() -> None:
    row = PROJECT | {"average_fen": 6_000 * WAN, "project_total_invest_fen": 80_000 * WAN, "assets_fen": 12_000 * WAN}
    row |= {"emission_of": "borrower", "emission_t": 100.0}
    found = one("pboc-high-carbon-draft", row)
    assert (found["financed_g"], found["method"]) == (50 * T, "PBOC-HC-NONPROJ")
    assert one("pboc-2021", row)["excluded_reason"] == "project_emission_missing"


def test_bad_data_are_errors_and_the_rest_is_counted() -> None:
    good = LOAN | {"average_fen": 1_000 * WAN, "revenue_fen": 9_000 * WAN, "emission_t": 9.0}
    found = counted("pboc-2021", good, good | {"customer_no": "Z", "revenue_fen": 0})
    (wrong,) = [p for p in found.problems if p.code == "financed.left_out"]
    assert (wrong.severity, wrong.where, wrong.params["reason"]) == (Severity.ERROR, "f.csv!1", "revenue_not_positive")
    assert found.value["financed_g"].to_pylist() == [T, None]


def test_what_was_not_verified_says_so() -> None:
    assert next(p.code for p in counted("pboc-high-carbon-draft", LOAN).problems) == "financed.draft"
    assert not is_verified("pboc-2021")
    assert threshold("pboc-2021", "project") == 10 * threshold("pboc-2021", "borrower")
    with pytest.raises(Refused):
        counted("ghg", LOAN)


def test_bands_of_the_draft() -> None:
    from fractions import Fraction

    scores = [Fraction(3, 2), Fraction(2), Fraction(5, 2), Fraction(4), Fraction(9, 2)]
    assert [band("pboc-high-carbon-draft", score) for score in scores] == ["excellent", "very_good", "good", "fair", "plain"]
    assert band("pcaf", Fraction(1)) is None


def test_only_factors_that_were_used_are_named() -> None:
    row = LOAN | {"average_fen": 5_000 * WAN, "assets_fen": 5_000 * WAN, "emission_t": 1_000.0, "emission_source": "ets"}
    keys = [
        [use["slot"] for use in json.loads(str(one("pboc-high-carbon-draft", row | used)["factors"]))]
        for used in ({"energy_mwh": 100.0}, {"heat_gj": 100.0}, {"energy_mwh": 100.0, "heat_gj": 1.0, "power_factor": 0.5})
    ]
    assert keys == [["power"], ["heat"], ["own", "heat"]]


@pytest.mark.parametrize("data", [{"energy_tce": -5.0}, {"energy_tce": 5.0, "energy_mwh": -1.0}, {"output": -1.0, "product_factor": 1.0}])
def test_use_below_zero_is_impossible_and_never_lowers_anything(data: dict[str, float]) -> None:
    row = LOAN | {"average_fen": 5_000 * WAN, "assets_fen": 5_000 * WAN, **data}
    assert one("pboc-high-carbon-draft", row)["excluded_reason"] == "emission_impossible"
