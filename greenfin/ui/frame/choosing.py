"""A choice that outlives a change of language or page (a select box of streamlit keeps neither the choice nor its words)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.messages import Lang


def select(
    place: DeltaGenerator,
    name: str,
    options: Sequence[str],
    *,
    lang: Lang,
    label: str,
    shown: Callable[[str], str] = str,
    none: str = "",
) -> str:
    """The option chosen, by its key; with ``none`` (the words of an empty box) it may be "", else it begins with the first."""
    kept = str(st.session_state.get(f"kept-{name}", ""))
    key, first = f"{name}-{lang}", None if none else 0
    index = list(options).index(kept) if kept in options and key not in st.session_state else first
    chosen = place.selectbox(label, options, index=index, format_func=shown, placeholder=none or None, key=key)
    st.session_state[f"kept-{name}"] = chosen
    return chosen or ""


def choose(name: str, option: str, lang: Lang) -> None:
    """Choose an option for the reader, before the box is drawn."""
    st.session_state[f"kept-{name}"] = st.session_state[f"{name}-{lang}"] = option


def asked_once(name: str) -> str:
    """What the page's address asks for under this name; nothing when it is drawn again, for the reader may have chosen since."""
    wanted = str(st.query_params.get(name, ""))
    is_new = wanted != st.session_state.get(f"asked-{name}", "")
    st.session_state[f"asked-{name}"] = wanted
    return wanted if is_new else ""
