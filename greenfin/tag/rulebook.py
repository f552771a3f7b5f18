"""What each rule of an edition says of one loan: met, unmet, unknown; those that do not apply are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from greenfin.core.problems import Refused, error
from greenfin.core.records import Book
from greenfin.reference.load import Reference
from greenfin.reference.rules import Rule
from greenfin.tag.cases import cases_of
from greenfin.tag.lexicon import lexicon
from greenfin.tag.reading import read
from greenfin.tag.ruling import NO_RULE, RuleOutcome, outcome, rulings
from greenfin.tag.signals import signals


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """A rule that speaks to the loan: ``outcome`` is met, unmet or unknown; ``decided``: it is the one that the tag rests on.

    ``found`` is the number the text states where the rule asks for one, in the unit of its fact (None: not stated, or not asked).
    """

    rule: Rule
    outcome: str
    decided: bool
    found: float | None = None


@dataclass(frozen=True, slots=True)
class RulesSaid:
    """The rules that speak to a loan, in the order of the file, and how many do not apply to it."""

    said: tuple[RuleSaid, ...]
    not_applicable: int


def rules_of(book: Book, reference: Reference, *, edition: str, loan_id: str) -> RulesSaid:
    """The rules of an edition for one loan of the book; raises Refused for an edition or a loan that is not known."""
    if edition not in reference.catalogues:
        raise Refused(error("tag.unknown_edition", "", found=edition, known=", ".join(reference.catalogues)))
    rows = book.loans.filter(pc.equal(book.loans["loan_id"], loan_id))
    if not rows.num_rows:
        raise Refused(error("tag.unknown_loan", loan_id))
    words = lexicon(reference, (edition,))
    known = words.editions[edition]
    cases = cases_of(rows.slice(0, 1), book)
    said = signals(cases, read(cases.texts, words), lexicon=words)
    deciding = int(rulings(cases, said, lexicon=words, edition=known).rule[0])
    spoken = []
    for index, rule in enumerate(known.rules):
        result = RuleOutcome(int(outcome(rule, cases, said=said, lexicon=words)[0]))
        if result is RuleOutcome.NOT_APPLICABLE:
            continue
        fact = float(said.facts[rule.threshold.fact][0]) if rule.threshold else np.nan
        spoken.append(
            RuleSaid(rule, result.name.lower(), deciding not in (NO_RULE,) and index == deciding, None if np.isnan(fact) else fact)
        )
    return RulesSaid(tuple(spoken), len(known.rules) - len(spoken))
