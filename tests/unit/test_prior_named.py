"""Last year's figures in a layout of the bank's own: indicators by years, found by their names and units."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from greenfin.core.records import PriorCell
from greenfin.disclose.prior_named import by_names
from greenfin.ingest import read_prior
from greenfin.reference.load import load


def book(path: Path, *rows: list[object]) -> tuple[PriorCell, ...]:
    made = openpyxl.Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    made.save(path)
    return read_prior(path).value


def test_indicators_by_years_are_found_at_every_row_of_their_name(tmp_path: Path) -> None:
    read = book(
        tmp_path / "p.xlsx",
        ["某某银行2024年度报告"],
        ["类别", "指标", "单位", "2024年末", "2023年末", "变动"],
        ["绿色", "绿色贷款余额", "万元", "60,123.45", 41200, "45.9%"],
        [None, "绿色贷款占比", "%", 32.5, "—", None],
    )
    found = by_names(read, load().templates, 2025)
    assert found.problems == ()
    assert {(c.table, c.row, c.column, c.value, c.unit) for c in found.value} >= {
        ("T01", "green_balance", "current", Fraction("60123.45"), "万元"),
        ("T02", "green_balance", "prior", Fraction(41200), "万元"),
        ("T01", "green_share", "current", Fraction("32.5"), "percent"),
    }
    assert all(c.source_cell.startswith("p.xlsx!") for c in found.value)
    assert ("T01", "green_share", "prior") not in {(c.table, c.row, c.column) for c in found.value}


@pytest.mark.parametrize("head", [2024, "2024", "FY2024", "2024年", "2024年12月31日", "2024年度"])
def test_years_as_they_are_written(tmp_path: Path, head: object) -> None:
    assert [c.column for c in book(tmp_path / "p.xlsx", ["指标", head], ["绿色贷款余额（亿元）", 6.01])] == ["2024"]


def test_a_name_or_a_unit_that_no_row_has_is_told(tmp_path: Path) -> None:
    read = book(
        tmp_path / "p.xlsx", ["指标", "单位", "2024年"], ["绿色贷款余额", "吨", 5], ["某某指数", "%", 5], ["绿色贷款余额", "亿元", 5]
    )
    found = by_names(read, load().templates, 2025)
    assert [p.params["name"] for p in found.problems] == ["绿色贷款余额", "某某指数"]
    assert {c.table for c in found.value} == {"T01", "T02"}


def test_figures_of_other_years_are_neither_used_nor_told(tmp_path: Path) -> None:
    read = book(tmp_path / "p.xlsx", ["指标", "单位", "2021年"], ["绿色贷款余额", "亿元", 5])
    found = by_names(read, load().templates, 2025)
    assert (found.value, found.problems) == ((), ())
