"""Factors: found by words, their values with documents, their history, what stands for a place and a day, what is unverified."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.disclose.printed import unit_text
from greenfin.messages import Lang, say
from greenfin.reference.load import Reference
from greenfin.ui.frame import held_reference, linked, lists, markup, paging, sections
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import factors as views
from greenfin.ui.views.span import Span, begin

PAGE = "factors"
SIZE, VALUES, PASSED = 15, 20, 12
_LONGEST = 100


def show(desk: Desk) -> None:
    """Draw the page. Raises BadReference where the data are broken."""
    go = linked.clicked(PAGE)
    chosen = linked.kept(PAGE, "factor", go)
    if go.startswith("factor:") and chosen:
        sections.turn_to(PAGE, "browse", desk.lang)
    part = sections.chosen(PAGE, ("browse", "unverified"), desk.lang)
    if part == "browse":
        _browse(held_reference.reference(), chosen, desk.lang)
    else:
        _unverified(go, desk.lang)


def _browse(reference: Reference, chosen: str, lang: Lang) -> None:
    left, right = st.columns([5, 7], gap="large")
    with left:
        words = st.text_input(
            say("ui.factors.words", lang), placeholder=say("ui.factors.words_hint", lang), key="factor-words", max_chars=_LONGEST
        )
        only = st.checkbox(say("ui.factors.only_unverified", lang), key=f"factor-only-{lang}")
        what = f"{words} {only}"
        page = views.listed(reference, words, lang, only_unverified=only, start=paging.start_of("factors", what), size=SIZE)
        headings = [say(f"ui.factors.column.{name}", lang) for name in ("name", "values", "years")]
        st.html(lists.listing(headings, [_named(one, chosen, lang) for one in page.lines], right=(1,), tight=(2,)))
        paging.draw("factors", what, page.span, lang)
    with right:
        if chosen in reference.factors.quantities:
            _factor(reference, chosen, lang)
        else:
            st.info(say("ui.factors.choose", lang), icon=":material/touch_app:")


def _named(one: views.Named, chosen: str, lang: Lang) -> lists.Line:
    chip = say("ui.factors.unverified_n", lang, n=one.unverified) if one.unverified else ""
    name = lists.Item(one.name, more=(lists.Item(f"{one.id} · {unit_text(one.unit, lang)}", chip=chip, css="warning"),))
    return lists.Line((name, lists.Item(str(one.values)), lists.Item(one.years)), go=f"factor:{one.id}", chosen=one.id == chosen)


def _factor(reference: Reference, id_: str, lang: Lang) -> None:
    quantity = reference.factors.quantities[id_]
    name = quantity.name_zh if lang == "zh" else quantity.name_en
    st.html(markup.heading(name, markup.chip(id_, "info") + " " + markup.chip(unit_text(quantity.unit, lang), "info")))
    _asked(reference, id_, lang)
    regions = views.regions_of(reference, id_, lang)
    region = ""
    if len(regions) > 1:
        label, none = say("ui.factors.region", lang), say("ui.all", lang)
        region = select(st.container(), f"region-{id_}", list(regions), lang=lang, label=label, shown=regions.__getitem__, none=none)
    drawn = held_reference.chart(id_, region, lang)
    if drawn:
        st.image(drawn, width="stretch")
    _values(reference, id_, region, lang)


def _asked(reference: Reference, id_: str, lang: Lang) -> None:
    """What stands for a place and a day."""
    places = views.places(reference, lang)
    with st.container(border=True):
        left, right = st.columns(2)
        place = select(left, "factor-place", list(places), lang=lang, label=say("ui.factors.place", lang), shown=places.__getitem__)
        on = right.date_input(say("ui.factors.on", lang), format="YYYY-MM-DD", key="factor-on")
        found = held_reference.found(id_, place, on, lang)
        if found.chosen is None:
            st.html(markup.paragraph(say("factor.none_found", lang, id=id_, region=places[place], day=on), "gf-bad"))
        else:
            _chosen(found.chosen, found.how, lang)
        if found.passed:
            with st.expander(say("ui.factors.passed", lang, n=len(found.passed))):
                headings = [say(f"ui.factors.column.{name}", lang) for name in ("place", "year", "value", "why")]
                lines = [
                    lists.Line(tuple(map(lists.Item, (v.place, v.year, f"{v.value} {v.unit}", why)))) for v, why in found.passed[:PASSED]
                ]
                st.html(lists.listing(headings, lines, tight=(0, 1, 2)))


def _chosen(one: views.Value, how: str, lang: Lang) -> None:
    chip = markup.chip(one.sure, "passed" if one.is_verified else "warning")
    pairs = [
        (say("data.found", lang), how),
        (say("data.region", lang), f"{one.place} {one.year}".strip()),
        (say("data.applies", lang), one.applies),
        (say("data.document", lang), one.document),
    ]
    st.html(markup.heading(f"{one.value} {one.unit}", chip) + markup.facts(pairs))


def _values(reference: Reference, id_: str, region: str, lang: Lang) -> None:
    rows = views.values(reference, id_, lang, region=region)
    what = f"{id_} {region}"
    start = begin(paging.start_of("values", what), VALUES, len(rows))
    shown = rows[start : start + VALUES]
    headings = [say(f"ui.factors.column.{name}", lang) for name in ("place", "year", "value", "edition", "verified", "document")]
    lines = [
        lists.Line(
            (
                *map(lists.Item, (v.place, v.year, v.value, v.edition)),
                lists.Item("", chip=v.sure, css="passed" if v.is_verified else "warning"),
                lists.Item(v.document),
            )
        )
        for v in shown
    ]
    st.html(lists.listing(headings, lines, right=(2,), tight=(0, 1)))
    if len(rows) > VALUES:
        paging.draw("values", what, Span(start, len(shown), VALUES, len(rows)), lang)


def _unverified(go: str, lang: Lang) -> None:
    """The documents whose values were not checked, and what the strict policy leaves blank for want of each."""
    with st.spinner(say("ui.factors.checking", lang)):
        found = held_reference.documents(lang)
    chosen = linked.kept(PAGE, "document", go)
    st.caption(say("ui.factors.unverified_said", lang, n=views.unverified(found), documents=len(found)))
    left, right = st.columns([7, 5], gap="large")
    with left:
        start = begin(paging.start_of("documents", ""), SIZE, len(found))
        shown = found[start : start + SIZE]
        headings = [say(f"ui.factors.column.{name}", lang) for name in ("document", "unverified", "blank", "methods")]
        lines = [
            lists.Line(
                tuple(map(lists.Item, (one.cited, str(one.unverified), str(one.blank), str(len(one.methods))))),
                go=f"document:{one.id}",
                chosen=one.id == chosen,
            )
            for one in shown
        ]
        st.html(lists.listing(headings, lines, right=(1, 2, 3)))
        paging.draw("documents", "", Span(start, len(shown), SIZE, len(found)), lang)
    with right:
        _blank(chosen, right, lang)


def _blank(source: str, place: DeltaGenerator, lang: Lang) -> None:
    reference = held_reference.reference()
    if source not in reference.sources:
        place.info(say("ui.factors.choose_document", lang), icon=":material/touch_app:")
        return
    about = reference.sources[source]
    st.html(markup.heading(about.cite(lang)))
    st.html(
        markup.facts([(say("ui.factors.published", lang), about.published_on or "—"), (say("ui.factors.terms", lang), about.terms or "—")])
    )
    rows = list(views.blanks(held_reference.problems(), source=source, reference=reference))
    if not rows:
        st.caption(say("ui.factors.blanks_nothing", lang))
        return
    headings = [say(f"ui.factors.column.{name}", lang) for name in ("id", "place", "stops")]
    lines = [
        lists.Line((lists.Item(id_, go=f"factor:{id_}"), lists.Item(reference.regions.name(region, lang)), lists.Item(", ".join(methods))))
        for id_, region, methods in rows
    ]
    st.html(lists.listing(headings, lines, tight=(0, 1)))
