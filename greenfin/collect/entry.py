"""How a value is to be filled in: its kind, its bounds, the units and words that may be chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from greenfin.collect.ask import papers, unit_words
from greenfin.core.units import UnknownUnit, WrongDimension, parse_unit, ratio
from greenfin.ingest.answers import Fillable, fillable
from greenfin.ingest.vocabulary import words_of
from greenfin.messages import Lang, say
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Input, Parameter
from greenfin.methods.readings import parameters, scale_of, shown
from greenfin.methods.registry import METHODS

TEXT, NUMBER, WORD, DATE = "text", "number", "word", "date"
_NUMBERS = ("money", "rate", "share")


@dataclass(frozen=True, slots=True)
class Entry:
    """``units`` are the words offered with how many of ``unit`` one of each is; outside ``minimum``/``maximum`` a number
    cannot be, outside ``low``/``high`` it needs a note. ``least``/``most`` are lengths of a text."""

    kind: str
    how: str
    least: int = 1
    most: int = 200
    unit: str = ""
    units: tuple[tuple[str, float], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()
    is_dated: bool = False
    field: str = ""  # of the dictionary
    method: str = ""

    @property
    def is_percent(self) -> bool:
        """Whether it is given in percent and nothing else."""
        return [word for word, _ in self.units] == ["%"]


@cache
def entry_of(target: str, name: str, method: str, lang: Lang) -> Entry:
    """The entry of a question; raises KeyError for one that nobody asks."""
    if target == "inputs":
        return _input(name, method, lang)
    if target == "evidence":
        is_dated = name in papers() and papers()[name].is_dated
        how = say("collect.how.paper_dated" if is_dated else "collect.how.paper", lang)
        return Entry(TEXT, how, least=2, is_dated=is_dated, field="evidence")
    return _column(fillable()[target, name], lang)


def _column(of: Fillable, lang: Lang) -> Entry:
    how = say(f"collect.how.{of.kind}", lang, least=of.least, low=_plain(of.low), high=_plain(of.high))
    if of.kind in _NUMBERS:
        units = tuple((word, ratio(parse_unit(word), of.unit)) for word in unit_words()[of.unit])
        return Entry(NUMBER, how, unit=of.unit, units=units, minimum=0, low=of.low, high=of.high, field=of.field)
    if of.kind in ("word", "choice", "choices"):
        return Entry(WORD, how, words=_options(of.field, lang), field=of.field)
    kind = DATE if of.kind == "date" else TEXT
    return Entry(kind, how, least=of.least, most=of.most, field=of.field)


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def _options(field: str, lang: Lang) -> tuple[str, ...]:
    """One word for each value: the first that is written for it, or in English the value's own name."""
    first: dict[str, str] = {}
    known = words_of(field)
    for written, value in known.items():
        own = value if lang == "en" and value in known else written
        first.setdefault(value, own)
    return tuple(first.values())


def _input(name: str, method: str, lang: Lang) -> Entry:
    declaration = METHODS[method].declaration
    spec, fixed = declaration.input(name), parameters(declaration, choices_of(declaration, {}))
    units = tuple(_units(spec, fixed))
    word, factor = next(iter(units), (shown(spec.unit), 1.0))
    low, high = (_plain(bound if bound is None else bound / factor) for bound in (spec.low, spec.high))
    how = say("collect.how.input" if low and high else "collect.how.number", lang, low=low, high=high, unit=word)
    return Entry(
        NUMBER,
        how,
        unit=spec.unit,
        units=units,
        minimum=spec.minimum,
        maximum=spec.maximum,
        low=spec.low,
        high=spec.high,
        field=f"input.{name}",
        method=method,
    )


def _units(spec: Input, fixed: Mapping[str, Parameter]) -> Iterator[tuple[str, float]]:
    """The unit words offered for an input, and how many of the method's unit one of each is."""
    for word in unit_words().get(spec.unit, (shown(spec.unit),)):
        with suppress(UnknownUnit, WrongDimension):
            yield word, scale_of(spec, parse_unit(word), fixed)
