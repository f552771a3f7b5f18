"""The first page: the run in a few figures, its tables as they print, and why a cell is what it is."""

from __future__ import annotations

import streamlit as st

from greenfin.disclose.printed import word
from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.ui import held, markup, views_runs, views_tables

_FILES = {"disclosure.xlsx": ":material/table_view:", "disclosure.pdf": ":material/picture_as_pdf:"}


def show(saved: Saved, lang: Lang) -> None:
    """Draw the page. Raises Refused where the run's folder is damaged."""
    _overview(saved, lang)
    with st.spinner(say("ui.computing", lang)):
        tables = held.result(saved.folder, saved.id).tables
    if not tables:
        st.info(say("ui.no_tables", lang))
        return
    name = st.selectbox(say("ui.table", lang), list(tables), format_func=lambda key: views_tables.title_of(tables[key], lang), key="table")
    asked = {q.cell: q.words for q in views_tables.questions(tables[name], lang)}
    place = st.container()
    cell = st.selectbox(
        say("ui.why", lang),
        list(asked),
        index=None,
        format_func=asked.__getitem__,
        placeholder=say("ui.why_hint", lang),
        key=f"cell-{name}",
    )
    with place:
        st.html(markup.sheet(views_tables.sheet(tables[name], lang), chosen=cell or "", notes_word=word("notes", lang)))
    if cell:
        st.caption(markup.plain(cell))
        st.html(markup.tree(held.lineage(saved.folder, saved.id, cell, lang)))


def _overview(saved: Saved, lang: Lang) -> None:
    view = views_runs.overview(saved, lang)
    st.html(markup.heading(say("ui.run_title", lang, run=view.title), _counts(view, lang)))
    st.html(markup.overview(view, say("ui.identity_holds" if view.holds else "ui.identity_fails", lang)))
    if view.other_version:
        st.warning(say("ui.other_version", lang, version=view.other_version), icon=":material/history:")
    left, *right = st.columns([2, 1, 1], vertical_alignment="center")
    with left, st.expander(say("ui.made_of", lang)):
        st.html(markup.facts(view.facts))
    for column, (file, icon) in zip(right, _FILES.items(), strict=True):
        path = saved.folder / file
        if path.is_file():
            column.download_button(file, path.read_bytes(), file_name=file, icon=icon, on_click="ignore")


def _counts(view: views_runs.Overview, lang: Lang) -> str:
    loans = markup.chip(say("ui.count.loans", lang, n=view.loans), "info")
    errors = markup.chip(say("ui.count.errors", lang, n=view.errors), "error") if view.errors else ""
    warnings = markup.chip(say("ui.count.warnings", lang, n=view.warnings), "warning") if view.warnings else ""
    return " ".join((loans, errors, warnings))
