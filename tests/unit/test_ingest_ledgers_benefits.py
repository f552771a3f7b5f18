"""The bank's own results of measurement, and the regulator's elements by code and name."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenfin.ingest.elements import element_of, elements
from greenfin.ingest.vocabulary import measures
from tests.ledger_books import LOANS, Grid, bad, codes, read, where


def stated(value: object) -> list[tuple[object, ...]]:
    rows = value.stated_benefits.to_pylist()  # type: ignore[attr-defined]
    return [(r["project_id"], r["output"], r["value"], r["unit"], r["basis"]) for r in rows]


def test_results_in_wide_columns_of_a_project_sheet(tmp_path: Path) -> None:
    rows: Grid = [
        [
            "项目编号",
            "项目名称",
            "项目总投资（万元）",
            "年上网电量（万千瓦时）",
            "年节约标准煤（吨）",
            "年减排二氧化碳（万吨）",
            "COD削减量（吨/年）",
            "年节水量（万立方米）",
        ],
        ["P1", "示例光伏项目", 10, 120, 360, 0.12, None, None],
        ["P2", "示例污水项目", 20, None, "—", "未测算", 15.5, 3],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "项目": rows})
    assert value.inputs["input"].to_pylist() == ["supply"]
    assert stated(value) == [
        ("P1", "tce", 360.0, "吨", "design"),
        ("P1", "co2", 0.12, "万吨", "design"),
        ("P2", "cod", 15.5, "吨/(年)", "design"),
        ("P2", "water", 3.0, "万立方米", "design"),
    ]
    assert where(problems, "ingest.number_unreadable") == ["b.xlsx!项目!F3"]
    assert value.stated_benefits["source_cell"].to_pylist()[0] == "b.xlsx!项目!E2"


def test_results_under_a_parent_header(tmp_path: Path) -> None:
    rows: Grid = [
        ["项目编号", "项目名称", "项目总投资（万元）", "环境效益", None, "进水水质（mg/L）"],
        [None, None, None, "年节能量（吨标准煤）", "二氧化碳减排当量（吨）", "化学需氧量"],
        ["P1", "示例光伏项目", 10, 360, 1200, 250],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "项目": rows}, merge={"项目": ["A1:A2", "B1:B2", "C1:C2", "D1:E1"]})
    assert [s[:3] for s in stated(value)] == [("P1", "tce", 360.0), ("P1", "co2", 1200.0)]
    assert "ingest.unit_wrong" not in codes(problems)


def test_results_in_long_rows_among_inputs(tmp_path: Path) -> None:
    projects: Grid = [["项目编号", "项目名称", "项目总投资（万元）"], ["P1", "示例光伏项目", 10]]
    rows: Grid = [
        ["项目编号", "要素代码", "要素名称", "要素值", "单位", "数据年份"],
        ["P1", "E2001035", "项目年供电量", 120, "万千瓦时", 2025],
        ["P1", None, "二氧化碳减排量", 900, "吨", 2025],
        ["P1", None, "年节约标准煤", 360, "辆", 2025],
        ["P1", "E2001111", "太阳能光热利用规模", 5, "平方米", 2025],
        ["P1", "E2001001", "电网所在区域", "华北区域电网", None, 2025],
        ["P1", "E2009999", None, 5, None, 2025],
        ["P9", None, "碳减排量", 7, "吨", 2025],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "项目": projects, "要素": rows})
    assert value.inputs["input"].to_pylist() == ["supply"]
    assert [s[:4] for s in stated(value)] == [("P1", "co2", 900.0, "吨"), ("P9", "co2", 7.0, "吨")]
    assert where(problems, "ingest.unit_wrong") == ["b.xlsx!要素!E4"]
    assert where(problems, "ingest.link_unknown") == ["b.xlsx!要素!D8"]
    assert where(problems, "ingest.input_unknown") == ["b.xlsx!要素!C7"]
    unused = next(p for p in problems if p.code == "ingest.element_unused")
    assert unused.params["count"] == 2
    assert "E2001111 太阳能光热利用规模" in str(unused.params["elements"])


def test_results_twice(tmp_path: Path) -> None:
    rows: Grid = [["项目编号", "指标名称", "数值", "单位"], ["P1", "碳减排量", 7, "吨"], ["P1", "二氧化碳减排量", 8, "吨"]]
    value, problems = read(tmp_path, {"借据": LOANS, "要素": rows})
    assert where(problems, "ingest.input_conflict") == ["b.xlsx!要素!C3"]
    assert value.stated_benefits.num_rows == 2


def test_a_sheet_of_results_alone(tmp_path: Path) -> None:
    rows: Grid = [["项目编号", "节能量", "二氧化碳减排当量"], ["P1", 10, 26]]
    value, problems = read(tmp_path, {"借据": LOANS, "效益": rows})
    assert [s[:4] for s in stated(value)] == [("P1", "tce", 10.0, "tce/a"), ("P1", "co2", 26.0, "tCO2/a")]
    assert not bad(problems)


def test_all_elements_of_2020_and_of_the_second_version_are_known() -> None:
    of_2020 = [code for code in elements() if code.startswith("E2001")]
    assert len(of_2020) == 162
    assert len(elements()) - len(of_2020) == 173
    assert all(element_of(element.name) for element in elements().values() if element.input == "")


@pytest.mark.parametrize("code", sorted(elements()))
def test_every_element_is_an_input_that_is_read_or_none(code: str) -> None:
    element = elements()[code]
    assert element.name
    assert element_of(code) is element
    assert not element.input or f"input.{element.input}" in measures()


def test_elements_of_methods_are_mapped() -> None:
    taken = {element.input for element in elements().values() if element.input}
    needed = "supply generation heat sewage cod_in cod_out nh3n_in nh3n_out energy_before energy_after vehicles mileage"
    assert set(needed.split()) <= taken


def test_a_scene_and_its_elements_reach_the_method_of_the_scene(tmp_path: Path) -> None:
    projects: Grid = [["项目编号", "项目名称", "项目总投资（万元）", "测算场景"], ["P1", "示例热电项目", 100000, "200303020001"]]
    rows: Grid = [
        ["项目编号", "要素代码", "要素名称", "要素值", "单位", "数据性质", "数据年份"],
        ["P1", "E2001035", "项目年供电量", 100000, "万千瓦时", "实际", 2024],
        ["P1", "E2001121", "项目供电标准煤耗", 0.27, "千克标准煤/千瓦时", "实际", 2024],
        ["P1", "E2001036", None, 1000000, "吉焦", "实际", 2024],
        ["P1", "E2001122", None, 39, "千克标准煤/吉焦", "实际", 2024],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "项目": projects, "要素": rows})
    assert value.projects["scene"].to_pylist() == ["200303020001"]
    assert value.inputs["input"].to_pylist() == ["supply", "supply_coal_rate", "heat", "heat_coal_rate"]
    assert not bad(problems)
