"""The bank's own operations: factors by place and year, what is missing, published totals rebuilt."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from greenfin.core.columns import schema, table_of
from greenfin.core.problems import Problem, Refused
from greenfin.footprint import explain_emission, footprint, footprint_json
from greenfin.footprint.items import items
from greenfin.footprint.rows import total
from greenfin.reference.load import load

REFERENCE = load()


def used(
    item: str, quantity: float | None, unit: str, *, month: int = 1, site: str = "HQ", region: str = "510100", year: int = 2023
) -> dict[str, object]:
    return {
        "site": site,
        "region": region,
        "month_on": date(year, month, 1),
        "item": item,
        "quantity": quantity,
        "unit": unit,
        "source_cell": f"ops.xlsx!energy!{item}-{month}",
    }


def run(
    *rows: dict[str, object], year: int = 2023, on: date | None = date(2025, 12, 31), sets: str | None = None
) -> tuple[pa.Table, tuple[Problem, ...]]:
    found = footprint(table_of("operations", list(rows)), year=year, reference=REFERENCE, factor_set=sets, on=on)
    assert found.value.schema == schema("emissions")
    return found.value, found.problems


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return sorted(p.code for p in problems if p.code not in ("footprint.one_row", "footprint.market_not_given"))


@pytest.mark.parametrize(
    ("year", "electricity", "gas", "petrol", "published"),
    [(2022, 27_275_000, 282_200, 514_400, 16058.29), (2021, 30_851_500, 256_000, 449_600, 17742.00)],
)
def test_chengdu_banks_published_totals(year: int, electricity: float, gas: float, petrol: float, published: float) -> None:
    """成都银行环境信息披露报告2022, as quoted in 中小银行金融科技发展研究报告2023 table 5: kWh, m3, litres and total tCO2e of two years."""
    rows = [
        used("electricity", electricity, "kWh", year=year),
        used("natural_gas", gas, "m3", year=year),
        used("gasoline", petrol, "L", year=year),
    ]
    table, problems = run(*rows, year=year, on=None, sets="chengdu-2012-central")
    shown: dict[str, Any] = footprint_json(table, table_of("operations", rows), year=year, reference=REFERENCE)
    assert shown["total"]["value"] == pytest.approx(published, rel=1e-4)
    grid = next(json.loads(r["factors"])[0] for r in table.to_pylist() if r["item"] == "electricity")
    assert grid["key"].startswith("grid.avg@CN-GRID-C@2012")
    assert codes(problems) == ["footprint.read_as"]


def test_electricity_by_the_factor_of_the_province_and_year() -> None:
    table, _ = run(used("electricity", 1, "万千瓦时"), used("electricity", 10, "MWh", site="NJ", region="320100"))
    amounts = dict(zip(table["site"].to_pylist(), table["amount"].to_pylist(), strict=True))
    assert amounts["HQ"] == 1_564_000  # 10 MWh × 0.1564 t (Sichuan 2023)
    assert amounts["NJ"] == 5_827_000  # 0.5827 t (Jiangsu 2023)
    table, _ = run(used("electricity", 10, "MWh", year=2022), year=2022)
    assert table["amount"].to_pylist() == [1_404_000]  # 0.1404 t in 2022


def test_factors_not_yet_published_on_the_day_are_not_used() -> None:
    table, _ = run(used("electricity", 10, "MWh"), on=date(2025, 1, 31))
    found = json.loads(table["factors"][0].as_py())[0]
    assert found["key"] == "grid.avg@CN-SC@2022@mee"
    assert "earlier_year" in found["found"]


def test_fuel_is_heat_value_times_carbon_times_oxidation() -> None:
    table, problems = run(used("natural_gas", 10000, "Nm3"), used("gasoline", 1, "t"), used("diesel", 1000, "L"), used("coal", 1, "t"))
    amounts = dict(zip(table["item"].to_pylist(), table["amount"].to_pylist(), strict=True))
    assert amounts["natural_gas"] == 21_621_888  # 389.31 GJ × 0.0153 × 0.99 × 44/12
    assert amounts["gasoline"] == 2_925_056  # 43.07 × 0.0189 × 0.98 × 44/12, rounded to the gram
    assert amounts["diesel"] == 2_600_564  # 0.84 t × 42.652 × 0.0202 × 0.98 × 44/12
    assert amounts["coal"] == pytest.approx(1_900_300, rel=1e-4)
    slots = [f["slot"] for f in json.loads(next(r["factors"] for r in table.to_pylist() if r["item"] == "diesel"))]
    assert slots == ["density", "ncv", "cc", "ox"]
    assert set(table["scope"].to_pylist()) == {"1"}
    assert codes(problems) == []


def test_heat_counts_in_scope_two() -> None:
    table, _ = run(used("heat", 1000, "GJ"))
    assert (table["scope"].to_pylist(), table["amount"].to_pylist()) == (["2_location"], [110_000_000])


def test_market_based_takes_the_residual_mix_for_what_is_not_green() -> None:
    rows = [
        used("electricity", 100, "MWh"),
        used("electricity", 50, "MWh"),
        used("green_electricity", 60, "MWh") | {"document": "GP-1"},
        used("heat", 10, "GJ"),
    ]
    table, problems = run(*rows)
    assert total(table, "2_location") == 150 * 156_400 + 1_100_000
    assert total(table, "2_market") == 90 * 609_600 + 1_100_000
    assert codes(problems) == []


def test_without_green_electricity_there_is_no_market_based_figure() -> None:
    table, problems = run(used("electricity", 100, "MWh"))
    assert total(table, "2_market") is None
    assert "footprint.market_not_given" in [p.code for p in problems]


def test_more_green_electricity_than_electricity_leaves_it_out() -> None:
    table, problems = run(used("electricity", 1, "MWh"), used("green_electricity", 2, "MWh") | {"document": "GP-1"})
    assert total(table, "2_market") is None
    assert "footprint.green_above" in codes(problems)


def test_a_year_without_a_residual_factor_takes_the_grids_and_says_so() -> None:
    green = used("green_electricity", 2, "MWh", year=2019) | {"document": "GP-1"}
    table, problems = run(used("electricity", 10, "MWh", year=2019), green, year=2019)
    at_grid = total(table, "2_location")
    assert at_grid is not None
    assert total(table, "2_market") == at_grid * 8 // 10
    assert "footprint.residual_is_grid" in codes(problems)


@pytest.mark.parametrize("region", ["", "nowhere"])
def test_a_site_without_a_place_takes_the_national_factor_marked(region: str) -> None:
    table, problems = run(used("electricity", 10, "MWh", region=region))
    found = json.loads(table["factors"][0].as_py())[0]
    assert found["key"] == "grid.avg@CN@2023@mee"
    assert "parent_region" in found["found"]
    assert codes(problems) == ["footprint.region_missing"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (used("electricity", None, "kWh"), "footprint.quantity_missing"),
        (used("electricity", float("nan"), "kWh"), "footprint.quantity_missing"),
        (used("electricity", -1, "kWh"), "footprint.quantity_negative"),
        (used("electricity", 1, "t"), "footprint.unit_wrong"),
        (used("electricity", 1, ""), "footprint.unit_wrong"),
        (used("moonshine", 1, "L"), "footprint.item_unknown"),
        (used("cooling", 1, "GJ"), "footprint.factor_missing"),
        (used("electricity", 1, "kWh") | {"month_on": None}, "footprint.month_missing"),
    ],
)
def test_a_row_that_cannot_be_counted_is_a_problem_and_no_figure(row: dict[str, object], code: str) -> None:
    table, problems = run(row, used("electricity", 10, "MWh", month=2))
    assert table["amount"].to_pylist() == [1_564_000]
    assert code in codes(problems)


def test_the_same_quantity_twice_is_marked() -> None:
    table, problems = run(used("electricity", 10, "MWh"), used("electricity", 10, "MWh"))
    assert table.num_rows == 2
    assert codes(problems) == ["footprint.same_twice"]


def test_sites_that_only_have_other_years_are_told() -> None:
    rows = [used("electricity", 10 + month, "MWh", month=month) for month in (1, 2, 4)]
    _, problems = run(*rows, used("electricity", 5, "MWh", site="gone", year=2022))
    assert ("footprint.site_missing", "gone") in [(p.code, p.where) for p in problems]


def test_a_year_without_data_says_so() -> None:
    table, problems = run(used("electricity", 10, "MWh"), year=2019)
    assert table.num_rows == 0
    assert codes(problems) == ["footprint.no_data"]


def test_an_unknown_factor_set_is_refused() -> None:
    with pytest.raises(Refused):
        run(used("electricity", 10, "MWh"), sets="no such set")


def test_the_unit_of_the_quantity_does_not_matter() -> None:
    spellings = [(123456.789, "kWh"), (123.456789, "MWh"), (12.3456789, "万千瓦时"), (0.00123456789, "亿kWh"), (444.4444404, "GJ")]
    amounts = {run(used("electricity", value, unit))[0]["amount"][0].as_py() for value, unit in spellings}
    assert len(amounts) == 1


def test_json_has_scopes_items_intensity_and_coverage() -> None:
    rows = [used("electricity", 100, "MWh"), used("gasoline", 1000, "L"), used("staff", 50, "人"), used("area", 2000, "m2")]
    table, _ = run(*rows)
    shown: dict[str, Any] = footprint_json(table, table_of("operations", rows), year=2023, reference=REFERENCE)
    whole = shown["scopes"]["1"]["value"] + shown["scopes"]["2_location"]["value"]
    assert shown["total"]["value"] == pytest.approx(whole)
    assert shown["scopes"]["3"] is None
    assert shown["intensity"]["per_head"] == {"value": pytest.approx(whole / 50), "unit": "tCO2e/人"}
    assert {item["item"] for item in shown["items"]} == {"electricity", "gasoline"}
    assert shown["coverage"]["months"]["HQ"]["gasoline"] == [1]
    json.dumps(shown)


def test_explain_ends_at_the_cell_and_the_documents() -> None:
    rows = table_of("operations", [used("gasoline", 1000, "L"), used("electricity", 10, "MWh")])
    table = footprint(rows, year=2023, reference=REFERENCE).value
    row = next(r for r in table.to_pylist() if r["item"] == "gasoline")
    trace = explain_emission(rows, year=2023, reference=REFERENCE, site="HQ", month_on=date(2023, 1, 1), item="gasoline", scope="1")
    assert float(trace.value) == row["amount"] / 10**6
    assert [part.name for part in trace.parts] == ["gasoline", "density", "ncv", "cc", "ox", "carbon_to_co2", "gwp_of_co2"]
    assert trace.parts[0].source is not None
    assert trace.parts[0].source.locator == "energy!gasoline-1"
    assert all(part.source is not None and part.source.title for part in trace.parts)


def test_explain_of_nothing_says_so() -> None:
    rows = table_of("operations", [used("electricity", 10, "MWh")])
    trace = explain_emission(rows, year=2023, reference=REFERENCE, site="HQ", month_on=date(2023, 1, 1), item="coal", scope="1")
    assert trace.value == ""


def test_every_declared_factor_is_known_but_those_without_a_published_value() -> None:
    declared = items()
    parts = [part for variants in declared.variants.values() for v in variants for part in v.parts]
    asked = {slot.id for part in (*parts, declared.market.residual, declared.market.otherwise) for slot in part.slots}
    assert {i for i in asked if not REFERENCE.factors.by_id(i)} == {"ops.cooling"}
