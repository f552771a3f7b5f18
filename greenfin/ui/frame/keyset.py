"""Turning the pages of a log that grows: each page begins below the last number of the one before."""

from __future__ import annotations

import streamlit as st

from greenfin.messages import Lang, say


def before_of(name: str, what: str) -> int | None:
    """The number that the page begins below; None on the first one, and once ``what`` is listed has changed."""
    listed, path = st.session_state.get(f"keyset-{name}", ("", ()))
    return path[-1] if listed == what and path else None


def draw(name: str, what: str, *, last: int | None, shown: int, lang: Lang) -> None:
    """The buttons to turn: ``last`` is the last number shown where more may follow, else None; ``shown`` lines are drawn."""
    listed, path = st.session_state.get(f"keyset-{name}", ("", ()))
    path = path if listed == what else ()
    back, words, on = st.columns([1, 2, 1], vertical_alignment="center")
    ends = (None if path else say("ui.is_first", lang), say("ui.is_last", lang) if last is None else None)
    turns = ((name, what, path[:-1]), (name, what, (*path, last)))
    back.button(say("ui.newer", lang), key=f"{name}-back", disabled=not path, help=ends[0], on_click=_go, args=turns[0], width="stretch")
    words.caption(say("ui.shown", lang, n=shown, page=len(path) + 1), text_alignment="center")
    on.button(say("ui.older", lang), key=f"{name}-on", disabled=last is None, help=ends[1], on_click=_go, args=turns[1], width="stretch")


def _go(name: str, what: str, path: tuple[int, ...]) -> None:
    st.session_state[f"keyset-{name}"] = (what, path)
