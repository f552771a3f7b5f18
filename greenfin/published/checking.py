"""Everything that is checked of a published document, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin.core.problems import Outcome
from greenfin.messages import Lang, say
from greenfin.published.follow import without_followers
from greenfin.published.index import Case, case_of, is_of_kind, named
from greenfin.published.reading import read_published
from greenfin.published.rule_change import check_changes
from greenfin.published.rule_ghg import check_emissions
from greenfin.published.rule_groups import check_groups
from greenfin.published.rule_kinds import check_kinds
from greenfin.published.rule_names import check_names
from greenfin.published.rule_nest import check_nesting, in_band
from greenfin.published.rule_notes import check_notes
from greenfin.published.rule_parts import check_parts
from greenfin.published.rule_power import check_power
from greenfin.published.rule_prior import check_prior
from greenfin.published.rule_prose import check_prose
from greenfin.published.rule_ratio import check_ratios
from greenfin.published.rule_rows import check_rows
from greenfin.published.rule_running import check_running
from greenfin.published.rule_sentence import check_sentences
from greenfin.published.rule_series import check_series
from greenfin.published.rule_sum import check_sums
from greenfin.published.rule_text import check_text
from greenfin.published.rule_within import check_within
from greenfin.published.rule_words import check_words
from greenfin.published.settings import bands
from greenfin.published.shapes import Document, Fact, Finding, Period, Result, together

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

RULES = (
    check_changes,
    check_rows,
    check_kinds,
    check_sums,
    check_ratios,
    check_groups,
    check_running,
    check_nesting,
    check_prose,
    check_parts,
    check_sentences,
    check_within,
    check_series,
    check_text,
    check_emissions,
    check_words,
    check_power,
    check_names,
    check_notes,
    check_prior,
)
_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings in the order of the document, how many printed numbers were recomputed and how many of them hold."""

    document: Document
    findings: tuple[Finding, ...]
    checked: int
    reproduced: int


def check(path: Path, *, reference: Reference, prior: Path | None = None) -> Outcome[Checked]:
    """A published report checked against itself, and against the one before it (``prior``); raises Refused for an unreadable file."""
    document = read_published(path)
    before = read_published(prior) if prior else None
    found = checked(document.value, reference=reference, prior=before.value if before else None)
    return Outcome(found, (*document.problems, *(before.problems if before else ())))


def checked(document: Document, *, reference: Reference, prior: Document | None = None) -> Checked:
    """The same of documents that were read."""
    case = case_of(document, reference, prior)
    result = together([rule(case) for rule in (*RULES, check_bands)])
    return Checked(document, _ordered(document, result), result.checked, result.reproduced)


def check_bands(case: Case) -> Result:
    """V-BAND: ratios of two indicators of one table and period that a reader would question."""
    found = []
    for band in bands():
        for facts in case.tables:
            periods = dict.fromkeys(fact.label.period for fact in facts.facts if named(fact) == band.above)
            for period in periods:
                above, below = (_level(facts.facts, name, period) for name in (band.above, band.below))
                if above and below and period and not period.reach:
                    found.append(in_band(band, above.figure.base, below.figure.base, above))
    return together(found)


def _level(facts: tuple[Fact, ...], name: str, period: Period | None) -> Fact | None:
    mine = [f for f in facts if named(f) == name and f.label.period == period and f.is_level and not f.label.is_share and f.figure.kind]
    is_one = len(mine) == 1 and "/" not in mine[0].figure.kind
    return mine[0] if is_one and is_of_kind(name, mine[0].figure.kind) else None  # electricity in tonnes is its emissions


def _ordered(document: Document, result: Result) -> tuple[Finding, ...]:
    """By place in the document; one finding of a rule and number at a place is enough."""
    places = {place: at for at, place in enumerate(_places(document))}
    once = {(f.rule, f.where, f.code, str(f.published)): f for f in result.findings}
    return tuple(
        sorted(without_followers(list(once.values())), key=lambda f: (places.get(f.where, len(places)), _ORDER[f.severity], f.rule))
    )


def _places(document: Document) -> list[str]:
    found: list[str] = []
    for block in document.blocks:
        rows = getattr(block, "rows", ())
        found += [block.where, *(cell.where for row in rows for cell in row)]
    return found


def message(finding: Finding, lang: Lang) -> str:
    """A finding in words."""
    return say(finding.code, lang, **finding.slots)


def as_json(found: Checked, lang: Lang) -> dict[str, object]:
    """The JSON of ``check``."""
    return {"findings": [_finding(each, lang) for each in found.findings], "checked": found.checked, "reproduced": found.reproduced}


def _finding(finding: Finding, lang: Lang) -> Mapping[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "where": finding.where,
        "published": finding.published,
        "recomputed": finding.recomputed,
        "low": finding.low,
        "high": finding.high,
        "message": message(finding, lang),
    }
