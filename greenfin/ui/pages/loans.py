"""Loans with their tags: filters, a page of loans, and the evidence of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.messages import Lang, say
from greenfin.run_folder import Saved
from greenfin.store.permissions import Actor
from greenfin.ui.frame import held, markup, paging
from greenfin.ui.frame.choosing import asked_once, select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views.eyes import Eyes
from greenfin.ui.views.loan import Loan, loan
from greenfin.ui.views.loans import OUTCOMES, Filter, Line, page

SIZE = 10


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused where the run's folder is damaged."""
    saved, lang = desk.run(), desk.lang
    if wanted_loan := asked_once("loan"):
        st.session_state["filter-text"] = wanted_loan
    names = held.entry_names(saved.folder, saved.id, lang)
    known = held.rule_reasons(saved.folder, saved.id, lang) | names
    wanted = _filters(saved, desk.actor, lang, names)
    eyes = Eyes(desk.actor)
    found = page(saved.folder, wanted, start=paging.start_of("loans", str(wanted)), size=SIZE, lang=lang, eyes=eyes)
    left, right = st.columns([5, 6], gap="large")
    with left:
        chosen = _choice(found.lines, lang, is_filtered=wanted != Filter())
        paging.draw("loans", str(wanted), found.span, lang)
    one = loan(saved.folder, chosen, lang=lang, name_of=lambda code: known.get(code, ""), eyes=eyes) if chosen else None
    if one:
        with right:
            _loan(one, lang)


def _filters(saved: Saved, actor: Actor | None, lang: Lang, names: Mapping[str, str]) -> Filter:
    offers = held.offers(saved.folder, saved.id, actor)
    outcomes = {kind: say(f"decision.{kind}", lang) for kind in OUTCOMES}
    classes = {code: f"{code} {names.get(code, '')}" for code in offers.classes}
    first, second, third, fourth = st.columns(4)
    text = fourth.text_input(say("ui.filter.text", lang), placeholder=say("ui.filter.text_hint", lang), key="filter-text", max_chars=200)
    return Filter(
        outcome=_select(first, "outcome", outcomes, lang),
        class1=_select(second, "class1", classes, lang),
        branch=_select(third, "branch", {branch: branch for branch in offers.branches}, lang),
        text=text,
    )


def _select(place: DeltaGenerator, name: str, words: Mapping[str, str], lang: Lang) -> str:
    label, none = say(f"ui.filter.{name}", lang), say("ui.all", lang)
    return select(place, f"filter-{name}", list(words), lang=lang, label=label, shown=words.__getitem__, none=none)


def _choice(lines: Sequence[Line], lang: Lang, *, is_filtered: bool) -> str | None:
    if not lines:
        st.info(say("ui.no_loans" if is_filtered else "ui.no_loans_at_all", lang), icon=":material/search_off:")
        return None
    by_id = {line.loan_id: line for line in lines}
    kept = str(st.session_state.get("kept-loan", ""))
    chosen = st.radio(
        say("ui.loan", lang),
        list(by_id),
        index=list(by_id).index(kept) if kept in by_id else 0,
        format_func=lambda key: markup.plain(f"{by_id[key].outcome_words} · {key} · {by_id[key].balance} {say('unit.yuan', lang)}"),
        captions=[markup.plain(line.purpose) for line in lines],
        key=f"loan-{lang}",
    )
    st.session_state["kept-loan"] = chosen
    return chosen


def _loan(one: Loan, lang: Lang) -> None:
    chip = markup.chip(one.outcome_words, one.outcome)
    reason = markup.paragraph(one.reason, "gf-reason") if one.reason else ""
    st.html(markup.heading(one.loan_id, chip) + markup.paragraph(one.entry, "gf-entry") + markup.texts(one.texts, one.outcome) + reason)
    if one.model:
        st.html(markup.paragraph(one.model, "gf-reason"))
    if one.needs:
        st.warning(markup.plain(say("ui.needs", lang, needs=say("ui.list_comma", lang).join(one.needs))), icon=":material/assignment_late:")
    evidence, tag, facts = st.tabs([say(f"ui.tab.{name}", lang) for name in ("evidence", "tag", "loan")])
    evidence.html(markup.evidence([say(f"ui.evidence_column.{name}", lang) for name in ("kind", "text", "at", "rule")], one.evidence))
    tag.html(markup.facts(one.tag, "gf-facts gf-named"))
    facts.html(markup.facts((*one.facts, *one.benefits), "gf-facts gf-named"))
