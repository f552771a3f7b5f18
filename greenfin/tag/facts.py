"""Numbers a text states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import ratio
from greenfin.reference.words import FactWords
from greenfin.tag.match import texts_with
from greenfin.tag.normalise import Corpus

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def read_facts(body: Corpus, facts: Mapping[str, FactWords]) -> Mapping[str, Floats]:
    """Each fact per text, in the fact's unit; NaN where the text does not state it."""
    every = texts_with(body, tuple(p for words in facts.values() for p in words.patterns))
    return {name: _fact(body, words, every) for name, words in facts.items()}


def _fact(body: Corpus, words: FactWords, among: Ints) -> Floats:
    best = np.full(body.size, np.nan)
    known: dict[tuple[str, str, str], float | None] = {}
    choose = max if words.pick == "max" else min
    for pattern in words.patterns:
        search = re.compile(pattern).finditer
        for text in texts_with(body, (pattern,), among=among).tolist():
            for match in search(body.text, int(body.starts[text]), int(body.ends[text])):
                parts = match.groupdict()
                key = (parts["n"], parts.get("x") or "1", parts.get("u") or "")
                if key not in known:
                    known[key] = _value(*key, words)
                value = known[key]
                if value is not None:
                    best[text] = value if np.isnan(best[text]) else choose(best[text], value)
    return best


def _value(said: str, times: str, unit: str, words: FactWords) -> float | None:
    number = words.words.get(said, said).replace(",", "")
    try:
        value = Decimal(number) * Decimal(times)
    except InvalidOperation:
        return None
    return float(value) * ratio(words.units.get(unit, words.unit), words.unit)
