"""What the review page reads once and keeps while the server runs."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from greenfin.messages import Lang
from greenfin.reference.attached import Attached, read
from greenfin.reference.load import Reference, load
from greenfin.ruled import moved_by_model
from greenfin.run_folder import Saved
from greenfin.ui.views.loans import row_of


@st.cache_resource(show_spinner=False)
def reference() -> Reference:
    """The reference data of this release."""
    return load()


@st.cache_data(ttl=60, max_entries=12, show_spinner=False)
def copies(files: Path, edition: str) -> tuple[Attached, ...]:
    """What the bank attached to an edition. Raises Refused."""
    return read(files, edition)


@st.cache_data(max_entries=2_000, show_spinner=False)
def _in_run(folder: Path, run: str, receipt: str) -> tuple[bool, str]:
    row = row_of(folder, receipt)
    return row is not None, str(row.get("model") or "") if row else ""


def in_run(saved: Saved | None, receipt: str) -> bool:
    """Whether the chosen run has the loan."""
    return saved is not None and _in_run(saved.folder, saved.id, receipt)[0]


def model_of(saved: Saved | None, receipt: str, lang: Lang) -> str:
    """What a learned model moved of the loan in the chosen run; empty: nothing, or the run used none."""
    if saved is None or not saved.record["made_of"].get("model"):
        return ""
    return moved_by_model(_in_run(saved.folder, saved.id, receipt)[1], lang)
