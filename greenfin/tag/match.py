"""One pass over the whole corpus for all words: an automaton, and a plain search that finds the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from greenfin.tag.normalise import Corpus

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
        return Hits(self.word[keep], self.text[keep], self.start[keep], self.end[keep])


@lru_cache(maxsize=8)
def _automaton(words: tuple[str, ...]) -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(words))


def by_automaton(words: Sequence[str], text: str) -> Ints:
    """All (word, start, end), overlapping ones too, as a matrix of three columns."""
    found = _automaton(tuple(words)).find_matches_as_indexes(text, overlapping=True)
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def by_search(words: Sequence[str], text: str) -> Ints:
    """The same found word by word with ``str.find``: slow, without the automaton's library."""
    found: list[tuple[int, int, int]] = []
    for index, word in enumerate(words):
        at = text.find(word)
        while at >= 0:
            found.append((index, at, at + len(word)))
            at = text.find(word, at + 1)
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def find(words: Sequence[str], corpus: Corpus, *, plainly: bool = False) -> Hits:
    """All words of all texts, in order; ``plainly`` uses the search without the automaton."""
    found = (by_search if plainly else by_automaton)(words, corpus.text)
    word, start, end = found.T
    whole = _whole_words(corpus, start, end)
    order = np.lexsort((word[whole], -end[whole], start[whole]))
    kept = np.flatnonzero(whole)[order]
    return Hits(word[kept], corpus.text_of(start[kept]), start[kept], end[kept])


def _whole_words(corpus: Corpus, start: Ints, end: Ints) -> Flags:
    codes = np.concatenate(([10], corpus.codes.astype(np.int64), [10, 10]))
    latin = _is_letter(codes)
    first, last, before, after, beyond = (codes[start + 1], codes[end], start, end + 1, end + 2)
    plural = (codes[after] == ord("s")) & ~latin[np.minimum(beyond, len(codes) - 1)]
    open_left = latin[before] & _is_letter(first)
    open_right = latin[after] & _is_letter(last) & ~plural
    return np.asarray(~(open_left | open_right), dtype=np.bool_)


def _is_letter(codes: Ints) -> Flags:
    return np.asarray((codes >= ord("a")) & (codes <= ord("z")), dtype=np.bool_)
