"""The columns of a tag that are the case's own: decision, entry, score, what it stands on and what it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from greenfin.core.records import Book
from greenfin.reference.rules import VERDICTS
from greenfin.tag.alike import Chosen, reconsidered
from greenfin.tag.borrowers import borrowers_of, decide_by_borrower, speaks_of_borrower
from greenfin.tag.cases import Cases, Gathered, applies, cases_of, gather, of_texts
from greenfin.tag.decide import BY_LIKENESS, GREEN, NO_LEAF, REASONS, Decided, decide
from greenfin.tag.evidence import evidence
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.moves import Learned, after_model, scores_of
from greenfin.tag.packed import among, distinct
from greenfin.tag.parents import NO_CLASS
from greenfin.tag.reading import Reading, read
from greenfin.tag.ruling import rulings
from greenfin.tag.score import candidates
from greenfin.tag.settle import UNSTATED, Settled, open_needs, settle
from greenfin.tag.signals import Signals, signals

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_FLAGS = 30  # of assets in one number
_CLEARED_BY_EIA = ("eia_approval",)
_CLEARED_BY_CERTIFICATE = (
    *("green_building_label", "prefab_grade", "green_highway_assessment", "green_warehouse_grade"),
    *("organic_certificate", "green_material_certificate", "efficiency_certificate"),
)


def columns_of(
    cases: Cases, reading: Reading, words: Lexicon, *, edition: Edition, learned: Learned, way: str = ""
) -> Mapping[str, pa.Array]:
    """The columns of the tags, one row a case. ``reading``: of the cases' texts; ``learned``: a model that may move cases, and what
    scores are worth."""
    said, first, chosen = decided_of(cases, reading, words, edition=edition, way=way)
    first = by_borrower(cases, first, words, edition=edition, way=way)
    after = after_model(first, learned, cases=cases, lexicon=words, edition=edition)
    settled = settle(cases, reading, stated=said.facts, decided=after.decided, lexicon=words, edition=edition)
    decided = settled.decided
    entries = [edition.catalogue.entries[c] for c in (*edition.codes, *edition.classes.codes)]
    is_class = (settled.parent != NO_CLASS) & ((decided.leaf == NO_LEAF) | (not learned.is_raw))
    entry = np.where(is_class, settled.parent + len(edition.codes), decided.leaf)
    rules = edition.rules
    needs = _needs(cases, said, settled=settled, words=words, edition=edition)
    score, second = scores_of(after, decided, needs=needs, table=learned.table)
    return {
        "decision": _named(VERDICTS, decided.verdict),
        "code": _named([e.code for e in entries], entry),
        "name_zh": _named([e.name_zh for e in entries], entry),
        "name_en": _named([e.name_en for e in entries], entry),
        "carbon_mark": _carbon(cases, decided, edition=edition),
        "score": pa.array(np.round(score, 4)),
        "runner_up": _named(edition.codes, decided.runner_up),
        "runner_up_score": pa.array(np.round(second, 4), mask=decided.runner_up < 0),
        "rule": _named([r.id for r in rules], decided.rule),
        "reason": _named(REASONS, decided.reason),
        "share_ppm": pa.array(settled.share_ppm, mask=settled.share_ppm == UNSTATED),
        "share_reason": pa.array(settled.share_reason, type=pa.string()),
        "basis": _named([r.basis or None for r in rules], decided.rule),
        "evidence": evidence(
            cases, reading, decided=decided, lexicon=words, edition=edition, places=settled.places, chosen=chosen, way=way
        ),
        "needs": needs,
        "model": pa.nulls(cases.size, pa.string()) if after.told is None else after.told,
    }


def decided_of(cases: Cases, reading: Reading, words: Lexicon, *, edition: Edition, way: str = "") -> tuple[Signals, Decided, Chosen]:
    """What the cases say, the decision by their own words and rules and by what their texts are like, the leaves that this chose."""
    said = signals(cases, reading, lexicon=words, way=way)
    found = candidates(cases, reading, said=said, lexicon=words, edition=edition)
    ruling = rulings(cases, said, lexicon=words, edition=edition)
    decided = decide(cases, said, found=found, ruling=ruling, lexicon=words, edition=edition)
    return said, *reconsidered(cases, reading, said, decided=decided, lexicon=words, edition=edition, way=way)


def cases_gathered(book: Book, words: Lexicon, *, edition: Edition) -> Gathered:
    """The loans to look at, with what the ledgers say of who borrows working capital."""
    working = words.tag_words.groups["working_capital"]
    borrowers = borrowers_of(book, working=(*working.zh, *working.en), ends=words.tag_words.names.ends)
    return gather(book, edition.rules, borrowers)


def cases_alone(book: Book, words: Lexicon, *, edition: Edition) -> Cases:
    """The cases of a book of few loans."""
    return cases_of(cases_gathered(book, words, edition=edition).loans, book)


def by_borrower(cases: Cases, decided: Decided, words: Lexicon, *, edition: Edition, way: str = "") -> Decided:
    """Working capital by what its borrower does: the main business is read as if it were a purpose; a name that trades, or is only like
    an entry, is nothing."""
    borrowing = cases.borrowing
    if not any(borrowing.who):
        return decided
    own = of_texts(borrowing.who, days=cases.days)
    business = decided_of(own, read(own.texts, words, way=way), words, edition=edition, way=way)[1]
    trades = np.array([edition.catalogue.entries[c].activity == "trade" for c in edition.codes] + [False])
    leaf = np.where(business.verdict == GREEN, business.leaf, NO_LEAF)[borrowing.at]
    is_like = (business.reason == BY_LIKENESS)[borrowing.at]
    return decide_by_borrower(
        decided,
        leaf=np.where(borrowing.is_name & (trades[leaf] | is_like), NO_LEAF, leaf),
        score=business.score[borrowing.at],
        is_name=borrowing.is_name,
        revenue=borrowing.revenue,
        in_force={n: applies(rule, cases) for n, rule in enumerate(edition.rules) if speaks_of_borrower(rule)},
        rules=edition.rules,
    )


def _named(names: Sequence[str | None], at: Ints) -> pa.StringArray:
    """The name of each number; null for -1."""
    return pa.array([*names, None], type=pa.string()).take(pa.array(np.where(at < 0, len(names), at)))


def _carbon(cases: Cases, decided: Decided, *, edition: Edition) -> pa.StringArray:
    """The official mark of the leaf for the industry of use, else the leaf's own; none for a tag by entity."""
    held = np.flatnonzero(decided.leaf >= 0)
    entity = np.array([r.basis == "entity" for r in edition.rules] + [False])[decided.rule[held]]
    pairs, where = distinct(decided.leaf[held], cases.industry[held])
    marks = [_mark(leaf, cases.industries[industry], edition=edition) for leaf, industry in pairs]
    at = np.full(cases.size, -1, dtype=np.int64)
    at[held] = np.where(entity, len(marks), where)
    return _named([*marks, "none"], at)


def _mark(leaf: int, industry: str, *, edition: Edition) -> str | None:
    entry = edition.catalogue.entries[edition.codes[leaf]]
    return entry.carbon_by_industry.get(industry) or entry.carbon_mark or None


def _needs(cases: Cases, said: Signals, *, settled: Settled, words: Lexicon, edition: Edition) -> pa.StringArray:
    """The open needs as JSON: of the rule, of the asset behind the leaf, of the leaf's thresholds, less those that papers answer."""
    decided, assets = settled.decided, _assets_with_needs(words, edition)
    ids, wanted = open_needs(settled)
    asked = (wanted @ (1 << np.arange(len(ids)))).astype(np.int64)
    asks = np.array([bool(r.needs) for r in edition.rules] + [False])[decided.rule]
    rows = np.flatnonzero((asked > 0) | asks | (decided.leaf >= 0))
    flags = (cases.eia, cases.certified, decided.leaf >= 0)
    held = [np.zeros(cases.size, dtype=np.int64) for _ in range(0, len(assets), _FLAGS)]
    for n, (column, leaves, _) in enumerate(assets):
        named = np.flatnonzero(said.present.row(column))
        named = named[leaves[decided.leaf[named]]]
        held[n // _FLAGS][named] |= 1 << n % _FLAGS
    by_row = (flag[rows].astype(np.int64) for flag in (*flags, *held))
    kinds, where = distinct(asked[rows], decided.rule[rows], *by_row)
    texts = [_needs_of(tuple(kind), ids, words, edition) for kind in kinds]
    at = np.full(cases.size, len(texts), dtype=np.int64)
    at[rows] = where
    return _named([*texts, "[]"], at)


@lru_cache(maxsize=4)
def _assets_with_needs(words: Lexicon, edition: Edition) -> Sequence[tuple[int, Flags, tuple[str, ...]]]:
    """(asset's group, its leaves as flags, the last one for none, needs) for each set of needs that an asset has in some of its leaves."""
    found: list[tuple[int, Flags, tuple[str, ...]]] = []
    for asset in edition.assets:
        by_needs: dict[tuple[str, ...], set[int]] = {}
        for code in asset.entries.values() if asset.needs else ():
            by_needs.setdefault(asset.needs_of(code), set()).add(edition.index(code))
        size, group = len(edition.codes) + 1, words.column[asset.group]
        found += [(group, among(size, leaves), needs) for needs, leaves in by_needs.items() if needs]
    return found


@lru_cache(maxsize=1 << 14)
def _needs_of(state: tuple[int, ...], ids: tuple[str, ...], words: Lexicon, edition: Edition) -> str:
    asked, rule, eia, certified, leaf, *held = state
    found = list(edition.rules[rule].needs) if rule >= 0 else []
    if leaf:
        assets = enumerate(_assets_with_needs(words, edition))
        found += [n for at, (_, _, needs) in assets if held[at // _FLAGS] >> at % _FLAGS & 1 for n in needs]
    found += [name for n, name in enumerate(ids) if asked >> n & 1]
    cleared = (*(_CLEARED_BY_EIA if eia else ()), *(_CLEARED_BY_CERTIFICATE if certified else ()))
    return json.dumps([n for n in dict.fromkeys(found) if n not in cleared])
