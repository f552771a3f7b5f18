"""A browser over the front end's routes behind its gate, without streamlit and without a network."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from greenfin.store.opening import Store
from greenfin.ui.frame import language
from greenfin.ui.frame.asked import Asked
from greenfin.ui.frame.entrance import Entrance
from greenfin.ui.frame.gate import Gate
from greenfin.ui.frame.provider import Provider

HOST = "127.0.0.1:8501"


def behind_the_gate(store: Store, provider: Provider | None = None) -> Reader:
    """A reader of the log-in page, with whatever stands behind it answering ``inside``."""
    asked = Asked(has_store=True)
    routes = Entrance(asked, store, provider).routes()
    gate = Middleware(Gate, asked=asked, store=store, entrance=frozenset(route.path for route in routes))
    inside = Route("/{path:path}", _inside, methods=["GET", "POST"])
    return Reader(Starlette(routes=[*routes, inside], middleware=[gate]))


async def _inside(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


@dataclass
class Reader:
    """Keeps its cookies; ``accept`` is what it says it reads."""

    app: Any
    cookies: dict[str, str] = field(default_factory=dict)
    accept: str = "text/html"

    def get(self, address: str) -> tuple[int, str, str]:
        """Status, where to, text."""
        return self._asked("GET", address, b"", ())

    def post(self, address: str, **form: str) -> tuple[int, str, str]:
        """The same of a form that is sent from a page of the front end."""
        return self._asked("POST", address, urlencode(form).encode(), ((b"origin", f"http://{HOST}".encode()),))

    def _asked(self, method: str, address: str, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> tuple[int, str, str]:
        parts = urlsplit(address)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": unquote(parts.path),
            "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "root_path": "", "server": ("127.0.0.1", 8501),
            "headers": [(b"host", HOST.encode()), (b"accept", self.accept.encode()), (b"cookie", cookie.encode()), *headers],
        }  # fmt: skip
        said: list[Any] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        asyncio.run(self.app(scope, receive, send))
        for name, value in said[0]["headers"]:
            if name == b"set-cookie":
                self._keep(value.decode())
        to = dict(said[0]["headers"]).get(b"location", b"").decode()
        return said[0]["status"], to, b"".join(part.get("body", b"") for part in said[1:]).decode()

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            assert morsel["httponly"] or name == language.COOKIE
            assert morsel["samesite"].lower() == "lax"
            self.cookies[name] = morsel.coded_value
            if morsel["max-age"] == "0":
                del self.cookies[name]
