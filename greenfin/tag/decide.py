"""From rules and scores to a decision for each case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from greenfin.reference.rules import VERDICTS
from greenfin.reference.words import IndustryWords
from greenfin.tag.cases import Cases
from greenfin.tag.lexicon import NAME_ONLY, Edition, Lexicon
from greenfin.tag.packed import distinct
from greenfin.tag.ruling import NO_RULE, Ruling
from greenfin.tag.score import Candidates
from greenfin.tag.signals import Signals

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Singles = NDArray[np.float32]

GREEN_FROM, REVIEW_FROM, CANDIDATE_FROM = 0.62, 0.44, 0.30
_RULED = 0.8
NO_LEAF = -1
GREEN, NOT_GREEN, REVIEW = (VERDICTS.index(v) for v in ("green", "not_green", "review"))
REASONS = (
    *("tag.by_words", "tag.doubtful", "tag.name_only", "tag.weak_words", "tag.no_text", "tag.no_entry"),
    *("tag.by_rule", "tag.industry_contradicts", "tag.threshold_unmet", "tag.class_only", "tag.by_model"),
    *("tag.by_likeness", "tag.alike", "tag.unlike"),
)
BY_WORDS, DOUBTFUL, IS_NAME_ONLY, IS_WEAK, NO_TEXT, NO_ENTRY, BY_RULE, CONTRADICTS, IS_MISSED, IS_CLASS, BY_MODEL, *_ = range(len(REASONS))
BY_LIKENESS, ALIKE, UNLIKE = range(BY_MODEL + 1, len(REASONS))


@dataclass(frozen=True, slots=True)
class Decided:
    """For each case: the verdict (of VERDICTS), the leaf it is about (NO_LEAF: none), score, runner-up, deciding rule, reason (of
    REASONS)."""

    verdict: Ints
    leaf: Ints
    score: Singles
    runner_up: Ints
    runner_up_score: Singles
    rule: Ints
    reason: Ints


def decide(cases: Cases, said: Signals, *, found: Candidates, ruling: Ruling, lexicon: Lexicon, edition: Edition) -> Decided:
    """A rule decides where one is met; else the best candidate: green, doubtful (review), or none (not green)."""
    best, top = found.first(np.ones(len(found.leaf), dtype=np.bool_))
    verdict, reason = _by_score(cases, said, top=top, lexicon=lexicon)
    ruled = ruling.rule != NO_RULE
    verdict, reason = np.where(ruled, ruling.verdict, verdict), np.where(ruled, BY_RULE, reason)
    named = np.array([_named(r.entry, edition) for r in edition.rules] + [NO_LEAF], dtype=np.int64)[ruling.rule]
    leaf = np.where(named != NO_LEAF, named, np.where(top >= CANDIDATE_FROM, best, NO_LEAF))
    unfounded = ruled & (verdict == GREEN) & (named == NO_LEAF) & (top < REVIEW_FROM)
    verdict = np.where(unfounded, REVIEW, verdict)
    green = np.flatnonzero((verdict == GREEN) & (leaf != NO_LEAF))
    against = green[contradicts(cases, green, leaf[green], lexicon=lexicon, edition=edition)]
    verdict[against], reason[against] = REVIEW, CONTRADICTS
    leaf = np.where(verdict == NOT_GREEN, NO_LEAF, leaf)
    own = np.where(leaf >= 0, found.first(found.leaf == leaf[found.rows.of])[1], top)
    score = np.where((named != NO_LEAF) & (leaf >= 0), np.maximum(own, _RULED), own)
    runner, second = found.first(found.leaf != leaf[found.rows.of])
    return Decided(
        verdict, leaf, score.astype(np.float32), np.where(second >= CANDIDATE_FROM, runner, NO_LEAF), second, ruling.rule, reason
    )


def _by_score(cases: Cases, said: Signals, *, top: Singles, lexicon: Lexicon) -> tuple[Ints, Ints]:
    """The verdict and its reason where no rule decides."""
    named_only, weak = said.present.row(lexicon.column[NAME_ONLY]), said.present.row(lexicon.column["weak"])
    silent = (cases.purpose == 0) & (cases.project == 0) & (cases.product == 0)
    when = [top >= GREEN_FROM, top >= REVIEW_FROM, named_only, weak, silent]
    reason = np.select(when, [BY_WORDS, DOUBTFUL, IS_NAME_ONLY, IS_WEAK, NO_TEXT], default=NO_ENTRY)
    verdict = np.select([reason == BY_WORDS, reason == NO_ENTRY], [GREEN, NOT_GREEN], default=REVIEW)
    return verdict, reason


@lru_cache(maxsize=1 << 12)
def _named(code: str, edition: Edition) -> int:
    return edition.codes.index(code) if code in edition.codes else NO_LEAF


def contradicts(cases: Cases, rows: Ints, leaf: Ints, *, lexicon: Lexicon, edition: Edition) -> Flags:
    """Of these cases those whose industry of use speaks against the leaf: another division, where the edition is strict about it."""
    pairs, where = distinct(leaf, cases.industry[rows])
    return np.array([_denies(leaf, cases.industries[b], lexicon, edition) for leaf, b in pairs], dtype=np.bool_)[where]


@lru_cache(maxsize=1 << 16)
def _denies(leaf: int, industry: str, lexicon: Lexicon, edition: Edition) -> bool:
    words, entry = lexicon.industries, edition.catalogue.entries[edition.codes[leaf]]
    if industry.startswith(words.also.get(edition.id, {}).get(entry.code, ())):
        return False
    strict = words.strict.get(edition.id, ())
    return bool(entry.industries) and _under(entry.code, strict) and _against(industry, entry.industries, words=words)


def _under(code: str, prefixes: tuple[str, ...]) -> bool:
    return any(code == p or code.startswith(p + ".") for p in prefixes)


def _against(industry: str, official: tuple[str, ...], *, words: IndustryWords) -> bool:
    if len(industry) < 2 or industry in official or industry.startswith(words.neutral):
        return False
    return industry.startswith(words.brown) or industry[:2] not in {o[:2] for o in official}
