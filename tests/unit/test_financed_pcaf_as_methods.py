"""One exposure measured by hand equals the same exposure in a book, for each class."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from greenfin.core.columns import schema
from greenfin.financed import financed
from greenfin.measure import measure_one
from greenfin.methods.registry import METHODS
from greenfin.reference.load import load

SCOPES = {"emission_s1_t": 1234.5, "emission_s2_t": 77.25, "emission_s3_t": 9000.0}
STATED = {"scope1": "1234.5 t", "scope2": "77.25 t", "scope3": "9000 t"}
PAIRS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "PCAF-LISTED": (
        {
            "asset_class": "listed_equity",
            "cap_ordinary_fen": 6000,
            "cap_preferred_fen": 500,
            "debt_fen": 3000,
            "minority_fen": 77,
            **SCOPES,
        },
        {"cap_ordinary": "60 元", "cap_preferred": "5 元", "debt": "30 元", "minority": "0.77 元", **STATED},
    ),
    "PCAF-BL": (
        {"asset_class": "business_loan", "equity_fen": -6000, "debt_fen": 3100, **SCOPES, "removals_t": 5.0},
        {"equity": "-60 元", "debt": "31 元", **STATED, "removals": "5 t"},
    ),
    "PCAF-PF": (
        {"asset_class": "project_finance", "project_equity_fen": 1000, "project_debt_fen": 3100, **SCOPES},
        {"equity": "10 元", "debt": "31 元", **STATED},
    ),
    "PCAF-CRE": (
        {"asset_class": "commercial_real_estate", "value_at_origination_fen": 5000, "energy_mwh": 33.0, "gas_m3": 500.0, "heat_gj": 12.0},
        {"property_value": "50 元", "electricity": "33 MWh", "gas": "500 m3", "heat": "12 GJ"},
    ),
    "PCAF-MORT": (
        {"asset_class": "mortgage", "value_at_origination_fen": 5000, "energy_mwh": 3.3},
        {"property_value": "50 元", "electricity": "3300 kWh"},
    ),
    "PCAF-MV": (
        {
            "asset_class": "motor_vehicle",
            "value_at_origination_fen": 5000,
            "distance_km": 12000.0,
            "consumption": 7.5,
            "consumption_unit": "L/100km",
            "fuel": "汽油",
        },
        {"vehicle_value": "50 元", "distance": "12000 km", "consumption": "7.5 L/100km"},
    ),
    "PCAF-SOV": (
        {"asset_class": "sovereign", "gdp_ppp_fen": 5 * 10**6, "emission_s1_t": 1234.5},
        {"gdp_ppp": "50000 元", "scope1": "1234.5 t"},
    ),
    "PCAF-SECUR": (
        {"asset_class": "securitisation", "pool_fen": 99999, "pool_emission_t": 1234.5},
        {"pool": "999.99 元", "emissions": "1234.5 t"},
    ),
}
AMOUNTS = {"financed_g": "financed_co2e", "scope1_g": "financed_scope1", "scope2_g": "financed_scope2", "scope3_g": "financed_scope3"}


@pytest.mark.parametrize("method", PAIRS)
def test_a_loan_by_hand_is_the_loan_in_a_book(method: str) -> None:
    row, given = PAIRS[method]
    wanted = schema("exposures")
    held = {
        **dict.fromkeys(wanted.names),
        "exposure_id": "E",
        "balance_fen": 1234,
        "region": "320000",
        "emission_source": "reported",
        **row,
    }
    table = pa.Table.from_pylist([held], schema=wanted)
    found: dict[str, Any] = financed(table, "pcaf", reference=load(), year=2024).value.to_pylist()[0]
    single = measure_one(method, {"outstanding": "12.34 元", **given}, load(), on=date(2024, 12, 31), region="320000")
    assert found["method"] == method
    assert found["attribution"] == pytest.approx(single.amounts["attribution"] / 10**12, abs=1e-12)
    given_out = {output.name for output in METHODS[method].declaration.outputs}
    for column, name in AMOUNTS.items():
        if found[column] is not None and name in given_out:
            assert found[column] == pytest.approx(single.amounts[name], abs=1)
    assert found["financed_g"] > 0
