"""Where words stand to each other: behind one another in a clause, in two parts with a gap, a building behind what it serves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.match import Hits
from greenfin.tag.normalise import Corpus

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_GAP_ZH, _GAP_EN = 6, 30  # characters between the two parts of a word
_MODIFIED, _TAIL = 8, 6  # characters between an asset and the building it describes, and from there to the clause's end
_CLAUSE_ENDS = ",;:(，。；：\n"
_SHORTEST_SENTENCE, _SHORTEST_CLAUSE = 12, 8


def sentences(body: Corpus) -> Ints:
    """Where the first sentence of each text ends (folded position); a stop in the first few characters does not end one."""
    codes, size = body.codes, len(body.text)
    spaced = (codes == ord(".")) & (np.append(codes[1:], ord("\n")) == ord(" "))
    stops = np.append(np.flatnonzero((codes == ord("。")) | spaced), size + 1)
    first = stops[np.searchsorted(stops[:-1], body.starts + _SHORTEST_SENTENCE)]
    return np.asarray(np.minimum(first, np.append(body.starts[1:] - 1, size)), dtype=np.int64)


def clauses(body: Corpus, head: Ints) -> Ints:
    """Where the first clause of each text ends; one of a few characters does not count as one."""
    stops = np.append(np.flatnonzero(np.isin(body.codes, [ord(c) for c in _CLAUSE_ENDS])), len(body.text) + 1)
    first = stops[np.searchsorted(stops[:-1], body.starts + _SHORTEST_CLAUSE)]
    return np.asarray(np.minimum(first, head), dtype=np.int64)


def follows(body: Corpus, hits: Hits, *, after: Hits, reach_zh: int, reach_en: int) -> Flags:
    """Hits that stand within reach behind one of the others, in the same clause."""
    end = _end_before(after, hits.start)
    return _joined(body, end, hits.start, breaks=_breaks(body), reach=(reach_zh, reach_en))


def precedes(body: Corpus, hits: Hits, *, before: Hits, reach: int) -> Flags:
    """Hits that stand within reach in front of one of the others, in the same clause."""
    starts = np.append(np.sort(before.start), len(body.text))
    start = starts[np.searchsorted(starts[:-1], hits.end)]
    breaks = _breaks(body)
    return np.asarray((start - hits.end <= reach) & (breaks[start] == breaks[hits.end]) & (start < len(body.text)), dtype=np.bool_)


def gapped(body: Corpus, hits: Hits, gaps: Ints, *, ands: str) -> Hits:
    """The hits with those of words in two parts (rows of word, first part, second part) added, in order; the parts of one
    stand in one clause with none of ``ands`` between."""
    if not len(gaps) or not len(hits.word):
        return hits
    order = np.argsort(hits.word, kind="stable")
    sizes = np.searchsorted(hits.word[order], np.arange(gaps.max() + 2))
    here = (sizes[gaps[:, 1:] + 1] > sizes[gaps[:, 1:]]).all(axis=1)
    breaks = _breaks(body, _CLAUSE_ENDS + ands)
    found = [_pair(body, hits, order=order, sizes=sizes, gap=gap, breaks=breaks) for gap in gaps[here]]
    word, text, start, end = (np.concatenate(part) for part in zip((hits.word, hits.text, hits.start, hits.end), *found, strict=True))
    return Hits(word, text, start, end).take(np.lexsort((word, -end, start)))


_Pair = tuple[Ints, Ints, Ints, Ints]


def _pair(body: Corpus, hits: Hits, *, order: Ints, sizes: Ints, gap: Ints, breaks: Ints) -> _Pair:
    """Word, text, start, end of each place where the second part stands near behind the first."""
    word, first, second = (int(n) for n in gap)
    ahead, behind = (order[sizes[part] : sizes[part + 1]] for part in (first, second))
    last = np.searchsorted(hits.end[ahead], hits.start[behind], side="right") - 1
    from_ = ahead[np.maximum(last, 0)]
    near = (last >= 0) & _joined(body, hits.end[from_], hits.start[behind], breaks=breaks, reach=(_GAP_ZH, _GAP_EN))
    behind, from_ = behind[near], from_[near]
    return np.full(len(behind), word, dtype=np.int64), hits.text[behind], hits.start[from_], hits.end[behind]


def modified(body: Corpus, buildings: Hits, *, assets: Hits, joining: str) -> Flags:
    """Buildings that close a clause right behind an asset that only says what they are for (a road to a sewage plant), with
    none of the ``joining`` characters between."""
    stops = np.append(np.flatnonzero(_marks(body, _CLAUSE_ENDS)), len(body.text))
    clause = stops[np.minimum(np.searchsorted(stops, buildings.end), len(stops) - 1)]
    end = _end_before(assets, buildings.start)
    behind = _joined(body, end, buildings.start, breaks=_breaks(body), reach=(_MODIFIED, -1))
    joins = _breaks(body, joining)
    later = np.append(assets.start, len(body.text) + 1)[np.searchsorted(assets.start, buildings.start)] < clause
    return np.asarray(
        behind & (joins[buildings.start] == joins[np.maximum(end, 0)]) & ~later & (clause - buildings.end <= _TAIL), dtype=np.bool_
    )


_FAR = -(10**6)


def _end_before(hits: Hits, starts: Ints) -> Ints:
    """For each start the last end of the hits on or before it; far away where there is none."""
    ends = np.concatenate(([_FAR], np.sort(hits.end)))
    return np.asarray(ends[np.searchsorted(ends, starts, side="right") - 1], dtype=np.int64)


def _marks(body: Corpus, chars: str) -> Flags:
    return np.isin(body.codes, [ord(c) for c in chars])


def _breaks(body: Corpus, chars: str = _CLAUSE_ENDS) -> Ints:
    return np.concatenate(([0], np.cumsum(_marks(body, chars))))


def _joined(body: Corpus, end: Ints, start: Ints, *, breaks: Ints, reach: tuple[int, int]) -> Flags:
    """Whether ``start`` lies within reach (Chinese, Latin) behind ``end`` with no stop between."""
    latin = body.codes[start] < 128 if len(body.codes) else np.zeros(0, dtype=np.bool_)
    near = (end >= 0) & (start - end <= np.where(latin, reach[1], reach[0]))
    return np.asarray(near & (start >= end) & (breaks[start] == breaks[np.maximum(end, 0)]), dtype=np.bool_)
