"""A bank's identity provider on this machine: what it states of itself, its keys and tokens, each of which a test can spoil."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "greenfin", "what only the two know"  # a test's own


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Bank:
    """``subject`` logs in there; ``spoiled`` are claims given instead of the right ones (None: left out)."""

    issuer: str
    subject: str = "u-4711"
    spoiled: dict[str, Any] = field(default_factory=dict)
    stated: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=_key)
    signing: rsa.RSAPrivateKey | None = None
    asked: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def description(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{place}" for name, place in places.items()}, **self.stated}

    def keys(self) -> dict[str, Any]:
        return {"keys": [{**json.loads(RSAAlgorithm.to_jwk(self.key.public_key())), "kid": "one", "alg": "RS256", "use": "sig"}]}

    def asks(self, address: str) -> dict[str, str]:
        """The reader arrives and logs in: what he was sent with."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return self.asked

    def answer(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        named = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        fits = form["redirect_uri"] == self.asked["redirect_uri"] and digest == self.asked["code_challenge"]
        if form["code"] != "right" or named != f"{CLIENT}:{SECRET.replace(' ', '+')}" or not fits:
            return 400, {"error": "invalid_grant"}
        return 200, {"token_type": "Bearer", "access_token": "x", "id_token": self.token()}

    def token(self) -> str:
        now = datetime.now(UTC)
        right = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + timedelta(minutes=5)}
        claims = {**right, "nonce": self.asked["nonce"], **self.spoiled}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.signing or self.key, "RS256", headers={"kid": "one"})


@contextmanager
def bank() -> Iterator[Bank]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, made.keys() if self.path == "/keys" else made.description())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*made.answer({name: found[0] for name, found in parse_qs(body).items()}, self.headers["Authorization"]))

        def _say(self, status: int, said: dict[str, Any]) -> None:
            made.names.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Bank(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
