"""The learned model on the cases of an edition: verdicts and entries after it, and the scores people see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.reference.calibration import Calibration, read_calibration
from greenfin.reference.load import Reference
from greenfin.reference.rules import VERDICTS
from greenfin.reference.words import read_words
from greenfin.tag.calibrate import BY_LIKENESS, calibrated, ways
from greenfin.tag.cases import Cases
from greenfin.tag.decide import BY_MODEL, CONTRADICTS, GREEN, NO_LEAF, NOT_GREEN, REASONS, REVIEW, Decided, contradicts
from greenfin.tag.features import Objects, Said, Singles, activity_words
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.model import Model, moved
from greenfin.tag.packed import distinct

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Learned:
    """What is counted and learned: the model (None: none) with the words of the activities it knows by name, and what scores are worth
    (an empty table: they stay as the tagger weighs them). ``is_raw``: also the leaf stands where only its class would be said."""

    model: Model | None = None
    activities: Mapping[str, Sequence[str]] = field(default_factory=dict)
    table: Calibration = field(default_factory=Calibration)
    is_raw: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """The decisions after the model; ``likely`` how likely a verdict is that it moved (nan: not moved),
    ``told`` why, as JSON. Both are None where no model was asked."""

    decided: Decided
    likely: Singles | None = None
    told: pa.Array | None = None


def learned_of(reference: Reference, *, model: Model | None, raw: bool) -> Learned:
    """What is learned, for the reference data in play; ``raw``: scores as the tagger weighs them, leaves as it finds them."""
    folder = reference.root / "taxonomy"
    table = Calibration() if raw else read_calibration(folder)
    return Learned(model, activity_words(read_words(folder / "words")) if model else {}, table, raw)


def after_model(decided: Decided, learned: Learned, *, cases: Cases, lexicon: Lexicon, edition: Edition) -> After:
    """The decisions after the model, where there is one for the edition. What it would make green against the industry of use stays a
    question."""
    if learned.model is None or learned.model.edition != edition.id:
        return After(decided)
    said = _said(decided, cases, edition=edition)
    found = moved(learned.model, said, activities=learned.activities)
    changed = found.changed(said)
    raised = changed & (decided.verdict == NOT_GREEN)
    dropped = changed & (found.decision == VERDICTS[NOT_GREEN])
    leaf = np.select([found.swapped | raised, dropped], [decided.runner_up, NO_LEAF], default=decided.leaf)
    runner_up = np.select([found.swapped | dropped, raised], [decided.leaf, NO_LEAF], default=decided.runner_up)
    verdict = np.array([VERDICTS.index(v) for v in found.decision], dtype=np.int64)
    green = np.flatnonzero(changed & (verdict == GREEN) & (leaf != NO_LEAF))
    against = green[contradicts(cases, green, leaf[green], lexicon=lexicon, edition=edition)]
    verdict[against], changed[against] = REVIEW, False
    reason = np.where(changed, BY_MODEL, decided.reason)
    reason[against] = CONTRADICTS
    after = replace(
        decided,
        verdict=verdict,
        leaf=leaf.astype(np.int64),
        runner_up=runner_up.astype(np.int64),
        score=np.where(raised, decided.runner_up_score, decided.score),
        runner_up_score=np.where(dropped, decided.score, decided.runner_up_score),
        reason=reason,
    )
    of_verdict = np.where(verdict == NOT_GREEN, 1 - found.green, found.green)
    return After(after, np.where(verdict != decided.verdict, of_verdict, np.nan), found.told)


def _said(decided: Decided, cases: Cases, *, edition: Edition) -> Said:
    """The decisions by name, with the texts they are about: purpose and project together, each once."""
    pairs, where = distinct(cases.purpose, cases.project)
    own, beside = (pc.take(cases.texts, pa.array(column)) for column in zip(*pairs, strict=True))
    texts = pc.binary_join_element_wise(own, beside, " ").to_pylist()
    verdicts, reasons, codes = (_objects(names) for names in (VERDICTS, REASONS, (*edition.codes, "")))
    scores = decided.score.astype(np.float64), decided.runner_up_score.astype(np.float64)
    named = verdicts[decided.verdict], codes[decided.leaf], codes[decided.runner_up]
    return Said(texts, where, *named, *scores, reasons[decided.reason], decided.rule >= 0)


def _objects(names: Sequence[str]) -> Objects:
    return np.array(names, dtype=object)


_OPEN_AT_MOST = 0.9  # green with a paper still open, or by likeness alone, is never surer


def scores_of(after: After, decided: Decided, *, needs: pa.Array, table: Calibration) -> tuple[Singles, Singles]:
    """How likely each verdict of ``decided`` is right (of review: green), and the runner-up on the same scale (of not green: how likely
    green). ``needs``: the open papers as JSON. A verdict that stands as the model moved it has the model's own likelihood."""
    has_needs = pc.not_equal(needs, "[]").to_numpy(zero_copy_only=False)
    alike = np.isin(decided.reason, [n for n, reason in enumerate(REASONS) if reason in BY_LIKENESS])
    way = ways(by_rule=decided.rule >= 0, by_likeness=alike, has_needs=has_needs)
    score = calibrated(decided.score, verdict=decided.verdict, way=way, table=table)
    score = np.where((alike | has_needs) & (decided.verdict == GREEN), np.minimum(score, _OPEN_AT_MOST), score)
    beside = np.where(decided.verdict == NOT_GREEN, REVIEW, decided.verdict)
    second = np.flatnonzero(decided.runner_up >= 0)
    runner_up = decided.runner_up_score.astype(np.float64)
    runner_up[second] = calibrated(runner_up[second], verdict=beside[second], way=way[second], table=table)
    if after.likely is None:
        return score, runner_up
    stands = ~np.isnan(after.likely) & (decided.verdict == after.decided.verdict)
    return np.where(stands, after.likely, score), runner_up
