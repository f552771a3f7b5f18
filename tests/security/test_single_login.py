"""The way in by the bank's identity provider: a small provider of the test's own, and everything that its answer may be wrong in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from greenfin.core.problems import Refused
from greenfin.messages import say
from greenfin.store import people, sessions
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.ui.frame.asked import Asked
from greenfin.ui.frame.entrance import Entrance
from greenfin.ui.frame.gate import COOKIE
from greenfin.ui.frame.provider import VARIABLES, Provider, provider_of
from tests.people_of_a_bank import cheap_hashing, first_admin, person, refusal
from tests.security.front_reader import HOST, Reader, behind_the_gate
from tests.security.identity_provider import CLIENT, SECRET, Bank, bank

PAST = datetime.now(UTC) - timedelta(hours=1)


@dataclass
class Place:
    """A record with a maker who is known to the bank's provider, and a browser."""

    store: Store
    bank: Bank
    reader: Reader

    def log_in(self, *, code: str = "right", state: str = "", lang: str = "zh") -> tuple[int, str, str]:
        """To the provider and back."""
        status, to, _ = self.reader.get(f"/login/single?next=/problems&lang={lang}")
        assert (status, to.partition("?")[0]) == (303, f"{self.bank.issuer}/authorize")
        asked = self.bank.asks(to)
        assert (asked["scope"], asked["redirect_uri"]) == ("openid", f"http://{HOST}/login/single/back")
        return self.reader.get(f"/login/single/back?code={code}&state={state or asked['state']}")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    cheap_hashing(monkeypatch)
    store = open_store(tmp_path / "store")
    admin = first_admin(store)
    person(store, admin, "maker", "maker")
    with bank() as one:
        people.set_identity(store, admin, "maker", issuer=one.issuer, subject="u-4711")
        yield Place(store, one, behind_the_gate(store, Provider(one.issuer, CLIENT, SECRET)))


def test_whom_the_provider_names_comes_to_the_page_he_wanted(place: Place) -> None:
    assert say("ui.login.single", "zh") in place.reader.get("/login")[2]
    status, to, _ = place.log_in()
    assert (status, to) == (303, "/problems")
    assert sessions.actor_of(place.store, place.reader.cookies[COOKIE]).user == "maker"
    assert place.bank.names == ["/.well-known/openid-configuration"] * 2 + ["/token", "/keys"]


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        ({"iss": "http://127.0.0.1:1"}, "ui.proof_not_ours"),
        ({"aud": "another-application"}, "ui.proof_not_ours"),
        ({"aud": "another-application", "azp": CLIENT}, "ui.proof_not_ours"),
        ({"aud": [CLIENT, "another-application"]}, "ui.proof_not_ours"),
        ({"nonce": "of another log-in"}, "ui.proof_not_ours"),
        ({"nonce": None}, "ui.proof_not_ours"),
        ({"exp": None}, "ui.proof_not_ours"),
        ({"exp": PAST}, "ui.proof_expired"),
        ({"sub": "u-1"}, "store.identity_refused"),
        ({"sub": None}, "ui.proof_not_ours"),
    ],
)
def test_a_token_that_does_not_hold_opens_nothing_and_says_why(place: Place, spoiled: dict[str, Any], code: str) -> None:
    place.bank.spoiled = spoiled
    _is_refused(place, place.log_in(), code)


def test_a_token_signed_by_somebody_else_opens_nothing(place: Place) -> None:
    place.bank.signing = Bank("").key
    _is_refused(place, place.log_in(), "ui.proof_not_ours")


def test_a_closed_account_stays_closed(place: Place) -> None:
    people.disable(place.store, Actor("root", "admin"), "maker")
    _is_refused(place, place.log_in(lang="en"), "store.identity_refused", lang="en")


def test_a_code_that_the_provider_does_not_know_opens_nothing(place: Place) -> None:
    _is_refused(place, place.log_in(code="guessed"), "ui.proof_denied")
    _is_refused(place, place.log_in(code=""), "ui.proof_denied")


def test_an_answer_to_a_question_not_asked_here_opens_nothing(place: Place) -> None:
    _is_refused(place, place.log_in(state="of-another-browser"), "ui.proof_stale")
    place.log_in()
    token = place.reader.cookies.pop(COOKIE)
    again = place.reader.get(f"/login/single/back?code=right&state={place.bank.asked['state']}")
    _is_refused(place, again, "ui.proof_stale")
    assert sessions.actor_of(place.store, token).user == "maker"


def test_a_provider_that_states_another_address_is_not_asked(place: Place) -> None:
    place.bank.stated = {"issuer": "https://id.other.example"}
    _is_refused(place, place.reader.get("/login/single"), "ui.proof_other_issuer")
    place.bank.stated = {"token_endpoint": "http://id.other.example/token"}
    _is_refused(place, place.reader.get("/login/single"), "ui.proof_other_issuer")


def test_a_provider_that_does_not_answer_is_said(tmp_path: Path) -> None:
    store, asked = open_store(tmp_path / "store"), Asked(has_store=True)
    routes = Entrance(asked, store, Provider("http://127.0.0.1:1", CLIENT, SECRET)).routes()
    status, _, text = Reader(Starlette(routes=routes)).get("/login/single")
    assert (status, say("ui.proof_unreachable", "zh") in text) == (403, True)


@pytest.mark.parametrize(
    ("values", "code"),
    [(("https://id.bank.example", "", ""), "ui.proof_unset"), (("http://id.bank.example", "a", "b"), "ui.proof_issuer")],
)
def test_settings_that_do_not_do_are_refused_before_the_server_starts(values: tuple[str, ...], code: str) -> None:
    with pytest.raises(Refused) as refused:
        provider_of(dict(zip(VARIABLES, values, strict=True)))
    assert refusal(refused) == code


def test_without_settings_there_is_no_such_way(tmp_path: Path) -> None:
    assert provider_of({}) is None
    store, asked = open_store(tmp_path / "store"), Asked(has_store=True)
    reader = Reader(Starlette(routes=Entrance(asked, store, None).routes()))
    assert reader.get("/login/single")[0] == 404
    assert "/login/single" not in reader.get("/login")[2]


def _is_refused(place: Place, answer: tuple[int, str, str], code: str, *, lang: str = "zh") -> None:
    status, _, text = answer
    assert status == 403
    assert say(code, "en" if lang == "en" else "zh") in unescape(text)
    assert COOKIE not in place.reader.cookies
