"""The reference data and what is worked out of them, kept while the server runs: factors, catalogues, what is unverified."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from greenfin.core.problems import Problem
from greenfin.data_checks import checked_data
from greenfin.messages import Lang
from greenfin.reference.load import Reference, load
from greenfin.ui.views import catalogues as views_catalogues
from greenfin.ui.views import factors as views_factors


def reference() -> Reference:
    """The data that runs are made with. Raises BadReference."""
    return load()


@st.cache_resource(show_spinner=False)
def problems() -> tuple[Problem, ...]:
    """Everything that was found about the data."""
    return checked_data()[1]


@st.cache_data(max_entries=64, show_spinner=False)
def chart(id_: str, region: str, lang: Lang) -> bytes:
    """A factor by year as a PNG."""
    return views_factors.chart(load(), id_, lang, region=region)


@st.cache_data(max_entries=256, show_spinner=False)
def found(id_: str, region: str, on: date, lang: Lang) -> views_factors.Found:
    """A factor for a place and a day."""
    return views_factors.found_for(load(), id_, region, on, lang)


@st.cache_data(max_entries=4, show_spinner=False)
def documents(lang: Lang) -> tuple[views_factors.Document, ...]:
    """The documents with values that are not verified."""
    return views_factors.documents(load(), problems(), lang)


@st.cache_data(max_entries=32, show_spinner=False)
def branches(edition: str, lang: Lang) -> Mapping[str, tuple[views_catalogues.Line, ...]]:
    """The entries of an edition by the one above them."""
    return views_catalogues.branches(load().catalogues[edition], lang)
