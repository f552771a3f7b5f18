"""Each page in a real browser over a real run: what it shows, that it speaks both languages, and that nothing leaves this machine."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from greenfin.messages import codes
from tests.ui.browser import Tab, serving

pytestmark = pytest.mark.desktop

SHOWS = {"disclosure": ".gf-sheet td", "loans": ".gf-text", "problems": ".gf-list td"}  # what each page ends up showing


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_loans_with_their_evidence(reader: Tab, lang: str) -> None:
    reader.open("loans", lang, shows=SHOWS["loans"])
    reader.choose({"zh": "认定结果", "en": "Outcome"}[lang], {"zh": "绿色", "en": "green"}[lang])
    assert reader.page.locator(".gf-text mark").count() > 0
    assert reader.page.get_by_role("radio").count() > 2
    reader.picture(f"loans-{lang}")


def test_a_choice_outlives_a_change_of_language_and_of_page(reader: Tab) -> None:
    reader.open("loans", "zh", shows=SHOWS["loans"])
    reader.choose("认定结果", "待复核")
    reader.page.get_by_text("English", exact=True).click()
    reader.settle()
    outcome = reader.page.get_by_role("combobox", name=re.compile("Outcome"))
    assert outcome.input_value() == codes("en")["decision.review"]
    reader.page.get_by_text("Problems", exact=True).click()
    reader.settle()
    reader.page.get_by_text("Loans and tags", exact=True).click()
    reader.settle()
    assert outcome.input_value() == codes("en")["decision.review"]


def test_the_chosen_loan_is_marked_in_both_languages(reader: Tab) -> None:
    reader.open("loans", "zh", shows=SHOWS["loans"])
    reader.page.locator("[role=radiogroup][aria-label*=借据] label").nth(2).click()
    reader.settle()
    shown = reader.page.locator("h4.gf-heading").inner_text().split()[0]
    reader.page.get_by_text("English", exact=True).click()
    reader.settle()
    assert reader.page.locator("h4.gf-heading").inner_text().split()[0] == shown
    marked = reader.page.locator("[role=radiogroup][aria-label*=Loan] label:has(input:checked)")
    assert marked.count() == 1
    assert shown in marked.inner_text()


def test_turning_the_pages_of_the_loans_and_choosing_one(reader: Tab) -> None:
    reader.open("loans", "zh", shows=SHOWS["loans"])
    first = reader.page.locator("h4.gf-heading").inner_text()
    reader.page.get_by_role("button", name="下一页").click()
    reader.page.get_by_text(re.compile("第 11–20 条")).wait_for()
    reader.settle()
    assert reader.page.locator("h4.gf-heading").inner_text() != first
    second = reader.page.locator("[role=radiogroup][aria-label*=借据] label").nth(1)
    second.click()
    reader.settle()
    assert reader.page.locator("h4.gf-heading").inner_text().split()[0] in second.inner_text()


def test_a_search_that_finds_nothing_says_so(reader: Tab) -> None:
    reader.open("loans", "zh", shows=SHOWS["loans"])
    box = reader.page.get_by_label("文字检索")
    box.fill("没有这样的用途<script>")
    box.press("Enter")
    reader.page.get_by_text("没有符合条件的借据").wait_for()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_problems_by_code_and_as_a_file(reader: Tab, run: Path, lang: str) -> None:
    reader.open("problems", lang, shows=SHOWS["problems"])
    assert reader.page.locator(".gf-list tbody tr").count() > 5
    reader.picture(f"problems-{lang}")
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("button", name=re.compile("problems.csv")).click()
    assert Path(waiting.value.path()).read_bytes() == (run / "problems.csv").read_bytes()


@pytest.mark.parametrize("path", ["disclosure", "loans", "problems"])
def test_no_chinese_word_of_ours_on_an_english_page(reader: Tab, path: str) -> None:
    """Words of the program are English there; what the bank wrote stays as it is (its headers are the names of ``ui.node``)."""
    reader.open(path, "en", shows=SHOWS[path])
    text = reader.text()
    ours = {
        words
        for code, words in codes("zh").items()
        if code.startswith(("ui.", "run.", "severity.")) and not code.startswith("ui.node.") and len(words) > 3 and "{" not in words
    }
    assert [words for words in ours if words in text] == []


def test_the_server_ends_with_ctrl_c(run: Path, tmp_path: Path) -> None:
    with serving(["--run", str(run)], tmp_path) as (_, server):
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(20) == 0
