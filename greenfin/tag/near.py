"""Where words stand to each other: behind one another in a clause, in two parts with a gap, a building behind what it serves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.match import Hits, in_order
from greenfin.tag.normalise import Corpus
from greenfin.tag.packed import among

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_GAP_ZH, _GAP_EN = 6, 30  # characters between the two parts of a word
_MODIFIED, _TAIL = 8, 6  # characters between an asset and the building it describes, and from there to the clause's end
_CLAUSE_ENDS = ",;:(，。；：\n"
_SHORTEST_SENTENCE, _SHORTEST_CLAUSE = 12, 8


@dataclass(frozen=True, slots=True)
class Marks:
    """Where marks stand in a corpus: ``clauses`` the ends of clauses (texts end one), ``parts`` those and characters that join two
    things, ``joints`` the latter and those that show where or with what, ``sentences`` full stops."""

    clauses: Ints
    parts: Ints
    joints: Ints
    sentences: Ints


_CLAUSE, _AND, _PLACE, _SENTENCE = 1, 2, 4, 8


@lru_cache(maxsize=4)
def _kinds(ands: str, places: str) -> NDArray[np.uint8]:
    """For each code point which kinds of mark it is."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for kind, chars in ((_CLAUSE, _CLAUSE_ENDS), (_AND, ands), (_PLACE, places), (_SENTENCE, ".。")):
        table[[ord(c) for c in set(chars)]] |= kind
    return table


def marks(body: Corpus, *, ands: str, places: str) -> Marks:
    """All marks of a corpus. A full stop ends a sentence only before a space."""
    kinds = _kinds(ands, places)[body.codes]
    stops = np.flatnonzero(kinds & _SENTENCE)
    spaced = (body.codes[stops] != ord(".")) | (body.codes[np.minimum(stops + 1, len(body.codes) - 1)] == ord(" "))
    clauses, parts, joints = (np.flatnonzero(kinds & which) for which in (_CLAUSE, _CLAUSE | _AND, _AND | _PLACE))
    return Marks(clauses, parts, joints, stops[spaced])


def sentences(body: Corpus, stops: Ints) -> Ints:
    """Where the first sentence of each text ends (folded position); a stop in the first few characters does not end one."""
    return _first_behind(stops, body.starts + _SHORTEST_SENTENCE, body.ends)


def clauses(body: Corpus, head: Ints, stops: Ints) -> Ints:
    """Where the first clause of each text ends; one of a few characters does not count as one."""
    return _first_behind(stops, body.starts + _SHORTEST_CLAUSE, head)


def _first_behind(stops: Ints, at: Ints, latest: Ints) -> Ints:
    """The first stop on or behind each place, or the latest one allowed."""
    if not len(stops):
        return latest
    found = np.searchsorted(stops, at)
    return np.where(found < len(stops), np.minimum(stops[np.minimum(found, len(stops) - 1)], latest), latest)


def follows(body: Corpus, hits: Hits, *, after: Hits, reach_zh: int, reach_en: int, stops: Ints) -> Flags:
    """Hits that stand within reach behind one of the others, in the same clause."""
    if not len(after.end):
        return np.zeros(len(hits.start), dtype=np.bool_)
    return _joined(body, _end_before(after, hits.start), hits.start, stops=stops, reach=(reach_zh, reach_en))


def precedes(hits: Hits, *, before: Hits, reach: int, stops: Ints) -> Flags:
    """Hits that stand within reach in front of one of the others, in the same clause."""
    if not len(before.start):
        return np.zeros(len(hits.start), dtype=np.bool_)
    starts = np.append(np.sort(before.start), np.iinfo(np.int64).max)
    start = starts[np.searchsorted(starts, hits.end)]
    near = start - hits.end <= reach
    near[near] = _unbroken(stops, hits.end[near], start[near])
    return near


def gapped(body: Corpus, hits: Hits, gaps: Ints, *, stops: Ints) -> Hits:
    """The hits with those of words in two parts (rows of word, first part, second part) added, in order; the parts of one
    stand near each other with no stop between."""
    if not len(gaps) or not len(hits.word):
        return hits
    words = int(max(hits.word.max(), gaps.max())) + 1
    ahead, second = (np.flatnonzero(among(words, gaps[:, part].tolist())[hits.word]) for part in (1, 2))
    second = second[
        _joined(body, _end_before(hits.take(ahead), hits.start[second]), hits.start[second], stops=stops, reach=(_GAP_ZH, _GAP_EN))
    ]
    size = len(body.text) + 1
    keys = hits.word[ahead] * size + hits.end[ahead]
    order = np.argsort(keys)
    gap, behind = _second_parts(hits.word[second], gaps)
    behind = second[behind]
    last = np.searchsorted(keys[order], gaps[gap, 1] * size + hits.start[behind], side="right") - 1
    gap, behind, last = gap[last >= 0], behind[last >= 0], last[last >= 0]
    from_ = ahead[order[last]]  # the last first part that ends on or before each second part
    near = _joined(body, hits.end[from_], hits.start[behind], stops=stops, reach=(_GAP_ZH, _GAP_EN))
    near &= hits.word[from_] == gaps[gap, 1]
    word, start, end = gaps[gap[near], 0], hits.start[from_[near]], hits.end[behind[near]]
    pairs = ((hits.word, word), (hits.start, start), (hits.end, end))
    return in_order(body, *(np.concatenate(pair) for pair in pairs)) if len(word) else hits


def _second_parts(words: Ints, gaps: Ints) -> tuple[Ints, Ints]:
    """(row of gaps, index) for each of the words and each word that it is the second part of."""
    order = np.argsort(gaps[:, 2], kind="stable")
    second = gaps[order, 2]
    first, last = (np.searchsorted(second, words, side=side) for side in ("left", "right"))
    counts = last - first
    hit = np.repeat(np.arange(len(counts)), counts)
    return order[np.arange(len(hit)) - np.repeat(np.cumsum(counts) - counts, counts) + first[hit]], hit


def modified(body: Corpus, buildings: Hits, *, assets: Hits, joints: Ints, stops: Ints) -> Flags:
    """Buildings that close a clause right behind an asset that only says what they are for (a road to a sewage plant), with
    none of the ``joints`` between."""
    if not len(buildings.start) or not len(assets.start):
        return np.zeros(len(buildings.start), dtype=np.bool_)
    clause = stops[np.searchsorted(stops, buildings.end)]
    end = _end_before(assets, buildings.start)
    behind = _joined(body, end, buildings.start, stops=stops, reach=(_MODIFIED, -1)) & (clause - buildings.end <= _TAIL)
    next_asset = np.append(assets.start, len(body.text) + 1)[np.searchsorted(assets.start, buildings.start)]
    behind &= next_asset >= clause
    behind[behind] = _unbroken(joints, end[behind], buildings.start[behind])
    return behind


_FAR = -(10**6)


def _end_before(hits: Hits, starts: Ints) -> Ints:
    """For each start the last end of the hits on or before it; far away where there is none."""
    ends = np.concatenate(([_FAR], np.sort(hits.end)))
    return np.asarray(ends[np.searchsorted(ends, starts, side="right") - 1], dtype=np.int64)


def _unbroken(stops: Ints, end: Ints, start: Ints) -> Flags:
    """Whether no stop stands between."""
    return np.asarray(np.searchsorted(stops, start) == np.searchsorted(stops, end), dtype=np.bool_)


def _joined(body: Corpus, end: Ints, start: Ints, *, stops: Ints, reach: tuple[int, int]) -> Flags:
    """Whether ``start`` lies within reach (Chinese, Latin) behind ``end`` with no stop between."""
    far = start - end
    near = (end >= 0) & (far >= 0) & (far <= max(reach))
    some = np.flatnonzero(near)
    latin = body.codes[start[some]] < 128
    within = far[some] <= np.where(latin, reach[1], reach[0])
    near[some] = within & _unbroken(stops, end[some], start[some])
    return near
