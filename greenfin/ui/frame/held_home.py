"""What the first page read, kept: of a run by its folder and id, of the record until something was written to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from greenfin.messages import Lang
from greenfin.run_folder import Saved
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import home, waiting
from greenfin.ui.views.home import Tile, Trend


@dataclass(frozen=True, slots=True)
class OfRecord:
    """What the record says to one reader."""

    waiting: tuple[Tile, ...]
    watched: tuple[Tile, ...]
    accounts: tuple[Tile, ...]


def record(store: Store, actor: Actor, lang: Lang) -> OfRecord:
    """The reader's part of the record: counts anew each time, the watch list (which reads books) kept for a while. Raises Refused."""
    return OfRecord(
        waiting.waiting(store, actor, lang),
        _watched(store, actor, lang, store.place),
        waiting.accounts(store, actor, lang),
    )


def decided(desk: Desk) -> tuple[Tile, ...]:
    """How much of the record is decided; nothing without one. Raises Refused."""
    found = waiting.decided(desk.store, desk.actor, desk.lang) if desk.store and desk.actor else None
    return (found,) if found else ()


@st.cache_data(ttl=60, max_entries=64, show_spinner=False, hash_funcs={Actor: repr})
def _watched(_store: Store, actor: Actor, lang: Lang, place: str) -> tuple[Tile, ...]:
    return waiting.watched(_store, actor, lang)


@st.cache_data(max_entries=8, show_spinner=False)
def printed(folder: Path, run: str) -> Mapping[str, Mapping[str, Any]]:
    """The cells of a run as printed. Raises Refused."""
    from greenfin.run_folder import open_run

    return home.printed(open_run(folder))


@st.cache_data(ttl=60, max_entries=8, show_spinner=False)
def trends(_found: tuple[Saved, ...], runs: tuple[str, ...], lang: Lang) -> tuple[Trend, ...]:
    """The figures of the glance over the runs there are."""
    return home.trends(_found, lang)
