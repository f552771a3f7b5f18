"""The scorecard of the evaluation, and what more green lending would change."""

from __future__ import annotations

from datetime import date

import streamlit as st

from greenfin.evaluate import Series, schemes
from greenfin.messages import Lang, say
from greenfin.ui.frame import charts, lists, markup
from greenfin.ui.frame import held_portfolio as held
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views.portfolio_score import (
    HOW,
    TARGETS,
    Standing,
    asked,
    history,
    lending_of,
    most_of,
    standing,
    step_of,
    target_words,
    yi,
)

POINTS = (1, 2, 3, 5, 10)
MOST = 100.0  # points of a score


def show(desk: Desk) -> None:
    """Draw the scorecard. Raises Refused."""
    lang, saved = desk.lang, desk.run()
    left, right = st.columns([3, 2], gap="large")
    words = {one.id: one.zh if lang == "zh" else one.en for one in schemes()}
    label = say("ui.portfolio.scheme", lang)
    scheme = select(left, "portfolio-scheme", list(words), lang=lang, label=label, shown=words.__getitem__)
    found = held.series(saved.folder, saved.id, scheme)
    if found is None:
        st.info(say("ui.portfolio.no_series", lang), icon=":material/inbox:")
        return
    series, quarter = found
    most = most_of(series, quarter)
    typed = right.slider(say("ui.portfolio.lending", lang), 0.0, float(most), 0.0, step_of(most), key="portfolio-lending")
    lending = lending_of(typed)
    _standing(standing(series, quarter, lang, lending=lending), yi(lending, lang), lang)
    left, right = st.columns([5, 6], gap="large")
    with left:
        _answers(desk, scheme, lang)
        _question(series, quarter, lang)
    with right:
        rows = held.curve(saved.folder, saved.id, scheme, lang)
        unit, title = say("ui.portfolio.score_axis", lang), say("ui.portfolio.lending", lang)
        picture = charts.lines(rows, "lending", "score", "series", unit=unit, x_title=title, kind="quantitative", marks=False)
        charts.draw(st.container(), picture, "portfolio-curve")
    with st.expander(say("ui.portfolio.history", lang)):
        st.html(
            markup.listing(
                lists.heads("portfolio", ("quarter", "quantitative", "final"), lang), history(series, quarter, lang), "gf-list gf-figures"
            )
        )


def _standing(found: Standing, amount: str, lang: Lang) -> None:
    """Indicators and scores, with the lending of the slider."""
    words = say("ui.portfolio.with_lending", lang, amount=amount, quarter=found.quarter)
    st.html(markup.paragraph(words, "gf-share-line"))
    for column, (name, value) in zip(st.columns(len(found.totals)), found.totals, strict=True):
        column.metric(name, value)
    names = ("indicator", "rate", "own", "peers", "longitudinal", "cross", "points")
    rows = [(one.words, one.value, one.own, one.peers, one.longitudinal, one.cross, one.score) for one in found.lines]
    st.html(markup.listing(lists.heads("portfolio", names, lang), rows, "gf-list gf-figures"))
    if found.notes:
        with st.expander(say("ui.portfolio.why_incomplete", lang, n=len(found.notes))):
            for note in found.notes:
                st.caption(markup.plain(note))


def _answers(desk: Desk, scheme: str, lang: Lang) -> None:
    """The least lending by which each score rises."""
    label, saved = say("ui.portfolio.points", lang), desk.run()
    points = int(select(st.container(), "portfolio-points", [str(each) for each in POINTS], lang=lang, label=label))
    rows = [(one.words, one.now, one.wanted, one.lending) for one in held.answers(saved.folder, saved.id, scheme, points, lang)]
    st.html(markup.listing(lists.heads("portfolio", ("target", "now", "wanted", "lending"), lang), rows, "gf-list gf-figures"))


def _question(series: Series, quarter: date, lang: Lang) -> None:
    """A score to be reached: which one, whether it is to reach or to rise by, how many points."""
    st.html(markup.heading(say("ui.portfolio.question", lang)))
    which, how, points = st.columns([5, 3, 3])
    target = select(
        which, "portfolio-which", TARGETS, lang=lang, label=say("ui.portfolio.which", lang), shown=lambda t: target_words(t, lang)
    )
    kinds = {name: say(f"ui.portfolio.how.{name}", lang) for name in HOW}
    kind = select(how, "portfolio-how", list(kinds), lang=lang, label=say("ui.portfolio.how", lang), shown=kinds.__getitem__)
    typed = points.number_input(say("ui.portfolio.score_axis", lang), 0.0, MOST, None, 1.0, key="portfolio-wanted")
    if typed is None:
        return
    found, said = asked(series, quarter, (target, kind, typed), lang)
    if found:
        words = say("ui.portfolio.answer", lang, words=found.words, now=found.now, wanted=found.wanted, lending=found.lending)
        st.html(markup.paragraph(words, "gf-share-line"))
    if said:
        st.warning(markup.plain(said))
