"""One project's environmental benefit while a loan officer fills in its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from greenfin.core.period import last_day
from greenfin.messages import Lang, say
from greenfin.methods.registry import method as method_of
from greenfin.ui.frame import held_calculator as held
from greenfin.ui.frame import markup, sections
from greenfin.ui.frame.desk import Desk
from greenfin.ui.pages import calculator_papers, calculator_result, calculator_save
from greenfin.ui.pages.calculator_kept import chosen, keep, kept, key_of, text
from greenfin.ui.views.calculator import Answer, Asked, answer
from greenfin.ui.views.calculator_choice import Offer, offer
from greenfin.ui.views.calculator_form import MONEY, Field, Form, form, with_unit, years_to

YEARS = 8
SHARES = ("", "±5%", "±10%", "±20%")
USUAL = "±10%"


def show(desk: Desk) -> None:
    """Draw the page. Raises Refused."""
    lang = desk.lang
    if desk.store is not None and sections.chosen(calculator_papers.PAGE, calculator_papers.PARTS, lang) == calculator_papers.PAPERS:
        calculator_papers.show(desk)
        return
    _measured(desk)


def _measured(desk: Desk) -> None:
    """The form and what comes out."""
    lang = desk.lang
    st.html(markup.heading(say("ui.calculator.title", lang)))
    found, region, on = _what(lang)
    if found is None:
        return
    if not found.method:
        st.warning(markup.plain(say("ui.calculator.not_measurable", lang, words=found.words, why=found.reason)), icon=":material/block:")
        return
    left, right = st.columns([4, 7], gap="large")
    with left:
        asked, ready, places = _form(found, region, on, lang)
    result = answer(asked, held.reference(), lang)
    _beside(places, result)
    with right:
        calculator_result.show(result, asked, lang, is_ready=ready)
        calculator_save.show(desk, asked, result)


def _what(lang: Lang) -> tuple[Offer | None, str, date]:
    """What is measured, where and for which year."""
    search, what, where, when = st.columns([3, 4.6, 2.6, 1.4])
    on = _year(when, lang)
    words = text(search, "search", say("ui.calculator.search", lang), lang=lang, hint=say("ui.calculator.search_hint", lang))
    found = {one.key: one for one in held.offers(words, lang, on)}
    before = kept("what")
    if not words and before and before not in found and (one := offer(held.reference(), before, lang=lang, on=on)):
        found = {one.key: one, **found}
    if not found:
        what.info(markup.plain(say("ui.calculator.nothing_found", lang, found=words)))
        return None, "", on
    words_of = {key: one.words for key, one in found.items()}
    key = chosen(what, "what", words_of, lang=lang, label=say("ui.calculator.what", lang))
    return found[key], _region(where, lang), on


def _year(place: DeltaGenerator, lang: Lang) -> date:
    today = datetime.now().astimezone().date()
    years = {year: year for year in years_to(today, YEARS)}
    year = int(chosen(place, "year", years, lang=lang, label=say("ui.calculator.on", lang)))
    return min(today, last_day(year))


def _region(place: DeltaGenerator, lang: Lang) -> str:
    """A province's code, or what was typed."""
    names = held.places(lang)
    before = kept("region")
    options = [*names, *([before] if before and before not in names else [])]
    found = place.selectbox(
        say("ui.calculator.region", lang),
        options,
        index=options.index(before) if before in options else None,
        format_func=lambda code: names.get(code, code),
        placeholder=say("ui.calculator.region_hint", lang),
        accept_new_options=True,
        key=key_of("region", lang),
    )
    keep("region", found or "")
    return found or ""


def _form(found: Offer, region: str, on: date, lang: Lang) -> tuple[Asked, bool, Mapping[str, DeltaGenerator]]:
    """What is filled in, whether all that is needed is, and the place below each field."""
    declaration = method_of(found.method).declaration
    names = {q.id: q.name_en if lang == "en" else q.name_zh for q in held.reference().factors.quantities.values()}
    way = _way(found.method, form(declaration, lang), lang)
    conventions = {c.name: v for c in declaration.conventions if (v := kept(f"convention-{found.method}-{c.name}"))}
    view = form(declaration, lang, way=way, asked=conventions, names=names)
    places: dict[str, DeltaGenerator] = {}
    needed = _fields(view.needed, found.method, places, lang)
    st.caption(say("ui.calculator.unit_hint", lang))
    money = _money({*view.fields}, places, lang)
    optional, conventions = _folded(view, found.method, places, lang)
    factors, claim = _own(view, found.method, places, lang), _claim(lang)
    given = {**needed, **optional, **money}
    share = chosen(st, "sensitivity", _shares(lang), lang=lang, label=say("ui.calculator.sensitivity", lang), first=USUAL)
    asked = Asked(found.method, given, on, region, found.entry, conventions, factors, share, claim)
    return asked, bool(given), places


def _shares(lang: Lang) -> dict[str, str]:
    return {share: share or say("ui.calculator.none", lang) for share in SHARES}


def _way(method: str, view: Form, lang: Lang) -> int:
    if not view.ways[1:]:
        return 0
    ways = {str(number): words for number, words in enumerate(view.ways)}
    return int(chosen(st, f"way-{method}", ways, lang=lang, label=say("ui.calculator.way", lang)))


def _fields(fields: Iterable[Field], method: str, places: dict[str, DeltaGenerator], lang: Lang) -> dict[str, str]:
    """What stands in the fields, with units; each keeps a place below it for what is wrong with it."""
    given: dict[str, str] = {}
    each = list(fields)
    columns = st.columns(2 if each[1:] else 1)
    for number, field in enumerate(each):
        with columns[number % len(columns)].container():
            typed = _field(field, f"{method}-{field.name}", lang)
            places[field.name] = st.empty()
        if typed:
            given[field.name] = typed
    return given


def _field(field: Field, name: str, lang: Lang) -> str:
    if field.choices:
        words = {choice: choice for choice in field.choices}
        return chosen(st, name, words, lang=lang, label=field.label, none=say("ui.calculator.none", lang), about=field.help)
    return with_unit(text(st, name, field.label, lang=lang, hint=field.hint, about=field.help), field)


def _money(taken: set[str], places: dict[str, DeltaGenerator], lang: Lang) -> dict[str, str]:
    """Balance and total investment, where the method does not ask for them itself."""
    hint = say("ui.calculator.money_hint", lang)
    fields = {name: Field(name, say(f"ui.calculator.{name}", lang), "CNY", "", hint) for name in MONEY if name not in taken}
    given: dict[str, str] = {}
    for column, (name, field) in zip(st.columns(2), fields.items(), strict=False):
        with column:
            typed = with_unit(text(st, name, field.label, lang=lang, hint=hint), field)
            places[name] = st.empty()
        given |= {name: typed} if typed else {}
    return given


def _folded(view: Form, method: str, places: dict[str, DeltaGenerator], lang: Lang) -> tuple[dict[str, str], dict[str, str]]:
    """The optional inputs and the conventions."""
    given: dict[str, str] = {}
    if view.optional:
        with st.expander(say("ui.calculator.optional", lang)):
            given = _fields(view.optional, method, places, lang)
    conventions: dict[str, str] = {}
    if view.conventions:
        with st.expander(say("ui.calculator.choices", lang)):
            for each in view.conventions:
                none = say("ui.calculator.default", lang, words=each.choices[each.default])
                name = f"convention-{method}-{each.name}"
                taken = chosen(st, name, each.choices, lang=lang, label=each.name, none=none)
                conventions |= {each.name: taken} if taken else {}
    return given, conventions


def _own(view: Form, method: str, places: dict[str, DeltaGenerator], lang: Lang) -> dict[str, str]:
    given: dict[str, str] = {}
    if view.factors:
        with st.expander(say("ui.calculator.own", lang)):
            st.caption(say("ui.calculator.own_hint", lang))
            for factor in view.factors:
                typed = text(st, f"{method}-{factor.slot}", f"{factor.words} ({factor.unit_words})", lang=lang)
                places.setdefault(factor.slot, st.empty())
                given |= {factor.slot: typed} if typed else {}
    return given


def _claim(lang: Lang) -> str:
    return text(st, "claim", say("ui.calculator.claim", lang), lang=lang, hint=say("ui.calculator.claim_hint", lang))


def _beside(places: Mapping[str, DeltaGenerator], result: Answer) -> None:
    """What is wrong with a field, below it."""
    for name, words in result.beside.items():
        if name in places:
            places[name].html("".join(markup.paragraph(one, "gf-wrong") for one in words))
