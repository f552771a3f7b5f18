"""Review in a real browser: maker and checker by keys, and how long a loan takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.browser import Tab
from tests.ui.english import chinese, cut_off

pytestmark = pytest.mark.desktop

READY = ".gf-receipt"
TRIES = 8
MOST_SECONDS = 1.0  # from the first key to the next loan, with the example bank
_BUSY_SECONDS = 0.3
_MOVED = "before => { const e = document.querySelector('.gf-receipt'); return e && e.innerText !== before; }"
_LEAVE = ".st-key-review-leave button"
OF_DATA = ".st-key-review-lines, .gf-receipt, [class*=st-key-review-entry], [class*=st-key-review-found]"  # what the bank wrote
NOT_GREEN = (("n", "not_green"), ("3", ""))
OTHER_ENTRY = (("e", "change"), ("1", "green"), ("1", ""))


def _shown(tab: Tab) -> str:
    return str(tab.page.locator(READY).inner_text())


def _decide(tab: Tab, *keys: tuple[str, str]) -> tuple[str, float]:
    """The loan decided, and the seconds from the first key to the next loan; behind each key what it is to bring up (empty: the loan)."""
    before, begun = _shown(tab), time.perf_counter()
    for key, brings in keys:
        tab.page.keyboard.press(key)
        if brings:
            tab.page.locator(f".gf-mode-{brings}").wait_for()
            tab.page.locator(f".st-key-review-{'entry' if brings == 'change' else 'reason'}-1 button").wait_for()
    tab.page.wait_for_function(_MOVED, arg=before)
    taken = time.perf_counter() - begun
    tab.settle()
    return before, taken


def _crowding() -> float:
    """How much longer than its own work a busy process takes on this machine now, for others are at work on it too; 1 where none are."""
    wall, work = time.perf_counter(), time.process_time()
    while time.process_time() - work < _BUSY_SECONDS:
        pass
    return max(1.0, (time.perf_counter() - wall) / _BUSY_SECONDS)


def _seconds(tab: Tab, *keys: tuple[str, str]) -> tuple[str, float]:
    """The loan decided, and the least seconds of a few such decisions, each as on a machine that does nothing else; the first one within
    the limit ends them."""
    decided, least = "", float("inf")
    for _ in range(TRIES):
        _with_candidates(tab)
        crowding = _crowding()
        decided, seconds = _decide(tab, *keys)
        least = min(least, seconds / crowding)
        if least < MOST_SECONDS:
            break
    return decided, least


def _with_candidates(tab: Tab) -> None:
    """To the next loan that has an entry on offer."""
    while tab.page.locator("ol.gf-candidates li").count() == 0:
        before = _shown(tab)
        tab.page.keyboard.press("j")
        tab.page.wait_for_function(_MOVED, arg=before)
        tab.settle()


def _list(tab: Tab, words: str) -> None:
    tab.page.locator("[data-testid=stButtonGroup] button", has_text=words).first.click()
    tab.settle()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_maker_sees_all_of_a_loan(opened: Callable[[str], Tab], lang: str) -> None:
    tab = opened("maker")
    tab.open("review", lang, shows=READY)
    tab.page.locator(".st-key-review-lines button").nth(2).click()  # and the keys go on working
    tab.settle()
    _with_candidates(tab)
    tab.pictures(f"review-maker-{lang}")
    assert tab.page.locator(".gf-text mark").count() >= 1
    assert tab.page.locator("ol.gf-candidates ul.gf-rules li").count() >= 1
    assert tab.page.locator("dl.gf-clause dt").count() >= 3
    assert not tab.too_wide()


def test_a_maker_decides_by_at_most_three_keys_within_a_second(opened: Callable[[str], Tab]) -> None:
    tab = opened("maker")
    tab.open("review", "zh", shows=READY)
    taken = []
    for keys in (NOT_GREEN, OTHER_ENTRY):
        decided, seconds = _seconds(tab, *keys)
        taken.append(seconds)
    tab.picture("review-decided-zh")
    assert max(taken) < MOST_SECONDS, taken
    tab.page.keyboard.press("u")  # the last one comes back
    tab.page.wait_for_function("receipt => document.querySelector('.gf-receipt').innerText === receipt", arg=decided)
    tab.settle()
    assert "已退回" in tab.page.locator(".gf-loan-head").inner_text()


def test_an_entry_is_searched_and_left_again(opened: Callable[[str], Tab]) -> None:
    tab = opened("maker")
    tab.open("review", "zh", shows=READY)
    tab.page.keyboard.press("e")
    tab.page.locator(_LEAVE).wait_for()
    tab.page.get_by_label("查找条目").fill("guangfu")
    tab.page.get_by_label("查找条目").press("Enter")
    tab.page.locator("[class*=st-key-review-found] button").first.wait_for()
    tab.picture("review-search-zh")
    assert tab.page.locator("[class*=st-key-review-found] button", has_text="太阳能").count() >= 1
    tab.page.locator(_LEAVE).click()
    tab.settle()
    assert tab.page.locator(_LEAVE).count() == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_checker_approves_and_returns(opened: Callable[[str], Tab], lang: str) -> None:
    tab = opened("checker")
    tab.open("review", lang, shows=READY)
    tab.page.locator(".st-key-review-lines button").first.click()
    tab.settle()
    tab.pictures(f"review-checker-{lang}")
    assert tab.page.locator("p.gf-asked").count() == 1
    _, seconds = _seconds(tab, ("a", ""))
    assert seconds < MOST_SECONDS
    _decide(tab, ("t", "return"), ("1", ""))
    tab.picture(f"review-checked-{lang}")


def test_a_maker_works_in_english(opened: Callable[[str], Tab], tmp_path: Path) -> None:
    paper = tmp_path / "permit.txt"
    paper.write_text("(invented) permit", encoding="utf-8")
    tab = opened("maker")
    tab.open("review", "en", shows=READY)
    _with_candidates(tab)
    for keys, leave in (((), ""), (("n",), _LEAVE), (("e",), _LEAVE), (("p",), "")):
        for key in keys:
            tab.page.keyboard.press(key)
            tab.page.locator(_LEAVE if leave else "[role=dialog] input[type=file]").wait_for(state="attached")
            tab.settle()
        assert chinese(tab, OF_DATA) == []
        assert cut_off(tab) == []
        if leave:
            tab.page.locator(leave).click()
            tab.page.locator(leave).wait_for(state="detached")
            tab.settle()
    dialog = tab.page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(paper)
    dialog.get_by_text("permit.txt").first.wait_for()
    dialog.locator("[data-testid=stFormSubmitButton] button").click()
    tab.page.locator("ul.gf-papers li", has_text="permit.txt").wait_for()
    tab.settle()
    before, _ = _decide(tab, *NOT_GREEN)
    tab.page.keyboard.press("u")
    tab.page.wait_for_function("receipt => document.querySelector('.gf-receipt').innerText === receipt", arg=before)
    tab.settle()
    tab.picture("review-undone-en-1366")
    assert chinese(tab, OF_DATA) == []


def test_a_key_that_does_nothing_says_why(opened: Callable[[str], Tab]) -> None:
    tab = opened("maker")
    tab.open("review", "zh", shows=READY)
    before = _shown(tab)
    for key, why in (("t", "经办"), ("u", "收回")):
        tab.page.keyboard.press(key)
        tab.page.locator(".gf-told", has_text=f"按键 {key.upper()} 此时没有作用").filter(has_text=why).wait_for()
        tab.settle()
    tab.picture("review-unoffered-zh")
    tab.page.keyboard.press("n")
    tab.page.locator(".gf-mode-not_green").wait_for()
    tab.settle()
    tab.page.keyboard.press("a")
    tab.page.locator(".gf-told", has_text="请先按数字选一项").wait_for()
    assert _shown(tab) == before


@pytest.mark.parametrize("keys", ["n3", "e11", "n33"])
def test_numbers_pressed_before_their_choices_are_drawn_are_not_lost_and_decide_one_loan(opened: Callable[[str], Tab], keys: str) -> None:
    tab = opened("maker")
    tab.open("review", "zh", shows=READY)
    for _ in range(3):
        _with_candidates(tab)
        before, _ = _decide(tab, *((key, "") for key in keys))
        after = _shown(tab)
        tab.page.keyboard.press("u")
        tab.page.wait_for_function("receipt => document.querySelector('.gf-receipt').innerText === receipt", arg=before)
        tab.settle()
        assert "已退回" in tab.page.locator(".gf-loan-head").inner_text()
        assert after != before


def test_filters_narrow_the_list(opened: Callable[[str], Tab]) -> None:
    tab = opened("maker")
    tab.open("review", "zh", shows=READY)
    tab.page.locator("[data-testid=stPopoverButton]").first.click()
    tab.choose("认定结果", "非绿")
    tab.picture("review-filters-zh")
    assert {"非绿"} == {words[:2] for words in tab.page.locator(".st-key-review-lines button").all_inner_texts()}


def _one_that_offers(tab: Tab, act: str) -> None:
    """The first loan of the page with which this may be done: others may have proposed those before it."""
    lines = tab.page.locator(".st-key-review-lines button")
    for at in range(lines.count()):
        lines.nth(at).click()
        tab.settle()
        if tab.page.locator("[data-testid=stMain] button", has_text=act).count():
            return
    raise AssertionError(act)


def test_loans_that_are_alike_are_decided_together(opened: Callable[[str], Tab]) -> None:
    tab = opened("maker")
    tab.open("review", "zh", shows=READY)
    _list(tab, "全部")
    tab.page.locator("[data-testid=stPopoverButton]").first.click()
    tab.choose("认定结果", "非绿")
    tab.page.keyboard.press("Escape")
    tab.settle()
    _one_that_offers(tab, "同类一并")
    tab.page.keyboard.press("g")
    dialog = tab.page.get_by_role("dialog")
    dialog.wait_for()
    tab.settle()
    dialog.locator("button", has_text="同意机器").click()
    tab.settle()
    tab.picture("review-together-zh")
    dialog.get_by_role("button", name="办理", exact=False).last.click()
    tab.page.locator(".gf-told").wait_for()
    tab.settle()
    assert "已办理" in tab.page.locator(".gf-told").inner_text()


def test_a_paper_is_attached_and_the_dossier_is_one_key_away(opened: Callable[[str], Tab], tmp_path: Path) -> None:
    paper = tmp_path / "批复.txt"
    paper.write_text("（虚构）项目批复", encoding="utf-8")
    tab = opened("maker")
    tab.open("review", "zh", shows=READY)
    tab.page.keyboard.press("p")
    dialog = tab.page.get_by_role("dialog")
    dialog.locator("[data-testid=stFormSubmitButton] button").click()
    dialog.get_by_text("请先选择要附上的文件").wait_for()
    tab.settle()
    dialog.locator("input[type=file]").set_input_files(paper)
    dialog.get_by_text("批复.txt").wait_for()
    tab.picture("review-paper-zh")
    dialog.locator("[data-testid=stFormSubmitButton] button").click()
    tab.page.locator("ul.gf-papers li", has_text="批复.txt").wait_for()
    with tab.page.expect_download() as waiting:
        tab.page.keyboard.press("d")
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")


def test_whoever_only_reads_has_no_acts_and_no_names(opened: Callable[[str], Tab]) -> None:
    tab = opened("esg")
    tab.open("review", "zh", shows=READY)
    assert "*" in tab.page.locator(".gf-beside").inner_text()
    keys = tab.page.locator("[class*=st-key-review-]").evaluate_all("all => all.map(e => e.className).join(' ')")
    assert not {act for act in ("agree", "green", "not_green", "approve", "return", "change") if f"st-key-review-{act} " in f"{keys} "}
