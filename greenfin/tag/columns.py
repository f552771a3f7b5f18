"""The columns of a tag that are the case's own: decision, entry, score, what it stands on and what it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from greenfin.reference.rules import VERDICTS
from greenfin.tag.cases import Cases
from greenfin.tag.decide import REASONS, Decided, decide
from greenfin.tag.evidence import evidence
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.packed import among, distinct
from greenfin.tag.reading import read
from greenfin.tag.ruling import rulings
from greenfin.tag.score import candidates
from greenfin.tag.signals import Signals, signals

Ints = NDArray[np.int64]
_FLAGS = 30  # of assets in one number
_CLEARED_BY_EIA = ("eia_approval",)
_CLEARED_BY_CERTIFICATE = (
    *("green_building_label", "prefab_grade", "green_highway_assessment", "green_warehouse_grade"),
    *("organic_certificate", "green_material_certificate", "efficiency_certificate"),
)


def columns_of(cases: Cases, words: Lexicon, *, edition: Edition, way: str = "") -> Mapping[str, pa.Array]:
    """The columns of the tags, one row a case."""
    reading = read(cases.texts, words, way=way)
    said = signals(cases, reading, lexicon=words)
    found = candidates(cases, reading, said=said, lexicon=words, edition=edition)
    ruling = rulings(cases, said, lexicon=words, edition=edition)
    decided = decide(cases, said, found=found, ruling=ruling, lexicon=words, edition=edition)
    entries = [edition.catalogue.entries[c] for c in edition.codes]
    rules = edition.rules
    return {
        "decision": _named(VERDICTS, decided.verdict),
        "code": _named(edition.codes, decided.leaf),
        "name_zh": _named([e.name_zh for e in entries], decided.leaf),
        "name_en": _named([e.name_en for e in entries], decided.leaf),
        "carbon_mark": _carbon(cases, decided, edition=edition),
        "score": pa.array(np.round(decided.score.astype(np.float64), 4)),
        "runner_up": _named(edition.codes, decided.runner_up),
        "runner_up_score": pa.array(np.round(decided.runner_up_score.astype(np.float64), 4), mask=decided.runner_up < 0),
        "rule": _named([r.id for r in rules], decided.rule),
        "reason": _named(REASONS, decided.reason),
        "basis": _named([r.basis or None for r in rules], decided.rule),
        "evidence": evidence(cases, reading, decided=decided, lexicon=words, edition=edition),
        "needs": _needs(cases, said, decided=decided, words=words, edition=edition),
    }


def _named(names: Sequence[str | None], at: Ints) -> pa.StringArray:
    """The name of each number; null for -1."""
    return pa.array([*names, None], type=pa.string()).take(pa.array(np.where(at < 0, len(names), at)))


def _carbon(cases: Cases, decided: Decided, *, edition: Edition) -> pa.StringArray:
    """The official mark of the leaf for the industry of use, else the leaf's own; none for a tag by entity."""
    held = decided.leaf >= 0
    entity = np.array([r.basis == "entity" for r in edition.rules] + [False])[decided.rule]
    pairs, where = distinct(np.where(held, decided.leaf, -1), np.where(held, cases.industry, -1))
    marks = [_mark(leaf, cases.industries[industry], edition=edition) for leaf, industry in pairs]
    return _named([*marks, "none"], np.where(entity & held, len(marks), where))


def _mark(leaf: int, industry: str, *, edition: Edition) -> str | None:
    if leaf < 0:
        return None
    entry = edition.catalogue.entries[edition.codes[leaf]]
    return entry.carbon_by_industry.get(industry) or entry.carbon_mark or None


def _needs(cases: Cases, said: Signals, *, decided: Decided, words: Lexicon, edition: Edition) -> pa.StringArray:
    """The open needs as JSON: of the rule, and of the asset behind the leaf, less those the project's papers answer."""
    assets = [(words.column[a.group], {edition.index(c) for c in a.entries.values()}, a.needs) for a in edition.assets if a.needs]
    states = [decided.rule, cases.eia.astype(np.int64), cases.certified.astype(np.int64), (decided.leaf >= 0).astype(np.int64)]
    held = [np.zeros(cases.size, dtype=np.int64) for _ in range(0, len(assets), _FLAGS)]
    for n, (column, leaves, _) in enumerate(assets):
        held[n // _FLAGS][said.present[column] & among(len(edition.codes) + 1, leaves)[decided.leaf]] |= 1 << n % _FLAGS
    kinds, where = distinct(*states, *held)
    texts = [_needs_of(kind, [n for _, _, n in assets], edition=edition) for kind in kinds]
    return _named(texts, where)


def _needs_of(state: list[int], assets: Sequence[tuple[str, ...]], *, edition: Edition) -> str:
    rule, eia, certified, leaf, *held = state
    found = list(edition.rules[rule].needs) if rule >= 0 else []
    if leaf:
        found += [n for at, needs in enumerate(assets) if held[at // _FLAGS] >> at % _FLAGS & 1 for n in needs]
    cleared = (*(_CLEARED_BY_EIA if eia else ()), *(_CLEARED_BY_CERTIFICATE if certified else ()))
    return json.dumps([n for n in dict.fromkeys(found) if n not in cleared])
