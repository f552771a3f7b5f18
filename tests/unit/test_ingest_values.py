"""Cells as banks write them -> values."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from greenfin.core.problems import Severity
from greenfin.ingest.cells import Read, distinct, is_blank, numbered, read_cells
from greenfin.ingest.codes import (
    industry_reader,
    is_uscc,
    read_code,
    read_edition,
    read_flag,
    read_id,
    read_purpose,
    read_region,
    read_unit,
    read_uscc,
    word_reader,
)
from greenfin.ingest.dates import read_date, read_period, read_year
from greenfin.ingest.grids import CellValue, column_letter, column_number
from greenfin.ingest.headers import read_header
from greenfin.ingest.numbers import money_reader, ppm_reader, rate_scale, share_scale, sure_amounts
from greenfin.ingest.vocabulary import aliases, allowed, column_of, fields, kinds, marks, measures


def code(read: Read) -> str:
    return read.problem.code if read.problem else ""


@pytest.mark.parametrize(
    ("cell", "unit", "fen"),
    [
        (1234.5, "元", 123450),
        ("１，２３４．５０", "元", 123450),
        ("1,234.50", "元", 123450),
        ("263.1亿", "元", 2_631_000_000_000),
        ("1.2万元", "元", 1_200_000),
        ("1.2亿", "万元", 12_000_000_000),
        (0.1, "万元", 100_000),
        (123.456789, "万元", 123456789),
        ("¥ 5.00", "元", 500),
        ("人民币5元", "元", 500),
        ("(1,000.00)", "元", -100_000),
        ("0.00 ", "元", 0),
        (0, "元", 0),
        ("0.005", "元", 1),
        ("1.5e3", "元", 150_000),
        (0.29, "元", 29),
        (1.005, "元", 101),
    ],
)
def test_money(cell: CellValue, unit: str, fen: int) -> None:
    assert money_reader(unit)(cell).value == fen


@pytest.mark.parametrize("cell", ["", " ", "—", "-", "－", "/", "无", "N/A", "n/a", None, float("nan"), "　"])
def test_blank_is_empty_and_never_zero(cell: CellValue) -> None:
    assert is_blank(cell)
    assert money_reader("元")(cell).value is None
    assert money_reader("元")(cell).problem is None


@pytest.mark.parametrize("cell", ["1.2.3", "12,34", "约100", "100左右", True, date(2025, 1, 1), "十万", float("inf"), "3吨"])
def test_not_money(cell: CellValue) -> None:
    read = money_reader("元")(cell)
    assert read.value is None
    assert read.problem
    assert read.problem.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("20231231", date(2023, 12, 31)),
        (20231231.0, date(2023, 12, 31)),
        ("2023.12.31", date(2023, 12, 31)),
        ("2023/1/5", date(2023, 1, 5)),
        ("2023年12月31日", date(2023, 12, 31)),
        ("2023 年 12 月 31 日", date(2023, 12, 31)),
        ("2023-12-31 00:00:00", date(2023, 12, 31)),
        ("２０２３－１２－３１", date(2023, 12, 31)),
        (45291, date(2023, 12, 31)),
        ("44927.0", date(2023, 1, 1)),
        (datetime(2023, 12, 31, 8), date(2023, 12, 31)),  # noqa: DTZ001  # cells are naive
        ("99991231", None),
        ("9999-12-31", None),
        ("00010101", None),
        ("00000000", None),
        (date(1900, 1, 1), None),
        ("—", None),
    ],
)
def test_dates(cell: CellValue, day: date | None) -> None:
    read = read_date(cell)
    assert read.value == day
    assert code(read) in ("", "ingest.date_serial")


@pytest.mark.parametrize(
    ("cell", "wrong"),
    [("20230229", "impossible"), ("2023-13-01", "impossible"), ("12/31/2023", "unreadable"), (7, "unreadable"), (True, "unreadable")],
)
def test_no_dates(cell: CellValue, wrong: str) -> None:
    assert code(read_date(cell)) == f"ingest.date_{wrong}"


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("202503", "2025-03-01"),
        ("2025-3", "2025-03-01"),
        ("2025年3月", "2025-03-01"),
        ("3月", "03"),
        (3.0, "03"),
        ("2025年", "2025"),
        (2025.0, "2025"),
        (date(2025, 3, 9), "2025-03-01"),
        ("2025-03-31", "2025-03-01"),
    ],
)
def test_months(cell: CellValue, month: str) -> None:
    assert read_period(cell).value == month


def test_years() -> None:
    assert [read_year(cell).value for cell in (2025.0, "2025", "2025年", "2025年度", date(2025, 5, 1))] == [2025] * 5
    assert code(read_year("去年")) == "ingest.year_unreadable"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'0123", "0123"),
        (" ａｂ１ ", "ab1"),
        ("123.0", "123"),
        (123.0, "123"),
        (20240112345678, "20240112345678"),
        ("JJ-0001E5", "JJ-0001E5"),
        ("00102", "00102"),
    ],
)
def test_ids(cell: CellValue, text: str) -> None:
    assert read_id(cell).value == text


@pytest.mark.parametrize("cell", ["2.02401E+13", "2.02401e+13", 9.132030006948006e16, 1.5])
def test_ids_that_lost_digits(cell: CellValue) -> None:
    assert code(read_id(cell)) == "ingest.id_lost_digits"


KNOWN = {"0111": object(), "2662": object(), "4416": object()}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("C2662-专项化学用品制造", "2662"),
        ("[D4416]太阳能发电", "4416"),
        (111.0, "0111"),
        ("111", "0111"),
        ("A0111", "0111"),
        ("4416", "4416"),
        ("个人贷款", "个人贷款"),
        ("3.对境外贷款", "3.对境外贷款"),
        ("2.22买断式转贴现", "2.22买断式转贴现"),
    ],
)
def test_industry(cell: CellValue, value: str) -> None:
    assert industry_reader(KNOWN)(cell).value == value


@pytest.mark.parametrize("cell", ["9999", "D44", "441", "光伏", "44161"])
def test_no_industry(cell: CellValue) -> None:
    assert code(industry_reader(KNOWN)(cell)) == "ingest.industry_unknown"


def test_regions() -> None:
    assert [read_region(c).value for c in (510100.0, "510100", "510100成都市", "510104001002", "51", "四川省", "cn-sc")] == [
        "510100",
        "510100",
        "510100",
        "510104",
        "510000",
        "四川省",
        "CN-SC",
    ]
    assert code(read_region("12号地块")) == "ingest.region_unknown"


def credit_code(body: str) -> str:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(sign) * 3**place for place, sign in enumerate(body))
    return body + signs[-total % 31]


def test_credit_codes() -> None:
    bodies = [f"91510100MA{n:07d}" for n in range(300)]
    codes = [credit_code(body) for body in bodies]
    assert all(is_uscc(text) for text in codes)
    assert any(text.endswith("0") for text in codes)
    wrong = [body + ("1" if text[-1] != "1" else "2") for body, text in zip(bodies, codes, strict=True)]
    assert not any(is_uscc(text) for text in wrong)
    assert not is_uscc("91510100MAI0000000")
    assert read_uscc(codes[0].lower()).value == codes[0]
    assert code(read_uscc(wrong[0])) == "ingest.credit_code_wrong"


def test_identity_numbers_are_not_kept() -> None:
    kept = str(read_uscc("510104199001011234").value)
    assert kept.startswith("510104")
    assert len(kept) == 6 + 32
    assert "199001011234" not in kept
    assert code(read_uscc("510104199001011234")) == "ingest.identity_number_dropped"
    masked = read_purpose("购房，联系电话13800138000，身份证510104199001011234")
    assert isinstance(masked.value, str)
    assert "13800138000" not in masked.value
    assert "510104199001011234" not in masked.value
    assert len(masked.value) == len("购房，联系电话13800138000，身份证510104199001011234")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("是", True),
        ("Y", True),
        (1.0, True),
        ("√", True),
        ("有", True),
        (True, True),
        ("TRUE", True),
        ("否", False),
        ("Ｎ", False),
        (0.0, False),
        ("无", False),
        ("", None),
        ("—", None),
    ],
)
def test_flags(cell: CellValue, value: bool | None) -> None:
    assert read_flag(cell).value is value


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("loan.class5", "正常一级", "normal"),
        ("loan.class5", "QL02", "special_mention"),
        ("loan.class5", "SS", "substandard"),
        ("loan.class5", 4.0, "doubtful"),
        ("loan.class5", "损失类", "loss"),
        ("loan.currency", "RMB", "CNY"),
        ("loan.currency", 156.0, "CNY"),
        ("loan.currency", "01", "CNY"),
        ("proj.stage", "已投产", "operation"),
        ("ben.basis", "设计值", "design"),
    ],
)
def test_words(field: str, cell: CellValue, value: str) -> None:
    assert word_reader(field)(cell).value == value


def test_class_codes_must_be_text() -> None:
    assert read_code("3.20").value == "3.20"
    assert code(read_code(3.2)) == "ingest.code_ambiguous"
    assert code(read_code(date(2025, 4, 1))) == "ingest.code_ambiguous"
    assert read_edition("绿色产业指导目录（2019年版）").value == "green-industry-2019"


def test_rates_have_one_unit_per_column() -> None:
    def read(cells: list[CellValue], unit: str = "", times: int = 1) -> list[object]:
        reader = ppm_reader(rate_scale(cells, unit=unit), times=times, lowest=5_000, highest=240_000)
        return [reader(cell).value for cell in cells]

    assert read([4.35, 3.0]) == [43500, 30000]
    assert read([0.0435, 0.03]) == [43500, 30000]
    assert read(["4.35%", "3"]) == [43500, 30000]
    assert read([3.625], unit="permille", times=12) == [43500]
    assert read([0.0435, 0.03], unit="percent") == [43500, 30000]
    assert read([4.35, 3.1, 0.0435]) == [43500, 31000, None]


def test_shares() -> None:
    reader = ppm_reader(share_scale([0.5, 1.0], unit=""), times=1, lowest=0, highest=1_000_000)
    assert [reader(c).value for c in (0.5, 1.0, "60%")] == [500_000, 1_000_000, 600_000]
    reader = ppm_reader(share_scale([50, 100], unit=""), times=1, lowest=0, highest=1_000_000)
    assert [reader(c).value for c in (50, 100)] == [500_000, 1_000_000]


@pytest.mark.parametrize(
    ("text", "field", "unit"),
    [
        ("贷款余额（万元）", "loan.balance", "万元"),
        ("贷款余额\n(元)", "loan.balance", "元"),
        (" 贷 款 余 额 ", "loan.balance", ""),
        ("贷款余额（折人民币）（万元）", "loan.balance_rmb", "万元"),
        ("贷款余额万元", "loan.balance", "万元"),
        ("贷款余额【单位：亿元】", "loan.balance", "亿元"),
        ("执行利率（年化）", "loan.rate", ""),
        ("执行利率(%)", "loan.rate", "percent"),
        ("*借据号（必填）", "loan.receipt_no", ""),
        ("年上网电量(万千瓦时)", "input.supply", "万千瓦时"),
        ("日处理水量（立方米/日）", "input.flow", "立方米/(日)"),
        ("进水COD浓度(mg/L)", "input.cod_in", "mg/(L)"),
        ("百公里油耗（升/百公里）", "input.fuel_before", "升/(百公里)"),
        ("balance_fen", "loan.balance", "fen"),
        ("用电量（度）", "item.electricity", "度"),
        ("1. 借据号", "loan.receipt_no", ""),
        ("天然气（万立方米）", "item.natural_gas", "万立方米"),
        ("单位产品能耗（改造前）（kgce/t）", "input.energy_before", "kgce/(t)"),
    ],
)
def test_headers(text: str, field: str, unit: str) -> None:
    found = read_header(text)
    assert field in found.fields
    assert found.unit == unit


def test_headers_with_basis_and_year() -> None:
    assert read_header("设计年上网电量（万千瓦时）").basis == "design"
    assert read_header("年上网电量（实际值）").basis == "actual"
    assert read_header("2025年上网电量（万千瓦时）").year == 2025
    assert not read_header("随便什么").fields


def test_units() -> None:
    assert read_unit("MWh").value == "MWh"
    assert code(read_unit("葫芦")) == "ingest.unit_unknown"


def test_distinct_keeps_a_tick_box_from_a_number() -> None:
    values, codes = distinct([True, 1.0, 1.0, "1"])
    assert values == ["TRUE", 1.0, "1"]
    assert codes.tolist() == [0, 1, 1, 2]


def test_every_fault_has_its_rows() -> None:
    import pyarrow as pa

    read = read_cells(["a", "1", "b", "a", None], money_reader("元"), dtype=pa.int64())
    assert read.values.to_pylist() == [None, 100, None, None, None]
    assert {tuple(rows.tolist()) for rows, _ in read.faults} == {(0, 3), (2,)}


def test_letters() -> None:
    assert [column_number(column_letter(n)) for n in (1, 26, 27, 702, 703, 16384)] == [1, 26, 27, 702, 703, 16384]


def test_dictionaries_fit_together() -> None:
    for kind in kinds().values():
        named = {f for group in (*kind.needs, *kind.must) for f in group if not f.endswith(".*")}
        assert named <= allowed(kind.id), kind.id
        assert {f for f in allowed(kind.id) if not f.endswith(".*")} <= set(fields()) | set(column_of(kind.table) if kind.table else ()), (
            kind.id
        )
    assert {f for ids in aliases().values() for f in ids} >= set(measures())


@pytest.mark.parametrize("unit", ["CNY", "万CNY", "亿CNY"])
def test_amounts_that_need_no_reader_are_those_it_gives(unit: str) -> None:
    cells: list[CellValue] = [
        0.0,
        -0.0,
        0.1,
        1234.56,
        -0.07,
        123.456789,
        1e-320,
        1e15,
        1e308,
        99999999999.99,
        0.1 + 0.2,
        float("nan"),
        None,
    ]
    cells += [n / 100 for n in range(1, 10_000, 37)]
    known = sure_amounts(cells, unit=unit)
    assert known is not None
    assert known.null_count < len(cells) / 2
    read = money_reader(unit)
    assert all(fen is None or fen == read(cell).value for cell, fen in zip(cells, known.to_pylist(), strict=True))
    assert sure_amounts(["1.2亿", 3.0], unit=unit) is None


def test_no_word_of_a_list_is_taken_for_the_number_of_a_record() -> None:
    words = [*aliases(), *(word for found in marks().values() if isinstance(found, list) for word in found if isinstance(word, str))]
    assert not numbered(words).any()
    assert numbered(["JJ00000123", None, "JJ 00000123", "1E100000", "0012345678"]).tolist() == [True, False, False, False, True]
