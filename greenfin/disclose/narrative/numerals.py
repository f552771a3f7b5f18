"""Numbers in prose that state a quantity: dates, documents, standards, orders and names are none (``prose.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

APART = "\ue000"  # stands for what was taken out of a text; no pattern matches it
_NUMBER = re.compile(r"(?<![0-9])[+\-−]?[0-9](?:[0-9,，.．]*[0-9])?")
_WIDE = {0xFF10 + at: 0x30 + at for at in range(10)} | {0xFF0E: 0x2E, 0xFF05: 0x25}
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Words:
    """The patterns of ``prose.toml``, compiled."""

    apart: tuple[re.Pattern[str], ...]
    year_after: re.Pattern[str]
    quotes: re.Pattern[str]
    unit: re.Pattern[str]
    told: tuple[re.Pattern[str], ...]
    article: re.Pattern[str]
    up: re.Pattern[str]
    down: re.Pattern[str]
    placeholder: re.Pattern[str]
    day: re.Pattern[str]
    year: re.Pattern[str]


@cache
def patterns() -> Words:
    """The patterns, read once."""
    data = tomllib.loads(files("greenfin.disclose.narrative").joinpath("prose.toml").read_text("utf-8"))
    zh, en = _units(data["units"])
    words = data["words"]
    return Words(
        apart=tuple(re.compile(pattern, re.MULTILINE) for pattern in data["apart"]["patterns"]),
        year_after=re.compile(data["apart"]["year_after"]),
        quotes=re.compile(data["apart"]["quotes"]),
        unit=re.compile(rf"\s?(?:{zh}|(?:{en})(?![A-Za-z]))"),
        told=(
            re.compile(rf"{words['zh']}(?:{zh})"),
            re.compile(words["zh_only"]),
            re.compile(rf"{words['en']}(?:{en})(?![A-Za-z])"),
            re.compile(words["en_only"]),
        ),
        article=re.compile(words["article"]),
        up=re.compile(data["direction"]["up"]),
        down=re.compile(data["direction"]["down"]),
        placeholder=re.compile(data["placeholder"]["pattern"]),
        day=re.compile(data["facts"]["day"]),
        year=re.compile(data["facts"]["year"]),
    )


def _units(units: Mapping[str, Any]) -> tuple[str, str]:
    zh, en = (sorted(units[lang], key=len, reverse=True) for lang in ("zh", "en"))
    return "|".join(re.escape(word) for word in zh), "|".join(en)


def quantities(text: str) -> list[tuple[int, int]]:
    """Where a text states a quantity (from, to), its unit with it; whatever was bound must have been taken out as ``APART``.

    >>> text = "2025年末余额63.2亿元，见《办法》（银发〔2025〕132号）第3条"
    >>> [text[start:end] for start, end in quantities(text)]
    ['63.2亿元']
    """
    words = patterns()
    left = text.translate(_WIDE)
    for pattern in words.apart:
        left = pattern.sub(_blank, left)
    left = words.quotes.sub(_name, left)
    found = [*_figures(left, words), *_told(left, words)]
    return _joined(sorted(found))


def _blank(found: re.Match[str]) -> str:
    return APART * len(found[0])


def _name(found: re.Match[str]) -> str:
    """What stands in quotation marks is a name, unless a unit follows a number in it."""
    inner, words = found[0], patterns()
    states = any(words.unit.match(inner, each.end()) for each in _NUMBER.finditer(inner))
    is_figure = _NUMBER.fullmatch(inner[1:-1]) and words.unit.match(found.string, found.end())
    return inner if states or is_figure else _blank(found)


def _figures(text: str, words: Words) -> Iterator[tuple[int, int]]:
    for found in _NUMBER.finditer(text):
        unit = words.unit.match(text, found.end())
        is_year = _YEAR.fullmatch(found[0]) and (unit is None or words.year_after.search(text, 0, found.start()))
        if not is_year:
            yield found.start(), unit.end() if unit else found.end()


def _told(text: str, words: Words) -> Iterator[tuple[int, int]]:
    """Numerals in words; one alone is an article."""
    for at, pattern in enumerate(words.told):
        for found in pattern.finditer(text):
            if at or not words.article.match(found[0]):
                yield found.span()


def _joined(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that touch or overlap as one."""
    made: list[tuple[int, int]] = []
    for start, end in found:
        if made and start < made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made
