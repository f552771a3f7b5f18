"""What a case says: its texts put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.reference.rules import ACTIVITIES
from greenfin.reference.words import EVERY
from greenfin.tag.cases import Cases
from greenfin.tag.facts import Fact, Numbers
from greenfin.tag.lexicon import Lexicon
from greenfin.tag.packed import among, places
from greenfin.tag.reading import Reading, Said

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]

UNSAID = -1
MAKE, BUILD, RETROFIT, TRADE, CONSUME, SERVE = range(len(ACTIVITIES))
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

    ``present``: groups x cases; ``ahead``: those that others only describe, in the first clause; ``mentions``: the groups present
    with their places; ``activity`` an index of ACTIVITIES or UNSAID; ``is_bought``: only a word of buying, or of bills, says so;
    ``is_equipment``, ``is_produced``: words for making equipment, for buying or producing; ``facts``: numbers, of the purpose before
    those of the project.
    """

    present: Flags
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


def signals(cases: Cases, reading: Reading, *, lexicon: Lexicon) -> Signals:
    """The texts of each case put together; a product's name speaks only of retail loans, and where there is no purpose."""
    present, mentions = _mentions(cases, reading.said, lexicon)
    ahead = np.zeros(present.shape, dtype=np.bool_)
    beats = among(len(lexicon.groups), lexicon.beaten_by.to.tolist())
    clear = (mentions.place > 0) & beats[mentions.group]
    ahead[mentions.group[clear], mentions.case[clear]] = True
    facts = {name: _OfCases(fact, cases) for name, fact in reading.facts.items()}

    def has(*names: str) -> Flags:
        return np.asarray(present[[lexicon.column[n] for n in names]].any(axis=0), dtype=np.bool_)

    said = [
        (has("retail_car", "retail_house", "retail_consume"), CONSUME),
        (has("act_equip"), MAKE),
        (has("act_make"), MAKE),
        (has("act_sell"), TRADE),
        (has("act_build"), BUILD),
        (has("act_buy") & has("act_produce") & ~has("act_trade", "produce_side"), MAKE),
        (has("act_trade"), TRADE),
        (has("act_retrofit"), RETROFIT),
        (has("act_buy", "supply_chain"), TRADE),
        (has("act_serve"), SERVE),
    ]
    activity = np.select([s for s, _ in said], [np.int64(a) for _, a in said], default=np.int64(UNSAID)).astype(np.int64)
    bought = has("act_buy", "supply_chain") & ~has("act_trade") & (activity == TRADE)
    return Signals(present, ahead, mentions, activity, bought, has("act_equip"), has("act_buy", "act_produce"), facts)


def _mentions(cases: Cases, said: Said, lexicon: Lexicon) -> tuple[Flags, Mentions]:
    """Groups x cases, and each mention: of the purpose, then what only the project says, then what only the product says."""
    present = np.zeros((len(lexicon.groups), cases.size), dtype=np.bool_)
    retail = np.array([g.startswith(_RETAIL) for g in lexicon.groups])
    silent = (cases.purpose == 0) & (cases.project == 0)
    found: list[Mentions] = []
    for texts in (cases.purpose, cases.project, cases.product):
        case, at = said.rows.expand(texts)
        group, place = said.group[at], said.place[at]
        new = ~present[group, case] if found else np.ones(len(at), dtype=np.bool_)
        if texts is cases.product:
            new &= retail[group] | silent[case]
            place = np.full(len(at), -1, dtype=np.float32)
        mentions = Mentions(case, group, place, np.full(len(at), texts is cases.purpose)).take(new)
        present[mentions.group, mentions.case] = True
        found.append(mentions)
    parts = ([getattr(m, name) for m in found] for name in ("case", "group", "place", "own"))
    return present, Mentions(*(np.concatenate(part) for part in parts))
