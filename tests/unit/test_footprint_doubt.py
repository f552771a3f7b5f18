"""A bill ten thousand times the others leaves the totals, and is listed, until somebody confirms it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from greenfin import ingest
from greenfin.core.columns import table_of
from greenfin.core.problems import Problem
from greenfin.footprint import disagreements, footprint, total, uncounted, without_doubts
from greenfin.footprint.uses import Question, used
from greenfin.reference.load import load

REFERENCE = load()
ON = date(2026, 6, 30)
EVEN = [100.0] * 12
WRONG = [*EVEN[:3], 1_000_000.0, *EVEN[4:]]


def bills(item: str, values: list[float], unit: str = "kWh", **more: object) -> list[dict[str, object]]:
    return [
        {
            "site": "HQ",
            "region": "510100",
            "month_on": date(2023, month, 1),
            "source_cell": f"x!{item}{month}",
            "item": item,
            "quantity": value,
            "unit": unit,
            **more,
        }
        for month, value in enumerate(values, 1)
    ]


def counted(rows: list[dict[str, object]], **conventions: str) -> tuple[pa.Table, dict[str, Problem]]:
    found = footprint(table_of("operations", rows), year=2023, reference=REFERENCE, on=ON, conventions=conventions)
    return found.value, {p.code: p for p in found.problems}


def shown(rows: list[dict[str, object]], **conventions: str) -> dict[str, Any]:
    return used(table_of("operations", rows), Question(2023, ON, conventions=conventions), texts={}, reference=REFERENCE).value


def test_the_bill_in_doubt_is_an_error_and_not_in_the_total() -> None:
    table, problems = counted(bills("electricity", WRONG))
    of_eleven, _ = counted(bills("electricity", [*EVEN[:3], *EVEN[4:]], meter="1"))
    assert problems["footprint.ten_thousand"].severity.value == "error"
    assert problems["footprint.ten_thousand"].where == "x!electricity4"
    assert "x!electricity4" not in table["source_cell"].to_pylist()
    assert total(table, "2_location") == total(of_eleven, "2_location")


def test_coverage_lists_what_was_left_out() -> None:
    coverage = shown(bills("electricity", WRONG))["coverage"]
    assert coverage["missing"] == {"HQ": {"electricity": [4]}}
    about = {"site": "HQ", "item": "electricity", "month": "2023-04", "quantity": 1_000_000.0, "unit": "kWh", "cell": "x!electricity4"}
    assert coverage["in_doubt"] == [about]


@pytest.mark.parametrize("how", ["column", "convention"])
def test_what_is_confirmed_is_counted(how: str) -> None:
    rows = bills("electricity", WRONG)
    if how == "column":
        rows[3]["confirmed"] = True
    table, problems = counted(rows, **({"in_doubt": "counted"} if how == "convention" else {}))
    assert "footprint.ten_thousand" not in problems
    assert problems["footprint.ten_thousand_stands"].severity.value == "info"
    assert "x!electricity4" in table["source_cell"].to_pylist()
    assert shown(rows, **({"in_doubt": "counted"} if how == "convention" else {}))["coverage"]["in_doubt"] == []


def test_a_bill_ten_thousand_times_too_small_is_in_doubt_as_well() -> None:
    _, problems = counted(bills("electricity", [*EVEN[:11], 0.01]))
    assert problems["footprint.ten_thousand"].where == "x!electricity12"


def test_an_unlikely_month_stays_in() -> None:
    table, problems = counted(bills("electricity", [*EVEN[:11], 900.0]))
    assert problems["footprint.month_unlike"].severity.value == "warning"
    assert table.num_rows == 12


def test_a_year_ten_thousand_times_what_its_staff_and_area_use_is_in_doubt() -> None:
    stocks = [*bills("staff", [10.0], "人"), *bills("area", [200.0], "m2")]
    table, problems = counted([*bills("electricity", [200_000_000.0], months=12), *stocks])
    assert problems["footprint.ratio_slip"].severity.value == "error"
    assert table.num_rows == 0
    table, problems = counted([*bills("electricity", [200_000_000.0], months=12, confirmed=True), *stocks])
    assert problems["footprint.ratio_slip_stands"].severity.value == "info"
    assert table.num_rows == 1


def test_where_the_area_fits_the_staff_is_what_is_wrong() -> None:
    stocks = [*bills("staff", [0.001], "人"), *bills("area", [200.0], "m2")]
    table, problems = counted([*bills("electricity", [20_000.0], months=12), *stocks])
    assert problems["footprint.ratio_unlikely"].params["by"] == "staff"
    assert "footprint.ratio_slip" not in problems
    assert table.num_rows == 1


def test_tables_and_emissions_leave_out_the_same() -> None:
    operations = table_of("operations", bills("electricity", WRONG))
    sure, items = without_doubts(operations, year=2023, reference=REFERENCE, on=ON)
    assert (sure.num_rows, items) == (11, frozenset({"electricity"}))
    assert sure.schema == operations.schema
    emissions = footprint(operations, year=2023, reference=REFERENCE, on=ON).value
    assert disagreements(emissions, sure, year=2023, reference=REFERENCE, on=ON) == []


def test_what_is_used_without_any_emissions_is_named() -> None:
    """All its bills in doubt; water and staff have no emissions of scopes 1 and 2 to lack."""
    stocks = [*bills("staff", [10.0], "人"), *bills("area", [200.0], "m2"), *bills("water", [5.0], "m3"), *bills("heat", [0.0], "GJ")]
    operations = table_of("operations", [*bills("electricity", [200_000_000.0], months=12), *bills("gasoline", [9.0], "L"), *stocks])
    emissions = footprint(operations, year=2023, reference=REFERENCE, on=ON).value
    assert uncounted(operations, emissions, year=2023) == (("electricity", "2_location"),)
    assert uncounted(operations, emissions, year=2022) == ()


def test_what_is_used_without_emissions_at_some_sites_is_named() -> None:
    """The total of the other sites would pass for the whole; bills in doubt are told of otherwise."""
    branch = [row | {"site": "支行"} for row in bills("electricity", EVEN)]
    operations = table_of("operations", [*bills("electricity", EVEN), *branch, *bills("gasoline", [9.0], "L")])
    emissions = footprint(operations, year=2023, reference=REFERENCE, on=ON).value
    assert uncounted(operations, emissions, year=2023, sure=operations) == ()
    of_head_office = emissions.filter(pc.not_equal(emissions["site"], "支行"))
    assert uncounted(operations, of_head_office, year=2023, sure=operations) == (("electricity", "2_location"),)
    doubted = table_of("operations", bills("electricity", WRONG))
    sure, _ = without_doubts(doubted, year=2023, reference=REFERENCE, on=ON)
    assert uncounted(doubted, footprint(doubted, year=2023, reference=REFERENCE, on=ON).value, year=2023, sure=sure) == ()


def test_the_column_that_confirms_is_read(tmp_path: Path) -> None:
    lines = [f"总行,2023-{month:02d},外购电力,{value},度,{'是' if month == 4 else ''}" for month, value in enumerate(WRONG, 1)]
    path = tmp_path / "台账.csv"
    path.write_text("场所,月份,能源/资源种类,数量,单位,已核实\n" + "\n".join(lines), "utf-8")
    read = ingest.read_operations(path, year=2023).value.operations
    assert read["confirmed"].to_pylist() == [None] * 3 + [True] + [None] * 8


def test_nothing_used_is_not_unlikely() -> None:
    _, problems = counted([*bills("heat", [0.0], "GJ", months=12), *bills("area", [200.0], "m2")])
    assert "footprint.ratio_unlikely" not in problems
