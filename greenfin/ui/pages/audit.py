"""Audit: what happened, by whom and when; whether the record is as it was written."""

from __future__ import annotations

from functools import partial

import streamlit as st

from greenfin.messages import say
from greenfin.store import audit, events
from greenfin.store.heads import Head
from greenfin.store.sign_off import note_export
from greenfin.ui.frame import keyset, lists, markup, paging, sections
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import audit as views
from greenfin.ui.views.span import Span, begin

PAGE = "audit"
SIZE = 12
_LONGEST = 200


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused."""
    parts = ("trail", "verify") if desk.may("read_audit") else ("verify",)
    part = sections.chosen(PAGE, parts, desk.lang)
    if part == "trail":
        _trail(desk)
    else:
        _verify(desk)


def _trail(desk: Desk) -> None:
    lang = desk.lang
    store, actor = desk.record()
    asked = _asked(desk)
    what = str(asked)
    lines, more = views.page(store, actor, asked, lang, before=keyset.before_of("audit", what), size=SIZE)
    if not lines:
        st.info(say("ui.audit.nothing", lang), icon=":material/search_off:")
        return
    headings = [say(f"ui.audit.column.{name}", lang) for name in ("at", "who", "what", "subject", "branch", "detail", "reason")]
    shown = [
        lists.Line(tuple(map(lists.Item, (one.at, one.who, one.what, one.subject, one.branch, one.detail, one.reason)))) for one in lines
    ]
    st.html(lists.listing(headings, shown, tight=(0, 1, 2)))
    keyset.draw("audit", what, last=more, shown=len(lines), lang=lang)
    if desk.may("export"):
        given = partial(_exported, desk, asked)
        st.download_button(
            say("ui.audit.export", lang), given, file_name="events.csv", mime="text/csv", icon=":material/download:", on_click="ignore"
        )


def _exported(desk: Desk, asked: views.Asked) -> bytes:
    store, actor = desk.record()
    note_export(store, actor, "events", files=1)
    return views.exported(store, actor, asked, desk.lang)


def _asked(desk: Desk) -> views.Asked:
    lang = desk.lang
    store, actor = desk.record()
    people, kinds = events.who_and_what(store, actor)
    words = {kind: views.kind_words(kind, lang) for kind in kinds}
    every = say("ui.all", lang)
    first, second, third, fourth = st.columns([2, 2, 3, 3])
    by = select(first, "audit-who", list(people), lang=lang, label=say("ui.audit.column.who", lang), none=every)
    kind = select(
        second, "audit-kind", list(kinds), lang=lang, label=say("ui.audit.column.what", lang), shown=words.__getitem__, none=every
    )
    subject = third.text_input(
        say("ui.audit.subject", lang), placeholder=say("ui.audit.subject_hint", lang), key="audit-subject", max_chars=_LONGEST
    )
    days = fourth.date_input(say("ui.audit.days", lang), value=[], format="YYYY-MM-DD", key="audit-days")
    span = days if isinstance(days, tuple) else (days,)
    return views.Asked(by, kind, subject.strip(), span[0] if span else None, span[-1] if span else None)


def _verify(desk: Desk) -> None:
    lang = desk.lang
    store, actor = desk.record()
    st.caption(say("ui.audit.verify_said", lang))
    noted = st.text_area(
        say("ui.audit.heads", lang), placeholder=say("ui.audit.heads_hint", lang), key="audit-heads", height=80, max_chars=10_000
    )
    if st.button(say("ui.audit.verify", lang), icon=":material/verified_user:", type="primary"):
        anchors = [Head(number, sha) for number, sha in views.heads_of(noted)]
        with st.status(say("ui.audit.verifying", lang), expanded=True) as status:
            verdict = audit.verify(store, actor, anchors=anchors, progress=lambda stage: st.write(say(f"ui.audit.stage.{stage}", lang)))
            status.update(label=say("ui.audit.verified", lang), state="complete" if verdict.same else "error", expanded=False)
        st.session_state["audit-verdict"] = verdict
    if "audit-verdict" in st.session_state:
        _told(views.told(st.session_state["audit-verdict"], lang), desk)


def _told(found: views.Told, desk: Desk) -> None:
    lang = desk.lang
    if found.same:
        st.success(found.words, icon=":material/verified_user:")
    else:
        st.error(found.words, icon=":material/gpp_bad:")
    if found.head:
        st.html(markup.facts([(say("ui.audit.head", lang), found.head)]))
    if not found.findings:
        return
    start = begin(paging.start_of("findings", ""), SIZE, len(found.findings))
    shown = found.findings[start : start + SIZE]
    headings = [say(f"ui.audit.column.{name}", lang) for name in ("log", "where", "words")]
    st.html(markup.listing(headings, shown, "gf-list gf-tight"))
    paging.draw("findings", "", Span(start, len(shown), SIZE, len(found.findings)), lang)
