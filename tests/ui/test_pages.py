"""Each page in a real browser over a real run: what it shows, that it speaks both languages, and that nothing leaves this machine."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from greenfin.messages import codes

pytestmark = pytest.mark.desktop

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-default-apps",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
]
HERE = {"127.0.0.1"}
SHOWS = {"": ".gf-sheet td", "loans": ".gf-text", "problems": ".gf-list td"}  # what each page ends up showing


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ui") / "demo"
    made = subprocess.run(
        [sys.executable, "-m", "greenfin.cli.main", "demo", "--out", str(folder)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (folder / "run.json").is_file(), made.stderr
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _serving(place: Path, log: Path, cwd: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = _free_port()
    command = [sys.executable, "-m", "greenfin.cli.main", "ui", "--run", str(place), "--port", str(port), "--lang", "zh"]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, cwd=cwd, start_new_session=True) as server:
        try:
            _await(f"http://127.0.0.1:{port}/_stcore/health", server, log)
            yield f"http://127.0.0.1:{port}", server
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGINT)
                server.wait(20)


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(address, timeout=2) as answer:  # noqa: S310  # an address of this machine, made above
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8", errors="replace"))


@pytest.fixture(scope="session")
def site(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with _serving(run, folder / "log.txt", folder) as (address, _):
        yield address
    assert "Traceback" not in (folder / "log.txt").read_text("utf-8", errors="replace")


class Reader:
    """A browser tab that keeps every address it asked for."""

    def __init__(self, page: Any, site: str) -> None:
        self.page, self.site, self.asked = page, site, list[str]()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))

    def open(self, path: str, lang: str) -> None:
        """The page in a language, once nothing is being computed any more."""
        self.page.goto(f"{self.site}/{path}")
        self.page.wait_for_selector(SHOWS[path], timeout=60_000)
        self.settle()
        if lang == "en":
            self.page.get_by_text("English", exact=True).click()
            self.settle()

    def settle(self) -> None:
        """Wait until the server has drawn everything."""
        self.page.wait_for_selector("[data-testid=stSidebarNavLink]", timeout=60_000)
        self.page.wait_for_timeout(300)
        self.page.wait_for_selector('[data-testid=stApp][data-test-script-state="notRunning"]', timeout=60_000)
        self.page.wait_for_timeout(300)

    def text(self) -> str:
        """All that can be read, the chosen options with it."""
        boxes = self.page.get_by_role("combobox").all()
        return "\n".join([self.page.locator("[data-testid=stApp]").inner_text(), *(box.input_value() for box in boxes)])

    def picture(self, name: str) -> None:
        """What the reader sees at 1366 x 768."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def strangers(self) -> list[str]:
        """Addresses asked for that are not on this machine."""
        return [url for url in self.asked if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname not in HERE]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def reader(browser: Any, site: str) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    tab = Reader(context.new_page(), site)
    yield tab
    assert tab.asked
    assert tab.strangers() == []
    context.close()


def _choose(reader: Reader, label: str, option: str) -> None:
    box = reader.page.get_by_role("combobox", name=re.compile(re.escape(label)))
    box.click()
    box.fill(option)  # long lists draw only what is in view
    reader.page.get_by_role("option", name=re.compile(re.escape(option))).first.click()
    reader.settle()


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("台账余额", "关键绩效总表", "本年", "变动")), ("en", ("Book", "Key performance", "Current year", "Change"))]
)
def test_the_tables_of_the_run(reader: Reader, lang: str, words: tuple[str, ...]) -> None:
    reader.open("", lang)
    text = reader.text()
    assert [word for word in words if word not in text] == []
    reader.picture(f"tables-{lang}")


def test_every_table_is_shown_and_a_cell_says_why(reader: Reader) -> None:
    reader.open("", "zh")
    for table in ("T02", "T03", "T16", "T17", "T20", "T21", "T01"):
        _choose(reader, "披露表", table)
        assert reader.page.locator(".gf-sheet td.gf-number").count() > 0, table
        reader.picture(f"table-{table}-zh")
    _choose(reader, "追溯单元格的来源", "二氧化碳减排量")
    assert reader.page.locator(".gf-tree .gf-source").count() > 0
    assert reader.page.locator("td.gf-chosen").count() == 1
    assert reader.page.locator(".gf-tree summary").first.inner_text().startswith("绿色贷款项目二氧化碳减排量")
    reader.picture("why-zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_loans_with_their_evidence(reader: Reader, lang: str) -> None:
    reader.open("loans", lang)
    _choose(reader, {"zh": "认定结果", "en": "Outcome"}[lang], {"zh": "绿色", "en": "green"}[lang])
    assert reader.page.locator(".gf-text mark").count() > 0
    assert reader.page.get_by_role("radio").count() > 2
    reader.picture(f"loans-{lang}")


def test_a_choice_outlives_a_change_of_language_and_of_page(reader: Reader) -> None:
    reader.open("loans", "zh")
    _choose(reader, "认定结果", "待复核")
    reader.page.get_by_text("English", exact=True).click()
    reader.settle()
    outcome = reader.page.get_by_role("combobox", name=re.compile("Outcome"))
    assert outcome.input_value() == codes("en")["decision.review"]
    reader.page.get_by_text("Problems", exact=True).click()
    reader.settle()
    reader.page.get_by_text("Loans and tags", exact=True).click()
    reader.settle()
    assert outcome.input_value() == codes("en")["decision.review"]


def test_the_chosen_loan_is_marked_in_both_languages(reader: Reader) -> None:
    reader.open("loans", "zh")
    reader.page.locator("[role=radiogroup][aria-label*=借据] label").nth(2).click()
    reader.settle()
    shown = reader.page.locator("h4.gf-heading").inner_text().split()[0]
    reader.page.get_by_text("English", exact=True).click()
    reader.settle()
    assert reader.page.locator("h4.gf-heading").inner_text().split()[0] == shown
    marked = reader.page.locator("[role=radiogroup][aria-label*=Loan] label:has(input:checked)")
    assert marked.count() == 1
    assert shown in marked.inner_text()


def test_turning_the_pages_of_the_loans_and_choosing_one(reader: Reader) -> None:
    reader.open("loans", "zh")
    first = reader.page.locator("h4.gf-heading").inner_text()
    reader.page.get_by_role("button", name="下一页").click()
    reader.page.get_by_text(re.compile("第 11–20 条")).wait_for()
    reader.settle()
    assert reader.page.locator("h4.gf-heading").inner_text() != first
    second = reader.page.locator("[role=radiogroup][aria-label*=借据] label").nth(1)
    second.click()
    reader.settle()
    assert reader.page.locator("h4.gf-heading").inner_text().split()[0] in second.inner_text()


def test_a_search_that_finds_nothing_says_so(reader: Reader) -> None:
    reader.open("loans", "zh")
    box = reader.page.get_by_label("文字检索")
    box.fill("没有这样的用途<script>")
    box.press("Enter")
    reader.page.get_by_text("没有符合条件的借据").wait_for()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_problems_by_code_and_as_a_file(reader: Reader, run: Path, lang: str) -> None:
    reader.open("problems", lang)
    assert reader.page.locator(".gf-list tbody tr").count() > 5
    reader.picture(f"problems-{lang}")
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("button", name=re.compile("problems.csv")).click()
    assert Path(waiting.value.path()).read_bytes() == (run / "problems.csv").read_bytes()


@pytest.mark.parametrize("path", ["", "loans", "problems"])
def test_no_chinese_word_of_ours_on_an_english_page(reader: Reader, path: str) -> None:
    """Words of the program are English there; what the bank wrote stays as it is (its headers are the names of ``ui.node``)."""
    reader.open(path, "en")
    text = reader.text()
    ours = {
        words
        for code, words in codes("zh").items()
        if code.startswith(("ui.", "run.", "severity.")) and not code.startswith("ui.node.") and len(words) > 3 and "{" not in words
    }
    assert [words for words in ours if words in text] == []


def test_the_server_ends_with_ctrl_c(run: Path, tmp_path: Path) -> None:
    with _serving(run, tmp_path / "log.txt", tmp_path) as (_, server):
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(20) == 0
    assert "Traceback" not in (tmp_path / "log.txt").read_text("utf-8", errors="replace")
