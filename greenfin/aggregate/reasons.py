"""Why a loan is tagged otherwise under another edition: from the two tags, the rules and the crosswalk, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.reference.catalogue import Crossing, crossings
from greenfin.reference.load import Reference
from greenfin.reference.rules import Rule

LOST = (
    *("class_dropped", "no_counterpart", "criterion_changed", "threshold_unmet", "threshold_unknown", "needs_open"),
    *("scope_unmatched", "not_decided", "not_approved", "decided", "was_decided", "share"),
)
GAINED = ("class_new", "criterion_changed", "scope_matched", "was_open", "was_unapproved", "decided", "was_decided", "share")
CARRIED, RECLASSIFIED = "carried", "reclassified"
NO_CROSSING = "none"
Texts = NDArray[np.object_]
Ints = NDArray[np.int64]
_TAG = ("outcome", "decision", "code", "rule", "needs", "decided_by", "reason")
_MISSED = "tag.threshold_unmet"  # the reason of a tag whose entry asks for a number that the text does not reach
_WIDEST = 2**62


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a tag says, as far as reasons need it."""

    outcome: str
    decision: str
    code: str
    rule: str
    needs: str
    decided_by: str
    reason: str = ""

    @property
    def is_green(self) -> bool:
        """Whether it counts as green under the policy."""
        return self.outcome == "green"


@dataclass(frozen=True)
class Reasons:
    """Finds reasons between two editions; what the crosswalk and the rules say is looked up once."""

    reference: Reference
    old: str
    new: str
    known: dict[tuple[str, str], tuple[Crossing, ...]] = field(default_factory=dict)

    def why(self, was: Tagged, now: Tagged) -> tuple[str, str]:
        """The reason (of LOST, GAINED, carried, reclassified; empty: nothing to explain) and the crosswalk's kind."""
        found = self._crossings(self.old, was.code, self.new) if was.code else ()
        kind = _kind(found, now.code)
        if was.is_green and now.is_green:
            return (CARRIED if any(c.to_code == now.code for c in found) else RECLASSIFIED), kind
        if was.is_green:
            return self._lost(was, now, found), kind
        if now.is_green:
            back = self._crossings(self.new, now.code, self.old)
            return self._gained(was, now, back), _kind(back, was.code)
        return "", kind if was.code else ""

    def _lost(self, was: Tagged, now: Tagged, found: tuple[Crossing, ...]) -> str:
        if by := _by_person(was, now, "not_approved" if now.decision == "green" else ""):
            return by
        if now.reason == _MISSED:
            return "threshold_unmet"
        rule = self._new_rules.get(now.rule)
        if rule is not None and (named := self._by_threshold(rule, now)):
            return named
        if now.decision != "not_green":
            return "needs_open" if rule is not None and now.needs not in ("", "[]") else "not_decided"
        if found and not all(c.kind == "dropped" for c in found):
            return "criterion_changed" if rule is not None else "scope_unmatched"
        return "class_dropped" if found else "no_counterpart"

    def _by_threshold(self, rule: Rule, now: Tagged) -> str:
        if rule.threshold is not None:
            return "threshold_unmet" if now.decision == "not_green" else "threshold_unknown" if rule.verdict != now.decision else ""
        return "threshold_unmet" if self._is_below(rule) else ""

    def _is_below(self, rule: Rule) -> bool:
        """Whether a rule is what follows where the number that another rule with the same words asks for is not reached."""
        words = (rule.all_of, rule.any_of)
        others = self._new_rules.values()
        return any(o.threshold is not None and o.verdict == "green" and (o.all_of, o.any_of) == words for o in others)

    def _gained(self, was: Tagged, now: Tagged, back: tuple[Crossing, ...]) -> str:
        if by := _by_person(was, now, "was_unapproved" if was.decision == "green" else ""):
            return by
        if was.outcome == "review":
            return "was_open"
        if not back:
            return "class_new"
        return "criterion_changed" if was.rule in self._old_rules or now.rule in self._new_rules else "scope_matched"

    def _crossings(self, edition: str, code: str, other: str) -> tuple[Crossing, ...]:
        if (edition, code) not in self.known:
            self.known[edition, code] = crossings(self.reference, edition, code, other)
        return self.known[edition, code]

    @cached_property
    def _old_rules(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.reference.catalogues[self.old].rules}

    @cached_property
    def _new_rules(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.reference.catalogues[self.new].rules}


def _by_person(was: Tagged, now: Tagged, approval: str) -> str:
    """The reason that lies in what persons decided or did not approve; else the rules of both editions are to be looked at."""
    if now.decided_by == "decision":
        return "decided"
    return approval or ("was_decided" if was.decided_by == "decision" else "")


def _kind(found: tuple[Crossing, ...], code: str) -> str:
    """The crosswalk's kind towards the code that was tagged, else of where it points, else that it says nothing."""
    exact = [c.kind for c in found if c.to_code == code and code]
    return exact[0] if exact else "+".join(dict.fromkeys(c.kind for c in found)) or NO_CROSSING


def reasons_of(old: pa.Table, new: pa.Table, finder: Reasons) -> tuple[Texts, Texts]:
    """Reason and crosswalk kind of each loan (outcomes, row by row the same loans), found once for each distinct pair of tags."""
    pairs = pa.table({f"{n}{name}": rows[name] for n, rows in enumerate((old, new)) for name in _TAG})
    keys = [pc.fill_null(pairs[name], "").combine_chunks().dictionary_encode() for name in pairs.column_names]
    words = [key.dictionary.to_pylist() for key in keys]
    numbers = [np.asarray(key.indices.to_numpy(), np.int64) for key in keys]
    first, at = _distinct(numbers, [max(len(word), 1) for word in words])
    found = []
    for row in first.tolist():
        texts = [word[number[row]] for word, number in zip(words, numbers, strict=True)]
        found.append(finder.why(Tagged(*texts[: len(_TAG)]), Tagged(*texts[len(_TAG) :])))
    made = np.array(found or [("", "")], dtype=object)
    return made[at, 0], made[at, 1]


def _distinct(numbers: Sequence[Ints], sizes: Sequence[int]) -> tuple[Ints, Ints]:
    """The first row of each distinct combination, and per row the place of its combination; columns hold numbers below their size."""
    code, size = np.zeros(len(numbers[0]), np.int64), 1
    for number, wide in zip(numbers, sizes, strict=True):
        if size * wide >= _WIDEST:
            known, code = np.unique(code, return_inverse=True)
            size = max(len(known), 1)
        code, size = code * wide + number, size * wide
    _, first, at = np.unique(code, return_index=True, return_inverse=True)
    return first.astype(np.int64), at.astype(np.int64)
