"""Where words stand to each other: behind one another in a clause, in two parts with a gap, a building behind what it serves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.match import Hits
from greenfin.tag.normalise import Corpus
from greenfin.tag.packed import among, rows_of

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

GAP_ZH, GAP_EN = 6, 30  # characters between the two parts of a word
_MODIFIED, _TAIL = 8, 6  # characters between an asset and the building it describes, and from there to the clause's end
_CLAUSE_ENDS = ",;:(，。；：\n"
_SHORTEST_SENTENCE, _SHORTEST_CLAUSE = 12, 8


@dataclass(frozen=True, slots=True)
class Marks:
    """Where marks stand in a corpus: ``clauses`` the ends of clauses (texts end one), ``parts`` those and characters that join two
    things, ``joints`` the latter and those that show where or with what, ``sentences`` full stops, ``hosts`` characters that say where
    or for whom."""

    clauses: Ints
    parts: Ints
    joints: Ints
    sentences: Ints
    hosts: Ints


_CLAUSE, _AND, _PLACE, _SENTENCE, _HOST = 1, 2, 4, 8, 16


@lru_cache(maxsize=4)
def _kinds(ands: str, places: str, hosts: str) -> NDArray[np.uint8]:
    """For each code point which kinds of mark it is."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for kind, chars in ((_CLAUSE, _CLAUSE_ENDS), (_AND, ands), (_PLACE, places), (_SENTENCE, ".。"), (_HOST, hosts)):
        table[[ord(c) for c in set(chars)]] |= kind
    return table


def stops_between(ands: str) -> NDArray[np.uint8]:
    """For each code point above 0 if it may not stand between the parts of a word."""
    return _kinds(ands, "", "") & np.uint8(_CLAUSE | _AND)


def marks(body: Corpus, *, ands: str, places: str, hosts: str = "") -> Marks:
    """All marks of a corpus. A full stop ends a sentence only before a space."""
    kinds = _kinds(ands, places, hosts)[body.codes]
    at = np.flatnonzero(kinds > 0)
    kinds = kinds.take(at)
    wanted = (_CLAUSE, _CLAUSE | _AND, _AND | _PLACE, _SENTENCE, _HOST)
    clauses, parts, joints, stops, host = (at.take(np.flatnonzero(kinds & which > 0)) for which in wanted)
    spaced = (body.codes[stops] != ord(".")) | (body.codes[np.minimum(stops + 1, len(body.codes) - 1)] == ord(" "))
    return Marks(clauses, parts, joints, stops[spaced], host)


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
    return _joined(body, _end_before(after.end, hits.start), hits.start, stops=stops, reach=(reach_zh, reach_en))


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
    first, second, held = _near_parts(hits, gaps, stops)
    gap, behind = _second_parts(hits.word[second], gaps, int(max(hits.word.max(), gaps.max())) + 1)
    some = np.flatnonzero(held[behind] & _bit(gaps[gap, 1]))
    gap, behind = gap[some], second[behind[some]]
    size = len(body.text) + 1
    keys = hits.word[first] * size + hits.end[first]
    order = np.argsort(keys)
    last = np.searchsorted(keys[order], gaps[gap, 1] * size + hits.start[behind], side="right") - 1
    from_ = first[order[last]]  # the last first part that ends on or before each second part
    same = np.flatnonzero((last >= 0) & (hits.word[from_] == gaps[gap, 1]))
    gap, behind, from_ = gap[same], behind[same], from_[same]
    near = _joined(body, hits.end[from_], hits.start[behind], stops=stops, reach=(GAP_ZH, GAP_EN))
    return _with(hits, Hits(gaps[gap[near], 0], hits.text[behind[near]], hits.start[from_[near]], hits.end[behind[near]]))


def _near_parts(hits: Hits, gaps: Ints, stops: Ints) -> tuple[Ints, Ints, Ints]:
    """The first parts of words in two parts, the second parts of a word whose first part may stand between the same stops, and the
    bits of all first parts there."""
    words = int(max(hits.word.max(), gaps.max())) + 1
    wanted = np.zeros(words, dtype=np.int64)
    np.bitwise_or.at(wanted, gaps[:, 2], _bit(gaps[:, 1]))
    first, second = (np.flatnonzero(among(words, gaps[:, part].tolist())[hits.word]) for part in (1, 2))
    held = np.zeros(len(stops) + 1, dtype=np.int64)
    np.bitwise_or.at(held, np.searchsorted(stops, hits.end[first]), _bit(hits.word[first]))
    held = held[np.searchsorted(stops, hits.start[second])]
    may = np.flatnonzero(held & wanted[hits.word[second]])
    return first, second[may], held[may]


def _bit(words: Ints) -> Ints:
    """A bit for each word: the same for one in 64."""
    return np.left_shift(1, words % 64)


def _with(hits: Hits, more: Hits) -> Hits:
    """Hits in order with a few more."""
    longest = int(max((h.end - h.start).max(initial=0) for h in (hits, more)))
    words = int(max(h.word.max(initial=0) for h in (hits, more))) + 1
    keys, other = ((h.start * (longest + 1) + longest - (h.end - h.start)) * words + h.word for h in (hits, more))
    order = np.argsort(other)
    size = len(keys)
    at = np.insert(np.arange(size), np.searchsorted(keys, other[order]), size + order)
    return Hits(*(np.concatenate((getattr(hits, name), getattr(more, name)))[at] for name in Hits.__slots__))


def _second_parts(words: Ints, gaps: Ints, size: int) -> tuple[Ints, Ints]:
    """(row of gaps, index) for each of the words (numbers below ``size``) and each word that it is the second part of."""
    order = np.argsort(gaps[:, 2], kind="stable")
    hit, row = rows_of(gaps[order, 2], size).expand(words)
    return order[row], hit


def modified(body: Corpus, buildings: Hits, *, assets: Hits, joints: Ints, stops: Ints) -> Flags:
    """Buildings that close a clause right behind an asset that only says what they are for (a road to a sewage plant), with
    none of the ``joints`` between."""
    if not len(buildings.start) or not len(assets.start):
        return np.zeros(len(buildings.start), dtype=np.bool_)
    clause = stops[np.searchsorted(stops, buildings.end)]
    end = _end_before(assets.end, buildings.start)
    behind = _joined(body, end, buildings.start, stops=stops, reach=(_MODIFIED, -1)) & (clause - buildings.end <= _TAIL)
    next_asset = np.append(assets.start, len(body.text) + 1)[np.searchsorted(assets.start, buildings.start)]
    behind &= next_asset >= clause
    behind[behind] = _unbroken(joints, end[behind], buildings.start[behind])
    return behind


_FAR = -(10**6)


def _end_before(ends: Ints, starts: Ints) -> Ints:
    """For each start the last of the ends on or before it; far away where there is none."""
    ends = np.concatenate(([_FAR], np.sort(ends)))
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
