"""The bank's own operations: months by site, the footprint, where it stands against its targets, what gives a published total."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from greenfin.core.problems import Refused
from greenfin.footprint.uses import Question
from greenfin.messages import Lang, say
from greenfin.ui.frame import charts, lists, markup, months
from greenfin.ui.frame import held_operations as held
from greenfin.ui.frame.choosing import select
from greenfin.ui.frame.desk import Desk
from greenfin.ui.views import operations as views
from greenfin.ui.views.operations_grid import DOUBT, MISSING, ODD, Month, kinds, word_of, years
from greenfin.ui.views.said import tell
from greenfin.ui.views.units import unit_words

TABS = ("months", "footprint", "targets", "explain")
SOURCES = ("run", "file")
ESTIMATES = ("none", "mean", "last_year")
MONTHS = range(1, 13)


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused where the run is damaged or the file cannot be read."""
    lang = desk.lang
    st.html(markup.heading(say("ui.operations.title", lang)))
    found = _source(desk)
    if found is None:
        return
    whose, kept = found
    if not kept[0].operations.num_rows:
        st.info(say("ui.operations.nothing", lang), icon=":material/inbox:")
        return
    question = _question(kept, lang)
    counted = held.counted(kept, whose, repr(question), question)
    drawn = {"months": _months, "footprint": _footprint, "targets": _targets}
    tabs = dict(zip(TABS, st.tabs([say(f"ui.operations.tab.{name}", lang) for name in TABS]), strict=True))
    for name, draw in drawn.items():
        with tabs[name]:
            draw(kept, f"{whose} {question}", counted, lang)
    with tabs["explain"]:
        _explain(kept, whose, question, lang)


def _source(desk: Desk) -> tuple[str, held.Kept] | None:
    """The bills of the run, or of a sheet that is uploaded."""
    lang, saved = desk.lang, desk.run()
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    words = {name: say(f"ui.operations.from.{name}", lang) for name in SOURCES}
    source = select(left, "operations-from", SOURCES, lang=lang, label=say("ui.operations.from", lang), shown=words.__getitem__)
    if source == "run":
        return f"{saved.folder} {saved.id}", held.of_run(saved.folder, saved.id)
    file = right.file_uploader(say("ui.operations.file", lang), type=["xlsx", "csv"], key="operations-file")
    return (file.file_id, held.of_file(file.getvalue(), file.name)) if file else None


def _question(kept: held.Kept, lang: Lang) -> Question:
    """Year, set of factors, what is done about months that lack."""
    own, reference = kept
    first, second, third = st.columns(3)
    found = {str(year): year for year in years(own.operations)}
    year = select(first, "operations-year", list(found), lang=lang, label=say("ui.operations.year", lang))
    sets, none = list(reference.factor_sets), say("ui.operations.no_set", lang)
    factor_set = select(second, "operations-set", sets, lang=lang, label=say("ui.operations.set", lang), none=none)
    words = {name: say(f"ui.operations.estimate.{name}", lang) for name in ESTIMATES}
    label = say("ui.operations.estimate", lang)
    estimate = select(third, "operations-estimate", ESTIMATES, lang=lang, label=label, shown=words.__getitem__)
    return Question(found[year], own.on, factor_set or None, {"estimate": estimate})


def _months(kept: held.Kept, whose: str, counted: views.Counted, lang: Lang) -> None:
    """The grid of an item, and what is said of its cells."""
    year = counted.shown["year"]
    items = kinds(kept[0].operations, year)
    label = say("ui.operations.kind", lang)
    item = select(st.container(), "operations-item", items, lang=lang, label=label, shown=lambda name: word_of(name, lang))
    found = held.grid(counted, whose, item, year, lang)
    st.caption(markup.plain(say("ui.operations.unit", lang)))
    names = [say("ui.operations.site", lang, unit=found.unit or "-"), *(say(f"ui.operations.month.{month}", lang) for month in MONTHS)]
    st.html(months.grid(names, found.rows, lambda month: _shown(month, lang)))
    if not found.remarks:
        st.success(say("ui.operations.no_remarks", lang), icon=":material/check_circle:")
        return
    st.html(markup.heading(say("ui.operations.remarks", lang)))
    rows = [(say(f"severity.{r.severity}", lang), r.site, str(r.month or ""), r.cell, r.words) for r in found.remarks]
    st.html(markup.listing(lists.heads("operations", ("severity", "site", "month", "cell", "words"), lang), rows, "gf-list gf-tight"))


def _shown(month: Month, lang: Lang) -> str:
    return say(f"ui.operations.legend.{month.mark}", lang, value=month.text) if month.mark in (DOUBT, ODD, MISSING) else month.text


def _lines(title: str, lines: Sequence[views.Line], lang: Lang) -> None:
    if lines:
        names = ["name", "value", *(["note"] if any(line.note for line in lines) else [])]
        rows = [(line.words, line.value, line.note)[: len(names)] for line in lines]
        st.html(markup.heading(say(title, lang)) + markup.listing(lists.heads("operations", names, lang), rows, "gf-list gf-figures"))


def _footprint(kept: held.Kept, whose: str, counted: views.Counted, lang: Lang) -> None:
    """Scopes, intensities, months, categories, items."""
    shown = counted.shown
    left, right = st.columns([4, 5], gap="large")
    with left:
        _lines("ui.operations.by_scope", views.scopes(shown, lang), lang)
        _lines("ui.operations.intensity", views.intensities(shown, lang), lang)
        _lines("ui.operations.by_category", views.categories(shown, lang), lang)
        _lines("ui.operations.by_gas", views.gases(shown, lang), lang)
    with right:
        rows = views.months(counted.drawn, lang)
        if rows:
            st.html(markup.heading(say("ui.operations.by_month", lang)))
            title = say("ui.operations.column.month", lang)
            charts.draw(
                st.container(),
                charts.stacked(rows, "month", "value", "scope", unit=unit_words("tCO2e", lang), title=title),
                "operations-months",
            )
    with st.expander(say("ui.operations.by_item", lang)):
        st.html(markup.listing(lists.heads("operations", ("site", "item", "scope", "quantity", "co2e"), lang), views.items_of(shown, lang)))


def _targets(kept: held.Kept, whose: str, counted: views.Counted, lang: Lang) -> None:
    """Each target with its path, and what is left after credits."""
    shown = counted.shown
    rows = views.targets(shown, lang)
    if not rows:
        st.info(say("ui.operations.no_targets", lang), icon=":material/flag:")
        return
    st.html(
        markup.listing(
            lists.heads("operations", ("measure", "target", "actual", "gap", "expected", "ahead", "stands"), lang),
            rows,
            "gf-list gf-figures gf-wrapped",
        )
    )
    st.caption(markup.plain(views.expected(shown, lang)))
    paths = views.paths(counted.drawn, lang)
    for column, (words, unit, points), number in zip(st.columns(len(paths)), paths, range(len(paths)), strict=True):
        with column:
            st.html(markup.heading(words))
            charts.draw(st.container(), charts.lines(points, "year", "value", "series", unit=unit), f"operations-path-{number}")
    left, statement = views.neutral(shown, lang)
    _lines("ui.operations.neutral", left, lang)
    if statement:
        st.caption(markup.plain(statement))


def _explain(kept: held.Kept, whose: str, question: Question, lang: Lang) -> None:
    """The sets of factors that give a published total."""
    label, hint = say("ui.operations.published", lang), say("ui.operations.published_hint", lang)
    typed = st.text_input(label, placeholder=hint, key="operations-published", max_chars=40).strip()
    st.caption(say("ui.operations.explain_hint", lang))
    if not typed:
        return
    asked = Question(question.year, question.on, question.factor_set, question.conventions, typed)
    try:
        found = held.counted(kept, whose, repr(asked), asked)
    except Refused as refused:
        st.error(markup.plain(tell(refused.problem, lang)))
        return
    st.html(markup.paragraph(views.usual(found.shown, lang), "gf-reason"))
    if not found.shown["reverse"]["found"]:
        st.warning(say("ui.operations.none_explains", lang), icon=":material/search_off:")
    for number, one in enumerate(views.explained(found.shown, lang)):
        words = say("ui.operations.explained", lang, value=one.value, relative=one.relative, fits=one.fits, scopes=one.scopes)
        with st.expander(markup.plain(words), expanded=number == 0):
            st.html(markup.listing(lists.heads("operations", ("item", "quantity", "co2e", "factors"), lang), one.parts, "gf-list gf-tight"))
