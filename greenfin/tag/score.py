"""What each case's candidates weigh: assets by activity and industry, the leaves' own words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.cases import Cases
from greenfin.tag.industry import AGREES
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.packed import Rows, rows_of
from greenfin.tag.reading import Reading
from greenfin.tag.signals import BUILD, CONSUME, MAKE, RETROFIT, SERVE, TRADE, UNSAID, Mentions, Signals, heads

Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]

_ASSET, _SAID, _PROJECT, _PLACE, _TAIL = 0.78, 0.06, 0.06, 0.05, 0.12
_HIGHEST = int(np.float32(1).view(np.int32))
_WRONG_ACTIVITY, _DESCRIBES = 0.3, 0.12
_KIND_OF = {"production": MAKE, "project": BUILD, "trade": TRADE, "consumption": CONSUME, "service": SERVE}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Leaves that speak for a case (``rows`` packs those of each), the best first; of equal ones the first of the catalogue.
    A leaf may stand there more than once. ``score`` 0..1."""

    rows: Rows
    leaf: Ints
    score: Singles

    def first(self, fits: Flags) -> tuple[Ints, Singles]:
        """For each case leaf and score of its first candidate that fits (-1 and 0: none)."""
        at = np.flatnonzero(fits)[::-1]  # of several that fit the last one written stays: the first
        leaf, score = np.full(len(self.rows.first) - 1, -1, dtype=np.int64), np.zeros(len(self.rows.first) - 1, dtype=np.float32)
        leaf[self.rows.of[at]], score[self.rows.of[at]] = self.leaf[at], self.score[at]
        return leaf, score


def candidates(cases: Cases, reading: Reading, *, said: Signals, lexicon: Lexicon, edition: Edition) -> Candidates:
    """The leaves that a case's own words or assets speak for."""
    row = edition.agreement.row(cases.industries)[cases.industry]
    words = _by_words(cases, reading, said=said, edition=edition, row=row)
    assets = _by_assets(said, row, lexicon=lexicon, edition=edition)
    case, leaf = (np.concatenate([words[n], assets[n]]) for n in (0, 1))
    score = np.clip(np.concatenate([words[2], assets[2]]), 0, 0.99).astype(np.float32) + np.float32(0)  # no minus nought
    behind = _HIGHEST - score.view(np.int32)  # scores from 0 up are ordered as their bits are, so that all can be sorted as one number
    order = np.argsort((case * (_HIGHEST + 1) + behind) * len(edition.codes) + leaf)
    return Candidates(rows_of(case[order], cases.size), leaf[order], score[order])


_Weighed = tuple[Ints, Ints, Singles]


def _by_words(cases: Cases, reading: Reading, *, said: Signals, edition: Edition, row: Ints) -> _Weighed:
    """Case, leaf, weight by the leaves' own words, shifted by activity and industry."""
    words = reading.words[edition.id]
    own, at = words.rows.expand(cases.purpose)
    there, also = words.rows.expand(cases.project)
    case, leaf = np.concatenate([own, there]), words.leaf[np.concatenate([at, also])]
    found = np.concatenate([words.weight[at], words.weight[also] - np.float32(_PROJECT)])
    kinds = np.array([_KIND_OF.get(edition.catalogue.entries[c].activity, BUILD) for c in edition.codes])[leaf]
    activity = np.where(said.activity == RETROFIT, BUILD, said.activity)[case]
    fits = activity == kinds
    unsaid = (activity == UNSAID) & ((kinds == BUILD) | (kinds == SERVE))
    serves = (kinds == SERVE) & ((activity == BUILD) | (activity == UNSAID) | (activity == SERVE))
    loose = fits | unsaid | serves | ((activity == MAKE) & (kinds == BUILD))
    shifted = found + np.where(fits, _SAID, 0) - np.where(loose, 0, _WRONG_ACTIVITY) + edition.agreement.added[row[case], leaf]
    return case, leaf, np.where(found > 0, np.maximum(shifted, 0), 0).astype(np.float32)


def _by_assets(said: Signals, row: Ints, *, lexicon: Lexicon, edition: Edition) -> _Weighed:
    """Case, leaf, weight by the assets the texts name."""
    which, asset = edition.asset_of.expand(said.mentions.group)
    named = said.mentions.take(which)
    leaf = _leaf(named, asset, row[named.case], said=said, lexicon=lexicon, edition=edition)
    named, leaf = named.take(leaf >= 0), leaf[leaf >= 0]
    case, place = named.case, named.place
    base = _ASSET + np.where(place >= 0, _PLACE * place, -_TAIL) + edition.agreement.added[row[case], leaf]
    base = base + np.where(said.activity[case] != UNSAID, _SAID, 0) - np.where(named.own, 0, _PROJECT)
    base = base - np.where(_describes(named, said=said, lexicon=lexicon), _DESCRIBES, 0)
    return case, leaf, base.astype(np.float32)


def _describes(named: Mentions, *, said: Signals, lexicon: Lexicon) -> Flags:
    """Assets that only describe another one: that stands in the first clause, or this one does not either."""
    which, other = lexicon.beaten_by.expand(named.group)
    case = named.case[which]
    weighs = said.present.at(other, case) & (said.ahead[heads(lexicon)[other], case] | (named.place[which] <= 0))
    found = np.zeros(len(named.case), dtype=np.bool_)
    found[which[weighs]] = True
    return found


def _leaf(named: Mentions, asset: Ints, row: Ints, *, said: Signals, lexicon: Lexicon, edition: Edition) -> Ints:
    """The leaf an asset is, by activity; where the text names none, by the industry, else by the asset's usual one."""
    activity = _activity_for(named, said=said, lexicon=lexicon)
    usual = edition.usual[asset]
    chosen = np.where(activity == UNSAID, usual, activity)
    found = edition.leaf_of[asset, chosen]
    found = np.where((found < 0) & (chosen != TRADE) & (chosen != CONSUME), edition.leaf_of[asset, usual], found)
    other = edition.by_industry[asset, row]
    decides = _industry_decides(found, other, row, named.case, said=said, added=edition.agreement.added)
    return np.asarray(np.where((activity == UNSAID) | decides, other, found), dtype=np.int64)


def _industry_decides(found: Ints, other: Ints, row: Ints, case: Ints, *, said: Signals, added: Singles) -> Flags:
    """Where the text speaks of making or buying and the loan's industry is one of another leaf of the asset, and not of the found one."""
    speaks = said.is_bought[case] | (said.activity[case] == MAKE) | (said.activity[case] == TRADE) | said.is_produced[case]
    here = np.where(found >= 0, added[row, np.maximum(found, 0)], 0)
    there = np.where(other >= 0, added[row, np.maximum(other, 0)], 0)
    return np.asarray(speaks & (here == 0) & (there >= AGREES[4]), dtype=np.bool_)


def _activity_for(named: Mentions, *, said: Signals, lexicon: Lexicon) -> Ints:
    """The activity as it bears on an asset: a plant that makes something is run, not made; buying things for it is no trade."""
    run = lexicon.is_of("made_by_running")[named.group]
    goods = lexicon.is_of("goods")[named.group]
    activity = said.activity[named.case]
    activity = np.where(run & (activity == MAKE) & ~said.is_equipment[named.case], BUILD, activity)
    return np.where(~goods & (activity == TRADE) & said.is_bought[named.case], UNSAID, activity)
