"""Numbers a text states, and the stretches of it that are a company's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import ratio
from greenfin.reference.words import FactWords, NameWords
from greenfin.tag.normalise import Corpus, fold

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def read_facts(corpus: Corpus, facts: Mapping[str, FactWords]) -> Mapping[str, Floats]:
    """Each fact per text, in the fact's unit; NaN where the text does not state it."""
    return {name: _fact(corpus, words) for name, words in facts.items()}


def _fact(corpus: Corpus, words: FactWords) -> Floats:
    best = np.full(len(corpus.originals), np.nan)
    found = [(m.start(), _value(m, words)) for p in words.patterns for m in re.finditer(p, corpus.text)]
    known = [(at, value) for at, value in found if value is not None]
    if not known:
        return best
    texts = corpus.text_of(np.array([at for at, _ in known], dtype=np.int64))
    choose = np.fmax if words.pick == "max" else np.fmin
    choose.at(best, texts, np.array([value for _, value in known], dtype=np.float64))
    return best


def _value(match: re.Match[str], words: FactWords) -> float | None:
    parts = match.groupdict()
    number = words.words.get(parts["n"], parts["n"]).replace(",", "")
    try:
        value = Decimal(number) * Decimal(parts.get("x") or 1)
    except InvalidOperation:
        return None
    unit = words.units.get(parts.get("u") or "", words.unit)
    return float(value) * ratio(unit, words.unit)


_Pair = tuple[re.Pattern[str], re.Pattern[str]]


@lru_cache(maxsize=4)
def _name_patterns(names: NameWords) -> tuple[_Pair, _Pair]:
    """For Chinese and for Latin names: how one ends, and how a whole one looks."""
    stops = "|".join(re.escape(fold(s)) for s in names.stops)
    ends = "|".join(re.escape(fold(e)) for e in names.ends)
    own = rf"(?:(?!{stops})(?:[^\W_a-z]|\([^\W_a-z]{{2,6}}\))){{2,{names.longest}}}?(?:{ends})"
    latin = rf"(?:[\w&'.]+ ){{1,{names.words_en}}}(?:{names.ends_en})(?![a-z])"
    return (re.compile(ends), re.compile(own)), (re.compile(rf"(?:{names.ends_en})(?![a-z])"), re.compile(latin))


def _spans(corpus: Corpus, end: re.Pattern[str], name: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where names stand: looked for only in texts that hold an ending, and only up to the last one."""
    ends = [m.end() for m in end.finditer(corpus.text)]
    last = dict(zip(corpus.text_of(np.array(ends, dtype=np.int64) - 1).tolist(), ends, strict=True))
    for text, stop in last.items():
        yield from (m.span() for m in name.finditer(corpus.text, int(corpus.starts[text]), stop))


def in_names(corpus: Corpus, names: NameWords, *, starts: Ints, ends: Ints) -> Flags:
    """Which spans lie inside a company's name. ``starts`` and ``ends`` are folded positions."""
    spans = [span for end, name in _name_patterns(names) for span in _spans(corpus, end, name)]
    inside = np.zeros(len(corpus.text) + 1, dtype=np.int64)
    for first, last in spans:
        inside[first:last] = 1
    covered = np.concatenate(([0], np.cumsum(inside)))
    return np.asarray(covered[ends] - covered[starts] == ends - starts, dtype=np.bool_)
