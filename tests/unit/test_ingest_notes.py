"""Sheets of targets and credits beside the operations."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.ingest import read_notes, read_operations


def workbook(path: Path, *, across: bool = True) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "能耗台账"
    sheet.append(["场所", "地区", "月份", "用电量(千瓦时)"])
    for month in range(1, 13):
        sheet.append(["总行", "四川", f"2025-{month:02d}", 100000])
    target = book.create_sheet("目标")
    target.append(["运营减排目标"])
    fields = [("基准年", 2020), ("基准年排放量（吨）", 2000), ("减排目标", "较2020年下降30%"), ("目标年", "2030年")]
    if across:
        target.append([name for name, _ in fields])
        target.append([value for _, value in fields])
    else:
        for field in fields:
            target.append(field)
    credit = book.create_sheet("抵消")
    credit.append(["种类", "数量（吨）", "签发年份", "注销日期", "注销证明", "用于年度"])
    credit.append(["CCER", 300, 2022, date(2025, 6, 1), "NO-1", 2025])
    book.save(path)
    return path


@pytest.mark.parametrize("across", [True, False])
def test_the_sheets_are_texts_and_no_operations(tmp_path: Path, across: bool) -> None:
    file = workbook(tmp_path / "ops.xlsx", across=across)
    notes = read_notes(file)
    assert {key.rpartition(".")[2]: text for key, text in notes.items()} == {
        "基准年": "2020",
        "基准年排放量（吨）": "2000",
        "减排目标": "较2020年下降30%",
        "目标年": "2030年",
        "种类": "CCER",
        "数量（吨）": "300",
        "签发年份": "2022",
        "注销日期": "2025-06-01",
        "注销证明": "NO-1",
        "用于年度": "2025",
    }
    book = read_operations(file, year=2025)
    assert book.value.operations.num_rows == 12
    assert not [problem for problem in book.problems if "目标" in problem.where or "抵消" in problem.where]


def test_the_command_says_where_the_bank_stands(tmp_path: Path) -> None:
    file = workbook(tmp_path / "ops.xlsx")
    called = CliRunner().invoke(app, ["footprint", str(file), "--year", "2025", "--on", "2026-06-30", "--json"])
    assert called.exit_code == 0, called.output
    shown = json.loads(called.output)
    assert shown["targets"]["target"] == 1700.0
    assert shown["targets"]["on_track"] is True
    assert shown["neutrality"]["claim"] == "neutral"
    assert shown["neutrality"]["offsets"] == 300.0
    assert shown["total"]["value"] == shown["neutrality"]["gross"] > 0
    words = CliRunner().invoke(
        app, ["footprint", str(file), "--year", "2025", "--on", "2026-06-30", "--lang", "en", "--explain-total", "630.84t"]
    )
    assert words.exit_code == 0, words.output
    assert "grid.avg@CN-GRID-C@2012@ndrc" in words.output
    assert "on track" in words.output
