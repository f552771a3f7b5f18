"""Look up words by code. Each file is flat: ``"ingest.amount_unreadable" = "… {found} …"``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from greenfin.core.columns import columns
from greenfin.core.problems import Problem

Lang = Literal["zh", "en"]
_PLAIN = re.compile(r'^"([^"\\\n]+)" = "((?:[^"\\\n]|\\")*)"$', re.MULTILINE)
_KEPT_AS = re.compile(r"( in millionths| \(|: ).*")  # behind a column's name: how it is kept
_LOCATED = "located."  # codes of words for a place in a document
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


@cache
def codes(lang: Lang) -> Mapping[str, str]:
    """All words of a language by code."""
    return {code: words for text in _texts(lang) for code, words in _read(text).items()}


@cache
def helps(lang: Lang) -> Mapping[str, str]:
    """The words of ``codes`` that say what a command does; from their lines alone, so that a start needs not all words.

    >>> helps("en")["help.ui"]
    'start the web front end'
    """
    lines = (line for text in _texts(lang) for line in text.split("\n") if line.startswith('"help.'))
    return _read("\n".join(lines))


def _texts(lang: Lang) -> Iterator[str]:
    """The files of a language, by their names."""
    return (file.read_text("utf-8") for file in sorted(Path(__file__).parent.glob(f"{lang}.*.toml")))


def _read(text: str) -> Mapping[str, str]:
    """The words of a file; one that holds nothing but plain lines is taken by them, ten times as fast as by a reader of all of TOML."""
    pairs = _PLAIN.findall(text)
    lines = sum(1 for line in text.split("\n") if line and line[0] != "#")
    found = {code: words.replace('\\"', '"') for code, words in pairs}
    return found if len(found) == lines else _whole(text)


def _whole(text: str) -> Mapping[str, str]:
    import tomllib

    return tomllib.loads(text)


def say(code: str, lang: Lang, **slots: object) -> str:
    """The words of a code with its slots filled; raises KeyError for a code without words."""
    return codes(lang)[code].format_map(_Slots({name: _named(name, value, lang) for name, value in slots.items()}))


def _named(slot: str, value: object, lang: Lang) -> object:
    """Ids of closed lists as people call them: an item, a decision, columns of a table, codes in a row; everything else as it is, so
    also the ``headers`` of a file."""
    if slot in ("columns", "headers") and isinstance(value, str):
        known = {c.name: _KEPT_AS.sub("", getattr(c, lang)) for c in reversed(columns())} if slot == "columns" else {}
        return codes(lang)["disclose.between"].join(known.get(name, name) for name in value.split())
    if slot in ("worded", "lacks") and isinstance(value, str):  # codes in a row: as one text, or as a list
        between = " " if slot == "worded" else codes(lang)["disclose.between"]
        return between.join(codes(lang).get(word, word) for word in value.split())
    if isinstance(value, str | bool):
        return codes(lang).get(f"{slot}.{value}", value)
    return _Count(value) if isinstance(value, int) else value


def tell(problem: Problem, lang: Lang) -> str:
    """A problem in words; ``{where}`` in them is its address, which otherwise stands beside them."""
    return say(problem.code, lang, **{"where": problem.where, **problem.params})


def amount(number: str, unit: str, lang: Lang) -> str:
    """A number with its unit as people write it; nothing behind a pure number.

    >>> amount("1,200", "h", "zh"), amount("2", "percent", "en"), amount("0.5", "1", "en")
    ('1,200 小时', '2%', '0.5')
    """
    words = "" if unit == "1" else codes(lang).get(f"unit_said.{unit}", unit)
    return f"{number} {words}".replace(" %", "%").rstrip()


def located(place: str, lang: Lang) -> str:
    """Where in a document something stands, in the words of the language; a place without words stays as its document has it.

    >>> located("sheet 2019", "en"), located("Table 8.A.1", "en"), located("Vol.5 Ch.6", "zh")
    ('sheet 2019', 'Table 8.A.1', 'Vol.5 Ch.6')
    """
    known = {code.removeprefix(_LOCATED): words for code, words in codes(lang).items() if code.startswith(_LOCATED)}
    begins = max((word for word in known if place.startswith(word)), key=len, default="")
    return (known[begins] + place.removeprefix(begins).lstrip()).rstrip() if begins else place


class _Count(int):
    """A whole number; ``{n:s}`` in English words is the s of more than one."""

    def __format__(self, spec: str) -> str:
        return ("" if self == 1 else "s") if spec == "s" else super().__format__(spec)


class _Slots(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"
