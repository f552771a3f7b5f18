"""Odd but possible input that must neither break nor pass for something else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from greenfin.aggregate.listed import listed_sums
from greenfin.core.problems import Refused
from greenfin.core.records import Bank
from greenfin.disclose.pdf_flow import left_out
from greenfin.forms.formulas import Calculator, Unread
from greenfin.ingest.portfolios import read_portfolio
from greenfin.pack.unpacking import unpack
from greenfin.published.reading import read_published
from greenfin.published.shapes import Table
from greenfin.reference.load import load


def test_a_number_of_twenty_digits_in_a_report_is_read(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["项目", "2025年"], ["账号", 62170000100012345678], ["电力消耗（千瓦时）", 5.25]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "report.xlsx")
    (table,) = read_published(tmp_path / "report.xlsx").value.blocks
    assert isinstance(table, Table)
    assert [row[1].text for row in table.rows] == ["2025年", "62170000100012340000", "5.25"]  # as far as a workbook's numbers go


def test_digits_without_end_in_a_formula_are_beyond_it() -> None:
    with pytest.raises(Unread):
        Calculator({}, {"A1": "=" + "9" * 5000}).value("A1")
    with pytest.raises(Unread):
        Calculator({}, {"A1": "=ROUND(1,999999)"}).value("A1")


def test_a_total_over_a_list_with_gaps_is_marked() -> None:
    sums = listed_sums(Bank(extra={"training.1.people": "20", "training.2.people": "30", "training.2.hours": "6"})).value
    whole = {one.keys["item"]: one for one in sums if one.name == "training_figure" and "training" not in one.keys}
    assert (whole["people"].marks, whole["hours"].marks) == ((), ("incomplete",))


def test_a_broken_archive_is_no_pack(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pack.json", "{}" * 1000)
    content = bytearray(path.read_bytes())
    content[45:50] = b"\xff" * 5
    path.write_bytes(bytes(content))
    with pytest.raises(Refused):
        unpack(path, tmp_path / "out")


def test_a_portfolio_converts_cells_to_the_unit_of_their_header(tmp_path: Path) -> None:
    path = tmp_path / "portfolio.csv"
    path.write_text("公司名称,技术,2030年计划产量(MW)\n甲公司,光伏,1 GW\n乙公司,光伏,300\n丙公司,光伏,5 吨\n", encoding="utf-8")
    read = read_portfolio([path])
    assert [problem.code for problem in read.problems if problem.code == "ingest.unit_wrong"] == ["ingest.unit_wrong"]
    assert read.value[0].rows["planned"].to_list() == [1000.0, 300.0, None]


def test_a_column_of_a_portfolio_that_occurs_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("company,sector,technology,year,production,production\na,automotive,electric,2020,10,11\n", encoding="utf-8")
    outcome = read_portfolio([path])
    assert [problem.code for problem in outcome.problems] == ["ingest.column_twice"]
    assert outcome.value[0].rows["production"].to_list() == [10]


def test_columns_left_out_are_named_by_their_heads_as_they_are() -> None:
    head = load().templates["T29"].columns
    prior, growth = (next(column for column in head if column.en == name) for name in ("Prior loans", "Growth"))
    assert "Prior loans, Growth." in left_out([prior, growth], "en")[0]
