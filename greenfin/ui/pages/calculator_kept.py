"""What a loan officer typed, kept over a change of language, of page and of method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from greenfin.messages import Lang

_LONGEST = 2000


def kept(name: str) -> str:
    """What was typed or chosen under a name; empty where nothing was."""
    return str(st.session_state.get(f"calculator-kept-{name}", ""))


def keep(name: str, value: str) -> None:
    """Keep what was typed or chosen."""
    st.session_state[f"calculator-kept-{name}"] = value


def fill(values: Mapping[str, str]) -> None:
    """Put values into the form, as if they had been typed."""
    for name, value in values.items():
        keep(name, value)
    st.session_state["calculator-filled"] = _times() + 1


def _times() -> int:
    return int(st.session_state.get("calculator-filled", 0))


def key_of(name: str, lang: Lang) -> str:
    """The key of a widget: another one once the form was filled from a file."""
    return f"calculator-{name}-{lang}-{_times()}"


def text(place: Any, name: str, label: str, *, lang: Lang, hint: str = "", about: str = "") -> str:
    """A field for a line of text."""
    typed = place.text_input(
        label, value=kept(name), placeholder=hint or None, help=about or None, max_chars=_LONGEST, key=key_of(name, lang)
    )
    keep(name, typed or "")
    return str(typed or "").strip()


def chosen(
    place: Any,
    name: str,
    words: Mapping[str, str],
    *,
    lang: Lang,
    label: str,
    none: str = "",
    first: str = "",
    about: str = "",
) -> str:
    """A choice by its key; with ``none`` (what an empty one is called) it may be "", else it begins with ``first`` or the first one."""
    options = list(words)
    before = kept(name) if f"calculator-kept-{name}" in st.session_state else first
    index = options.index(before) if before in options else None if none else 0
    taken = place.selectbox(
        label, options, index=index, format_func=lambda key: words[key], placeholder=none or None, help=about or None,
        key=key_of(name, lang),
    )  # fmt: skip
    keep(name, taken or "")
    return str(taken or "")
