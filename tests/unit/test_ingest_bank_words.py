"""How banks write items and units of their own operations, in Chinese and English."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenfin import ingest
from greenfin.core.units import parse_quantity, parse_unit, ratio
from greenfin.ingest.item_names import item_named


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("员工通勤（地铁）", "commuting_metro"),
        ("员工通勤（私家车）", "commuting_car"),
        ("员工通勤", "commuting"),
        ("Diesel, generator", "diesel"),
        ("Petrol, fleet", "gasoline"),
        ("of which green electricity", "green_electricity"),
        ("国内航空里程", "air_travel"),
        ("出租车及网约车", "taxi_travel"),
        ("空调制冷剂R410A", "refrigerant_r410a"),
        ("境外住宿", None),
        ("人均用电量", None),
    ],
)
def test_items_as_banks_write_them(text: str, item: str | None) -> None:
    assert item_named(text)[0] == item


@pytest.mark.parametrize(
    ("unit", "same", "times"),
    [("10,000 kWh", "kWh", 1e4), ("10 000 m3", "m3", 1e4), ("ten thousand kWh", "kWh", 1e4), ("sqm", "m2", 1), ("square metres", "m2", 1)],
)
def test_units_as_banks_write_them(unit: str, same: str, times: float) -> None:
    assert ratio(unit, same) == pytest.approx(times)


def test_what_was_read_can_be_read_again() -> None:
    number, unit = parse_quantity("15 1/人")
    assert (int(number), parse_unit(unit)) == (15, unit)


def test_a_published_table_in_english_is_read(tmp_path: Path) -> None:
    path = tmp_path / "performance.csv"
    lines = ["Indicator,Unit,2022,2023", 'Purchased electricity,"10,000 kWh",14890.2,14650.8', "Gasoline,tonnes,365,352"]
    path.write_text("\n".join(lines), "utf-8")
    found = ingest.read_operations(path, year=2023).value.operations.to_pylist()
    this_year = {
        row["item"]: (row["quantity"], ratio(row["unit"], {"electricity": "MWh", "gasoline": "t"}[row["item"]]))
        for row in found
        if row["month_on"].year == 2023
    }
    assert this_year["electricity"][0] * this_year["electricity"][1] == pytest.approx(146_508)
    assert this_year["gasoline"][0] * this_year["gasoline"][1] == pytest.approx(352)
