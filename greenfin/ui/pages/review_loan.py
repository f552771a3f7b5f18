"""One loan before the reviewer: what he may do with it, and all that speaks for and against."""

from __future__ import annotations

import streamlit as st

from greenfin.messages import say
from greenfin.store.queue import QueueRow
from greenfin.ui.frame import held_review, markup, markup_review
from greenfin.ui.frame.desk import Desk
from greenfin.ui.frame.sitting import Key, Sitting
from greenfin.ui.pages import review_keys, review_more
from greenfin.ui.views import review_acts as acts
from greenfin.ui.views.loans import yuan
from greenfin.ui.views.review import Lines, class_of, next_of
from greenfin.ui.views.review_loan import Review, review


def show(desk: Desk, doer: acts.Doer, sitting: Sitting, row: QueueRow, found: Lines) -> None:
    """Draw the loan. Raises Refused."""
    lang = doer.lang
    view = _view(doer, sitting, row)
    st.html(_head(doer, row, view))
    open_ = acts.open_to(doer.store, doer.actor, row, lang)
    review_keys.draw(doer, sitting, review_keys.Before(lang, row, open_, _then(found, row), found), view)
    if open_.barred:
        st.html(markup.paragraph(open_.barred, "gf-quiet"))
    with st.container(key="review-loan"):
        _body(desk, doer, sitting, row, view)


def _view(doer: acts.Doer, sitting: Sitting, row: QueueRow) -> Review:
    copies = held_review.copies(doer.store.files, row.tag.edition)

    def make() -> Review:
        return review(doer.store, doer.actor, row, reference=doer.reference, copies=copies, lang=doer.lang, on=doer.today)

    return sitting.view((row, doer.actor, doer.lang), make)


def ahead(doer: acts.Doer, sitting: Sitting, row: QueueRow, found: Lines) -> None:
    """Make the next loan's view while the reader reads this one. Raises Refused."""
    key = _then(found, row)
    later = next((one for one in found.rows if one.tag.key == key), None)
    if later is not None and not sitting.mode:
        _view(doer, sitting, later)


def _then(found: Lines, row: QueueRow) -> Key | None:
    """The loan to go on to after this one; None: whichever is first then."""
    line = next_of(found.lines, row.tag.receipt, row.tag.edition)
    return (line.receipt, line.edition) if line else None


def _head(doer: acts.Doer, row: QueueRow, view: Review) -> str:
    lang, tag = doer.lang, row.tag
    decision, code = class_of(row)
    verdict = f"{say(f'decision.{decision}', lang)} {code if decision != 'not_green' else ''}".strip() if decision else ""
    chips = [(verdict, decision), (say(f"state.{tag.standing.state}", lang), "info")]
    chips += [(say("ui.review.changed", lang), "error")] if tag.is_changed else []
    more = (view.borrower, f"{yuan(tag.amount_fen, lang)} {say('unit.yuan', lang)}", tag.branch, tag.edition)
    return markup_review.head(tag.receipt, chips, more)


def _body(desk: Desk, doer: acts.Doer, sitting: Sitting, row: QueueRow, view: Review) -> None:
    lang = doer.lang
    none = say("ui.review.none", lang)
    left, right = st.columns([6, 5], gap="medium")
    model = held_review.model_of(desk.saved, row.tag.receipt, lang)
    left.html(
        markup.texts(view.texts, view.outcome)
        + markup_review.said(view)
        + (markup.paragraph(model, "gf-machine") if model else "")
        + markup_review.candidates(view.candidates, say("ui.review.candidates", lang), none)
        + (markup_review.section(say("ui.review.general", lang), markup_review.rules(view.general)) if view.general else "")
        + markup_review.past(view.past, say("ui.review.past", lang), none)
    )
    with right.container(horizontal=True, gap="small"):
        review_more.papers(doer, sitting, row, [(need.need, need.words) for need in view.needs])
        review_more.dossier(desk, doer, sitting, row.tag.receipt)
    papers = [(p.kind, p.name, p.until) for p in view.papers]
    right.html(markup_review.needs(view.needs, papers, say("ui.review.needs", lang), say("ui.review.no_needs", lang)))
    with right:
        review_more.originals(doer, row, view.papers)
    right.html(
        markup_review.alike(view.alike, say("ui.review.alike", lang), say("ui.review.no_alike", lang), say("unit.yuan", lang))
        + markup_review.clause(view.clause, say("ui.review.clause", lang), none)
        + markup_review.section(say("ui.tab.loan", lang), markup.facts(view.facts))
    )
