"""Chinese companies' names, text by text (see company_names.in_names)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from greenfin.reference.words import NameWords
from greenfin.tag.company_names import BRACKETED, SHORTEST, endings, name_chars
from greenfin.tag.compiled.charts import I8, TEXTS, U1, U4, Texts, compiled, inlined, texts_of
from greenfin.tag.normalise import Corpus, fold

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Codes = NDArray[np.uint32]
_OWN, _STOPS, _ENDS, _LATIN = 1, 2, 4, 8  # what a code point may be: a sign of a name, the first of a stop, of an ending, a Latin letter
_BLANK, _OPEN, _CLOSE = ord(" "), ord("("), ord(")")
_LEAST, _MOST = BRACKETED


class Parts(NamedTuple):
    """``kind``: what each code point may be; the words that no name holds and those it ends with, the ones behind the others."""

    kind: Bytes
    stops: Codes
    stop_from: Ints
    ends: Codes
    end_from: Ints
    longest: int


class Spans(NamedTuple):
    """Where something starts and ends."""

    start: Ints
    end: Ints


SPANS = types.BaseTuple.from_types((I8, I8), Spans)
PARTS = types.BaseTuple.from_types((U1, U4, I8, U4, I8, types.i8), Parts)


@inlined
def _one_here(codes: Codes, at: int, words: Codes, first: Ints) -> int:
    """The length of the first of the words that stands at a place; 0: none."""
    for word in range(len(first) - 1):
        size = first[word + 1] - first[word]
        if codes[at] == words[first[word]] and at + size <= len(codes):
            same = 1
            while same < size and codes[at + same] == words[first[word] + same]:
                same += 1
            if same == size:
                return int(size)
    return 0


@inlined
def _bracket(codes: Codes, at: int, kind: Bytes) -> int:
    """The length of the bracket with a few signs that opens at a place; 0: none."""
    close = at + 1
    while close < len(codes) and kind[codes[close]] & _OWN:
        close += 1
    return close + 1 - at if close < len(codes) and codes[close] == _CLOSE and _LEAST <= close - at - 1 <= _MOST else 0


@inlined
def _units(codes: Codes, parts: Parts, unit: Ints, ending: Ints) -> int:
    """Writes for each place of a text how long the part of a name is that begins there (0: none), and how long the ending; where the last
    one begins."""
    last = 0
    for at in range(len(codes)):
        kind = parts.kind[codes[at]]
        unit[at], ending[at] = kind & _OWN, 0
        if codes[at] == _OPEN:
            unit[at] = _bracket(codes, at, parts.kind)
        if kind & _STOPS and _one_here(codes, at, parts.stops, parts.stop_from):
            unit[at] = 0
        if kind & _ENDS:
            ending[at] = _one_here(codes, at, parts.ends, parts.end_from)
            last = at if ending[at] else last
    return last


@inlined
def _next_name(at: int, last: int, unit: Ints, ending: Ints, longest: int) -> tuple[int, int]:
    """Where the first name from a place on starts and ends; no longer than 0 where there is none."""
    while at < last:
        here, count = at, 0
        while count < longest and here < last and unit[here]:
            here += unit[here]
            count += 1
            if count >= SHORTEST and here <= last and ending[here]:
                return at, here + ending[here]
        at = here + 1 if count < longest and here - at == count else at + 1  # what begins between plain signs meets the same end
    return at, at


@compiled(types.i8, TEXTS, PARTS, SPANS, U1)
def names_in(texts: Texts, parts: Parts, spans: Spans, is_latin: Bytes) -> int:
    """Writes where the names start and end, as many as there is room for; how many there are. And which texts hold a Latin letter
    behind a blank, as where a Latin name ends."""
    longest = np.max(texts.ends - texts.starts)
    unit, ending, size = np.empty(longest, np.int64), np.empty(longest, np.int64), 0
    for text in range(len(texts.starts)):
        first, kinds = texts.starts[text], 0
        codes = texts.codes[first : texts.ends[text]]
        blank, is_latin[text] = False, 0
        for code in codes:
            kind = parts.kind[code]
            is_latin[text] |= kind & _LATIN if blank else 0
            kinds, blank = kinds | kind, code == _BLANK
        last = _units(codes, parts, unit, ending) if kinds & _ENDS else 0
        start, end = _next_name(0, last, unit, ending, parts.longest)
        while end > start:
            if size < len(spans.start):
                spans.start[size], spans.end[size] = first + start, first + end
            size += 1
            start, end = _next_name(end, last, unit, ending, parts.longest)
    return size


def names(body: Corpus, words: NameWords) -> tuple[tuple[Ints, Ints], Ints]:
    """Where Chinese names start and end, in order, and the texts that may hold Latin ones."""
    is_latin, parts = np.zeros(body.size, dtype=np.uint8), _parts(words)

    def found(room: int) -> tuple[Ints, Ints]:
        spans = Spans(np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64))
        size = names_in(texts_of(body), parts, spans, is_latin)
        return (spans.start[:size], spans.end[:size]) if size <= room else found(size)

    return found(2 * body.size), np.flatnonzero(is_latin)


@lru_cache(maxsize=4)
def _parts(words: NameWords) -> Parts:
    stops, ends = tuple(map(fold, words.stops)), endings(words)
    kind = name_chars().astype(np.uint8) * np.uint8(_OWN)
    for flag, codes in ((_STOPS, {ord(w[0]) for w in stops}), (_ENDS, {ord(w[0]) for w in ends}), (_LATIN, range(ord("a"), ord("z") + 1))):
        kind[list(codes)] |= np.uint8(flag)
    return Parts(kind, *_behind_each_other(stops), *_behind_each_other(ends), words.longest)


def _behind_each_other(words: Sequence[str]) -> tuple[Codes, Ints]:
    codes = np.array([ord(char) for word in words for char in word], dtype=np.uint32)
    return codes, np.cumsum([0] + [len(word) for word in words])
