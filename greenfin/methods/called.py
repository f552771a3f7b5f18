"""Other names of what a method takes and gives: its Chinese and English words, and those of ``called.csv``."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import chain

from greenfin.methods.declare import Declaration


def input_called(declaration: Declaration, name: str, more: Iterable[str] = ()) -> str:
    """The input (else the factor slot, else one of ``more``) that a name means; the name itself where it is one, or means none or several.

    What is meant stands first in: the words of the declaration, ``called.csv``. A number at the end is the year of a series.

    >>> from greenfin.methods.registry import method
    >>> [input_called(method("CBRC-PWR").declaration, name) for name in ("full_load_hours", "装机容量", "capacity", "colour")]
    ['hours', 'capacity', 'capacity', 'colour']
    """
    inputs = [i.name for i in declaration.inputs]
    factors = [s.slot for s in declaration.slots]
    if name in {*inputs, *factors, *(s.id for s in declaration.slots), *(i.series for i in declaration.inputs)}:
        return name
    words = {i.name: (i.name_zh, i.name_en) for i in declaration.inputs}
    return (
        _meant(name, words)
        or _called(name, inputs)
        or _short(name, words)
        or _called(name, [*more])
        or _called(name, factors)
        or _numbered(declaration, name)
    )


def output_called(declaration: Declaration, name: str) -> str:
    """The output that a name means, by the same rules; the name itself where it means none or several."""
    known = [o.name for o in declaration.outputs]
    words = {o.name: (o.name_zh, o.name_en) for o in declaration.outputs}
    return name if name in known else _meant(name, words) or _called(name, known) or name


def _meant(name: str, words: Mapping[str, tuple[str, str]]) -> str:
    """The one whose Chinese or English words these are, or nothing."""
    found = [each for each, said in words.items() if _key(name) in {_key(word) for word in said}]
    return found[0] if len(found) == 1 else ""


def _short(name: str, words: Mapping[str, tuple[str, str]]) -> str:
    """The one whose Chinese words are these but for what is left out of them (节能量 of 年节能量), or nothing; never for Latin words."""
    key = "" if name.isascii() else _key(name)
    found = [each for each, (said, _) in words.items() if key and key in _key(said)]
    return found[0] if len(found) == 1 else ""


_ASIDE = re.compile(r"\(.*?\)|_a_year$")


def _key(words: str) -> str:
    """Words as one name: lower case, underscores for spaces, without asides, the word for a year at the end left out.

    >>> _key("full-load hours a year")
    'full_load_hours'
    """
    return _ASIDE.sub("", re.sub(r"[\s-]+", "_", unicodedata.normalize("NFKC", words).strip().casefold()))


def _called(name: str, known: Iterable[str]) -> str:
    among = set(known)
    found = [each for each in _names().get(_key(name), ()) if each in among]
    return found[0] if len(found) == 1 else ""


def _numbered(declaration: Declaration, name: str) -> str:
    """``balance_2`` where the method has ``facility_balance_2`` and calls its first ``balance``; else the name itself."""
    stem, _, number = name.rpartition("_")
    first = _called(stem, [i.name for i in declaration.inputs]) if number.isdigit() else ""
    wanted = f"{first.removesuffix('_1')}_{number}"
    return wanted if first.endswith("_1") and wanted in {i.name for i in declaration.inputs} else name


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Each other name -> what may be called so."""
    rows = csv.DictReader(files("greenfin.methods").joinpath("called.csv").read_text("utf-8").splitlines())
    pairs = list(chain.from_iterable([(_key(word), row["name"]) for word in row["also"].split("|")] for row in rows))
    return {word: tuple(name for each, name in pairs if each == word) for word, _ in pairs}
