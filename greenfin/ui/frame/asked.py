"""What ``greenfin ui`` was asked for, as the server and its pages hand it on."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from greenfin.store import open_store
from greenfin.store.opening import FILES_VARIABLE, PLACE_VARIABLE, Store

ADDRESS = "127.0.0.1"
PORT = 8501
UPLOAD_MB = 512
_MEGABYTE = 1024 * 1024  # as streamlit counts them
_ITSELF = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Asked:
    """``site`` is the address that readers use where it is not this machine's own; the record's place stands in the environment."""

    run: Path = Path()
    port: int = PORT
    lang: str = "zh"
    host: str = ADDRESS
    site: str = ""
    has_store: bool = False
    upload_mb: int = UPLOAD_MB

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine is served."""
        return self.host == ADDRESS and not self.site

    @property
    def is_encrypted(self) -> bool:
        """Whether readers come over https."""
        return urlsplit(self.site).scheme == "https"

    @property
    def origins(self) -> frozenset[str]:
        """Where the front end's own requests come from."""
        own = {f"http://{name}:{self.port}" for name in _ITSELF}
        return frozenset(own | {self.site.rstrip("/")}) if self.site else frozenset(own)

    @property
    def hosts(self) -> frozenset[str]:
        """The names it answers to."""
        return frozenset(urlsplit(origin).netloc for origin in self.origins)

    @property
    def most_bytes(self) -> int:
        """The longest body of a request: a file of the limit, and what a form puts around it."""
        return (self.upload_mb + 1) * _MEGABYTE

    @property
    def place(self) -> str:
        """The record's place; empty without one."""
        return os.environ.get(PLACE_VARIABLE, "") if self.has_store else ""

    def words(self) -> list[str]:
        """As arguments; the record's place is left out, for an address may hold a password."""
        named = {"run": self.run, "port": self.port, "lang": self.lang, "host": self.host, "site": self.site, "upload-mb": self.upload_mb}
        return [word for name, value in named.items() for word in (f"--{name}", str(value))] + ["--with-store"] * self.has_store

    def store(self) -> Store | None:
        """The record, opened once. Raises Refused."""
        return _opened(os.environ.get(PLACE_VARIABLE), os.environ.get(FILES_VARIABLE)) if self.has_store else None


@cache
def _opened(place: str | None, files: str | None) -> Store:
    return open_store(place, files=files)


def parsed(words: Sequence[str]) -> Asked:
    """The arguments that :meth:`Asked.words` made."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--run", type=Path, default=Path())
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--lang", default="zh")
    parser.add_argument("--host", default=ADDRESS)
    parser.add_argument("--site", default="")
    parser.add_argument("--upload-mb", type=int, default=UPLOAD_MB)
    parser.add_argument("--with-store", action="store_true", dest="has_store")
    return Asked(**vars(parser.parse_known_args(words)[0]))
