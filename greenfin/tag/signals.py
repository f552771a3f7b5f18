"""What a case says: its texts put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from greenfin.reference.rules import ACTIVITIES
from greenfin.reference.words import EVERY
from greenfin.tag.cases import Cases
from greenfin.tag.compiled import WAY, kernel
from greenfin.tag.facts import Fact, Numbers
from greenfin.tag.lexicon import Lexicon
from greenfin.tag.packed import Bits, among, places
from greenfin.tag.reading import Reading, Said

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]

UNSAID = -1
MAKE, BUILD, RETROFIT, TRADE, CONSUME, SERVE = range(len(ACTIVITIES))
PRODUCT = 2  # behind purpose and project
_RETAIL = ("retail_", "green_home", "green_goods")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Groups named in cases, each once: ``place`` see Said; ``own``: in the purpose itself."""

    case: Ints
    group: Ints
    place: Singles
    own: Flags

    def take(self, keep: Flags | Ints) -> Mentions:
        """Some of them."""
        at = places(keep)
        return Mentions(self.case.take(at), self.group.take(at), self.place.take(at), self.own.take(at))


@dataclass(frozen=True, slots=True)
class Signals:
    """What a case says, its texts put together.

    ``present``: groups x cases; ``ahead``: those that others only describe, in the first clause (``heads`` x cases); ``mentions``: the
    groups present with their places; ``activity`` an index of ACTIVITIES or UNSAID; ``is_bought``: only a word of buying, or of bills,
    says so; ``is_equipment``, ``is_produced``: words for making equipment, for buying or producing; ``facts``: numbers, of the purpose
    before those of the project.
    """

    present: Bits
    ahead: Flags
    mentions: Mentions
    activity: Ints
    is_bought: Flags
    is_equipment: Flags
    is_produced: Flags
    facts: Mapping[str, Numbers]


@dataclass(frozen=True, slots=True)
class _OfCases:
    """A fact by case: that of the purpose before that of the project; one that ``every`` text must state only where all do."""

    fact: Fact
    cases: Cases

    def __getitem__(self, rows: Ints, /) -> Floats:
        found = self.fact[self.cases.purpose[rows]]
        unsaid = np.flatnonzero(np.isnan(found))
        found[unsaid] = self.fact[self.cases.project[rows[unsaid]]]
        if self.fact.words.pick == EVERY:
            texts = [getattr(self.cases, name)[rows] for name in ("purpose", "project")]
            found[np.any([(of > 0) & np.isnan(self.fact[of]) for of in texts], axis=0)] = np.nan
        return found


def signals(cases: Cases, reading: Reading, *, lexicon: Lexicon, way: str = "") -> Signals:
    """The texts of each case put together; a product's name speaks only of retail loans, and where there is no purpose."""
    present, mentions = _mentions(cases, reading.said, lexicon, way)
    row = heads(lexicon)
    clear = mentions.take((mentions.place > 0) & (row >= 0)[mentions.group])
    ahead = np.zeros((int(row.max(initial=-1)) + 1, cases.size), dtype=np.bool_)
    ahead[row[clear.group], clear.case] = True
    facts = {name: _OfCases(fact, cases) for name, fact in reading.facts.items()}

    def has(*names: str) -> Flags:
        return present.any_of([lexicon.column[name] for name in names])

    said = [
        (has("retail_car", "retail_house", "retail_consume"), CONSUME),
        (has("act_maker"), MAKE),
        (has("act_from_maker"), TRADE),
        (has("act_equip"), MAKE),
        (has("act_make") & ~has("operator_buys"), MAKE),
        (has("act_sell"), TRADE),
        (has("act_build"), BUILD),
        (has("act_buy") & has("act_produce") & ~has("act_trade", "produce_side"), MAKE),
        (has("act_trade"), TRADE),
        (has("act_deliver"), MAKE),
        (has("act_retrofit"), RETROFIT),
        (has("act_buy", "supply_chain"), TRADE),
        (has("act_serve"), SERVE),
    ]
    activity = np.full(cases.size, UNSAID, dtype=np.int64)
    for says, which in reversed(said):  # the first that speaks is written last
        activity[says] = which
    bought = has("act_buy", "supply_chain") & ~has("act_trade") & (activity == TRADE)
    return Signals(present, ahead, mentions, activity, bought, has("act_equip"), has("act_buy", "act_produce"), facts)


@lru_cache(maxsize=4)
def heads(lexicon: Lexicon) -> Ints:
    """For each group its row among those that others only describe; -1: it is none."""
    beats = among(len(lexicon.groups), lexicon.beaten_by.to.tolist())
    return np.where(beats, np.cumsum(beats) - 1, -1)


def _mentions(cases: Cases, said: Said, lexicon: Lexicon, way: str) -> tuple[Bits, Mentions]:
    """Groups x cases, and each mention: of the purpose, then what only the project says, then what only the product says."""
    texts, speaks = (cases.purpose, cases.project, cases.product), np.array([g.startswith(_RETAIL) for g in lexicon.groups])
    if way == WAY:
        known: tuple[Bits, Mentions] = kernel("signals").mentions(texts, said, speaks)
        return known
    return mentions_of(texts, said, speaks)


def mentions_of(sources: Sequence[Ints], said: Said, speaks: Flags) -> tuple[Bits, Mentions]:
    """Groups x cases, and the mentions of the texts of one source after the other, each group of a case once. What the last source, the
    product, says counts of groups that it ``speaks`` of, and where the others are empty."""
    present = np.zeros((len(speaks), len(sources[0])), dtype=np.bool_)
    silent = (sources[0] == 0) & (sources[1] == 0)
    found: list[Mentions] = []
    for source, texts in enumerate(sources):
        case, at = said.rows.expand(texts)
        group, place = said.group[at], said.place[at]
        new = ~present[group, case] if found else np.ones(len(at), dtype=np.bool_)
        if source == PRODUCT:
            new &= speaks[group] | silent[case]
            place = np.full(len(at), -1, dtype=np.float32)
        mentions = Mentions(case, group, place, np.full(len(at), source == 0)).take(new)
        present[mentions.group, mentions.case] = True
        found.append(mentions)
    parts = ([getattr(m, name) for m in found] for name in ("case", "group", "place", "own"))
    return Bits.of(present), Mentions(*(np.concatenate(part) for part in parts))
