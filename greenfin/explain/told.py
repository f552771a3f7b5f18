"""A lineage as lines for a person: names, units and remarks in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from greenfin.disclose.printed import unit_text
from greenfin.messages.words import Lang, codes, located, say
from greenfin.methods.registry import METHODS

if TYPE_CHECKING:
    from greenfin.core.lineage import Source, Trace

_PAIR = re.compile(r"(\w+)=([^;,\s\])]+)")
_RECORD = re.compile(r"[ !]\d{4}-\d{2}[ !]")  # a site, a month, an item
_PART = re.compile(r"[^ !]+")
_ENGLISH = re.compile(r"name_en=([^;]*)(?:; )?")
_ENDLESS = re.compile(r"\d+\.\d{16,}")
_WORD = re.compile(r"\w+")
_PARTS = re.compile(r"[/*()]")
_VERSION, _RESULT = re.compile(r"(\S+)@"), "measure.how_formula"


def told(trace: Trace, lang: Lang, *, first: str = "", rest: str = "", under: str = "") -> Iterator[str]:
    """The tree's lines, a part under its whole; ids of cells, loans, projects and factors stay as they are. ``under``: the method whose
    result the trace is part of."""
    yield first + _line(trace, lang, under)
    under = method_of(trace) or under
    for at, part in enumerate(trace.parts):
        is_last = at == len(trace.parts) - 1
        yield from told(part, lang, first=rest + ("└─ " if is_last else "├─ "), rest=rest + ("   " if is_last else "│  "), under=under)


def method_of(trace: Trace) -> str:
    """The id of the method whose result a trace is; empty where it is of none.

    >>> from greenfin.core.lineage import Trace
    >>> method_of(Trace("P1!co2", "1", "tCO2", "measure.how_formula", "CBRC-PWR@0a1b: co2 = supply"))
    'CBRC-PWR'
    """
    found = _VERSION.match(trace.note) if trace.how == _RESULT else None
    return found[1] if found and found[1] in METHODS else ""


def _line(trace: Trace, lang: Lang, under: str) -> str:
    figure = " ".join(text for text in (_value(trace, lang), _unit(trace, lang)) if text)
    how = f"  [{say(trace.how, lang)}]" if trace.how else ""
    named = _ENGLISH.search(trace.note)
    said = remark(trace.note, lang)
    note = f"  ({said})" if said else ""
    source = f"  ← {cited(trace.source, lang)}" if trace.source else ""
    name = named[1] if named and lang == "en" else _name(trace.name, lang, under)
    return f"{name} = {figure}{how}{note}{source}"


def cited(source: Source, lang: Lang) -> str:
    """A document with the place in it, in words, or a cell of the bank's own file as it is.

    >>> from greenfin.core.lineage import Source
    >>> cited(Source("file", "book.xlsx", "sheet 1!A5"), "zh"), cited(Source("document", "IPCC", ""), "en")
    ('book.xlsx sheet 1!A5', 'IPCC')
    """
    at = located(source.locator, lang) if source.kind == "document" else source.locator
    return f"{source.title} {at}".strip()


def _unit(trace: Trace, lang: Lang) -> str:
    """The unit in words; none for a number without one, a sign of multiplication before one that begins with a number."""
    if not trace.value or trace.unit in ("", "1", "count", "dimensionless"):
        return ""
    text = unit_text(trace.unit, lang)
    if any(part and part in text for part in _PARTS.split(trace.unit)):  # not all of it has words of its own
        text = codes(lang).get(f"unit_said.{trace.unit}", text)
    return f"× {text}" if text[:1].isdigit() else text


def _value(trace: Trace, lang: Lang) -> str:
    """The value; a missing one is a dash, a decision is a word, a number without end is cut."""
    if not trace.value:
        return "—"
    if _ENDLESS.fullmatch(trace.value):
        return f"{trace.value[: trace.value.index('.') + 13]}…"
    decision, _, share = trace.value.partition(" × ")
    word = codes(lang).get(f"decision.{decision}")
    return trace.value if word is None else f"{word} × {share}" if share else word


def _name(name: str, lang: Lang, under: str) -> str:
    """A sum with its group, an input, a factor's place in a formula; anything else is an id."""
    bare, _, keys = name.partition("|")
    word = codes(lang).get(f"explain.name.{bare}") or codes(lang).get(f"item.{bare}")
    if word is None and bare in (symbols := _symbols(lang, under)):
        return f"{symbols[bare]} ({bare})"
    if word is None:
        return _PART.sub(lambda found: codes(lang).get(f"item.{found[0]}", found[0]), name) if _RECORD.search(name) else name
    pairs = (pair.partition("=") for pair in keys.split(",") if pair)
    group = ", ".join(f"{_key(key, lang)} {_key_value(key, value, lang)}" for key, _, value in pairs)
    return f"{word} [{group}]" if group else word


def _key(key: str, lang: Lang) -> str:
    return codes(lang).get(f"explain.key.{key}", key)


def _key_value(key: str, value: str, lang: Lang) -> str:
    return codes(lang).get(f"{key}.{value}", codes(lang).get(f"disclose.{key}.{value}", value))


@cache
def _symbols(lang: Lang, under: str) -> dict[str, str]:
    """What the factors that stand in formulas, and the inputs of a method, are called."""
    found = {key.removeprefix("explain.slot."): word for key, word in codes(lang).items() if key.startswith("explain.slot.")}
    return found | (input_words(under, lang) if under else {})


def input_words(method: str, lang: Lang) -> dict[str, str]:
    """What a method calls its inputs: one name may mean another thing in another method."""
    return {one.name: one.name_zh if lang == "zh" else one.name_en for one in METHODS[method].declaration.inputs}


def remark(note: str, lang: Lang) -> str:
    """Remarks ``key=value`` in words; the ways of finding a factor and the marks of a sum too.

    >>> remark("n=13 unapproved", "en")
    'rows 13 others await approval'
    """
    words = codes(lang)

    def pair(found: re.Match[str]) -> str:
        key, value = found[1], found[2]
        known = words.get(f"explain.key.{key}")
        return found[0] if known is None else f"{known} {words.get(f'flag.{value}', words.get(f'{key}.{value}', value))}"

    text = _PAIR.sub(pair, _ENGLISH.sub("", note))
    return _WORD.sub(lambda found: words.get(f"explain.mark.{found[0]}", found[0]), text)
