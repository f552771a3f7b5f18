"""The dated rules, each looked at for all cases at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import ratio
from greenfin.reference.rules import ACTIVITIES, VERDICTS, Rule, Threshold
from greenfin.tag.cases import Cases, applies
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.packed import among
from greenfin.tag.signals import MAKE, UNSAID, Signals
from greenfin.tag.thresholds import REACHED

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
NO_RULE = -1


class RuleOutcome(IntEnum):
    """What a rule says of a case."""

    NOT_APPLICABLE = 0
    MET = 1
    UNMET = 2
    UNKNOWN = 3


_MET, _UNMET, _UNKNOWN = (np.int8(one) for one in (RuleOutcome.MET, RuleOutcome.UNMET, RuleOutcome.UNKNOWN))


@dataclass(frozen=True, slots=True)
class Ruling:
    """For each case the rule that decided (NO_RULE: none) and the verdict that follows, an index of VERDICTS (meaningless without)."""

    rule: Ints
    verdict: Ints


def outcome(rule: Rule, cases: Cases, *, said: Signals, lexicon: Lexicon) -> NDArray[np.int8]:
    """A RuleOutcome for each case: words and dates fit or not; then the number is reached, missed or not stated."""
    found = np.zeros(cases.size, dtype=np.int8)
    rows, says = _outcomes(rule, said.present.every(), cases, said=said, lexicon=lexicon)
    found[rows] = says
    return found


def _outcomes(rule: Rule, free: NDArray[np.uint8], cases: Cases, *, said: Signals, lexicon: Lexicon) -> tuple[Ints, NDArray[np.int8]]:
    """Those of the ``free`` (packed) cases to which a rule applies, and what it says of them."""
    rows = said.present.columns(_named(rule, said, lexicon) & free)
    rows = rows.compress(applies(rule, cases, rows)) if len(rows) else rows
    if rule.industries and len(rows):
        rows = rows[np.array([i.startswith(rule.industries) for i in cases.industries], dtype=np.bool_)[cases.industry[rows]]]
    if rule.activities and len(rows):
        rows = rows[_wanted(rule.activities)[said.activity[rows]] | _running(said, rows, lexicon)]
    if rule.threshold and len(rows):
        return rows, _measured(rule.threshold, rows, said=said, lexicon=lexicon)
    return rows, np.full(len(rows), _MET, dtype=np.int8)


def _named(rule: Rule, said: Signals, lexicon: Lexicon) -> NDArray[np.uint8]:
    """The cases, packed, that name all of the rule's words, one of those of which one is enough, and none of those that rule it out."""
    any_of, all_of, none_of = (_columns(tokens, lexicon) for tokens in (rule.any_of, rule.all_of, rule.none_of))
    held = said.present.packed
    found = np.bitwise_or.reduce(held[any_of, :], axis=0) if any_of else np.full(held.shape[1], 0xFF, dtype=np.uint8)
    found = np.bitwise_and.reduce(held[all_of, :], axis=0) & found if all_of else found
    return found & ~np.bitwise_or.reduce(held[none_of, :], axis=0) if none_of and found.any() else found


def _running(said: Signals, rows: Ints, lexicon: Lexicon) -> Flags:
    made = said.present.at(lexicon.column["made_by_running"], rows)
    return np.asarray(made & (said.activity[rows] == MAKE) & ~said.is_equipment[rows], dtype=np.bool_)


@lru_cache(maxsize=64)
def _wanted(activities: Sequence[str]) -> Flags:
    """For each activity, and in the last place for none that is said, whether it is among these or unsaid."""
    return among(len(ACTIVITIES) + 1, [*(ACTIVITIES.index(a) for a in activities), UNSAID])


@lru_cache(maxsize=1 << 12)
def _columns(tokens: Sequence[str], lexicon: Lexicon) -> tuple[int, ...]:
    """The rows of ``present`` for the groups and words of a rule."""
    return tuple(lexicon.column[token[1:] if token.startswith("@") else f"word:{token}"] for token in tokens)


def _measured(threshold: Threshold, rows: Ints, *, said: Signals, lexicon: Lexicon) -> NDArray[np.int8]:
    value = said.facts[threshold.fact][rows]
    limit = float(threshold.value) * ratio(threshold.unit, lexicon.tag_words.facts[threshold.fact].unit)
    found = np.where(REACHED[threshold.op](value, limit), _MET, _UNMET)
    found[np.isnan(value)] = _UNKNOWN
    return found


def rulings(cases: Cases, said: Signals, *, lexicon: Lexicon, edition: Edition) -> Ruling:
    """The first rule of the edition that decides each case."""
    rule_of = np.full(cases.size, NO_RULE, dtype=np.int64)
    verdict = np.zeros(cases.size, dtype=np.int64)
    free = np.ones(cases.size, dtype=np.bool_)
    packed = np.packbits(free, bitorder="little")
    for index, rule in enumerate(edition.rules):
        rows, says = _outcomes(rule, packed, cases, said=said, lexicon=lexicon)
        if not len(rows):
            continue
        met = rows[says == _MET]
        unknown = rows[says == _UNKNOWN] if rule.unknown != "skip" else rows[:0]
        free[met], free[unknown] = False, False
        packed = np.packbits(free, bitorder="little")
        verdict[met] = VERDICTS.index(rule.verdict)
        verdict[unknown] = VERDICTS.index(rule.unknown) if rule.unknown in VERDICTS else 0
        rule_of[met], rule_of[unknown] = index, index
    return Ruling(rule_of, verdict)
