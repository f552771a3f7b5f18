"""Import in a real browser: a workbook looked at, its mapping corrected and kept, the marked copy, into the record, a run."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from greenfin.ui.frame.example import Example
from tests.ui.browser import ROOT, Tab

pytestmark = pytest.mark.desktop

BOOK = ROOT / "examples" / "small_bank" / "book.xlsx"
LOANS = "\n".join((
    "借据号,机构号,余额一(万元),贷款用途,投向行业,数据日期",
    "U2001,010101,1200.5,屋顶分布式光伏电站建设,4416,2025-12-31",
    "U2002,010101,300,流动资金周转,5211,2025-12-31",
))  # fmt: skip
TABS = "[data-testid=stTabs]"


def _send(tab: Tab, path: Path) -> None:
    tab.page.locator("input[type=file]").first.set_input_files(path)
    tab.page.locator(f"{TABS}, [data-testid=stAlertContentError]").first.wait_for(timeout=60_000)
    tab.settle()


def _tab(tab: Tab, words: str) -> None:
    tab.page.get_by_role("tab", name=words, exact=True).click()
    tab.settle()


@pytest.mark.parametrize(("lang", "problems"), [("zh", "问题"), ("en", "Problems")])
def test_a_workbook_is_looked_at_and_its_marked_copy_taken(opened: Callable[[str], Tab], lang: str, problems: str) -> None:
    tab = opened("maker")
    tab.open("import", lang)
    _send(tab, BOOK)
    assert tab.page.locator("[data-testid=stExpander]").count() >= 11
    tab.pictures(f"import-sheets-{lang}")
    _tab(tab, problems)
    tab.pictures(f"import-problems-{lang}")
    with tab.page.expect_download() as waiting:
        tab.page.locator("[class*=st-key-marked] button").first.click()
    book = load_workbook(BytesIO(Path(waiting.value.path()).read_bytes()))
    assert sum(1 for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment) >= 5
    assert not tab.too_wide()


def test_a_book_is_entered_and_run(opened: Callable[[str], Tab]) -> None:
    tab = opened("maker")
    tab.open("import", "zh")
    _send(tab, BOOK)
    _tab(tab, "入库或计算")
    assert "现行台账" in tab.page.locator(".gf-lots").inner_text()
    tab.page.locator(".st-key-import-enter button").click()
    done = tab.page.locator("[data-testid=stAlertContentSuccess]")
    done.wait_for(timeout=60_000)
    tab.settle()
    assert "246 笔" in done.inner_text()
    tab.page.locator(".st-key-import-run button").click()
    done.filter(has_text="批次").wait_for(timeout=120_000)
    tab.settle()
    tab.pictures("import-out-zh")


def test_loans_that_leave_are_told_before_and_confirmed(opened: Callable[[str], Tab], tmp_path: Path) -> None:
    path = tmp_path / "leaving.csv"
    path.write_text(LOANS.replace("余额一", "贷款余额"), encoding="utf-8")
    tab = opened("maker")
    tab.open("import", "zh")
    _send(tab, path)
    _tab(tab, "入库或计算")
    tab.pictures("import-leave-zh")
    told = tab.page.locator(".gf-lots").inner_text()
    assert all(words in told for words in ("其中：离开台账", "246", "14,639,394,596.50", "新进入", "15,005,000.00"))
    button = tab.page.locator(".st-key-import-enter button").first  # with a tooltip there is another one, for a narrow window
    assert button.is_disabled()
    tab.speak("en")
    assert tab.page.get_by_role("tab", name="Enter or run", exact=True).get_attribute("aria-selected") == "true"
    tab.pictures("import-leave-en")
    tab.page.locator("[class*=st-key-import-leave] label").click()
    tab.settle()
    assert button.is_enabled()
    for name in ("Problems", "Sheets and columns", "Enter or run"):
        _tab(tab, name)
        assert tab.page.get_by_role("tab", name=name, exact=True).get_attribute("aria-selected") == "true"


def test_a_kept_mapping_is_chosen_by_itself_next_time(opened: Callable[[str], Tab], record: Example, tmp_path: Path) -> None:
    path = tmp_path / "u2loans.csv"
    path.write_text(LOANS, encoding="utf-8")
    tab = opened("maker")
    tab.open("import", "zh")
    _send(tab, path)
    tab.page.locator("[data-testid=stPopoverButton]", has_text="留存映射").click()
    tab.page.get_by_label("名称", exact=True).fill("u2loans")
    tab.page.locator(".st-key-import-keep button").click()
    tab.page.get_by_text("映射已留存为").wait_for()
    kept = record.store / "mappings" / "u2loans.yaml"
    assert kept.is_file()
    kept.write_text(kept.read_text("utf-8").replace('field: "-"', "field: loan.balance, unit: 万元"), encoding="utf-8")
    again = opened("maker")
    again.open("import", "zh")
    _send(again, path)
    assert "u2loans.yaml" in again.text()
    again.picture("import-kept-zh")
    assert "15,005,000.00" in again.page.locator(TABS).inner_text()


@pytest.mark.parametrize(("name", "content"), [("x.xlsx", b"PK not a workbook"), ("y.csv", b""), ("bomb.xlsx", None)])
def test_what_cannot_be_read_is_refused_in_words(opened: Callable[[str], Tab], tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000_000)
    else:
        path.write_bytes(content)
    tab = opened("maker")
    tab.open("import", "zh")
    _send(tab, path)
    assert tab.refusals()
    assert tab.page.locator(TABS).count() == 0


def test_a_checker_may_not_import(opened: Callable[[str], Tab]) -> None:
    tab = opened("checker")
    assert "导入" not in tab.menu()
