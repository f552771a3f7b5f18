"""Amounts whose header names a foreign currency: ``贷款余额(万美元)``, ``equity_eur_m``, ``Outstanding (USD mn)``."""

from __future__ import annotations

import re
from functools import lru_cache

from greenfin.core.units import parse_unit
from greenfin.ingest.vocabulary import marks, plain, starts, words_of


@lru_cache(maxsize=4096)
def foreign_money(text: str) -> tuple[str, str] | None:
    """The currency that a text names and its scale as a unit of yuan to read amounts by; None where it is not such a text.

    >>> foreign_money("eur_m"), foreign_money("USD")
    (('EUR', 'MCNY'), ('USD', 'CNY'))
    """
    clean = plain(text).strip("().,:-/ ")
    for word, code in _currencies():
        for rest in _without(clean, word):
            if (unit := _scale(rest)) is not None:
                return code, unit
    return None


def split_header(header: str) -> tuple[str, tuple[str, str]] | None:
    """A header without the foreign currency it ends with or has in brackets, and that; None for all others.

    >>> split_header("outstanding_eur_m")
    ('outstanding', ('EUR', 'MCNY'))
    """
    text = header.strip()
    bracket = re.search(r"[(（\[【]([^)）\]】]+)[)）\]】]\s*$", text)
    if bracket and (found := foreign_money(bracket[1])):
        return text[: bracket.start()].strip(), found
    parts = re.split(r"[\s_/-]+", text)
    for cut in range(1, len(parts)):
        if found := foreign_money("".join(parts[cut:])):
            return "_".join(parts[:cut]), found
    return None


@lru_cache(maxsize=1)
def _currencies() -> tuple[tuple[str, str], ...]:
    known = [(word, code) for word, code in words_of("loan.currency").items() if not word.isdigit() and code != "CNY"]
    return tuple(sorted(known, key=lambda pair: (-len(pair[0]), pair[0])))


def _without(clean: str, word: str) -> tuple[str, ...]:
    """What is left of a text before or behind a word that it ends or begins with."""
    before = (clean.removesuffix(word),) if clean.endswith(word) else ()
    return (*before, clean.removeprefix(word)) if clean.startswith(word) else before


def _scale(rest: str) -> str | None:
    """The unit of yuan of a scale: nothing, 万, 亿, million; None for anything else."""
    scales = {plain(scale): unit for scale, unit in marks()["money_scales"].items()}
    if not rest:
        return "CNY"
    for word in starts("number_words"):
        if rest == word:
            return f"{word}CNY"
    return parse_unit(scales[rest]) if rest in scales else None
