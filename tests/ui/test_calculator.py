"""The loan officer's journey in a real browser: class, inputs, result, factors, sensitivity, claim, file, fact sheet, record."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.ui.browser import Tab
from tests.ui.pace import seconds

pytestmark = pytest.mark.desktop

Opened = Callable[[str], Tab]
SEARCH = "input[aria-label*='找类别'], input[aria-label*='Find a class']"
RESULT = "table.gf-results"
ACTS = 8  # five fields, and the clicks that open a list of places and choose from it
PRINTED = {
    "zh": ("保存到项目、打印", "测算单 PDF", ["项目环境效益测算单", "69,924", "江苏", "就近电网平均排放因子"]),
    "en": ("Save to the project, print", "Fact sheet PDF", ["Fact sheet", "69,924", "Jiangsu", "grid average of the nearest region"]),
}
PROJECT, STRANGE = "XM2023022", "XM2023001"  # of the loan officer's branch, and of another


def _typed(tab: Tab, label: str, text: str) -> float:
    """Fill in a field; how long until the page has answered."""
    box = tab.page.get_by_role("textbox", name=re.compile(f"^{re.escape(label)}"))
    begun = time.perf_counter()
    box.fill(text)
    box.press("Tab")
    tab.settle()
    return time.perf_counter() - begun


def _acts(tab: Tab) -> Callable[[], int]:
    """How often the page was clicked or a field was left, from now on; a field typed into counts once."""
    tab.page.evaluate("""() => { window.acts = 0;
        for (const kind of ["click", "change"]) document.addEventListener(kind, () => { window.acts += 1; }, true); }""")
    return lambda: int(tab.page.evaluate("window.acts"))


def _opened(opened: Opened, lang: str = "zh", role: str = "loan_officer") -> Tab:
    tab = opened(role)
    tab.open("calculator", lang, shows=SEARCH)
    return tab


def _wind(tab: Tab) -> list[float]:
    took = [_typed(tab, "找类别", "flfd"), _typed(tab, "年供电量", "1.2亿千瓦时")]
    tab.choose("项目所在地", "江苏")
    return [*took, _typed(tab, "贷款余额", "1亿元"), _typed(tab, "项目总投资", "5亿元")]


def test_a_loan_officer_is_done_in_a_minute(opened: Opened) -> None:
    begun = time.perf_counter()
    tab = _opened(opened)
    acts = _acts(tab)
    took = _wind(tab)
    text = tab.page.locator(RESULT).inner_text()
    whole = time.perf_counter() - begun
    assert "69,924 吨二氧化碳" in text
    assert "13,984.8 吨二氧化碳" in text
    assert "20.0000%" in tab.text()
    assert "关于发布2023年电力二氧化碳排放因子的公告" in tab.text()
    assert whole < seconds(60)
    assert acts() <= ACTS
    assert statistics.median(took) < seconds(1)
    assert not tab.too_wide()
    tab.pictures("calculator-zh")


def test_sensitivity_factors_and_claim_are_there_at_once(opened: Opened) -> None:
    tab = _opened(opened)
    _wind(tab)
    _typed(tab, "核对一句话", "年可节约标准煤3.6万吨，减排二氧化碳1万吨")
    tab.page.get_by_role("tab", name="敏感性").click()
    tab.page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    tab.pictures("calculator-sensitivity-zh")
    assert tab.page.get_by_role("tab").count() == 3
    assert "在所示位数内一致" in tab.text()
    assert "不一致" in tab.text()
    tab.page.get_by_role("tab", name="口径之差").click()
    tab.page.get_by_text("全国化石能源电力排放因子").first.wait_for()


def _wrong(tab: Tab) -> str:
    return "\n".join(tab.page.locator("p.gf-wrong").all_inner_texts())


def test_what_is_wrong_stands_below_its_field(opened: Opened) -> None:
    tab = _opened(opened)
    _typed(tab, "找类别", "CBRC-PWR")
    _typed(tab, "年供电量", "12万")
    _typed(tab, "项目总投资", "100平方米")
    assert "只有数量级，没有单位" in _wrong(tab)
    assert "平方米 不能换算为 元" in _wrong(tab)
    assert tab.page.locator(RESULT).count() == 0
    tab.pictures("calculator-wrong-zh")
    _typed(tab, "年供电量", "110MW")  # a power where energy is asked for
    assert "MW 不能换算为 兆瓦时" in _wrong(tab)
    _typed(tab, "年供电量", "-5万千瓦时")
    assert "不在可取的范围" in _wrong(tab)
    assert tab.page.locator(RESULT).count() == 0
    _typed(tab, "年供电量", "120000")  # in the unit beside the field
    assert "69,924" not in tab.text()
    assert "120,000 兆瓦时" in tab.text()
    assert "--" not in tab.text()
    assert "supply" not in tab.text()


@pytest.mark.parametrize("capacity", ["110MW", "110 兆瓦", "11万千瓦"])
def test_a_capacity_in_any_unit_and_the_hours_that_lack(opened: Opened, capacity: str) -> None:
    tab = _opened(opened)
    _typed(tab, "找类别", "4.2.1")
    tab.choose("已有的数据", "装机容量")
    _typed(tab, "装机容量", capacity)
    assert "数据还不够" in tab.text()
    assert "装机容量 + 年等效利用小时" in tab.text()
    assert tab.page.locator(RESULT).count() == 0
    _typed(tab, "年等效利用小时", "2200")
    assert "242,000 兆瓦时" in tab.page.locator(RESULT).inner_text()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_fact_sheet_is_one_page_with_its_fonts(opened: Opened, tmp_path: Path, lang: str) -> None:
    part, button, words = PRINTED[lang]
    tab = _opened(opened)
    _wind(tab)
    tab.speak(lang)
    tab.page.get_by_text(part).click()
    with tab.page.expect_download() as sheet:
        tab.page.get_by_role("button", name=button).click()
    sheet.value.save_as(tmp_path / "sheet.pdf")
    (page,) = PdfReader(tmp_path / "sheet.pdf").pages
    text = page.extract_text()
    assert [word for word in words if word not in text] == []
    resources: Any = page["/Resources"]
    fonts = [font.get_object() for font in resources["/Font"].values()]
    assert fonts
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in fonts)
    tab.picture(f"calculator-printed-{lang}", whole=True)


def test_a_calculation_is_kept_opens_again_and_is_printed(opened: Opened, tmp_path: Path) -> None:
    tab = _opened(opened)
    _wind(tab)
    tab.page.get_by_text("保存到项目、打印").click()
    tab.page.get_by_text("填写项目编号后，可以下载测算文件、存入记录库").wait_for()
    assert tab.page.get_by_role("button", name="存入记录库").is_disabled()
    _typed(tab, "项目编号", PROJECT)
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="下载测算文件").click()
    file = tmp_path / "calculation.csv"
    download.value.save_as(file)
    assert f"inputs,{PROJECT},supply" in file.read_text("utf-8-sig")
    tab.page.get_by_role("button", name="存入记录库").click()
    tab.settle()
    assert f"已存入项目 {PROJECT}" in tab.text()
    tab.pictures("calculator-save-zh")
    again = _opened(opened)
    again.page.get_by_text("保存到项目、打印").click()
    _typed(again, "项目编号", PROJECT)
    again.page.get_by_role("button", name="在此打开").click()
    again.page.wait_for_selector(RESULT)
    again.settle()
    assert "13,984.8 吨二氧化碳" in again.page.locator(RESULT).inner_text()
    _typed(tab, "项目编号", STRANGE)
    tab.page.get_by_role("button", name="存入记录库").click()
    tab.page.wait_for_selector("[data-testid=stAlertContentError]")
    assert any("不属于本人机构" in words for words in tab.refusals())
    fresh = _opened(opened)
    fresh.page.get_by_text("保存到项目、打印").click()
    fresh.page.locator("input[type=file]").set_input_files(file)
    fresh.page.wait_for_selector(RESULT)
    fresh.settle()
    assert "13,984.8 吨二氧化碳" in fresh.page.locator(RESULT).inner_text()


@pytest.mark.parametrize(
    ("lang", "part", "again"), [("zh", "已存的测算", "用这些输入再算"), ("en", "Kept calculations", "Calculate again")]
)
def test_a_kept_calculation_is_read_by_the_team_that_kept_none_and_calculated_again(
    opened: Opened, lang: str, part: str, again: str
) -> None:
    tab = _opened(opened)
    _wind(tab)
    tab.page.get_by_text("保存到项目、打印").click()
    _typed(tab, "项目编号", PROJECT)
    tab.page.get_by_role("button", name="存入记录库").click()
    tab.page.get_by_text(f"已存入项目 {PROJECT}").wait_for()
    esg = _opened(opened, lang, "esg")
    esg.page.locator("[data-testid=stMain] [data-testid=stButtonGroup] button", has_text=part).click()
    esg.page.locator("tr[data-go]", has_text=PROJECT).first.click()
    esg.page.wait_for_selector(RESULT)
    esg.settle()
    assert "13,984.8" in esg.page.locator(RESULT).inner_text()
    assert "loan_officer" in esg.text()
    assert not esg.too_wide()
    esg.pictures(f"calculator-papers-{lang}")
    esg.page.get_by_role("button", name=again).click()
    esg.page.wait_for_selector(SEARCH)
    esg.page.wait_for_selector(RESULT)
    esg.settle()
    assert "13,984.8" in esg.page.locator(RESULT).inner_text()


def test_english_and_a_class_without_a_method(opened: Opened) -> None:
    tab = _opened(opened, "en")
    _typed(tab, "Find a class", "solar")
    _typed(tab, "annual electricity", "120000 MWh")
    tab.page.wait_for_selector(RESULT)
    assert "tCO2" in tab.text() or "CO2" in tab.text()
    tab.choose("Place of the project", "Jiangsu")
    _typed(tab, "Loan balance", "100 million CNY")
    _typed(tab, "Total investment", "500 million CNY")
    assert "20.0000%" in tab.text()
    tab.page.get_by_role("tab", name="Sensitivity").click()
    tab.page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    tab.page.locator("[data-testid=stMain]").evaluate("page => page.scrollTo(0, 0)")
    tab.pictures("calculator-en")
    tab.speak("zh")
    assert "二氧化碳减排量" in tab.page.locator(RESULT).inner_text()  # what was typed is still there
    _typed(tab, "找类别", "氢能基础设施")
    assert "没有测算方法" in tab.text()


def test_an_auditor_has_no_calculator(opened: Opened) -> None:
    tab = opened("auditor")
    assert "项目测算" not in tab.menu()
    tab.open("calculator")
    assert tab.refusals()
