"""Every text that is seen, streamlit's own with it, passes WCAG 2.1 AA as the browser draws it: 4.5 to 1, 3 to 1 where it is large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from greenfin.ui.frame import menu
from tests.ui.browser import Tab

pytestmark = pytest.mark.desktop

CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")
_BY_ROLE = {"review": "maker", "import": "maker", "calculator": "maker", "audit": "auditor", "users": "admin"}
_LINES = """found => found.map(e => { const r = document.createRange(); r.selectNodeContents(e);
  return [e.innerText.trim(), new Set([...r.getClientRects()].map(one => Math.round(one.bottom))).size]; })"""
_PLANTED = "() => { document.querySelector('h4.gf-heading').style.color = '#888888'; }"


@pytest.mark.parametrize("page", [entry.id for entry in menu.there()])
def test_every_text_stands_out_from_its_ground(opened: Callable[[str], Tab], page: str) -> None:
    tab = opened(_BY_ROLE.get(page, "esg"))
    tab.open(page)
    told = tab.page.evaluate(CONTRAST)
    assert told["seen"] > 20
    assert told["found"] == []


def test_a_grey_heading_is_found(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tab.page.evaluate(_PLANTED)
    assert [words for words in tab.page.evaluate(CONTRAST)["found"] if "3.54" in words]


def _broken(tab: Tab, selector: str) -> list[str]:
    """Which of the texts that are shown stand on more than one line."""
    shown = tab.page.locator(selector)
    shown.first.wait_for()
    told = shown.evaluate_all(_LINES)
    assert any(words for words, _ in told)
    return [words for words, lines in told if words and lines > 1]


def test_names_of_a_loan_stand_on_a_line_in_english(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    for name in ("Tag", "Loan"):
        tab.open("loans", "en", shows="[data-testid=stTab]")
        tab.page.get_by_role("tab", name=name, exact=True).click()
        assert _broken(tab, "[role=tabpanel]:not([hidden]) .gf-named th:visible") == []


def test_headings_break_where_words_end(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tab.open("portfolio", shows=".gf-wrapped th")
    assert [words for words in _broken(tab, ".gf-wrapped th") if "\uff08" not in words] == []  # those with a unit in brackets may


def test_addresses_of_problems_stand_on_a_line(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tab.open("problems", shows=".st-key-problem-list td")
    assert [words for words in _broken(tab, ".st-key-problem-list td:nth-child(3)") if len(words) < 18] == []


@pytest.mark.parametrize(("lang", "words"), [("zh", "按回车确认"), ("en", "Enter confirms")])
def test_a_field_that_is_being_filled_says_how_to_go_on_in_the_language_of_the_page(
    opened: Callable[[str], Tab], lang: str, words: str
) -> None:
    tab = opened("loan_officer")
    tab.open("calculator", lang)
    field = tab.page.locator("[data-testid=stMain] [data-testid=stTextInput] input[type=text]").first
    field.click()
    field.press_sequentially("abc")
    hint = tab.page.locator("[data-testid=InputInstructions]")
    hint.wait_for(state="attached")
    tab.picture(f"field-hint-{lang}")
    assert hint.evaluate("e => getComputedStyle(e, '::after').content") == f'"{words}"'
    assert hint.evaluate("e => [...e.children].map(one => getComputedStyle(one).display)") == ["none", "none"]
