"""What the disclosure page keeps while the server runs: the checks of a run, the files that were made of it."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import TypeAlias

import streamlit as st

from greenfin.core.records import Answer, Table
from greenfin.messages import Lang
from greenfin.pack import pack
from greenfin.reported import every_table
from greenfin.store.answered import Version
from greenfin.ui.frame import held
from greenfin.ui.views import checks as views_checks
from greenfin.ui.views import tables as views_tables

Unsaved: TypeAlias = tuple[tuple[Answer, ...], Version, tuple[Answer, ...]]  # as they stand, the version they began with, its answers
MOST_UNSAVED = 100
_DAY = (1980, 1, 1, 0, 0, 0)


@st.cache_data(max_entries=8, show_spinner=False)
def checks(folder: Path, run: str, lang: Lang) -> views_checks.Report:
    """The checks of a run. Raises Refused."""
    return views_checks.checks_of(held.result(folder, run), lang)


@st.cache_resource(max_entries=2, show_spinner=False)
def tables(folder: Path, run: str) -> dict[str, Table]:
    """Every table of a run: those it was asked for, and the index, restatements and figures of pictures beside them. Raises Refused."""
    return every_table(held.result(folder, run))


@st.cache_data(max_entries=64, show_spinner=False)
def sheet(folder: Path, run: str, table: str, lang: Lang) -> views_tables.Sheet:
    """A table of a run as it prints. Raises Refused."""
    return views_tables.sheet(tables(folder, run)[table], lang)


@st.cache_data(max_entries=2, show_spinner=False)
def packed(folder: Path, run: str) -> tuple[bytes, str]:
    """The assurance pack of a run and its sha256. Raises Refused."""
    with tempfile.TemporaryDirectory() as place:
        made = pack(folder, Path(place) / f"{run}.zip")
        return made.path.read_bytes(), made.sha256


@st.cache_resource(max_entries=1, show_spinner=False)
def unsaved() -> dict[tuple[str, str], Unsaved]:
    """Answers that were not saved yet, by who fills them in and the run: a log-in that expires, or a page drawn anew, loses none."""
    return {}


def csv_files(folder: Path) -> bytes:
    """Every table of a run as CSV, in one archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "tables").glob("*.csv")):
            archive.writestr(zipfile.ZipInfo(path.name, _DAY), path.read_bytes())
    return out.getvalue()
