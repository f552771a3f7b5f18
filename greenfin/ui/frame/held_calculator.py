"""What the calculator keeps while the server runs: the reference data, what words were found to mean."""

from __future__ import annotations

from datetime import date

import streamlit as st

from greenfin.messages import Lang
from greenfin.reference.load import Reference, load
from greenfin.ui.views import calculator_choice as choice


@st.cache_resource(show_spinner=False)
def reference() -> Reference:
    """The reference data of this release. Raises BadReference."""
    return load()


@st.cache_data(max_entries=256, show_spinner=False)
def offers(words: str, lang: Lang, on: date) -> tuple[choice.Offer, ...]:
    """What words may mean."""
    return choice.offers(reference(), words, lang=lang, on=on)


@st.cache_data(max_entries=4, show_spinner=False)
def places(lang: Lang) -> dict[str, str]:
    """The provinces by code, as they are called."""
    return choice.provinces(reference(), lang)
