"""What each text says: which groups stand in it, where, which leaf words, which numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.facts import in_names, read_facts
from greenfin.tag.lexicon import ENTRY_WORD, NAME_ONLY, PREMISES_HEAD, Edition, Lexicon
from greenfin.tag.match import Hits, find
from greenfin.tag.near import clauses, follows, gapped, modified, precedes, sentences
from greenfin.tag.normalise import Corpus, corpus

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]

_REACH_ZH, _REACH_EN = 12, 70  # how far a replacing word reaches forward, in characters
_NEGATED_ZH, _NEGATED_EN, _EXCEPTED = 10, 40, 2  # the same of a negation; how far back an exception reaches
_LENGTH_WEIGHTS = np.array([0.0, 0.30, 0.44, 0.55, 0.66, 0.74], dtype=np.float32)  # a leaf word of 0, 1, … 5 or more characters
_ORDINARY, _QUALIFIED, _MORE, _EXCLUDED = 0.28, 0.66, 0.04, 0.12
_ENTRY_WORD_LENGTH = 4
_SPECIFIC = 0.46
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
    hits = gapped(body, find(lexicon.words, body, plainly=plainly), lexicon.gaps, ands=lexicon.tag_words.ands)
    named = in_names(body, lexicon.tag_words.names, starts=hits.start, ends=hits.end)
    which, group = lexicon.links.expand(hits.word)
    meant = _Meant(hits, which, group, lexicon.kinds[group], hits.text[which])
    valid = meant.only(~(named[which] | _ignored(lexicon, body, meant=meant)))
    head = sentences(body)
    in_head = hits.start[valid.which] < head[valid.text]
    present = _present(lexicon, valid, in_head=in_head, size=len(texts))
    place = _places(lexicon, body, meant=valid.only(in_head), head=head)
    _unions(present, place, lexicon)
    present[:, lexicon.column[PREMISES_HEAD]] = _premises_heads(lexicon, body, meant=valid.only(in_head), size=len(texts))
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


def _ignored(lexicon: Lexicon, body: Corpus, *, meant: _Meant) -> Flags:
    """Words inside a longer asset word or a decoy (assets, brown and weak ones), brown words that something replaces,
    assets that are left out, papers that are said to be missing."""
    hits = meant.hits
    longer = np.zeros(len(hits.word), dtype=np.bool_)
    longer[meant.which[np.isin(meant.kind, ("asset", "decoy"))]] = True
    brown, asset = meant.kind == "brown", meant.kind == "asset"
    covered = _covered(hits, longer)[meant.which] & (brown | asset | (meant.group == lexicon.column["weak"]))

    def of(name: str) -> Hits:
        return hits.take(np.unique(meant.which[meant.group == lexicon.column[name]]))

    def behind(name: str, reach_zh: int, reach_en: int) -> Flags:
        return follows(body, hits, after=of(name), reach_zh=reach_zh, reach_en=reach_en)[meant.which]

    displaced = brown & behind("displacing", _REACH_ZH, _REACH_EN)
    excepted = precedes(body, hits, before=of("excepted"), reach=_EXCEPTED)[meant.which]
    left_out = (asset | brown) & (excepted | behind("leaving_out", _NEGATED_ZH, _NEGATED_EN))
    papers = np.isin(meant.group, lexicon.unions["papers"]) & behind("negating", _NEGATED_ZH, _NEGATED_EN)
    return np.asarray(covered | displaced | left_out | papers, dtype=np.bool_)


def _covered(hits: Hits, by: Flags) -> Flags:
    """Hits inside a longer hit of ``by`` (hits are ordered by start, longer first)."""
    reach = np.where(by, hits.end, -1)
    before = np.concatenate(([-1], np.maximum.accumulate(reach)[:-1])) if len(reach) else reach
    return np.asarray(before >= hits.end, dtype=np.bool_)


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
    clause = clauses(body, head)[meant.text]
    at = np.where(end <= clause, (end - start) / np.maximum(clause - start, 1), 0.0)
    beside = meant.hits.take(np.unique(meant.which[meant.group == lexicon.column["ancillary"]]))
    at = np.where(follows(body, meant.hits, after=beside, reach_zh=_BESIDE, reach_en=_BESIDE)[meant.which], 0.0, at)
    np.maximum.at(place, (meant.text, meant.group), at.astype(np.float32))
    return place


def _unions(present: Flags, place: Singles, lexicon: Lexicon) -> None:
    for name, columns in lexicon.unions.items():
        present[:, lexicon.column[name]] = present[:, list(columns)].any(axis=1)
        place[:, lexicon.column[name]] = place[:, list(columns)].max(axis=1)


def _premises_heads(lexicon: Lexicon, body: Corpus, *, meant: _Meant, size: int) -> Flags:
    """Texts whose object is a building or a road that an asset only describes."""
    hits = meant.hits
    buildings = hits.take(np.unique(meant.which[meant.group == lexicon.column["premises"]]))
    assets = hits.take(np.unique(meant.which[np.isin(meant.group, lexicon.unions["describing"])]))
    found = np.zeros(size, dtype=np.bool_)
    joining = lexicon.tag_words.ands + lexicon.tag_words.places
    found[buildings.text[modified(body, buildings, assets=assets, joining=joining)]] = True
    return found


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
