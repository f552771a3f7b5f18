"""What part a word plays in its sentence: bought to make something else of it, or the place that something else is built at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.match import Hits
from greenfin.tag.normalise import Corpus
from greenfin.tag.packed import places

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_BEFORE, _BEHIND = 12, 6  # characters between a word and the "at" or "for" before it, and the verb behind it
_FAR = 12  # characters between what is served and what serves it
_NONE = -1


def bought(hits: Hits, *, buys: Hits, makes: Hits, texts: Flags) -> Flags:
    """Hits that a word of buying governs in the texts that also speak of making: of such words the last one before them is of buying
    ("采购铜管，生产空调": the tubes, and not the air conditioners)."""
    found = np.zeros(len(hits.start), dtype=np.bool_)
    at = places(texts[hits.text])
    if not len(at):
        return found
    start, text = hits.start[at], hits.text[at]
    found[at] = _last(buys, texts, start, text) > _last(makes, texts, start, text)
    return found


def hosting(body: Corpus, hits: Hits, *, signs: Ints, verbs: Hits, stops: Ints) -> Flags:
    """Hits between a sign of place or benefit and a verb of building or serving ("在污水处理厂建设光伏", "向医院供热"), in one clause."""
    found = np.zeros(len(hits.start), dtype=np.bool_)
    if not len(signs) or not len(verbs.start):
        return found
    before = np.searchsorted(signs, hits.start) - 1
    at = places((before >= 0) & (hits.start - signs[np.maximum(before, 0)] <= _BEFORE))
    starts = np.append(verbs.start, len(body.text) + _BEFORE + _BEHIND)
    verb = starts[np.searchsorted(starts, hits.end[at])]
    near = verb - hits.end[at] <= _BEHIND
    at, verb = at[near], verb[near]
    found[at] = np.searchsorted(stops, verb) == np.searchsorted(stops, signs[before[at]])
    return found


def behind(body: Corpus, goods: Hits, *, assets: Hits, served: Flags, stops: Ints) -> Flags:
    """Goods or works that close a clause behind an asset that is only ``served`` by them ("为光伏电站建设道路"), no other asset between
    or behind."""
    if not len(goods.start) or not served.any():
        return np.zeros(len(goods.start), dtype=np.bool_)
    order = np.argsort(assets.end)
    ends = assets.end[order]
    last = np.searchsorted(ends, goods.start, side="right") - 1
    before = order[np.maximum(last, 0)]
    clause = np.append(stops, len(body.text))[np.searchsorted(stops, goods.end)]
    following = np.append(assets.start, len(body.text) + 1)[np.searchsorted(assets.start, goods.start)]
    near = (last >= 0) & served[before] & (goods.start - assets.end[before] <= _FAR) & (following >= clause)
    near[near] = np.searchsorted(stops, goods.start[near]) == np.searchsorted(stops, assets.end[before[near]])
    return near


def _last(verbs: Hits, texts: Flags, start: Ints, text: Ints) -> Ints:
    """Where the last of the verbs that ends on or before each place of the same text ends; -1: none."""
    kept = places(texts[verbs.text])
    ends, of = verbs.end[kept], verbs.text[kept]
    order = np.argsort(ends)
    ends, of = ends[order], of[order]
    at = np.searchsorted(ends, start, side="right") - 1
    return np.where((at >= 0) & (of[np.maximum(at, 0)] == text), ends[np.maximum(at, 0)], _NONE)
