"""Every column of a loan ledger under Chinese, English and initialled headers; dirty cells; persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from greenfin.core.columns import columns
from greenfin.core.problems import Problem, Severity
from greenfin.core.records import Book
from greenfin.ingest import read_book
from greenfin.ingest.codes import read_code, read_purpose, word_reader
from greenfin.ingest.credit_codes import is_certain_resident, is_pseudonym, is_uscc, read_uscc
from greenfin.ingest.dates import read_date, since_1904
from greenfin.ingest.grids import CellValue
from greenfin.ingest.headers import read_header
from greenfin.ingest.numbers import read_count
from greenfin.ingest.vocabulary import fields
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


def read(path: Path) -> tuple[Book, tuple[Problem, ...]]:
    outcome = read_book([path], as_of=AS_OF)
    for problem in outcome.problems:
        for language in LANGUAGES:
            assert "{" not in tell(problem, language), problem
    return outcome.value, outcome.problems


def one(tmp_path: Path, row: Mapping[str, object]) -> tuple[dict[str, object], tuple[Problem, ...]]:
    whole = {"借据号": "J1", "贷款余额": 100, **row}
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": [list(whole), list(whole.values())]}))
    return (value.loans.to_pylist() or [{}])[0], problems


COLUMNS = [
    ("prev_receipt_no", ["上笔借据号", "原借据号", "PREV_LOAN_NUM", "previous receipt no"], "0012", "0012"),
    ("licence_no", ["金融许可证号", "LICENSE_NO"], "B0001S1", "B0001S1"),
    ("subject_code", ["科目号", "会计科目代码", "GL_CODE", "account code"], 130302.0, "130302"),
    ("subject_name", ["科目名称", "account name"], "中长期贷款", "中长期贷款"),
    ("release_type", ["发放类型", "贷款发放方式", "release type"], "借新还旧", "refinance"),
    ("rate_type", ["利率类型", "RATE_TYPE", "interest rate type"], "LPR+50BP", "LPR"),
    ("avg_balance_fen", ["月均余额", "日均余额（元）", "AVG_BAL", "average balance"], "1,234.50", 123450),
    ("undrawn_fen", ["未提款承诺", "未使用额度", "undrawn amount"], "1.2万元", 1_200_000),
    ("extended_due_on", ["展期到期日", "展期后到期日", "extended due date"], "20270630", date(2027, 6, 30)),
    ("ended_on", ["结清日期", "终结日期", "closing date"], "99991231", None),
    ("overdue_days", ["逾期天数", "OVERDUE_DAYS", "days past due"], "35天", 35),
    ("overdue_fen", ["逾期金额", "逾期本金（元）", "overdue amount"], 3, 300),
    ("guarantee", ["担保方式", "主要担保方式", "GUAR_TYPE", "guarantee"], "保证、抵押", "mortgage+guarantee"),
    ("repayment", ["还款方式", "还本付息方式", "repayment method"], "按月付息到期还本", "按月付息到期还本"),
    ("is_domestic", ["境内外标识", "是否境内贷款", "domestic flag"], "境外", False),
    ("is_entrusted", ["委托贷款标识", "是否委托贷款", "entrusted flag"], "否", False),
    ("is_internet", ["互联网贷款标识", "internet loan flag"], "Ｙ", True),
    ("is_sme", ["普惠小微标识", "是否普惠型小微企业贷款", "inclusive flag"], "√", True),
    ("is_agri", ["涉农标识", "是否涉农贷款", "agriculture loan flag"], 1, True),
    ("is_tech", ["科技贷款标识", "TECH_FLAG"], "有", True),
    ("green_nfra", ["银保监绿色融资分类", "绿色融资投向", "green financing class"], "010203", "010203"),
    ("green_local", ["地方绿色分类", "local green class"], "DF-1.2", "DF-1.2"),
    ("green_bond_code", ["绿债目录代码", "green bond class"], "1.2.1.1", "1.2.1.1"),
    ("env_rights", ["环境权益融资", "environmental rights"], "排污权质押", "other_pledged"),
    ("is_carbon_tool", ["碳减排支持工具标识", "是否碳减排贷款", "carbon reduction facility"], "是", True),
    ("fund_source", ["资金来源", "对应绿色金融债", "funding bond"], "2228001.IB", "2228001.IB"),
    ("manager", ["客户经理", "管户经理", "loan officer"], "欧阳示例", "***例"),
]
INITIALS = [("is_sme", "PHXWBS"), ("guarantee", "DBFS"), ("subject_code", "KMH"), ("overdue_days", "YQTS"), ("prev_receipt_no", "SBJJH")]


@pytest.mark.parametrize(
    ("column", "header", "cell", "value"), [(column, h, cell, value) for column, heads, cell, value in COLUMNS for h in heads]
)
def test_every_further_column(tmp_path: Path, column: str, header: str, cell: CellValue, value: object) -> None:
    loan, _ = one(tmp_path, {header: cell})
    assert loan[column] == value


@pytest.mark.parametrize(("column", "header"), INITIALS)
def test_headers_as_initials(column: str, header: str) -> None:
    field = next(c.field for c in columns() if c.table == "loans" and c.name == column)
    assert read_header(header).fields == (field,)


def test_every_loan_column_with_a_field_is_read() -> None:
    wanted = {c.field for c in columns() if c.table in ("loans", "projects", "controls", "operations") and c.field}
    assert wanted <= set(fields())


def test_a_bare_yes_under_a_carbon_header(tmp_path: Path) -> None:
    assert one(tmp_path, {"以碳排放权为抵押的贷款标志": "是"})[0]["env_rights"] == "carbon_pledged"
    assert one(tmp_path, {"是否环境权益融资": "否"})[0]["env_rights"] is None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("抵押+保证", "mortgage+guarantee"),
        ("质押／信用", "pledge+credit"),
        ("保证金质押", "pledge"),
        ("抵押保证组合", "mortgage+guarantee"),
        ("B01", "mortgage"),
        ("免担保", "credit"),
        ("—", None),
        ("看着办", None),
    ],
)
def test_guarantees(cell: CellValue, value: str | None) -> None:
    reader = word_reader("loan.guarantee", kind="choices")
    assert reader(cell).value == value
    assert (reader(cell).problem is not None) is (cell == "看着办")


@pytest.mark.parametrize(("cell", "value"), [("1,234", 1234), ("３５", 35), (0, 0), ("—", None), ("12笔", 12)])
def test_counts(cell: CellValue, value: int | None) -> None:
    assert read_count(cell).value == value


@pytest.mark.parametrize("cell", [-1, 1.5, "三", "5吨", True])
def test_no_counts(cell: CellValue) -> None:
    problem = read_count(cell).problem
    assert problem
    assert problem.severity is Severity.ERROR


@pytest.mark.parametrize("cell", [3.2, date(2025, 4, 1), "2025-04-01", "2025/4/1", "4月1日", "2025-04-01 00:00:00", 3.0])
def test_class_codes_that_a_spreadsheet_has_turned(cell: CellValue) -> None:
    problem = read_code(cell).problem
    assert problem
    assert problem.code == "ingest.code_ambiguous"


@pytest.mark.parametrize("cell", ["3.2", "3.20", "4.1.2", "１.４.１", "CBIRCGC20B01"])
def test_class_codes_as_text(cell: str) -> None:
    assert read_code(cell).problem is None
    assert read_code("3.2").value != read_code("3.20").value


def test_workbooks_that_count_from_1904(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", {"台账": [["借据号", "贷款余额", "发放日", "到期日"], ["J1", 1, None, 43829]]})
    made = openpyxl.load_workbook(path)
    made.epoch = CALENDAR_MAC_1904
    made["台账"]["C2"] = date(2024, 5, 6)
    made.save(path)
    value, _ = read(path)
    assert value.loans.select(["start_on", "due_on"]).to_pylist() == [{"start_on": date(2024, 5, 6), "due_on": date(2023, 12, 31)}]
    assert read_date(since_1904("43829.0")).value == date(2023, 12, 31)
    assert read_date(since_1904("2023-12-31")).value == date(2023, 12, 31)
    assert since_1904("JJ1") == "JJ1"


@pytest.mark.parametrize(
    ("header", "cells", "rates"),
    [
        ("执行利率（‰）", [3.625, 4], [43_500, 48_000]),
        ("月利率（‰）", [3.625, 4], [43_500, 48_000]),
        ("执行利率（‰）", [43.5, 48], [43_500, 48_000]),
        ("执行利率", ["3.625‰", "4.35%"], [43_500, 43_500]),
        ("执行利率（%）", [4.35, 3.1], [43_500, 31_000]),
    ],
)
def test_permille_rates(tmp_path: Path, header: str, cells: list[object], rates: list[int]) -> None:
    rows = [["借据号", "贷款余额", header], *([f"J{n}", 1, cell] for n, cell in enumerate(cells))]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": rows}))
    assert value.loans["rate_ppm"].to_pylist() == rates
    told = {p.code for p in problems}
    assert ("ingest.permille_as_monthly" in told) is ("月" not in header and "‰" in f"{header}{cells[0]}" and cells[0] != 43.5)


def credit_code(body: str) -> str:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return body + signs[-sum(signs.index(sign) * 3**place for place, sign in enumerate(body)) % 31]


GOOD = credit_code("91510100MA0" + "1" * 6)


def test_credit_codes_that_end_in_nought() -> None:
    ends = {code[-1] for n in range(400) if is_uscc(code := credit_code(f"91510100MA{n:07d}"))}
    assert "0" in ends
    assert len(ends) == 31


def test_letters_for_digits_are_only_suggested() -> None:
    misread = GOOD[:3] + "I" + GOOD[4:]
    assert GOOD[3] == "1"
    read = read_uscc(misread)
    assert read.value == misread
    assert read.problem
    assert (read.problem.code, read.problem.params) == ("ingest.credit_code_suggested", {"places": "4:I→1"})


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (GOOD[:17], "ingest.credit_code_wrong"),
        (GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B"), "ingest.credit_code_wrong"),
        ("MA0111111", "ingest.credit_code_legacy"),
        ("12345678-9", "ingest.credit_code_legacy"),
        ("510100000012345", "ingest.credit_code_legacy"),
        (9.151010069480065e16, "ingest.id_lost_digits"),
        ("11010119900307457X", "ingest.identity_number_dropped"),
    ],
)
def test_credit_codes(cell: CellValue, code: str) -> None:
    problem = read_uscc(cell).problem
    assert problem
    assert problem.code == code


def resident(body: str) -> str:
    return body + "10X98765432"[sum(int(sign) * 2 ** (17 - place) for place, sign in enumerate(body)) % 11]


def test_no_number_of_a_person_is_taken_for_a_firm() -> None:
    """About one identity number in thirty passes the check of credit codes by chance."""
    numbers = [resident(f"5101041990{month:02d}{day:02d}{n:03d}") for month in (1, 7) for day in range(1, 29) for n in range(9)]
    assert all(is_certain_resident(number) for number in numbers)
    assert any(is_uscc(number) for number in numbers)
    kept = [str(read_uscc(number).value) for number in numbers]
    assert all(is_pseudonym(text) and text.startswith("510104") for text in kept)
    assert len(set(kept)) == len(numbers)


PERSON = resident("51010419900101123")


def test_persons_never_stand_raw_anywhere(tmp_path: Path) -> None:
    loan, problems = one(
        tmp_path,
        {
            "客户编号": PERSON,
            "客户名称": "张三丰",
            "证件号码": PERSON,
            "客户经理": "李四光",
            "贷款用途": f"张三丰购房，身份证{PERSON}，电话138-0013-8000，座机028-61234567",
            "备注": "手机１３８００１３８０００",
            "产品名称": "个人住房按揭",
        },
    )
    shown = str(loan) + "".join(tell(p, lang) + str(p.params) for p in problems for lang in LANGUAGES)
    for raw in (PERSON, "张三丰", "李四光", "138-0013-8000", "61234567", "１３８００１３８０００"):
        assert raw not in shown
    assert loan["customer_no"] == loan["customer_uscc"]
    assert is_pseudonym(str(loan["customer_no"]))
    assert loan["customer_name"] == "**丰"
    assert loan["manager"] == "**光"


@pytest.mark.parametrize("text", ["发改能源〔2023〕1380号", "容量2024年110000千瓦", "合同HT2025-0102-12345", "2025-11-22批复"])
def test_numbers_that_are_no_persons_stay(text: str) -> None:
    assert read_purpose(text).value == text


def test_companies_keep_their_names_and_codes(tmp_path: Path) -> None:
    loan, problems = one(tmp_path, {"客户名称": " 示例光伏\n发电有限公司 ", "统一社会信用代码": GOOD, "客户经理": "E00123"})
    assert (loan["customer_name"], loan["customer_uscc"], loan["manager"]) == ("示例光伏 发电有限公司", GOOD, "E00123")
    assert "ingest.name_tidied" in {p.code for p in problems}


BRANCHES = [
    (["0101", "0102", "102"], ["0101", "0102", "0102"]),
    (["0101", "0102", "104"], ["0101", "0102", "0104"]),
    (["01", "0101", "010101"], ["01", "0101", "010101"]),
    (["101", "102", "1102"], ["101", "102", "1102"]),
]


@pytest.mark.parametrize(("written", "kept"), BRANCHES)
def test_branch_codes_with_lost_zeros(tmp_path: Path, written: list[str], kept: list[str]) -> None:
    rows = [["借据号", "机构号", "贷款余额"], *([f"J{n}", code, 1] for n, code in enumerate(written))]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": rows}))
    assert value.loans["branch_code"].to_pylist() == kept
    assert sum(p.code == "ingest.branch_zero_restored" for p in problems) == (written != kept)


def test_projects_and_operations(tmp_path: Path) -> None:
    projects = [
        ["项目编号", "项目名称", "项目总投资（万元）", "项目资本金（万元）", "资本金来源", "建设地址", "节能审查意见"],
        ["X1", "示例光伏", 1000, 300, "自筹", "示例县1号，电话13800138000", "节能〔2025〕1号"],
        ["X2", "示例风电", 10, 30, None, None, None],
    ]
    use = [
        ["场所", "月份", "能源种类", "数量", "单位", "费用（元）", "发票号"],
        ["总部", "2025-01", "用电量", 1000, "千瓦时", 650, "F001"],
        ["总部", "2025-02", "用电量", 1, "万千瓦时", 650, "F002"],
        ["总部", "2025-03", "用电量", 1000, "千瓦时", 650, "F003"],
        ["总部", "2025-03", "用电量", 1000, "千瓦时", 650, "F004"],
        ["总部", "2025-04", "用电量", 1000, "千瓦时", 650, "F005"],
        ["总部", "2025-04", "用电量", 1000, "千瓦时", 650, "F005"],
    ]
    value, problems = read(book(tmp_path / "b.xlsx", {"项目": projects, "运营": use}))
    first = value.projects.to_pylist()[0]
    assert (first["capital_fen"], first["capital_source"], first["energy_review"]) == (300_000_000, "自筹", "节能〔2025〕1号")
    assert "13800138000" not in str(first["address"])
    assert [p.params["project"] for p in problems if p.code == "ingest.capital_over_investment"] == ["X2"]
    assert value.operations["cost_fen"].to_pylist() == [65_000] * 5
    assert sorted(value.operations["document"].to_pylist()) == ["F001", "F002", "F003", "F004", "F005"]
    assert [p.where.partition("!")[2] for p in problems if p.code == "ingest.unit_price_unlikely"] == ["运营!D3"]
