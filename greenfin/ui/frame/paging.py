"""Turning the pages of a long list."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.messages import Lang, say
from greenfin.ui.views.span import Span


def start_of(name: str, what: str) -> int:
    """Where the list begins: where the reader turned to, or the beginning once ``what`` is listed has changed."""
    listed, start = st.session_state.get(f"start-{name}", ("", 0))
    return int(start) if listed == what else 0


def draw(name: str, what: str, span: Span, lang: Lang) -> None:
    """The buttons to turn, and which part of the list is shown."""
    back, words, on = st.columns([1, 2, 1], vertical_alignment="center")
    _button(back, f"{name}-back", say("ui.previous", lang), (name, what, span.before), say("ui.is_first", lang))
    words.caption(say("ui.span", lang, first=span.first, last=span.last, total=span.total), text_alignment="center")
    _button(on, f"{name}-on", say("ui.next", lang), (name, what, span.after), say("ui.is_last", lang))


def _button(place: DeltaGenerator, key: str, words: str, to: tuple[str, str, int | None], why_not: str) -> None:
    is_end = to[2] is None
    place.button(words, key=key, disabled=is_end, help=why_not if is_end else None, on_click=_turn, args=to, width="stretch")


def _turn(name: str, what: str, start: int | None) -> None:
    st.session_state[f"start-{name}"] = (what, start or 0)
