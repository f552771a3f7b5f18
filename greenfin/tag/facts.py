"""Numbers a text states, each read where something asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.units import ratio
from greenfin.reference.words import FactWords
from greenfin.tag.normalise import Corpus

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_FEW = 300  # texts that are sooner read than sifted


class Numbers(Protocol):
    """A number a row, in the unit of its fact (NaN: not stated)."""

    def __getitem__(self, rows: Ints, /) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact by text. A text is read when it is asked for first: few rules and leaves ask, and of few cases."""

    body: Corpus
    words: FactWords
    values: Floats
    is_read: Flags

    def __getitem__(self, texts: Ints, /) -> Floats:
        fresh = texts.take(np.flatnonzero(~self.is_read.take(texts)))
        if len(fresh):
            fresh = np.unique(fresh)
            self.values[fresh], self.is_read[fresh] = np.nan, True
            _read(self.body, self.words, fresh, self.values)
        return self.values[texts]


def read_facts(body: Corpus, facts: Mapping[str, FactWords]) -> Mapping[str, Fact]:
    """Each fact per text, in the fact's unit; NaN where the text does not state it."""
    return {name: Fact(body, words, np.zeros(body.size), np.zeros(body.size, dtype=np.bool_)) for name, words in facts.items()}


def _read(body: Corpus, words: FactWords, among: Ints, best: Floats) -> None:
    """The best of the numbers of some texts, written to their places."""
    known: dict[tuple[str, str, str], float | None] = {}
    choose = max if words.pick == "max" else min
    texts = _sifted(body, words.patterns, among)
    for pattern in words.patterns:
        search = re.compile(pattern).finditer
        for text, start, end in zip(texts.tolist(), body.starts[texts].tolist(), body.ends[texts].tolist(), strict=True):
            for match in search(body.text, start, end):
                parts = match.groupdict()
                key = (parts["n"], parts.get("x") or "1", parts.get("u") or "")
                if key not in known:
                    known[key] = _value(*key, words)
                value = known[key]
                if value is not None:
                    best[text] = value if np.isnan(best[text]) else choose(best[text], value)


_LOOK_AHEAD = re.compile(r"\(\?!(?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)")
_OF_WORDS = re.compile(r"\\[a-ce-zA-Z]")


def _sifted(body: Corpus, patterns: Sequence[str], among: Ints) -> Ints:
    """Those of some texts that one of the patterns may fit, perhaps with others. Arrow's engine knows no look-ahead: without it a pattern
    only fits more. Where it reads a class of letters otherwise than Python, all of the texts."""
    loose = re.sub(r"\(\?P<\w+>", "(?:", "|".join(_LOOK_AHEAD.sub("", pattern) for pattern in patterns))
    if len(among) < _FEW or _OF_WORDS.search(loose):
        return among
    fits = pc.match_substring_regex(body.lines.take(pa.array(among)), loose.replace(r"\d", r"\p{Nd}"))
    return np.asarray(among[fits.to_numpy(zero_copy_only=False)], dtype=np.int64)


def _value(said: str, times: str, unit: str, words: FactWords) -> float | None:
    number = words.words.get(said, said).replace(",", "")
    try:
        value = Decimal(number) * Decimal(times)
    except InvalidOperation:
        return None
    return float(value) * ratio(words.units.get(unit, words.unit), words.unit)
