"""The form of a method: one field for each input, those that are needed first. No streamlit here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from greenfin.messages import Lang, say
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Declaration, Input, Way, applies
from greenfin.methods.numbers import figure
from greenfin.ui.views.units import PURE, unit_words

MONEY, YUAN = ("balance", "total_invest"), "CNY"
_BARE = re.compile(r"[+-]?[\d.,; -]*\d[\d.,; -]*")


@dataclass(frozen=True, slots=True)
class Field:
    """An input: ``unit`` is that of a bare number (none for a ratio or a text), ``unit_words`` as it stands beside the field.

    ``choices`` are the words an input of words knows; ``help`` says what belongs in and the usual range, ``hint`` that range alone.
    """

    name: str
    words: str
    unit: str
    unit_words: str
    help: str
    choices: tuple[str, ...] = ()
    hint: str = ""

    @property
    def label(self) -> str:
        """The name with its unit, as it stands above the field."""
        return f"{self.words} ({self.unit_words})" if self.unit_words else self.words


@dataclass(frozen=True, slots=True)
class Choice:
    """A convention: ``choices`` by name, ``default`` what is taken where nothing is told."""

    name: str
    choices: Mapping[str, str]
    default: str


@dataclass(frozen=True, slots=True)
class OwnFactor:
    """A factor that the user's own value may replace."""

    slot: str
    words: str
    unit_words: str


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a method under one way to fill it: ``needed`` first, ``optional`` behind; ``ways`` are the other combinations."""

    method: str
    title: str
    source: str
    ways: tuple[str, ...]
    needed: tuple[Field, ...]
    optional: tuple[Field, ...]
    conventions: tuple[Choice, ...]
    factors: tuple[OwnFactor, ...]

    @property
    def fields(self) -> dict[str, Field]:
        """All fields by name."""
        return {field.name: field for field in (*self.needed, *self.optional)}


def form(
    declaration: Declaration, lang: Lang, *, way: int = 0, asked: Mapping[str, str] | None = None, names: Mapping[str, str] | None = None
) -> Form:
    """The form of a method, filled the ``way``-th way, under the conventions ``asked`` for; ``names`` are those of factors by id."""
    chosen = declaration.ways[way] if 0 <= way < len(declaration.ways) else declaration.ways[0]
    needed = _needed(declaration, chosen)
    fields = {spec.name: _field(spec, lang) for spec in declaration.inputs}
    behind = [*(name for name in chosen.refined_by if name not in needed), *(name for name in fields if name not in chosen.refined_by)]
    return Form(
        method=declaration.id,
        title=declaration.name_zh if lang == "zh" else declaration.name_en,
        source=f"{declaration.source_zh if lang == 'zh' else declaration.source_en} {declaration.clause if lang == 'zh' else ''}".strip(),
        ways=tuple(_way(declaration, each, lang) for each in declaration.ways),
        needed=tuple(fields[name] for name in needed),
        optional=tuple(fields[name] for name in behind if name not in needed),
        conventions=tuple(_conventions(declaration, asked or {}, lang)),
        factors=tuple(_factors(declaration, asked or {}, names or {}, lang)),
    )


def _needed(declaration: Declaration, way: Way) -> tuple[str, ...]:
    """What this way needs, and what one of several more is needed of (a pollutant, in and out)."""
    known = {i.name for i in declaration.inputs}
    more = (name for group in declaration.any_of for name in group)
    return tuple(name for name in dict.fromkeys((*way.needs, *more)) if name in known)


def _way(declaration: Declaration, way: Way, lang: Lang) -> str:
    specs = {i.name: i for i in declaration.inputs}
    return " + ".join(_words(specs[name], lang) for name in way.needs if name in specs) or say("ui.calculator.any", lang)


def _words(spec: Input, lang: Lang) -> str:
    return spec.name_zh if lang == "zh" else spec.name_en


def _field(spec: Input, lang: Lang) -> Field:
    unit = "" if spec.unit == PURE or spec.words or spec.free else spec.unit
    choices = tuple(names[0] for names in spec.words) if not spec.list else ()
    return Field(spec.name, _words(spec, lang), unit, unit_words(unit, lang), _help(spec, lang), choices, _usual(spec, lang))


def _help(spec: Input, lang: Lang) -> str:
    """What belongs in, the usual range, what is taken where nothing is told."""
    told = [spec.meaning_zh if lang == "zh" else spec.meaning_en]
    unit = unit_words(spec.unit, lang)
    told.append(_usual(spec, lang))
    if spec.assumed is not None:
        told.append(say("ui.calculator.assumed", lang, value=figure(float(spec.assumed)), unit=unit))
    if spec.list:
        told.append(say("ui.calculator.list", lang))
    return say("ui.calculator.sentences", lang).join(part for part in told if part)


def _usual(spec: Input, lang: Lang) -> str:
    """The usual range in the unit of the field; empty where none is known."""
    if spec.low is None and spec.high is None:
        return ""
    low, high = ("" if end is None else figure(end) for end in (spec.low, spec.high))
    return say("ui.calculator.usual", lang, low=low, high=high, unit=unit_words(spec.unit, lang)).strip()


def _conventions(declaration: Declaration, asked: Mapping[str, str], lang: Lang) -> Iterator[Choice]:
    """The conventions that there are under the choices asked for."""
    now = choices_of(declaration, asked)
    for each in declaration.conventions:
        if applies(each.when, now) and each.choices[1:]:
            yield Choice(each.name, {one.name: one.zh if lang == "zh" else one.en for one in each.choices}, each.default)


def _factors(declaration: Declaration, asked: Mapping[str, str], names: Mapping[str, str], lang: Lang) -> Iterator[OwnFactor]:
    for slot in declaration.slots_for(choices_of(declaration, asked)):
        yield OwnFactor(slot.slot, names.get(slot.id, slot.id), unit_words(slot.unit, lang))


def with_unit(text: str, field: Field) -> str:
    """What was typed, with the unit that stands beside the field where no other is told; empty for an empty field.

    >>> power = Field("supply", "", "MWh", "MWh", "")
    >>> with_unit("120000", power), with_unit(" 1.2 亿千瓦时", power), with_unit("1;2", power), with_unit(" ", power)
    ('120000MWh', '1.2 亿千瓦时', '1;2MWh', '')
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    return f"{clean}{field.unit}" if field.unit and _BARE.fullmatch(clean) else clean


def is_range(text: str) -> bool:
    """Whether what was typed is a range and not a value.

    >>> is_range("1800h..2200h"), is_range("±5%"), is_range("1800h")
    (True, True, False)
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    return ".." in clean or clean.startswith(("±", "+-", "+/-"))


def years_to(day: date, count: int) -> tuple[str, ...]:
    """The year of a day and those before it, the latest first."""
    return tuple(str(day.year - back) for back in range(count))
