"""Catalogues: an edition by level, an entry with what is asked of it, the bank's own copy of the text, where it went in other editions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import streamlit as st

from greenfin.messages import Lang, say
from greenfin.reference.attached import read_copies
from greenfin.reference.load import Reference
from greenfin.ui.frame import held_reference, linked, lists, markup
from greenfin.ui.frame.choosing import choose, select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import catalogues as views

PAGE = "catalogues"
_LONGEST = 100


def show(desk: Desk) -> None:
    """Draw the page. Raises BadReference where the data are broken, Refused where a copy of the bank is damaged."""
    lang, reference = desk.lang, held_reference.reference()
    go = linked.clicked(PAGE)
    chosen = linked.kept(PAGE, "entry", go)
    if go.startswith("entry:") and chosen:
        choose("edition", chosen.partition("|")[0], lang)
    titles = dict(views.editions(reference, lang))
    left, right = st.columns([5, 7], gap="large")
    with left:
        edition = select(left, "edition", list(titles), lang=lang, label=say("ui.catalogues.edition", lang), shown=titles.__getitem__)
        words = st.text_input(
            say("ui.catalogues.words", lang), placeholder=say("ui.catalogues.words_hint", lang), key="entry-words", max_chars=_LONGEST
        )
        code = chosen.partition("|")[2] if chosen.partition("|")[0] == edition else ""
        _found(reference, edition, words, code, lang) if words.strip() else _tree(reference, edition, code, lang)
    with right:
        if code in reference.catalogues[edition].entries:
            _entry(desk, reference, edition, code)
        else:
            _edition(reference, edition, lang)


def _found(reference: Reference, edition: str, words: str, code: str, lang: Lang) -> None:
    lines, more = views.found(reference.catalogues[edition], words, lang)
    if not lines:
        st.info(markup.plain(say("catalogue.nothing_found", lang, words=words)), icon=":material/search_off:")
        return
    shown = [
        lists.Line(
            (lists.Item(one.code), lists.Item(one.name, more=(lists.Item(say("catalogue.found_by", lang, by=one.by)),) if one.by else ())),
            go=f"entry:{edition}|{one.code}",
            chosen=one.code == code,
        )
        for one in lines
    ]
    st.html(lists.listing([say("ui.catalogues.code", lang), say("data.name", lang)], shown, tight=(0,)))
    if more:
        st.caption(say("catalogue.more_hits", lang, edition=edition, n=more))


def _tree(reference: Reference, edition: str, code: str, lang: Lang) -> None:
    """The levels of an edition, folded; those above the chosen entry are open."""
    branches = held_reference.branches(edition, lang)
    catalogue = reference.catalogues[edition]
    open_ = {code, *catalogue.ancestors(code)} if code in catalogue.entries else set()
    st.html(lists.folded("".join(_branch(edition, line, branches, open_, code) for line in branches.get("", ()))))


def _branch(edition: str, line: views.Line, branches: Mapping[str, tuple[views.Line, ...]], open_: set[str], code: str) -> str:
    inner = "".join(_branch(edition, one, branches, open_, code) for one in branches.get(line.code, ()))
    return lists.fold(
        f"{line.code}  {line.name}", f"entry:{edition}|{line.code}", inner, is_open=line.code in open_, chosen=line.code == code
    )


def _edition(reference: Reference, edition: str, lang: Lang) -> None:
    found = views.edition(reference, edition, lang)
    st.html(markup.heading(found.title, markup.chip(found.id, "info")) + markup.facts(found.facts))
    for gap in found.gaps:
        st.html(markup.paragraph(gap, "gf-reason"))
    st.caption(say("ui.catalogues.choose", lang))


def _entry(desk: Desk, reference: Reference, edition: str, code: str) -> None:
    lang = desk.lang
    one = views.shown(reference, edition, code, lang, on=datetime.now(UTC).date())
    above = " \u203a ".join(f"{c} {name}" for c, name in one.above)
    st.html(
        (markup.paragraph(above, "gf-reason") if above else "")
        + markup.heading(f"{one.code} {one.name}")
        + (markup.paragraph(one.other_name, "gf-entry") if one.other_name else "")
        + markup.facts(one.facts)
    )
    if one.asked:
        _asked(one, lang)
    if one.neighbours:
        _neighbours(one, lang)
    if one.words:
        with st.expander(say("ui.catalogues.tagged_by", lang, n=len(one.words))):
            st.html(markup.paragraph(say("ui.list_comma", lang).join(one.words), "gf-reason"))
    for copy in read_copies(desk.store.files, edition, code) if desk.store else ():
        st.html(markup.heading(say("data.copy", lang)))
        st.caption(say("catalogue.copy", lang, file=copy.file, place=copy.place, day=copy.attached_on))
        st.html(markup.paragraph(copy.text, "gf-text"))


def _asked(one: views.Shown, lang: Lang) -> None:
    headings = [say(f"ui.catalogues.column.{name}", lang) for name in ("scope", "asks", "locator", "verified")]
    lines = [
        lists.Line(
            (
                *map(lists.Item, (each.scope or "\u2014", each.asks, each.locator)),
                lists.Item("", each.sure, "passed" if each.is_sure else "warning"),
            )
        )
        for each in one.asked
    ]
    st.html(markup.heading(say("catalogue.thresholds", lang)) + lists.listing(headings, lines))


def _neighbours(one: views.Shown, lang: Lang) -> None:
    headings = [say(f"ui.catalogues.column.{name}", lang) for name in ("edition", "there", "kind", "basis")]
    st.html(markup.heading(say("ui.catalogues.crosswalk", lang)) + lists.listing(headings, list(_steps(one)), tight=(2,)))
    st.caption(say("catalogue.hint_only", lang))


def _steps(one: views.Shown) -> Iterator[lists.Line]:
    for step in one.neighbours:
        go = f"entry:{step.edition}|{step.code}" if step.name else ""
        there = lists.Item(f"{step.code} {step.name}".strip() or "\u2014", go=go)
        yield lists.Line((lists.Item(step.title), there, lists.Item(step.kind), lists.Item(step.sure)))
