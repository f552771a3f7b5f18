"""Which language the reader reads: chosen in the sidebar, and kept in a cookie for a reload and for the pages that stand before log-in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from greenfin.messages import Lang, say

COOKIE = "greenfin_lang"
LANGUAGES: dict[str, Lang] = {"zh": "zh", "en": "en"}
KEPT_SECONDS = 10_000_000


def first_of(*wishes: str | None) -> Lang:
    """The first of the wishes that is a language of ours; Chinese where none is.

    >>> first_of("", None, "fr", "en", "zh")
    'en'
    """
    return next((LANGUAGES[wish] for wish in wishes if wish in LANGUAGES), "zh")


def chosen(first: str) -> Lang:
    """The language chosen in the sidebar: at first that of the address, else of the reader's last visit, else ``first``."""
    with st.sidebar:
        found = st.segmented_control(
            f"{say('ui.language', 'zh')} / {say('ui.language', 'en')}",
            list(LANGUAGES),
            default=None if "lang" in st.session_state else first_of(st.query_params.get("lang"), st.context.cookies.get(COOKIE), first),
            format_func=lambda lang: say("ui.this_language", LANGUAGES[lang]),
            key="lang",
            required=True,
        )
    lang = first_of(found, first)
    _mounted()(key="linked-language", data={"cookie": f"{COOKIE}={lang}; path=/; SameSite=Lax; Max-Age={KEPT_SECONDS}"})
    return lang


@cache
def _mounted() -> ComponentRenderer:
    return st.components.v2.component("greenfin_language", js=files("greenfin.ui").joinpath("language.js").read_text("utf-8"))
