"""PCAF over a table of exposures: each class, what is left out and why, what is told apart, and that parts make the whole."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from greenfin.core.columns import schema
from greenfin.financed import financed
from greenfin.reference.load import load

YEAR = 2025
LOAN = {"asset_class": "business_loan", "customer_no": "C", "emission_source": "reported"}


def exposures(*rows: dict[str, Any]) -> pa.Table:
    wanted = schema("exposures")
    nothing = dict.fromkeys(wanted.names)
    return pa.Table.from_pylist([{**nothing, "exposure_id": f"E{at:02}", **row} for at, row in enumerate(rows)], schema=wanted)


def counted(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = financed(exposures(*rows), "pcaf", reference=load(), year=YEAR).value.to_pylist()
    return found


def one(**row: Any) -> dict[str, Any]:
    return counted(row)[0]


def marks(row: dict[str, Any]) -> set[str]:
    return set(json.loads(row["flags"]))


def test_listed_equity_over_its_enterprise_value() -> None:
    found = one(
        asset_class="listed_equity",
        balance_fen=26963135600,
        evic_fen=589909993500,
        emission_s1_t=4223366.14893355,
        emission_s2_t=0.0,
        emission_source="reported_verified",
        emission_s3_t=1000.0,
    )
    assert found["attribution"] == pytest.approx(0.0457072, rel=1e-6)
    assert found["financed_g"] == pytest.approx(193038.25e6, rel=1e-6)
    assert (found["option"], found["quality"], found["denominator_kind"], found["method"]) == ("1a", 1, "evic", "PCAF-LISTED")
    assert found["scope3_g"] == pytest.approx(45.7072e6, rel=1e-5)
    assert found["quality_scope3"] == 1


def test_enterprise_value_of_its_parts_keeps_cash_in_and_tells_what_lacks() -> None:
    parts = {"cap_ordinary_fen": 6000, "debt_fen": 3000, "emission_s1_t": 100.0, "emission_s2_t": 50.0, "balance_fen": 1000}
    whole = one(asset_class="listed_equity", cap_preferred_fen=500, minority_fen=500, **parts)
    assert whole["denominator_fen"] == 10000
    assert whole["financed_g"] == 15 * 10**6
    assert "evic_parts_missing" not in marks(whole)
    assert "evic_parts_missing" in marks(one(asset_class="listed_equity", **parts))


@pytest.mark.parametrize(
    "row", [{"asset_class": "listed_equity"}, {"asset_class": "business_loan", "is_listed": True, "equity_fen": 5, "debt_fen": 5}]
)
def test_a_listed_company_without_enterprise_value_is_left_out(row: dict[str, Any]) -> None:
    found = one(balance_fen=100, emission_t=5.0, **row)
    assert (found["included"], found["excluded_reason"], found["financed_g"]) == (False, "evic_missing", None)


def test_a_private_borrower_over_equity_and_debt_else_assets() -> None:
    found, by_assets = counted(
        {**LOAN, "balance_fen": 1000, "equity_fen": 3000, "debt_fen": 7000, "emission_t": 50000.0},
        {**LOAN, "customer_no": "D", "balance_fen": 1000, "equity_fen": 3000, "assets_fen": 20000, "emission_t": 50000.0},
    )
    assert (found["financed_g"], found["option"], found["denominator_kind"]) == (5000 * 10**6, "1b", "equity_debt")
    assert (by_assets["financed_g"], by_assets["denominator_kind"]) == (2500 * 10**6, "assets")
    assert "assets_as_denominator" in marks(by_assets)


def test_negative_equity_counts_as_nothing_and_a_share_above_one_is_kept() -> None:
    found = one(**LOAN, balance_fen=1000, equity_fen=-3000, debt_fen=500, emission_t=10.0)
    assert (found["attribution"], found["financed_g"]) == (2.0, 20 * 10**6)
    assert {"equity_negative", "share_above_one"} <= marks(found)


def test_a_denominator_of_nothing_leaves_out() -> None:
    found = one(**LOAN, balance_fen=1000, equity_fen=-3000, debt_fen=0, emission_t=10.0)
    assert found["excluded_reason"] == "denominator_not_positive"


def test_options_of_the_sector() -> None:
    by_revenue, by_asset, nothing = counted(
        {
            **LOAN,
            "emission_source": None,
            "balance_fen": 500000000,
            "equity_fen": 0,
            "debt_fen": 5000000000,
            "revenue_fen": 8000000000,
            "economic_factor": 3.0,
        },
        {**LOAN, "emission_source": None, "customer_no": "D", "balance_fen": 500000000, "assets_factor": 4.0},
        {**LOAN, "emission_source": None, "customer_no": "F", "balance_fen": 500000000, "debt_fen": 5, "equity_fen": 5, "industry": "9999"},
    )
    assert (by_revenue["financed_g"], by_revenue["option"], by_revenue["quality"]) == (2400 * 10**6, "3a", 4)
    assert (by_asset["financed_g"], by_asset["option"], by_asset["quality"], by_asset["attribution"]) == (2000 * 10**6, "3b", 5, None)
    assert (nothing["included"], nothing["excluded_reason"]) == (False, "emission_missing")


def test_a_project_follows_its_balance_sheet() -> None:
    of_year, at_start = counted(
        {
            "asset_class": "project_finance",
            "project_id": "P",
            "balance_fen": 3500,
            "project_equity_fen": 4000,
            "project_debt_fen": 3500,
            "emission_t": 150000.0,
            "emission_of": "project",
            "avoided_t": 750.0,
        },
        {
            "asset_class": "project_finance",
            "project_id": "Q",
            "balance_fen": 7000,
            "project_total_invest_fen": 10000,
            "emission_t": 150000.0,
        },
    )
    assert (of_year["financed_g"], of_year["avoided_g"]) == (70000 * 10**6, 350 * 10**6)
    assert at_start["financed_g"] == 105000 * 10**6
    assert "total_investment_as_denominator" in marks(at_start)


def test_buildings_by_meters_and_without_a_factor() -> None:
    metered, by_area = counted(
        {
            "asset_class": "commercial_real_estate",
            "balance_fen": 800,
            "value_at_origination_fen": 2000,
            "energy_mwh": 2500.0,
            "power_factor": 0.5703,
            "revenue_fen": 10**9,
            "industry": "3110",
        },
        {"asset_class": "mortgage", "balance_fen": 800, "value_at_origination_fen": 2000, "floor_area_m2": 100.0},
    )
    assert (metered["scope2_g"], metered["scope1_g"], metered["financed_g"]) == (570300000, None, 570300000)
    assert (metered["option"], metered["quality"]) == ("1b", 2)
    assert by_area["excluded_reason"] == "no_factor"
    assert by_area["financed_g"] is None


@pytest.mark.parametrize(
    ("row", "option", "scope"),
    [
        ({"fuel": "汽油", "consumption": 900.0, "consumption_unit": "L"}, "1a", "scope1_g"),
        ({"fuel": "diesel", "distance_km": 12000.0, "consumption": 7.5, "consumption_unit": "L/100km"}, "2b", "scope1_g"),
        ({"fuel": "电", "distance_km": 12000.0, "consumption": 15.0, "consumption_unit": "kWh/100km"}, "2b", "scope2_g"),
    ],
)
def test_vehicles_by_their_data(row: dict[str, Any], option: str, scope: str) -> None:
    half, whole = counted(
        {"asset_class": "motor_vehicle", "customer_no": "A", "balance_fen": 100, "value_at_origination_fen": 200, **row},
        {"asset_class": "motor_vehicle", "customer_no": "B", "balance_fen": 100, **row},
    )
    assert (half["option"], half["included"], half["attribution"]) == (option, True, 0.5)
    assert half[scope] == half["financed_g"] > 0
    assert abs(whole["financed_g"] - 2 * half["financed_g"]) <= 1
    assert "value_unknown" in marks(whole)


def test_a_distance_in_grams_per_kilometre() -> None:
    found = one(
        asset_class="motor_vehicle",
        balance_fen=50,
        value_at_origination_fen=100,
        distance_km=14000.0,
        consumption=181.0,
        consumption_unit="g/km",
        fuel="柴油",
    )
    assert found["financed_g"] == 14000 * 181 // 2


def test_a_car_known_by_its_kind_alone_has_no_factor() -> None:
    found = one(
        asset_class="motor_vehicle", balance_fen=50, value_at_origination_fen=100, distance_km=14000.0, vehicle_type="小客车", fuel="汽油"
    )
    assert (found["excluded_reason"], found["financed_g"]) == ("no_factor", None)


def test_states_with_and_without_land_use() -> None:
    found, without = counted(
        {
            "asset_class": "sovereign",
            "customer_no": "SG",
            "balance_fen": 10**8,
            "gdp_ppp_fen": 57976200000000,
            "emission_s1_t": 61451586.0,
            "emission_lulucf_t": -579762.0,
        },
        {"asset_class": "sovereign", "customer_no": "HK", "balance_fen": 10**8, "emission_s1_t": 61451586.0},
    )
    assert round(found["financed_g"] / 10**6) == 106
    assert found["lulucf_g"] == -(10**6)
    assert without["excluded_reason"] == "gdp_missing"


def test_energy_that_a_state_imports_is_not_in_the_total() -> None:
    found = one(asset_class="sovereign", balance_fen=10, gdp_ppp_fen=100, emission_s1_t=50.0, emission_s2_t=7.0, emission_s3_t=9.0)
    assert (found["financed_g"], found["scope2_g"], found["scope3_g"]) == (5 * 10**6, None, 900000)
    assert "imported_energy_apart" in marks(found)


def test_proceeds_and_pools_are_looked_through() -> None:
    bond, tranche, bare = counted(
        {"asset_class": "use_of_proceeds", "balance_fen": 5000, "proceeds_fen": 50000, "pool_emission_t": 13000.0},
        {"asset_class": "securitisation", "balance_fen": 5000, "pool_fen": 50000, "pool_emission_t": 1000.0, "emission_source": "estimate"},
        {"asset_class": "securitisation", "balance_fen": 5000, "pool_emission_t": 1000.0},
    )
    assert (bond["financed_g"], bond["method"]) == (1300 * 10**6, "PCAF-UOP")
    assert (tranche["financed_g"], tranche["quality"]) == (100 * 10**6, 5)
    assert bare["excluded_reason"] == "pool_missing"


def test_removals_and_credits_stand_apart_and_are_never_netted() -> None:
    found = one(
        **LOAN,
        balance_fen=10,
        equity_fen=50,
        debt_fen=50,
        emission_t=1000.0,
        removals_t=20000.0,
        credits_retired_t=10.0,
        credits_generated_t=5000.0,
    )
    assert found["financed_g"] == 100 * 10**6
    assert (found["removals_g"], found["credits_retired_g"], found["credits_generated_g"]) == (2000 * 10**6, 10**6, 500 * 10**6)


def test_undrawn_amounts_do_not_count() -> None:
    found = one(**LOAN, balance_fen=10, undrawn_fen=90, equity_fen=50, debt_fen=50, emission_t=1000.0)
    assert (found["financed_g"], found["undrawn_fen"]) == (100 * 10**6, 90)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"asset_class": "other", "balance_fen": 5}, "class_outside"),
        ({**LOAN, "balance_fen": None}, "balance_missing"),
        ({**LOAN, "balance_fen": -5}, "balance_negative"),
        ({**LOAN, "balance_fen": 5, "equity_fen": 5, "debt_fen": 5, "emission_t": -1.0}, "emission_impossible"),
        ({**LOAN, "balance_fen": 5, "emission_t": 1.0}, "equity_debt_missing"),
    ],
)
def test_what_is_left_out_has_its_reason(row: dict[str, Any], reason: str) -> None:
    found = one(**row)
    assert (found["included"], found["excluded_reason"], found["financed_g"]) == (False, reason, None)


def test_splitting_a_loan_changes_no_total() -> None:
    same = {
        **LOAN,
        "equity_fen": 50,
        "debt_fen": 73,
        "emission_s1_t": 0.123457,
        "emission_s2_t": 0.3,
        "emission_s3_t": 7.77,
        "removals_t": 1.0,
    }
    whole = counted({**same, "balance_fen": 31})
    parts = counted({**same, "balance_fen": 7}, {**same, "balance_fen": 11}, {**same, "balance_fen": 13})
    for name in ("scope1_g", "scope2_g", "scope3_g", "financed_g", "removals_g"):
        assert sum(row[name] for row in parts) == whole[0][name]


def test_two_homes_of_one_borrower_are_two() -> None:
    home = {"asset_class": "mortgage", "customer_no": "A", "energy_mwh": 2.0, "power_factor": 0.5, "balance_fen": 90}
    first, second = counted({**home, "value_at_origination_fen": 100}, {**home, "value_at_origination_fen": 150})
    assert (first["financed_g"], second["financed_g"]) == (900000, 600000)
    assert not marks(first) | marks(second)


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [
        {
            **LOAN,
            "exposure_id": f"L{at}",
            "customer_no": str(at % 3),
            "balance_fen": 10 + at,
            "equity_fen": 50,
            "debt_fen": 21,
            "emission_t": 5.0 + at % 3,
        }
        for at in range(9)
    ]
    found = {row["exposure_id"]: row["financed_g"] for row in counted(*rows)}
    assert found == {row["exposure_id"]: row["financed_g"] for row in counted(*reversed(rows))}


def test_a_building_by_its_area_with_the_files_own_figure_per_area() -> None:
    building = {"asset_class": "mortgage", "balance_fen": 600_000, "value_at_origination_fen": 1_000_000, "floor_area_m2": 100.0}
    own = {"power_factor": 0.5, "consumption": 50.0, "consumption_unit": "kWh/(m2*a)"}
    power = one(**building, **own)
    assert (power["option"], power["quality"], power["scope2_g"], power["financed_g"]) == ("2b", 4, 1_500_000, 1_500_000)
    assert one(**building, **own, energy_label="B")["option"] == "2a"
    direct = one(**building, consumption=25.0, consumption_unit="kgCO2/m2")
    assert (direct["financed_g"], direct["scope2_g"]) == (1_500_000, None)
    assert "scopes_together" in marks(direct)
    assert one(**building, consumption=25.0, consumption_unit="L/km")["excluded_reason"] == "no_factor"


def test_a_factor_of_an_earlier_year_is_told() -> None:
    building = {"asset_class": "mortgage", "balance_fen": 600_000, "value_at_origination_fen": 1_000_000, "energy_mwh": 5.0}
    made = financed(exposures(building), "pcaf", reference=load(), year=2099)
    assert "factor_earlier" in {p.params.get("flag") for p in made.problems}
    own = financed(exposures({**building, "power_factor": 0.5}), "pcaf", reference=load(), year=2099)
    assert "factor_earlier" not in {p.params.get("flag") for p in own.problems}
