"""The first page in a browser: what each role finds there, and that every figure leads to where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import pytest

from greenfin.messages import Lang, say
from tests.ui.browser import Tab

pytestmark = pytest.mark.desktop


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("role", ["maker", "esg"])
def test_what_waits_and_the_bank_at_a_glance(opened: Callable[[str], Tab], role: str, lang: Lang) -> None:
    tab = opened(role)
    tab.open("", lang, shows=".gf-tile")
    text = tab.text()
    assert [code for code in ("waiting", "glance", "trend", "quality") if say(f"ui.home.{code}", lang) not in text] == []
    assert tab.page.locator(".gf-tile a").count() > 8
    assert tab.page.locator(".gf-trend tr").count() >= 4
    assert not tab.too_wide()
    tab.pictures(f"home-{role}-{lang}")


@pytest.mark.parametrize("role", ["checker", "loan_officer", "auditor", "admin"])
def test_every_role_has_a_first_page(opened: Callable[[str], Tab], role: str) -> None:
    tab = opened(role)
    assert tab.refusals() == []
    assert tab.page.locator("[data-testid=stMain] h4.gf-heading").count() >= 1
    tab.pictures(f"home-{role}-zh")


def test_a_figure_leads_to_the_cell_it_comes_from(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tile = tab.page.locator(".gf-tile", has_text="绿色贷款占比").locator("a")
    printed = str(tile.inner_text()).removesuffix("%")
    tile.click()
    tab.page.wait_for_selector("td.gf-chosen")
    tab.settle()
    assert tab.page.locator("td.gf-chosen").inner_text().strip() == printed
    assert tab.page.locator(".gf-tree").count() == 1
    assert tab.page.get_by_role("button", name=say("ui.log_out", "zh")).count() == 1


def test_a_count_of_problems_leads_to_them_and_the_reader_may_choose_others_there(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tile = tab.page.locator(".gf-tile", has_text=say("severity.error", "zh")).locator("a")
    count = str(tile.inner_text()).split()[0]
    tile.click()
    tab.page.wait_for_selector(".gf-list td")
    tab.settle()
    assert tab.page.locator(".gf-list tbody tr").count() == min(int(count), 20)
    assert f"{say('severity.error', 'zh')} · {count}" in tab.text()
    tab.choose(say("ui.problem_column.severity", "zh"), say("severity.warning", "zh"))
    assert tab.page.locator(".gf-list").first.locator("tbody tr td:nth-child(1)").first.inner_text() == say("severity.warning", "zh")


def test_without_a_record_the_first_page_shows_the_run(reader: Tab) -> None:
    reader.open("", "zh", shows=".gf-tile")
    assert say("ui.home.waiting", "zh") not in reader.text()
    assert say("ui.home.glance", "zh") in reader.text()


def test_pages_follow_a_click_within_a_second(opened: Callable[[str], Tab]) -> None:
    """From the click in the navigation until the page is drawn; each page a second time, as a reader at work meets it."""
    tab = opened("esg")
    pages = {"problems": ".gf-list td", "loans": ".gf-text", "disclosure": ".gf-sheet td", "home": ".gf-trend"}
    taken = []
    for again in (False, True):
        for page, shows in pages.items():
            link = tab.page.locator("[data-testid=stSidebarNavLink]", has_text=say(f"ui.page.{page}", "zh"))
            seconds = tab.seconds(link.click, shows)
            tab.settle()
            taken += [seconds] if again else []
    assert median(taken) < 1, taken
