"""Factors as people look them up: by words, by place and day, by document; what is unverified and what that blanks. No streamlit here."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenfin.core.problems import Problem
from greenfin.disclose.factor_chart import write_chart
from greenfin.disclose.factor_series import series_of
from greenfin.messages import Lang, say
from greenfin.messages.words import located
from greenfin.reference.factors import Factor, resolve
from greenfin.reference.lifts import BLANKS, NO_METHOD, lifts
from greenfin.reference.load import Reference
from greenfin.reference.search import heard
from greenfin.reference.values import Quantity
from greenfin.ui.views.span import Span, begin

UNVERIFIED = "reference.factor_unverified"


@dataclass(frozen=True, slots=True)
class Named:
    """A factor in the list: how many values it has, of which years, how many of them are not verified."""

    id: str
    name: str
    unit: str
    values: int
    years: str
    unverified: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some factors of those that match."""

    lines: tuple[Named, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a factor with its document; ``sure``: verified in words, ``is_verified`` whether it was seen in its document."""

    key: str
    place: str
    year: str
    value: str
    unit: str
    edition: str
    sure: str
    is_verified: bool
    document: str
    applies: str


@dataclass(frozen=True, slots=True)
class Found:
    """The value for a place and a day, how it was found, and the others with the reason why not."""

    chosen: Value | None
    how: str
    passed: tuple[tuple[Value, str], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document whose values are not verified: cited, how many of its values blank something, the methods they stop."""

    id: str
    cited: str
    blank: int
    unverified: int
    methods: tuple[str, ...]


def listed(reference: Reference, words: str, lang: Lang, *, only_unverified: bool = False, start: int = 0, size: int = 15) -> Page:
    """The factors whose id, name or pinyin holds all the words."""
    wanted = words.casefold().split()
    found = [q for q in map(reference.factors.quantities.__getitem__, reference.factors.ids) if all(_holds(q, word) for word in wanted)]
    if only_unverified:
        found = [q for q in found if not all(f.is_verified for f in reference.factors.by_id(q.id))]
    start = begin(start, size, len(found))
    lines = tuple(_named(reference, q, lang) for q in found[start : start + size])
    return Page(lines, Span(start, len(lines), size, len(found)))


def _holds(quantity: Quantity, word: str) -> bool:
    written = word in f"{quantity.id} {quantity.name_zh} {quantity.name_en}".casefold()
    return written or (word.isascii() and word.isalpha() and heard(quantity.name_zh, word) is not None)


def _named(reference: Reference, quantity: Quantity, lang: Lang) -> Named:
    rows = reference.factors.by_id(quantity.id)
    years = sorted({f.data_year for f in rows if f.data_year})
    shown = "\u2013".join(str(year) for year in dict.fromkeys((years[0], years[-1]))) if years else ""
    name = quantity.name_zh if lang == "zh" else quantity.name_en
    return Named(quantity.id, name, quantity.unit, len(rows), shown, sum(not f.is_verified for f in rows))


def values(reference: Reference, id_: str, lang: Lang, *, region: str = "") -> tuple[Value, ...]:
    """The values of a factor, the latest first; of one region where it is given."""
    rows = (f for f in reference.factors.by_id(id_) if region in ("", f.region))
    return tuple(_value(reference, f, lang) for f in sorted(rows, key=lambda f: (-(f.data_year or 0), f.region, f.publisher)))


def _value(reference: Reference, f: Factor, lang: Lang) -> Value:
    kind, _, why = f.verified.partition(": ")
    return Value(
        key=f.key,
        place=reference.regions.name(f.region, lang),
        year=str(f.data_year or ""),
        value=f"{f.value:f}",
        unit=f.unit,
        edition=" ".join(filter(None, (f.edition, f.publisher))),
        sure=say(f"verified.{kind}", lang, why=why),
        is_verified=f.is_verified,
        document=f"{reference.sources[f.source].cite(lang)} {located(f.locator, lang)}".strip(),
        applies=_span(f.applies_from, f.applies_until, lang),
    )


def _span(start: date | None, end: date | None, lang: Lang) -> str:
    if start and end:
        return say("data.from_until", lang, start=start, end=end)
    if start or end:
        return say("data.from", lang, start=start) if start else say("data.until", lang, end=end)
    return say("data.always", lang)


def regions_of(reference: Reference, id_: str, lang: Lang) -> Mapping[str, str]:
    """The regions that a factor has values of, by code, with their names."""
    codes = dict.fromkeys(f.region for f in reference.factors.by_id(id_))
    return {code: reference.regions.name(code, lang) for code in sorted(codes, key=lambda c: (-reference.regions.level(c), c))}


def places(reference: Reference, lang: Lang) -> Mapping[str, str]:
    """The places that can be asked for: the country and its provinces, by code."""
    wanted = [r for r in reference.regions.by_code.values() if r.kind == "province" or r.code == "CN"]
    return {r.code: r.name_zh if lang == "zh" else r.name_en for r in sorted(wanted, key=lambda r: (r.kind == "province", r.prefix))}


def found_for(reference: Reference, id_: str, region: str, on: date, lang: Lang) -> Found:
    """The value for a place and a day, with what was passed over."""
    found = resolve(reference.factors, id_, regions=reference.regions.chain(region, on.year), on=on)
    passed = tuple((_value(reference, f, lang), _why_not(f, why, lang)) for f, why in found.passed_over)
    if found.factor is None:
        return Found(None, "", passed)
    f = found.factor
    how = [say(f"data.found.{each}", lang, year=f.data_year, on=on.year, region=f.region) for each in found.how]
    return Found(_value(reference, f, lang), say("ui.list_comma", lang).join(how), passed)


def _why_not(factor: Factor, why: str, lang: Lang) -> str:
    return say(f"data.passed.{why}", lang, start=factor.applies_from, end=factor.applies_until, year=factor.data_year)


def chart(reference: Reference, id_: str, lang: Lang, *, region: str = "") -> bytes:
    """The values of a factor by year as a PNG; empty where none has a year."""
    rows = [f for f in reference.factors.by_id(id_) if f.data_year is not None]
    if not rows:
        return b""
    quantity = reference.factors.quantities[id_]
    title = f"{quantity.name_zh if lang == 'zh' else quantity.name_en}  {id_}"
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "chart.png"
        series = series_of(reference, rows, region=region or None, lang=lang)
        write_chart(series, file, title=title, unit=quantity.unit, note=say("factor.chart_note", lang))
        return file.read_bytes()


def documents(reference: Reference, problems: Sequence[Problem], lang: Lang) -> tuple[Document, ...]:
    """The documents with values that are not verified: those that stop most methods first."""
    unverified: Counter[str] = Counter()
    for problem in problems:
        factor = reference.factors.get(str(problem.params.get("key"))) if problem.code == UNVERIFIED else None
        if factor:
            unverified[factor.source] += 1
    stopped = {lift.source: lift for lift in lifts(reference, problems)}
    found = [
        Document(
            name,
            reference.sources[name].cite(lang) if name in reference.sources else name,
            len(stopped[name].factors) if name in stopped else 0,
            n,
            stopped[name].methods if name in stopped else (),
        )
        for name, n in unverified.items()
    ]
    return tuple(sorted(found, key=lambda d: (-len(d.methods), -d.blank, -d.unverified, d.id)))


def blanks(problems: Iterable[Problem], *, source: str, reference: Reference) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What the strict policy leaves blank for want of a document: factor, region, methods that stop."""
    for problem in problems:
        factor = reference.factors.get(str(problem.params.get("key"))) if problem.code == BLANKS else None
        if factor and factor.source == source:
            methods = [name for name in str(problem.params["methods"]).split(", ") if name != NO_METHOD]
            yield factor.id, factor.region, tuple(methods)


def unverified(found: Iterable[Document]) -> int:
    """How many values of these documents were not checked against them."""
    return sum(one.unverified for one in found)
