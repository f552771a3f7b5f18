"""The keys: what may be done with the loan, each act with its key, and the numbered reasons that follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import streamlit as st

from greenfin.messages import Lang, say
from greenfin.store.queue import QueueRow
from greenfin.store.workflow import APPROVE, CORRECT, PROPOSE, RECALL, RETURN, WITHDRAW, workflow
from greenfin.ui.frame import markup
from greenfin.ui.frame.sitting import Key, Pressed, Sitting
from greenfin.ui.pages import review_more, review_silent
from greenfin.ui.views import review_acts as acts
from greenfin.ui.views.review import Lines, next_of, presets
from greenfin.ui.views.review_loan import Candidate, Review
from greenfin.ui.views.review_unoffered import unoffered

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Before:
    """The loan before the reviewer, what he may do with it, and where he goes on to."""

    lang: Lang
    row: QueueRow
    open: acts.Open
    then: Key | None
    found: Lines


@dataclass(frozen=True, slots=True)
class Button:
    """A button with its key."""

    id: str
    words: str
    shortcut: str
    do: Callable[[], None]
    kind: Literal["primary", "secondary", "tertiary"] = "secondary"


def draw(doer: acts.Doer, sitting: Sitting, before: Before, view: Review) -> None:
    """The keys of the mode: the acts, or the numbered choices of the act that was chosen."""
    lang = before.lang
    if _chosen(sitting, before, view):
        st.rerun()
    sitting.choose = partial(_chosen, sitting, before, view)
    if sitting.told:
        words = " ".join((sitting.told.words, *sitting.told.left))
        st.html(markup.paragraph(words, "gf-ok gf-told" if sitting.told.done else "gf-bad gf-told"))
    if not sitting.mode:
        alike = Button("alike", say("ui.review.key.alike", lang), "G", partial(sitting.offer, "alike"), "tertiary")
        offered = [*_acts(sitting, before), *([alike] if acts.at_once(before.row, before.open) else [])]
        _bar([*offered, *_ways(sitting, before)])
        _silent(doer, sitting, before, offered)
        return
    if sitting.mode == "alike":
        sitting.offer("")
        review_more.together(doer, sitting, before.row, before.open)
        draw(doer, sitting, before, view)
        return
    title = say(f"ui.review.choose.{sitting.mode}", lang, entry=sitting.code)
    st.html(markup.paragraph(title, f"gf-choose gf-mode-{sitting.mode}"))
    _silent(doer, sitting, before, ())
    leave = Button("leave", say("ui.review.key.leave", lang), "Esc", partial(sitting.offer, ""), "tertiary")
    if sitting.mode == "change":
        _bar([*_entries(sitting, view.candidates), leave])
        _search(doer, sitting, before)
        return
    _bar([*_reasons(sitting, before), leave])
    if sitting.mode != "withdraw":
        _own_reason(sitting, before)


def _bar(buttons: Iterable[Button]) -> None:
    """Buttons in a row."""
    with st.container(horizontal=True, gap="small"):
        for one in buttons:
            st.button(markup.plain(one.words), key=f"review-{one.id}", shortcut=one.shortcut or None, on_click=one.do, type=one.kind)


def _silent(doer: acts.Doer, sitting: Sitting, before: Before, offered: Iterable[Button]) -> None:
    """The keys of acts that are not offered."""
    pressed, is_choosing = [one.shortcut for one in offered], bool(sitting.mode)
    review_silent.draw(sitting, unoffered(pressed, doer.actor, before.row, before.open, lang=before.lang, is_choosing=is_choosing))


def _chosen(sitting: Sitting, before: Before, view: Review) -> bool:
    """Whether the digits chose something, one after another: those pressed before the page could show their choices count as well."""
    has_chosen = False
    for digit in sitting.digits.each():
        offered = _entries(sitting, view.candidates) if sitting.mode == "change" else _reasons(sitting, before) if sitting.mode else ()
        for one in [one for one in offered if one.shortcut == digit]:
            one.do()
            has_chosen = True
        if sitting.pressed:
            sitting.digits.decide()
    return has_chosen


def _acts(sitting: Sitting, before: Before) -> Iterator[Button]:
    """What the reader may do with the loan."""
    lang, open_ = before.lang, before.open
    if APPROVE in open_:
        yield Button("approve", say("ui.review.key.approve", lang), "A", _press(sitting, before, "approve"), "primary")
    if RETURN in open_:
        yield Button("return", say("ui.review.key.return", lang), "T", partial(sitting.offer, "return"))
    if PROPOSE in open_ or CORRECT in open_:
        yield from _agreeing(sitting, before)
        yield Button("change", say("ui.review.key.change", lang), "E", partial(sitting.offer, "change"))
        yield Button("not_green", say("ui.review.key.not_green", lang), "N", partial(sitting.offer, "not_green"))
    if WITHDRAW in open_:
        yield Button("withdraw", say("ui.review.key.withdraw", lang), "W", partial(sitting.offer, "withdraw"))
    if RECALL in open_:
        own = Pressed("recall", (before.row,), then=before.row.tag.key)
        yield Button("recall", say("ui.review.key.recall", lang), "U", partial(sitting.press, own))
    elif sitting.last:
        words = say("ui.review.key.undo", lang, n=len(sitting.last), receipt=sitting.last[0][0])
        yield Button("undo", words, "U", partial(sitting.press, Pressed("recall", (), then=sitting.last[0])))


def _agreeing(sitting: Sitting, before: Before) -> Iterator[Button]:
    """The one key for what the machine proposes, for its best candidate, or for the class that stands."""
    lang, row = before.lang, before.row
    if PROPOSE not in before.open:
        standing = row.tag.standing
        if row.tag.is_changed and standing.decision in {acts.GREEN, acts.NOT_GREEN}:
            kept = _press(sitting, before, standing.decision, code=standing.code, reason=say("ui.review.reason.keep", lang))
            yield Button("keep", say("ui.review.key.keep", lang), "A", kept, "primary")
        return
    sure = acts.sure(row)
    if sure:
        verdict = f"{say(f'decision.{sure.decision}', lang)} {sure.code}".strip()
        agreed = _press(sitting, before, "agree", reason=say("ui.review.reason.agree", lang))
        yield Button("agree", say("ui.review.key.agree", lang, verdict=verdict), "A", agreed, "primary")
    elif row.proposal_code:
        green = say("ui.review.key.green", lang, entry=row.proposal_code)
        yield Button("green", green, "A", partial(sitting.offer, "green", row.proposal_code), "primary")


def _ways(sitting: Sitting, before: Before) -> Iterator[Button]:
    """To the loan before and the next one."""
    lang, found, tag = before.lang, before.found, before.row.tag
    for name, shortcut, step in (("up", "K", -1), ("down", "J", 1)):
        line = next_of(found.lines, tag.receipt, tag.edition, step=step)
        do = partial(sitting.step, line) if line else sitting.back if step < 0 else partial(_on, sitting, found)
        yield Button(name, say(f"ui.review.key.{name}", lang), shortcut, do, "tertiary")


def _on(sitting: Sitting, found: Lines) -> None:
    if found.after:
        sitting.turn(found.after)


def _press(sitting: Sitting, before: Before, act: str, *, code: str = "", reason: str = "") -> Callable[[], None]:
    return partial(sitting.press, Pressed(act, (before.row,), code, reason, before.then))


def _reasons(sitting: Sitting, before: Before) -> Iterator[Button]:
    """The reasons of the act by number; for a withdrawal its causes."""
    lang, mode = before.lang, sitting.mode
    if mode == "withdraw":
        named = [(cause, say(f"cause.{cause}", lang)) for cause in workflow().causes]
    else:
        named = [("", words) for words in presets(mode, lang)]
    for n, (cause, words) in enumerate(named, 1):
        do = _press(sitting, before, mode, code=cause or sitting.code, reason="" if cause else words)
        yield Button(f"reason-{n}", words, str(n), do)


def _own_reason(sitting: Sitting, before: Before) -> None:
    """A reason in the reader's own words."""
    key = f"review-own-{sitting.turns}"

    def typed() -> None:
        reason = str(st.session_state.get(key, "")).strip()
        if reason:
            sitting.press(Pressed(sitting.mode, (before.row,), sitting.code, reason, before.then))

    st.text_input(
        say("ui.review.own_reason", before.lang),
        key=key,
        on_change=typed,
        max_chars=_LONGEST_REASON,
        label_visibility="collapsed",
        placeholder=say("ui.review.own_reason", before.lang),
    )


def _entries(sitting: Sitting, found: Sequence[Candidate]) -> Iterator[Button]:
    for n, one in enumerate(found, 1):
        yield Button(f"entry-{n}", f"{one.code} {one.name}", str(n), partial(sitting.offer, "green", one.code))


def _search(doer: acts.Doer, sitting: Sitting, before: Before) -> None:
    """Any leaf of the edition, by Chinese, English, pinyin or code."""
    hint = say("ui.review.search", before.lang)
    words = st.text_input(
        hint, key=f"review-search-{sitting.turns}", max_chars=60, label_visibility="collapsed", placeholder=hint, icon=":material/search:"
    )
    if not words:
        return
    found = acts.found(doer.reference, before.row.tag.edition, words)
    named = [(code, f"{code} {zh if before.lang == 'zh' else en or zh}") for code, zh, en in found]
    _bar([Button(f"found-{code}", name, "", partial(sitting.offer, "green", code)) for code, name in named])
    if not found:
        st.caption(say("ui.review.search_nothing", before.lang))
