"""Places in drawn HTML that can be clicked: cells of a printed table, lines of a list, nodes of a tree.

The HTML is drawn as any other (:mod:`greenfin.ui.frame.markup`, sanitised by streamlit); one script listens for clicks on ``data-go`` and
tells the server, which draws the page again. Nothing is loaded anew.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


@cache
def _mounted() -> ComponentRenderer:
    return st.components.v2.component("greenfin_linked", js=files("greenfin.ui").joinpath("linked.js").read_text("utf-8"))


def clicked(name: str) -> str:
    """Where the reader has just clicked (the ``data-go`` of it), else empty. Once for each page, before anything clickable is drawn."""
    found = _mounted()(key=f"linked-{name}", on_go_change=_nothing)
    return str(found.get("go") or "")


def _nothing() -> None:
    """The answer is what :func:`clicked` gives."""


def kept(name: str, kind: str, go: str) -> str:
    """The last place of a kind (``cell:T01!a.b``) that was clicked on a page, without its kind; a second click on it lets go of it."""
    key, start = f"linked-{name}-{kind}", f"{kind}:"
    held = str(st.session_state.get(key, ""))
    if go.startswith(start):
        held = "" if go.removeprefix(start) == held else go.removeprefix(start)
        st.session_state[key] = held
    return held


def hold(name: str, kind: str, value: str) -> None:
    """Keep a place as if it had been clicked."""
    st.session_state[f"linked-{name}-{kind}"] = value
