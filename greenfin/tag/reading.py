"""What each text says: which groups stand in it, where, which leaf words, which numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.facts import in_names, read_facts
from greenfin.tag.lexicon import ENTRY_WORD, NAME_ONLY, Edition, Lexicon
from greenfin.tag.match import Hits, find
from greenfin.tag.normalise import Corpus, corpus

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]

_REACH_ZH, _REACH_EN = 12, 70  # how far a replacing word reaches forward, in characters
_LENGTH_WEIGHTS = np.array([0.0, 0.30, 0.44, 0.55, 0.66, 0.74], dtype=np.float32)  # a leaf word of 0, 1, … 5 or more characters
_ORDINARY, _QUALIFIED, _MORE, _EXCLUDED = 0.28, 0.66, 0.04, 0.12
_ENTRY_WORD_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """A corpus read. ``present``: texts x groups; ``place``: where in its first sentence a group last ends (0..1, -1: not
    there); ``facts`` per text; ``words``: edition -> texts x leaves, what the leaf's own words weigh."""

    corpus: Corpus
    hits: Hits
    named: Flags
    counted: Flags
    present: Flags
    place: Singles
    facts: Mapping[str, Floats]
    words: Mapping[str, Singles]


def read(texts: Sequence[str], lexicon: Lexicon, *, plainly: bool = False) -> Reading:
    """All texts read in one pass (``plainly``: without the automaton)."""
    body = corpus(texts)
    hits = find(lexicon.words, body, plainly=plainly)
    named = in_names(body, hits.start, hits.end, lexicon.tag_words.names)
    which, group = lexicon.links.expand(hits.word)
    head = _heads(body)
    kinds = lexicon.kinds[group]
    tail = hits.start[which] >= head[hits.text[which]]
    ignored = named[which] | _ignored(lexicon, body, hits, which, group, kinds)
    present = _present(lexicon, hits, which, group, ~ignored, tail, len(texts))
    place = _places(lexicon, body, hits, which, group, ~ignored & ~tail, head)
    counted = np.zeros(len(hits.word), dtype=np.bool_)
    counted[which[~ignored]] = True
    _unions(present, place, lexicon)
    weak = present[:, lexicon.column["weak"]] if "weak" in lexicon.column else np.zeros(len(texts), dtype=np.bool_)
    present[:, lexicon.column[NAME_ONLY]] = _name_only(lexicon, hits, which, group, named, len(texts)) & ~weak
    words = {name: _leaf_words(lexicon, edition, hits, named, present) for name, edition in lexicon.editions.items()}
    for name, edition in lexicon.editions.items():
        present[:, lexicon.column[ENTRY_WORD]] |= _strong(lexicon, lexicon.editions[name], hits, named, len(texts))
        counted[_is_leaf_word(edition, hits)] = True
    return Reading(body, hits, named, counted, present, place, read_facts(body, lexicon.tag_words.facts), words)


def _heads(body: Corpus) -> Ints:
    """Where the first sentence of each text ends (folded position)."""
    size = len(body.text)
    codes = body.codes
    stops = np.flatnonzero((codes == ord("。")) | ((codes == ord(".")) & (np.append(codes[1:], 10) == ord(" ")))) if size else np.zeros(0)
    ends = np.append(body.starts[1:] - 1, size) if len(body.starts) else body.starts
    at = np.searchsorted(stops, body.starts + 12)
    first = np.append(stops, size + 1)[at].astype(np.int64)
    return np.asarray(np.minimum(first, ends), dtype=np.int64)


def _ignored(lexicon: Lexicon, body: Corpus, hits: Hits, which: Ints, group: Ints, kinds: NDArray[np.str_]) -> Flags:
    """Brown and weak words inside a longer asset word, and brown words that something replaces."""
    asset = np.zeros(len(hits.word), dtype=np.bool_)
    asset[which[kinds == "asset"]] = True
    covered = _covered(hits, asset)
    displacing = hits.take(np.isin(np.arange(len(hits.word)), which[group == lexicon.column["displacing"]]))
    brown = kinds == "brown"
    plain = brown | (group == lexicon.column["weak"])
    return np.asarray((plain & covered[which]) | (brown & _displaced(body, hits, displacing)[which]), dtype=np.bool_)


def _covered(hits: Hits, by: Flags) -> Flags:
    """Hits inside a longer hit of ``by`` (hits are ordered by start, longer first)."""
    reach = np.where(by, hits.end, -1)
    before = np.concatenate(([-1], np.maximum.accumulate(reach)[:-1])) if len(reach) else reach
    return np.asarray(before >= hits.end, dtype=np.bool_)


def _displaced(body: Corpus, hits: Hits, displacing: Hits) -> Flags:
    codes = body.codes
    stops = np.isin(codes, [ord(c) for c in ",;:，。；：\n"]) if len(codes) else np.zeros(0, dtype=np.bool_)
    breaks = np.concatenate(([0], np.cumsum(stops)))
    last = np.searchsorted(displacing.end, hits.start, side="right") - 1
    found = last >= 0
    end = displacing.end[np.maximum(last, 0)] if len(displacing.end) else np.zeros(len(hits.start), dtype=np.int64)
    latin = codes[hits.start] < 128 if len(codes) else np.zeros(0, dtype=np.bool_)
    near = hits.start - end <= np.where(latin, _REACH_EN, _REACH_ZH)
    return np.asarray(found & near & (breaks[hits.start] == breaks[end]), dtype=np.bool_)


def _present(lexicon: Lexicon, hits: Hits, which: Ints, group: Ints, valid: Flags, tail: Flags, size: int) -> Flags:
    """Groups in each text; a brown word after the first sentence does not count where that sentence names an asset."""
    shape = (size, len(lexicon.groups))
    head, rest = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    text = hits.text[which]
    head[text[valid & ~tail], group[valid & ~tail]] = True
    rest[text[valid & tail], group[valid & tail]] = True
    certain = head[:, list(lexicon.unions["certain_asset"])].any(axis=1)
    rest[np.ix_(certain, lexicon.kinds == "brown")] = False
    return head | rest


def _places(lexicon: Lexicon, body: Corpus, hits: Hits, which: Ints, group: Ints, valid: Flags, head: Ints) -> Singles:
    place = np.full((len(body.originals), len(lexicon.groups)), -1, dtype=np.float32)
    text = hits.text[which][valid]
    start, length = body.starts[text], np.maximum(head[text] - body.starts[text], 1)
    at = ((hits.end[which][valid] - start) / length).astype(np.float32)
    np.maximum.at(place, (text, group[valid]), at)
    return place


def _unions(present: Flags, place: Singles, lexicon: Lexicon) -> None:
    for name, columns in lexicon.unions.items():
        present[:, lexicon.column[name]] = present[:, list(columns)].any(axis=1)
        place[:, lexicon.column[name]] = place[:, list(columns)].max(axis=1)


def _name_only(lexicon: Lexicon, hits: Hits, which: Ints, group: Ints, named: Flags, size: int) -> Flags:
    """Texts in which a company's name holds an asset or a green-sounding word."""
    sounds = (lexicon.kinds[group] == "asset") | (group == lexicon.column["weak"])
    found = np.zeros(size, dtype=np.bool_)
    found[hits.text[which[named[which] & sounds]]] = True
    return found


def _is_leaf_word(edition: Edition, hits: Hits) -> Flags:
    return np.asarray(edition.entries.first[hits.word + 1] > edition.entries.first[hits.word], dtype=np.bool_)


def _strong(lexicon: Lexicon, edition: Edition, hits: Hits, named: Flags, size: int) -> Flags:
    keep = _is_leaf_word(edition, hits) & ~edition.ordinary[hits.word] & (lexicon.lengths[hits.word] >= _ENTRY_WORD_LENGTH) & ~named
    found = np.zeros(size, dtype=np.bool_)
    found[hits.text[keep]] = True
    return found


def _leaf_words(lexicon: Lexicon, edition: Edition, hits: Hits, named: Flags, present: Flags) -> Singles:
    """Texts x leaves: the best of the leaf's own words, a little more for each further one, less for an exclusion."""
    kept = hits.take(~named)
    which, leaf = edition.entries.expand(kept.word)
    text, word = kept.text[which], kept.word[which]
    weight = _LENGTH_WEIGHTS[np.minimum(lexicon.lengths[word], len(_LENGTH_WEIGHTS) - 1)]
    qualified = present[text, lexicon.column["qualifier"]]
    weight = np.where(edition.ordinary[word], np.where(qualified, _QUALIFIED, _ORDINARY), weight).astype(np.float32)
    best = np.zeros((len(present), len(edition.codes)), dtype=np.float32)
    np.maximum.at(best, (text, leaf), weight)
    count = np.zeros_like(best)
    pairs = np.unique(np.stack([text, leaf, word]), axis=1)
    np.add.at(count, (pairs[0], pairs[1]), 1)
    best += np.clip(count - 1, 0, 3).astype(np.float32) * np.where(best >= _QUALIFIED - 0.2, _MORE, 0).astype(np.float32)
    which, leaf = edition.exclusions.expand(kept.word)
    excluded = np.zeros_like(best, dtype=np.bool_)
    excluded[kept.text[which], leaf] = True
    return np.asarray(np.maximum(best - excluded * np.float32(_EXCLUDED), 0), dtype=np.float32)
