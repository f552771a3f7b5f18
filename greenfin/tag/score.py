"""What each case's candidates weigh: assets by activity and industry, the leaves' own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.reference.rules import ACTIVITIES
from greenfin.reference.words import Asset
from greenfin.tag.cases import Cases
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.reading import Reading

Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]

UNSAID = -1
MAKE, BUILD, RETROFIT, TRADE, CONSUME, SERVE = range(len(ACTIVITIES))
_ASSET, _SAID, _PROJECT, _PLACE, _TAIL = 0.78, 0.06, 0.06, 0.05, 0.12
_INDUSTRY = {4: 0.08, 3: 0.04}
_WRONG_ACTIVITY, _DESCRIBES = 0.3, 0.12
_KIND_OF = {"production": MAKE, "project": BUILD, "trade": TRADE, "consumption": CONSUME, "service": SERVE}


@dataclass(frozen=True, slots=True)
class Signals:
    """What a case says, its texts put together.

    ``present``: cases x groups; ``place``: see Reading; ``own``: what the purpose alone says; ``activity`` an index of ACTIVITIES
    or UNSAID; ``is_bought``: only a buying word says so; ``is_equipment``, ``is_produced``: words for making equipment, for
    buying or producing; ``facts``: numbers, of the purpose before those of the project.
    """

    present: Flags
    place: Singles
    own: Flags
    activity: Ints
    is_bought: Flags
    is_equipment: Flags
    is_produced: Flags
    facts: Mapping[str, NDArray[np.float64]]


def signals(cases: Cases, reading: Reading, *, lexicon: Lexicon) -> Signals:
    """The texts of each case put together; a product's name speaks only of retail loans, and where there is no purpose."""
    own = reading.present[cases.purpose]
    present = own | reading.present[cases.project]
    retail = [lexicon.column[g] for g in lexicon.groups if g.startswith(("retail_", "green_home", "green_goods"))]
    product = reading.present[cases.product]
    present[:, retail] |= product[:, retail]
    silent = (cases.purpose == 0) & (cases.project == 0)
    present |= product & silent[:, None]
    place = np.maximum(reading.place[cases.purpose], np.where(own, -1, reading.place[cases.project]))
    facts = {k: np.where(np.isnan(v[cases.purpose]), v[cases.project], v[cases.purpose]) for k, v in reading.facts.items()}

    def has(*names: str) -> Flags:
        return np.asarray(present[:, [lexicon.column[n] for n in names]].any(axis=1), dtype=np.bool_)

    said = [
        (has("retail_car", "retail_house", "retail_consume"), CONSUME),
        (has("act_equip"), MAKE),
        (has("act_make"), MAKE),
        (has("act_build"), BUILD),
        (has("act_trade"), TRADE),
        (has("act_retrofit"), RETROFIT),
        (has("act_buy"), TRADE),
        (has("act_serve"), SERVE),
    ]
    activity = np.select([s for s, _ in said], [np.int64(a) for _, a in said], default=np.int64(UNSAID))
    bought = has("act_buy") & ~has("act_trade") & (activity == TRADE)
    return Signals(present, place, own, activity.astype(np.int64), bought, has("act_equip"), has("act_buy", "act_produce"), facts)


def scores(cases: Cases, reading: Reading, *, said: Signals, lexicon: Lexicon, edition: Edition) -> Singles:
    """Cases x leaves, 0..1."""
    words = reading.words[edition.id]
    found = np.maximum(words[cases.purpose], words[cases.project] - np.float32(_PROJECT) * (words[cases.project] > 0))
    agree = industry_agreement(cases, edition)
    found = _by_activity(found, said, edition=edition, agree=agree)
    for asset in edition.assets:
        _add_asset(found, asset, said=said, lexicon=lexicon, edition=edition, agree=agree)
    return np.clip(found, 0, 0.99).astype(np.float32)


def industry_agreement(cases: Cases, edition: Edition) -> Singles:
    """Cases x leaves: what the industry of use adds."""
    names, where = np.unique(cases.industry, return_inverse=True)
    table = np.zeros((len(names), len(edition.codes)), dtype=np.float32)
    for column, code in enumerate(edition.codes):
        official = edition.catalogue.entries[code].industries
        for digits in (3, 4):
            prefixes = [i[:digits] for i in official if len(i) >= digits]
            same = np.isin([n[:digits] if len(n) >= digits else "-" for n in names], prefixes)
            table[same, column] = _INDUSTRY[digits]
    return table[where.reshape(-1)]


def _by_activity(found: Singles, said: Signals, *, edition: Edition, agree: Singles) -> Singles:
    kinds = np.array([_KIND_OF.get(edition.catalogue.entries[c].activity, BUILD) for c in edition.codes])
    activity = np.where(said.activity == RETROFIT, BUILD, said.activity)[:, None]
    fits = activity == kinds[None, :]
    unsaid = (activity == UNSAID) & np.isin(kinds, (BUILD, SERVE))[None, :]
    serves = (kinds == SERVE)[None, :] & np.isin(activity, (BUILD, UNSAID, SERVE))
    loose = fits | unsaid | serves | ((activity == MAKE) & (kinds == BUILD)[None, :])
    shifted = found + np.where(fits, _SAID, 0) - np.where(loose, 0, _WRONG_ACTIVITY) + agree
    return np.where(found > 0, np.maximum(shifted, 0), 0).astype(np.float32)


def _add_asset(found: Singles, asset: Asset, *, said: Signals, lexicon: Lexicon, edition: Edition, agree: Singles) -> None:
    column = lexicon.column.get(asset.group)
    if column is None:
        return
    rows = np.flatnonzero(said.present[:, column])
    if not len(rows):
        return
    leaf = _leaf(rows, asset, said=said, lexicon=lexicon, edition=edition, agree=agree)
    held = leaf >= 0
    rows, leaf = rows[held], leaf[held]
    place = said.place[rows, column]
    base = _ASSET + np.where(place >= 0, _PLACE * place, -_TAIL) + agree[rows, leaf]
    base = base + np.where(said.activity[rows] != UNSAID, _SAID, 0) - np.where(said.own[rows, column], 0, _PROJECT)
    base = base - np.where(_describes(rows, column, said=said, lexicon=lexicon), _DESCRIBES, 0)
    found[rows, leaf] = np.maximum(found[rows, leaf], base.astype(np.float32))


def _describes(rows: Ints, column: int, *, said: Signals, lexicon: Lexicon) -> Flags:
    """Rows in which the asset only describes another one: that stands in the first clause, or this one does not either."""
    others = list(lexicon.beaten_by.get(column, ()))
    place = said.place[rows]
    weighs = (place[:, others] > 0) | (place[:, column] <= 0)[:, None]
    return np.asarray((said.present[rows][:, others] & weighs).any(axis=1), dtype=np.bool_)


def _leaf(rows: Ints, asset: Asset, *, said: Signals, lexicon: Lexicon, edition: Edition, agree: Singles) -> Ints:
    """The leaf an asset is in each row, by activity; where the text names none, by the industry, else by the asset's usual one."""
    activity = _activity_for(rows, lexicon.column[asset.group], said=said, lexicon=lexicon)
    usual = ACTIVITIES.index(asset.default)
    leaves = np.array([edition.index(asset.entries[a]) if a in asset.entries else -1 for a in ACTIVITIES], dtype=np.int64)
    chosen = np.where(activity == UNSAID, usual, activity)
    found = leaves[chosen]
    found = np.where((found < 0) & np.isin(chosen, (MAKE, BUILD, RETROFIT, SERVE)), leaves[usual], found)
    named = _by_industry(leaves, usual, agree=agree[rows])
    return np.asarray(
        np.where((activity == UNSAID) | _industry_decides(found, named, rows, said=said, agree=agree), named, found), dtype=np.int64
    )


def _industry_decides(found: Ints, named: Ints, rows: Ints, *, said: Signals, agree: Singles) -> Flags:
    """Where the text speaks of making or buying and the loan's industry is one of another leaf of the asset, and not of the found one."""
    speaks = said.is_bought[rows] | np.isin(said.activity[rows], (MAKE, TRADE)) | said.is_produced[rows]
    here = np.where(found >= 0, agree[rows, np.maximum(found, 0)], 0)
    there = np.where(named >= 0, agree[rows, np.maximum(named, 0)], 0)
    return np.asarray(speaks & (here == 0) & (there >= _INDUSTRY[4]), dtype=np.bool_)


def _activity_for(rows: Ints, column: int, *, said: Signals, lexicon: Lexicon) -> Ints:
    """The activity as it bears on an asset: a plant that makes something is run, not made; buying things for it is no trade."""
    activity = said.activity[rows].copy()
    if column in lexicon.unions["made_by_running"]:
        activity[(activity == MAKE) & ~said.is_equipment[rows]] = BUILD
    if column not in lexicon.unions["goods"]:
        activity[(activity == TRADE) & said.is_bought[rows]] = UNSAID
    return activity


def _by_industry(leaves: Ints, usual: int, *, agree: Singles) -> Ints:
    """The leaf whose industries agree most with the loan's; the usual one where none agrees more than it."""
    options = np.unique(leaves[leaves >= 0])
    added = agree[:, options]
    own = agree[:, leaves[usual]] if leaves[usual] >= 0 else np.zeros(len(agree), dtype=np.float32)
    best = options[added.argmax(axis=1)]
    return np.asarray(np.where(added.max(axis=1) > own, best, leaves[usual]), dtype=np.int64)
