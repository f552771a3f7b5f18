"""Known layouts: told by their headers or codes, codes made words, joined by receipt, report files without a header."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from greenfin.core.columns import columns
from greenfin.core.problems import Problem
from greenfin.core.records import Book
from greenfin.ingest import read_book
from greenfin.ingest.profiles import layouts
from greenfin.ingest.vocabulary import fields, kinds
from greenfin.messages import codes

AS_OF = date(2025, 12, 31)
LONG = "用于建设集中式光伏电站项目，采购组件与逆变器，并支付安装工程款与并网工程款"
Rows = Sequence[Sequence[object]]


def workbook(path: Path, **sheets: Rows) -> Path:
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path


def read(*paths: Path, as_of: date | None = AS_OF) -> tuple[Book, tuple[Problem, ...]]:
    outcome = read_book(paths, as_of=as_of)
    return outcome.value, outcome.problems


def said(problems: Sequence[Problem], code: str) -> list[Problem]:
    return [p for p in problems if p.code == code]


@pytest.mark.parametrize("layout", layouts().values(), ids=lambda layout: layout.id)
def test_the_data_of_a_layout_hold_together(layout: object) -> None:
    assert isinstance(layout, type(next(iter(layouts().values()))))
    known = {c.field for c in columns() if c.field} | set(fields())
    assert {c.field for c in layout.columns if c.field} <= known
    assert layout.kind in kinds()
    assert layout.source
    assert set(layout.key) | set(layout.values) | set(layout.coarse) <= known
    assert {*layout.must, *layout.marks} <= {c.name for c in layout.columns}
    assert not layout.latest or layout.latest in {c.name for c in layout.columns}
    assert layout.file_fields <= len(layout.columns)
    assert all(f"layout.{layout.id}" in codes(lang) for lang in ("zh", "en"))
    assert layout.least <= len(layout.columns)
    stems = [header for c in layout.columns for header in set(c.headers)]
    assert len(stems) == len(set(stems)), "one header, two columns"


EAST = [
    "JRXKZH", "NBJGH", "YHJGMC", "MXKMBH", "KHTYBH", "KHMC", "XDHTH", "XDJJH", "XDYWZL", "BZ", "DKJE",
    "DKYE", "DKWJFL", "DKFFRQ", "DKDQRQ", "LLLX", "SJLL", "JJDKYT", "DKTXHY", "SFLSDK", "DKZT", "CJRQ",
]  # fmt: skip


def east(no: str, industry: str = "D4416", status: str = "正常") -> list[object]:
    return ["B0001", "0102", "东城支行", "1303", "C1", "甲光伏有限公司", "HT1", no, "项目贷款", "CNY", "2000000", "1000000.50", "正常",
            "20240101", "99991231", "非LPR", "4.35", LONG, industry, "是", status, "20251231"]  # fmt: skip


def test_east_under_its_initials(tmp_path: Path) -> None:
    rows = [EAST, east("J001"), east("J002", industry="3.对境外贷款"), east("J003", industry="2.23买断其他票据类资产", status="结清")]
    book, problems = read(workbook(tmp_path / "east.xlsx", IE_005_504=rows))
    assert book.loans["receipt_no"].to_pylist() == ["J001", "J002", "J003"]
    assert book.loans["balance_fen"].to_pylist()[:2] == [100_000_050, 100_000_050]
    assert book.loans["rate_ppm"].to_pylist()[0] == 43_500
    assert book.loans["industry_use"].to_pylist() == ["4416", "3.对境外贷款", "2.22买断式转贴现"]
    assert book.loans["due_on"].to_pylist()[0] is None
    assert book.loans["branch_code"].to_pylist()[0] == "0102"
    assert [p.params["layout"] for p in said(problems, "ingest.layout_known")] == ["east5_corporate_receipts"]


def test_a_sheet_with_a_few_words_of_a_layout_is_not_in_it(tmp_path: Path) -> None:
    _, problems = read(workbook(tmp_path / "own.xlsx", 台账=[["信贷借据号", "贷款余额", "贷款用途"], ["J1", 5, LONG]]))
    assert not said(problems, "ingest.layout_known")


def ybt(path: Path, *, currency: str = "CNY") -> Path:
    receipts: list[list[object]] = [
        ["H010001", "H010010", "H010019", "H010021", "H010029"],
        ["借据ID", "贷款余额", "贷款状态", "实际利率", "采集日期"],
    ]
    receipts += [["J1", 100.5, "01", 4.35, "2025-12-31"], ["J2", 200, "05", 4.35, "2025-12-31"], ["J3", 300, "04", 4.35, "2025-12-31"]]
    heads = ["F270001", "F270003", "F270006", "F270009", "F270016", "F270019", "F270022", "F270023", "F270025", "F270040", "F270069"]
    more = ["HT1", currency, 500, "2024-01-01", LONG, "D4415", "D4416", "03", "201010", "2025-12-31"]
    agreements: list[list[object]] = [heads, ["J1", *more], ["J2", "HT2", *more[1:-2], "0", "2025-12-31"], ["J9", *more]]
    classes: list[list[object]] = [["协议ID", "细分资产ID", "机构ID", "调整日期", "当前五级分类", "采集日期"]]
    classes += [["HT1", "J1", "B", "2025-06-30", "03", "2025-12-31"], ["HT1", "J1", "B", "2024-06-30", "01", "2025-12-31"]]
    classes += [["HT2", "J2", "B", "", "01", "2025-12-31"], ["HT2", "J2", "B", "", "02", "2025-12-31"]]
    return workbook(path, T_8_1=receipts, T_6_27=agreements, T_8_12=classes)


def test_three_sheets_give_one_row_a_receipt(tmp_path: Path) -> None:
    book, problems = read(ybt(tmp_path / "ybt.xlsx"))
    rows = {row["receipt_no"]: row for row in book.loans.to_pylist()}
    assert set(rows) == {"J1", "J2", "J3"}
    one = rows["J1"]
    assert (one["balance_fen"], one["amount_fen"], one["contract_no"], one["purpose"]) == (10_050, 50_000, "HT1", LONG)
    assert (one["industry_use"], one["industry_customer"], one["green_nfra"], one["product"]) == ("4416", "4415", "201010", "项目贷款")
    assert one["class5"] == "substandard", "the newest line counts"
    assert rows["J2"]["green_nfra"] is None, "0 is no class"
    assert rows["J2"]["status"] == "overdue"
    assert rows["J3"]["balance_fen"] == 0, "settled"
    assert one["source_sheet"] == "ybt.xlsx!T_8_1"
    unmatched = said(problems, "ingest.join_unmatched")
    assert [(p.where, p.params["count"], p.params["of"]) for p in unmatched] == [("ybt.xlsx!T_6_27!A1", 1, 3)]
    assert [(p.where, p.params["count"]) for p in said(problems, "ingest.join_missing")] == [
        ("ybt.xlsx!T_6_27!A1", 1),
        ("ybt.xlsx!T_8_12!B1", 2),
    ]


def test_a_line_without_a_newest_day_is_not_guessed(tmp_path: Path) -> None:
    book, problems = read(ybt(tmp_path / "ybt.xlsx"))
    by = dict(zip(book.loans["receipt_no"].to_pylist(), book.loans["class5"].to_pylist(), strict=True))
    assert by == {"J1": "substandard", "J2": None, "J3": None}
    assert [(p.where, p.params["count"]) for p in said(problems, "ingest.join_twice")] == [("ybt.xlsx!T_8_12!B1", 1)]


def test_a_loan_in_dollars_is_never_taken_for_yuan(tmp_path: Path) -> None:
    book, problems = read(ybt(tmp_path / "usd.xlsx", currency="USD"))
    assert "J1" not in book.loans["receipt_no"].to_pylist()
    assert book.rejected["code"].to_pylist() == ["ingest.join_currency"] * 2
    assert said(problems, "ingest.join_currency")[0].params["count"] == 2


def pboc(no: str, contract: str, **other: str) -> str:
    row = ["913203000694800658", "0102", "320300", "A01", "", "C01", "D44", "320300", "A0101", "CS02", no, contract, "F023", "D441",
           "2024-01-01", "2029-01-01", "", "CNY", "1000000.00", "1000000.00", "RF02", "4.35000", "TR05", "3.60000", "", "2026-01-01",
           "C99", "1", "FQ01", "LS01", "", LONG]  # fmt: skip
    assert len(row) == 32
    for at, text in other.items():
        row[int(at.removeprefix("f"))] = text
    return "|".join(row)


@pytest.mark.parametrize(
    ("name", "encoding"), [("B1_CLDWDK_20251231.dat", "utf-8"), ("B1_CLDWDK_20251231.txt", "gb18030"), ("贷款.txt", "utf-8")]
)
def test_a_report_file_without_a_header(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_text(
        "\n".join([pboc("J1", "HT1"), pboc("J1", "HT2"), pboc("J2", "HT3", f19="xyz") if "DK" in name else pboc("J2", "HT3")]), encoding
    )
    book, problems = read(path, as_of=None if "2025" in name else AS_OF)
    assert book.as_of == AS_OF
    ids = book.loans["loan_id"].to_pylist()
    assert ids[:2] == ["J1/HT1/0102", "J1/HT2/0102"], "the key is receipt, contract and branch"
    assert book.loans["receipt_no"].to_pylist()[:2] == ["J1", "J1"]
    assert book.loans["balance_fen"].to_pylist()[0] == 100_000_000
    assert book.loans["class5"].to_pylist()[0] == "normal"
    assert book.loans["purpose"].to_pylist()[0] == LONG
    assert len(said(problems, "ingest.industry_coarse")) == 2
    if "DK" in name:
        assert [p.where for p in said(problems, "ingest.amount_unreadable")] == [f"{name}!T3"]


def test_a_sign_of_quotation_swallows_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "B1_CLDWDK_20251231.dat"
    path.write_text("\n".join([pboc("J1", "H", f31='"光伏'), pboc("J2", "H"), pboc("J3", "H")]), "utf-8")
    book, _ = read(path)
    assert book.loans["receipt_no"].to_pylist() == ["J1", "J2", "J3"]
    assert book.loans["purpose"].to_pylist()[0] == '"光伏'


def test_special_marks_are_joined_by_receipt_and_contract(tmp_path: Path) -> None:
    loans, special = tmp_path / "B1_CLDWDK_20251231.dat", tmp_path / "B1_CLZXDK_20251231.dat"
    loans.write_text("\n".join([pboc("J1", "HT1"), pboc("J1", "HT2")]), "utf-8")
    marks = [
        ["913", "J1", c, "0", "0", "0", "", "0", "0", "0", "", "", "", "0", "", green, "0", ""]
        for c, green in (("HT1", "3.2.1"), ("HT2", "0"))
    ]
    special.write_text("\n".join("|".join(row) for row in marks), "utf-8")
    book, problems = read(loans, special, as_of=None)
    assert book.loans["bank_green_code"].to_pylist() == ["3.2.1", None]
    assert not said(problems, "ingest.join_twice")
    assert not said(problems, "ingest.join_unmatched")


def test_a_text_file_of_other_rows_is_no_report_file(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("\n".join("|".join(["a"] * 32) for _ in range(3)), "utf-8")
    from greenfin.core.problems import Refused

    with pytest.raises(Refused):
        read(path)


def test_a_data_mart_with_english_names(tmp_path: Path) -> None:
    heads = [
        "DATA_DATE",
        "ORG_NUM",
        "LOAN_NUM",
        "ACCT_NUM",
        "CURR_CD",
        "DRAWDOWN_AMT",
        "LOAN_ACCT_BAL",
        "USEOFUNDS",
        "LOAN_PURPOSE_CD",
        "ACCT_STS",
        "自有字段",
    ]
    rows = [
        heads,
        ["20251231", "0102", "J1", "HT1", "CNY", 5, 4, LONG, "D4416", "1", "x"],
        ["20251231", "0102", "J2", "HT1", "CNY", 5, 4, LONG, "D4416", "3", "x"],
    ]
    book, problems = read(workbook(tmp_path / "mart.xlsx", L_ACCT_LOAN=rows))
    assert book.loans["contract_no"].to_pylist() == ["HT1", "HT1"]
    assert book.loans["status"].to_pylist() == ["normal", "settled"]
    assert [p.params["column"] for p in said(problems, "ingest.column_unknown")] == ["自有字段"]
