"""The calculations kept with projects: a list, one of them read only beside it, and the way to calculate again with its inputs."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.core.problems import Refused
from greenfin.messages import Lang, say
from greenfin.store.calculations import Calculation, calculations, read_calculation
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.ui.frame import held_calculator as held
from greenfin.ui.frame import linked, lists, markup, paging, sections
from greenfin.ui.frame.desk import Desk
from greenfin.ui.frame.markup_review import section
from greenfin.ui.pages.calculator_kept import fill
from greenfin.ui.views.calculator_paper import DIFFERS, Paper, paper, told_moment
from greenfin.ui.views.calculator_saved import filled_by
from greenfin.ui.views.said import tell
from greenfin.ui.views.span import Span, begin

PAGE, MEASURE, PAPERS = "calculator", "measure", "papers"
PARTS = (MEASURE, PAPERS)
SIZE = 12
_LONGEST = 120
_PAPER = "paper"


def show(desk: Desk) -> None:
    """Draw the list and the paper that was chosen in it. Raises Refused."""
    store, actor = desk.record()
    chosen = linked.kept(PAGE, _PAPER, linked.clicked(PAGE))
    left, right = st.columns([5, 7], gap="large")
    with left:
        listed = _list(store, actor, chosen, desk.lang)
    one = next((each for each in listed if _place(each) == chosen), None)
    with right:
        if one is None:
            if listed:
                st.info(say("ui.calculator.papers_choose", desk.lang), icon=":material/touch_app:")
            return
        try:
            found = paper(read_calculation(store, actor, one.sha256), one, held.reference(), desk.lang)
        except Refused as refused:
            st.error(markup.plain(tell(refused.problem, desk.lang)), icon=":material/block:")
            return
        _paper(found, desk)


def _place(one: Calculation) -> str:
    return f"{one.sha256} {one.project}"


def _list(store: Store, actor: Actor, chosen: str, lang: Lang) -> tuple[Calculation, ...]:
    """The calculations of a project, or of all that the reader may see, the newest first."""
    label = say("ui.calculator.papers_project", lang)
    hint = say("ui.calculator.papers_hint", lang)
    project = st.text_input(label, placeholder=hint, key=f"calculator-papers-{lang}", max_chars=_LONGEST).strip()
    start = paging.start_of(PAPERS, project)
    found, total = calculations(store, actor, project=project, start=start, size=SIZE)
    if not total:
        st.info(say(f"ui.calculator.papers_none{'_of' if project else ''}", lang), icon=":material/inventory_2:")
        return ()
    heads = [say(f"ui.calculator.paper.{name}", lang) for name in ("project", "by", "at")]
    st.html(lists.listing(heads, [_line(one, chosen) for one in found], tight=(1, 2)))
    span = Span(begin(start, SIZE, total), len(found), SIZE, total)
    if total > SIZE:
        paging.draw(PAPERS, project, span, lang)
    return found


def _line(one: Calculation, chosen: str) -> lists.Line:
    place = _place(one)
    name = lists.Item(one.project, strong=True, more=(lists.Item(one.name),))
    return lists.Line((name, lists.Item(one.by), lists.Item(told_moment(one.at))), go=f"{_PAPER}:{place}", chosen=place == chosen)


def _paper(found: Paper, desk: Desk) -> None:
    """One of them, and what may be done with it."""
    lang = desk.lang
    title, again = st.columns([5, 3], vertical_alignment="center")
    title.html(markup.heading(found.title))
    _again(again, found, lang)
    css = "gf-bad" if found.compared == DIFFERS else "gf-ok"
    st.html(markup.paragraph(say(f"ui.calculator.paper_{found.compared}", lang), css))
    if found.is_covered:
        st.caption(say("ui.calculator.paper_covered", lang))
    if found.results:
        _results(found, lang)
    for words in found.problems:
        st.html(markup.paragraph(words, "gf-bad"))
    st.html(section(say("ui.calculator.paper_inputs", lang), markup.facts(found.inputs, "gf-facts gf-named")))
    if found.factors:
        heads = lists.heads(PAGE, ("factor", "value", "place", "found", "document"), lang)
        rows = [(f.words, f.value, f.place, f.found, f.document) for f in found.factors]
        st.html(section(say("ui.calculator.tab.factors", lang), markup.listing(heads, rows, "gf-list gf-factors")))
    st.html(section(say("ui.calculator.paper_about", lang), markup.facts(found.about)))


def _results(found: Paper, lang: Lang) -> None:
    if found.share:
        st.html(markup.paragraph(say("ui.calculator.share", lang, share=found.share), "gf-share-line"))
    differs = found.compared == DIFFERS
    has_part = any(one.part for one in found.results)
    heads = ["result", "whole", *(["part"] if has_part else []), *(["today"] if differs else [])]
    rows = [(one.words, one.whole, *([one.part] if has_part else []), *([one.today or "-"] if differs else [])) for one in found.results]
    st.html(markup.listing(lists.heads(PAGE, heads, lang), rows, "gf-list gf-results"))


def _again(place: DeltaGenerator, found: Paper, lang: Lang) -> None:
    """Back to the form, filled with the inputs of the paper."""

    def do() -> None:
        fill(filled_by(found.asked, found.project))
        sections.turn_to(PAGE, MEASURE, lang)

    place.button(say("ui.calculator.paper_again", lang), icon=":material/replay:", on_click=do, key="calculator-again", width="stretch")
