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
    index = list(options).index(kept) if kept in options else None if none else 0
    chosen = place.selectbox(label, options, index=index, format_func=shown, placeholder=none or None, key=f"{name}-{lang}")
    st.session_state[f"kept-{name}"] = chosen
    return chosen or ""
