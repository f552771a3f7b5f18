"""The branch of a sheet that has no branch column: its name, a line above the header, the name of its file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from greenfin.ingest import read_book

HEAD = ["借据号", "贷款余额（元）", "贷款用途"]
USE = "用于示例市集中式光伏电站项目的组件与逆变器采购及安装工程款项支付"


def _branches(path: Path, sheets: dict[str, list[list[object]]]) -> dict[str, str | None]:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    found = read_book([path], as_of=date(2025, 12, 31)).value.loans.to_pylist()
    return {row["receipt_no"]: row["branch_name"] or row["branch_code"] for row in found}


def test_each_sheet_its_own_branch(tmp_path: Path) -> None:
    sheets = {name: [HEAD, [f"J{n}", 100.0, USE]] for n, name in enumerate(("江北支行", "江南支行"))}
    assert _branches(tmp_path / "book.xlsx", sheets) == {"J0": "江北支行", "J1": "江南支行"}


@pytest.mark.parametrize("line", [["机构：江北支行"], ["填报单位:江北支行", None, "单位：元"], ["分行", "江北支行"]])
def test_a_line_above_the_header(tmp_path: Path, line: list[object]) -> None:
    assert _branches(tmp_path / "book.xlsx", {"台账": [["贷款明细表"], line, HEAD, ["J1", 1.0, USE]]}) == {"J1": "江北支行"}


def test_the_name_of_the_file(tmp_path: Path) -> None:
    assert _branches(tmp_path / "江北支行_202512.xlsx", {"Sheet1": [HEAD, ["J1", 1.0, USE]]}) == {"J1": "江北支行"}


@pytest.mark.parametrize("title", ["江北支行、江南支行贷款明细", "各支行贷款明细表", "江北支行、江南支行"])
def test_a_title_about_several_names_none(tmp_path: Path, title: str) -> None:
    assert _branches(tmp_path / "book.xlsx", {"台账": [[title], HEAD, ["J1", 1.0, USE]]}) == {"J1": None}


def test_a_column_wins(tmp_path: Path) -> None:
    rows = [[*HEAD, "机构名称"], ["J1", 1.0, USE, "江南支行"]]
    assert _branches(tmp_path / "book.xlsx", {"江北支行": rows}) == {"J1": "江南支行"}
