"""Problems in a real browser: by group, and from one to the cell it is of."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from greenfin.store import events
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
from greenfin.ui.frame.example import Example
from tests.ui.browser import Tab, serving

pytestmark = pytest.mark.desktop


def test_a_click_on_a_kind_shows_all_of_it(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tab.open("problems", "en", shows=".gf-list td")
    tab.pictures("problems-en")
    kind = tab.page.locator(".gf-list td .gf-link[data-go^='code:']").first
    wanted = kind.inner_text()
    kind.click()
    tab.settle()
    assert set(tab.page.locator(".gf-list tbody td:nth-child(2)").all_inner_texts()) == {wanted}


def test_a_kind_filters_and_a_problem_leads_to_its_cell(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tab.open("problems", shows=".gf-list td")
    tab.pictures("problems-zh")
    tab.choose("代码", "disclose.prior_absent")
    assert set(tab.page.locator(".gf-list tbody td:nth-child(2)").all_inner_texts()) == {"disclose.prior_absent"}
    link = tab.page.locator("a[href^='disclosure?cell=']").first
    link.click()
    tab.page.wait_for_selector("tr.gf-under .gf-tree", timeout=60_000)
    tab.settle()
    assert tab.page.locator("td.gf-chosen").count() == 1
    tab.speak("en")
    assert tab.page.locator("tr.gf-under .gf-tree").count() == 1


def test_a_list_that_is_taken_out_is_in_the_log(opened: Callable[[str], Tab], record: Example) -> None:
    tab = opened("checker")
    tab.open("problems", shows=".gf-list td")
    with tab.page.expect_download() as found:
        tab.page.get_by_role("button", name="problems.csv").click()
    assert Path(found.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")
    taken = events.events(open_store(record.store), Actor("wu", "auditor"), kind="export.made", by="checker", limit=1)
    assert [one.subject.rpartition("/")[2] for one in taken] == ["problems.csv"]


def test_a_download_that_fails_says_so_in_the_language_of_the_page(run: Path, tabs: Callable[[str], Tab], tmp_path: Path) -> None:
    gone = tmp_path / "run"
    shutil.copytree(run, gone)
    with serving(["--run", str(gone), "--lang", "zh"], tmp_path) as (address, _):
        tab = tabs(address)
        tab.open("problems", shows=".gf-list td")
        (gone / "problems.csv").unlink()
        tab.page.get_by_role("button", name="problems.csv").click()
        failed = tab.page.locator("[data-testid=stDownloadButtonError]")
        failed.wait_for(state="attached")
        said = failed.evaluate("found => getComputedStyle(found, '::after').content")
        tab.picture("problems-not-given-zh")
    assert "没有取到文件" in said
    assert "A download was refused: No such file" in (tmp_path / "log.txt").read_text("utf-8")
