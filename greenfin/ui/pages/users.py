"""Users: who works with the record, and for an administrator adding, roles and branches, closing and opening, a new first password."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from greenfin.core.problems import Refused
from greenfin.messages import Lang, say
from greenfin.store import people
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, roles
from greenfin.ui.frame import lists, markup, paging
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import users as views
from greenfin.ui.views.said import tell
from greenfin.ui.views.span import Span, begin

SIZE = 20
_TOLD = "users-told"
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class _Told:
    """What was done, and the first password that is shown this once; ``since`` it was first drawn."""

    words: str
    password: str = ""
    since: float = math.inf


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused."""
    lang = desk.lang
    store, actor = desk.record()
    _tell_done(lang)
    found = views.rows(store, actor, lang)
    headings = [say(f"ui.users.column.{name}", lang) for name in views.COLUMNS]
    start = begin(paging.start_of("users", ""), SIZE, len(found))
    shown = found[start : start + SIZE]
    st.html(lists.listing(headings, [_line(row) for row in shown], tight=(0, 2, 5, 6)))
    if len(found) > SIZE:
        paging.draw("users", "", Span(start, len(shown), SIZE, len(found)), lang)
    if not desk.may("manage_users"):
        st.caption(say("ui.users.read_only", lang))
        return
    left, right = st.columns(2)
    with left:
        _add(store, actor, lang)
    with right:
        _change(store, actor, [row for row in found if row.name != actor.user], lang)


def _line(row: views.Row) -> lists.Line:
    state = views.COLUMNS.index("state")
    return lists.Line(tuple(lists.Item("", words, row.css) if at == state else lists.Item(words) for at, words in enumerate(row.cells)))


def _tell_done(lang: Lang) -> None:
    told, now = st.session_state.get(_TOLD), time.monotonic()
    if not isinstance(told, _Told) or not views.is_shown_still(told.since, now):
        st.session_state.pop(_TOLD, None)
        return
    st.session_state[_TOLD] = replace(told, since=min(told.since, now))
    st.success(markup.plain(told.words), icon=":material/check_circle:")
    if told.password:
        st.caption(say("ui.users.shown_once", lang))
        st.code(told.password, language=None)


def _do(act: Callable[[], _Told], lang: Lang) -> None:
    """Do what was asked for and draw the page anew; what is refused is said where it was asked."""
    try:
        told = act()
    except Refused as refused:
        st.error(markup.plain(tell(refused.problem, lang)), icon=":material/block:")
        return
    st.session_state[_TOLD] = told
    st.rerun()


def _add(store: Store, actor: Actor, lang: Lang) -> None:
    with st.form("users-add", enter_to_submit=False):
        st.html(markup.heading(say("ui.users.add", lang)))
        name = st.text_input(say("ui.users.column.user", lang), max_chars=_LONGEST, key="users-add-name")
        shown = st.text_input(say("ui.users.column.name", lang), max_chars=_LONGEST, key="users-add-shown")
        role = _role("add", roles()[0], lang)
        branches = _branches("add", "", lang)
        wanted = st.form_submit_button(say("ui.users.add", lang), icon=":material/person_add:", type="primary")

    def add() -> _Told:
        first = views.first_password()
        made = people.add_user(store, actor, name, role=role, branches=views.branches_in(branches), password=first, display_name=shown)
        return _Told(say("ui.users.added", lang, user=made.name), first)

    if wanted:
        _do(add, lang)


def _change(store: Store, actor: Actor, others: list[views.Row], lang: Lang) -> None:
    by_name = {row.name: row for row in others}
    with st.container(border=True):
        st.html(markup.heading(say("ui.users.change", lang)))
        if not by_name:
            st.caption(say("ui.users.nobody_else", lang))
            return
        row = by_name[select(st.container(), "users-who", list(by_name), lang=lang, label=say("ui.users.column.user", lang))]
        _rights(store, actor, row, lang)
        _account(store, actor, row, lang)
        _identity(store, actor, row, lang)


def _rights(store: Store, actor: Actor, row: views.Row, lang: Lang) -> None:
    with st.form(f"users-rights-{row.name}", border=False, enter_to_submit=False):
        role = _role(row.name, row.role, lang)
        branches = _branches(row.name, row.branches, lang)
        wanted = st.form_submit_button(say("ui.users.save", lang), icon=":material/save:")

    def save() -> _Told:
        people.grant(store, actor, row.name, role=role, branches=views.branches_in(branches))
        return _Told(say("ui.users.saved", lang, user=row.name))

    if wanted:
        _do(save, lang)


def _account(store: Store, actor: Actor, row: views.Row, lang: Lang) -> None:
    reason = st.text_input(say("ui.users.reason", lang), max_chars=_LONGEST, key=f"users-reason-{row.name}")

    def close() -> _Told:
        people.disable(store, actor, row.name, reason=reason)
        return _Told(say("people.disabled_now", lang, user=row.name))

    def let_in() -> _Told:
        people.enable(store, actor, row.name, reason=reason)
        return _Told(say("people.enabled_now", lang, user=row.name))

    def reset() -> _Told:
        first = views.first_password()
        people.set_password(store, actor, row.name, first)
        return _Told(say("ui.users.reset_done", lang, user=row.name), first)

    left, right = st.columns(2)
    if row.is_open and left.button(say("ui.users.disable", lang), icon=":material/lock:", width="stretch"):
        _do(close, lang)
    if not row.is_open and left.button(say("ui.users.enable", lang), icon=":material/lock_open:", width="stretch"):
        _do(let_in, lang)
    if right.button(say("ui.users.reset", lang), icon=":material/key:", width="stretch"):
        _do(reset, lang)


def _identity(store: Store, actor: Actor, row: views.Row, lang: Lang) -> None:
    with st.expander(say("ui.users.identity", lang), icon=":material/badge:"), st.form(f"users-identity-{row.name}", border=False):
        issuer = st.text_input(say("ui.users.issuer", lang), value=row.issuer, max_chars=_LONGEST, key=f"users-issuer-{row.name}")
        subject = st.text_input(say("ui.users.subject", lang), value=row.subject, max_chars=_LONGEST, key=f"users-subject-{row.name}")
        wanted = st.form_submit_button(say("ui.users.identify", lang))

    def state() -> _Told:
        made = people.set_identity(store, actor, row.name, issuer=issuer.strip(), subject=subject.strip())
        return _Told(say("people.identity_set", lang, user=made.name, issuer=made.issuer))

    if wanted:
        _do(state, lang)


def _role(whose: str, now: str, lang: Lang) -> str:
    known = list(roles())
    chosen = st.selectbox(
        say("ui.users.column.role", lang), known, index=known.index(now), format_func=lambda role: views.role_words(role, lang),
        key=f"users-role-{whose}-{now}-{lang}",
    )  # fmt: skip
    return str(chosen)


def _branches(whose: str, now: str, lang: Lang) -> str:
    """A field for branch codes, begun with those of now."""
    label, hint = say("ui.users.column.branches", lang), say("ui.users.branches_hint", lang)
    return str(st.text_input(label, value=now, help=hint, max_chars=_LONGEST, key=f"users-branches-{whose}-{now}"))
