"""Review, by maker and checker: a list on the left, one loan on the right, and every act a key press or three away."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.messages import say
from greenfin.store.order import order
from greenfin.store.queue import offers
from greenfin.ui.frame import digits, held_review, markup
from greenfin.ui.frame.desk import Desk
from greenfin.ui.frame.sitting import Key, Sitting, perform, row_asked, sitting_of
from greenfin.ui.pages import review_loan
from greenfin.ui.views import catalogues
from greenfin.ui.views import review_acts as acts
from greenfin.ui.views.review import Asked, Line, Lines, count_words, lines, lists_of, reasons

_DECIDE = ("maker", "checker")


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused."""
    store, actor = desk.record()
    sitting = sitting_of(actor)
    doer = acts.Doer(store, actor, held_review.reference(), desk.lang, datetime.now(UTC).astimezone().date())
    sitting.digits.hear(digits.told())
    sitting.choose()
    perform(doer, sitting)
    _choose(doer, sitting)
    found = lines(store, actor, sitting.asked, lang=desk.lang, after=sitting.anchors[-1])
    if not found.rows and len(sitting.anchors) > 1:
        sitting.back()
        found = lines(store, actor, sitting.asked, lang=desk.lang, after=sitting.anchors[-1])
    left, right = st.columns([4, 11], gap="small")
    row = row_asked(doer, sitting, found.rows)
    with left:
        _list(doer, sitting, found, row.tag.key if row else None)
    with right:
        if row is None:
            sitting.digits.waiting = []
            _say(sitting)
            st.info(say("ui.review.nothing", desk.lang), icon=":material/task_alt:")
        else:
            sitting.current = row.tag.key
            review_loan.show(desk, doer, sitting, row, found)
    if row is not None:
        review_loan.ahead(doer, sitting, row, found)


def _say(sitting: Sitting) -> None:
    told = sitting.told
    if told:
        (st.success if told.done else st.error)(markup.plain(" ".join((told.words, *told.left))))


# which loans


def _choose(doer: acts.Doer, sitting: Sitting) -> None:
    """The list and the filters."""
    lang, actor = doer.lang, doer.actor
    names = {name: say(f"ui.review.list.{name}", lang) for name in lists_of(actor)}
    place, more, day, count = st.columns([18, 5, 7, 9], vertical_alignment="center")
    chosen = place.segmented_control(
        say("ui.review.list", lang),
        list(names),
        default=sitting.asked.list,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        key=f"review-list-{lang}",
    )
    asked = sitting.asked if chosen in (None, sitting.asked.list) else Asked(list=chosen or "")
    restricts = sitting.asked.restricts
    with more.popover(say("ui.review.filters", lang, n=restricts or ""), icon=":material/filter_alt:", width="stretch"):
        wanted = _filters(doer, asked)
    sitting.ask(wanted)
    why_not = None if doer.actor.role in _DECIDE else say("ui.review.day_not_yours", lang)
    with day.popover(
        _day_words(sitting.day, doer), icon=":material/event:", width="stretch", disabled=why_not is not None, help=why_not
    ):  # fmt: skip
        sitting.day = st.date_input(say("ui.review.day", lang), value=sitting.day, format="YYYY-MM-DD", key="review-day")
        st.caption(say("ui.review.day_hint", lang))
    count.caption(count_words(doer.store, actor, sitting.asked, lang), text_alignment="right")


def _day_words(day: date | None, doer: acts.Doer) -> str:
    return day.isoformat() if day else say("ui.review.day_none", doer.lang)


def _filters(doer: acts.Doer, asked: Asked) -> Asked:
    """The filters, in the units people use."""
    lang, known = doer.lang, offers(doer.store, doer.actor)
    named = dict(catalogues.editions(doer.reference, lang))
    key = f"{asked.list}-{lang}"
    first, second = st.columns(2)
    decisions = {kind: say(f"decision.{kind}", lang) for kind in order().decisions}
    by = reasons(lang)
    return Asked(
        list=asked.list,
        decision=_one(first, "decision", decisions, lang, key),
        reason=_one(first, "reason", by, lang, key),
        branch=_one(second, "branch", {b: b for b in known.branches if b}, lang, key),
        edition=_one(second, "edition", {e: named.get(e, e) for e in known.editions}, lang, key),
        code=second.text_input(say("ui.review.filter.code", lang), key=f"review-code-{key}", max_chars=20).strip(),
        is_changed=first.toggle(say("ui.review.filter.changed", lang), key=f"review-changed-{key}"),
        least_wan=_number(first, "least_wan", lang, key),
        most_wan=_number(second, "most_wan", lang, key),
        least_score=_number(first, "least_score", lang, key, most=1.0),
        most_score=_number(second, "most_score", lang, key, most=1.0),
    )


def _one(place: DeltaGenerator, name: str, words: dict[str, str], lang: str, key: str) -> str:
    label = say(f"ui.review.filter.{name}", "en" if lang == "en" else "zh")
    chosen = place.selectbox(
        label,
        list(words),
        index=None,
        format_func=words.__getitem__,
        placeholder=say("ui.all", "en" if lang == "en" else "zh"),
        key=f"review-{name}-{key}",
    )
    return chosen or ""


def _number(place: DeltaGenerator, name: str, lang: str, key: str, *, most: float | None = None) -> float | None:
    label = say(f"ui.review.filter.{name}", "en" if lang == "en" else "zh")
    value = place.number_input(label, min_value=0.0, max_value=most, value=None, key=f"review-{name}-{key}")
    return None if value is None else float(value)


# the list


def _list(doer: acts.Doer, sitting: Sitting, found: Lines, current: Key | None) -> None:
    lang = doer.lang
    with st.container(key="review-lines", gap="xxsmall"):
        for line in found.lines:  # buttons, for a radio that has the focus would swallow the keys
            key = (line.receipt, line.edition)
            st.button(
                _told(line, doer),
                key=f"line-{line.receipt}-{line.edition}",
                on_click=sitting.step,
                args=(line,),
                type="secondary" if key == current else "tertiary",
                width="stretch",
            )
    back, on = st.columns(2)
    is_first, is_last = len(sitting.anchors) < 2, not found.after
    ends = (say("ui.is_first", lang) if is_first else None, say("ui.is_last", lang) if is_last else None)
    back.button(say("ui.previous", lang), key="review-back", disabled=is_first, help=ends[0], on_click=sitting.back, width="stretch")
    turn = (found.after,)
    on.button(say("ui.next", lang), key="review-on", disabled=is_last, help=ends[1], on_click=sitting.turn, args=turn, width="stretch")


def _told(line: Line, doer: acts.Doer) -> str:
    mark = say("review.changed", doer.lang) if line.is_changed else ""
    verdict = f"{line.decision_words} {line.entry if line.decision != 'not_green' else ''}".strip()
    parts = (verdict, line.wan, line.state_words if line.state != "proposed" else "", mark)
    told = markup.plain(" · ".join(part for part in parts if part))
    return f"**{told}** {markup.plain(f'{line.receipt} {line.purpose[:60]}')}"
