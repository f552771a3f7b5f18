"""Own operations in a real browser: months by site, the footprint, targets, a published total, an uploaded sheet."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.ui.browser import Tab
from tests.ui.pace import seconds

pytestmark = pytest.mark.desktop

Opened = Callable[[str], Tab]
GRID = "table.gf-months"
PICTURE = "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"


def _tab(tab: Tab, words: str) -> None:
    tab.page.get_by_role("tab", name=words, exact=True).click()
    tab.settle()


def test_months_by_site_with_what_lacks(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("operations", shows=GRID)
    assert tab.page.locator("td.gf-month-missing").count() == 1
    assert "book.xlsx!运营台账!" in tab.text()
    assert "场所（兆瓦时）" in tab.page.locator(GRID).inner_text()
    figures = tab.page.locator(f"{GRID} td.gf-number:not(.gf-month-missing)").all_inner_texts()
    assert {len(figure.partition(".")[2]) for figure in figures} == {3}
    assert tab.page.locator(f"{GRID} td.gf-number").first.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    took = [tab.seconds(partial(tab.choose, "能源或资源", item), GRID) for item in ("天然气", "用水", "汽油")]
    assert statistics.median(took) < seconds(2)  # a click, a word and a click each
    assert not tab.too_wide()
    tab.pictures("operations-months-zh")


def test_the_footprint_and_the_targets(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("operations", shows=GRID)
    _tab(tab, "排放")
    tab.page.locator(PICTURE).first.wait_for()
    assert "3,343.66" in tab.text()
    tab.pictures("operations-footprint-zh")
    _tab(tab, "目标")
    tab.page.locator(PICTURE).nth(1).wait_for(timeout=120_000)
    text = tab.text()
    assert [word for word in ("3,360.00", "-16.34", "+23.17", "全年预计高于目标", "西岭分行 外购电力 7月") if word not in text] == []
    tab.pictures("operations-targets-zh")
    tab.speak("en")
    _tab(tab, "Emissions")
    tab.page.locator(PICTURE).first.wait_for()
    tab.pictures("operations-footprint-en")
    _tab(tab, "By month")
    tab.pictures("operations-months-en")


def test_a_published_total_is_explained(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("operations", shows=GRID)
    _tab(tab, "公布总量复算")
    box = tab.page.get_by_role("textbox", name=re.compile("公布的总量"))
    box.fill("3332.15吨")
    box.press("Enter")
    tab.page.get_by_text("相差").first.wait_for()
    tab.settle()
    assert "相符" in tab.text()
    tab.pictures("operations-explain-zh")
    box.fill("多少")
    box.press("Enter")
    tab.page.wait_for_selector("[data-testid=stAlertContentError]")
    assert tab.refusals()


def test_an_uploaded_sheet(opened: Opened, tmp_path: Path) -> None:
    bills = {month: 5_000 if month == 9 else 5 for month in range(1, 12)}
    lines = ["场所,地区,月份,种类,数量,单位", *(f"试点支行,成都,2025-{month:02d},外购电力,{n},万千瓦时" for month, n in bills.items())]
    sheet = tmp_path / "支行.csv"
    sheet.write_text("\n".join(lines), "utf-8")
    tab = opened("esg")
    tab.open("operations", shows=GRID)
    tab.choose("数据", "上传的运营台账")
    tab.page.locator("input[type=file]").set_input_files(sheet)
    tab.page.get_by_text("试点支行").first.wait_for()
    tab.settle()
    assert tab.page.locator("td.gf-month-missing").count() == 1
    odd = tab.page.locator("td.gf-month-doubt, td.gf-month-odd")
    assert odd.count() == 1
    assert odd.get_attribute("title") in tab.text()  # what is said of the cell stands in the table too
    tab.pictures("operations-odd-zh")
    mended = tmp_path / "更正.csv"
    mended.write_text(sheet.read_text("utf-8").replace("5000,", "5,") + "\n试点支行,成都,2025-12,外购电力,5,万千瓦时", "utf-8")
    tab.page.locator("input[type=file]").set_input_files(mended)
    tab.page.locator("td.gf-month-missing").wait_for(state="detached")
    tab.settle()
    assert tab.page.locator("td.gf-month-doubt, td.gf-month-odd, td.gf-month-missing").count() == 0
    wrong = tmp_path / "别的表.csv"
    wrong.write_text("甲,乙\n1,2\n", "utf-8")
    tab.page.locator("input[type=file]").set_input_files(wrong)
    tab.page.wait_for_selector("[data-testid=stAlertContentError]")
    assert tab.refusals()


def test_a_loan_officer_has_no_operations(opened: Opened) -> None:
    assert "自身运营" not in opened("loan_officer").menu()
