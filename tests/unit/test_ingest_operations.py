"""Sheets of the own operations as banks bill and publish them: items, units, meters, billing periods, lists of a year."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from greenfin.core.problems import Problem, Refused
from greenfin.core.units import ratio
from greenfin.ingest import read_operations
from greenfin.ingest.item_names import item_named

Rows = list[dict[str, object]]


def read(folder: Path, text: str, *, year: int | None = None) -> tuple[Rows, tuple[Problem, ...]]:
    path = folder / "ops.csv"
    path.write_text(text, encoding="utf-8")
    book = read_operations(path, year=year)
    return book.value.operations.to_pylist(), book.problems


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [p.code for p in problems]


def used(rows: Rows) -> dict[str, tuple[object, object]]:
    return {str(row["item"]): (row["quantity"], row["unit"]) for row in rows}


@pytest.mark.parametrize(
    ("written", "item"),
    [
        ("外购电力", "electricity"),
        ("食堂天然气", "natural_gas"),
        ("液化天然气", "lng"),
        ("制冷剂R410A", "refrigerant_r410a"),
        ("R-22", "refrigerant_r22"),
        ("R134a补充量", "refrigerant_r134a"),
        ("氟利昂", "refrigerant"),
        ("七氟丙烷", "fire_hfc227ea"),
        ("绿证", "green_certificates"),
        ("外购蒸汽", "steam"),
        ("再生纸", "recycled_paper"),
        ("电子废弃物", "e_waste"),
        ("厨余垃圾", "waste_food"),
        ("差旅-飞机", "air_travel"),
        ("国际航班", "air_travel_international"),
        ("高铁", "rail_travel"),
        ("网约车", "taxi_travel"),
        ("酒店间夜", "hotel"),
        ("通勤地铁", "commuting_metro"),
        ("托管机房用电", "data_centre_electricity"),
        ("资产总额", "assets"),
        ("Hotel nights", "hotel"),
        ("Business flights", "air_travel"),
    ],
)
def test_items_by_the_words_banks_write(tmp_path: Path, written: str, item: str) -> None:
    rows, _ = read(tmp_path, f"月份,项目,数量\n2023-01,{written},1\n")
    assert [row["item"] for row in rows] == [item]


@pytest.mark.parametrize(
    ("item", "unit", "wanted", "times"),
    [
        ("用电量", "度", "kWh", 1),
        ("用电量", "万千瓦时", "kWh", 1e4),
        ("用电量", "兆瓦时", "kWh", 1e3),
        ("天然气", "立方米", "Nm3", 1),
        ("天然气", "万标方", "Nm3", 1e4),
        ("汽油", "升", "L", 1),
        ("汽油", "公斤", "kg", 1),
        ("外购热力", "百万千焦", "GJ", 1),
        ("外购热力", "吉焦", "GJ", 1),
        ("外购蒸汽", "蒸吨", "蒸吨", 1),
        ("水", "吨", "m3", 1),
        ("纸", "张", "张", 1),
        ("纸", "包", "包", 1),
        ("纸", "箱", "箱", 1),
        ("高铁", "人公里", "pkm", 1),
        ("高铁", "公里", "km", 1),
        ("住宿", "间夜", "间夜", 1),
        ("住宿", "晚", "间夜", 1),
        ("绿证", "个", "个", 1),
        ("绿证", "兆瓦时", "MWh", 1),
    ],
)
def test_units_as_billed(tmp_path: Path, item: str, unit: str, wanted: str, times: float) -> None:
    rows, problems = read(tmp_path, f"月份,项目,数量,单位\n2023-01,{item},2,{unit}\n")
    assert not [p for p in problems if p.severity.name == "ERROR"]
    assert [row["quantity"] for row in rows] == [2]
    assert ratio(str(rows[0]["unit"]), wanted) == pytest.approx(times)
    wide, _ = read(tmp_path, f"月份,{item}({unit}),汽油(升)\n2023-01,2,1\n")
    assert ratio(str(wide[0]["unit"]), wanted) == pytest.approx(times)


def test_a_published_line_of_a_year(tmp_path: Path) -> None:
    """A bank's yearly totals in English headers, the unit behind the name (as in 成都银行环境信息披露报告2022)."""
    head = "bank,year,electricity_kwh,natural_gas_m3,gasoline_l,water_t,paper_sheets"
    rows, _ = read(tmp_path, f"{head}\n成都银行,2022,27275000,282200,514400,146700,3230000\n")
    assert used(rows)["electricity"] == (27_275_000, "kWh")
    assert used(rows)["paper"] == (3_230_000, "张")
    assert {(row["site"], row["months"], row["month_on"]) for row in rows} == {("成都银行", 12, date(2022, 1, 1))}


@pytest.mark.parametrize(
    "text",
    [
        "指标,单位,数量\n用电量,万千瓦时,10\n汽油,升,5\n",
        "指标,单位,2022年\n用电量,万千瓦时,10\n汽油,升,5\n",
        "用电量(万千瓦时),汽油(升)\n10,5\n",
    ],
)
def test_totals_of_the_year_that_is_asked_for(tmp_path: Path, text: str) -> None:
    rows, _ = read(tmp_path, text, year=2022)
    assert {(row["item"], row["quantity"], row["months"], row["month_on"]) for row in rows} == {
        ("electricity", 10, 12, date(2022, 1, 1)),
        ("gasoline", 5, 12, date(2022, 1, 1)),
    }


def test_totals_without_any_year_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        read(tmp_path, "指标,单位,数量\n用电量,万千瓦时,10\n")


def test_billing_periods_and_bills_that_overlap(tmp_path: Path) -> None:
    head = "场所,户号,起始日期,截止日期,项目,数量,单位\n"
    bills = "A,88,2023-01-05,2023-02-04,用电量,10,度\nA,88,2023-02-01,2023-03-04,用电量,11,度\nA,88,2023-04-01,2023-06-30,用电量,33,度\n"
    rows, problems = read(tmp_path, head + bills)
    assert [(row["month_on"], row["months"]) for row in rows] == [
        (date(2023, 1, 1), 1),
        (date(2023, 2, 1), 1),
        (date(2023, 4, 1), 3),
    ]
    assert [p.where for p in problems if p.code == "ingest.bills_overlap"] == ["ops.csv!F3"]
    missing = next(p for p in problems if p.code == "ingest.months_missing")
    assert missing.params["months"] == "3 7 8 9 10 11 12"


def test_two_meters_are_no_double_and_one_meter_twice_is(tmp_path: Path) -> None:
    head = "场所,表号,月份,项目,数量,单位\n"
    rows, problems = read(tmp_path, head + "A,1,2023-01,用电量,10,度\nA,2,2023-01,用电量,10,度\n")
    assert len(rows) == 2
    assert "ingest.month_repeated" not in codes(problems)
    rows, problems = read(tmp_path, head + "A,1,2023-01,用电量,10,度\nA,1,2023-01,用电量,10,度\n")
    assert len(rows) == 1
    assert "ingest.month_repeated" in codes(problems)


def test_what_a_fuel_is_for(tmp_path: Path) -> None:
    bills = ("公务车汽油,升,", "锅炉天然气,立方米,", "食堂天然气,立方米,", "柴油,升,车辆", "用电量,度,锅炉")
    rows, _ = read(tmp_path, "月份,数量,项目,单位,用途\n" + "".join(f"2023-01,1,{bill}\n" for bill in bills))
    assert [row["use"] for row in rows] == ["vehicles", "heating", "office", "vehicles", None]


def test_an_unknown_item_is_told_with_the_nearest(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "月份,项目,数量,单位\n2023-01,electricty,1,kWh\n2023-01,用电量,2,度\n2023-01,备用天燃汽,3,立方米\n")
    assert used(rows) == {"electricity": (2, "度")}
    near = [str(p.params["near"]) for p in problems if p.code == "ingest.item_unknown"]
    assert near[0].startswith("electricity")
    assert len(near) == 2


def test_the_file_s_own_factor_with_its_unit(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "company,year,electricity_mwh,factor_t_per_mwh\n某公司,2020,8157,0.7035\n")
    assert (rows[0]["factor"], rows[0]["factor_unit"]) == (0.7035, "t/MWh")
    rows, _ = read(tmp_path, "月份,项目,数量,单位,排放因子,因子单位\n2023-01,热力,1,GJ,0.05,tCO2/GJ\n2023-01,电,1,度,,\n")
    assert [(row["factor"], row["factor_unit"]) for row in rows] == [(0.05, "tCO2/GJ"), (None, None)]


@pytest.mark.parametrize(("cost", "code"), [(0.00007, "ingest.unit_price_slip"), (9, "ingest.unit_price_unlikely"), (0.7, None)])
def test_a_bill_s_unit_price(tmp_path: Path, cost: float, code: str | None) -> None:
    _, problems = read(tmp_path, f"月份,项目,数量,单位,金额(元)\n2023-01,用电量,1000000,度,{cost * 1_000_000:f}\n")
    assert [p.code for p in problems if "unit_price" in p.code] == ([code] if code else [])


def test_what_is_bought_now_and_then_lacks_no_months(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "月份,项目,数量,单位\n2023-01,R32,1,kg\n2023-01,绿证,5,个\n2023-01,用电量,5,度\n")
    assert [p.params["item"] for p in problems if p.code == "ingest.months_missing"] == ["electricity"]


def test_the_rest_is_read_where_numbers_are_no_numbers(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "月份,项目,数量,单位\n2023-01,用电量,abc,度\n2023-02,用电量,-5,度\n2023-03,用电量,7,度\n")
    assert [row["quantity"] for row in rows] == [7]
    assert {"ingest.number_unreadable", "ingest.quantity_negative"} <= set(codes(problems))


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("92号汽油", "gasoline"),
        ("0#柴油", "diesel"),
        ("总用水量", "water"),
        ("电子废弃物产生量", "e_waste"),
        ("飞机差旅里程", "air_travel"),
        ("Gasoline for vehicles", "gasoline"),
        ("Total electricity", "electricity"),
        ("人均用电量", None),
        ("电费", None),
        ("用电量同比", None),
        ("绿色电力消费占比", None),
        ("Electricity intensity", None),
        ("Scope 1 emissions", None),
    ],
)
def test_an_item_in_other_words_but_not_what_is_no_quantity(text: str, item: str | None) -> None:
    assert item_named(text)[0] == item


def test_the_column_that_names_the_items(tmp_path: Path) -> None:
    head = "类别,指标,单位,2023年,2022年\n"
    body = '能源,用电总量,万千瓦时,"2,727.50",2600\n资源,总用水量,吨,146700,1\n强度,人均用电量,千瓦时/人,3000,1\n'
    rows, _ = read(tmp_path, head + body)
    assert {(row["item"], row["quantity"]) for row in rows if row["month_on"] == date(2023, 1, 1)} == {
        ("electricity", 2727.5),
        ("water", 146700),
    }


def test_sites_by_months_of_the_item_in_the_title(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "各网点用电量统计表（单位：万度）,,\n场所,1月,2月\n总行,1,2\n分行,3,4\n", year=2023)
    assert {(row["site"], row["month_on"].month, row["quantity"], row["unit"]) for row in rows} == {  # type: ignore[attr-defined]
        ("总行", 1, 1, "万度"),
        ("总行", 2, 2, "万度"),
        ("分行", 1, 3, "万度"),
        ("分行", 2, 4, "万度"),
    }
    with pytest.raises(Refused) as refused:
        read(tmp_path, "各网点统计表,,\n场所,1月,2月\n总行,1,2\n", year=2023)
    assert refused.value.problem.code == "ingest.item_of_sheet_unknown"


def test_a_total_beside_its_parts_is_not_counted_again(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "指标,单位,2023年,2022年\n用电总量,度,30,30\n办公用电,度,20,19\n数据中心用电量,度,10,10\n")
    assert sorted(row["quantity"] for row in rows if row["month_on"] == date(2023, 1, 1)) == [10, 20]  # type: ignore[type-var]
    assert {"ingest.year_is_sum", "ingest.year_twice"} <= set(codes(problems))


@pytest.mark.parametrize(
    ("written", "first", "months"),
    [
        ("2023年一季度", 1, 3),
        ("2023年第2季度", 4, 3),
        ("2023Q3", 7, 3),
        ("2023年下半年", 7, 6),
        ("2023年1-6月", 1, 6),
        ("2023-02", 2, 1),
        ("Feb-23", 2, 1),
        ("March 2023", 3, 1),
    ],
)
def test_periods_of_several_months(tmp_path: Path, written: str, first: int, months: int) -> None:
    rows, _ = read(tmp_path, f"期间,项目,数量,单位\n{written},用电量,30,度\n")
    assert [(row["month_on"], row["months"]) for row in rows] == [(date(2023, first, 1), months)]
    rows, _ = read(tmp_path, f"项目,单位,{written},2022年4月\n用电量,度,30,31\n")
    assert (date(2023, first, 1), months, 30) in {(row["month_on"], row["months"], row["quantity"]) for row in rows}


def test_a_quarter_beside_its_months_is_not_counted_again(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "项目,单位,1月,2月,3月,一季度,4月,二季度\n用电量,度,1,2,3,6,4,20\n", year=2023)
    assert sorted((row["month_on"].month, row["months"], row["quantity"]) for row in rows) == [  # type: ignore[attr-defined]
        (1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 1, 4), (4, 3, 20),
    ]  # fmt: skip
    assert [p.params["column"] for p in problems if p.code == "ingest.stretch_left_out"] == ["一季度"]


def test_green_power_as_a_part_of_the_electricity_is_read(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "指标,单位,2023年,2022年\n用电总量,度,100,90\n其中：绿电,度,20,10\n其中：办公区,度,80,80\n合计,度,200,180\n")
    found = {(row["item"], row["quantity"]) for row in rows if row["month_on"] == date(2023, 1, 1)}
    assert found == {("electricity", 100), ("green_electricity", 20)}


def test_sums_of_a_site_of_a_group_and_of_all_are_not_counted_again(tmp_path: Path) -> None:
    months = "".join(f"{site},2023-{m:02d},用电,{m},度\n" for site in ("甲支行", "乙支行") for m in range(1, 13))
    text = f"网点,月份,项目,用量,单位\n{months}甲支行小计,,用电,78,度\n华东小计,,用电,156,度\n合计,,用电,156,度\n"
    rows, problems = read(tmp_path, text, year=2023)
    assert {row["site"] for row in rows} == {"甲支行", "乙支行"}
    assert len(rows) == 24
    assert codes(problems).count("ingest.sum_left_out") == 2
    assert "ingest.group_sum_left_out" in codes(problems)
    rows, problems = read(tmp_path, text.replace("甲支行小计,,用电,78", "甲支行小计,,用电,79.5"), year=2023)
    assert len(rows) == 24
    assert "ingest.sum_not_its_sites" in codes(problems)


def test_a_row_without_its_month_is_no_january(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "网点,月份,项目,用量,单位\n甲支行,2023-01,用电,5,度\n丙支行,,用电,60,度\n", year=2023)
    assert {row["site"]: row["months"] for row in rows} == {"甲支行": 1, "丙支行": None}  # not known: the footprint says so


def test_a_site_without_months_or_quantities_is_told(tmp_path: Path) -> None:
    text = "网点,月份,项目,用量,单位\n甲支行,2023-01,用电,5,度\n丙支行,,用电,,度\n合计,,用电,,度\n"
    _, problems = read(tmp_path, text, year=2023)
    assert [p.params["site"] for p in problems if p.code == "ingest.site_without_quantity"] == ["丙支行"]


def test_the_units_of_heat_and_the_cars_of_a_published_table(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "项目,单位,2023年\n外购热力,万百万千焦,1.2\n公务车,辆,12\n公务车用油,升,3000\n")
    found = used(rows)
    assert ratio(str(found["heat"][1]), "GJ") * float(str(found["heat"][0])) == pytest.approx(12000)
    assert found["vehicles"][0] == 12
    assert found["gasoline"] == (3000, "升")
    assert not [p for p in problems if p.severity.value == "error"]
