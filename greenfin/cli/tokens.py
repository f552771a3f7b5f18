"""The token of a log-in on this machine: one private file a store, in the user's configuration directory."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.store import Store

TOKEN_VARIABLE = "GREENFIN_TOKEN"  # noqa: S105  # the name of a variable
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LONGEST = 1000


def token_for(store: Store) -> str | None:
    """The token from ``GREENFIN_TOKEN``, else the one kept for the store. Raises Refused where others can read the file."""
    return os.environ.get(TOKEN_VARIABLE) or _kept(_file_of(store))


def keep_token(store: Store, token: str) -> Path:
    """Keep a token for the next commands; where it stands. Raises Refused."""
    file = _file_of(store)
    new = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        held = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(held, "w", encoding="ascii") as written:
            written.write(token)
        new.replace(file)
    except OSError as bad:
        raise Refused(error("store.token_not_kept", str(file), reason=bad.strerror or type(bad).__name__)) from bad
    return file


def drop_token(store: Store) -> None:
    """Forget the token kept for the store, where there is one."""
    _file_of(store).unlink(missing_ok=True)


def _kept(file: Path) -> str | None:
    try:
        held = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return None
    except OSError as bad:
        raise Refused(error("store.token_unsafe", str(file))) from bad
    with os.fdopen(held, encoding="ascii", errors="replace") as read:
        found = os.fstat(read.fileno())
        if os.name == "posix" and (found.st_mode & _OTHERS or found.st_uid != os.getuid()):
            raise Refused(error("store.token_unsafe", str(file)))
        return read.read(_LONGEST).strip() or None


def _file_of(store: Store) -> Path:
    place = str(Path(store.place).resolve()) if store.is_sqlite else store.place
    return Path(typer.get_app_dir("greenfin")) / "tokens" / hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()
