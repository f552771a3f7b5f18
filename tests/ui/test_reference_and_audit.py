"""Factors, catalogues and the audit trail in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ui.browser import Tab
from tests.ui.test_disclosure import part

pytestmark = pytest.mark.desktop

Opened = Callable[[str], Tab]


def _type(tab: Tab, label: str, words: str) -> None:
    box = tab.page.get_by_role("textbox", name=label)
    box.fill(words)
    box.press("Enter")
    tab.settle()


def test_a_factor_with_its_history_and_what_stands_for_a_place(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("factors", shows=".gf-list")
    _type(tab, "查找因子", "dianli pingjun")
    tab.page.locator("tr[data-go='factor:grid.avg']").click()
    tab.settle()
    tab.choose("用于何地", "四川")
    assert "四川" in tab.page.locator(".gf-facts").first.inner_text()
    assert tab.page.locator("[data-testid=stImage] img").count() == 1
    tab.pictures("factors-zh")
    tab.picture("factors-whole-zh", whole=True)
    part(tab, "未核对与空白")
    tab.page.locator("tr[data-go^='document:']").first.click()
    tab.settle()
    assert tab.page.locator("[data-go^='factor:']").count() > 0
    tab.pictures("factors-unverified-zh")
    tab.page.locator("[data-go^='factor:']").first.click()  # back to the factor
    tab.settle()
    tab.speak("en")
    assert tab.page.get_by_role("textbox", name="Find a factor").count() == 1
    tab.pictures("factors-en")
    assert not tab.too_wide()


def test_catalogues_by_level_by_words_and_between_editions(opened: Opened) -> None:
    tab = opened("maker")
    tab.open("catalogues", shows=".gf-folded")
    tab.page.locator("[data-go='entry:green-finance-2025|4']").click()
    tab.settle()
    tab.pictures("catalogues-tree-zh")
    _type(tab, "查找条目", "fengli fadian")
    tab.page.locator("tr[data-go='entry:green-finance-2025|8.5.1']").click()
    tab.settle()
    assert "陆上风机" in tab.text()
    tab.pictures("catalogues-entry-zh")
    steps = tab.page.locator(".gf-link[data-go^='entry:']")
    if steps.count():
        to = str(steps.first.get_attribute("data-go"))
        steps.first.click()
        tab.settle()
        assert to.partition("|")[2] in tab.page.locator("h4.gf-heading").first.inner_text()
    tab.speak("en")
    tab.pictures("catalogues-en")


def test_the_trail_is_filtered_turned_and_taken_out(opened: Opened) -> None:
    tab = opened("auditor")
    tab.open("audit", shows=".gf-list")
    tab.choose("事项", "新增用户")
    rows = tab.page.locator(".gf-list tbody tr")
    assert {"新增用户"} == {text.split("\t")[2] for text in rows.all_inner_texts()}
    tab.open("audit", shows=".gf-list")
    tab.page.get_by_role("button", name="较早").click()
    tab.settle()
    assert "第 2 页" in tab.text()
    tab.page.get_by_role("button", name="较新").click()
    tab.settle()
    tab.pictures("audit-trail-zh")
    with tab.page.expect_download() as found:
        tab.page.get_by_role("button", name="导出所列日志").click()
    assert "登录" in found.value.path().read_text("utf-8-sig")
    tab.speak("en")
    tab.pictures("audit-trail-en")


def test_the_record_is_verified_with_its_stages_in_words(opened: Opened) -> None:
    tab = opened("auditor")
    tab.open("audit", shows=".gf-list")
    part(tab, "校验")
    tab.page.get_by_role("button", name="开始校验").click()
    tab.page.wait_for_selector("[data-testid=stAlertContentSuccess]", timeout=60_000)
    tab.settle()
    assert "与写入时完全相同" in tab.text()
    tab.page.get_by_text("校验完毕").click()
    tab.page.get_by_text("每一行是否与写入时相同").wait_for()
    tab.pictures("audit-verified-zh")
    other = opened("esg")  # may verify, may not read the trail
    other.open("audit", shows="[data-testid=stMain] [data-testid=stButtonGroup]")
    assert "日志" not in other.page.locator("[data-testid=stMain] [data-testid=stButtonGroup]").inner_text()
