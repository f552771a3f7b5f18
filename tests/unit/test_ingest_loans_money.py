"""Loans in foreign money, rate tables, control totals of every combination, total rows and stated row counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from greenfin.core.problems import Problem, Refused
from greenfin.core.records import Book
from greenfin.ingest import read_book
from greenfin.ingest.exchange import Rates, read_rates
from greenfin.messages import LANGUAGES, tell

AS_OF = date(2025, 12, 31)
Grid = Sequence[Sequence[Any]]


def book(path: Path, sheets: Mapping[str, Any]) -> Path:
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path


def table(path: Path, text: str, codec: str = "utf-8") -> Path:
    path.write_bytes(text.encode(codec))
    return path


def read(path: Path, *, rates: Path | None = None, as_of: date = AS_OF) -> tuple[Book, tuple[Problem, ...]]:
    outcome = read_book([path], as_of=as_of, rates=rates)
    for problem in outcome.problems:
        for language in LANGUAGES:
            assert "{" not in tell(problem, language), problem
    return outcome.value, outcome.problems


def told(problems: Sequence[Problem], code: str) -> list[str]:
    return [problem.where.partition("!")[2] for problem in problems if problem.code == f"ingest.{code}"]


def rates_of(path: Path) -> Rates:
    return read_rates(path).value


RATES = "币种,日期,中间价\n美元,2025-11-28,7.0789\n美元,2025-12-30,7.0300\n美元,2025-12-31,7.0288\n港币,2025-12-31,0.90322\n"
FOREIGN: Grid = [
    ["借据号", "币种", "合同金额", "贷款余额"],
    ["J1", "美元", 200.00, 100.01],
    ["J2", "人民币", 50, 40],
    ["J3", "HKD", 3, 0.05],
    ["J4", "欧元", 9, 8.5],
]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_rates_by_row_in_every_encoding(tmp_path: Path, codec: str) -> None:
    quote = rates_of(table(tmp_path / "r.csv", RATES, codec)).at("USD", AS_OF)
    assert quote
    assert (quote.per_one, quote.day, quote.where) == (Fraction("7.0288"), AS_OF, "r.csv!C4")


def test_the_last_month_end_counts_and_no_older_one(tmp_path: Path) -> None:
    rates = rates_of(table(tmp_path / "r.csv", RATES))
    middle = rates.at("USD", date(2025, 12, 30))
    assert middle
    assert middle.day == date(2025, 11, 28)  # the last working day of November
    assert rates.at("HKD", date(2025, 12, 30)) is None
    assert rates.at("USD", date(2026, 2, 1)) is None


@pytest.mark.parametrize(
    "text",
    [
        "币种,日期,汇率（100外币）\n日元,2025-12-31,4.4797\n",
        "币种,日期,100外币兑人民币\nJPY,20251231,4.4797\n",
        "货币,日期,单位,中间价\n日圆,2025/12/31,100,4.4797\n",
        "日期,USD/CNY,100JPY/CNY,CNY/THB\n2025-12-31,7.0288,4.4797,4.5\n",
        "date,currency,rate to CNY\n2025-12-31,100JPY/CNY,4.4797\n",
        "人民币汇率中间价（人民币/100外币）,,\n日期,日元,港币\n2025-12-31,4.4797,90.322\n",
        "2025年12月31日 汇率表,\n币种,折算价\n100日元,4.4797\n",
    ],
)
def test_quotes_for_a_hundred(tmp_path: Path, text: str) -> None:
    quote = rates_of(table(tmp_path / "r.csv", text)).at("JPY", AS_OF)
    assert quote
    assert quote.per_one == Fraction("0.044797")


def test_a_quote_of_yuan_in_the_other_money_is_turned_round(tmp_path: Path) -> None:
    quote = rates_of(table(tmp_path / "r.csv", "日期,USD/CNY,CNY/THB\n2025-12-31,7.0288,4.5\n")).at("THB", AS_OF)
    assert quote
    assert quote.per_one == Fraction(2, 9)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("甲,乙\n1,2\n", "ingest.rates_unknown"),
        ("币种,汇率\n美元,7.1\n", "ingest.rates_undated"),
        ("币种,日期,汇率\n美元,2025-12-31,七\n", "ingest.rate_unreadable"),
        ("币种,日期,汇率\n美元,2025-12-31,-7\n", "ingest.rate_unreadable"),
        ("币种,日期,汇率\n美元,2025-02-30,7\n", "ingest.date_unreadable"),
        ("币种,日期,汇率\n贝壳,2025-12-31,7\n", "ingest.rate_currency_unknown"),
    ],
)
def test_no_rates(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_rates(table(tmp_path / "r.csv", text))
    assert refused.value.problem.code == code


def test_two_rates_of_one_day(tmp_path: Path) -> None:
    outcome = read_rates(table(tmp_path / "r.csv", RATES + "USD,2025-12-31,7.2\n"))
    assert told(outcome.problems, "rate_conflict") == ["C6"]
    quote = outcome.value.at("USD", AS_OF)
    assert quote
    assert quote.per_one == Fraction("7.0288")


def test_foreign_balances_at_the_month_end_rate(tmp_path: Path) -> None:
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": FOREIGN}), rates=table(tmp_path / "r.csv", RATES))
    loans = value.loans
    assert loans["balance_fen"].to_pylist() == [70295, 4000, 5]  # 100.01 x 7.0288 = 702.950288; 0.05 x 0.90322 = 0.045161
    assert loans["original_balance_fen"].to_pylist() == [10001, 4000, 5]
    assert loans["amount_fen"].to_pylist() == [140576, 5000, 271]
    assert loans["original_amount_fen"].to_pylist() == [20000, 5000, 300]
    assert loans["currency"].to_pylist() == ["USD", "CNY", "HKD"]
    assert told(problems, "rate_missing") == ["台账!B5"]
    assert next(p.params["amount"] for p in problems if p.code == "ingest.rate_missing") == "8.50 EUR"
    assert value.rejected["code"].to_pylist() == ["ingest.rate_missing"]
    assert [f.name for f in value.files] == ["b.xlsx", "r.csv"]


def test_without_a_rate_the_original_amount_is_told(tmp_path: Path) -> None:
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": FOREIGN}))
    said = [p.params["amount"] for p in problems if p.code == "ingest.currency_unsupported"]
    assert said == ["100.01 USD", "0.05 HKD", "8.50 EUR"]
    assert value.loans["receipt_no"].to_pylist() == ["J2"]


def test_rates_in_a_sheet_of_the_book(tmp_path: Path) -> None:
    sheet = [["汇率表", None, None], ["币种", "日期", "汇率"], ["美元", datetime(2025, 12, 31), 7.0288], ["港币", "2025-12-31", 0.9]]  # noqa: DTZ001
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": FOREIGN, "汇率": sheet}))
    assert value.loans["balance_fen"].to_pylist() == [70295, 4000, 5]
    assert not told(problems, "sheet_unknown")


def test_the_files_own_yuan_are_checked_to_a_fen(tmp_path: Path) -> None:
    rows = [
        ["借据号", "币种", "原币余额", "折人民币余额"],
        ["J1", "USD", 100, 702.88],
        ["J2", "USD", 100, 702.89],
        ["J3", "USD", 100, 702.90],
        ["J4", "CNY", 100, 101],
    ]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": rows}), rates=table(tmp_path / "r.csv", RATES))
    assert value.loans["balance_fen"].to_pylist() == [70288, 70289, 70290, 10100]
    assert told(problems, "balance_rmb_differs") == ["台账!D4", "台账!D5"]


def test_a_rate_in_the_ledger_itself(tmp_path: Path) -> None:
    rows = [["借据号", "币种", "原币余额（万美元）", "折算汇率"], ["J1", "USD", 1.5, 7.1], ["J2", "人民币", 2, None]]
    value, _ = read(book(tmp_path / "b.xlsx", {"台账": rows}))
    assert value.loans["original_balance_fen"].to_pylist() == [1_500_000, 2_000_000]
    assert value.loans["balance_fen"].to_pylist() == [10_650_000, 2_000_000]
    assert value.cell("b.xlsx!台账", 2, "balance_fen") == "b.xlsx!台账!C2"


LEDGER: Grid = [
    ["借据号", "机构号", "科目号", "科目名称", "币种", "贷款余额", "贷款状态"],
    ["J1", "0101", "130301", "短期贷款", "人民币", 10, "正常"],
    ["J2", "0101", "130302", "中长期贷款", "人民币", 20, "正常"],
    ["J3", "0102", "130302", "中长期贷款", "美元", 5, "正常"],
    ["J4", "0102", "1305", "贸易融资", "人民币", 7, "正常"],
    ["J5", "0102", "1305", "贸易融资", "人民币", 0, "结清"],
]
HEAD = ["机构号", "科目号", "币种", "控制总额（元）", "笔数"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["0101", "130301", "人民币", 10, 1], "agrees"),
        (["0101", "1303", "人民币", 30, 2], "agrees"),
        (["0101", "1303", "人民币", 30.01, 2], "differs"),
        ([None, "130302", "美元", 5, 1], "agrees_original"),
        ([None, "130302", "美元", 5.01, 1], "differs_original"),
        ([None, "130302", "本外币", 55.14, 2], "agrees"),
        ([None, "130302", "人民币", 20, 1], "agrees"),
        (["合计", None, "人民币", 37, 4], "agrees"),
        (["合计", None, "人民币", 72.14, 5], "agrees"),
        (["合计", None, None, 72.14, 4], "agrees"),  # without the settled one
        (["合计", None, None, 72.14, 6], "rows_differ"),
        (["0102", "130301", "人民币", 1, None], "no_match"),
        (["102", None, None, 42.14, 3], "agrees"),
    ],
)
def test_controls_by_branch_account_currency_and_rows(tmp_path: Path, row: list[object], code: str) -> None:
    rates = table(tmp_path / "r.csv", "币种,日期,汇率\n美元,2025-12-31,7.0288\n")
    _, problems = read(book(tmp_path / "b.xlsx", {"台账": LEDGER, "控制总额": [HEAD, row]}), rates=rates)
    found = {p.code.removeprefix("ingest.control_") for p in problems if p.code.startswith("ingest.control_")}
    assert code in found
    if code == "agrees" and row[4]:
        assert found == {"agrees", "rows_agree"}
    if code != "rows_differ":
        assert "rows_differ" not in found


def test_controls_with_english_headers_and_by_name_of_account(tmp_path: Path) -> None:
    english = [["branch code", "account code", "currency", "control total", "row count"], ["0101", "130302", "CNY", 20, 1]]
    named = [["科目名称", "期末余额（元）"], ["短期贷款", 10], ["现金", 99], ["合计", 37]]
    _, problems = read(book(tmp_path / "b.xlsx", {"台账": [r for r in LEDGER if r[4] != "美元"], "a": english, "控制总额": named}))
    assert sorted(told(problems, "control_agrees")) == ["a!D2", "控制总额!B2", "控制总额!B4"]
    assert told(problems, "control_unused") == ["控制总额!B3"]


def test_accounts_add_up_to_their_totals(tmp_path: Path) -> None:
    rows = [HEAD, [None, "1303", "本外币", 60, None], [None, "130301", "本外币", 10, None], [None, "130302", "本外币", 20, None]]
    _, problems = read(book(tmp_path / "b.xlsx", {"台账": LEDGER, "控制总额": rows}), rates=table(tmp_path / "r.csv", RATES))
    said = [p for p in problems if p.code == "ingest.control_part_differs"]
    assert [(p.where.partition("!")[2], p.params["difference"]) for p in said] == [("控制总额!D2", "-30.00")]


def test_entrusted_loans_are_not_own_loans(tmp_path: Path) -> None:
    rows = [
        ["借据号", "产品名称", "委托贷款标识", "贷款余额"],
        ["J1", "委托贷款", None, 10],
        ["J2", "流动资金贷款", "是", 20],
        ["J3", "流动资金贷款", "否", 30],
    ]
    with_them = [["口径", "控制总额（元）"], ["含委托贷款", 60], ["本行", 30]]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": rows, "控制总额": with_them}))
    assert value.loans["balance_fen"].to_pylist() == [0, 0, 3000]
    assert value.loans["is_entrusted"].to_pylist() == [True, True, False]
    assert [(p.params["count"], p.params["found"]) for p in problems if p.code == "ingest.entrusted_left_out"] == [(2, "30.00")]
    assert told(problems, "control_agrees") == ["控制总额!B2", "控制总额!B3"]


def _with_totals(*extra: Sequence[object]) -> Grid:
    return [["机构名称", "借据号", "贷款余额（万元）"], ["东城", "J1", 1.5], ["东城", "J2", 2], *extra]


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ([["小计", None, 3.5], ["西城", "J3", 4], ["小计", None, 4], ["合计", None, 7.5]], []),
        ([["小计", None, 3.6], ["西城", "J3", 4], ["小计", None, 4], ["合计", None, 7.5]], ["台账!C4"]),
        ([["西城", "J3", 4], ["其中：绿色", None, 2], ["合计", None, 7.4]], ["台账!C6"]),
        ([["西城", "J3", "很多"], ["合计", None, 7.4]], []),  # a row that cannot be read: no sum to hold it against
        ([["东城", "J2", 2], ["合计", None, 3.5]], []),  # the same row twice counts once
        ([["西城", "J3", 4], ["总计", None, "—"]], []),
    ],
)
def test_total_rows_are_checked(tmp_path: Path, rows: Grid, cells: list[str]) -> None:
    _, problems = read(book(tmp_path / "b.xlsx", {"台账": _with_totals(*rows)}))
    assert told(problems, "subtotal_differs") == cells


@pytest.mark.parametrize(("footer", "count"), [("共 2 笔", 0), ("合计3笔", 1), ("记录数：3", 1), ("合计笔数：2", 0)])
def test_the_rows_a_footer_states(tmp_path: Path, footer: str, count: int) -> None:
    _, problems = read(book(tmp_path / "b.xlsx", {"台账": _with_totals([footer, None, None])}))
    assert len(told(problems, "row_count_differs")) == count


def test_hidden_rows_and_columns_are_read_and_told(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", {"台账": _with_totals(["西城", "J3", 4])})
    made = openpyxl.load_workbook(path)
    made["台账"].row_dimensions[3].hidden = True
    made["台账"].column_dimensions["A"].hidden = True
    made.save(path)
    value, problems = read(path)
    assert value.loans.num_rows == 3
    assert [(p.where, p.params["count"]) for p in problems if p.code == "ingest.rows_hidden"] == [("b.xlsx!台账!3", 1)]
    assert told(problems, "columns_hidden") == ["台账!1"]


def test_nothing_needs_no_rate(tmp_path: Path) -> None:
    """A settled loan in dollars with a balance of 0.00 stands without any exchange rate."""
    made = openpyxl.Workbook()
    for row in (["借据号", "币种", "贷款余额", "贷款状态"], ["J1", "USD", 0.0, "结清"], ["J2", "CNY", 5.0, "正常"]):
        made.active.append(row)  # type: ignore[union-attr]
    made.save(tmp_path / "book.xlsx")
    book = read_book([tmp_path / "book.xlsx"], as_of=AS_OF).value
    assert book.rejected.num_rows == 0
    assert dict(zip(book.loans["receipt_no"].to_pylist(), book.loans["balance_fen"].to_pylist(), strict=True)) == {"J1": 0, "J2": 500}
