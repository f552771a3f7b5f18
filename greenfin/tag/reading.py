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
_CLAUSE_ENDS = ",;:，。；：\n"
_SPECIFIC = 0.46
_SHORTEST_SENTENCE, _SHORTEST_CLAUSE = 12, 8
_BESIDE = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """A corpus read.

    ``counted``: hits outside names that nothing outweighs; ``present``: texts x groups; ``place``: where in its first sentence
    a group last ends (0..1, -1: not there); ``facts`` per text; ``words``: edition -> texts x leaves, what the leaf's own words weigh.
    """

    corpus: Corpus
    hits: Hits
    counted: Flags
    present: Flags
    place: Singles
    facts: Mapping[str, Floats]
    words: Mapping[str, Singles]


@dataclass(frozen=True, slots=True)
class _Meant:
    """Each hit once for each group its word belongs to: which hit, which group, the group's kind, the hit's text."""

    hits: Hits
    which: Ints
    group: Ints
    kind: NDArray[np.str_]
    text: Ints

    def only(self, keep: Flags) -> _Meant:
        """Some of them."""
        return _Meant(self.hits, self.which[keep], self.group[keep], self.kind[keep], self.text[keep])


def read(texts: Sequence[str], lexicon: Lexicon, *, plainly: bool = False) -> Reading:
    """All texts read in one pass (``plainly``: without the automaton)."""
    body = corpus(texts)
    hits = find(lexicon.words, body, plainly=plainly)
    named = in_names(body, lexicon.tag_words.names, starts=hits.start, ends=hits.end)
    which, group = lexicon.links.expand(hits.word)
    meant = _Meant(hits, which, group, lexicon.kinds[group], hits.text[which])
    valid = meant.only(~(named[which] | _ignored(lexicon, body, meant=meant)))
    head = _heads(body)
    in_head = hits.start[valid.which] < head[valid.text]
    present = _present(lexicon, valid, in_head=in_head, size=len(texts))
    place = _places(lexicon, body, meant=valid.only(in_head), head=head)
    _unions(present, place, lexicon)
    sounding = _sounding_names(lexicon, meant, named=named, size=len(texts))
    present[:, lexicon.column[NAME_ONLY]] = sounding & ~present[:, lexicon.column["weak"]]
    words = {name: _leaf_words(lexicon, edition, hits=hits.take(~named), present=present) for name, edition in lexicon.editions.items()}
    counted = np.zeros(len(hits.word), dtype=np.bool_)
    counted[valid.which] = True
    for edition in lexicon.editions.values():
        leaf_word = edition.entries.first[hits.word + 1] > edition.entries.first[hits.word]
        counted |= leaf_word & ~named
        strong = leaf_word & ~named & ~edition.ordinary[hits.word] & (lexicon.lengths[hits.word] >= _ENTRY_WORD_LENGTH)
        present[hits.text[strong], lexicon.column[ENTRY_WORD]] = True
    return Reading(body, hits, counted, present, place, read_facts(body, lexicon.tag_words.facts), words)


def _heads(body: Corpus) -> Ints:
    """Where the first sentence of each text ends (folded position); a stop in the first few characters does not end one."""
    codes, size = body.codes, len(body.text)
    spaced = (codes == ord(".")) & (np.append(codes[1:], ord("\n")) == ord(" "))
    stops = np.append(np.flatnonzero((codes == ord("。")) | spaced), size + 1)
    first = stops[np.searchsorted(stops[:-1], body.starts + _SHORTEST_SENTENCE)]
    return np.asarray(np.minimum(first, np.append(body.starts[1:] - 1, size)), dtype=np.int64)


def _ignored(lexicon: Lexicon, body: Corpus, *, meant: _Meant) -> Flags:
    """Words inside a longer asset word (assets, brown and weak ones), and brown words that something replaces."""
    hits = meant.hits
    asset = np.zeros(len(hits.word), dtype=np.bool_)
    asset[meant.which[meant.kind == "asset"]] = True
    displacing = hits.take(np.unique(meant.which[meant.group == lexicon.column["displacing"]]))
    brown = meant.kind == "brown"
    plain = brown | (meant.kind == "asset") | (meant.group == lexicon.column["weak"])
    covered = _covered(hits, asset)[meant.which]
    displaced = _follows(body, hits, after=displacing, reach_zh=_REACH_ZH, reach_en=_REACH_EN)[meant.which]
    return np.asarray((plain & covered) | (brown & displaced), dtype=np.bool_)


def _covered(hits: Hits, by: Flags) -> Flags:
    """Hits inside a longer hit of ``by`` (hits are ordered by start, longer first)."""
    reach = np.where(by, hits.end, -1)
    before = np.concatenate(([-1], np.maximum.accumulate(reach)[:-1])) if len(reach) else reach
    return np.asarray(before >= hits.end, dtype=np.bool_)


def _follows(body: Corpus, hits: Hits, *, after: Hits, reach_zh: int, reach_en: int) -> Flags:
    """Hits that stand within reach behind one of the others, in the same clause."""
    codes = body.codes
    stops = np.isin(codes, [ord(c) for c in _CLAUSE_ENDS])
    breaks = np.concatenate(([0], np.cumsum(stops)))
    last = np.searchsorted(after.end, hits.start, side="right") - 1
    found = last >= 0
    end = after.end[np.maximum(last, 0)] if len(after.end) else np.zeros(len(hits.start), dtype=np.int64)
    latin = codes[hits.start] < 128 if len(codes) else np.zeros(0, dtype=np.bool_)
    near = hits.start - end <= np.where(latin, reach_en, reach_zh)
    return np.asarray(found & near & (breaks[hits.start] == breaks[end]), dtype=np.bool_)


def _present(lexicon: Lexicon, valid: _Meant, *, in_head: Flags, size: int) -> Flags:
    """Groups in each text; a brown word after the first sentence does not count where that sentence names an asset."""
    head = np.zeros((size, len(lexicon.groups)), dtype=np.bool_)
    rest = np.zeros_like(head)
    head[valid.text[in_head], valid.group[in_head]] = True
    rest[valid.text[~in_head], valid.group[~in_head]] = True
    certain = head[:, list(lexicon.unions["certain_asset"])].any(axis=1)
    rest[np.ix_(certain, lexicon.kinds == "brown")] = False
    return np.asarray(head | rest, dtype=np.bool_)


def _places(lexicon: Lexicon, body: Corpus, *, meant: _Meant, head: Ints) -> Singles:
    """Where each group last ends in the first clause (0..1); 0: in a later clause, or as something beside; -1: not in the head."""
    place = np.full((len(body.originals), len(lexicon.groups)), -1, dtype=np.float32)
    start, end = body.starts[meant.text], meant.hits.end[meant.which]
    clause = _first_clauses(body, head)[meant.text]
    at = np.where(end <= clause, (end - start) / np.maximum(clause - start, 1), 0.0)
    beside = meant.hits.take(np.unique(meant.which[meant.group == lexicon.column["ancillary"]]))
    at = np.where(_follows(body, meant.hits, after=beside, reach_zh=_BESIDE, reach_en=_BESIDE)[meant.which], 0.0, at)
    np.maximum.at(place, (meant.text, meant.group), at.astype(np.float32))
    return place


def _first_clauses(body: Corpus, head: Ints) -> Ints:
    """Where the first clause of each text ends; one of a few characters does not count as one."""
    stops = np.append(np.flatnonzero(np.isin(body.codes, [ord(c) for c in _CLAUSE_ENDS])), len(body.text) + 1)
    first = stops[np.searchsorted(stops[:-1], body.starts + _SHORTEST_CLAUSE)]
    return np.asarray(np.minimum(first, head), dtype=np.int64)


def _unions(present: Flags, place: Singles, lexicon: Lexicon) -> None:
    for name, columns in lexicon.unions.items():
        present[:, lexicon.column[name]] = present[:, list(columns)].any(axis=1)
        place[:, lexicon.column[name]] = place[:, list(columns)].max(axis=1)


def _sounding_names(lexicon: Lexicon, meant: _Meant, *, named: Flags, size: int) -> Flags:
    """Texts in which a company's name holds an asset or a green-sounding word."""
    sounds = (meant.kind == "asset") | np.isin(meant.group, [lexicon.column["weak"], lexicon.column["sounding"]])
    found = np.zeros(size, dtype=np.bool_)
    found[meant.text[named[meant.which] & sounds]] = True
    return found


def _leaf_words(lexicon: Lexicon, edition: Edition, *, hits: Hits, present: Flags) -> Singles:
    """Texts x leaves: the best of the leaf's own words, a little more for each further one, less for an exclusion."""
    which, leaf = edition.entries.expand(hits.word)
    text, word = hits.text[which], hits.word[which]
    weight = _LENGTH_WEIGHTS[np.minimum(lexicon.lengths[word], len(_LENGTH_WEIGHTS) - 1)]
    qualified = np.where(present[text, lexicon.column["qualifier"]], _QUALIFIED, _ORDINARY)
    best = np.zeros((len(present), len(edition.codes)), dtype=np.float32)
    np.maximum.at(best, (text, leaf), np.where(edition.ordinary[word], qualified, weight).astype(np.float32))
    pairs = np.unique(np.stack([text, leaf, word]), axis=1)
    count = np.zeros_like(best)
    np.add.at(count, (pairs[0], pairs[1]), 1)
    best += np.where(best >= _SPECIFIC, np.clip(count - 1, 0, 3) * np.float32(_MORE), 0)
    which, leaf = edition.exclusions.expand(hits.word)
    best[hits.text[which], leaf] -= np.float32(_EXCLUDED)  # once, however often it stands there
    return np.asarray(np.maximum(best, 0), dtype=np.float32)
