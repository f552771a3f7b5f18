"""The bank's identity provider (OpenID Connect, authorization code with PKCE): asked who somebody is, and its answer checked.

The signature, times, issuer and audience of a token are PyJWT's to check (``pip install 'greenfin[oidc]'``); what else OpenID Connect
Core 1.0, section 3.1.3.7, asks of the reader of a token is here.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode, urlsplit

from greenfin.core.problems import Refused, error
from greenfin.store.identities import is_provider

if TYPE_CHECKING:
    from jwt import PyJWK, PyJWKSet

VARIABLES = ("GREENFIN_OIDC_ISSUER", "GREENFIN_OIDC_CLIENT", "GREENFIN_OIDC_SECRET")
_SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")  # none with a shared secret
_STATED = ("iss", "sub", "aud", "exp", "iat", "nonce")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_SECONDS, _MOST_BYTES, _BYTES = 10, 1_000_000, 32


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider's address, and what this front end is called there with its secret."""

    issuer: str
    client: str
    secret: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is kept in the reader's browser between question and answer: none of it can be guessed or used twice."""

    state: str
    nonce: str
    verifier: str


def provider_of(surroundings: Mapping[str, str] = os.environ) -> Provider | None:
    """The provider of the settings (``VARIABLES``); None where none is set. Raises Refused where one is missing, or the library."""
    found = [surroundings.get(name, "") for name in VARIABLES]
    if not any(found):
        return None
    if missing := [name for name, value in zip(VARIABLES, found, strict=True) if not value]:
        raise Refused(error("ui.proof_unset", missing=" ".join(missing)))
    if not is_provider(found[0]):
        raise Refused(error("ui.proof_issuer", VARIABLES[0]))
    if find_spec("jwt") is None:
        raise Refused(error("ui.proof_library"))
    return Provider(*found)


def new_question() -> Question:
    """A question that was never asked."""
    return Question(*(secrets.token_urlsafe(_BYTES) for _ in ("state", "nonce", "verifier")))


def address_to_ask(provider: Provider, question: Question, back: str) -> str:
    """Where the reader is sent to prove who he is; he comes back to ``back``. Raises Refused."""
    digest = hashlib.sha256(question.verifier.encode("ascii")).digest()
    asked = {
        "response_type": "code", "scope": "openid", "client_id": provider.client, "redirect_uri": back,
        "state": question.state, "nonce": question.nonce,
        "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"), "code_challenge_method": "S256",
    }  # fmt: skip
    address = _described(provider)["authorization_endpoint"]
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


def subject_of(provider: Provider, question: Question, code: str, *, back: str) -> str:
    """The provider's name for who came back with a code. Raises Refused where the code or the token does not hold."""
    described = _described(provider)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": question.verifier}
    named = f"{quote_plus(provider.client)}:{quote_plus(provider.secret)}".encode()
    answer = _fetched(described["token_endpoint"], form=form, headers={"Authorization": f"Basic {b64encode(named).decode('ascii')}"})
    return _proved(provider, question, str(answer.get("id_token", "")), keys=_fetched(described["jwks_uri"]))


def _described(provider: Provider) -> dict[str, str]:
    """Where the provider answers to what, as it states itself under the address that is set."""
    found = _fetched(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    places = {name: str(found.get(name, "")) for name in _ENDPOINTS}
    if found.get("issuer") != provider.issuer or not all(is_provider(place.partition("?")[0]) for place in places.values()):
        raise Refused(error("ui.proof_other_issuer", VARIABLES[0]))
    return places


def _proved(provider: Provider, question: Question, token: str, *, keys: Mapping[str, object]) -> str:
    import jwt

    try:
        key = _key(jwt.PyJWKSet.from_dict(dict(keys)), jwt.get_unverified_header(token).get("kid"))
        claims = jwt.decode(
            token, key, algorithms=list(_SIGNED), audience=provider.client, issuer=provider.issuer, leeway=_SECONDS,
            options={"require": list(_STATED)},
        )  # fmt: skip
    except jwt.ExpiredSignatureError as over:
        raise Refused(error("ui.proof_expired")) from over
    except jwt.PyJWTError as bad:
        raise Refused(error("ui.proof_not_ours")) from bad
    is_for_us = not isinstance(claims["aud"], list) or claims["aud"] == [provider.client] or claims.get("azp") == provider.client
    if not is_for_us or not secrets.compare_digest(str(claims["nonce"]).encode(), question.nonce.encode()):
        raise Refused(error("ui.proof_not_ours"))
    return str(claims["sub"])


def _key(known: PyJWKSet, named: object) -> PyJWK:
    """The key that a token names; the only one there is where it names none. Raises Refused."""
    found = [key for key in known.keys if named in (None, key.key_id)]
    if len(found) != 1:
        raise Refused(error("ui.proof_not_ours"))
    return found[0]


def _fetched(address: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> dict[str, object]:
    """What an address of the provider answers, a JSON object; nothing is followed elsewhere. Raises Refused."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    body = urlencode(form) if form else None
    sent = {"Accept": "application/json", **(headers or {}), **({"Content-Type": "application/x-www-form-urlencoded"} if form else {})}
    connection = kind(parts.netloc, timeout=_SECONDS)
    try:
        connection.request("POST" if form else "GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, sent)
        answer = connection.getresponse()
        found = json.loads(answer.read(_MOST_BYTES))
    except (OSError, HTTPException, ValueError) as bad:
        raise Refused(error("ui.proof_unreachable", parts.netloc)) from bad
    finally:
        connection.close()
    if form and answer.status in (400, 401, 403):
        raise Refused(error("ui.proof_denied"))
    if answer.status != 200 or not isinstance(found, dict):
        raise Refused(error("ui.proof_unreachable", parts.netloc))
    return found
