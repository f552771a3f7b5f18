"""Ledgers of joint-stock banks and leasing companies: which of several columns is meant, and units that only a number format says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from greenfin.core.problems import Problem
from greenfin.core.records import Book
from greenfin.ingest import read_book, read_exposures, read_operations
from greenfin.ingest.formats import unit_shown
from greenfin.ingest.headers import read_header
from greenfin.reference.load import load

AS_OF = date(2024, 12, 31)
HEAD = ("借据号", "客户名称", "贷款用途", "贷款投向行业", "币种")
USE = "用于示例市集中式光伏电站项目的组件与逆变器采购及安装工程款项支付"
Rows = Sequence[Sequence[object]]


def workbook(path: Path, rows: Rows, *, formats: Sequence[tuple[str, str]] = (), merge: Sequence[str] = (), name: str = "借据") -> Path:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for cell, code in formats:
        sheet[cell].number_format = code
    for area in merge:
        sheet.merge_cells(area)
    made.save(path)
    return path


def ledger(extra: Sequence[str], *rows: Sequence[object]) -> list[list[object]]:
    body = [[f"JJ{i}", "甲公司", USE, "D4416", "CNY", *row] for i, row in enumerate(rows)]
    return [[*HEAD, *extra], *body]


def read(path: Path) -> tuple[Book, tuple[Problem, ...]]:
    outcome = read_book([path], as_of=AS_OF)
    return outcome.value, outcome.problems


def balances(book: Book) -> list[float]:
    return [fen / 100 for fen in book.loans["balance_fen"].to_pylist()]


@pytest.mark.parametrize(
    ("headers", "row"),
    [
        (("2023年12月31日余额", "2024年12月31日余额"), (900, 500)),
        (("2023年末余额", "2024年6月末余额"), (900, 500)),
        (("2024年6月30日余额", "2023年12月31日余额"), (500, 900)),
        (("余额（上年末）", "余额（本年末）"), (900, 500)),
        (("贷款余额", "2023年末贷款余额"), (500, 900)),
        (("贷款余额", "我行贷款余额"), (2500, 500)),
        (("本行份额余额", "贷款余额"), (500, 2500)),
        (("银团贷款余额", "我行贷款余额"), (2500, 500)),
    ],
)
def test_the_balance_of_the_day_and_of_the_bank_itself_is_read(tmp_path: Path, headers: tuple[str, ...], row: tuple[int, ...]) -> None:
    book, _ = read(workbook(tmp_path / "b.xlsx", ledger(headers, row)))
    assert balances(book) == [500]


def test_the_last_of_two_year_ends_in_two_rows_of_header_is_read(tmp_path: Path) -> None:
    above: list[object] = [*HEAD, "2023年末", "", "2024年末", ""]
    below: list[object] = [*[""] * len(HEAD), *["贷款余额", "五级分类"] * 2]
    row: list[object] = ["JJ1", "甲公司", USE, "D4416", "CNY", 900, "关注", 500, "正常"]
    book, problems = read(workbook(tmp_path / "b.xlsx", [above, below, row], merge=("F1:G1", "H1:I1")))
    assert (balances(book), book.loans["class5"].to_pylist()) == ([500], ["normal"])
    assert [p.where[-2:] for p in problems if p.code == "ingest.column_twice"] == ["F2", "G2"]


def test_a_group_says_the_unit_of_the_amounts_under_it(tmp_path: Path) -> None:
    above: list[object] = [*HEAD, "金额（万元）", "", "执行利率"]
    below: list[object] = [*[""] * len(HEAD), *["合同金额", "贷款余额", ""]]
    row: list[object] = ["JJ1", "甲公司", USE, "D4416", "CNY", 800, 500, 3.45]
    book, _ = read(workbook(tmp_path / "b.xlsx", [above, below, row], merge=("F1:G1",)))
    assert (balances(book), book.loans["amount_fen"].to_pylist()) == ([5_000_000], [800_000_000])
    assert book.loans["rate_ppm"].to_pylist() == [34_500]


def test_a_further_header_with_its_columns_in_another_order_begins_another_block(tmp_path: Path) -> None:
    one: list[list[object]] = ledger(("合同金额", "贷款余额"), (800, 500))
    other: list[list[object]] = [[*HEAD, "贷款余额", "合同金额"], ["JJ9", "乙公司", USE, "D4416", "CNY", 300, 700]]
    path = tmp_path / "b.csv"
    path.write_text("\n".join(",".join(str(cell) for cell in row) for row in [*one, *other]), "utf-8")
    book, _ = read(path)
    assert (balances(book), book.loans["amount_fen"].to_pylist()) == ([500, 300], [80_000, 70_000])


@pytest.mark.parametrize(
    ("code", "cell", "yuan"),
    [
        ('0.00"万元"', 268.15, 2_681_500),
        ("#,##0.00\\万\\元;[Red]-#,##0.00\\万\\元", 268.15, 2_681_500),
        ('0.0000"亿元"', 1.25, 125_000_000),
        ('0!.0,"万元"', 2_681_500, 2_681_500),
        ('0.00,,"百万元"', 2_681_500, 2_681_500),
        ("#,##0,", 2_681_500, 2_681_500),
        ('#,##0.00"元"', 2_681_500, 2_681_500),
    ],
)
def test_a_number_is_in_the_unit_that_its_format_writes_behind_it(tmp_path: Path, code: str, cell: float, yuan: float) -> None:
    rows = ledger(("贷款余额",), (cell,), (cell,))
    book, problems = read(workbook(tmp_path / "b.xlsx", rows, formats=[("F2", code), ("F3", code)]))
    assert balances(book) == [yuan, yuan]
    assert ("ingest.unit_in_cell" in [p.code for p in problems]) is (cell != yuan)


def test_a_rate_in_permille_by_its_format_is_of_a_month_and_power_takes_its_unit(tmp_path: Path) -> None:
    path = workbook(tmp_path / "b.xlsx", ledger(("贷款余额", "利率"), (500, 2.875)), formats=[("G2", '0.000"‰"')])
    book, problems = read(path)
    assert book.loans["rate_ppm"].to_pylist() == [34_500]
    assert "ingest.permille_as_monthly" in [p.code for p in problems]
    rows: list[list[object]] = [["场所", "月份", "用电量"], *(["总行", f"2024-{month:02d}", 0.06] for month in range(1, 13))]
    power = workbook(tmp_path / "o.xlsx", rows, formats=[(f"C{row}", '0.00"万千瓦时"') for row in range(2, 14)], name="用电")
    assert set(read_operations(power, year=2024).value.operations["unit"].to_pylist()) == {"万千瓦时"}


def test_formats_of_days_and_of_counts_say_no_unit() -> None:
    assert [unit_shown(code) for code in ('yyyy"年"m"月"d"日"', '0"笔"', '0"天"', "0.00%", "General", '"金额"0.00')] == [""] * 6


def test_a_header_with_a_day_knows_which_end_of_month_it_is() -> None:
    said = [read_header(text).month for text in ("2024年末余额", "2024年11月30日余额", "2024年余额", "余额")]
    assert said == [12 * 2024 + 12, 12 * 2024 + 11, 12 * 2024 + 12, None]
    assert read_header("余额（上年末）").fields == read_header("上年末余额").fields == ("loan.prior_balance",)


def exposures(path: Path) -> tuple[list[dict[str, object]], list[str]]:
    found = read_exposures([path], as_of=AS_OF, otherwise=AS_OF, reference=load())
    return found.value.flat.to_pylist(), [p.code for p in found.problems]


def test_a_denominator_in_dollars_beside_a_balance_in_yuan_is_not_taken_as_it_stands(tmp_path: Path) -> None:
    head: list[object] = ["持仓编号", "资产类别", "余额(万元)", "EVIC(USD mn)", "范围一排放(吨)"]
    rows, codes = exposures(workbook(tmp_path / "p.xlsx", [head, ["A1", "上市股权", 1000, 100, 5000]], name="持仓"))
    assert (rows[0]["balance_fen"], rows[0]["evic_fen"]) == (1_000_000_000, None)
    assert "ingest.exposure_rate_missing" in codes
    assert "ingest.own_currency" not in codes


def test_each_block_of_a_sheet_of_holdings_has_its_own_columns(tmp_path: Path) -> None:
    made: list[list[object]] = [
        ["持仓编号", "资产类别", "余额(万元)", "EVIC(万元)", "范围一排放(吨)", "范围二排放(吨)"],
        ["A1", "上市股权", 1000, 100_000, 5000, 1000],
        [],
        ["商业地产"],
        ["持仓编号", "资产类别", "余额(万元)", "放款时价值(万元)", "用电量(千瓦时)"],
        ["A4", "商业地产", 800, 2000, 2_500_000],
    ]
    rows, _ = exposures(workbook(tmp_path / "p.xlsx", made, name="持仓"))
    assert [(r["exposure_id"], r["evic_fen"], r["value_at_origination_fen"], r["energy_mwh"]) for r in rows] == [
        ("A1", 100_000_000_000, None, None),
        ("A4", None, 2_000_000_000, 2500.0),
    ]


@pytest.mark.parametrize(
    ("name", "is_read"), [("美元贷款", False), ("USD台账", False), ("欧元", False), ("人民币贷款", True), ("欧洲分行", True)]
)
def test_amounts_of_a_sheet_named_after_a_foreign_currency_are_no_yuan(tmp_path: Path, name: str, is_read: bool) -> None:
    rows: list[list[object]] = [["借据号", "客户名称", "贷款用途", "贷款余额"], ["JJ1", "甲公司", USE, 500]]
    book, problems = read(workbook(tmp_path / "b.xlsx", rows, name=name))
    assert balances(book) == ([500] if is_read else [])
    assert ("ingest.unit_of_column_unknown" in [p.code for p in problems]) is not is_read
    rated = [["币种", *rows[0]], ["USD", *rows[1]]]
    assert "ingest.currency_unsupported" in [p.code for p in read(workbook(tmp_path / "c.xlsx", rated, name="美元贷款"))[1]]
