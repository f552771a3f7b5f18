"""What every command on a store shares: where the store is, and who asks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.cli.session import Session
    from greenfin.store import Store
    from greenfin.store.permissions import Actor

StoreOption = Annotated[
    str | None,
    typer.Option("--store", help="directory or database address; GREENFIN_STORE, else runs", metavar="PLACE", show_default=False),
]
FilesOption = Annotated[
    Path | None, typer.Option("--files", help="directory of the files beside a database; GREENFIN_FILES", metavar="DIR", show_default=False)
]


def opened(_session: Session, place: str | Path | None = None, files: Path | None = None) -> tuple[Store, Actor]:
    """The store and who is logged in to it on this machine.

    Raises Refused: ``store.no_users``, ``store.not_logged_in``, ``store.session_expired``, ``store.must_change``, ``store.cannot_open``.
    """
    from greenfin.cli.tokens import token_for
    from greenfin.store.sessions import actor_of

    store = store_with_users(place, files)
    token = token_for(store)
    if not token:
        raise Refused(error("store.not_logged_in", store.place))
    return store, actor_of(store, token)


def store_with_users(place: str | Path | None = None, files: Path | None = None) -> Store:
    """The store at a place, one that somebody has begun. Raises Refused (``store.no_users``), and makes nothing."""
    from greenfin.store import open_store
    from greenfin.store.opening import DEFAULT_PLACE, PLACE_VARIABLE
    from greenfin.store.people import has_users

    chosen = place or os.environ.get(PLACE_VARIABLE) or DEFAULT_PLACE
    if "://" not in str(chosen) and not Path(chosen).exists():
        raise Refused(error("store.no_users", str(chosen)))
    store = open_store(chosen, files=files)
    if not has_users(store):
        raise Refused(error("store.no_users", store.place))
    return store
