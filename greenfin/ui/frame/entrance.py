"""The log-in page: name and password, a first password changed on the way, and the short way into the example record.

Plain HTML over the store's own log-in. The token goes into a cookie that scripts cannot read; it is never part of an address or a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from greenfin.core.problems import Refused, error
from greenfin.messages import Lang, say, tell
from greenfin.store.opening import Store
from greenfin.store.people import change_password
from greenfin.store.permissions import roles
from greenfin.store.sessions import Login, log_in, log_out
from greenfin.ui.frame import language, markup
from greenfin.ui.frame.asked import Asked
from greenfin.ui.frame.example import password_of
from greenfin.ui.frame.gate import COOKIE, LOGIN
from greenfin.ui.frame.provider import Provider
from greenfin.ui.frame.single import SINGLE, SingleLogin

CHANGE, ENTER = f"{LOGIN}/change", f"{LOGIN}/enter"
_MOST_BYTES = 10_000
_OF_QUERY = "%&=+!/:,;@"
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Entrance:
    """The routes of the log-in page over a record."""

    asked: Asked
    store: Store
    provider: Provider | None = None

    def routes(self) -> list[Route]:
        """What the server answers to."""
        made = [
            Route(LOGIN, self.draw, methods=["GET"]),
            Route(LOGIN, self.enter, methods=["POST"]),
            Route(CHANGE, self.change, methods=["POST"]),
        ]
        if self._secret():
            made.append(Route(ENTER, self.enter_example, methods=["POST"]))
        if self.provider:
            made += SingleLogin(self.asked, self.store, self.provider, self._entered, self._not_let_in).routes()
        return made

    async def draw(self, request: Request) -> Response:
        """The empty form."""
        return self._page(_lang(request, self.asked), request)

    async def enter(self, request: Request) -> Response:
        """Log in with what was filled in."""
        form, lang = await _form(request), _lang(request, self.asked)
        try:
            made = await run_in_threadpool(log_in, self.store, form.get("name", ""), form.get("password", ""))
            if not made.must_change:
                return await self._entered(request, made, _wanted(request))
            await run_in_threadpool(log_out, self.store, made.token)
        except Refused as refused:
            return self._page(lang, request, refused=refused, name=form.get("name", ""))
        return self._page(lang, request, name=form["name"], is_change=True)

    async def change(self, request: Request) -> Response:
        """Another password in place of the one given, then in."""
        form, lang = await _form(request), _lang(request, self.asked)
        name, old, new = (form.get(field, "") for field in ("name", "password", "new"))
        try:
            if new != form.get("again", ""):
                raise Refused(error("store.passwords_differ"))
            await run_in_threadpool(change_password, self.store, name, old, new)
            made = await run_in_threadpool(log_in, self.store, name, new)
            return await self._entered(request, made, _wanted(request))
        except Refused as refused:
            return self._page(lang, request, refused=refused, name=name, is_change=True)

    async def enter_example(self, request: Request) -> Response:
        """Into the example record as one of its users; only on this machine (no such route elsewhere)."""
        form = await _form(request)
        if form.get("role") not in roles():
            return PlainTextResponse("unknown", 400)
        try:
            made = await run_in_threadpool(log_in, self.store, form["role"], self._secret())
            return await self._entered(request, made, _wanted(request))
        except Refused as refused:
            return self._page(_lang(request, self.asked), request, refused=refused)

    def _secret(self) -> str:
        return password_of(self.store) if self.asked.is_local else ""

    async def _entered(self, request: Request, made: Login, wanted: str) -> Response:
        """In, with a token of its own: the session that this browser had until now is over. Raises Refused."""
        if before := request.cookies.get(COOKIE, ""):
            await run_in_threadpool(log_out, self.store, before)
        answer = RedirectResponse(_next(wanted), 303, headers=_NO_STORE)
        answer.set_cookie(COOKIE, made.token, httponly=True, samesite="lax", secure=self.asked.is_encrypted, path="/")
        return answer

    def _not_let_in(self, request: Request, refused: Refused, lang: str) -> Response:
        return self._page(language.first_of(lang, self.asked.lang), request, refused=refused)

    def _page(self, lang: Lang, request: Request, *, refused: Refused | None = None, name: str = "", is_change: bool = False) -> Response:
        other: Lang = "en" if lang == "zh" else "zh"
        after = f"next={quote(_own(_wanted(request)), safe='/')}"
        said = markup.paragraph(tell(refused.problem, lang), "said") if refused else ""
        said += markup.paragraph(say("people.first_password", lang, user=name), "told") if is_change else ""
        inner = markup.filled(
            "login.html",
            {
                "heading": say("ui.login.heading", lang), "button": say("ui.login.button", lang),
                "other_lang": other, "other_name": say("ui.this_language", other), "other_href": f"{LOGIN}?lang={other}&{after}",
                "action": f"{CHANGE if is_change else LOGIN}?lang={lang}&{after}",
            },
            {"said": said, "fields": _fields(lang, name, is_change), "below": self._single(lang, after) + self._example(lang, after)},
        )  # fmt: skip
        answer = HTMLResponse(markup.plain_page(lang, inner), 403 if refused else 200, headers=_NO_STORE)
        answer.set_cookie(language.COOKIE, lang, max_age=language.KEPT_SECONDS, samesite="lax", secure=self.asked.is_encrypted, path="/")
        return answer

    def _single(self, lang: Lang, after: str) -> str:
        """The way over the bank's own log-in, where there is one."""
        if self.provider is None:
            return ""
        return markup.element("section", markup.link(f"{SINGLE}?lang={lang}&{after}", say("ui.login.single", lang), "single"))

    def _example(self, lang: Lang, after: str) -> str:
        """A button for each role of the example record."""
        if not self._secret():
            return ""
        buttons = "".join(markup.button_to(f"{ENTER}?lang={lang}&{after}", "role", role, say(f"role.{role}", lang)) for role in roles())
        return markup.element("section", markup.paragraph(say("ui.login.example", lang), "") + buttons)


def _fields(lang: Lang, name: str, is_change: bool) -> str:
    said = {field: say(f"ui.login.{field}", lang) for field in ("name", "password", "old", "new", "again")}
    if not is_change:
        return markup.field("name", said["name"], value=name, complete="username") + markup.field(
            "password", said["password"], kind="password", complete="current-password"
        )
    asked = [markup.field(field, said[field], kind="password", complete="new-password") for field in ("new", "again")]
    old = markup.field("password", said["old"], kind="password", complete="current-password")
    return "".join([markup.field("name", said["name"], value=name, complete="username"), old, *asked])


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of a form; nothing of one too long to be ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}


def _lang(request: Request, asked: Asked) -> Lang:
    return language.first_of(request.query_params.get("lang"), request.cookies.get(language.COOKIE), asked.lang)


def _wanted(request: Request) -> str:
    return request.query_params.get("next", "/")


def _own(wanted: str) -> str:
    """The address that was asked for where it is on this site, else that of the first page."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else "/"


def _next(wanted: str) -> str:
    """The page that was asked for with its query, on this site only."""
    path, _, query = _own(wanted).partition("?")
    return quote(path, safe="/") + (f"?{quote(query, safe=_OF_QUERY)}" if query else "")
