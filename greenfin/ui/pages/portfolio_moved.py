"""Movements between two runs, and what another edition makes of one: the tables of ``roll-forward`` and ``retag``."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.core.records import Table
from greenfin.disclose.printed import word
from greenfin.messages import Lang, say
from greenfin.ui.frame import held_portfolio as held
from greenfin.ui.frame import markup
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views.portfolio_moved import OF_RECEIPTS, Moved, day, earlier, edition, told
from greenfin.ui.views.tables import sheet, title_of


def rolled(desk: Desk) -> None:
    """The movements from an earlier run at the place to this one. Raises Refused."""
    lang, saved = desk.lang, desk.run()
    before = {str(run.folder): run for run in earlier(desk.runs, saved)}
    if not before:
        st.info(say("ui.portfolio.no_earlier", lang), icon=":material/event_busy:")
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    shown = {folder: f"{day(run)} · {run.id}" for folder, run in before.items()}
    folder = select(left, "portfolio-opening", list(shown), lang=lang, label=say("ui.portfolio.from_run", lang), shown=shown.__getitem__)
    first = before[folder]
    if _asked_for(right, "rolled", f"{first.id} {saved.id}", say("ui.portfolio.roll", lang)):
        with st.spinner(say("ui.portfolio.working", lang)):
            found = held.rolled(first.folder, saved.folder, first.id, saved.id, lang)
        _tables(desk, found)


def _editions(desk: Desk) -> tuple[str, str]:
    """The two editions chosen: the run's own is the new one."""
    lang, saved = desk.lang, desk.run()
    names = held.editions(saved.folder, saved.id, lang)
    first, second = st.columns(2)
    own = edition(saved)
    others = [name for name in names if name != own]
    old = select(first, "portfolio-old", others, lang=lang, label=say("ui.portfolio.old", lang), shown=names.__getitem__)
    label = say("ui.portfolio.new", lang)
    return old, select(second, "portfolio-new", [own, *others], lang=lang, label=label, shown=names.__getitem__)


def edition_change(desk: Desk) -> None:
    """The run under two editions. Raises Refused."""
    lang, saved = desk.lang, desk.run()
    old, new = _editions(desk)
    if old == new:
        st.info(say("ui.portfolio.same_edition", lang), icon=":material/compare_arrows:")
        return
    if _asked_for(st.container(), "edition", f"{saved.id} {old} {new}", say("ui.portfolio.retag", lang)):
        with st.spinner(say("ui.portfolio.working", lang)):
            found = held.retagged(saved.folder, saved.id, old, new, lang)
        _tables(desk, found)
        if found.explanation:
            with st.expander(say("ui.portfolio.explanation", lang)):
                st.text(found.explanation)


def _asked_for(place: DeltaGenerator, name: str, key: str, words: str) -> bool:
    """Whether this was asked for: computing takes seconds, so nothing is computed before a click, and what was asked for stays."""
    button = place.button(words, type="primary", key=f"portfolio-{name}", width="stretch")
    if button:
        st.session_state[f"portfolio-asked-{name}"] = key
    return bool(st.session_state.get(f"portfolio-asked-{name}") == key)


def _tables(desk: Desk, found: Moved) -> None:
    """The tables, without those of single receipts where readers have branches; what was said."""
    lang = desk.lang
    tables: Sequence[Table] = [table for table in found.tables if desk.actor is None or table.id not in OF_RECEIPTS]
    titles = {table.id: title_of(table, lang) for table in tables}
    name = f"portfolio-table-{tables[0].id}"
    chosen = select(st.container(), name, list(titles), lang=lang, label=say("ui.portfolio.table", lang), shown=titles.__getitem__)
    table = next(table for table in tables if table.id == chosen)
    st.html(markup.sheet(sheet(table, lang), notes_word=word("notes", lang)))
    _notes(found, lang)


def _notes(found: Moved, lang: Lang) -> None:
    problems = told(found.problems, lang)
    if problems:
        with st.expander(say("ui.portfolio.notes", lang, n=len(problems))):
            heads = [say(f"ui.portfolio.column.{name}", lang) for name in ("severity", "words")]
            st.html(markup.listing(heads, problems, "gf-list gf-tight"))
