"""The way in by the bank's own log-in: a link on the log-in page, and the way back into a session of the record."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from greenfin.core.problems import Refused, error
from greenfin.store.opening import Store
from greenfin.store.sessions import Login, log_in_identified
from greenfin.ui.frame.asked import Asked
from greenfin.ui.frame.provider import Provider, Question, address_to_ask, new_question, subject_of

SINGLE = "/login/single"
_BACK = f"{SINGLE}/back"
_COOKIE, _SECONDS = "greenfin_question", 1000
_PARTS = len(("state", "nonce", "verifier", "lang", "next"))
_NO_STORE = {"Cache-Control": "no-store"}


class Inside(Protocol):
    """The answer to a reader who is in."""

    async def __call__(self, request: Request, made: Login, wanted: str) -> Response: ...


class Outside(Protocol):
    """The answer to a reader who is not let in: the log-in page with the reason."""

    def __call__(self, request: Request, refused: Refused, lang: str) -> Response: ...


@dataclass(frozen=True)
class SingleLogin:
    """The routes of the way over a provider; the page around them is the entrance's."""

    asked: Asked
    store: Store
    provider: Provider
    inside: Inside
    outside: Outside

    def routes(self) -> list[Route]:
        """What the server answers to."""
        return [Route(SINGLE, self.ask, methods=["GET"]), Route(_BACK, self.come_back, methods=["GET"])]

    async def ask(self, request: Request) -> Response:
        """Off to the provider; what his answer must fit stays in a cookie that scripts cannot read."""
        question = new_question()
        try:
            address = await run_in_threadpool(address_to_ask, self.provider, question, self._back(request))
        except Refused as refused:
            return self.outside(request, refused, request.query_params.get("lang", ""))
        wishes = (quote(request.query_params.get(name, ""), safe="") for name in ("lang", "next"))
        kept = (question.state, question.nonce, question.verifier, *wishes)
        answer = RedirectResponse(address, 303, headers=_NO_STORE)
        secure = self.asked.is_encrypted
        answer.set_cookie(_COOKIE, "&".join(kept), max_age=_SECONDS, httponly=True, samesite="lax", secure=secure, path=SINGLE)
        return answer

    async def come_back(self, request: Request) -> Response:
        """From the provider, into a session of the user whom it names; refused in words on the log-in page."""
        state, nonce, verifier, lang, wanted = _kept(request)
        try:
            if not state or not secrets.compare_digest(state.encode(), request.query_params.get("state", "").encode()):
                raise Refused(error("ui.proof_stale"))
            code = request.query_params.get("code", "")
            if not code:
                raise Refused(error("ui.proof_denied"))
            subject = await run_in_threadpool(subject_of, self.provider, Question(state, nonce, verifier), code, back=self._back(request))
            made = await run_in_threadpool(log_in_identified, self.store, self.provider.issuer, subject)
            answer = await self.inside(request, made, wanted)
        except Refused as refused:
            answer = self.outside(request, refused, lang)
        answer.delete_cookie(_COOKIE, path=SINGLE, httponly=True, samesite="lax", secure=self.asked.is_encrypted)
        return answer

    def _back(self, request: Request) -> str:
        """Where the provider sends a reader back to; the gate has checked the host."""
        return f"{(self.asked.site or str(request.base_url)).rstrip('/')}{_BACK}"


def _kept(request: Request) -> list[str]:
    """State, nonce, verifier, language and wanted page of the question asked in this browser; all empty where there is none."""
    parts = [unquote(part) for part in request.cookies.get(_COOKIE, "").split("&")]
    return parts if len(parts) == _PARTS else [""] * _PARTS
