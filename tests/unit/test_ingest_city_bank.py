"""Ledgers, bills and lists as a city bank's departments keep them: rows that are no receipts, headers said twice, months without a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from greenfin import ingest
from greenfin.core.problems import Problem
from greenfin.core.units import ratio
from greenfin.ingest.dates import read_date
from greenfin.ingest.headers import read_header
from greenfin.ingest.numbered import is_numbering
from tests.ledger_books import USE, Grid, read, workbook


def codes(problems: Sequence[Problem]) -> set[str]:
    return {p.code for p in problems}


def receipts(path: Path, rows: Grid, merged: Sequence[str] = ()) -> tuple[list[int], set[str]]:
    """The balances (in yuan) of a sheet of receipts, and the codes of the problems; nothing may be rejected."""
    book, problems = read(path, {"台账": rows}, merge={"台账": merged})
    assert book.rejected.num_rows == 0
    return [fen // 100 for fen in book.loans["balance_fen"].to_pylist()], codes(problems)


HEAD: list[object] = ["机构号", "借据号", "客户名称", "贷款余额（元）", "贷款用途"]
ONE: list[object] = ["0101", "J1", "甲有限公司", 100, USE]
TWO: list[object] = ["0101", "J2", "乙有限公司", 200, USE]


@pytest.mark.parametrize("count", ["2笔", "共2笔", 2, 2.0, "2"])
def test_a_total_with_the_number_of_receipts_where_a_receipt_stands_is_a_total(tmp_path: Path, count: object) -> None:
    assert receipts(tmp_path, [HEAD, ONE, TWO, ["合计", count, None, 300, None]])[0] == [100, 200]


def test_a_receipt_whose_remark_begins_with_a_total_stays(tmp_path: Path) -> None:
    rows: Grid = [["借据号", "备注", "贷款余额（元）", "贷款用途"], ["J1", "合计放款三次", 100, USE], ["J20240001", "合计", 200, USE]]
    assert receipts(tmp_path, rows)[0] == [100, 200]


def test_sums_carried_from_page_to_page_are_no_receipts(tmp_path: Path) -> None:
    rows: Grid = [
        HEAD,
        ONE,
        [None, "过次页", None, 100, None],
        HEAD,
        [None, "承前页", None, 100, None],
        TWO,
        [None, "本页合计", None, 300, None],
    ]
    found, said = receipts(tmp_path, rows)
    assert found == [100, 200]
    assert "ingest.subtotal_differs" not in said


def test_parts_of_a_list_under_numbers_are_no_receipts(tmp_path: Path) -> None:
    head = ["单位名称", "借据号", "贷款余额（元）", "贷款用途"]
    rows: Grid = [
        head,
        ["一、对公贷款", None, 300],
        ["（一）绿色", None, "100.00"],
        ["甲有限公司", "J1", 100, USE],
        ["乙有限公司", "J2", 200, USE],
    ]
    found, said = receipts(tmp_path, [*rows, ["总　计", None, 300, None]])
    assert found == [100, 200]
    assert "ingest.subtotal_differs" not in said


def test_a_numbered_text_beside_other_texts_is_no_part_of_a_list(tmp_path: Path) -> None:
    rows: Grid = [["用途", "借据号", "客户名称", "贷款余额（元）"], [f"一、{USE}", None, "甲有限公司", 100], [USE, "J2", "乙有限公司", 200]]
    book, problems = read(tmp_path, {"台账": rows})
    assert book.rejected["balance_fen"].to_pylist() == [10_000]
    assert "ingest.key_missing" in codes(problems)


@pytest.mark.parametrize(
    ("texts", "is_one"),
    [
        ("A B C", True),
        ("1 2 3 4", True),
        ("甲 乙 1 2 3 丙", True),
        ("甲 乙 丙", True),
        ("栏次 1 2 3", True),
        ("甲 1 3 7", False),
        ("乙 甲 1 2", False),
        ("栏次 7 9 12", False),
        ("J1 甲公司 1 2", False),
    ],
)
def test_rows_that_number_the_columns(texts: str, is_one: bool) -> None:
    assert is_numbering(dict(enumerate(texts.split()))) is is_one


def test_units_and_stems_under_a_header_are_no_receipt(tmp_path: Path) -> None:
    head = ["借据号", "客户名称", "合同金额", "贷款余额", "贷款用途"]
    rows: Grid = [head, ["—", "—", "万元", "万元", "—"], ["甲", "乙", 1, 2, "丙"], ["J1", "甲有限公司", 3, 1.5, USE]]
    assert receipts(tmp_path, rows)[0] == [15_000]


def test_the_principal_is_what_was_lent_where_a_balance_stands_beside(tmp_path: Path) -> None:
    head = ["贷款账号", "贷款本金", "本金余额", "贷款用途"]
    book, problems = read(tmp_path, {"台账": [head, ["J1", 300, 100, USE]]})
    assert (book.loans["amount_fen"].to_pylist(), book.loans["balance_fen"].to_pylist()) == ([30_000], [10_000])
    assert "ingest.column_twice" not in codes(problems)
    assert receipts(tmp_path, [["借据号", "贷款本金", "贷款用途"], ["J1", 300, USE]])[0] == [300]


def test_a_header_into_which_merged_cells_reach_is_no_row(tmp_path: Path) -> None:
    controls: Grid = [
        ["科目代号", "科目名称", "期末余额", None],
        [None, None, "借方", "贷方"],
        ["1303", "中长期贷款", 100, 0],
    ]
    ledger: Grid = [["借据号", "科目号", "贷款余额", "贷款用途"], ["J1", "1303", 100, USE]]
    book, problems = read(tmp_path, {"借据": ledger, "科目余额": controls}, merge={"科目余额": ["A1:A2", "B1:B2", "C1:D1"]})
    assert book.controls.select(["subject_code", "total_fen"]).to_pylist() == [{"subject_code": "1303", "total_fen": 10_000}]
    assert "ingest.amount_unreadable" not in codes(problems)
    assert "ingest.control_agrees" in codes(problems)


@pytest.mark.parametrize(
    ("header", "field", "unit"),
    [
        ("借据号\nLoan No.", "loan.receipt_no", ""),
        ("Loan No. 借据号", "loan.receipt_no", ""),
        ("贷款用途/Purpose", "loan.purpose", ""),
        ("贷款用途 Verwendung", "loan.purpose", ""),
        ("利率 Rate (%)", "loan.rate", "percent"),
        ("装机容量 Capacity(MW)", "input.capacity", "MW"),
        ("余额 USD", "", ""),
        ("余额 Japanese Yen", "", ""),
        ("贷款金额 Balance", "", ""),
    ],
)
def test_a_header_in_two_languages(header: str, field: str, unit: str) -> None:
    heading = read_header(header)
    assert (next(iter(heading.fields), ""), heading.unit) == (field, unit)


def test_items_over_their_quantity_and_their_cost(tmp_path: Path) -> None:
    rows: Grid = [
        ["月份", "电力", None, "自来水", None],
        [None, "用量（千瓦时）", "金额（元）", "用量（吨）", "金额（元）"],
        *([f"{month}月", 1000, 700, 20, 90] for month in range(1, 13)),
    ]
    path = workbook(tmp_path / "o.xlsx", {"总行": rows}, merge={"总行": ["A1:A2", "B1:C1", "D1:E1"]})
    outcome = ingest.read_operations(path, year=2023)
    found = outcome.value.operations.group_by("item").aggregate([("quantity", "sum")]).to_pylist()
    assert {row["item"]: row["quantity_sum"] for row in found} == {"electricity": 12_000, "water": 240}
    assert "ingest.column_twice" not in codes(outcome.problems)


def test_bills_by_meter_and_cards_of_fuel(tmp_path: Path) -> None:
    bills = tmp_path / "bills.csv"
    bills.write_bytes("账期,户号,用电地址,总电量(度),电费(元)\n202301,01,总行,1200,850\n202302,01,总行,1300,900\n".encode("gb18030"))
    found = ingest.read_operations(bills, year=2023).value.operations
    assert (found["site"].to_pylist(), found["quantity"].to_pylist()) == (["总行", "总行"], [1200, 1300])
    cards: Grid = [["加油日期", "车牌号", "油品", "加油量(L)", "金额(元)"], [date(2023, 1, 5), "甲A00001", "92#汽油", 45.5, 360]]
    read_one = ingest.read_operations(workbook(tmp_path / "c.xlsx", {"加油": cards}), year=2023).value.operations.to_pylist()[0]
    assert (read_one["item"], read_one["quantity"], ratio(read_one["unit"], "L")) == ("gasoline", 45.5, 1)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2022年8月", date(2022, 8, 31)),
        ("2022-02", date(2022, 2, 28)),
        ("2024/2", date(2024, 2, 29)),
        ("2022.10", date(2022, 10, 31)),
        ("2022.1", None),  # October may have lost its zero
        (2022.1, None),
        ("2022年13月", None),
        ("2022", None),
        ("年底", None),
    ],
)
def test_a_month_without_a_day_is_its_last_and_said(written: str | float, day: date | None) -> None:
    read_one = read_date(written)
    assert read_one.value == day
    assert read_one.problem is not None
    assert read_one.problem.code == ("ingest.day_missing" if day else "ingest.date_unreadable")


def test_the_place_of_a_project_is_that_of_its_address(tmp_path: Path) -> None:
    projects: Grid = [
        ["项目编号", "项目名称", "总投资（万元）", "建设地点", "项目所在地"],
        ["P1", "一期", 100, "浙江省宁波市某某路1号", None],
        ["P2", "二期", 100, "本市高新区", None],
        ["P3", "三期", 100, "浙江省宁波市", "510100"],
    ]
    book, problems = read(tmp_path, {"借据": [["借据号", "贷款余额", "贷款用途"], ["J1", 1, USE]], "项目": projects})
    assert book.projects["region"].to_pylist() == ["330000", None, "510100"]
    assert [p.params["count"] for p in problems if p.code == "ingest.region_of_address"] == [1]


def test_a_class_that_says_no_is_none(tmp_path: Path) -> None:
    tags: Grid = [["借据号", "人行绿色贷款分类"], ["J1", "否"], ["J2", "3.2.1.2"], ["J3", "非绿色"]]
    ledger: Grid = [["借据号", "贷款余额", "贷款用途"], *([f"J{n}", n, USE] for n in (1, 2, 3))]
    book, _ = read(tmp_path, {"借据": ledger, "绿色标识": tags})
    assert book.given_tags.select(["receipt_no", "code"]).to_pylist() == [{"receipt_no": "J2", "code": "3.2.1.2"}]


@pytest.mark.parametrize(
    ("header", "written", "shares"),
    [
        ("绿色占比", [1, 0.6, 60, "100%"], [None, None, 600_000, 1_000_000]),
        ("绿色占比", [1, 60, 100], [10_000, 600_000, 1_000_000]),
        ("绿色占比（%）", [0.6, 60], [6_000, 600_000]),
        ("绿色占比", [1, 0.6], [1_000_000, 600_000]),
    ],
)
def test_fractions_beside_percents_are_told(tmp_path: Path, header: str, written: list[object], shares: list[object]) -> None:
    rows: Grid = [["借据号", "贷款余额", "贷款用途", header], *([f"J{n}", 1, USE, share] for n, share in enumerate(written))]
    book, problems = read(tmp_path, {"台账": rows})
    assert book.loans["green_share_ppm"].to_pylist() == shares
    assert ("ingest.percent_units_mixed" in codes(problems)) is (None in shares)


@pytest.mark.parametrize(
    ("sheet", "above", "header", "below"),
    [
        ("台账", ["对公贷款明细表（万元）"], "贷款余额", None),
        ("台账", ["2024年6月末贷款明细 金额：万元"], "贷款余额", None),
        ("借据(万元)", [], "贷款余额", None),
        ("台账", [], "贷款余额（万）", None),
        ("台账", [], "贷款余额", "注：本表金额单位均为万元。"),
        ("台账（亿元）", ["单位：万元"], "贷款余额", "注：金额单位为元。"),
        ("台账（亿元）", ["对公贷款（余额500万元以上）（亿元）"], "贷款余额（万元）", None),
    ],
)
def test_the_unit_of_amounts_wherever_a_sheet_says_it(tmp_path: Path, sheet: str, above: list[str], header: str, below: str | None) -> None:
    rows: Grid = [*([line] for line in above), ["借据号", header, "贷款用途"], ["J1", 3, USE], *([[below]] if below else [])]
    book, _ = read(tmp_path, {sheet: rows})
    assert book.loans["balance_fen"].to_pylist() == [3_000_000]


def test_a_foreign_unit_in_a_title_is_never_yuan(tmp_path: Path) -> None:
    book, _ = read(tmp_path, {"台账": [["外币贷款明细（万美元）"], ["借据号", "贷款余额", "贷款用途"], ["J1", 3, USE]]})
    assert book.loans.num_rows == 0
    assert book.rejected.num_rows == 1


def test_the_same_header_again_in_another_unit(tmp_path: Path) -> None:
    head = ["借据号", "贷款余额", "贷款用途"]
    first: Grid = [["一、流动资金贷款（单位：元）"], head, ["J1", 100, USE], [None, None, None]]
    assert receipts(tmp_path, [*first, ["二、固定资产贷款（单位：万元）"], head, ["J2", 2, USE]])[0] == [100, 20_000]
    assert receipts(tmp_path, [*first, ["二、固定资产贷款（单位：元）"], head, ["J2", 2, USE]])[0] == [100, 2]


@pytest.mark.parametrize("empty", ["\\N", "NULL", "(null)", "[NULL]", "<NULL>"])
@pytest.mark.parametrize("sign", ["\x01", "\t"])
def test_what_a_warehouse_writes_for_nothing(tmp_path: Path, empty: str, sign: str) -> None:
    path = tmp_path / "b.txt"
    rows = [["数据仓库导出"], ["借据号", "客户编号", "贷款余额", "到期日", "贷款用途"], ["J1", empty, "100", empty, USE]]
    path.write_text("\n".join(sign.join(row) for row in rows), "utf-8")
    loans = ingest.read_book([path], as_of=date(2025, 12, 31)).value.loans.to_pylist()
    assert [(loan["customer_no"], loan["balance_fen"], loan["due_on"]) for loan in loans] == [(None, 10_000, None)]


def test_a_column_of_an_unknown_resource_is_told(tmp_path: Path) -> None:
    head = ["月份", "总电量（千瓦时）", "醇基燃料（公斤）", "电费（元）", "人均用电（千瓦时）", "碳排放量（吨）", "尖峰电量（千瓦时）"]
    rows: Grid = [head, *([f"2023年{month}月", 1000, 30, 800, 9, 1, 300] for month in range(1, 13))]
    problems = ingest.read_operations(workbook(tmp_path / "o.xlsx", {"能耗": rows}), year=2023).problems
    assert [p.where for p in problems if p.code == "ingest.item_column_unknown"] == ["o.xlsx!能耗!C1"]


def test_heads_of_staff_are_counted_with_their_word(tmp_path: Path) -> None:
    customers: Grid = [["客户号", "客户中文名", "从业人数"], ["C1", "甲有限公司", "120人"], ["C2", "乙有限公司", "1,300名"]]
    book, _ = read(tmp_path, {"借据": [["借据号", "贷款余额", "贷款用途"], ["J1", 1, USE]], "客户": customers})
    assert book.customers["employees"].to_pylist() == [120, 1300]


def test_tables_below_each_other_of_which_the_last_has_most_columns(tmp_path: Path) -> None:
    short: Grid = [["借据号", "贷款余额", "贷款用途"], ["J1", 100, USE], ["J2", 200, USE], [None]]
    middle: Grid = [["借据号", "客户名称", "贷款余额", "贷款用途"], ["J3", "甲有限公司", 300, USE], [None]]
    long: Grid = [["借据号", "合同号", "客户名称", "贷款余额", "五级分类", "贷款用途"], ["J4", "H1", "乙有限公司", 400, "正常", USE]]
    assert receipts(tmp_path, [*short, *long])[0] == [100, 200, 400]
    assert receipts(tmp_path, [*short, *middle, *long])[0] == [100, 200, 300, 400]
    assert receipts(tmp_path, [*middle, *short, *long])[0] == [300, 100, 200, 400]


def test_a_header_below_a_page_of_instructions(tmp_path: Path) -> None:
    lines: Grid = [[f"填报说明第{n}条：请按要求填写。"] for n in range(1, 41)]
    assert receipts(tmp_path, [*lines, ["借据号", "贷款余额", "贷款用途"], ["J1", 100, USE]])[0] == [100]


def test_subtotals_as_a_workbook_makes_them(tmp_path: Path) -> None:
    found, said = receipts(
        tmp_path, [HEAD, ONE, ["0101 汇总", None, None, 100], TWO, ["0101 汇总", None, None, 200], ["总计", None, None, 300]]
    )
    assert found == [100, 200]
    assert "ingest.subtotal_differs" not in said


@pytest.mark.parametrize(
    ("written", "balances"),
    [
        ('="0001",甲公司,100\n="0002",乙公司,200', [100, 200]),
        ("0001\u200b,甲公司,100\u200b\n\ufeff0002,乙公司,200", [100, 200]),
        ('0001,"甲公司,100\n0002,乙公司,200', [100, 200]),
        ('0001,"甲\n公司",100\n0002,乙公司,200', [100, 200]),
        ('0001,"甲,公司",100\n0002,乙公司,200', [100, 200]),
    ],
)
def test_signs_of_a_file_with_commas_that_are_no_text(tmp_path: Path, written: str, balances: list[int]) -> None:
    path = tmp_path / "b.csv"
    path.write_text(f"\u200b借据号,客户名称,贷款余额\u200b\n{written}\n", "utf-8-sig")
    loans = ingest.read_book([path], as_of=date(2025, 12, 31)).value.loans
    assert loans["receipt_no"].to_pylist() == ["0001", "0002"]
    assert [fen // 100 for fen in loans["balance_fen"].to_pylist()] == balances


@pytest.mark.parametrize("written", ["20230605000000", "2023-06-05T00:00:00+08:00", "05-Jun-2023", "5 June 2023", "2023-06-05 00:00:00.0"])
def test_days_as_systems_stamp_them(written: str) -> None:
    assert read_date(written).value == date(2023, 6, 5)
