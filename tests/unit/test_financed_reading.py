"""Exposures as banks have them: flat files with borrowers' data beside the loans, books of several sheets, month ends, foreign money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from openpyxl import Workbook

from greenfin.core.problems import Problem, Refused
from greenfin.financed.exposures import of_book
from greenfin.ingest import Holdings, read_exposures
from greenfin.ingest.exposures import NO_CURRENCY
from greenfin.ingest.foreign_headers import foreign_money, split_header
from greenfin.reference.load import load

DAY = date(2025, 12, 31)
WAN = 10**6


def read(path: Path, *, rates: Path | None = None) -> tuple[Holdings, Sequence[Problem]]:
    found = read_exposures([path], as_of=None, otherwise=DAY, reference=load(), rates=rates)
    return found.value, found.problems


def flat(folder: Path, text: str, *, rates: Path | None = None) -> tuple[pa.Table, list[str]]:
    path = folder / "f.csv"
    path.write_text(text, encoding="utf-8")
    found, problems = read(path, rates=rates)
    return found.flat, [p.code for p in problems]


def test_chinese_headers_with_units(tmp_path: Path) -> None:
    head = "借据号,客户编号,行业代码,贷款余额(万元),月均余额(万元),营业收入(亿元),资产总额(百万元),"
    head += "范围一排放(万吨),范围二排放(吨),排放数据来源,企业规模\n"
    table, _ = flat(tmp_path, head + "001,K1,C3011,6000,5000,12,2000,50,20000,第三方核查,大型\n")
    (row,) = table.to_pylist()
    assert (row["balance_fen"], row["average_fen"], row["average_kind"]) == (6000 * WAN, 5000 * WAN, "monthly")
    assert (row["revenue_fen"], row["assets_fen"]) == (120_000 * WAN, 200_000 * WAN)
    assert (row["emission_s1_t"], row["emission_s2_t"]) == (500_000.0, 20_000.0)
    assert (row["emission_source"], row["scale"], row["industry"], row["source_cell"]) == ("reported_verified", "large", "3011", "f.csv!2")


def test_english_headers_in_a_foreign_currency_stay_in_it(tmp_path: Path) -> None:
    text = "id,asset_class,outstanding_eur_m,equity_eur_m,debt_eur_m,emissions_t\n1,business loan,20,80,20,1000\n"
    table, codes = flat(tmp_path, text)
    (row,) = table.to_pylist()
    assert (row["currency"], row["balance_fen"], row["equity_fen"], row["emission_t"]) == ("EUR", 2 * 10**9, 8 * 10**9, 1000.0)
    assert "ingest.own_currency" in codes


def test_foreign_money_is_converted_at_the_rates_given(tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("币种,日期,中间价\n美元,2025-12-31,7.0\n", encoding="utf-8")
    text = "借据号,币种,贷款余额(万元),营业收入(万元),排放量(吨)\nA,美元,100,9000,5\nB,人民币,100,9000,5\nC,欧元,100,9000,5\n"
    table, codes = flat(tmp_path, text, rates=rates)
    assert table["balance_fen"].to_pylist() == [700 * WAN, 100 * WAN, None]
    assert table["revenue_fen"].to_pylist() == [9000 * WAN] * 3  # its header names yuan
    assert table["currency"].to_pylist() == ["CNY", "CNY", "EUR"]
    assert "ingest.exposure_rate_missing" in codes


def test_a_currency_that_nobody_knows_is_not_yuan(tmp_path: Path) -> None:
    table, codes = flat(tmp_path, "借据号,币种,贷款余额,营业收入,排放量,数据来源\n1,火星币,5,9,7,碳市场履约\n2,人民币,5,9,7,核查报告\n")
    assert table["currency"].to_pylist() == [NO_CURRENCY, "CNY"]
    assert table["balance_fen"].to_pylist() == [None, 500]
    assert table["emission_source"].to_pylist() == ["ets", "reported_verified"]
    assert "ingest.exposure_rate_missing" in codes


def test_month_ends_are_averaged_and_months_before_drawdown_count_as_nothing(tmp_path: Path) -> None:
    months = ",".join(f"{month}月末余额(万元)" for month in range(1, 13))
    table, codes = flat(tmp_path, f"借据号,营业收入(万元),碳排放量(吨),{months}\nA,900,5,{',' * 6}{','.join(['1200'] * 6)}\n")
    (row,) = table.to_pylist()
    assert (row["average_fen"], row["average_kind"], row["balance_fen"]) == (600 * WAN, "monthly", 1200 * WAN)
    assert "ingest.month_ends_averaged" in codes
    assert "ingest.column_unknown" not in codes


def test_rows_of_months_are_one_exposure_with_their_average(tmp_path: Path) -> None:
    rows = "".join(f"A,2025-{month:02}-28,K1,900,5,{1200 if month > 6 else 0}\n" for month in range(1, 13))
    table, codes = flat(tmp_path, f"借据号,月份,客户编号,营业收入(万元),碳排放量(吨),余额(万元)\n{rows}B,2025-12-31,K2,9,9,240\n")
    first, second = table.to_pylist()
    assert (first["average_fen"], first["balance_fen"], first["average_kind"]) == (600 * WAN, 1200 * WAN, "monthly")
    assert (second["exposure_id"], second["average_fen"]) == ("B", 20 * WAN)  # months before drawdown count as nothing
    assert "ingest.month_ends_averaged" in codes
    assert "ingest.duplicate_unequal" not in codes


def test_a_sheet_of_months_gives_the_averages_of_the_loans_of_another(tmp_path: Path) -> None:
    months: list[list[object]] = [["J1", f"{month}月", 100 * month] for month in range(1, 13)]
    loans: list[list[object]] = [["借据号", "客户编号", "营业收入(万元)", "碳排放量(吨)", "贷款余额(万元)"], ["J1", "K1", 900, 5, 1200]]
    path = book_of(tmp_path, {"敞口": loans, "月末余额": [["借据号", "月份", "余额(万元)"], *months]})
    found, problems = read(path)
    (row,) = found.flat.to_pylist()
    assert (row["average_fen"], row["balance_fen"], len(found.book.loans)) == (650 * WAN, 1200 * WAN, 0)
    assert "ingest.month_ends_averaged" in [p.code for p in problems]


def test_one_exposure_in_two_files_is_compared(tmp_path: Path) -> None:
    head = "借据号,贷款余额(万元),营业收入(万元),排放量(吨)\n"
    for name, rows in (("a.csv", "1,5,9,7\n2,5,9,7\n"), ("b.csv", "2,5,9,7\n3,5,9,7\n1,6,9,7\n")):
        (tmp_path / name).write_text(head + rows, encoding="utf-8")
    found = read_exposures([tmp_path / "a.csv", tmp_path / "b.csv"], as_of=None, otherwise=DAY, reference=load())
    assert found.value.flat["exposure_id"].to_pylist() == ["2", "3"]
    assert {p.code for p in found.problems} >= {"ingest.duplicate_equal", "ingest.duplicate_unequal"}


def test_a_daily_average_is_called_so(tmp_path: Path) -> None:
    table, _ = flat(tmp_path, "借据号,日均余额(万元),营业收入(万元),排放量(吨)\nA,7,900,5\n")
    assert table["average_kind"].to_pylist() == ["daily"]


def book_of(folder: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book["Sheet"])
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


def test_sheets_of_a_book_are_joined(tmp_path: Path) -> None:
    path = book_of(
        tmp_path,
        {
            "借据": [
                ["数据日期：2025年12月31日"],
                ["借据号", "客户编号", "统一社会信用代码", "贷款余额（万元）", "月均余额（万元）", "贷款投向行业", "项目编号", "发放日"],
                ["J1", "K1", None, 600, 500, "3011", None, "2025-12-01"],
                ["J2", None, None, 900, 800, "4411", "P1", "2024-01-01"],
                ["J3", "K9", None, 10, 10, "3011", None, "2024-01-01"],
            ],
            "客户": [
                ["客户编号", "企业规模", "营业收入（万元）", "资产总额（万元）", "范围一排放（吨）", "范围三排放（吨）"],
                ["K1", "大型", 9000, 20000, 50, 7],
            ],
            "项目": [["项目编号", "项目总投资（万元）", "项目碳排放量（万吨）"], ["P1", 4000, 2]],
        },
    )
    found, _ = read(path)
    made = of_book(found.book, reference=load(), flat=found.flat)
    loan, project, unknown = made.value.to_pylist()
    assert (loan["revenue_fen"], loan["emission_s1_t"], loan["emission_s3_t"], loan["scale"]) == (9000 * WAN, 50.0, 7.0, "large")
    assert (loan["asset_class"], loan["section"], loan["days_outstanding"]) == ("business_loan", "C", 31)
    assert (project["asset_class"], project["emission_t"], project["emission_of"]) == ("project_finance", 20_000.0, "project")
    assert project["project_total_invest_fen"] == 4000 * WAN
    assert unknown["revenue_fen"] is None
    assert [p.code for p in made.problems] == ["financed.customer_unknown"]


def test_what_arises_abroad_by_the_mark_of_the_loan_or_of_the_customer(tmp_path: Path) -> None:
    table, _ = flat(tmp_path, "借据号,境内外,贷款余额,企业排放总量(吨)\n1,境外,5,7\n2,境内,5,7\n")
    assert table["is_abroad"].to_pylist() == [True, False]
    path = book_of(
        tmp_path,
        {
            "借据": [
                ["数据日期：2025年12月31日"],
                ["借据号", "客户编号", "贷款余额（万元）", *(f"{month}月末余额（万元）" for month in range(1, 13))],
                *([name, customer, 600, *[600] * 12] for name, customer in (("J1", "K1"), ("J2", "K2"))),
            ],
            "客户": [
                ["客户编号", "企业规模", "境内外", "碳排放数据来源"],
                ["K1", "大型", "境外", "企业自报"],
                ["K2", "大型", "境内", None],
            ],
        },
    )
    found, problems = read(path)
    made = of_book(found.book, reference=load(), flat=found.flat).value
    assert made["is_abroad"].to_pylist() == [True, False]
    assert made["emission_source"].to_pylist() == ["reported", None]
    assert (made["average_kind"].to_pylist(), "ingest.column_unknown" in {p.code for p in problems}) == (["monthly"] * 2, False)


def test_a_number_that_stands_twice_counts_once_or_where_the_rows_differ_not_at_all(tmp_path: Path) -> None:
    twice = "借据号,贷款余额,排放量(吨)\n1,5,7\n1,5,7\n2,5,7\n2,6,7\n3,5,7\n,5,7\n,5,7\n"
    table, codes = flat(tmp_path, twice)
    assert table["exposure_id"].to_pylist()[:2] == ["1", "3"]
    assert len(table) == 4
    assert [codes.count(code) for code in ("ingest.duplicate_equal", "ingest.duplicate_unequal")] == [1, 2]
    held, said = flat(tmp_path, "债券代码,资产类别,持有余额,排放量(吨)\nB1,公司债,5,7\nB1,公司债,6,7\n")
    assert (len(held), "ingest.duplicate_unequal" in said) == (2, False)


def test_a_building_with_energy_per_area_in_its_header(tmp_path: Path) -> None:
    table, _ = flat(
        tmp_path, "借据号,资产类别,贷款余额,放款时价值,建筑面积(平方米),单位面积能耗(千瓦时/平方米)\n1,个人住房按揭贷款,5,9,100,50\n"
    )
    (row,) = table.to_pylist()
    assert (row["asset_class"], row["consumption"], row["consumption_unit"]) == ("mortgage", 50.0, "千瓦时/(平方米)")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(Refused):
        read(path)


@pytest.mark.parametrize(
    ("text", "code", "unit"), [("eur_m", "EUR", "MCNY"), ("万美元", "USD", "万CNY"), ("USD mn", "USD", "MCNY"), ("港币", "HKD", "CNY")]
)
def test_currencies_and_scales_in_headers(text: str, code: str, unit: str) -> None:
    assert foreign_money(text) == (code, unit)
    assert split_header(f"贷款余额({text})") == ("贷款余额", (code, unit))


def test_yuan_is_no_foreign_money() -> None:
    assert foreign_money("万元") is None
    assert split_header("贷款余额(万元)") is None
