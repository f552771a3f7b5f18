"""The result of a calculation: figures, factors, what drives it, what else it could be, a claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import streamlit as st

from greenfin.messages import Lang, say
from greenfin.ui.frame import charts, lists, markup
from greenfin.ui.frame.markup_review import section
from greenfin.ui.views.calculator import Answer, Asked
from greenfin.ui.views.calculator_form import is_range
from greenfin.ui.views.calculator_told import FactorRow, Told

_ICONS = {"error": ":material/error:", "warning": ":material/warning:", "info": ":material/info:"}


def show(result: Answer, asked: Asked, lang: Lang, *, is_ready: bool) -> None:
    """Draw the result, or what is still to be filled in."""
    if not is_ready:
        st.info(say("ui.calculator.empty", lang), icon=":material/edit:")
        return
    told = result.told
    if told and told.results:
        _figures(told, lang)
    else:
        st.info(say("ui.calculator.no_result", lang), icon=":material/edit:")
    if told and told.claims:
        _claims(told, lang)
    if told and told.results:
        _tabs(told, asked, lang)
    _problems(result, lang)


def _figures(told: Told, lang: Lang) -> None:
    """Results as tiles, the whole list below them."""
    if told.share:
        st.html(markup.paragraph(say("ui.calculator.share", lang, share=told.share), "gf-share-line"))
    has_part, has_interval = any(r.part for r in told.results), any(r.interval for r in told.results)
    heads = ["result", "whole", *(["part"] if has_part else []), *(["interval"] if has_interval else [])]
    rows = [(r.words, r.whole, *([r.part] if has_part else []), *([r.interval] if has_interval else [])) for r in told.results]
    st.html(markup.listing(lists.heads("calculator", heads, lang), rows, "gf-list gf-results"))
    between = say("ui.list_comma", lang)
    if told.conventions:
        st.caption(markup.plain(say("ui.calculator.conventions", lang, words=between.join(told.conventions))))
    if told.assumed:
        words = between.join(f"{name} {value}" for name, value in told.assumed)
        st.caption(markup.plain(say("ui.calculator.assumed_taken", lang, words=words)))


def _claims(told: Told, lang: Lang) -> None:
    """The sentence, figure by figure, where whoever typed it looks: below the result."""
    claims = [(stated, computed, say(f"ui.calculator.fits.{fits}", lang)) for stated, computed, fits in told.claims]
    table = markup.listing(lists.heads("calculator", ("stated", "computed", "fits"), lang), claims)
    st.html(section(say("ui.calculator.claims", lang), table))


def _problems(result: Answer, lang: Lang) -> None:
    words = [(say(f"severity.{severity}", lang), said) for severity, said in result.problems]
    if words:
        heads = [say(f"ui.problem_column.{name}", lang) for name in ("severity", "words")]
        st.html(markup.listing(heads, words, "gf-list gf-tight"))


def _tabs(told: Told, asked: Asked, lang: Lang) -> None:
    names = ["factors", "sensitivity", "options"]
    tabs = dict(zip(names, st.tabs([say(f"ui.calculator.tab.{name}", lang) for name in names]), strict=True))
    with tabs["factors"]:
        _factors(told.factors, lang)
    with tabs["sensitivity"]:
        _sensitivity(told, asked, lang)
    with tabs["options"]:
        rows = [(one.words, one.low, one.high, one.spread) for one in told.options]
        st.html(markup.listing(lists.heads("calculator", ("result", "low", "high", "spread"), lang), rows))


def _factors(factors: Iterable[FactorRow], lang: Lang) -> None:
    found = list(factors)
    heads = lists.heads("calculator", ("factor", "value", "place", "found", "document"), lang)
    st.html(markup.listing(heads, [(f.words, f.value, f.place, _found(f, lang), f.document) for f in found], "gf-list gf-factors"))
    for factor in found:
        if factor.passed:
            with st.expander(markup.plain(say("ui.calculator.passed", lang, words=factor.words))):
                st.html(markup.listing(lists.heads("calculator", ("value", "document", "why"), lang), factor.passed))


def _found(factor: FactorRow, lang: Lang) -> str:
    """How a factor was found, with a mark where its document was not seen."""
    return factor.found if factor.is_checked else f"{factor.found} · {say('ui.calculator.unchecked_mark', lang)}"


def _sensitivity(told: Told, asked: Asked, lang: Lang) -> None:
    """A picture for each result that is reduced, with the figures below it."""
    has_ranges = any(map(is_range, asked.given.values()))
    for number, one in enumerate(told.tornados):
        code = "ui.calculator.drives_ranges" if has_ranges else "ui.calculator.drives"
        st.caption(markup.plain(say(code, lang, words=one.words, unit=one.unit, share=asked.sensitivity)))
        charts.draw(st.container(), charts.tornado(map(asdict, one.bars), one.unit), f"tornado-{number}")
    rows = [(one.words, bar.words, bar.span, bar.becomes) for one in told.tornados for bar in one.bars]
    st.html(markup.listing(lists.heads("calculator", ("result", "number", "moved", "becomes"), lang), rows))
