"""Disclosure in a real browser: a click on a cell, checks, the questionnaire, sign-off by two people, registers, export."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.ui.browser import Tab

pytestmark = pytest.mark.desktop

Opened = Callable[[str], Tab]
SHEET = ".gf-sheet td.gf-number"


def part(tab: Tab, words: str) -> None:
    """Turn to a part of a page."""
    tab.page.locator("[data-testid=stButtonGroup] button", has_text=re.compile(f"^{words}$")).click()
    tab.settle()


def test_a_click_on_a_cell_says_why_under_its_row(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("disclosure", shows=SHEET)
    cell = tab.page.locator('td[data-go="cell:T01!co2_reduction.current"]')
    cell.click()
    tab.settle()
    assert tab.page.locator("tr.gf-under .gf-source").count() > 0
    assert tab.page.locator("td.gf-chosen").count() == 1
    tab.pictures("disclosure-why-zh")
    tab.page.locator("tr.gf-under .gf-link").first.click()  # a cell of another table
    tab.settle()
    assert tab.page.locator("td.gf-chosen").get_attribute("data-go") != "cell:T01!co2_reduction.current"
    tab.page.locator("td.gf-chosen").click()
    tab.settle()
    assert tab.page.locator("tr.gf-under").count() == 0
    tab.speak("en")
    tab.pictures("disclosure-tables-en")
    assert not tab.too_wide()


def test_checks_lead_to_the_cells_they_are_of(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("disclosure", shows=SHEET)
    part(tab, "核对")
    tab.choose("结果", "通过")
    tab.pictures("disclosure-checks-zh")
    link = tab.page.locator("[data-go='cell:T02!green_balance.current']").first
    link.click()
    tab.settle()
    assert tab.page.locator("td.gf-chosen").get_attribute("data-go") == "cell:T02!green_balance.current"
    assert tab.page.locator("tr.gf-under .gf-tree").count() == 1
    tab.speak("en")
    part(tab, "Checks")
    tab.pictures("disclosure-checks-en")


def test_answers_are_filled_in_read_and_kept(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("disclosure", shows=SHEET)
    part(tab, "问卷")
    tab.choose("问卷项目", "Q03")
    box = tab.page.get_by_role("textbox", name=re.compile("中文")).first
    box.fill("年末绿色贷款余额{T02!green_balance.current}，另有12亿元。")
    box.press("Control+Enter")
    tab.settle()
    assert tab.page.locator(".gf-binding .gf-chip.gf-passed").count() > 0
    assert "12亿元" in tab.page.locator(".gf-prose .gf-chip.gf-error").first.inner_text()
    assert "处有问题" in tab.text()
    tab.pictures("disclosure-answers-zh")
    tab.page.get_by_role("button", name="保存").click()
    tab.settle()
    assert tab.refusals() == []
    tab.page.reload()
    tab.settle()
    part(tab, "问卷")
    assert "esg" in tab.page.locator("[data-testid=stCaptionContainer]", has_text="保存的一版").inner_text()
    tab.page.get_by_role("button", name="重新编制").wait_for()  # what is saved is not in the run
    tab.choose("问卷项目", "Q03")
    assert "另有12亿元" in tab.page.get_by_role("textbox", name=re.compile("中文")).first.input_value()
    reader = opened("auditor")
    reader.open("disclosure", shows=SHEET)
    part(reader, "问卷")
    assert reader.page.get_by_role("textbox", name=re.compile("中文")).first.is_disabled()
    assert reader.page.get_by_role("button", name="保存").count() == 0


def _written(tab: Tab, item: str, text: str) -> None:
    tab.choose("问卷项目", item)
    box = tab.page.get_by_role("textbox", name=re.compile("中文")).first
    box.fill(text)
    box.press("Control+Enter")
    tab.settle()


def _read(tab: Tab, item: str) -> str:
    tab.choose("问卷项目", item)
    return str(tab.page.get_by_role("textbox", name=re.compile("中文")).first.input_value())


def test_what_two_people_answer_at_once_is_put_together(opened: Opened) -> None:
    first, second = opened("esg"), opened("esg")
    for tab in (first, second):
        tab.open("disclosure", shows=SHEET)
        part(tab, "问卷")
    _written(first, "Q04", "甲写的第四项")
    _written(first, "Q05", "甲写的第五项")
    first.page.get_by_role("button", name="保存").click()
    first.settle()
    _written(second, "Q05", "乙写的第五项")
    _written(second, "Q06", "乙写的第六项")
    second.page.get_by_role("button", name="保存").click()
    second.page.get_by_text("已另存了新的一版").wait_for()
    second.settle()
    second.pictures("disclosure-answers-joined-zh")
    assert "甲写的第五项" in second.page.locator("table.gf-list").last.inner_text()
    assert [_read(second, item) for item in ("Q04", "Q05", "Q06")] == ["甲写的第四项", "乙写的第五项", "乙写的第六项"]
    second.page.get_by_role("button", name="保存").click()
    second.settle()
    assert second.refusals() == []
    assert second.page.get_by_text("已另存了新的一版").count() == 0
    first.page.reload()
    first.settle()
    part(first, "问卷")
    assert [_read(first, item) for item in ("Q04", "Q05", "Q06")] == ["甲写的第四项", "乙写的第五项", "乙写的第六项"]


def test_two_people_sign_a_run_off(opened: Opened) -> None:
    maker = opened("esg")
    maker.open("disclosure", shows=SHEET)
    part(maker, "签发")
    maker.page.get_by_role("button", name="提交复核").click()
    maker.page.get_by_text("须由另一人复核").first.wait_for()
    maker.settle()
    assert maker.page.get_by_role("button", name="复核通过").count() == 0
    checker = opened("checker")
    checker.open("disclosure", shows=SHEET)
    part(checker, "签发")
    checker.pictures("disclosure-signing-zh")
    checker.page.get_by_role("button", name="退回").click()
    checker.settle()
    assert len(checker.refusals()) == 1  # a reason is needed
    checker.page.get_by_role("button", name="复核通过").click()
    checker.settle()
    done = checker.page.locator("ol.gf-steps li.gf-done").all_inner_texts()
    assert [words.split("\n")[-1] for words in done] == ["esg", "esg", "checker"]
    maker.page.reload()
    maker.settle()
    part(maker, "签发")
    assert "草稿" in maker.text()  # the example's policy asks for no approval, so nothing is published
    maker.speak("en")
    maker.pictures("disclosure-signing-en")


def test_registers_and_exports(opened: Opened) -> None:
    tab = opened("esg")
    tab.open("disclosure", shows=SHEET)
    for words in ("追溯调整", "已披露数"):
        part(tab, words)
        assert tab.refusals() == []
    part(tab, "追溯调整")
    tab.page.get_by_text("提出一项追溯调整").click()
    tab.settle()
    tab.pictures("disclosure-restated-zh")
    part(tab, "导出")
    tab.pictures("disclosure-export-zh")
    for file, begins in (("disclosure.xlsx", b"PK"), ("disclosure.pdf", b"%PDF"), ("tables.json", b"{")):
        with tab.page.expect_download() as found:
            tab.page.get_by_role("button", name=file).click()
        assert found.value.path().read_bytes().startswith(begins), file
    tab.page.get_by_role("button", name="生成鉴证包").click()
    tab.page.get_by_role("button", name=re.compile("pack.zip")).wait_for(timeout=60_000)
    tab.settle()
    with tab.page.expect_download() as found:
        tab.page.get_by_role("button", name=re.compile("pack.zip")).click()
    assert found.value.path().read_bytes().startswith(b"PK")


def test_a_run_alone_is_shown_without_a_record(reader: Tab) -> None:
    reader.open("disclosure", shows=SHEET)
    assert "签发" not in reader.page.locator("[data-testid=stMain] [data-testid=stButtonGroup]").inner_text()
    reader.page.locator(f"{SHEET}[data-go]").first.click()
    reader.settle()
    assert reader.page.locator("tr.gf-under .gf-tree").count() == 1
