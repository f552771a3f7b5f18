"""Evidence in a real browser: what the maker attaches to a loan, its checker sees beside the maker's proposal and opens."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from greenfin.messages import codes
from greenfin.store.evidence import evidence_of, evidence_rules
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
from greenfin.ui.frame.example import Example
from tests.ui.browser import Tab

pytestmark = pytest.mark.desktop

RECEIPT, PAPERS = ".gf-receipt", "ul.gf-papers li"
_SHOWN = "receipt => { const e = document.querySelector('.gf-receipt'); return e && e.innerText === receipt; }"
_GONE = "receipt => { const e = document.querySelector('.gf-receipt'); return !e || e.innerText !== receipt; }"


def _again(tab: Tab, receipt: str, lang: str) -> None:
    """The page anew, with the loan of this reader."""
    tab.open("review", lang, shows=RECEIPT)
    _chosen(tab, receipt)


def _attached(tab: Tab, paper: Path) -> str:
    """The loan before the maker, once the paper is kept with it."""
    receipt = str(tab.page.locator(RECEIPT).inner_text())
    tab.page.keyboard.press("p")
    dialog = tab.page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(paper)
    dialog.get_by_text(paper.name).first.wait_for()
    dialog.locator("[data-testid=stFormSubmitButton] button").click()
    tab.page.locator(PAPERS, has_text=paper.name).wait_for()
    dialog.wait_for(state="detached")
    tab.settle()
    return receipt


def _proposed(tab: Tab, receipt: str) -> None:
    """The maker proposes that the loan is not green, for the third reason on offer."""
    tab.page.keyboard.press("n")
    tab.page.locator(".gf-mode-not_green").wait_for()
    tab.page.locator(".st-key-review-reason-3 button").click()
    tab.page.wait_for_function(_GONE, arg=receipt)
    tab.settle()


def _chosen(tab: Tab, receipt: str) -> None:
    """The loan out of the reader's list, however many pages down it stands."""
    line, more = tab.page.locator(".st-key-review-lines button", has_text=receipt), tab.page.locator(".st-key-review-on button")
    tab.page.locator(".st-key-review-lines button").first.wait_for()
    while not line.count():
        assert more.is_enabled(), f"{receipt} does not wait for this reader"
        more.click()
        tab.settle()
    line.first.click()
    tab.page.wait_for_function(_SHOWN, arg=receipt)
    tab.settle()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_checker_opens_what_the_maker_attached(opened: Callable[[str], Tab], record: Example, tmp_path: Path, lang: str) -> None:
    paper = tmp_path / f"seen-{lang}.txt"
    paper.write_text(f"(invented) permit, seen in {lang}", encoding="utf-8")
    maker = opened("maker")
    maker.open("review", lang, shows=RECEIPT)
    receipt = _attached(maker, paper)
    _proposed(maker, receipt)

    checker = opened("checker")
    checker.open("review", lang, shows=RECEIPT)
    _chosen(checker, receipt)
    seen = checker.page.locator(PAPERS, has_text=paper.name)
    seen.wait_for()
    checker.picture(f"review-evidence-by-two-{lang}")
    kind = codes("en" if lang == "en" else "zh")[f"paper.{next(iter(evidence_rules().kinds))}"]
    assert kind in seen.inner_text()
    assert "maker" in checker.page.locator("p.gf-asked").inner_text()
    with checker.page.expect_download() as taken:
        checker.page.locator("[data-testid=stDownloadButton] button", has_text=paper.name).click()
    assert Path(taken.value.path()).read_bytes() == paper.read_bytes()
    other = checker.page.locator(".st-key-review-lines button").filter(has_not_text=receipt)
    if other.count():  # it is with its own loan alone
        other.first.click()
        checker.page.wait_for_function(_GONE, arg=receipt)
        checker.settle()
        assert paper.name not in checker.text()
    (kept,) = [one for one in evidence_of(open_store(record.store), Actor("checker", "checker", ("*",)), receipt) if one.name == paper.name]
    assert (kept.added_by, kept.link.receipt) == ("maker", receipt)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_paper_altered_on_disk_says_so_instead_of_being_opened(
    opened: Callable[[str], Tab], record: Example, tmp_path: Path, lang: str
) -> None:
    paper = tmp_path / f"altered-{lang}.txt"
    paper.write_text(f"(invented) permit, altered later, {lang}", encoding="utf-8")
    tab = opened("maker")
    tab.open("review", lang, shows=RECEIPT)
    receipt = _attached(tab, paper)
    kept = record.store / "evidence" / sha256(paper.read_bytes()).hexdigest()
    try:
        kept.write_bytes(b"(invented) forged")
        _again(tab, receipt, lang)
        refused = tab.page.locator("[data-testid=stAlertContentError]", has_text=paper.name)
        refused.wait_for()
        tab.picture(f"review-evidence-altered-{lang}")
        words = codes("en" if lang == "en" else "zh")["store.file_altered"].partition("{name}")[2]
        assert words in refused.inner_text()
        assert tab.page.locator("[data-testid=stDownloadButton] button", has_text=paper.name).count() == 0
    finally:
        kept.write_bytes(paper.read_bytes())
    _again(tab, receipt, lang)
    tab.page.locator("[data-testid=stDownloadButton] button", has_text=paper.name).wait_for()
    assert tab.refusals() == []
