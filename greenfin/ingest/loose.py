"""Headers that stand in no dictionary word for word: English abbreviations, initials of the pinyin, words put before or after.

What is found here is a looser reading: it gives way to any column whose header is known as it stands.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from greenfin.ingest.vocabulary import aliases, marks, plain

_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LEAST_INITIALS, _MOST_INITIALS = 3, 12


def loose_fields(text: str) -> tuple[str, ...]:
    """The fields a header may stand for; ``text`` with its spaces and underscores, without brackets. ``()``: none.

    >>> loose_fields("LOAN_BAL"), loose_fields("DKFFRQ")[:1]
    (('loan.balance',), ('loan.start_date',))
    """
    if text.isascii():
        return _english(text) or _initials().get(plain(text), ())
    return next((found for part in _stripped(plain(text)) if (found := _sure(aliases().get(part, ())))), ())


def _sure(ids: Iterable[str]) -> tuple[str, ...]:
    """Without control totals: one column makes such a sheet, so its header must stand in the dictionary."""
    return tuple(field for field in ids if not field.startswith("ctl."))


@cache
def _records(kind: str) -> tuple[tuple[str, str], ...]:
    lines = files("greenfin.ingest").joinpath("header_words.csv").read_text("utf-8").splitlines()
    return tuple((row["written"], row["means"]) for row in csv.DictReader(lines) if row["kind"] == kind)


def _english(text: str) -> tuple[str, ...]:
    tokens = dict(_records("token"))
    words = [found.casefold() for found in _CAMEL.findall(text)]
    return _phrases().get(frozenset(tokens.get(word, word) for word in words) - {""}, ())


@cache
def _phrases() -> Mapping[frozenset[str], tuple[str, ...]]:
    """Sets of words -> fields; a word with ``?`` may be missing."""
    found: dict[frozenset[str], list[str]] = {}
    for written, field in _records("phrase"):
        needed = frozenset(word for word in written.split() if not word.endswith("?"))
        every = needed | {word.rstrip("?") for word in written.split()}
        for words in {needed, every}:
            found.setdefault(words, []).append(field)
    return {words: tuple(dict.fromkeys(ids)) for words, ids in found.items()}


def _stripped(text: str) -> Iterator[str]:
    """The header without one of the words that add nothing before it, behind it, or both."""
    before = [means for written, means in _records("affix") if written == "before" and text.startswith(means)]
    after = [means for written, means in _records("affix") if written == "after" and text.endswith(means)]
    fronts = [text, *(text.removeprefix(word) for word in sorted(before, key=len, reverse=True))]
    for front in fronts:
        if front != text:
            yield front
        yield from (front.removesuffix(word) for word in sorted(after, key=len, reverse=True) if len(front) > len(word))


@cache
def _initials() -> Mapping[str, tuple[str, ...]]:
    """Initials of the known Chinese headers -> fields; what could be two fields of one table is left out."""
    found: dict[str, set[str]] = {}
    for alias, ids in aliases().items():
        for letters in _spelled(alias):
            found.setdefault(letters, set()).update(ids[:1] if len({_table(i) for i in ids}) == 1 else ids)
    return {letters: kept for letters, ids in found.items() if (kept := _sure(_unmistakable(ids)))}


def _table(field: str) -> str:
    """The part of the dictionary that a field belongs to; a loan's borrower stands with the loan."""
    prefix = field.split(".", maxsplit=1)[0]
    return "loan" if prefix == "cust" else prefix


def _unmistakable(ids: Iterable[str]) -> Iterator[str]:
    listed = sorted(ids)
    return (i for i in listed if sum(_table(i) == _table(other) for other in listed) == 1)


def _spelled(word: str) -> set[str]:
    """The initials of a word in Chinese signs; empty for one with other signs, or too short or long to be meant."""
    if not _LEAST_INITIALS <= len(word) <= _MOST_INITIALS:
        return set()
    ways = {""}
    for sign in word:
        ways = {way + letter for way in ways for letter in _letters(sign)}
    return ways


@cache
def _letters(sign: str) -> str:
    """The first letters of a sign's pinyin: the first plane of GB 2312 is in the order of the pinyin."""
    try:
        raw = sign.encode("gb2312")
    except UnicodeEncodeError:
        return ""
    place = raw.hex().upper()
    first = [letter for letter, start in marks()["initials"].items() if start <= place <= marks()["initials_until"]]
    return "".join(first[-1:]) + str(marks()["initials_also"].get(sign, "")) if len(raw) > 1 else ""
