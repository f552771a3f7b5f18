"""The gate: which addresses are open before log-in, where a log-in leads, which session lives after it, what no page answers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from greenfin.core.problems import Refused
from greenfin.messages import say
from greenfin.store import sessions
from greenfin.store.opening import Store, open_store
from greenfin.ui.frame.gate import COOKIE, HEALTH
from tests.people_of_a_bank import SECRET, cheap_hashing, first_admin, person
from tests.security.front_reader import Reader, behind_the_gate


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    cheap_hashing(monkeypatch)
    made = open_store(tmp_path / "store")
    person(made, first_admin(made), "maker", "maker")
    return made


@pytest.fixture
def reader(store: Store) -> Reader:
    return behind_the_gate(store)


def _enter(reader: Reader, user: str, wanted: str = "/") -> str:
    status, to, _ = reader.post(f"/login?next={wanted}", name=user, password=SECRET)
    assert status == 303
    return to


@pytest.mark.parametrize("path", ["/login", HEALTH, "/static/js/index.js"])
def test_before_log_in_these_answer(reader: Reader, path: str) -> None:
    assert reader.get(path)[0] == 200


@pytest.mark.parametrize(
    "path", ["/", "/loans", "/login/anything", "/login/change/more", "/loginx", "/_stcore/host-config", "/_stcore/health/x", "/media/a.pdf"]
)
def test_before_log_in_nothing_else_does(reader: Reader, path: str) -> None:
    assert reader.get(path)[:2] == (303, f"/login?next={path}")
    reader.accept = "*/*"
    assert reader.get(path)[0] == 401


@pytest.mark.parametrize(
    "path",
    ["/static/../media/a.pdf", "/static/%2e%2e/_stcore/stream", "/login/../loans", "/static//x", "/./loans", "/static/..%5cx", "/a%00b"],
)
@pytest.mark.parametrize("is_in", [True, False])
def test_an_address_that_goes_back_and_forth_leads_nowhere(reader: Reader, path: str, is_in: bool) -> None:
    if is_in:
        _enter(reader, "maker")
    assert reader.get(path)[0] == 404


def test_a_log_in_leads_to_the_whole_address_that_was_asked_for(reader: Reader) -> None:
    deep = "/disclosure?cell=T01%21green_balance.current&run=r%2B1"
    _, to, _ = reader.get(deep)
    assert urlsplit(to).path == "/login"
    other = reader.get(f"/login?lang=en&{urlsplit(to).query}")[2]  # through the page in another language
    assert "lang=zh&amp;next=/disclosure%3Fcell%3DT01%2521" in other
    status, landed, _ = reader.post(to, name="maker", password=SECRET)
    assert (status, urlsplit(landed).path) == (303, "/disclosure")
    assert parse_qs(urlsplit(landed).query) == {"cell": ["T01!green_balance.current"], "run": ["r+1"]}


@pytest.mark.parametrize("wanted", ["//elsewhere.example", "/%5Celsewhere.example", "https://elsewhere.example", "/a%0d%0ax:y"])
def test_a_log_in_leads_to_this_site_only(reader: Reader, wanted: str) -> None:
    assert _enter(reader, "maker", wanted) == "/"


def test_a_new_log_in_ends_the_session_that_the_browser_had(reader: Reader, store: Store) -> None:
    _enter(reader, "maker")
    first = reader.cookies[COOKIE]
    other = Reader(reader.app)
    _enter(other, "maker")
    _enter(reader, "root")
    assert reader.cookies[COOKIE] != first
    assert sessions.actor_of(store, reader.cookies[COOKIE]).user == "root"
    assert sessions.actor_of(store, other.cookies[COOKIE]).user == "maker"  # another browser stays in
    with pytest.raises(Refused):
        sessions.actor_of(store, first)


def test_a_log_in_that_fails_ends_nothing(reader: Reader, store: Store) -> None:
    _enter(reader, "maker")
    assert reader.post("/login", name="root", password=SECRET[1:])[0] == 403
    assert sessions.actor_of(store, reader.cookies[COOKIE]).user == "maker"


def test_the_first_page_has_one_address(reader: Reader) -> None:
    _enter(reader, "maker")
    assert reader.get("/home?lang=en")[:2] == (303, "/?lang=en")
    assert reader.get("/")[2] == reader.get("/review")[2] == "inside"


@pytest.mark.parametrize(("query", "lang"), [("", "zh"), ("?lang=en", "en"), ("?lang=fr", "zh")])
def test_an_address_without_a_page_says_so_in_the_readers_language(reader: Reader, query: str, lang: str) -> None:
    _enter(reader, "maker")
    status, _, text = reader.get(f"/tables{query}")
    assert (status, say("ui.no_page", "en" if lang == "en" else "zh") in text) == (404, True)
    assert say("ui.no_page", "zh" if lang == "en" else "en") not in text
    assert f'href="/?lang={lang}"' in text


def test_the_language_of_the_log_in_page_is_kept(reader: Reader) -> None:
    reader.get("/login?lang=en")
    assert say("ui.login.heading", "en") in reader.get("/login")[2]
    _enter(reader, "maker")
    assert say("ui.no_page", "en") in reader.get("/nothing")[2]
