"""Stretches of a text that are a company's name: words in them are no evidence.

A Chinese name is an ending ("...company limited") and what stands before it: up to so many characters, brackets of a few among
them, back to a word that cannot stand in a name. ``_pattern`` says that exactly. The pattern is slow, and half of a bank's
purposes name a company, so names are looked for from their endings backwards, in all texts at once; what that cannot tell
(more than a few names in one text) is left to the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from greenfin.reference.words import NameWords
from greenfin.tag.compiled import WAY, kernel
from greenfin.tag.match import texts_with
from greenfin.tag.normalise import Corpus, fold

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
BRACKETED = (2, 6)  # characters a bracket in a name may hold
SHORTEST = 2  # characters (a bracket counts as one) before an ending
_ROUNDS = 4  # names in one text that are found without the pattern


def in_names(body: Corpus, names: NameWords, *, starts: Ints, ends: Ints, way: str = "") -> Flags:
    """Which spans lie inside a company's name. ``starts`` and ``ends`` are folded positions; ``way`` see match.find."""
    if way == WAY:
        spans, texts = kernel("names").names(body, names)
        chinese = [spans]
    else:
        texts = texts_with(body, (_latin_ending(names), *map(re.escape, endings(names))))
        chinese = _chinese(body, names, texts)
    first, last = _merged([*chinese, *_latin(body, names, texts)])
    if not len(first):
        return np.zeros(len(starts), dtype=np.bool_)
    at = np.searchsorted(first, starts, side="right") - 1
    return np.asarray((at >= 0) & (ends <= last[np.maximum(at, 0)]), dtype=np.bool_)


_Spans = tuple[Ints, Ints]


def _merged(found: Iterable[_Spans]) -> _Spans:
    """Spans that overlap or touch as one, in order."""
    pairs = np.concatenate([np.stack(s) for s in found] or [np.zeros((2, 0), dtype=np.int64)], axis=1)
    start, end = pairs[:, np.argsort(pairs[0], kind="stable")]
    reach = np.maximum.accumulate(end)
    opens = np.append(True, start[1:] > reach[:-1])[: len(start)]
    return start[opens], reach[np.append(opens[1:], True)[: len(start)]]


def endings(names: NameWords) -> tuple[str, ...]:
    """How Chinese names end, folded; of several that fit the first counts."""
    return tuple(fold(e) for e in names.ends)


@lru_cache(maxsize=4)
def _pattern(names: NameWords) -> re.Pattern[str]:
    """A whole Chinese name."""
    stops = "|".join(re.escape(fold(s)) for s in names.stops)
    ends = "|".join(map(re.escape, endings(names)))
    unit = rf"(?:[^\W_a-z]|\([^\W_a-z]{{{BRACKETED[0]},{BRACKETED[1]}}}\))"
    return re.compile(rf"(?:(?!{stops}){unit}){{{SHORTEST},{names.longest}}}?(?:{ends})")


def _latin_ending(names: NameWords) -> str:
    return rf"(?:{names.ends_en})(?![a-z])"


def _latin(body: Corpus, names: NameWords, among: Ints) -> list[_Spans]:
    """Latin names: looked for only in texts that hold an ending, and only up to the last one."""
    ending = _latin_ending(names)
    end, name = re.compile(ending), re.compile(rf"(?:[\w&'.]+ ){{1,{names.words_en}}}{ending}")
    found: list[tuple[int, int]] = []
    for text in texts_with(body, (ending,), among=among).tolist():
        start = int(body.starts[text])
        stops = [m.end() for m in end.finditer(body.text, start, int(body.ends[text]))]
        found += [m.span() for m in name.finditer(body.text, start, stops[-1])] if stops else []
    return [_spans(found)]


def _spans(found: list[tuple[int, int]]) -> _Spans:
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@dataclass(frozen=True, slots=True)
class _Cut:
    """The texts that hold an ending: ``codes`` one behind another; of each text its start, its last ending's end, and how far
    it stands from its place in the corpus."""

    codes: NDArray[np.uint32]
    starts: Ints
    stops: Ints
    away: Ints


@dataclass(frozen=True, slots=True)
class _Ends:
    """Endings with something before them: text, where they start and end, how far back the name may begin, whether all of that
    is plain characters."""

    text: Ints
    start: Ints
    end: Ints
    far: Ints
    plain: Flags

    def take(self, keep: Flags) -> _Ends:
        """Some of them."""
        at = np.flatnonzero(keep)
        return _Ends(*(getattr(self, name).take(at) for name in _Ends.__slots__))


def _chinese(body: Corpus, names: NameWords, texts: Ints) -> list[_Spans]:
    sizes = body.ends[texts] + 1 - body.starts[texts]
    starts = np.cumsum(sizes) - sizes
    away = body.starts[texts] - starts
    codes = body.codes[np.arange(int(sizes.sum())) + np.repeat(away, sizes)]
    ends, stops = _found_ends(codes, starts, names)
    cut = _Cut(codes, starts, stops, away)
    return _in_rounds(body, cut, ends, names)


def _found_ends(codes: NDArray[np.uint32], starts: Ints, names: NameWords) -> tuple[_Ends, Ints]:
    """The endings, and where the last one of each text ends."""
    length = np.zeros(len(codes), dtype=np.int8)
    for word in reversed(endings(names)):  # the first of the list counts
        length[_places(codes, word)] = len(word)
    start = np.flatnonzero(length > 0)
    text = np.searchsorted(starts, start, side="right") - 1
    end = start + length[start]
    stops = starts.copy()
    np.maximum.at(stops, text, end)
    far, plain = _back(start, _units(codes, names), names.longest)
    return _Ends(text, start, end, far, plain).take(far >= 0), stops


def _places(codes: NDArray[np.uint32], word: str) -> Ints:
    """Where a word stands."""
    at = np.flatnonzero(codes == ord(word[0]))
    for n, char in enumerate(word[1:], 1):
        at = at[codes[np.minimum(at + n, len(codes) - 1)] == ord(char)]
    return at


@cache
def name_chars() -> Flags:
    """For each code point whether it may stand in a Chinese name: letters and digits of any script but small Latin ones."""
    table = np.strings.isalnum(np.arange(0x110000, dtype=np.uint32).view("U1"))
    table[ord("a") : ord("z") + 1] = False
    return table


def _units(codes: NDArray[np.uint32], names: NameWords) -> NDArray[np.int8]:
    """At each place how long the unit of a name is that ends there: a character 1, a bracket its length, else 0."""
    own = name_chars()[codes]
    free = np.ones(len(codes), dtype=np.bool_)
    for word in names.stops:
        free[_places(codes, fold(word))] = False
    units = (own & free).astype(np.int8)
    close = np.flatnonzero(codes == ord(")"))
    for inside in range(1, BRACKETED[1] + 1):
        close = close[own[close - inside]]
        opens = close - inside - 1
        fits = (codes[opens] == ord("(")) & free[opens] & (inside >= BRACKETED[0])
        units[close[fits]] = inside + 2
    return units


def _back(start: Ints, units: NDArray[np.int8], longest: int) -> tuple[Ints, Flags]:
    """How far back from each ending a name may begin (-1: nowhere), and whether on characters alone."""
    at, far = start.copy(), np.full(len(start), -1, dtype=np.int64)
    plain = np.ones(len(start), dtype=np.bool_)
    for count in range(1, longest + 1):
        step = units[at - 1]
        plain &= step <= 1
        at = at - step
        if count >= SHORTEST:
            far = np.where(step > 0, at, far)
    return far, plain


def _in_rounds(body: Corpus, cut: _Cut, ends: _Ends, names: NameWords) -> list[_Spans]:
    """The first name of every text, then the next of those that have one, and so on; what is left after that by the pattern."""
    at, found = cut.starts.copy(), []
    odd = np.zeros(len(at), dtype=np.bool_)
    for _ in range(_ROUNDS):
        ends = ends.take(at[ends.text] + SHORTEST <= ends.start)
        odd[ends.text[(at[ends.text] > ends.far) & ~ends.plain]] = True
        ends = ends.take(~odd[ends.text])
        if not len(ends.text):
            break
        begins = np.maximum(ends.far, at[ends.text])
        order = np.lexsort((ends.start, begins, ends.text))
        first = order[np.append(True, np.diff(ends.text[order]) > 0)]
        text, away = ends.text[first], cut.away[ends.text[first]]
        found.append((begins[first] + away, ends.end[first] + away))
        at[text] = ends.end[first]
    odd[ends.text[at[ends.text] + SHORTEST <= ends.start]] = True
    search, shift = _pattern(names).finditer, cut.away
    rest = [search(body.text, int(at[t] + shift[t]), int(cut.stops[t] + shift[t])) for t in np.flatnonzero(odd).tolist()]
    return [*found, _spans([m.span() for matches in rest for m in matches])]
