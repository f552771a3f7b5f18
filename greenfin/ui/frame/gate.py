"""The gate before the server: who is not logged in reaches the log-in page and nothing else; every answer has its headers.

Streamlit checks a reader when he connects; this checks every request, so that downloads, uploads and page addresses are closed as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from greenfin.core.problems import Refused
from greenfin.messages import say
from greenfin.store.opening import Store
from greenfin.store.sessions import actor_of
from greenfin.ui.frame import language, markup, menu
from greenfin.ui.frame.asked import Asked

COOKIE = "greenfin_session"
LOGIN = "/login"
HEALTH = "/_stcore/health"
_CLIENT = "/static/"
_SERVED = (_CLIENT, "/_stcore/", "/media/", "/component/", "/app/")
_READING = ("GET", "HEAD")
HEADERS = {
    "Content-Security-Policy": "; ".join((
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}  # fmt: skip


def cookie_in(headers: Iterable[str], name: str) -> str:
    """A cookie out of Cookie headers; empty where there is none."""
    for header in headers:
        try:
            found = SimpleCookie(header).get(name)
        except CookieError:
            continue
        if found:
            return found.value
    return ""


@dataclass(frozen=True)
class Gate:
    """ASGI middleware around the whole front end; ``entrance`` are the addresses of the log-in page, open to everybody."""

    app: ASGIApp
    asked: Asked
    store: Store | None
    entrance: frozenset[str] = frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = await self._refusal(scope) or self._no_page(scope)
        if refusal is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, _with_headers(send))

    async def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self.asked.hosts or not self._is_own(scope, headers):
            return PlainTextResponse("forbidden", 403)
        if self._is_too_long(headers.get("content-length", "0")):
            return PlainTextResponse("too long", 413)
        return await self._not_in(scope, headers) if _is_plain(scope["path"]) else PlainTextResponse("not found", 404)

    async def _not_in(self, scope: Scope, headers: Headers) -> Response | None:
        """What is answered to a reader who is not logged in."""
        if self.store is None or self._is_open(scope["path"]):
            return None
        if await run_in_threadpool(_is_in, self.store, cookie_in(headers.getlist("cookie"), COOKIE)):
            return None
        if scope["type"] == "http" and scope["method"] in _READING and "text/html" in headers.get("accept", ""):
            return RedirectResponse(f"{LOGIN}?next={quote(_asked_for(scope), safe='/')}", 303)
        return PlainTextResponse("unauthorized", 401)

    def _is_open(self, path: str) -> bool:
        return path == HEALTH or path in self.entrance or path.startswith(_CLIENT)

    def _no_page(self, scope: Scope) -> Response | None:
        """What is answered at an address that no page has: streamlit would open its first page and say so in English."""
        path, headers = scope["path"], Headers(scope=scope)
        is_page = scope["type"] == "http" and "text/html" in headers.get("accept", "")
        if not is_page or path in self.entrance or path.startswith(_SERVED):
            return None
        name, pages = path.strip("/"), [entry.url_path for entry in menu.there()]
        if name == menu.HOME:  # the first page has the shortest address, and to streamlit no other
            return RedirectResponse(_asked_for({**scope, "path": "/"}), 303)
        if not name or name in pages:
            return None
        query = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])
        lang = language.first_of(query[0], cookie_in(headers.getlist("cookie"), language.COOKIE), self.asked.lang)
        said = markup.paragraph(say("ui.no_page", lang), "") + markup.link(f"/?lang={lang}", say("ui.page.home", lang), "gf-button")
        return HTMLResponse(markup.plain_page(lang, said), 404)

    def _is_too_long(self, length: str) -> bool:
        return not length.isdecimal() or int(length) > self.asked.most_bytes

    def _is_own(self, scope: Scope, headers: Headers) -> bool:
        """Whether what changes something, or stays connected, comes from a page of this front end."""
        origin = headers.get("origin")
        if scope["type"] == "websocket" or scope["method"] not in _READING:
            return origin in self.asked.origins
        return origin is None or origin in self.asked.origins


def _is_plain(path: str) -> bool:
    """Whether an address says where it leads without ways back and forth, so that what it begins with may be trusted."""
    parts = path.removeprefix("/").split("/")
    return path.startswith("/") and path.isprintable() and "\\" not in path and not {".", ".."} & {*parts} and "" not in parts[:-1]


def _asked_for(scope: Scope) -> str:
    """The address of a request with its query."""
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _is_in(store: Store, token: str) -> bool:
    try:
        actor_of(store, token)
    except Refused:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sent
