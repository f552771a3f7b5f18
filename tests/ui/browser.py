"""The harness of browser tests: one server over the example record, one Chromium, a tab for each reader.

A test of a page takes the fixture ``opened`` and says who reads: ``tab = opened("maker")``, ``tab.open("review", "zh")``,
``tab.pictures("review-zh")``. Every tab is checked when its test ends: nothing was asked of another machine, nothing was drawn as an
exception, nothing broke the page's own rules (CSP).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from greenfin.messages import codes
from greenfin.ui.frame.example import Example, make
from greenfin.ui.frame.gate import HEALTH

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
    "--host-resolver-rules=MAP green.bank.example 127.0.0.1",  # the name in the examples of deploy/
]
HERE = {"127.0.0.1"}
SIZES = {"1366": {"width": 1366, "height": 768}, "1920": {"width": 1920, "height": 1080}}
_DRAWN = '[data-testid=stApp][data-test-script-state="notRunning"]'
_WAIT = 60_000  # milliseconds


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(words: Sequence[str], folder: Path, *, port: int = 0, **surroundings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """``greenfin ui`` with these options in a folder of its own, once it answers; ended afterwards."""
    port, log = port or free_port(), folder / "log.txt"
    command = [sys.executable, "-m", "greenfin.cli.main", "ui", "--port", str(port), *words]
    with log.open("wb") as out, subprocess.Popen(
        command, stdout=out, stderr=out, cwd=folder, env={**os.environ, **surroundings}, start_new_session=True
    ) as server:  # fmt: skip
        try:
            _await(port, server, log)
            yield f"http://127.0.0.1:{port}", server
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGINT)
                server.wait(20)
    assert "Traceback" not in log.read_text("utf-8", errors="replace")


def _await(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if status(port, HEALTH) == HTTPStatus.OK:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8", errors="replace"))


def status(port: int, path: str, **headers: str) -> int:
    """What this machine answers to a GET at a port. Raises OSError where nobody does."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


class Tab:
    """A browser tab that keeps every address it asked for and every complaint of the browser."""

    def __init__(self, page: Any, site: str) -> None:
        self.page, self.site = page, site
        self.asked, self.complaints = list[str](), list[str]()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("console", lambda message: self.complaints.append(message.text) if "Content Security Policy" in message.text else None)

    def enter(self, role: str) -> None:
        """Log in to the example record as one of its users (named as their roles)."""
        self.page.goto(f"{self.site}/login")
        self.page.locator(f"button[name=role][value={role}]").click()
        self.settle()

    def log_in(self, name: str, password: str) -> None:
        """Fill in the log-in page."""
        self.page.goto(f"{self.site}/login")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        self.page.locator("form.entry button").click()

    def open(self, path: str = "", lang: str = "zh", *, shows: str = "") -> None:
        """A page by its address in a language, drawn to the end; ``shows`` is a selector to wait for."""
        self.page.goto(f"{self.site}/{path}")
        if shows:
            self.page.wait_for_selector(shows, timeout=_WAIT)
        self.settle()
        self.speak(lang)

    def speak(self, lang: str) -> None:
        """Switch to a language."""
        words = {"zh": "中文", "en": "English"}[lang]
        choice = self.page.locator("[data-testid=stSidebar] [data-testid=stButtonGroup] button", has_text=words)
        if choice.get_attribute("aria-checked") != "true":
            choice.click()
            shown_to_all = codes("en" if lang == "en" else "zh")["ui.page.factors"]
            self.page.locator("[data-testid=stSidebarNavLink]", has_text=shown_to_all).wait_for(timeout=_WAIT)
            self.settle()

    def settle(self) -> None:
        """Wait until the server has drawn everything."""
        self.page.wait_for_selector("[data-testid=stSidebar] [data-testid=stButtonGroup]", state="attached", timeout=_WAIT)
        for _ in range(2):  # a click takes a moment to reach the server
            self.page.wait_for_timeout(150)
            self.page.wait_for_selector(_DRAWN, timeout=_WAIT)
        assert self.page.locator("[data-testid=stException]").count() == 0, self.text()

    def seconds(self, act: Callable[[], object], shows: str) -> float:
        """How long it takes from an act until a selector is there and the server is done."""
        begun = time.perf_counter()
        act()
        self.page.wait_for_selector(shows, timeout=_WAIT)
        self.page.wait_for_selector(_DRAWN, timeout=_WAIT)
        return time.perf_counter() - begun

    def choose(self, label: str, option: str) -> None:
        """Choose in a select box."""
        box = self.page.get_by_role("combobox", name=re.compile(re.escape(label)))
        box.click()
        box.fill(option)  # long lists draw only what is in view
        self.page.get_by_role("option", name=re.compile(re.escape(option))).first.click()
        self.settle()

    def menu(self) -> list[str]:
        """The pages in the navigation, as they are called; the name of an icon stands before each."""
        return [str(words).strip().split("\n")[-1] for words in self.page.locator("[data-testid=stSidebarNavLink]").all_inner_texts()]

    def refusals(self) -> list[str]:
        """What the page refuses, in words."""
        return [str(words) for words in self.page.locator("[data-testid=stAlertContentError]").all_inner_texts()]

    def text(self) -> str:
        """All that can be read, the chosen options with it."""
        boxes = self.page.get_by_role("combobox").all()
        return "\n".join([self.page.locator("[data-testid=stApp]").inner_text(), *(box.input_value() for box in boxes)])

    def text_outside(self) -> str:
        """All that can be read on a page that stands outside streamlit."""
        return str(self.page.locator("body").inner_text())

    def picture(self, name: str, *, whole: bool = False) -> None:
        """What the reader sees now; with ``whole`` the page down to its end."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        if whole:
            height = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
            self.page.set_viewport_size({"width": SIZES["1366"]["width"], "height": min(max(height, 768), 6000)})
            self.settle()
        self.page.screenshot(path=PICTURES / f"{name}.png")
        if whole:
            self.page.set_viewport_size(SIZES["1366"])

    def pictures(self, name: str) -> None:
        """What the reader sees at 1366 x 768 and at 1920 x 1080."""
        for width, size in SIZES.items():
            self.page.set_viewport_size(size)
            self.settle()
            self.picture(f"{name}-{width}")
        self.page.set_viewport_size(SIZES["1366"])

    def too_wide(self) -> bool:
        """Whether the page as a whole scrolls sideways."""
        return bool(
            self.page.evaluate(
                "(() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth > m.clientWidth; })()"
            )
        )

    def strangers(self) -> list[str]:
        """Addresses asked for that are not on this machine."""
        return [url for url in self.asked if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname not in HERE]

    def check(self) -> None:
        """What holds of every tab when its test ends."""
        assert self.asked
        assert self.strangers() == []
        assert self.complaints == []


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The example record: runs, a store with a user of each role, and the password of all of them."""
    return make(tmp_path_factory.mktemp("record") / "example")


@pytest.fixture(scope="session")
def run(record: Example) -> Path:
    """The run of the example bank."""
    return record.runs / "example"


@pytest.fixture(scope="session")
def site(record: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the example record."""
    words = ["--run", str(record.runs), "--store", str(record.store), "--lang", "zh"]
    with serving(words, tmp_path_factory.mktemp("server")) as (address, _):
        yield address


@pytest.fixture(scope="session")
def runs_only(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a run, without a record and without log-in."""
    with serving(["--run", str(run), "--lang", "zh"], tmp_path_factory.mktemp("server")) as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def tabs(browser: Any) -> Iterator[Callable[[str], Tab]]:
    """A tab of a reader of his own on a server; nobody is logged in."""
    made: list[tuple[Any, Tab]] = []

    def tab(address: str) -> Tab:
        context = browser.new_context(viewport=SIZES["1366"], locale="zh-CN")
        made.append((context, Tab(context.new_page(), address)))
        return made[-1][1]

    yield tab
    for context, one in made:
        one.check()
        context.close()


@pytest.fixture
def opened(tabs: Callable[[str], Tab], site: str, record: Example) -> Iterator[Callable[[str], Tab]]:
    """A tab of somebody logged in to the example record, by role. Runs that a test makes are gone after it."""

    def entered(role: str) -> Tab:
        tab = tabs(site)
        tab.enter(role)
        return tab

    before = set(record.runs.iterdir())
    yield entered
    for made in set(record.runs.iterdir()) - before:
        shutil.rmtree(made)


@pytest.fixture
def reader(tabs: Callable[[str], Tab], runs_only: str) -> Tab:
    """A tab on the server of a run alone."""
    return tabs(runs_only)
