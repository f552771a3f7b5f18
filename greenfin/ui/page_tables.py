"""The first page: the run in a few figures, its tables as they print, and why a cell is what it is."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.core.records import Table
from greenfin.disclose.printed import word
from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.ui import held, markup, views_runs, views_tables
from greenfin.ui.choosing import select

_FILES = {"disclosure.xlsx": ":material/table_view:", "disclosure.pdf": ":material/picture_as_pdf:"}


def show(saved: Saved, lang: Lang) -> None:
    """Draw the page. Raises Refused where the run's folder is damaged."""
    _overview(saved, lang)
    with st.spinner(say("ui.computing", lang)):
        result = held.result(saved.folder, saved.id)
    if not result.tables:
        st.info(say("ui.no_tables", lang))
        return
    left, right = st.columns(2)
    table = _table(left, result.tables, lang)
    cell = _cell(right, table, lang)
    if cell:
        with st.container(border=True):
            st.html(markup.tree(held.lineage(saved.folder, saved.id, cell, lang)))
    watermark = result.policy.watermark_zh if lang == "zh" else result.policy.watermark_en
    st.html(markup.sheet(views_tables.sheet(table, lang), chosen=cell, notes_word=word("notes", lang), watermark=watermark))


def _table(place: DeltaGenerator, tables: Mapping[str, Table], lang: Lang) -> Table:
    titles = {name: views_tables.title_of(table, lang) for name, table in tables.items()}
    return tables[select(place, "table", list(tables), lang=lang, label=say("ui.table", lang), shown=titles.__getitem__)]


def _cell(place: DeltaGenerator, table: Table, lang: Lang) -> str:
    asked = {q.cell: q.words for q in views_tables.questions(table, lang)}
    words, hint = say("ui.why", lang), say("ui.why_hint", lang)
    return select(place, f"cell-{table.id}", list(asked), lang=lang, label=words, shown=asked.__getitem__, none=hint)


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
            column.download_button(file, path.read_bytes(), file_name=file, icon=icon, on_click="ignore", width="stretch")


def _counts(view: views_runs.Overview, lang: Lang) -> str:
    loans = markup.chip(say("ui.count.loans", lang, n=view.loans), "info")
    errors = markup.chip(say("ui.count.errors", lang, n=view.errors), "error") if view.errors else ""
    warnings = markup.chip(say("ui.count.warnings", lang, n=view.warnings), "warning") if view.warnings else ""
    return " ".join((loans, errors, warnings))
