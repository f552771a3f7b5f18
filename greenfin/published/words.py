"""The words of published reports, from ``words.toml``, ``units.csv`` and ``sizes.csv``: patterns and units, each compiled once."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import normalize

_DASHES = str.maketrans({"−": "-", "–": "-", "﹣": "-", "‐": "-", "‑": "-", "\u00a0": " ", "\u3000": " ", "\u200b": ""})
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff(])")  # spaces that only set type


@dataclass(frozen=True, slots=True)
class UnitWord:
    """A unit with what it measures and how many of the kind's own unit it is."""

    kind: str
    factor: float


def plain(text: str) -> str:
    """The text as patterns expect it: half width, one kind of dash, no line ends.

    >>> plain("１，２３４．５")
    '1,234.5'
    """
    return _BETWEEN.sub("", re.sub(r"\s+", " ", normalize("NFKC", text).translate(_DASHES)).strip())


@cache
def _sections() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("greenfin.published").joinpath("words.toml").read_text("utf-8"))


@cache
def pattern(name: str) -> re.Pattern[str]:
    """A pattern by ``section.name``."""
    section, _, key = name.partition(".")
    return re.compile(_sections()[section][key], re.IGNORECASE)


@cache
def mapping(name: str) -> Mapping[str, int]:
    """A table of numbers by ``section.name``: months, quarters, levels."""
    section, _, key = name.partition(".")
    return dict(_sections()[section][key])


def rows_of(name: str) -> list[dict[str, str]]:
    """The lines of a table of words."""
    return list(csv.DictReader(files("greenfin.published").joinpath(name).read_text("utf-8").splitlines()))


@cache
def units() -> Mapping[str, UnitWord]:
    """Unit words, lower case."""
    return {row["word"]: UnitWord(row["kind"], float(row["factor"])) for row in rows_of("units.csv")}


@cache
def sizes() -> Mapping[str, float]:
    """Sizes that may stand before a unit."""
    return {row["word"]: float(row["times"]) for row in rows_of("sizes.csv")}


def _any(words: Mapping[str, object]) -> str:
    parts = (re.escape(word) + (r"(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else "") for word in words)
    return "|".join(sorted(parts, key=len, reverse=True))


@cache
def unit_pattern() -> re.Pattern[str]:
    """A size, a unit, or both, right behind a number."""
    return re.compile(rf"\s?(?P<size>{_any(sizes())})?\s?(?P<unit>{_any(units())})?", re.IGNORECASE)


@cache
def unit_of(text: str) -> UnitWord | None:
    """What a unit's text means; None where it is none. A quotient has both kinds in its own.

    >>> unit_of("万元").factor, unit_of("吨/万元").kind
    (10000.0, 'mass/money')
    """
    clean = pattern("row.unit_said").sub("", plain(text).casefold()).strip(" ()[]:,")
    currency = pattern("number.currency").sub("", clean.split(" ")[0] + " ") if " " in clean else clean
    if clean in units():
        return units()[clean]
    if "/" in clean and (above := unit_of(clean.partition("/")[0])) and (below := unit_of(clean.partition("/")[2])):
        return UnitWord(f"{above.kind}/{below.kind}", above.factor / below.factor)
    found = unit_pattern().fullmatch(clean)
    if found and (found["size"] or found["unit"]):
        word = units()[found["unit"].casefold()] if found["unit"] else UnitWord("", 1.0)
        return UnitWord(word.kind, word.factor * sizes().get((found["size"] or "").casefold(), 1.0))
    if clean != currency and not currency.strip() and (rest := unit_of(clean.partition(" ")[2])):
        return UnitWord("money", rest.factor)
    return None
