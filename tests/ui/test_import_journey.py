"""A bank's own workbook in a real browser, in English: an unknown heading corrected and kept, cells in error, the marked copy, a run."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from greenfin.ui.frame.example import Example
from tests.ui.browser import Tab
from tests.ui.english import chinese, cut_off

pytestmark = pytest.mark.desktop

HEADS = ("借据号", "机构号", "余额一", "贷款用途", "投向行业", "放款日期", "数据日期")
ROWS = (
    ("J001", "010101", 1200.5, "屋顶分布式光伏电站建设", "4416", "2022-03-01", "2023-12-31"),
    ("J002", "010101", "三百左右", "流动资金周转", "5211", "2023-06-30", "2023-12-31"),
    ("J003", "010102", 88, "污水处理厂提标改造", "4620", "2023-13-45", "2023-12-31"),
)
# of an early day: whoever opens a page later in this session finds the example bank first
WRONG = ("C3", "F4")  # no amount, no day
TABS = "[data-testid=stTabs]"
UNKNOWN_AT = 2  # columns of the sheet before the one that is not known
LINE, READ_AS, UNIT = 35, 470, 740  # pixels in the grid
DONE = "[data-testid=stAlertContentSuccess]"


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "借据"
    for row in (HEADS, *ROWS):
        sheet.append(row)
    book.save(tmp_path / "journey.xlsx")
    return tmp_path / "journey.xlsx"


def _turn(tab: Tab, words: str) -> None:
    tab.page.get_by_role("tab", name=words, exact=True).click()
    tab.settle()
    assert chinese(tab) == []
    assert cut_off(tab) == []


def _sent(tab: Tab, workbook: Path) -> None:
    tab.open("import", "en")
    tab.page.locator("input[type=file]").first.set_input_files(workbook)
    tab.page.get_by_text("3 rejected").wait_for(timeout=60_000)
    tab.settle()


def _corrected(tab: Tab) -> None:
    """The column read as the balance, in ten thousand yuan, in the grid."""
    grid = tab.page.locator("[data-testid=stDataFrame]").first
    for at, words in ((READ_AS, "outstanding balance in"), (UNIT, "万元")):
        grid.dblclick(position={"x": at, "y": LINE * (UNKNOWN_AT + 1.5)})
        tab.page.locator("#portal input, #portal textarea").first.wait_for()
        tab.page.keyboard.type(words)
        tab.page.keyboard.press("Enter")
        tab.page.locator("#portal input, #portal textarea").first.wait_for(state="detached")
        tab.settle()
    again = tab.page.locator(".st-key-import-again button")
    again.wait_for()
    tab.picture("import-corrected-en-1366")
    again.click()
    again.wait_for(state="detached", timeout=60_000)
    tab.settle()


def _kept(tab: Tab, record: Example) -> None:
    tab.page.get_by_test_id("stPopoverButton").filter(has_text="Keep").click()
    tab.page.locator(".st-key-import-keep-name input").fill("journey")
    tab.page.locator(".st-key-import-keep button").click()
    tab.page.get_by_text("journey.yaml").first.wait_for()
    tab.page.keyboard.press("Escape")
    assert "loan.balance" in (record.store / "mappings" / "journey.yaml").read_text("utf-8")


def _marked(tab: Tab) -> None:
    """Problems by cell, and the copy that carries them."""
    _turn(tab, "Problems")
    tab.picture("import-cells-en-1366")
    shown = tab.page.locator(".st-key-import-problems").inner_text()
    assert [cell for cell in WRONG if f"!{cell}" not in shown] == []
    with tab.page.expect_download() as waiting:
        tab.page.locator("[class*=st-key-marked] button").first.click()
    sheet = load_workbook(BytesIO(Path(waiting.value.path()).read_bytes()))["借据"]
    assert [cell for cell in WRONG if sheet[cell].comment is None or sheet[cell].fill.fill_type is None] == []
    assert sheet["C2"].comment is None


def _run(tab: Tab) -> str:
    _turn(tab, "Enter or run")
    tab.page.locator(".st-key-import-run button").click()
    tab.page.get_by_text("reading the book").first.wait_for(state="attached", timeout=60_000)  # how far it is
    done = tab.page.locator(DONE).filter(has_text=re.compile(r"2023-12-31-\w+"))
    done.wait_for(timeout=180_000)
    tab.settle()
    tab.picture("import-run-en-1366")
    found = re.search(r"2023-12-31-\w+", done.inner_text())
    assert found
    return found.group()


def test_a_banks_own_workbook_is_corrected_marked_and_run(opened: Callable[[str], Tab], record: Example, workbook: Path) -> None:
    tab = opened("maker")
    _sent(tab, workbook)
    _corrected(tab)
    assert "12,005,000.00" in tab.page.locator(TABS).inner_text().replace("\u00a0", " ")
    _kept(tab, record)
    _marked(tab)
    run = _run(tab)
    tab.open(f"loans?run={run}", "en")
    assert "J001" in tab.text()
