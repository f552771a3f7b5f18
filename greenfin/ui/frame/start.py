"""The frame around the pages: which language, which run, who reads, which page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import streamlit as st

from greenfin.core.problems import BadReference, Problem, Refused, error
from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.store.permissions import may
from greenfin.ui.frame import held, language, markup, menu, reader
from greenfin.ui.frame.asked import Asked, parsed
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views.runs import choice
from greenfin.ui.views.said import tell

_GONE = "run-gone"


def show() -> None:
    """Draw the page that the reader is on; what is refused is said in words, never as a traceback."""
    asked = parsed(sys.argv[1:])
    lang = language.chosen(asked.lang)
    st.set_page_config(page_title=say("ui.title", lang), page_icon=str(files("greenfin.ui").joinpath("icon.svg")), layout="wide")
    st.html(markup.style(lang))
    with _said(lang):
        desk = _desk(asked, lang)
        if desk:
            _page(desk)


def _desk(asked: Asked, lang: Lang) -> Desk | None:
    """The reader's desk; None for one who is not logged in, which is said. Raises Refused."""
    store = asked.store()
    if store is None:
        here = held.found(asked.run)
        return Desk(lang, asked.run, _chosen(here, lang), runs=here)
    actor = reader.who(store, lang)
    if actor is None:
        return None
    found = held.found_with(asked.run, asked.place) if may(actor, "read_runs") else ()
    return Desk(lang, asked.run, _chosen(found, lang) if found else None, store, actor, found)


def _chosen(found: tuple[Saved, ...], lang: Lang) -> Saved:
    by_folder = {str(saved.folder): saved for saved in found}
    asked = next((place for place, saved in by_folder.items() if saved.id == st.query_params.get("run")), None)
    if asked and "run" not in st.session_state:
        st.session_state["run"] = asked
    before = str(st.session_state.get("run", ""))
    if before and before not in by_folder:
        st.session_state[_GONE] = Path(before).name
    with st.sidebar:
        if gone := st.session_state.get(_GONE):
            st.warning(markup.plain(say("ui.run_gone", lang, run=gone)), icon=":material/event_busy:")
        names = list(by_folder)
        folder = st.selectbox(say("ui.run", lang), names, format_func=lambda name: choice(by_folder[name]), key="run", on_change=_seen_gone)
    return by_folder[folder]


def _seen_gone() -> None:
    """The reader has chosen a run himself: nothing more is said of the one that went."""
    st.session_state.pop(_GONE, None)


def _page(desk: Desk) -> None:
    """The navigation of the reader and his page. A page that is not his has an address all the same, which says so and no more."""
    first = next(entry for entry in menu.there() if menu.shown(entry, desk))
    groups: dict[str, list[st.Page]] = {}
    for entry in menu.there():
        groups.setdefault(say(f"ui.group.{entry.group}", desk.lang), []).append(_drawn(entry, desk, is_first=entry == first))
    st.navigation(groups, expanded=True).run()


def _drawn(entry: menu.Entry, desk: Desk, *, is_first: bool) -> st.Page:
    def draw() -> None:
        with _said(desk.lang):
            _open(entry, desk)

    return st.Page(
        draw,
        title=say(entry.title_code, desk.lang),
        icon=entry.icon,
        url_path=entry.url_path,
        default=is_first,
        visibility="visible" if menu.shown(entry, desk) else "hidden",
    )


def _open(entry: menu.Entry, desk: Desk) -> None:
    for action in menu.missing(entry, desk):
        if desk.actor:
            raise Refused(error("store.not_permitted", user=desk.actor.user, role=desk.actor.role, action=action))
    if entry.needs_run:
        desk.run()
    if entry.needs_store:
        desk.record()
    menu.show_of(entry)(desk)


@contextmanager
def _said(lang: Lang) -> Iterator[None]:
    """Say in words what is refused meanwhile."""
    try:
        yield
    except Refused as refused:
        _refuse((refused.problem,), lang)
    except BadReference as broken:
        _refuse(broken.problems, lang)


def _refuse(problems: tuple[Problem, ...], lang: Lang) -> None:
    for problem in problems:
        st.error(markup.plain(f"{problem.where} {tell(problem, lang)}".strip()), icon=":material/block:")
