"""What each rule of an edition says of one loan: met, unmet, unknown; those that do not apply are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow.compute as pc

from greenfin.core.problems import Refused, error
from greenfin.core.records import Book
from greenfin.reference.load import Reference
from greenfin.reference.rules import Rule
from greenfin.tag.borrowers import said_of_borrower, speaks_of_borrower
from greenfin.tag.cases import Cases
from greenfin.tag.columns import by_borrower, cases_alone, decided_of
from greenfin.tag.lexicon import Edition, Lexicon, lexicon
from greenfin.tag.reading import read
from greenfin.tag.ruling import NO_RULE, RuleOutcome, outcome
from greenfin.tag.settle import lines_of
from greenfin.tag.signals import Signals
from greenfin.tag.thresholds import LineSaid


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """A rule that speaks to the loan: ``outcome`` is met, unmet or unknown; ``decided``: it is the one that the tag rests on.

    ``found`` is the number the text states where the rule asks for one, in the unit of its fact (None: not stated, or not asked).
    ``applies_from``, ``applies_until``: the rule's own days, else those of its edition (until is exclusive; None: open).
    """

    rule: Rule
    outcome: str
    decided: bool
    found: float | None = None
    applies_from: date | None = None
    applies_until: date | None = None


@dataclass(frozen=True, slots=True)
class RulesSaid:
    """The rules that speak to a loan, in the order of the file, how many do not apply to it, and the thresholds of its leaf."""

    said: tuple[RuleSaid, ...]
    not_applicable: int
    thresholds: tuple[LineSaid, ...] = ()


def rules_of(book: Book, reference: Reference, *, edition: str, loan_id: str) -> RulesSaid:
    """The rules of an edition for one loan of the book; raises Refused for an edition or a loan that is not known."""
    if edition not in reference.catalogues:
        raise Refused(error("tag.unknown_edition", "", found=edition, known=", ".join(reference.catalogues)))
    rows = book.loans.filter(pc.equal(book.loans["loan_id"], loan_id))
    if not rows.num_rows:
        raise Refused(error("tag.unknown_loan", loan_id))
    words = lexicon(reference, (edition,))
    known = words.editions[edition]
    cases = cases_alone(replace(book, loans=rows.slice(0, 1)), words, edition=known)
    reading = read(cases.texts, words)
    said, decided = decided_of(cases, reading, words, edition=known)[:2]
    decided = by_borrower(cases, decided, words, edition=known)
    deciding = known.rules[int(decided.rule[0])] if decided.rule[0] != NO_RULE else None
    spoken = [_said(rule, deciding, cases, said=said, words=words, edition=known) for rule in known.rules]
    lines = lines_of(cases, reading, stated=said.facts, leaf=int(decided.leaf[0]), lexicon=words, edition=known)
    kept = tuple(one for at, one in enumerate(spoken) if one.outcome != "not_applicable" and not _is_rest(one, spoken[:at]))
    return RulesSaid(kept, len(spoken) - len(kept), tuple(one for one in lines if one.outcome != "not_applicable"))


def _is_rest(one: RuleSaid, before: Sequence[RuleSaid]) -> bool:
    """Whether the rule is what is left behind rules of the same words that ask for a number, and one of them has found its number."""
    answered = (other.rule for other in before if other.rule.threshold and other.outcome == "met")
    return not one.decided and one.rule.threshold is None and any(_words(rule) == _words(one.rule) for rule in answered)


def _words(rule: Rule) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each) for each in (rule.all_of, rule.any_of, rule.none_of, rule.industries, rule.activities))


def _said(rule: Rule, deciding: Rule | None, cases: Cases, *, said: Signals, words: Lexicon, edition: Edition) -> RuleSaid:
    if speaks_of_borrower(rule):
        number = float(cases.borrowing.revenue[0])
        result = said_of_borrower(rule, deciding, revenue=number)
    else:
        number = float(said.facts[rule.threshold.fact][np.zeros(1, dtype=np.int64)][0]) if rule.threshold else np.nan
        result = RuleOutcome(int(outcome(rule, cases, said=said, lexicon=words)[0])).name.lower()
    days = (rule.applies_from or edition.catalogue.in_force_from, rule.applies_until or edition.catalogue.in_force_until)
    return RuleSaid(rule, result, rule is deciding, None if np.isnan(number) else number, *days)
