"""All words of all texts in their order, those in two parts among them (see match.find and near.gapped)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from greenfin.tag.compiled.charts import (
    CHART,
    I8,
    TEXTS,
    U1,
    U4,
    Chart,
    Texts,
    chart,
    compiled,
    inlined,
    longest,
    may_begin,
    onward,
    texts_of,
    word_at,
)
from greenfin.tag.lexicon import Lexicon
from greenfin.tag.match import Hits, edges, trie_of
from greenfin.tag.near import GAP_EN, GAP_ZH, stops_between
from greenfin.tag.normalise import Corpus

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Codes = NDArray[np.uint32]
_PLURAL, _BITS = ord("s"), 64
OPEN_LEFT, OPEN_RIGHT = 1, 2  # sides on which a word begins or ends with a Latin letter


class Words(NamedTuple):
    """The length of each word, and its open sides."""

    length: Ints
    open: Bytes


class Gaps(NamedTuple):
    """Words in two parts by their second ones: those of word ``w`` are ``first[w]:first[w + 1]`` of ``part`` (the first part) and
    ``word``. ``stop``: for each code point above 0 if it may not stand between the parts; ``zh`` and ``en``: how many may; ``back``: how
    far before the second part the first one may begin."""

    first: Ints
    part: Ints
    word: Ints
    stop: Bytes
    zh: int
    en: int
    back: int


class Columns(NamedTuple):
    """The columns of match.Hits."""

    word: Ints
    text: Ints
    start: Ints
    end: Ints


WORDS = types.BaseTuple.from_types((I8, U1), Words)
GAPS = types.BaseTuple.from_types((I8, I8, I8, U1, types.i8, types.i8, types.i8), Gaps)
COLUMNS = types.BaseTuple.from_types((I8, I8, I8, I8), Columns)


@inlined
def _is_letter(code: int) -> bool:
    return 97 <= code <= 122


@inlined
def _is_whole(codes: Codes, start: int, end: int, open_: int) -> bool:
    """Whether a word does not go on at its open sides; a plural ``s`` may follow."""
    if open_ & OPEN_LEFT and _is_letter(codes[start - 1]):  # before the first is the last: a line break
        return False
    if not open_ & OPEN_RIGHT or not _is_letter(codes[end]):
        return True
    return codes[end] == _PLURAL and not _is_letter(codes[min(end + 1, len(codes) - 1)])


@inlined
def _is_near(codes: Codes, end: int, start: int, gaps: Gaps) -> bool:
    """Whether the parts of a word stand near each other with no stop between."""
    reach = gaps.en if codes[start] < 128 else gaps.zh
    at = end
    while at < start and at - end < reach and not gaps.stop[codes[at]]:
        at += 1
    return at == start


@inlined
def _write_marks(known: NDArray[np.int32], codes: Codes, marks: Ints) -> None:
    """Writes the mark of each sign of a text, and nought behind them."""
    for at in range(len(codes)):
        marks[at] = known[codes[at]]
    marks[len(codes)] = 0


@compiled(types.i8, CHART, TEXTS, WORDS, COLUMNS)
def found_in(chart: Chart, texts: Texts, words: Words, hits: Columns) -> int:
    """Writes the hits in order, as many as there is room for; how many there are."""
    size, here = 0, np.empty(len(chart.spread) + 1, np.int64)  # the words that begin at a place, the shorter first
    marks = np.empty(longest(texts) + 1, np.int64)
    for text in range(len(texts.starts)):
        first, stop = texts.starts[text], texts.ends[text]
        _write_marks(chart.marks, texts.codes[first:stop], marks)
        for at in range(first, stop):
            node = marks[at - first]
            here[0] = chart.single[node]
            reach = min(stop - at - 1, len(chart.spread)) if node and may_begin(chart, node, marks[at - first + 1]) else 0
            count, length = int(here[0] >= 0), 1
            while length <= reach:
                place = onward(chart, length, node, marks[at - first + length])
                if place < 0:
                    break
                here[count] = word_at(chart, place)
                count += int(here[count] >= 0)
                node = place - chart.cells_from[length - 1]
                length += 1
            for n in range(count - 1, -1, -1):
                end = at + words.length[here[n]]
                if not _is_whole(texts.codes, at, end, words.open[here[n]]):
                    continue
                if size < len(hits.word):
                    hits.word[size], hits.text[size], hits.start[size], hits.end[size] = here[n], text, at, end
                size += 1
    return size


@inlined
def _is_behind(hits: Columns, at: int, start: int, end: int, word: int) -> bool:
    """Whether a hit comes after another one: a later start, or as early and shorter, or else a higher word."""
    if hits.start[at] != start:
        return bool(hits.start[at] > start)
    if hits.end[at] != end:
        return bool(hits.end[at] < end)
    return bool(hits.word[at] > word)


@inlined
def _put_back(hits: Columns, last: int) -> None:
    """Moves the last hit to its place among those of its text before it, which are in order."""
    word, start, end = hits.word[last], hits.start[last], hits.end[last]
    place = last
    while place > 0 and _is_behind(hits, place - 1, start, end, word):
        hits.word[place], hits.start[place], hits.end[place] = hits.word[place - 1], hits.start[place - 1], hits.end[place - 1]
        place -= 1
    hits.word[place], hits.start[place], hits.end[place] = word, start, end


@compiled(types.i8, U4, GAPS, COLUMNS, COLUMNS)
def joined_in(codes: Codes, gaps: Gaps, hits: Columns, whole: Columns) -> int:
    """Writes the hits with those of words in two parts, in order, as many as there is room for; how many there are. Of a first part that
    stands in front of a second one more than once the last counts."""
    size, room, seen = 0, len(whole.word), 0
    for second in range(len(hits.word)):
        word, start, end = hits.word[second], hits.start[second], hits.end[second]
        seen = (
            seen if second and hits.text[second] == hits.text[second - 1] else 0
        )  # a bit for each word of the text: the same for one in 64
        if size < room:
            whole.word[size], whole.text[size], whole.start[size], whole.end[size] = word, hits.text[second], start, end
        size += 1
        for gap in range(gaps.first[word], gaps.first[word + 1]):
            if not seen >> gaps.part[gap] % _BITS & 1:
                continue
            at = second - 1
            while at >= 0 and hits.start[at] >= start - gaps.back and (hits.word[at] != gaps.part[gap] or hits.end[at] > start):
                at -= 1
            if at < 0 or hits.start[at] < start - gaps.back or not _is_near(codes, hits.end[at], start, gaps):
                continue
            if size < room:
                whole.word[size], whole.text[size], whole.start[size], whole.end[size] = gaps.word[gap], hits.text[at], hits.start[at], end
                _put_back(whole, size)
            size += 1
        seen |= 1 << word % _BITS
    return size


def find(words: tuple[str, ...], body: Corpus) -> Hits:
    """What match.find finds."""
    return _filled(len(body.codes) // 2, lambda room: found_in(chart(trie_of(words)), texts_of(body), _words(words), room))


def with_gaps(lexicon: Lexicon, body: Corpus, hits: Hits) -> Hits:
    """What near.gapped makes of them."""
    known = Columns(hits.word, hits.text, hits.start, hits.end)
    return _filled(len(hits.word) * 2, lambda room: joined_in(body.codes, _gaps(lexicon), known, room))


def _filled(room: int, fill: Callable[[Columns], int]) -> Hits:
    """Hits that are written into columns, which are made again if they have too little room."""
    columns = Columns(*(np.empty(room, dtype=np.int64) for _ in Columns._fields))
    size = fill(columns)
    return Hits(*(column[:size] for column in columns)) if size <= room else _filled(size, fill)


@lru_cache(maxsize=8)
def _words(words: tuple[str, ...]) -> Words:
    lengths, open_left, open_right = edges(words)
    return Words(lengths, (open_left * OPEN_LEFT + open_right * OPEN_RIGHT).astype(np.uint8))


@lru_cache(maxsize=4)
def _gaps(lexicon: Lexicon) -> Gaps:
    word, part, second = lexicon.gaps[np.argsort(lexicon.gaps[:, 2], kind="stable")].T
    first = np.searchsorted(second, np.arange(len(lexicon.words) + 1))
    longest = int(lexicon.lengths[part].max(initial=0))
    stop = stops_between(lexicon.tag_words.ands)
    return Gaps(first, part.copy(), word.copy(), stop, GAP_ZH, GAP_EN, max(GAP_ZH, GAP_EN) + longest)
