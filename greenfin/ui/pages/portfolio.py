"""The portfolio: what it finances in emissions, how it scores, how it moved, what another edition makes of it."""

from __future__ import annotations

import streamlit as st

from greenfin.messages import Lang, say
from greenfin.ui.frame import charts, lists, markup
from greenfin.ui.frame import held_portfolio as held
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.pages import portfolio_moved, portfolio_score
from greenfin.ui.views.portfolio import GROUPS, SCOPES, Side
from greenfin.ui.views.units import unit_words

TABS = ("financed", "score", "rolled", "edition")


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused where the run is damaged."""
    lang = desk.lang
    st.html(markup.heading(say("ui.portfolio.title", lang)))
    names = {name: say(f"ui.portfolio.tab.{name}", lang) for name in TABS}
    chosen = st.segmented_control(
        say("ui.portfolio.title", lang), TABS, default=TABS[0], format_func=names.__getitem__, key="portfolio-part",
        label_visibility="collapsed",
    )  # fmt: skip
    draw = {"score": portfolio_score.show, "rolled": portfolio_moved.rolled, "edition": portfolio_moved.edition_change}
    draw.get(chosen or "", _financed)(desk)


def _financed(desk: Desk) -> None:
    """Three standards side by side, the parts of one, what is left out."""
    lang, saved = desk.lang, desk.run()
    side = held.side_by_side(saved.folder, saved.id, lang)
    if not side.standards:
        st.info(say("ui.portfolio.no_financed", lang), icon=":material/inbox:")
    else:
        _side_by_side(side, lang)
        _parts(desk, side)
    if side.problems:
        with st.expander(say("ui.portfolio.notes", lang, n=len(side.problems))):
            st.html(markup.listing(lists.heads("portfolio", ("severity", "words"), lang), side.problems, "gf-list gf-tight"))


def _side_by_side(side: Side, lang: Lang) -> None:
    names = ("standard", "total", *SCOPES, "covered", "counted", "quality", "intensity")
    rows = [(s.words, s.total, *s.scopes, s.covered, s.counted, s.quality, s.intensity) for s in side.standards]
    st.html(markup.listing(lists.heads("portfolio", names, lang), rows, "gf-list gf-figures gf-wrapped"))
    st.caption(say("ui.portfolio.not_added", lang))
    with st.expander(say("ui.portfolio.differences", lang)):
        heads = [*lists.heads("portfolio", ("aspect",), lang), *(one.words for one in side.standards)]
        st.html(markup.listing(heads, [(one.words, *one.each) for one in side.differences]))


def _parts(desk: Desk, side: Side) -> None:
    """One standard by asset class or industry, and what is left out of it."""
    lang, saved = desk.lang, desk.run()
    first, second = st.columns(2)
    words = {one.id: one.words for one in side.standards}
    ids = list(words)[::-1]
    standard = select(first, "portfolio-standard", ids, lang=lang, label=say("ui.portfolio.standard", lang), shown=words.__getitem__)
    names = {name: say(f"ui.portfolio.by.{name}", lang) for name in GROUPS}
    by = select(second, "portfolio-by", GROUPS, lang=lang, label=say("ui.portfolio.by", lang), shown=names.__getitem__)
    groups = held.groups(saved.folder, saved.id, standard, by, lang)
    left, right = st.columns(2, gap="medium")
    with left:
        rows = [{"words": group.words, "value": group.value} for group in groups]
        charts.draw(st.container(), charts.across(rows, "words", "value", unit=unit_words("tCO2e", lang)), "portfolio-groups")
    with right:
        rows_said = [(group.words, group.said, group.covered, group.quality) for group in groups]
        st.html(markup.listing(lists.heads("portfolio", ("group", "value", "covered", "score"), lang), rows_said, "gf-list gf-figures"))
    out = held.left_out(saved.folder, saved.id, standard, lang)
    st.html(markup.heading(say("ui.portfolio.left_out", lang)))
    if out:
        st.html(markup.listing(lists.heads("portfolio", ("reason", "count", "balance"), lang), out, "gf-list gf-figures"))
    else:
        st.caption(say("ui.portfolio.nothing_left_out", lang))
