"""The words that names are made of (``words.toml``, the places of ``reference``, tables of traditional signs), read once."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from greenfin.reference.places import listed_places

_TABLES = ("names/traditional.csv", "tag/traditional.csv")


@cache
def words() -> Mapping[str, Any]:
    """``words.toml``: lists and tables of words by what they are."""
    return tomllib.loads(files("greenfin.names").joinpath("words.toml").read_text("utf-8"))


@cache
def places() -> Mapping[str, tuple[str, str]]:
    """Place -> province and place below it, ``""`` for the province itself."""
    found: dict[str, tuple[str, str]] = {}
    for line in listed_places().values():
        province, *below = line.split()
        found |= {place: (province, place) for place in below} | {province: (province, "")}
    return found


@cache
def provinces() -> Mapping[str, str]:
    """Province -> the first two digits of its codes (GB/T 2260)."""
    return {line.split()[0]: digits for digits, line in listed_places().items()}


@cache
def simplified() -> Mapping[str, str]:
    """Traditional sign -> simplified sign."""
    found: dict[str, str] = {}
    for table in _TABLES:
        lines = files("greenfin").joinpath(*table.split("/")).read_text("utf-8").splitlines()
        found |= {row["traditional"]: row["simplified"] for row in csv.DictReader(lines)}
    return found


def any_of(choices: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(choices, key=lambda w: (-len(w), w))) + ")"


def fold(text: str) -> str:
    """A text as names are compared: NFKC, lower case, simplified signs.

    >>> fold("ＡＢＣ（華電）")
    'abc(华电)'
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(simplified().get(sign, sign) for sign in folded)
