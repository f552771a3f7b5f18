"""The words of published reports, from ``words.toml``, ``units.csv`` and ``sizes.csv``: patterns and units, each compiled once."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from unicodedata import normalize

KEPT = 100_000  # texts of a document, most of which are looked at by every rule
_DASHES = str.maketrans({"−": "-", "–": "-", "﹣": "-", "‐": "-", "‑": "-", "\u00a0": " ", "\u3000": " ", "\u200b": ""})
_BILINGUAL = re.compile(r"(.*[\u4e00-\u9fff%])[\s/(]{1,3}([a-z][a-z0-9 .'²³/-]*)")
_MARKS = re.compile(
    r"(?<=[\d%)])(?<!(?<![\d.,])10)[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u2460-\u2473]+|(?<=[^\W\d])[\u2070\u00b9\u2074-\u2079]+"
)  # of footnotes; powers of ten stay
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff(])")  # spaces that only set type


@dataclass(frozen=True, slots=True)
class UnitWord:
    """A unit with what it measures and how many of the kind's own unit it is."""

    kind: str
    factor: float


@lru_cache(maxsize=KEPT)
def plain(text: str) -> str:
    """The text as patterns expect it: half width, one kind of dash, no line ends.

    >>> plain("１，２３４．５")
    '1,234.5'
    >>> plain("12,345.6² m²")
    '12,345.6 m2'
    """
    return _BETWEEN.sub("", re.sub(r"\s+", " ", normalize("NFKC", _MARKS.sub("", text)).translate(_DASHES)).strip())


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


@cache
def texts(name: str) -> tuple[str, ...]:
    """A list of texts by its section, in its ``all``."""
    return tuple(_sections()[name]["all"])


def rows_of(name: str) -> list[dict[str, str]]:
    """The lines of a table of words."""
    return list(csv.DictReader(files("greenfin.published").joinpath(name).read_text("utf-8").splitlines()))


@dataclass(frozen=True, slots=True)
class Quotient:
    """Words of a quotient and what may stand below its stroke."""

    quotient: re.Pattern[str]
    below: re.Pattern[str]


@cache
def quotients() -> tuple[Quotient, ...]:
    """All words of quotients."""
    return tuple(
        Quotient(re.compile(row["quotient"], re.IGNORECASE), re.compile(row["below"], re.IGNORECASE)) for row in rows_of("quotients.csv")
    )


@dataclass(frozen=True, slots=True)
class Rate:
    """Words of a rate, of what it is of in running text (``above``, ``below``), and of the whole in a table."""

    rate: re.Pattern[str]
    above: re.Pattern[str]
    below: re.Pattern[str]
    whole: re.Pattern[str]


@cache
def known_rates() -> tuple[Rate, ...]:
    """All words of rates."""
    return tuple(
        Rate(*(re.compile(row[name], re.IGNORECASE) for name in ("rate", "above", "below", "whole"))) for row in rows_of("rates.csv")
    )


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
    size, unit = _any(sizes()), _any(units())
    before_unit = rf"(?:{size})(?=\s?(?:{unit}))|(?!{unit})(?:{size})"  # the first sign of kWh is no size of its own
    return re.compile(rf"\s?(?P<size>{before_unit})?\s?(?P<unit>{unit})?", re.IGNORECASE)


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
    return _in_both_languages(clean)


def _in_both_languages(text: str) -> UnitWord | None:
    """A unit said in Chinese and again in English."""
    found = _BILINGUAL.fullmatch(text)
    return unit_of(found[1]) if found and unit_of(found[2]) else None
