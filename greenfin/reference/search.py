"""Entries by what people type: Chinese or English words, pinyin or its initials, industry codes, entry codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from greenfin.reference.catalogue import Catalogue, Entry

MOST = 20  # hits of an edition that people are shown
_SEVERAL = 3  # of so many words one may be missing
_CODE, _WHOLE, _BEGINS, _NAME, _NAME_PART, _WORD, _INDUSTRY, _CRITERIA = range(8)
_SAID = 8  # by pinyin: behind everything that is written
_ENGLISH = re.compile(r"[a-z0-9]+")
_LATIN = re.compile(r"[a-z]{2,}")
_INDUSTRY_CODE = re.compile(r"[a-t]?(\d{2,4})")
_INITIALS = ("zh", "ch", "sh")


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that holds all the words; ``by`` are the names or key words they were found in.

    The smaller ``rank`` is the nearer; ``ways``: in how many names and key words they stand.
    """

    entry: Entry
    rank: int
    ways: int
    by: tuple[str, ...]


def search(catalogue: Catalogue, words: str) -> tuple[Entry, ...]:
    """The entries of :func:`hits`, the nearest first."""
    return tuple(hit.entry for hit in hits(catalogue, words))


def hits(catalogue: Catalogue, words: str) -> tuple[Hit, ...]:
    """The entries that hold all the words (separated by spaces, in any order, of any width, simplified).

    A word is an entry code (what stands under it is found too), a GB/T 4754 code or its beginning, a part of a Chinese name or key
    word, the beginning of an English one, or pinyin: full, initials or both (any reading of a sign). Codes come first, then names, key
    words, industries, criteria, and pinyin last; leaves before classes, then those that hold the words in more ways. Where no entry holds
    all of three or more words, those that hold all but one.
    """
    wanted = unicodedata.normalize("NFKC", words).casefold().split()
    found = _holding(catalogue, wanted)
    if not found and len(wanted) >= _SEVERAL:
        without_one = [hit for n in range(len(wanted)) for hit in _holding(catalogue, wanted[:n] + wanted[n + 1 :])]
        found = list({hit.entry.code: hit for hit in sorted(without_one, key=_nearness, reverse=True)}.values())
    return tuple(sorted(found, key=_nearness))


def _holding(catalogue: Catalogue, wanted: list[str]) -> list[Hit]:
    return [hit for entry in catalogue.entries.values() if wanted and (hit := _hit(entry, wanted))]


def _nearness(hit: Hit) -> tuple[int, bool, int]:
    return hit.rank, not hit.entry.is_leaf, -hit.ways


def _hit(entry: Entry, wanted: list[str]) -> Hit | None:
    found = [[*_written(entry, word), *_said(entry, word)] for word in wanted]
    if not all(found):
        return None
    nearest = [min(ways) for ways in found]
    return Hit(entry, sum(rank for rank, _ in nearest), sum(map(len, found)), tuple(by for _, by in nearest))


def _written(entry: Entry, word: str) -> Iterator[tuple[int, str]]:
    """The ways an entry holds a word as it is written: rank and where."""
    code = entry.code.casefold()
    if word in (code, entry.report_code.casefold()):
        yield _CODE, entry.code
    elif code.startswith(f"{word}.") or word in code.split():
        yield _BEGINS, entry.code
    if (number := _INDUSTRY_CODE.fullmatch(word)) and (code := next((c for c in entry.industries if c.startswith(number[1])), "")):
        yield _WORD if code == number[1] else _INDUSTRY, code
    if word.isascii():
        yield from _english(entry, word)
    else:
        yield from _chinese(entry, word)


def _chinese(entry: Entry, word: str) -> Iterator[tuple[int, str]]:
    name = entry.name_zh.casefold()
    if word in name:
        yield _WHOLE if word == name else _BEGINS if name.startswith(word) else _NAME, entry.name_zh
    for known in entry.words:
        if word in known.casefold():
            yield _BEGINS if word == known.casefold() else _WORD, known
    if word in entry.criteria:
        yield _CRITERIA, entry.name_zh


def _english(entry: Entry, word: str) -> Iterator[tuple[int, str]]:
    """A word of letters or digits that begins a word of the English name, or of a key word."""
    name = _tokens(entry.name_en)
    if word in name or word in _tokens(entry.name_zh):
        yield _NAME, entry.name_en
    elif any(token.startswith(word) for token in name):
        yield _NAME_PART, entry.name_en
    for known in entry.words:
        if any(token.startswith(word) for token in _tokens(known)):
            yield _WORD, known


@lru_cache(maxsize=50_000)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_ENGLISH.findall(text.casefold()))


def _said(entry: Entry, word: str) -> Iterator[tuple[int, str]]:
    """The ways an entry is said as a word of Latin letters."""
    if not _LATIN.fullmatch(word):
        return
    for behind, text in ((0, entry.name_zh), *((1, known) for known in entry.words)):
        if place := heard(text, word):
            start, end = place
            whole, begins = (start, end) == (0, len(text)), start == 0
            yield _SAID + (0 if whole else 2 if begins else 4) + behind * (not whole), text


@lru_cache(maxsize=100_000)
def heard(text: str, word: str) -> tuple[int, int] | None:
    """Where signs that follow each other in a text are said as the word: each by its whole pinyin or its initial, the last also by a part.

    >>> heard("海上风电", "fd"), heard("海上风电", "fengd"), heard("银行", "yh"), heard("银行", "fd")
    ((2, 4), (2, 4), (0, 2), None)
    """
    for start in (at for at, sign in enumerate(text) if word[0] in _openings(sign)):
        ends = {0}
        for place in range(start, len(text)):
            ends = {at + step for at in ends for step in _steps(text[place], word, at)}
            if len(word) in ends:
                return start, place + 1
            if not ends:
                break
    return None


def _steps(sign: str, word: str, at: int) -> Iterator[int]:
    """How many letters of the word, from a place in it, a sign may stand for."""
    rest = word[at:]
    for reading in readings(sign):
        if rest.startswith(reading):
            yield len(reading)
        if rest[0:1] == reading[0]:
            yield 1
            if reading.startswith(_INITIALS) and rest.startswith(reading[:2]):
                yield 2
            if reading.startswith(rest):
                yield len(rest)


@cache
def _openings(sign: str) -> frozenset[str]:
    return frozenset(reading[0] for reading in readings(sign))


@cache
def readings(sign: str) -> frozenset[str]:
    """The pinyin of a sign without tones, every reading of it; empty for a sign that has none. ``ü`` is also ``v``."""
    from pypinyin.pinyin_dict import pinyin_dict

    toned = unicodedata.normalize("NFD", pinyin_dict.get(ord(sign), ""))
    plain = "".join(c for c in toned if c in "\u0308," or not unicodedata.combining(c))
    said = {written for one in plain.split(",") for written in (one.replace("u\u0308", "v"), one.replace("\u0308", ""))}
    return frozenset(reading for reading in said if reading)
