"""Bonds, bills, letters of credit and movements of loans, in layouts that treasuries and branches hand in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.ledger_books import LOANS, Grid, bad, codes, read, where

BILL = "131000000000120250101123456789"  # 30 digits


def test_bonds_held_with_title_and_unit(tmp_path: Path) -> None:
    rows: Grid = [
        ["示例银行绿色债券投资台账", None, None, None, None, None, None, None],
        ["数据日期：2025-12-31", None, None, None, None, None, None, "单位：万元"],
        ["交易编号", "债券代码", "债券简称", "发行人", "券面总额", "账面余额", "票面利率(%)", "到期日"],
        ["T1", "019547", "25示例绿债01", "示例投资集团", 5000, "4,999.5", 2.35, "2028-06-30"],
        ["T2", 19548, "25示例绿债02", "示例投资集团", 100, 100, 2.1, 20300630],
        ["T3", "102380001.IB", "25示例绿债03", "示例能源集团", 100, 100, "2.10%", "2030年6月30日"],
        ["合计", None, None, None, 5200, 5199.5, None, None],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "债券": rows})
    bonds = value.bonds.to_pylist()
    assert [b["bond_code"] for b in bonds] == ["019547", "019548", "102380001.IB"]
    assert [b["par_fen"] for b in bonds] == [5_000_000_000, 100_000_000, 100_000_000]
    assert bonds[0]["balance_fen"] == 4_999_500_000
    assert {b["side"] for b in bonds} == {"held"}
    assert [b["coupon_ppm"] for b in bonds] == [23_500, 21_000, 21_000]
    assert [b["due_on"] for b in bonds] == [date(2028, 6, 30), date(2030, 6, 30), date(2030, 6, 30)]
    assert where(problems, "ingest.zero_restored") == ["b.xlsx!债券!B5"]
    assert value.cell("b.xlsx!债券", 4, "par_fen") == "b.xlsx!债券!E4"
    assert not bad(problems)


def test_bonds_issued_with_proceeds_in_yi(tmp_path: Path) -> None:
    rows: Grid = [
        ["债券代码", "债券名称", "发行日期", "到期日期", "募集资金总额（亿元）", "已使用金额（亿元）", "绿色债券支持项目目录"],
        ["2528001.IB", "2025年第一期绿色金融债券", "2025-03-01", "2028-03-01", 30, 12.5, "3.2.1.1"],
        ["2528002.IB", "2025年第二期绿色金融债券", "2025-03-01", "2024-03-01", 10, 11, "3.2.1.1"],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "绿色金融债发行及募集资金使用台账": rows})
    bonds = value.bonds.to_pylist()
    assert [b["side"] for b in bonds] == ["issued", "issued"]
    assert bonds[0]["proceeds_fen"] == 300_000_000_000
    assert bonds[0]["proceeds_used_fen"] == 125_000_000_000
    assert bonds[0]["green_bond_code"] == "3.2.1.1"
    sheet = "b.xlsx!绿色金融债发行及募集资金使用台账"
    assert where(problems, "ingest.used_over_proceeds") == [f"{sheet}!F3"]
    assert where(problems, "ingest.due_before_start") == [f"{sheet}!D3"]


def test_bond_sides_from_a_column_and_from_a_header(tmp_path: Path) -> None:
    mixed: Grid = [["债券代码", "业务方向", "面值（元）"], ["101", "持有", 1], ["102", "主承销", 1], ["103", "本行发行", 1]]
    told: Grid = [["债券代码", "债券名称", "承销金额（亿元）"], ["240001", "示例绿债", 2]]
    silent: Grid = [["债券代码", "债券名称", "面值（元）"], ["240002", "示例绿债", 2]]
    value, problems = read(tmp_path, {"借据": LOANS, "甲": mixed, "乙": told, "丙": silent})
    assert value.bonds["side"].to_pylist() == ["held", "underwritten", "issued", "underwritten", None]
    assert where(problems, "ingest.bond_side_unknown") == ["b.xlsx!丙!1"]


def test_bond_code_in_scientific_notation_is_refused(tmp_path: Path) -> None:
    rows: Grid = [["债券代码", "债券名称", "面值（元）"], ["1.0238E+8", "示例绿债", 2], ["2528001.IB", "示例绿债", "两亿"]]
    value, _ = read(tmp_path, {"借据": LOANS, "债券投资": rows})
    assert value.bonds.num_rows == 0
    assert value.rejected.select(["table", "code"]).to_pylist() == [
        {"table": "bonds", "code": "ingest.id_lost_digits"},
        {"table": "bonds", "code": "ingest.amount_unreadable"},
    ]


def test_bills_keep_thirty_digits(tmp_path: Path) -> None:
    rows: Grid = [
        ["票据号码", "业务种类", "出票人", "票面金额（元）", "余额（元）", "出票日", "到期日", "用途", "银保监绿色融资分类"],
        [BILL, "银行承兑汇票", "示例光伏有限公司", "1,000,000.00", 1_000_000, "2025/10/01", "2026/04/01", "采购组件", "010201"],
        ["1.31E+29", "银行承兑汇票", "示例光伏有限公司", 10, 10, "2025-10-01", "2026-04-01", None, None],
        [1.31e29, "银行承兑汇票", "示例光伏有限公司", 10, 10, "2025-10-01", "2026-04-01", None, None],
        ["131000000000120250101123456790", "贴现", "示例光伏有限公司", 10, 11, "2025-10-01", "2026-04-01", None, None],
        ["131000000000120250101123456791", "贴现", "示例光伏有限公司", None, None, "2025-10-01", "2026-04-01", None, None],
        [None, "贴现", "示例光伏有限公司", 5, 5, "2025-10-01", "2026-04-01", None, None],
        ["131000000000120250101123456792", "贴现", "示例光伏有限公司", 5, 5, "2025-02-30", "2026-04-01", None, None],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "票据台账": rows})
    bills = value.bills.to_pylist()
    assert [b["bill_no"] for b in bills] == [BILL, "131000000000120250101123456790"]
    assert bills[0] | {"source_row": 2} == bills[0]
    assert (bills[0]["amount_fen"], bills[0]["kind"], bills[0]["green_nfra"]) == (100_000_000, "银行承兑汇票", "010201")
    assert [r["code"] for r in value.rejected.to_pylist()] == [
        "ingest.id_lost_digits", "ingest.id_lost_digits", "ingest.amount_missing", "ingest.key_missing", "ingest.date_impossible",
    ]  # fmt: skip
    assert where(problems, "ingest.balance_over_amount") == ["b.xlsx!票据台账!E5"]


def test_bills_twice(tmp_path: Path) -> None:
    rows: Grid = [
        ["票据号码", "票据种类", "票面金额", "票据余额"],
        [BILL, "承兑", 10, 10],
        [BILL, "贴现", 10, 10],  # accepted and discounted by the same bank
        [BILL, "贴现", 10, 10],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "票据": rows})
    assert value.bills["kind"].to_pylist() == ["承兑", "贴现"]
    assert where(problems, "ingest.duplicate_equal") == ["b.xlsx!票据!A4"]


def test_letters_of_credit_and_foreign_currency(tmp_path: Path) -> None:
    rows: Grid = [
        ["信用证编号", "开证申请人", "币种", "信用证金额", "信用证余额", "开证日期", "有效期", "用途"],
        ["LC2025001", "示例光伏有限公司", "人民币", 500, 400, "2025-05-01", "2026-05-01", "进口硅料"],
        ["LC2025002", "示例光伏有限公司", "美元", 500, 400, "2025-05-01", "2026-05-01", "进口硅料"],
        ["LC2025003", "王小明", "人民币", 5, 6, "2025-05-01", "2026-05-01", "王小明个人货款"],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "信用证": rows})
    letters = value.letters.to_pylist()
    assert [(r["letter_no"], r["amount_fen"], r["balance_fen"]) for r in letters] == [
        ("LC2025001", 50_000, 40_000),
        ("LC2025003", 500, 600),
    ]
    assert value.rejected["code"].to_pylist() == ["ingest.currency_unsupported"]
    assert where(problems, "ingest.balance_over_amount") == ["b.xlsx!信用证!E4"]
    assert letters[1]["customer_name"] == "**明"
    assert "王小明" not in str(value.letters.to_pylist()) + str(problems)


def test_drawings_of_a_two_level_header(tmp_path: Path) -> None:
    rows: Grid = [
        ["示例银行贷款放款流水", None, None, None, None],
        ["借据信息", None, "发放信息", None, None],
        ["借据号", "合同号", "放款日期", "放款金额（万元）", "执行利率（%）"],
        ["J001", "H1", "20250110", "0.06", 3.1],
        ["J001", "H1", "20250310", "0.04", 3.1],
        ["J002", "H2", "2025-13-01", 1, 3.1],
        ["小计", None, None, 1.1, None],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "放款流水": rows}, merge={"放款流水": ["A2:B2", "C2:E2"]})
    assert value.loans.num_rows == 3
    moves = value.drawings.to_pylist()
    assert [(m["receipt_no"], m["amount_fen"], m["kind"], m["rate_ppm"]) for m in moves] == [
        ("J001", 60_000, "drawn", 31_000), ("J001", 40_000, "drawn", 31_000)
    ]  # fmt: skip
    assert value.rejected.to_pylist()[0]["table"] == "drawings"
    assert "ingest.drawings_differ" not in codes(problems)  # what was drawn is the balance


def test_repayments_by_flag_by_column_and_by_name(tmp_path: Path) -> None:
    flags: Grid = [["借据编码", "发生日期", "发生额", "贷款发放/收回标识"], ["J001", "2025-01-10", 15, "1"], ["J001", "2025-05-10", 5, "0"]]
    columns: Grid = [["借据号", "交易日期", "放款金额", "还款金额"], ["J002", "2025-01-10", 30, 0], ["J002", "2025-02-10", None, 10]]
    named: Grid = [["借据号", "日期", "还款日期", "发生额"], ["J003", None, "2025-02-10", 10]]
    value, problems = read(tmp_path, {"借据": LOANS, "发生额": flags, "流水": columns, "还款明细": named})
    moves = [(m["receipt_no"], m["kind"], m["amount_fen"]) for m in value.drawings.to_pylist()]
    assert moves == [
        ("J001", "drawn", 1500), ("J001", "repaid", 500), ("J002", "drawn", 3000), ("J002", "repaid", 1000), ("J003", "repaid", 1000),
    ]  # fmt: skip
    assert [p.params["count"] for p in problems if p.code == "ingest.drawings_differ"] == [3]


def test_movements_that_lead_nowhere_or_come_twice(tmp_path: Path) -> None:
    flow: Grid = [
        ["借据号", "发生日期", "发生额", "收付标志"],
        ["J001", "2025-01-10", 1000, "发放"],
        ["J001", "2025-01-10", 1000, "发放"],
        ["J999", "2025-01-10", 1000, "发放"],
        ["J888", "2025-01-10", 1000, "发放"],
        ["J001", "2025-01-10", 1000, "不明"],
        ["J001", None, 1000, "发放"],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "流水": flow})
    assert value.drawings.num_rows == 4
    assert value.rejected["code"].to_pylist() == ["ingest.word_unknown", "ingest.date_missing"]
    link = next(p for p in problems if p.code == "ingest.link_unknown")
    assert (link.where, link.params["count"]) == ("b.xlsx!流水!A4", 2)
    assert link.params["others"] == "b.xlsx!流水!A4, b.xlsx!流水!A5"
    assert where(problems, "ingest.drawing_twice") == ["b.xlsx!流水!C3"]


@pytest.mark.parametrize("missing", ["债券代码", "票据号码", "信用证编号"])
def test_a_ledger_of_papers_does_not_pass_for_loans(tmp_path: Path, missing: str) -> None:
    rows: Grid = [[missing, "余额", "到期日"], ["019547", 10, "2030-01-01"]]
    value, _ = read(tmp_path, {"借据": LOANS, "台账": rows})
    assert value.loans.num_rows == 3
    assert value.bonds.num_rows + value.bills.num_rows + value.letters.num_rows == 1


def test_letters_in_foreign_money_at_the_month_end_rate(tmp_path: Path) -> None:
    rows: Grid = [
        ["信用证编号", "币种", "信用证金额", "信用证余额"],
        ["LC1", "USD", 500, 400],
        ["LC2", "EUR", 500, 400],
        ["LC3", "CNY", 500, 400],
    ]
    rates: Grid = [["币种", "日期", "汇率"], ["USD", "2025-12-31", 7.1], ["USD", "2025-11-30", 7.2]]
    value, problems = read(tmp_path, {"借据": LOANS, "信用证": rows, "汇率": rates})
    assert value.letters["amount_fen"].to_pylist() == [355_000, 50_000]
    assert value.letters["balance_fen"].to_pylist() == [284_000, 40_000]
    assert value.rejected["code"].to_pylist() == ["ingest.rate_missing"]
    assert "ingest.rate_used" in codes(problems)
