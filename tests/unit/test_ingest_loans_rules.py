"""What is said of a loan at each level: errors that keep the row out, warnings that send it to review, notes of what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import greenfin
from greenfin.core.problems import Problem, Severity
from greenfin.core.records import Book
from greenfin.ingest import read_book
from greenfin.messages import LANGUAGES, tell

AS_OF = date(2025, 12, 31)
Grid = Sequence[Sequence[Any]]
PURPOSE = "用于示例市城镇污水处理厂二期扩建工程设备采购及管网建设施工费用支付"
GOOD: dict[str, object] = {
    "借据号": "J1",
    "贷款用途": PURPOSE,
    "贷款投向行业": "4620",
    "币种": "人民币",
    "合同金额（元）": 1000000,
    "贷款余额（元）": 800000.25,
    "执行利率（%）": 3.45,
    "发放日": "2025-01-02",
    "到期日": "2030-01-02",
    "展期到期日": None,
    "终结日期": None,
    "逾期金额（元）": None,
    "贷款状态": "正常",
    "五级分类": "正常",
    "是否绿色贷款": "是",
    "人行绿色贷款分类": "5.3.1",
    "绿色认定日期": "2025-01-05",
    "项目编号": "XM1",
    "贷款类型": "项目贷款",
    "统一社会信用代码": None,
}
PROJECT = {"项目编号": "XM1", "项目名称": "示例污水处理厂", "项目总投资（万元）": 9000, "项目投向行业": "4620"}
ENGLISH = {
    "借据号": "receipt no",
    "贷款用途": "loan purpose",
    "贷款投向行业": "industry of use",
    "币种": "currency",
    "合同金额（元）": "loan amount",
    "贷款余额（元）": "outstanding balance",
    "执行利率（%）": "interest rate (%)",
    "发放日": "disbursement date",
    "到期日": "maturity date",
    "展期到期日": "extended due date",
    "终结日期": "closing date",
    "逾期金额（元）": "overdue amount",
    "贷款状态": "loan status",
    "五级分类": "five-level class",
    "是否绿色贷款": "bank green flag",
    "人行绿色贷款分类": "PBoC green class",
    "绿色认定日期": "green tagging date",
    "项目编号": "project no",
    "贷款类型": "loan kind",
    "统一社会信用代码": "unified social credit code",
}


def book(path: Path, sheets: Mapping[str, Any]) -> Path:
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path


def read(path: Path, *, with_reference: bool = False) -> tuple[Book, tuple[Problem, ...]]:
    outcome = read_book([path], as_of=AS_OF, reference=greenfin.load_reference() if with_reference else None)
    for problem in outcome.problems:
        for language in LANGUAGES:
            assert "{" not in tell(problem, language), problem
    return outcome.value, outcome.problems


def ledger(path: Path, change: Mapping[str, object], *, english: bool = False) -> Path:
    rows = [GOOD, {**GOOD, "借据号": "J2", **change}]
    names = [ENGLISH[name] if english else name for name in GOOD]
    sheet = [names, *([row[name] for name in GOOD] for row in rows)]
    return book(path, {"台账": sheet, "项目": [list(PROJECT), list(PROJECT.values())]})


def letter(header: str) -> str:
    return chr(65 + list(GOOD).index(header))


def test_a_sound_loan_has_nothing_against_it(tmp_path: Path) -> None:
    for english in (False, True):
        value, problems = read(ledger(tmp_path / "b.xlsx", {}, english=english))
        assert value.loans.num_rows == 2
        assert [p for p in problems if p.severity is not Severity.INFO] == []


ERRORS = [
    ("借据号", None, "key_missing"),
    ("借据号", "J1", "duplicate_unequal"),
    ("借据号", "2.02401E+13", "id_lost_digits"),
    ("贷款余额（元）", "约八十万", "amount_unreadable"),
    ("贷款余额（元）", "—", "amount_missing"),
    ("发放日", "20230229", "date_impossible"),
    ("到期日", "2030-02-30", "date_impossible"),
    ("五级分类", "优秀", "word_unknown"),
]


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize(("header", "cell", "code"), ERRORS)
def test_what_keeps_a_row_out(tmp_path: Path, header: str, cell: object, code: str, english: bool) -> None:
    change = {header: cell, **({"贷款余额（元）": 1} if code == "duplicate_unequal" else {})}
    value, problems = read(ledger(tmp_path / "b.xlsx", change, english=english))
    said = [p for p in problems if p.code == f"ingest.{code}"]
    assert said
    assert said[-1].severity is Severity.ERROR
    assert said[-1].where == f"b.xlsx!台账!{letter(header)}3"
    assert value.loans.num_rows == (0 if code == "duplicate_unequal" else 1)
    assert f"ingest.{code}" in value.rejected["code"].to_pylist()


WARNINGS = [
    ({"贷款用途": "流动资金周转"}, "贷款用途", "purpose_generic"),
    ({"贷款用途": "建设光伏电站"}, "贷款用途", "purpose_short"),
    ({"贷款投向行业": "46"}, "贷款投向行业", "industry_unknown"),
    ({"贷款余额（元）": 1000000.01}, "贷款余额（元）", "balance_over_amount"),
    ({"执行利率（%）": 24.01}, "执行利率（%）", "rate_unlikely"),
    ({"执行利率（%）": 0.49}, "执行利率（%）", "rate_unlikely"),
    ({"项目编号": None}, "项目编号", "project_missing"),
    ({"贷款余额（元）": 90000001, "合同金额（元）": 99000000}, "贷款余额（元）", "loan_over_investment"),
    ({"合同金额（元）": 90000001}, "合同金额（元）", "amount_over_investment"),
    ({"合同金额（元）": -5, "贷款余额（元）": 0}, "合同金额（元）", "amount_not_positive"),
    ({"到期日": "2025-01-01"}, "到期日", "due_before_start"),
    ({"到期日": "2025-01-03"}, "到期日", "due_before_tagging"),
    ({"绿色认定日期": "2026-01-01"}, "绿色认定日期", "tagged_after_day"),
    ({"展期到期日": "2029-01-01"}, "展期到期日", "extended_before_due"),
    ({"到期日": "2025-12-30"}, "到期日", "past_due_as_normal"),
    ({"逾期金额（元）": 800000.26}, "逾期金额（元）", "overdue_over_balance"),
    ({"终结日期": "2025-12-30"}, "终结日期", "ended_with_balance"),
    ({"人行绿色贷款分类": None}, "人行绿色贷款分类", "green_without_class"),
    ({"是否绿色贷款": "否"}, "人行绿色贷款分类", "class_without_green"),
    ({"统一社会信用代码": "911100001000000001"}, "统一社会信用代码", "credit_code_wrong"),
]


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize(("change", "header", "code"), WARNINGS)
def test_what_goes_to_review(tmp_path: Path, change: dict[str, object], header: str, code: str, english: bool) -> None:
    value, problems = read(ledger(tmp_path / "b.xlsx", change, english=english))
    said = [p for p in problems if p.code == f"ingest.{code}"]
    assert [(p.where, p.severity) for p in said] == [(f"b.xlsx!台账!{letter(header)}3", Severity.WARNING)]
    assert value.loans.num_rows == 2


def test_amounts_are_told_to_the_fen(tmp_path: Path) -> None:
    change = {"贷款余额（元）": "90071992547409.93", "合同金额（元）": "90071992547409.92"}  # more fen than a double tells apart
    problems = read(ledger(tmp_path / "b.xlsx", change))[1]
    said = [p.params for p in problems if p.code == "ingest.balance_over_amount"]
    assert said == [{"found": "90,071,992,547,409.93", "amount": "90,071,992,547,409.92"}]


@pytest.mark.parametrize(
    "change",
    [
        {"到期日": "2025-12-30", "展期到期日": "2026-12-30"},
        {"到期日": "2025-12-30", "贷款状态": "逾期"},
        {"到期日": "99991231"},
        {"终结日期": "2026-12-30"},
        {"绿色认定日期": "00010101"},
        {"是否绿色贷款": None, "人行绿色贷款分类": None},
    ],
)
def test_what_is_no_fault(tmp_path: Path, change: dict[str, object]) -> None:
    _, problems = read(ledger(tmp_path / "b.xlsx", change))
    assert [p for p in problems if p.severity is not Severity.INFO] == []


def test_a_flag_without_any_class_column_says_nothing(tmp_path: Path) -> None:
    rows = [["借据号", "贷款余额", "是否绿色贷款"], ["J1", 1, "是"]]
    _, problems = read(book(tmp_path / "b.xlsx", {"台账": rows}))
    assert "ingest.green_without_class" not in {p.code for p in problems}


def test_two_units_in_one_column_of_rates(tmp_path: Path) -> None:
    _, problems = read(ledger(tmp_path / "b.xlsx", {"执行利率（%）": 0.0345}))
    assert [p.where for p in problems if p.code == "ingest.percent_units_mixed"] == [f"b.xlsx!台账!{letter('执行利率（%）')}3"]


def test_the_banks_class_against_the_industry(tmp_path: Path) -> None:
    reference = greenfin.load_reference()
    catalogue = next(c for c in reference.catalogues.values() if c.default)
    leaf = next(e for e in catalogue.entries.values() if e.is_leaf and "4416" in e.industries)
    rows = [
        ["借据号", "贷款余额", "人行绿色贷款分类", "贷款投向行业", "目录版本"],
        ["J1", 1, leaf.code, "4416", catalogue.title_zh],
        ["J2", 1, leaf.code, "0610", catalogue.title_zh],
        ["J3", 1, leaf.code, "0610", "别的目录"],
        ["J4", 1, "没有的类", "0610", catalogue.title_zh],
    ]
    _, problems = read(book(tmp_path / "b.xlsx", {"台账": rows}), with_reference=True)
    said = [p for p in problems if p.code == "ingest.tag_against_industry"]
    assert [(p.where, p.params["industry"]) for p in said] == [("b.xlsx!台账!C3", "0610")]


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["4416", 2400, 20, None], 0),  # 1,200 hours
        (["4416", 24, 20, None], 1),  # 12 hours: a unit of ten thousand lost
        (["4416", None, None, 2150], 1),
        (["4415", None, None, 2150], 0),
        (["4415", 24000, 20, None], 1),  # 12,000 hours: more than a year has
        (["4417", 10000, 20, None], 0),
        ([None, 24000, 20, None], 1),
    ],
)
def test_full_load_hours(tmp_path: Path, cells: list[object], count: int) -> None:
    head = ["项目编号", "项目名称", "项目总投资（万元）", "项目投向行业", "年发电量（万千瓦时）", "装机容量（MW）", "年利用小时（小时）"]
    _, problems = read(book(tmp_path / "b.xlsx", {"项目": [head, ["X1", "示例", 1000, *cells]]}))
    assert sum(p.code == "ingest.hours_unlikely" for p in problems) == count


def test_notes_of_what_was_done(tmp_path: Path) -> None:
    rows = [
        ["机构名称", "借据号", "客户名称", "贷款余额（元）"],
        ["东城", "J1", " 示例\n公司", "263.1亿"],
        [None, "J2", "示例公司", "1.2万元"],
    ]
    path = book(tmp_path / "b.xlsx", {"台账": rows})
    made = openpyxl.load_workbook(path)
    made["台账"].merge_cells("A2:A3")
    made.save(path)
    value, problems = read(path)
    notes = {p.code for p in problems if p.severity is Severity.INFO}
    assert {"ingest.unit_in_cell", "ingest.name_tidied", "ingest.filled_down"} <= notes
    assert value.loans["balance_fen"].to_pylist() == [2_631_000_000_000, 1_200_000]
    assert [p for p in problems if p.severity is not Severity.INFO] == []
