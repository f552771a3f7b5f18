"""What the page of own operations keeps while the server runs: the bills of a run or of an uploaded sheet, the footprints asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from greenfin.core.problems import Problem
from greenfin.footprint.uses import Question
from greenfin.messages import Lang
from greenfin.reference.load import Reference
from greenfin.ui.frame import held_calculator, held_portfolio
from greenfin.ui.views import operations as views
from greenfin.ui.views import operations_grid as grids

Kept = tuple[views.Own, Reference]


def of_run(folder: Path, run: str) -> Kept:
    """The bills of a run with the reference data that it kept. Raises Refused."""
    inputs, reference = held_portfolio.made_from(folder, run)
    return views.Own(inputs.book.operations, dict(inputs.bank.extra), tuple(inputs.problems), inputs.book.as_of), reference


@st.cache_resource(max_entries=2, show_spinner=False)
def of_file(data: bytes, name: str) -> Kept:
    """The bills of an uploaded sheet, with the reference data of this release. Raises Refused."""
    return views.read_file(data, name), held_calculator.reference()


@st.cache_resource(max_entries=16, show_spinner=False)
def counted(_kept: Kept, whose: str, question: str, _asked: Question) -> views.Counted:
    """A footprint; ``whose`` and ``question`` name the bills and what is asked. Raises Refused."""
    own, reference = _kept
    return views.counted(own, _asked, reference)


@st.cache_data(max_entries=64, show_spinner=False)
def grid(_found: views.Counted, whose: str, item: str, year: int, lang: Lang) -> grids.Grid:
    """The months of an item."""
    problems: tuple[Problem, ...] = _found.problems
    return grids.grid(_found.case, item, year=year, missing=_found.shown["coverage"]["missing"], problems=problems, lang=lang)
