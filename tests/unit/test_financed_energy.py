"""The second and third steps of the ladder: a company's fuels one by one, and output times a factor that somebody answers for."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from greenfin.core.columns import schema
from greenfin.core.problems import Refused
from greenfin.financed import financed
from greenfin.financed.own import NONE, Own, own_factors
from greenfin.ingest import read_exposures
from greenfin.ingest.fuel_names import fuel_named
from greenfin.reference.load import load

YEAR = 2024
STANDARD = "pboc-high-carbon-draft"
STEEL = {"asset_class": "business_loan", "customer_no": "C", "industry": "3110", "average_fen": 10**9, "assets_fen": 10**9}
RAW_COAL_T = 20.908 * 26.37e-3 * 0.94 * 44 / 12  # GJ/t, tC/GJ, share, tCO2/tC: the guide's own values
NATGAS_T = 389.31 * 15.30e-3 * 0.99 * 44 / 12  # per 10 000 m3


def counted(*rows: dict[str, Any], standard: str = STANDARD, own: Own = NONE) -> list[dict[str, Any]]:
    nothing = dict.fromkeys(schema("exposures").names)
    full = [{**nothing, "exposure_id": f"E{at:02}", **row} for at, row in enumerate(rows)]
    table = pa.Table.from_pylist(full, schema=schema("exposures"))
    found: list[dict[str, Any]] = financed(table, standard, reference=load(), year=YEAR, own=own).value.to_pylist()
    return found


def one(standard: str = STANDARD, own: Own = NONE, **row: Any) -> dict[str, Any]:
    return counted(STEEL | row, standard=standard, own=own)[0]


def fuels(**amounts: tuple[float, str]) -> str:
    return json.dumps([{"fuel": name, "quantity": amount, "unit": unit} for name, (amount, unit) in amounts.items()])


def read(folder: Path, text: str) -> tuple[list[dict[str, Any]], list[str]]:
    path = folder / "f.csv"
    path.write_text(text, encoding="utf-8")
    found = read_exposures([path], as_of=None, otherwise=date(YEAR, 12, 31), reference=load())
    rows: list[dict[str, Any]] = found.value.flat.to_pylist()
    return rows, [p.code for p in found.problems]


@pytest.mark.parametrize(
    ("header", "fuel"),
    [
        ("原煤(吨)", ("raw_coal", "吨")),
        ("焦炭消费量（万吨）", ("coke", "万吨")),
        ("年度高炉煤气用量-万立方米", ("bfg", "万立方米")),
        ("coal_t", ("raw_coal", "t")),
        ("Natural gas (Nm3)", ("natgas", "Nm3")),
        ("原煤采购量(吨标准煤)", ("raw_coal", "tce")),
        ("柴油", ("diesel", "")),
        ("原煤单价(元/吨)", None),
        ("燃料", None),
        ("贷款余额(万元)", None),
    ],
)
def test_headers_that_name_a_fuel(header: str, fuel: tuple[str, str] | None) -> None:
    assert fuel_named(header) == fuel


def test_columns_of_fuels_are_read_with_their_units(tmp_path: Path) -> None:
    head = "借据号,客户编号,行业代码,贷款余额(万元),资产总额(万元),注册地区,"
    head += "原煤(吨),焦炭(万吨),天然气(万立方米),柴油,用电量(万千瓦时),外购热力(GJ)\n"
    (row, other), codes = read(tmp_path, head + "1,K,C3110,600,500,成都,2000,2,300,50,800,20\n2,L,C3110,600,500,成都,,,,,,\n")
    assert json.loads(row["fuels"]) == [
        {"fuel": "raw_coal", "quantity": 2000.0, "unit": "吨"},
        {"fuel": "coke", "quantity": 2.0, "unit": "万吨"},
        {"fuel": "diesel", "quantity": 50.0, "unit": "t"},
    ]
    assert (row["gas_m3"], row["energy_mwh"], row["heat_gj"]) == (3e6, 8000.0, 20.0)
    assert other["fuels"] is None
    assert "ingest.column_unknown" not in codes
    assert "ingest.unit_assumed" in codes  # of diesel


def test_a_fuel_in_a_unit_of_something_else_is_said_and_no_quantity(tmp_path: Path) -> None:
    (row,), codes = read(tmp_path, "借据号,贷款余额(万元),资产总额(万元),原煤(公里)\n1,600,500,7\n")
    assert (row["fuels"], "ingest.unit_wrong" in codes) == (None, True)


def test_fuels_and_bought_power_are_the_two_scopes() -> None:
    found = one(region="成都", fuels=fuels(raw_coal=(2000.0, "吨"), natgas=(3.0, "万m3")), energy_mwh=8000.0, process_t=100.0)
    assert (found["option"], found["quality"]) == ("energy", 2)
    assert found["scope1_g"] == pytest.approx((2000 * RAW_COAL_T + 3 * NATGAS_T + 100) * 1e6, rel=1e-9)
    used = {use["slot"]: use["key"] for use in json.loads(found["factors"])}
    assert {"raw_coal_ncv", "raw_coal_cc", "raw_coal_ox", "natgas_ncv", "power"} <= set(used)
    assert used["power"].startswith("grid.avg@CN-SC")
    pcaf = one("pcaf", balance_fen=10**9, fuels=fuels(raw_coal=(2.0, "千吨")), equity_fen=10**9, debt_fen=0)
    assert (pcaf["option"], pcaf["scope1_g"]) == ("2a", pytest.approx(2000 * RAW_COAL_T * 1e6, rel=1e-9))


@pytest.mark.parametrize("said", [(2000 * 20.908, "GJ"), (2000 * 20.908 / 29.3076, "tce"), (2e6, "kg"), (0.2, "万t")])
def test_a_fuel_in_any_unit_gives_the_same(said: tuple[float, str]) -> None:
    assert one(fuels=fuels(raw_coal=said))["scope1_g"] == pytest.approx(2000 * RAW_COAL_T * 1e6, rel=1e-6)


def test_steam_is_scope_2_and_metered_gas_scope_1() -> None:
    found = one(gas_m3=10000.0, fuels=fuels(steam=(100.0, "t")))
    assert found["scope1_g"] == pytest.approx(NATGAS_T * 1e6, rel=1e-7)
    assert found["scope2_g"] == pytest.approx(100 * 3.763 * 0.11 * 1e6, rel=1e-9)


def test_fuels_come_before_standard_coal_and_a_fuel_without_a_factor_is_no_zero() -> None:
    both = one(fuels=fuels(raw_coal=(2000.0, "t")), energy_tce=9999.0)
    assert both["scope1_g"] == pytest.approx(2000 * RAW_COAL_T * 1e6, rel=1e-9)
    assert "tce_beside_fuels" in both["flags"]
    lacking = one(fuels=fuels(raw_coal=(2000.0, "t"), dragon_dung=(1.0, "t")), revenue_fen=10**9)
    assert lacking["option"] == "revenue"
    assert "fuel_without_factor" in lacking["flags"]


def test_power_without_fuels_is_no_energy_step_where_revenue_is_known() -> None:
    assert (one(energy_mwh=10.0, revenue_fen=10**9)["option"], "fuels_missing" in one(energy_mwh=10.0, revenue_fen=10**9)["flags"]) == (
        "revenue",
        True,
    )
    alone = one(energy_mwh=10.0, industry="5631", assets_fen=10**9)
    assert (alone["option"], alone["scope1_g"], "scope1_missing" in alone["flags"]) == ("energy", None, True)


def test_output_without_a_factor_is_said_and_a_factor_of_the_users_counts() -> None:
    clinker: dict[str, Any] = {
        "industry": "3011",
        "output": 100.0,
        "output_unit": "万吨",
        "output_product": "水泥熟料",
        "revenue_fen": 10**9,
    }
    bare = one(**clinker)
    assert (bare["option"], "product_without_factor" in bare["flags"]) == ("revenue", True)
    for name in ("product.熟料", "product.C3011", "product.3011"):
        own = own_factors({name: (Decimal("0.88"), "tCO2/t")}, load())
        found = one(own=own, **clinker)
        assert (found["option"], found["financed_g"]) == ("product", 880_000 * 10**6)
        assert json.loads(found["factors"])[0]["found"] == "user"


def test_output_alone_without_a_factor_is_left_out_with_that_reason() -> None:
    rows = [
        one(standard, industry="5631", output=1.0, output_unit="t", equity_fen=1, debt_fen=1, balance_fen=1)
        for standard in (STANDARD, "pcaf")
    ]
    assert [row["excluded_reason"] for row in rows] == ["product_factor_missing"] * 2
    assert one(industry="5631", fuels=fuels(dragon_dung=(1.0, "t")))["excluded_reason"] == "fuel_factor_missing"


def test_coal_power_has_a_documented_factor_only_where_it_is_said_to_be_coal() -> None:
    power: dict[str, Any] = {"industry": "4411", "output": 1.0, "output_unit": "亿千瓦时", "revenue_fen": 10**9}
    found = one(output_product="火电上网电量", **power)
    assert found["option"] == "product"
    assert [use["slot"] for use in json.loads(found["factors"])] == ["coal.net", "co2.per_tce"]
    assert 70_000 < found["financed_g"] / 1e6 < 90_000
    assert one(output_product="燃气发电量", **power)["option"] == "revenue"


def test_a_listed_factor_can_be_replaced_and_a_wrong_one_is_refused() -> None:
    own = own_factors({"grid.avg": (Decimal("0.5"), "kgCO2/kWh")}, load())
    found = one(own=own, fuels=fuels(raw_coal=(0.0, "t")), energy_mwh=10.0)
    assert found["scope2_g"] == 5 * 10**6
    for name, value, unit in (("dragon", "1", "t"), ("product.x", "-1", "tCO2/t"), ("product.x", "1", "km"), ("grid.avg", "1", "t")):
        with pytest.raises(Refused):
            own_factors({name: (Decimal(value), unit)}, load())


def test_buildings_and_vehicles_without_figures_take_the_users() -> None:
    house = {"asset_class": "mortgage", "balance_fen": 10**8, "value_at_origination_fen": 10**8, "floor_area_m2": 100.0}
    car = {"asset_class": "motor_vehicle", "balance_fen": 10**8, "value_at_origination_fen": 10**8, "distance_km": 10000.0, "fuel": "汽油"}
    assert [row["excluded_reason"] for row in counted(house, car, standard="pcaf")] == ["no_factor", "no_factor"]
    given = {"building": (Decimal(60), "kWh/m2"), "vehicle.汽油": (Decimal(7), "L/百公里")}
    own = own_factors(given, load())
    found = counted(house, car, standard="pcaf", own=own)
    assert [(row["option"], row["included"]) for row in found] == [("2b", True), ("2b", True)]
    assert all("own_factor" in row["flags"] for row in found)
    assert found[1]["scope1_g"] == pytest.approx(700 * 2.174e3, rel=0.05)
