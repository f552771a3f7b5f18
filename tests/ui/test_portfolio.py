"""The portfolio in a real browser: financed emissions, the scorecard with its slider, another edition, movements."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.ui.browser import Tab
from tests.ui.pace import seconds

pytestmark = pytest.mark.desktop

Opened = Callable[[str], Tab]
SIDE = "table.gf-wrapped"
PICTURE = "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"


def _part(tab: Tab, words: str) -> None:
    tab.page.locator("[data-testid=stButtonGroup] button", has_text=re.compile(f"^{words}$")).click()
    tab.settle()


def test_three_standards_side_by_side(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("portfolio", shows=SIDE)
    text = tab.page.locator(SIDE).inner_text()
    assert [word for word in ("人民银行碳核算技术指南", "高碳", "PCAF", "33.7%") if word not in text] == []
    tab.page.locator(PICTURE).first.wait_for()
    tab.pictures("portfolio-financed-zh")
    assert tab.seconds(lambda: tab.choose("分组", "行业门类"), PICTURE) < seconds(2)
    assert "制造业" in tab.text()
    assert not tab.too_wide()
    tab.page.get_by_text("为什么不同").click()
    tab.page.get_by_text("核算范围").first.wait_for()
    tab.speak("en")
    tab.page.locator(PICTURE).first.wait_for()
    tab.pictures("portfolio-financed-en")


def test_more_lending_moves_the_score(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("portfolio", shows=SIDE)
    _part(tab, "绿色金融评价")
    tab.page.locator(PICTURE).first.wait_for()
    before = tab.page.locator("[data-testid=stMetricValue]").all_inner_texts()
    slider = tab.page.get_by_role("slider")
    slider.focus()
    assert tab.seconds(lambda: slider.press("PageUp"), "[data-testid=stMetricValue]") < seconds(1)
    tab.settle()
    after = tab.page.locator("[data-testid=stMetricValue]").all_inner_texts()
    assert float(after[2]) > float(before[2])
    assert after[1] == before[1]
    scheme = tab.page.get_by_role("combobox", name=re.compile("方案")).first
    assert scheme.evaluate("box => box.scrollWidth <= box.clientWidth")  # its name is whole
    box = tab.page.get_by_role("spinbutton", name=re.compile("得分"))
    box.fill("80")
    box.press("Enter")
    tab.page.get_by_text("最少新增绿色贷款").last.wait_for()
    tab.pictures("portfolio-score-zh")
    tab.speak("en")
    tab.page.locator(PICTURE).first.wait_for()
    tab.pictures("portfolio-score-en")


def test_the_year_rolls_forward_and_another_edition(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("portfolio", shows=SIDE)
    _part(tab, "两期变动")
    assert tab.seconds(tab.page.locator(".st-key-portfolio-rolled button").click, ".gf-sheet") < seconds(10)
    tab.settle()
    assert "2024-12-31" in tab.text()
    tab.pictures("portfolio-rolled-zh")
    _part(tab, "换目录版本")
    assert tab.seconds(tab.page.get_by_role("button", name="按两个版本认定").click, ".gf-sheet") < seconds(10)
    tab.settle()
    assert "旧目录口径绿色余额" in tab.text()
    tab.pictures("portfolio-edition-zh")
