"""Sheets as other banks make them: headers of two rows and three levels, columns by level, lists that stand alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from greenfin.core.problems import Problem
from greenfin.core.records import Book
from greenfin.ingest import read_book

AS_OF = date(2025, 12, 31)
USE = "用于建设集中式光伏电站项目，采购组件与逆变器，并支付安装工程款与并网工程款"
Rows = Sequence[Sequence[object]]


def workbook(path: Path, sheets: Mapping[str, Rows], merged: Sequence[str] = ()) -> Path:
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in merged:
            sheet.merge_cells(area)
    made.save(path)
    return path


def read(path: Path, sheets: Mapping[str, Rows], merged: Sequence[str] = ()) -> tuple[Book, tuple[Problem, ...]]:
    outcome = read_book([workbook(path, sheets, merged)], as_of=AS_OF)
    return outcome.value, outcome.problems


def codes(problems: Sequence[Problem]) -> set[str]:
    return {p.code for p in problems}


EAST = ["NBJGH", "KHTYBH", "KHMC", "XDHTH", "XDJJH", "BZ", "DKJE", "DKYE", "DKWJFL", "DKFFRQ", "DKDQRQ", "SJLL", "JJDKYT", "DKTXHY", "CJRQ"]
WORDS = [
    "内部机构号", "客户统一编号", "客户名称", "信贷合同号", "信贷借据号", "币种", "借款金额", "借款余额", "贷款五级分类", "贷款发放日期",
    "贷款到期日期", "实际利率", "借据贷款用途", "贷款投向行业", "采集日期",
]  # fmt: skip
RECEIPT = ["01", "C1", "甲公司", "H1", "0001", "CNY", 20, 10, "正常", "20240101", "20300101", 4.2, USE, "D4416", "20251231"]


@pytest.mark.parametrize(
    "heads", [[EAST, WORDS], [WORDS, EAST], [WORDS, WORDS], [WORDS]], ids=["codes-words", "words-codes", "twice", "words"]
)
def test_a_header_in_codes_and_in_words_is_one(tmp_path: Path, heads: Rows) -> None:
    book, problems = read(tmp_path / "b.xlsx", {"借据": [*heads, RECEIPT]})
    assert book.loans["receipt_no"].to_pylist() == ["0001"]
    assert (book.loans["balance_fen"].to_pylist(), book.loans["amount_fen"].to_pylist()) == ([1000], [2000])
    assert book.rejected.num_rows == 0
    assert not {"ingest.amount_unreadable", "ingest.word_unknown"} & codes(problems)


def test_a_number_under_a_group_of_another_name_is_its_own(tmp_path: Path) -> None:
    rows: Rows = [
        ["借据信息", None, None, "表内贷款", None, None, None, "用途"],
        ["借据号", "合同号", "机构号", "金额", None, "日期", None, None],
        [None, None, None, "发放金额", "期末余额", "发放日", "到期日", None],
        list("ABCDEFGH"),
        ["J1", "H1", "0401", 20, 10, "2024-05-06", "2034-05-05", USE],
    ]
    merged = ["A1:C1", "D1:G1", "D2:E2", "F2:G2", "H1:H3", "A2:A3", "B2:B3", "C2:C3"]
    book, _ = read(tmp_path / "b.xlsx", {"台账": rows}, merged)
    loan = book.loans.to_pylist()[0]
    assert (loan["receipt_no"], loan["contract_no"], loan["branch_code"], loan["purpose"]) == ("J1", "H1", "0401", USE)
    assert (loan["amount_fen"], loan["balance_fen"], loan["start_on"], loan["due_on"]) == (2000, 1000, date(2024, 5, 6), date(2034, 5, 5))


LEVELS = ["人行绿色贷款一级分类", "人行绿色贷款二级分类", "人行绿色贷款三级分类", "人行绿色贷款四级分类"]


def test_the_deepest_of_the_columns_by_level_is_the_class(tmp_path: Path) -> None:
    head = ["借据号", "贷款余额", "放款日", "到期日", "用途", *LEVELS]
    deep = ["J1", 1, "20240101", "20300101", USE, "3", "3.2", "3.2.2", "3.2.2.2"]
    short = ["J2", 1, "20240101", "20300101", USE, "5", "5.3", "5.3.1", None]
    book, _ = read(tmp_path / "b.xlsx", {"借据": [head, deep, short]})
    assert book.loans["bank_green_code"].to_pylist() == ["3.2.2.2", "5.3.1"]
    assert book.given_tags["code"].to_pylist() == ["3.2.2.2", "5.3.1"], "one class a receipt, not one a level"


def test_the_deepest_level_counts_in_a_table_of_tags(tmp_path: Path) -> None:
    ledger: Rows = [["借据号", "贷款余额", "放款日", "到期日", "用途"], ["J1", 1, "20240101", "20300101", USE]]
    tags: Rows = [["借据号", *LEVELS[:3], "绿色占比（%）", "认定日期"], ["J1", "3", "3.2", "3.2.2", 60, "2024/2/1"]]
    book, _ = read(tmp_path / "b.xlsx", {"借据": ledger, "标识": tags})
    assert [(t["code"], t["share_ppm"]) for t in book.given_tags.to_pylist()] == [("3.2.2", 600_000)]


def test_a_list_of_drawings_by_its_title_needs_no_ledger(tmp_path: Path) -> None:
    rows: Rows = [["放款日期", "借据编号", "放款金额", "放款利率", "发放类型"], ["2025/7/1", "L3", 12.5, "3.85%", "新增"]]
    book, problems = read(tmp_path / "b.xlsx", {"放款流水": rows})
    drawing = book.drawings.to_pylist()[0]
    assert (drawing["receipt_no"], drawing["amount_fen"], drawing["rate_ppm"], drawing["kind"]) == ("L3", 1250, 38_500, "drawn")
    assert "ingest.drawings_not_ledger" in codes(problems)


def test_the_same_list_under_another_title_is_a_ledger_without_balances(tmp_path: Path) -> None:
    rows: Rows = [["放款日期", "借据编号", "放款金额", "发放类型"], ["2025/7/1", "L3", 12.5, "新增"]]
    _, problems = read(tmp_path / "b.xlsx", {"台账": rows})
    assert "ingest.column_missing" in codes(problems)


def test_drawn_and_repaid_in_two_columns(tmp_path: Path) -> None:
    rows: Rows = [
        ["借据号", "日期", "本期放款金额（万元）", "本期还款金额（万元）"],
        ["H1", "2025-04-01", 5, None],
        ["H1", "2025-09-01", None, 1],
    ]
    book, _ = read(tmp_path / "b.xlsx", {"明细": rows})
    assert [(d["kind"], d["amount_fen"]) for d in book.drawings.to_pylist()] == [("drawn", 5_000_000), ("repaid", 1_000_000)]


def test_the_header_with_one_meaning_is_taken_first(tmp_path: Path) -> None:
    rows: Rows = [
        ["债券代码", "债券名称", "发行规模（亿元）", "募集资金总额（亿元）", "已投放金额（亿元）"],
        ["2528001", "绿债", 30, 29, 22.5],
    ]
    book, problems = read(tmp_path / "b.xlsx", {"发行": rows})
    bond = book.bonds.to_pylist()[0]
    assert (bond["par_fen"], bond["proceeds_fen"], bond["proceeds_used_fen"]) == (300_000_000_000, 290_000_000_000, 225_000_000_000)
    assert "ingest.column_twice" not in codes(problems)


def test_a_document_without_end_has_no_last_day(tmp_path: Path) -> None:
    rows: Rows = [
        ["附件编号", "材料名称", "借据号", "有效期至"],
        ["F1", "绿色建筑标识", "J1", "长期"],
        ["F2", "环评批复", "J1", "2028-05-04"],
    ]
    book, problems = read(tmp_path / "b.xlsx", {"佐证清单": rows})
    assert book.evidence["valid_to"].to_pylist() == [None, date(2028, 5, 4)]
    assert "ingest.date_unreadable" not in codes(problems)


PROJECT = ["项目编号", "项目名称", "项目总投资（万元）"]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        (["节能量（吨标准煤）", "化学需氧量", "氨氮"], {"tce": 3.0, "cod": 4.0, "nh3n": 5.0}),
        (["化学需氧量（吨/年）", "二氧化硫（吨）", "总磷（吨）"], {"cod": 3.0, "so2": 4.0, "tp": 5.0}),
        (["化学需氧量", "氨氮", "总氮"], {}),
        (["节能量（吨标准煤）", "进水化学需氧量", "出水氨氮"], {"tce": 3.0}),
        (["节能量（吨标准煤）", "化学需氧量（mg/L）", "氨氮浓度"], {"tce": 3.0}),
    ],
)
def test_the_regulators_results_by_their_names(tmp_path: Path, heads: list[str], expected: dict[str, float]) -> None:
    book, _ = read(tmp_path / "b.xlsx", {"项目": [[*PROJECT, *heads], ["P1", "污水厂", 10, 3, 4, 5]]})
    assert {s["output"]: s["value"] for s in book.stated_benefits.to_pylist()} == expected


HEAD = ["借据号", "贷款余额", "放款日", "到期日", "用途"]


@pytest.mark.parametrize(
    ("header", "written", "column", "value"),
    [
        ("其中：逾期（元）", 5, "overdue_fen", 500),
        ("合同额（元）", 5, "amount_fen", 500),
        ("放款利率", "3.85%", "rate_ppm", 38_500),
        ("借款人姓名/名称", "甲有限公司", "customer_name", "甲有限公司"),
        ("LOAN_GRADE_CD", "2", "class5", "special_mention"),
        ("Facility Amount (RMB)", 5, "amount_fen", 500),
        ("五级分类", "Pass", "class5", "normal"),
        ("到期日期", "长期", "due_on", None),
    ],
)
def test_more_headers_and_words(tmp_path: Path, header: str, written: object, column: str, value: object) -> None:
    head = [h for h in HEAD if not (header == "到期日期" and h == "到期日")]
    row = {"借据号": "J1", "贷款余额": 10, "放款日": "20240101", "到期日": "20300101", "用途": USE}
    rows: Rows = [[*head, header], [*(row[h] for h in head), written]]
    book, _ = read(tmp_path / "b.xlsx", {"台账": rows})
    assert book.loans[column].to_pylist() == [value]


def test_general_ledger_balances_by_account_branch_and_count(tmp_path: Path) -> None:
    ledger: Rows = [["借据号", "机构号", "科目号", "贷款余额", "用途"], ["J1", "01", "1303", 10, USE]]
    controls: Rows = [
        ["会计科目余额表"],
        ["科目代码", "科目名称", "币种", "机构", "期末借方余额", "笔数"],
        ["1303", "项目贷款", "CNY", "01", 10, 1],
    ]
    book, _ = read(tmp_path / "b.xlsx", {"借据": ledger, "科目余额": controls})
    stated = book.controls.to_pylist()[0]
    assert [stated[n] for n in ("subject_code", "currency", "branch_code", "total_fen", "rows")] == ["1303", "CNY", "01", 1000, 1]


def test_discounted_bills_under_the_words_of_the_bill_room(tmp_path: Path) -> None:
    head = ["票据编号", "票据种类", "出票人名称", "票据金额", "贴现余额", "出票日期", "到期日", "贴现率"]
    row = ["130833000012320250918000000009", "电子银行承兑汇票", "甲有限公司", 100, 80, "20250918", "20260318", "1.5%"]
    book, _ = read(tmp_path / "b.xlsx", {"贴现": [head, row]})
    bill = book.bills.to_pylist()[0]
    assert [bill[n] for n in ("bill_no", "amount_fen", "balance_fen", "kind")] == [row[0], 10_000, 8_000, "电子银行承兑汇票"]
    assert (bill["issued_on"], bill["due_on"]) == (date(2025, 9, 18), date(2026, 3, 18))
