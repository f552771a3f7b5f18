"""What the portfolio page keeps while the server runs: a run's book, its financed emissions, movements that were asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from greenfin.evaluate import Series
from greenfin.financed.whole_book import Financed
from greenfin.messages import Lang
from greenfin.pipeline import Inputs
from greenfin.reference.load import Reference
from greenfin.run_folder import load_inputs, open_run
from greenfin.ui.views import portfolio as views
from greenfin.ui.views import portfolio_moved as moves
from greenfin.ui.views import portfolio_score as scores


@st.cache_resource(max_entries=2, show_spinner=False)
def made_from(folder: Path, run: str) -> tuple[Inputs, Reference]:
    """What a run was computed from, and the reference data that it kept. Raises Refused."""
    inputs, _, reference = load_inputs(open_run(folder))
    return inputs, reference


@st.cache_resource(max_entries=2, show_spinner=False)
def financed(folder: Path, run: str) -> Financed:
    """A run's financed emissions. Raises Refused."""
    inputs, reference = made_from(folder, run)
    return views.financed_of(inputs.book, reference)


@st.cache_data(max_entries=8, show_spinner=False)
def side_by_side(folder: Path, run: str, lang: Lang) -> views.Side:
    """The standards in words."""
    return views.side_by_side(financed(folder, run), lang)


@st.cache_data(max_entries=32, show_spinner=False)
def groups(folder: Path, run: str, standard: str, by: str, lang: Lang) -> tuple[views.Group, ...]:
    """The parts of a standard's total."""
    return views.groups(financed(folder, run), standard, by, lang)


@st.cache_data(max_entries=32, show_spinner=False)
def left_out(folder: Path, run: str, standard: str, lang: Lang) -> tuple[tuple[str, str, str], ...]:
    """Why exposures are not in."""
    return views.left_out(financed(folder, run), standard, lang)


@st.cache_resource(max_entries=8, show_spinner=False)
def series(folder: Path, run: str, scheme: str) -> tuple[Series, date] | None:
    """The quarters of the evaluation in the bank's own file. Raises Refused."""
    inputs, _ = made_from(folder, run)
    found = scores.series_of(inputs.bank.extra, scheme, inputs.book.as_of)
    return found[:2] if found else None


@st.cache_data(max_entries=16, show_spinner=False)
def curve(folder: Path, run: str, scheme: str, lang: Lang) -> tuple[dict[str, object], ...]:
    """The scores against lending."""
    found = series(folder, run, scheme)
    return scores.curve(*found, scores.most_of(*found), lang) if found else ()


@st.cache_data(max_entries=32, show_spinner=False)
def answers(folder: Path, run: str, scheme: str, points: int, lang: Lang) -> tuple[scores.Answer, ...]:
    """The least lending for so many points."""
    found = series(folder, run, scheme)
    return scores.answers(*found, points, lang) if found else ()


@st.cache_resource(max_entries=4, show_spinner=False)
def rolled(opening: Path, closing: Path, before: str, run: str, lang: Lang) -> moves.Moved:
    """The movements between two runs, told by folder and id. Raises Refused."""
    return moves.rolled(opening, closing, made_from(closing, run)[1], lang)


@st.cache_resource(max_entries=4, show_spinner=False)
def retagged(folder: Path, run: str, old: str, new: str, lang: Lang) -> moves.Moved:
    """A run under another edition. Raises Refused."""
    return moves.retagged(folder, old, new, reference=made_from(folder, run)[1], lang=lang)


@st.cache_data(max_entries=8, show_spinner=False)
def editions(folder: Path, run: str, lang: Lang) -> dict[str, str]:
    """The editions of the loan family, as they are called."""
    return moves.editions(made_from(folder, run)[1], lang)
