"""Keys whose act is not offered: pressed, they say why. Their buttons are not seen."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from greenfin.ui.frame.sitting import Sitting


def draw(sitting: Sitting, keys: Iterable[tuple[str, str]]) -> None:
    """Bind keys to the reasons, in words, why they do nothing."""
    if bound := tuple(keys):
        with st.container(key=f"review-silent-{bound[0][0]}"):
            for key, words in bound:
                st.button(key, key=f"silent-{key}", shortcut=key, on_click=sitting.tell, args=(words,))
