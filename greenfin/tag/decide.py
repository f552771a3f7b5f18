"""From rules and scores to a decision for each case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.reference.words import IndustryWords
from greenfin.tag.cases import Cases
from greenfin.tag.lexicon import NAME_ONLY, Edition, Lexicon
from greenfin.tag.ruling import NO_RULE, Ruling
from greenfin.tag.score import Signals

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Singles = NDArray[np.float32]

GREEN_FROM, REVIEW_FROM, CANDIDATE_FROM = 0.62, 0.44, 0.30
_RULED = 0.8
NO_LEAF = -1


@dataclass(frozen=True, slots=True)
class Decided:
    """For each case: the verdict, the leaf it is about (NO_LEAF: none), score, runner-up, deciding rule, reason code."""

    verdict: NDArray[np.str_]
    leaf: Ints
    score: Singles
    runner_up: Ints
    runner_up_score: Singles
    rule: Ints
    reason: NDArray[np.str_]


def decide(cases: Cases, said: Signals, *, scores: Singles, ruling: Ruling, lexicon: Lexicon, edition: Edition) -> Decided:
    """A rule decides where one is met; else the best candidate: green, doubtful (review), or none (not green)."""
    best = scores.argmax(axis=1)
    top = scores[np.arange(len(scores)), best]
    verdict, reason = _by_score(cases, said, top=top, lexicon=lexicon)
    ruled = ruling.rule != NO_RULE
    verdict, reason = np.where(ruled, ruling.verdict, verdict), np.where(ruled, "tag.by_rule", reason)
    named = np.array([_named(r.entry, edition) for r in edition.rules] + [NO_LEAF], dtype=np.int64)[ruling.rule]
    leaf = np.where(named != NO_LEAF, named, np.where(top >= CANDIDATE_FROM, best, NO_LEAF))
    unfounded = ruled & (verdict == "green") & (named == NO_LEAF) & (top < REVIEW_FROM)
    verdict = np.where(unfounded, "review", verdict)
    against = (verdict == "green") & contradicts(cases, leaf, lexicon=lexicon, edition=edition)
    verdict, reason = np.where(against, "review", verdict), np.where(against, "tag.industry_contradicts", reason)
    leaf = np.where(verdict == "not_green", NO_LEAF, leaf)
    own = np.where(leaf >= 0, scores[np.arange(len(scores)), np.maximum(leaf, 0)], top)
    score = np.where((named != NO_LEAF) & (leaf >= 0), np.maximum(own, _RULED), own)
    runner, runner_score = _runner_up(scores, leaf)
    return Decided(verdict, leaf, score.astype(np.float32), runner, runner_score, ruling.rule, reason)


def _by_score(cases: Cases, said: Signals, *, top: Singles, lexicon: Lexicon) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """The verdict and its reason where no rule decides."""
    named_only, weak = said.present[:, lexicon.column[NAME_ONLY]], said.present[:, lexicon.column["weak"]]
    silent = (cases.purpose == 0) & (cases.project == 0) & (cases.product == 0)
    ways = [
        (top >= GREEN_FROM, "green", "tag.by_words"),
        (top >= REVIEW_FROM, "review", "tag.doubtful"),
        (named_only, "review", "tag.name_only"),
        (weak, "review", "tag.weak_words"),
        (silent, "review", "tag.no_text"),
    ]
    when = [condition for condition, _, _ in ways]
    verdict = np.select(when, [np.array(v) for _, v, _ in ways], default=np.array("not_green"))
    reason = np.select(when, [np.array(r) for _, _, r in ways], default=np.array("tag.no_entry"))
    return verdict.astype("U9"), reason.astype("U32")


def _named(code: str, edition: Edition) -> int:
    return edition.codes.index(code) if code in edition.codes else NO_LEAF


def _runner_up(scores: Singles, leaf: Ints) -> tuple[Ints, Singles]:
    """The best of the other leaves; none under the candidate threshold."""
    others = scores.copy()
    rows = np.flatnonzero(leaf >= 0)
    others[rows, leaf[rows]] = -1
    second = others.argmax(axis=1)
    value = others[np.arange(len(others)), second]
    return np.where(value >= CANDIDATE_FROM, second, NO_LEAF), value.astype(np.float32)


def contradicts(cases: Cases, leaf: Ints, *, lexicon: Lexicon, edition: Edition) -> Flags:
    """Cases whose industry of use speaks against the leaf: another division, where the edition is strict about it."""
    words = lexicon.industries
    result = np.zeros(cases.size, dtype=np.bool_)
    strict = words.strict.get(edition.id, ())
    for index in np.unique(leaf[leaf >= 0]):
        entry = edition.catalogue.entries[edition.codes[index]]
        if not entry.industries or not _under(entry.code, strict):
            continue
        rows = np.flatnonzero(leaf == index)
        names, where = np.unique(cases.industry[rows], return_inverse=True)
        against = np.array([_against(n, entry.industries, words=words) for n in names], dtype=np.bool_)
        result[rows] = against[where.reshape(-1)]
    return result


def _under(code: str, prefixes: tuple[str, ...]) -> bool:
    return any(code == p or code.startswith(p + ".") for p in prefixes)


def _against(industry: str, official: tuple[str, ...], *, words: IndustryWords) -> bool:
    if len(industry) < 2 or industry in official or industry.startswith(words.neutral):
        return False
    return industry.startswith(words.brown) or industry[:2] not in {o[:2] for o in official}
