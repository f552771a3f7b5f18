"""What is read once and kept while the server runs: a run computed again, its filters, its counts. Keyed by folder and run id."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from greenfin.explain import why
from greenfin.messages import Lang
from greenfin.pipeline import RunResult
from greenfin.reference.load import load
from greenfin.run_folder import Saved, open_run, replay
from greenfin.store.permissions import Actor
from greenfin.ui.views import loans as views_loans
from greenfin.ui.views import problems as views_problems
from greenfin.ui.views import runs as views_runs
from greenfin.ui.views import why as views_why
from greenfin.ui.views.eyes import Eyes

_LARGE = 10_000  # loans
_MANY, _FEW = 20, 3  # branches of a kind


@st.cache_resource(ttl=10, max_entries=4, show_spinner=False)
def found(place: Path) -> tuple[Saved, ...]:
    """The runs at a place; looked for again after some seconds. Raises Refused where there is none."""
    return views_runs.find_runs(place)


@st.cache_resource(ttl=10, max_entries=4, show_spinner=False)
def found_with(place: Path, record: str) -> tuple[Saved, ...]:
    """The runs at a place and those that the record's register lists; none where there are none."""
    return views_runs.find_with(place, record)


@st.cache_resource(max_entries=2, show_spinner=False)
def result(folder: Path, run: str) -> RunResult:
    """The run, computed again from its folder. Raises Refused."""
    return replay(open_run(folder))


@st.cache_data(max_entries=4, show_spinner=False)
def entry_names(folder: Path, run: str, lang: Lang) -> dict[str, str]:
    """The names of the entries of the run's edition, by code, from the reference data that the run kept. Raises Refused."""
    saved = open_run(folder)
    entries = load(folder / "reference").catalogues[saved.record["made_of"]["edition"]].entries
    return {code: entry.name_zh if lang == "zh" else entry.name_en or entry.name_zh for code, entry in entries.items()}


@st.cache_data(max_entries=4, show_spinner=False)
def rule_reasons(folder: Path, run: str, lang: Lang) -> dict[str, str]:
    """Why each rule of the run's edition decides as it does, by its id. Raises Refused."""
    saved = open_run(folder)
    rules = load(folder / "reference").catalogues[saved.record["made_of"]["edition"]].rules
    return {rule.id: rule.reason_zh if lang == "zh" else rule.reason_en or rule.reason_zh for rule in rules}


@st.cache_data(max_entries=256, show_spinner=False)
def lineage(folder: Path, run: str, cell: str, lang: Lang) -> views_why.Branch:
    """The tree of a cell, in words; in a large book with fewer branches, those of other cells to be opened by a click on them."""
    is_large = len(result(folder, run).book.loans) > _LARGE
    trace = why(result(folder, run), cell, limit=_FEW if is_large else _MANY, is_shallow=is_large)
    return views_why.tree(trace, lang, _node_names(folder, run, lang))


@st.cache_data(max_entries=4, show_spinner=False)
def _node_names(folder: Path, run: str, lang: Lang) -> dict[str, str]:
    entries = {f"entry:{code}": name for code, name in entry_names(folder, run, lang).items()}
    made = result(folder, run)
    return entries | views_why.slot_names(made.reference.factors, lang) | views_why.cell_names(made.tables, lang)


@st.cache_data(max_entries=32, show_spinner=False)
def offers(folder: Path, run: str, actor: Actor | None) -> views_loans.Offers:
    """What the loan filters offer: classes and branches of the loans that the reader may see."""
    return views_loans.offers(folder, Eyes(actor))


@st.cache_resource(max_entries=4, show_spinner=False)
def problems(folder: Path, run: str) -> views_problems.Listed:
    """Where the run's problems stand in their file. Raises Refused."""
    return views_problems.listed(folder)


@st.cache_data(max_entries=8, show_spinner=False)
def groups(folder: Path, run: str, lang: Lang) -> tuple[views_problems.Group, ...]:
    """Problems by code. Raises Refused."""
    return views_problems.groups(problems(folder, run), lang)
