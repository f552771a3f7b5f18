"""Sign-off: who made the run, who checked it, who entered that it went out. The record refuses whoever may not."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from greenfin import publishing
from greenfin.core.problems import Problem
from greenfin.messages import Lang, say
from greenfin.pipeline import RunResult
from greenfin.store import publications, sign_off
from greenfin.store.runs import register
from greenfin.store.sign_off import SignOff
from greenfin.ui.frame import lists, markup
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views.said import in_words
from greenfin.ui.views.signing import steps_of

_TOLD = "published-told"
_MOST = 300  # signs of a reason or a place


def show(desk: Desk, result: RunResult) -> None:
    """Draw the part. Raises Refused."""
    saved, lang = desk.run(), desk.lang
    store, actor = desk.record()
    stands = sign_off.sign_off(store, actor, saved.id)
    steps = steps_of(stands, lang)
    st.html(lists.steps([(step.words, step.who, step.state) for step in steps]))
    if stands.acts:
        headings = [say(f"ui.sign.column.{name}", lang) for name in ("at", "who", "act", "reason")]
        lines = [(act.at[:19].replace("T", " "), act.actor or "—", say(f"ui.sign.{act.kind}", lang), act.reason) for act in stands.acts]
        st.html(markup.listing(headings, lines, "gf-list gf-tight"))
    left, right = st.columns(2, gap="large")
    with left:
        _making(desk, stands)
    with right:
        _publishing(desk, result, stands)


def _making(desk: Desk, stands: SignOff) -> None:
    lang, run = desk.lang, desk.run().id
    store, actor = desk.record()
    if desk.may("register_run") and not stands.waits and not stands.checked_by:
        with st.form("submit", clear_on_submit=True):
            said = st.text_input(say("ui.sign.said", lang), max_chars=_MOST)
            if st.form_submit_button(say("ui.sign.submit", lang), icon=":material/send:"):
                register(store, actor, desk.run(), made_at=datetime.now(UTC))
                sign_off.submit(store, actor, run, reason=said)
                st.rerun()
    if stands.waits and desk.may("check_run"):
        if actor.user in stands.makers:
            st.info(say("ui.sign.own", lang), icon=":material/group:")
            return
        _checking(desk, run)
    elif stands.waits:
        st.info(say("ui.sign.waits", lang), icon=":material/hourglass_top:")


def _checking(desk: Desk, run: str) -> None:
    lang = desk.lang
    store, actor = desk.record()
    with st.form("check", clear_on_submit=True):
        said = st.text_input(say("ui.sign.said", lang), max_chars=_MOST)
        left, right = st.columns(2)
        holds = left.form_submit_button(say("ui.sign.check", lang), icon=":material/verified:", type="primary", width="stretch")
        back = right.form_submit_button(say("ui.sign.send_back", lang), icon=":material/undo:", width="stretch")
    if holds:
        sign_off.check(store, actor, run, reason=said)
        st.rerun()
    if back:
        sign_off.send_back(store, actor, run, reason=said)
        st.rerun()


def _publishing(desk: Desk, result: RunResult, stands: SignOff) -> None:
    lang = desk.lang
    if not desk.may("publish"):
        return
    if not result.policy.needs_approval:
        st.info(
            say("ui.sign.draft", lang, policy=result.policy.name_zh if lang == "zh" else result.policy.name_en), icon=":material/draft:"
        )
        return
    if not stands.checked_by:
        st.info(say("ui.sign.not_checked", lang), icon=":material/rule:")
        return
    store, actor = desk.record()
    with st.form("publish"):
        kind = st.selectbox(say("ui.sign.kind", lang), publications.KINDS, format_func=lambda name: say(f"ui.published.kind.{name}", lang))
        place = st.text_input(say("ui.sign.place", lang), max_chars=_MOST)
        on = st.date_input(say("ui.sign.on", lang), format="YYYY-MM-DD")
        if st.form_submit_button(say("ui.sign.publish", lang), icon=":material/publish:", type="primary"):
            going = publishing.Going(kind, place, on)
            done = publishing.publish(store, actor, result, going, run=desk.run().id)
            st.session_state[_TOLD] = (desk.run().id, done.value, done.problems)
            st.rerun()  # the steps above have moved
    of, count, problems = st.session_state.pop(_TOLD, ("", 0, ()))
    if of == desk.run().id:
        _told(count, problems, lang)


def _told(count: int, problems: tuple[Problem, ...], lang: Lang) -> None:
    if count:
        st.success(say("ui.sign.published", lang, n=count), icon=":material/check_circle:")
    for problem in problems:
        st.warning(markup.plain(f"{problem.where} {in_words(problem, lang)}".strip()))
