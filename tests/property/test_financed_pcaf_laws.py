"""Laws of PCAF: splitting a loan, the order of rows and the unit of an input change nothing; scopes make the whole."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from greenfin.core.columns import schema
from greenfin.financed import financed
from greenfin.measure import measure_one
from greenfin.reference.load import load

REFERENCE = load()
GRAMS = ("financed_g", "scope1_g", "scope2_g", "scope3_g", "removals_g", "credits_retired_g")
FACTS: dict[str, dict[str, Any]] = {
    "business_loan": {"equity_fen": 70, "debt_fen": 131},
    "listed_equity": {"evic_fen": 977},
    "project_finance": {"project_equity_fen": 30, "project_debt_fen": 71, "project_id": "P"},
    "mortgage": {"value_at_origination_fen": 457},
    "sovereign": {"gdp_ppp_fen": 10**9},
    "securitisation": {"pool_fen": 9999},
}
tonnes = st.floats(0, 10**6, allow_nan=False).map(lambda value: round(value, 6))
exposure = st.fixed_dictionaries(
    {
        "asset_class": st.sampled_from(sorted(FACTS)),
        "customer_no": st.sampled_from("ABC"),
        "balance_fen": st.integers(0, 10**6),
        "emission_s1_t": tonnes,
        "emission_s2_t": tonnes,
        "emission_s3_t": st.none() | tonnes,
        "removals_t": st.none() | tonnes,
        "credits_retired_t": st.none() | tonnes,
    }
)


def counted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = schema("exposures")
    nothing = dict.fromkeys(wanted.names)
    made = [{**nothing, "exposure_id": f"E{at:03}", **FACTS[row["asset_class"]], **row} for at, row in enumerate(rows)]
    table = pa.Table.from_pylist(made, schema=wanted)
    found: list[dict[str, Any]] = financed(table, "pcaf", reference=REFERENCE, year=2024).value.to_pylist()
    return found


def total(rows: list[dict[str, Any]], name: str) -> int:
    return sum(row[name] or 0 for row in rows)


@settings(max_examples=15, deadline=None)
@over(exposure, st.integers(1, 10**6), st.integers(1, 10**6))
def test_splitting_changes_no_total(row: dict[str, Any], second: int, third: int) -> None:
    whole = counted([{**row, "balance_fen": row["balance_fen"] + second + third}])
    parts = counted([row, {**row, "balance_fen": second}, {**row, "balance_fen": third}])
    for name in GRAMS:
        assert total(parts, name) == total(whole, name)


@settings(max_examples=15, deadline=None)
@over(st.lists(exposure, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], chance: Any) -> None:
    named = [{**row, "exposure_id": f"L{at}"} for at, row in enumerate(rows)]
    mixed = list(named)
    chance.shuffle(mixed)
    first, other = ({row["exposure_id"]: [row[name] for name in GRAMS] for row in counted(each)} for each in (named, mixed))
    assert first == other


@settings(max_examples=15, deadline=None)
@over(st.lists(exposure, max_size=6))
def test_scopes_make_the_whole_and_nothing_is_netted(rows: list[dict[str, Any]]) -> None:
    for row in counted(rows):
        assert row["included"]
        assert row["financed_g"] == row["scope1_g"] + (row["scope2_g"] or 0)
        assert row["financed_g"] >= 0


@settings(max_examples=15, deadline=None)
@over(st.integers(1, 10**4), st.integers(1, 10**7), st.integers(1, 10**6))
def test_the_unit_of_an_input_does_not_matter(outstanding: int, financing: int, emissions: int) -> None:
    written = [
        {"outstanding": f"{outstanding} 元", "equity_debt": f"{financing} 元", "emissions": f"{emissions} tCO2e"},
        {"outstanding": f"{outstanding}e-4 万元", "equity_debt": f"{financing}e-8 亿元", "emissions": f"{emissions}e-3 ktCO2e"},
        {"outstanding": f"{outstanding} USD", "equity_debt": f"{financing}e-6 million USD", "emissions": f"{emissions}e3 kgCO2e"},
    ]
    found = [measure_one("PCAF-BL", each, REFERENCE, on=date(2025, 12, 31)).amounts for each in written]
    for name in ("financed_co2e", "attribution"):
        assert found[1][name] == pytest.approx(found[0][name], rel=1e-12)
        assert found[2][name] == pytest.approx(found[0][name], rel=1e-12)
