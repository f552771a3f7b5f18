"""A report on its way out in a real browser, in English: answers, sign-off by two, published, restated by two, taken away."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from greenfin import example, pipeline, run_folder
from greenfin.disclose import write_rows
from greenfin.pipeline import Options
from greenfin.store.exporting import as_file, decisions_table
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
from greenfin.store.runs import register
from greenfin.ui.frame.example import Example
from tests.ui.browser import Tab
from tests.ui.english import chinese, cut_off

pytestmark = pytest.mark.desktop

Opened = Callable[[str], Tab]
SHEET = ".gf-sheet td.gf-number"
CELL, OWN_WORDS = "T01!green_balance.current", "Green lending is decided by a maker and a checker."


@pytest.fixture(scope="module")
def strict(record: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A run of what has been approved in the record: one that may be published. Afterwards the example bank's is the newest again."""
    store, actor = open_store(record.store), Actor("esg", "esg")
    decisions = tmp_path_factory.mktemp("decided") / "decisions.csv"
    write_rows(as_file(decisions_table(store, actor, as_of=example.AS_OF)), decisions)
    files = pipeline.Files(example.files().books, decisions=decisions)
    result = pipeline.run(files, Options(policy="strict", templates=("T01", "T02"), report_lang="en"), as_of=example.AS_OF)
    saved = run_folder.save(result, record.runs / "strict", lang="en")
    register(store, actor, saved, made_at=datetime.now(UTC))
    yield saved.id
    for made in (saved.folder, *record.runs.glob(f"{example.AS_OF}-*")):
        os.utime(made / "run.json", (0, 0))


def _part(tab: Tab, words: str, picture: str = "") -> None:
    tab.page.locator("[data-testid=stButtonGroup] button", has_text=re.compile(f"^{words}$")).click()
    tab.settle()
    if words != "Questionnaire":  # a bank answers in Chinese
        assert chinese(tab) == []
    assert cut_off(tab) == []
    if picture:
        tab.picture(f"disclosure-{picture}-en-1366")


def _press(tab: Tab, words: str, brings: str) -> None:
    """A button, and what it brings: a step that is done, an alert, words."""
    tab.page.get_by_role("button", name=words).click()
    tab.page.locator(brings).first.wait_for(timeout=60_000)
    tab.settle()


def _there(tab: Tab, run: str) -> None:
    tab.open(f"disclosure?run={run}", "en", shows=SHEET)


def _answered(tab: Tab, run: str) -> str:
    """The questionnaire filled in and saved, and the report made again with it; the new run."""
    _there(tab, run)
    tab.page.locator(f'td[data-go="cell:{CELL}"]').click()
    tab.settle()
    assert tab.page.locator("tr.gf-under .gf-tree").count() == 1
    tab.picture("disclosure-why-en-1366")
    _part(tab, "Questionnaire")
    tab.choose("Item of the questionnaire", "Q03")
    texts = tab.page.locator("[data-testid=stMain] textarea")
    english = tab.page.locator("[data-testid=stMain] textarea[aria-label*='English']")  # where an answer was saved in both languages
    box = (english if english.count() else texts).first
    box.fill(OWN_WORDS)
    box.press("Control+Enter")
    tab.settle()
    _press(tab, "Save", ".st-key-answers-remake")
    tab.picture("disclosure-questionnaire-en-1366")
    tab.page.locator(".st-key-answers-remake button").click()
    made = tab.page.locator("[data-testid=stAlertContentSuccess]")
    made.wait_for(timeout=120_000)
    tab.settle()
    found = re.search(r"2025-12-31-\w+", made.inner_text())
    assert found
    assert found.group() != run
    return found.group()


def _checked(maker: Tab, checker: Tab, run: str) -> None:
    """Submitted by one, checked by the other; whoever submitted it may not."""
    _there(maker, run)
    _part(maker, "Sign-off")
    _press(maker, "Submit for checking", "ol.gf-steps li.gf-done >> nth=1")
    assert maker.page.get_by_role("button", name="Checked, it holds").count() == 0
    _there(checker, run)
    _part(checker, "Sign-off", "signing")
    _press(checker, "Checked, it holds", "ol.gf-steps li.gf-done >> nth=2")
    assert checker.refusals() == []


def _published(tab: Tab, run: str) -> None:
    _there(tab, run)
    _part(tab, "Sign-off")
    tab.page.locator("[data-testid=stMain] [data-testid=stTextInput] input").last.fill("our website")
    _press(tab, "Enter as published", "ol.gf-steps li.gf-done >> nth=3")
    tab.picture("disclosure-published-en-1366")
    _part(tab, "Published figures")
    assert CELL in tab.text() or "T02" in tab.text()


def _restated(maker: Tab, checker: Tab, run: str) -> None:
    """Asked for by one with its reason, entered when the other agrees, and in the register."""
    _part(maker, "Restatements")
    maker.page.locator("[data-testid=stExpander] summary").last.click()
    maker.choose("Cell", CELL)
    form = maker.page.get_by_test_id("stForm").last
    for label, words in (("As restated", "6.30"), ("Reason", "one receipt counted twice")):
        form.get_by_role("textbox", name=label).fill(words)
    maker.picture("disclosure-restating-en-1366", whole=True)
    _press(maker, "Ask, for another person to agree", "text=waiting for another person")
    assert maker.refusals() == []
    assert maker.page.get_by_role("button", name="Agree and enter").count() == 0
    _there(checker, run)
    _part(checker, "Restatements")
    assert "one receipt counted twice" in checker.text()
    checker.picture("disclosure-agreeing-en-1366")
    _press(checker, "Agree and enter", f"table.gf-list >> text={CELL}")
    row = checker.page.locator("table.gf-list tr", has_text=CELL).inner_text()
    assert "6.30" in row
    assert "one receipt counted twice" in row


def _taken(tab: Tab) -> None:
    _part(tab, "Export", "export")
    for file in ("disclosure.xlsx", "disclosure.pdf", "disclosure.docx"):
        with tab.page.expect_download() as waiting:
            tab.page.get_by_role("button", name=file).click()
        content = Path(waiting.value.path()).read_bytes()
        if file.endswith("docx"):
            assert OWN_WORDS in ZipFile(BytesIO(content)).read("word/document.xml").decode()


def test_a_report_is_answered_signed_published_restated_and_taken(opened: Opened, strict: str) -> None:
    maker, checker = opened("esg"), opened("checker")
    run = _answered(maker, strict)
    _checked(maker, checker, run)
    _published(maker, run)
    _restated(maker, checker, run)
    _taken(maker)
