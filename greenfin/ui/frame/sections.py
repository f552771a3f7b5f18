"""The parts of a long page: only the one that is chosen is worked out and drawn, or side by side all of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.messages import Lang, say


def chosen(page: str, names: Sequence[str], lang: Lang) -> str:
    """The part that the reader chose, by its name (words ``ui.<page>.part.<name>``); it outlives a change of language."""
    kept = str(st.session_state.get(f"part-{page}", ""))
    first, key = kept if kept in names else names[0], f"part-{page}-{lang}"
    found = st.segmented_control(
        say(f"ui.{page}.parts", lang),
        names,
        default=None if key in st.session_state else first,
        format_func=lambda name: say(f"ui.{page}.part.{name}", lang),
        key=key,
        label_visibility="collapsed",
        required=True,
    )
    st.session_state[f"part-{page}"] = found or first
    return found or first


def turn_to(page: str, name: str, lang: Lang) -> None:
    """Choose a part for the reader, before it is drawn."""
    st.session_state[f"part-{page}"] = st.session_state[f"part-{page}-{lang}"] = name


def tabs(page: str, names: Sequence[str], lang: Lang) -> Sequence[DeltaGenerator]:
    """The parts of a page side by side, all of them drawn (words ``ui.<page>.tab.<name>``); which one is open outlives a change of
    language."""
    kept, words = str(st.session_state.get(f"tab-{page}", names[0])), [say(f"ui.{page}.tab.{name}", lang) for name in names]
    key = f"tabs-{page}-{lang}"
    if key not in st.session_state:  # streamlit takes tabs with another default for other tabs, and forgets what was clicked
        st.session_state[key] = words[names.index(kept)]
    made = st.tabs(words, key=key, on_change="rerun")
    st.session_state[f"tab-{page}"] = next((name for name, tab in zip(names, made, strict=True) if tab.open), kept)
    return made
