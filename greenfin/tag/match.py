"""All words of all texts in one pass, in ways that find the same: whole columns at once (fast, and needs no other library), the automata
of two libraries, and a plain search."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.compiled import WAY, kernel
from greenfin.tag.normalise import Corpus
from greenfin.tag.packed import places
from greenfin.tag.trie import Trie, trie

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_AT_ONCE = 1 << 18  # characters: what is made of them stays near the processor
_FEW = 300  # texts that are sooner read than sifted
_LEAD = -65  # UTF-8 bytes that begin a code point are, as signed numbers, above this


@dataclass(frozen=True, slots=True)
class Hits:
    """Where words stand: ``word`` indexes the word list, ``text`` the corpus' texts, ``start:end`` its folded string.

    Ordered by start, longer first. Letters and digits of a Latin word end at the word's edge (a plural ``s`` may follow).
    """

    word: Ints
    text: Ints
    start: Ints
    end: Ints

    def take(self, keep: Flags | Ints) -> Hits:
        """The chosen hits, in order."""
        at = places(keep)
        return Hits(self.word.take(at), self.text.take(at), self.start.take(at), self.end.take(at))


_Found = tuple[Ints, Ints]


@cache
def polars() -> ModuleType | None:
    """The library, or None where it is not there or this processor lacks what it was built for (it warns of that)."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            found = import_module("polars")
        except ImportError:
            return None
    return None if any("CPU" in str(w.message) for w in warned) else found


@lru_cache(maxsize=8)
def trie_of(words: tuple[str, ...]) -> Trie:
    """The trie of the words, kept."""
    return trie(words)


@lru_cache(maxsize=8)
def _automaton(words: tuple[str, ...]) -> Any:
    return import_module("ahocorasick_rs").AhoCorasick(list(words))


def by_columns(words: tuple[str, ...], body: Corpus) -> _Found:
    """Word and start of all hits, overlapping ones too."""
    cuts = body.ends[np.searchsorted(body.ends, np.arange(_AT_ONCE, len(body.codes), _AT_ONCE))] + 1
    known, starts = trie_of(words), np.unique(np.concatenate(([0], cuts, [len(body.codes)])))
    parts = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    found = [(word, at + first) for first, end in parts for at, word, _ in known.walk(body.codes[first:end])]
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([none, *(word for word, _ in found)]), np.concatenate([none, *(start for _, start in found)])


def by_polars(words: tuple[str, ...], body: Corpus) -> _Found:
    """The same by polars, which has two answers in one order: the words, and the bytes of the texts where they start."""
    pl = import_module("polars")
    lines = pl.from_arrow(body.lines)
    at, word = (look(list(words), overlapping=True) for look in (lines.str.find_many, lines.str.extract_many))
    first_byte = np.frombuffer(body.lines.buffers()[1], dtype=np.int32)[:-1]
    byte = at.explode().drop_nulls().to_numpy() + np.repeat(first_byte, at.list.len().to_numpy())
    leads = np.frombuffer(body.lines.buffers()[2] or b"", dtype=np.int8) > _LEAD
    number = word.explode().drop_nulls().cast(pl.Enum(words)).to_physical().to_numpy()
    return number.astype(np.int64), np.cumsum(leads)[byte] - 1


def by_automaton(words: tuple[str, ...], body: Corpus) -> _Found:
    """The same by the other library, in the whole corpus at once."""
    found = np.array(_automaton(words).find_matches_as_indexes(body.text, overlapping=True), dtype=np.int64).reshape(-1, 3)
    return found[:, 0], found[:, 1]


def by_search(words: tuple[str, ...], body: Corpus) -> _Found:
    """The same word by word with ``str.find``: slow, and needs no library."""
    found: list[tuple[int, int]] = []
    for index, word in enumerate(words):
        at = body.text.find(word)
        while at >= 0:
            found.append((index, at))
            at = body.text.find(word, at + 1)
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


WAYS: Mapping[str, Any] = {"columns": by_columns, "polars": by_polars, "automaton": by_automaton, "search": by_search}


def find(words: Sequence[str], body: Corpus, *, way: str = "") -> Hits:
    """All words of all texts, in order; ``way`` one of ``WAYS`` (empty: the first) or ``compiled``."""
    listed = tuple(words)
    if way == WAY:
        compiled: Hits = kernel("words").find(listed, body)
        return compiled
    word, start = WAYS[way or "columns"](listed, body)
    lengths, open_left, open_right = edges(listed)
    end = start + lengths.take(word)
    kept = np.flatnonzero(_whole_words(body, start, end, open_left=open_left.take(word), open_right=open_right.take(word)))
    return in_order(body, word.take(kept), start.take(kept), end.take(kept))


@lru_cache(maxsize=8)
def edges(words: tuple[str, ...]) -> tuple[Ints, Flags, Flags]:
    """Length of each word, whether it begins and whether it ends with a Latin letter."""
    lengths = np.array([len(w) for w in words], dtype=np.int64)
    first, last = (np.array([ord(w[at]) for w in words], dtype=np.uint32) for at in (0, -1))
    return lengths, _is_letter(first), _is_letter(last)


def in_order(body: Corpus, word: Ints, start: Ints, end: Ints) -> Hits:
    """Hits sorted by start, longer first, then word: as one number each, which sorts far faster than three columns."""
    longest = int((end - start).max(initial=0))
    for_length, for_word = longest.bit_length(), int(word.max(initial=0)).bit_length()
    if len(body.text).bit_length() + for_length + for_word > 63:
        order = np.lexsort((word, -end, start))
        word, start, end = word[order], start[order], end[order]
    else:
        packed = np.sort(((start << for_length | (longest - (end - start))) << for_word) | word)
        word = packed & ((1 << for_word) - 1)
        start = packed >> (for_length + for_word)
        end = start + longest - (packed >> for_word & ((1 << for_length) - 1))
    here = np.diff(np.searchsorted(start, np.append(body.starts, len(body.codes))))
    return Hits(word, np.repeat(np.arange(body.size), here), start, end)


def _whole_words(body: Corpus, start: Ints, end: Ints, *, open_left: Flags, open_right: Flags) -> Flags:
    kept = np.ones(len(start), dtype=np.bool_)
    edged = np.flatnonzero(open_left | open_right)
    before, after = body.codes[start[edged] - 1], body.codes[end[edged]]  # the corpus ends with a line break: before the first is the last
    beyond = body.codes[np.minimum(end[edged] + 1, len(body.codes) - 1)]
    plural = (after == ord("s")) & ~_is_letter(beyond)
    kept[edged] = ~((_is_letter(before) & open_left[edged]) | (_is_letter(after) & open_right[edged] & ~plural))
    return kept


def _is_letter(codes: NDArray[np.uint32]) -> Flags:
    return np.asarray((codes >= ord("a")) & (codes <= ord("z")), dtype=np.bool_)


_LOOK_AHEAD = re.compile(r"\(\?!(?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)")


def texts_with(body: Corpus, patterns: Sequence[str], *, among: Ints | None = None) -> Ints:
    """The texts that one of the regular expressions may fit, perhaps with others; all where they are few or polars cannot look for them.

    polars' engine knows no negative look-ahead; without it a pattern only fits more.
    """
    pl = polars()
    texts = np.arange(body.size) if among is None else among
    if pl is None or len(texts) < _FEW:
        return texts
    loose = "|".join(f"(?:{_LOOK_AHEAD.sub('', p)})" for p in patterns)
    lines = pl.from_arrow(body.lines)
    try:
        fits = (lines if among is None else lines.gather(among)).str.contains(re.sub(r"\(\?P<\w+>", "(?:", loose))
    except pl.exceptions.ComputeError:
        return texts
    return np.asarray(texts[fits.to_numpy()], dtype=np.int64)
