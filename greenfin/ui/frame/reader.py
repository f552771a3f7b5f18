"""Who reads: the session in the reader's cookie, asked of the record each time a page is drawn; and the way out."""

from __future__ import annotations

import streamlit as st

from greenfin.core.problems import Refused
from greenfin.messages import Lang, say
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.sessions import actor_of, log_out
from greenfin.ui.frame import markup
from greenfin.ui.frame.gate import COOKIE, LOGIN


def who(store: Store, lang: Lang) -> Actor | None:
    """The reader, shown in the sidebar with a way out; None where nobody is logged in (any more), which is said."""
    token = st.context.cookies.get(COOKIE, "")
    try:
        actor = actor_of(store, token)
    except Refused as refused:
        _say_out(refused, lang)
        return None
    with st.sidebar:
        st.html(markup.reader(actor.display_name or actor.user, say(f"role.{actor.role}", lang)))
        st.button(say("ui.log_out", lang), key="log-out", icon=":material/logout:", on_click=_leave, args=(store, token))
    return actor


def _leave(store: Store, token: str) -> None:
    log_out(store, token)


def _say_out(refused: Refused, lang: Lang) -> None:
    is_over = refused.problem.code == "store.session_expired"
    st.html(markup.paragraph(say("ui.login.over" if is_over else "ui.login.out", lang), "gf-reason"))
    st.html(markup.link(f"{LOGIN}?lang={lang}", say("ui.login.again_link", lang), "gf-button"))
