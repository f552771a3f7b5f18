"""Who gets in, and what is refused: in a real browser, over the example record."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from greenfin.messages import Lang, say
from greenfin.store import people
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
from greenfin.ui.frame.example import Example
from greenfin.ui.frame.gate import COOKIE, HEADERS
from tests.ui.browser import Tab, serving

pytestmark = pytest.mark.desktop

FIRST, OWN = "given on paper 0731", "nine grey geese over ice"
ADMIN = Actor("admin", "admin")


def _new_user(record: Example, name: str) -> None:
    people.add_user(open_store(record.store), ADMIN, name, role="auditor", branches=(), password=FIRST)


def _said(tab: Tab) -> str:
    return str(tab.page.locator("p.said").inner_text())


def _is_outside(tab: Tab) -> bool:
    return "/login" in tab.page.url and tab.page.locator("#password").count() > 0


def test_a_name_and_a_password_open_the_page_that_was_asked_for(tabs: Callable[[str], Tab], site: str, record: Example) -> None:
    tab = tabs(site)
    tab.page.goto(f"{site}/problems?severity=error")
    assert _is_outside(tab)
    tab.picture("login-zh")
    tab.page.fill("#name", "esg")
    tab.page.fill("#password", record.password)
    tab.page.locator("form.entry button").click()
    tab.settle()
    assert tab.page.url.endswith("/problems?severity=error")
    kept = [cookie for cookie in tab.page.context.cookies() if cookie["name"] == COOKIE]
    assert [(cookie["httpOnly"], cookie["sameSite"]) for cookie in kept] == [(True, "Lax")]
    assert kept[0]["value"] not in tab.page.content()
    tab.page.reload()
    tab.settle()
    assert tab.page.url.endswith("/problems?severity=error")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_address_without_a_page_says_so_in_the_language_chosen(opened: Callable[[str], Tab], site: str, lang: Lang) -> None:
    tab = opened("esg")
    tab.speak(lang)
    tab.page.goto(f"{site}/nothing-here")
    assert say("ui.no_page", lang) in tab.text_outside()
    tab.picture(f"no-page-{lang}")
    tab.page.get_by_role("link", name=say("ui.page.home", lang)).click()
    tab.settle()
    assert tab.menu()[0] == say("ui.page.home", lang)
    for path in ("home", "home/"):
        tab.page.goto(f"{site}/{path}")
        tab.settle()
        assert (urlsplit(tab.page.url).path, tab.menu()[0]) == ("/", say("ui.page.home", lang))
    assert tab.page.get_by_role("dialog").count() == 0


def test_keys_work_after_the_language_was_chosen(opened: Callable[[str], Tab]) -> None:
    tab = opened("maker")
    tab.open("review", "zh", shows=".gf-receipt")
    tab.speak("en")
    before = tab.page.locator(".gf-receipt").inner_text()
    tab.page.keyboard.press("j")
    tab.page.wait_for_function("before => document.querySelector('.gf-receipt')?.innerText !== before", arg=before)


def test_an_address_elsewhere_is_not_gone_to(tabs: Callable[[str], Tab], site: str, record: Example) -> None:
    tab = tabs(site)
    tab.page.goto(f"{site}/login?next=//example.org/")
    tab.page.fill("#name", "esg")
    tab.page.fill("#password", record.password)
    tab.page.locator("form.entry button").click()
    tab.settle()
    assert tab.page.url.startswith(site)


def test_the_log_in_page_speaks_english(tabs: Callable[[str], Tab], site: str) -> None:
    tab = tabs(site)
    tab.page.goto(f"{site}/login")
    tab.page.get_by_role("link", name="English").click()
    tab.page.wait_for_url("**/login?lang=en**")
    assert say("ui.login.button", "en") in tab.page.locator("form.entry").inner_text()
    tab.picture("login-en")


def test_a_wrong_password_says_so_and_five_lock_the_account(tabs: Callable[[str], Tab], site: str, record: Example) -> None:
    _new_user(record, "locked.out")
    tab = tabs(site)
    for _ in range(5):
        tab.log_in("locked.out", "not the right words")
        assert say("store.login_failed", "zh", failures=5, minutes=15) == _said(tab)
    tab.log_in("locked.out", FIRST)
    assert _said(tab)
    assert _is_outside(tab)


def test_a_first_password_is_changed_on_the_way_in(tabs: Callable[[str], Tab], site: str, record: Example) -> None:
    _new_user(record, "newcomer")
    tab = tabs(site)
    tab.log_in("newcomer", FIRST)
    tab.page.wait_for_selector("#again")
    tab.picture("login-change-zh")
    assert [c for c in tab.page.context.cookies() if c["name"] == COOKIE] == []
    for new, again in (("short", "short"), (OWN, f"{OWN}!"), (OWN, OWN)):
        for field, words in (("password", FIRST), ("new", new), ("again", again)):
            tab.page.fill(f"#{field}", words)
        tab.page.locator("form.entry button").click()
        if again != OWN:
            assert _said(tab)
    tab.settle()
    assert say("ui.page.home", "zh") in tab.page.title() or tab.menu()


def test_logging_out_ends_the_session(opened: Callable[[str], Tab], tabs: Callable[[str], Tab], site: str) -> None:
    tab = opened("esg")
    kept = next(cookie for cookie in tab.page.context.cookies() if cookie["name"] == COOKIE)
    tab.page.get_by_role("button", name=say("ui.log_out", "zh")).click()
    tab.page.get_by_text(say("ui.login.out", "zh")).wait_for()
    tab.page.locator("[data-testid=stMain] .gf-tile").first.wait_for(state="detached")
    tab.page.get_by_role("link", name=say("ui.login.again_link", "zh")).click()
    tab.page.wait_for_selector("#password")
    other = tabs(site)
    other.page.context.add_cookies([{"name": COOKIE, "value": kept["value"], "url": site}])
    other.page.goto(site)
    assert _is_outside(other)


def test_a_session_ends_by_itself(opened: Callable[[str], Tab], record: Example) -> None:
    tab = opened("auditor")
    long_ago = "2020-01-01T00:00:00.000000Z"
    with open_store(record.store).engine.begin() as connection:
        connection.execute(
            text('UPDATE sessions SET last_seen_at = :at, expires_at = :at WHERE "user" = :user'), {"at": long_ago, "user": "auditor"}
        )
    tab.page.get_by_text("English", exact=True).click()
    tab.page.get_by_text(say("ui.login.over", "en")).wait_for()
    tab.page.locator("[data-testid=stMain] .gf-tile").first.wait_for(state="detached")
    tab.picture("session-over-en")
    tab.page.reload()
    assert _is_outside(tab)


@pytest.mark.parametrize("token", ["", "forged", "a" * 43, "'; DROP TABLE sessions; --"])
def test_a_forged_session_opens_nothing(tabs: Callable[[str], Tab], site: str, token: str) -> None:
    tab = tabs(site)
    cookie = {"Cookie": f"{COOKIE}={token}"}
    tab.page.set_extra_http_headers(cookie)
    tab.page.goto(f"{site}/disclosure")
    assert _is_outside(tab)
    asked = tab.page.context.request
    for path in ("/_stcore/host-config", "/media/0123456789abcdef.pdf", "/_stcore/upload_file/a/b", "/component/x/index.html"):
        assert asked.get(f"{site}{path}", headers=cookie).status == 401, path
    assert _socket(tab, site) == "closed"


def _socket(tab: Tab, site: str) -> str:
    """What becomes of a connection to the server's stream from the page that the tab shows."""
    script = """address => new Promise(done => {
        const socket = new WebSocket(address, ["streamlit"]);
        socket.onopen = () => done("open"); socket.onerror = () => done("closed"); socket.onclose = () => done("closed");
    })"""
    return str(tab.page.evaluate(script, f"{site.replace('http', 'ws')}/_stcore/stream"))


@contextmanager
def _other_site(folder: Path) -> Iterator[str]:
    (folder / "index.html").write_text("<p>elsewhere</p>", encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_another_site_cannot_connect_nor_send(opened: Callable[[str], Tab], site: str, tmp_path: Path) -> None:
    tab = opened("esg")
    assert _socket(tab, site) == "open"
    with _other_site(tmp_path) as elsewhere:
        tab.page.goto(elsewhere)
        assert _socket(tab, site) == "closed"
    foreign = {"Origin": "https://elsewhere.example"}
    asked = tab.page.context.request
    assert asked.post(f"{site}/login", headers=foreign, form={"name": "esg", "password": "x"}).status == 403
    assert asked.get(f"{site}/disclosure", headers=foreign).status == 403
    assert asked.get(f"{site}/", headers={"Host": "elsewhere.example"}).status == 403


@pytest.mark.parametrize(
    ("role", "page"), [("loan_officer", "disclosure"), ("loan_officer", "problems"), ("admin", "loans"), ("admin", "disclosure")]
)
def test_a_page_of_another_role_says_no_and_shows_nothing(opened: Callable[[str], Tab], role: str, page: str) -> None:
    tab = opened(role)
    assert say(f"ui.page.{page}", "zh") not in " ".join(tab.menu())
    tab.open(page)
    assert say(f"role.{role}", "zh") in " ".join(tab.refusals())
    assert tab.page.locator(".gf-sheet, .gf-list, .gf-tile, .gf-text").count() == 0
    tab.picture(f"refused-{role}-{page}")


def test_names_are_covered_for_a_role_that_does_not_read_them(opened: Callable[[str], Tab]) -> None:
    shown = {}
    for role in ("auditor", "esg"):
        tab = opened(role)
        tab.open("loans", shows=".gf-text")
        tab.page.get_by_role("tab", name=say("ui.tab.loan", "zh")).click()
        rows = tab.page.locator(".gf-facts tr").all_inner_texts()
        shown[role] = next(row.split("\t")[-1] for row in rows if row.startswith("客户名称"))
        tab.picture(f"loan-names-{role}")
    assert "虚构" in shown["auditor"]
    assert "虚构" not in shown["esg"]
    assert len(shown["esg"]) == len(shown["auditor"])


def test_a_file_past_the_limit_is_not_taken(record: Example, tabs: Callable[[str], Tab], tmp_path: Path) -> None:
    words = ["--run", str(record.runs), "--store", str(record.store), "--upload-mb", "1"]
    with serving(words, tmp_path) as (address, _):
        tab = tabs(address)
        tab.enter("maker")
        asked = tab.page.context.request
        sent: dict[str, Any] = {"headers": {"Origin": address}, "data": b"0" * (3 * 1024 * 1024)}
        assert asked.put(f"{address}/_stcore/upload_file/a/b", **sent).status == 413
        tab.open("import")
        large = {"name": "book.xlsx", "mimeType": "application/octet-stream", "buffer": b"0" * (2 * 1024 * 1024)}
        tab.page.locator("input[type=file]").first.set_input_files(large)
        tab.page.get_by_text("must be 1").first.wait_for()
        tab.picture("upload-too-large-zh")
        sent["data"] = b"0" * 1024
        assert asked.put(f"{address}/_stcore/upload_file/a/b", **sent).status != 413


def test_every_answer_has_its_headers(opened: Callable[[str], Tab], site: str) -> None:
    tab = opened("esg")
    asked = tab.page.context.request
    for path in ("/", "/login", "/_stcore/health", "/_stcore/host-config", "/nothing-here"):
        found = asked.get(f"{site}{path}").headers
        assert {name.lower(): value for name, value in HEADERS.items()}.items() <= found.items(), path


def test_without_a_record_there_is_no_log_in_and_the_runs_are_shown(reader: Tab) -> None:
    reader.open("", "zh", shows=".gf-tile")
    assert reader.page.get_by_role("button", name=say("ui.log_out", "zh")).count() == 0
    assert say("ui.page.review", "zh") not in " ".join(reader.menu())
    reader.open("review")
    assert reader.refusals()


def test_the_key_of_the_example_is_its_owners_alone(record: Example) -> None:
    file = record.store / "example.json"
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(file.read_text("utf-8"))["password"] == record.password
