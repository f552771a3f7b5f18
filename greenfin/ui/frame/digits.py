"""Digits pressed faster than the page is drawn: a script (``digits.js``) listens for them and tells the server the last few."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


@cache
def _mounted() -> ComponentRenderer:
    return st.components.v2.component("greenfin_digits", js=files("greenfin.ui").joinpath("digits.js").read_text("utf-8"))


def told() -> str:
    """The last digits as the browser tells them (:mod:`greenfin.ui.views.digits` reads them). Once for a page."""
    return str(_mounted()(key="linked-digits", on_digits_change=_nothing).get("digits") or "")


def _nothing() -> None:
    """The answer is what :func:`told` gives."""
