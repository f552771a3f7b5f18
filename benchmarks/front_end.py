"""What a reader waits for, in a real browser: ``python benchmarks/front_end.py [--loans 200000] [--runs 9] [--folder FOLDER]``.

One server over a run and a record of so many loans (``record.py``; kept in FOLDER and used again), one Chromium, one tab for each reader.
An interaction lasts from the click or key until what the page shows has changed and the server has drawn all of it. Beside it, in turns,
stands a button on a Streamlit page with nothing else, on a server of its own. Each line of JSON: seconds and processor seconds of the
server for one interaction, and the median over that of the empty page.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, table
from benchmarks.record import record
from benchmarks.timing import spread
from tests.ui.browser import CHROMIUM, QUIET, SIZES, Tab, free_port, serving

AT_MOST = 2.0  # seconds, the goal at 200,000 loans
_EMPTY = "import streamlit as st\nst.session_state.n = st.session_state.get('n', 0) + st.button('next')\nst.text(st.session_state.n)\n"
_CHANGED = """before => document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning'
  && document.querySelector('[data-testid=stMain]').innerText !== before"""
_WAIT = 60_000  # milliseconds
Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of interaction: the server it asks, the tab it is made in, and what makes the click ready and returns it."""

    name: str
    server: subprocess.Popen[bytes]
    page: Any
    ready: Callable[[], Act]


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock and processor seconds of the server."""

    wall: float
    cpu: float


def cpu_seconds(server: subprocess.Popen[bytes]) -> float:
    """Processor seconds so far of a server and of all in its session (Linux)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == server.pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def taken(kind: Kind) -> Taken:
    """One interaction."""
    act = kind.ready()
    before = kind.page.locator("[data-testid=stMain]").inner_text()
    cpu, begun = cpu_seconds(kind.server), time.perf_counter()
    act()
    kind.page.wait_for_function(_CHANGED, arg=before, timeout=_WAIT)
    wall = time.perf_counter() - begun
    return Taken(wall, cpu_seconds(kind.server) - cpu)


@contextmanager
def empty_page(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Streamlit server of its own with a button and nothing else."""
    (folder / "empty.py").write_text(_EMPTY, encoding="utf-8")
    port, options = free_port(), ("--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none")
    words = [sys.executable, "-m", "streamlit", "run", str(folder / "empty.py"), f"--server.port={port}", *options]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, stdout=quiet, stderr=quiet, start_new_session=True) as server:  # noqa: S603  # this interpreter
        try:
            _listening(port)
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.terminate()


def _listening(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)


def kinds(server: subprocess.Popen[bytes], maker: Tab, esg: Tab) -> list[Kind]:
    """The interactions of six pages, the maker's and those of the ESG team."""
    of_maker, of_esg = partial(Kind, server=server, page=maker.page), partial(Kind, server=server, page=esg.page)
    return [
        of_esg("home: opened from the menu", ready=partial(_from_menu, esg, "home", "problems")),
        of_maker("review: another list", ready=_other_part(maker, "review", ("全部", "待提交"))),
        of_maker("review: filter by outcome", ready=_in_review_filter(maker)),
        of_maker("review: next loan", ready=partial(_key, maker, "j")),
        of_maker("review: not green, reason, next loan", ready=partial(_key, maker, "n", "3")),
        of_esg("loans: by outcome", ready=_chosen(esg, "loans", "认定结果", ("绿色", "待复核", "非绿"))),
        of_esg("loans: next page", ready=partial(_pressed, esg, "loans", "下一页")),
        of_esg("loans: another loan", ready=_other_loan(esg)),
        of_esg("problems: by severity", ready=_chosen(esg, "problems", "程度", ("错误", "警告", "提示"))),
        of_esg("problems: next page", ready=partial(_pressed, esg, "problems", "下一页")),
        of_esg("disclosure: another table", ready=_chosen(esg, "disclosure", "披露表", ("T02", "T03", "T05"))),
        of_esg("disclosure: where a figure is from", ready=_other_cell(esg)),
        of_esg("portfolio: another part", ready=_other_part(esg, "portfolio", ("绿色金融评价", "换目录版本"))),
    ]


def _at(tab: Tab, path: str) -> None:
    """Be on a page, drawn to the end, by its link of the menu."""
    if tab.page.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1] != path:
        tab.page.locator(f"[data-testid=stSidebarNavLink][href*='/{path}']").click()
        tab.settle()
        tab.page.wait_for_timeout(500)


def _from_menu(tab: Tab, path: str, before: str) -> Act:
    _at(tab, before)
    return lambda: tab.page.locator("[data-testid=stSidebarNavLink]").first.click() if path == "home" else _at(tab, path)


def _pressed(tab: Tab, path: str, words: str) -> Act:
    _at(tab, path)
    return tab.page.get_by_role("button", name=words).click


def _chosen(tab: Tab, path: str, label: str, options: Sequence[str]) -> Callable[[], Act]:
    turn = cycle(options)

    def ready() -> Act:
        _at(tab, path)
        return _option(tab, label, next(turn))

    return ready


def _option(tab: Tab, label: str, words: str) -> Act:
    box = tab.page.get_by_role("combobox", name=label).first
    box.click()
    box.fill(words)
    option = tab.page.get_by_role("option", name=words).first
    option.wait_for()
    return option.click


def _other_part(tab: Tab, path: str, parts: Sequence[str]) -> Callable[[], Act]:
    turn = cycle(parts)

    def ready() -> Act:
        _at(tab, path)
        words = next(turn)
        return tab.page.get_by_role("radio", name=words).or_(tab.page.get_by_role("button", name=words, exact=True)).first.click

    return ready


def _in_review_filter(tab: Tab) -> Callable[[], Act]:
    turn = cycle(("绿色", "待复核"))

    def ready() -> Act:
        _at(tab, "review")
        if not tab.page.get_by_role("combobox", name="认定结果").count():
            tab.page.get_by_role("button", name="筛选").click()
            tab.page.wait_for_timeout(500)
        return _option(tab, "认定结果", next(turn))

    return ready


def _key(tab: Tab, *keys: str) -> Act:
    _at(tab, "review")
    tab.page.keyboard.press("Escape")
    for key in keys[:-1]:
        tab.page.keyboard.press(key)
        tab.settle()
    return lambda: tab.page.keyboard.press(keys[-1])


def _other_loan(tab: Tab) -> Callable[[], Act]:
    turn = cycle((3, 7, 5, 1))

    def ready() -> Act:
        _at(tab, "loans")
        return tab.page.locator("[role=radiogroup][aria-label*=借据] label").nth(next(turn)).click

    return ready


def _other_cell(tab: Tab) -> Callable[[], Act]:
    turn = cycle((1, 2, 3))

    def ready() -> Act:
        _at(tab, "disclosure")
        return tab.page.locator("td[data-go^='cell:']").nth(next(turn)).click

    return ready


@contextmanager
def readers(site: str) -> Iterator[Callable[[str], Tab]]:
    """A tab of a reader of his own, logged in by role ("": nobody, at another address)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)

        def tab(role: str) -> Tab:
            made = Tab(chromium.new_context(viewport=SIZES["1366"], locale="zh-CN").new_page(), site)
            made.page.set_default_timeout(_WAIT)
            made.enter(role) if role else None
            return made

        yield tab
        chromium.close()


def measured(folder: Path, *, loans: int, runs: int, only: str = "") -> dict[str, list[Taken]]:
    """Every kind so many times in turns with the empty page, after one of each that is told apart."""
    made, found = record(folder, loans=loans), dict[str, list[Taken]]()
    words = ["--run", str(made.runs), "--store", str(made.store), "--lang", "zh"]
    with (
        tempfile.TemporaryDirectory() as scratch,
        serving(words, Path(scratch)) as (site, server),
        empty_page(Path(scratch)) as (bare, other),
        readers(site) as tab,
    ):
        empty = _empty(tab(""), bare, other)
        for kind in (one for one in kinds(server, tab("maker"), tab("esg")) if only in one.name):
            found[f"{kind.name} (first)"] = [taken(kind)]
            taken(empty)
            for _ in range(runs):
                found.setdefault(kind.name, []).append(taken(kind))
                found.setdefault(empty.name, []).append(taken(empty))
            print(
                json.dumps({"measured": kind.name, "wall": [t.wall for t in found[kind.name]], "cpu": [t.cpu for t in found[kind.name]]}),
                file=sys.stderr,
                flush=True,
            )
    return found


def _empty(tab: Tab, address: str, server: subprocess.Popen[bytes]) -> Kind:
    tab.page.goto(address)
    button = tab.page.get_by_role("button", name="next")
    button.wait_for()
    return Kind("empty page", server, tab.page, lambda: button.click)


def main() -> int:
    """Prints a line of JSON for each kind and the table; 0 when the median interaction of every kind is within the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--folder", type=Path, default=Path("build/bench-front-end"))
    parser.add_argument("--only", default="", help="kinds whose name has this")
    asked = parser.parse_args()
    found = measured(asked.folder.resolve(), loans=asked.loans, runs=asked.runs, only=asked.only)
    bare = median(one.wall for one in found["empty page"])
    for name, times in found.items():
        wall, cpu = spread([one.wall for one in times]), spread([one.cpu for one in times])
        print(json.dumps({"kind": name, "loans": asked.loans, "seconds": wall, "cpu_seconds": cpu, "ratio": wall["median"] / bare}))
    again = {name: median(one.wall for one in times) for name, times in found.items() if not name.endswith("(first)")}
    goals = [Goal(name, seconds, at_most=AT_MOST) for name, seconds in again.items()]
    goals.append(Goal("median kind over the empty page", median(found for name, found in again.items() if name != "empty page") / bare))
    goals.append(Goal("load of a minute on a processor", os.getloadavg()[0] / (os.cpu_count() or 1)))
    print(table(goals))
    return 0 if all(goal.is_met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
