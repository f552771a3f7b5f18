"""The dated rules, each looked at for all cases at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import ratio
from greenfin.reference.rules import ACTIVITIES, VERDICTS, Rule, Threshold
from greenfin.tag.cases import Cases, applies
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.signals import Signals

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
NO_RULE = -1


class RuleOutcome(IntEnum):
    """What a rule says of a case."""

    NOT_APPLICABLE = 0
    MET = 1
    UNMET = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Ruling:
    """For each case the rule that decided (NO_RULE: none) and the verdict that follows, an index of VERDICTS (meaningless without)."""

    rule: Ints
    verdict: Ints


def outcome(rule: Rule, cases: Cases, *, said: Signals, lexicon: Lexicon) -> NDArray[np.int8]:
    """A RuleOutcome for each case: words and dates fit or not; then the number is reached, missed or not stated."""
    fits = np.ones(cases.size, dtype=np.bool_) & applies(rule, cases)
    for token in rule.all_of:
        fits &= said.present[_column(token, lexicon)]
    if rule.any_of:
        fits &= _any(rule.any_of, said, lexicon)
    if rule.none_of and fits.any():
        fits &= ~_any(rule.none_of, said, lexicon)
    if rule.industries and fits.any():
        fits &= np.array([i.startswith(rule.industries) for i in cases.industries], dtype=np.bool_)[cases.industry]
    if rule.activities and fits.any():
        wanted = [ACTIVITIES.index(a) for a in rule.activities]
        fits &= np.isin(said.activity, [*wanted, -1]) | _running(said, lexicon)
    result = np.where(fits, RuleOutcome.MET, RuleOutcome.NOT_APPLICABLE).astype(np.int8)
    return _measured(rule.threshold, result, said=said, lexicon=lexicon) if rule.threshold else result


def _any(tokens: Sequence[str], said: Signals, lexicon: Lexicon) -> Flags:
    found = np.zeros_like(said.is_bought)
    for token in tokens:
        found |= said.present[_column(token, lexicon)]
    return found


def _running(said: Signals, lexicon: Lexicon) -> Flags:
    made = said.present[lexicon.column["made_by_running"]]
    return np.asarray(made & (said.activity == 0) & ~said.is_equipment, dtype=np.bool_)


def _column(token: str, lexicon: Lexicon) -> int:
    return lexicon.column[token[1:] if token.startswith("@") else f"word:{token}"]


def _measured(threshold: Threshold, result: NDArray[np.int8], *, said: Signals, lexicon: Lexicon) -> NDArray[np.int8]:
    value = said.facts[threshold.fact]
    limit = float(threshold.value) * ratio(threshold.unit, lexicon.tag_words.facts[threshold.fact].unit)
    reached = {"<": value < limit, "<=": value <= limit, ">=": value >= limit, ">": value > limit}[threshold.op]
    number = np.where(np.isnan(value), RuleOutcome.UNKNOWN, np.where(reached, RuleOutcome.MET, RuleOutcome.UNMET))
    return np.where(result == RuleOutcome.MET, number, result).astype(np.int8)


def rulings(cases: Cases, said: Signals, *, lexicon: Lexicon, edition: Edition) -> Ruling:
    """The first rule of the edition that decides each case."""
    rule_of = np.full(cases.size, NO_RULE, dtype=np.int64)
    verdict = np.zeros(cases.size, dtype=np.int64)
    for index, rule in enumerate(edition.rules):
        found = outcome(rule, cases, said=said, lexicon=lexicon)
        if not found.any():
            continue
        free = rule_of == NO_RULE
        met = free & (found == RuleOutcome.MET)
        unknown = free & (found == RuleOutcome.UNKNOWN) & (rule.unknown != "skip")
        verdict[met] = VERDICTS.index(rule.verdict)
        verdict[unknown] = VERDICTS.index(rule.unknown) if rule.unknown in VERDICTS else 0
        rule_of[met | unknown] = index
    return Ruling(rule_of, verdict)
