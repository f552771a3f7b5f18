"""The first page: what waits for the reader, the bank at a glance, the trend, the quality of the data."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.ui.frame import held, held_home, held_reference, markup
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import catalogues, home, waiting
from greenfin.ui.views import runs as views_runs
from greenfin.ui.views.home import Tile


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused."""
    if desk.store and desk.actor:
        _record(desk)
    if desk.saved:
        _run(desk, desk.saved)
    elif desk.may("read_runs"):
        st.info(say("ui.home.no_run", desk.lang), icon=":material/info:")


def _record(desk: Desk) -> None:
    store, actor = desk.record()
    lang = desk.lang
    found = held_home.record(store, actor, lang)
    _tiles(desk, "waiting", found.waiting, say("ui.home.nothing_waits", lang))
    if begins := waiting.begins(actor, lang):
        st.html(markup.heading(say("ui.home.begins", lang)) + markup.linked(begins))
    _tiles(desk, "watched", found.watched, "")
    _tiles(desk, "accounts", found.accounts, "")


def _run(desk: Desk, saved: Saved) -> None:
    lang = desk.lang
    cells = held_home.printed(saved.folder, saved.id)
    glance = home.glance(saved, cells, lang)
    _tiles(desk, "glance", glance, "")
    _aside(home.glance_against(glance, lang))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _trend(desk, saved)
    with right:
        _tiles(desk, "quality", (*held_home.decided(desk), *home.balance(saved, lang)), "")
        groups = held.groups(saved.folder, saved.id, lang)
        st.html(markup.linked([(g.words, home.address("problems", lang, run=saved.id, code=g.code)) for g in home.first_of(groups)]))
    _made(saved, lang)


def _made(saved: Saved, lang: Lang) -> None:
    """What the run was made of, and how its book divides."""
    view = views_runs.overview(saved, lang, editions=dict(catalogues.editions(held_reference.reference(), lang)))
    st.html(markup.heading(say("ui.run_title", lang, run=view.title)))
    if view.other_version:
        st.warning(say("ui.other_version", lang, version=view.other_version), icon=":material/history:")
    st.html(markup.overview(view, say("ui.identity_holds" if view.holds else "ui.identity_fails", lang)))
    with st.expander(say("ui.made_of", lang)):
        st.html(markup.facts(view.facts))


def _trend(desk: Desk, saved: Saved) -> None:
    found = desk.runs or (saved,)
    lines = held_home.trends(found, tuple(one.id for one in found), desk.lang)
    st.html(markup.heading(say("ui.home.trend", desk.lang)))
    st.html(markup.trend(lines) if lines else markup.paragraph(say("ui.home.no_trend", desk.lang), "gf-reason"))
    _aside(home.trend_against(lines, desk.lang))


def _aside(words: str) -> None:
    if words:
        st.html(markup.paragraph(words, "gf-reason"))


def _tiles(desk: Desk, name: str, tiles: Sequence[Tile], nothing: str) -> None:
    if tiles or nothing:
        st.html(markup.heading(say(f"ui.home.{name}", desk.lang)))
        st.html(markup.tiles(tiles) if tiles else markup.paragraph(nothing, "gf-reason"))
