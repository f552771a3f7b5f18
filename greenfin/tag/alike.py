"""What the likeness of a text changes in its decision: a likelier leaf, an answer to a doubt, a question where nothing was found."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from greenfin.tag import likeness as columns
from greenfin.tag.cases import Cases
from greenfin.tag.compiled import WAY, kernel
from greenfin.tag.decide import (
    ALIKE,
    BY_LIKENESS,
    BY_WORDS,
    CONTRADICTS,
    DOUBTFUL,
    GREEN,
    IS_WEAK,
    NO_ENTRY,
    NO_LEAF,
    NOT_GREEN,
    REVIEW,
    UNLIKE,
    Decided,
    contradicts,
)
from greenfin.tag.grams import Grams
from greenfin.tag.lexicon import LED, Edition, Lexicon
from greenfin.tag.likeness import Likeness, Weights, read_weights, weight_of
from greenfin.tag.packed import rows_of
from greenfin.tag.parents import TIED
from greenfin.tag.reading import Reading
from greenfin.tag.ruling import NO_RULE
from greenfin.tag.signals import MAKE, TRADE, Signals

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Singles = NDArray[np.float32]

_OPEN = (BY_WORDS, DOUBTFUL, IS_WEAK, NO_ENTRY)
_LIKELIER = 0.2  # how far the best leaf must be ahead of the second to take the place of another
_ANSWERS, _WEAK, _FINDS, _ASKS, _PLAIN = 0.3, 0.7, 0.7, 0.2, 0.6  # how much must speak for being green
_DENIES, _DENIES_SURE, _SURE = -0.3, -0.8, 0.84  # how much must speak against a leaf, and against one of so high a score
_FROM, _STEP, _MOST = 0.62, 0.2, 0.95  # the score of what likeness decides
_BEHIND = 2 * TIED  # how far a leaf that gives way to a likelier one is put behind it: the two are no tie
_SIGNS_AT_ONCE = 1 << 18
SOURCES = ("purpose", "project")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Cases whose leaf their likeness has chosen, and the leaf."""

    case: Ints
    leaf: Ints


NONE_CHOSEN = Chosen(*(np.zeros(0, dtype=np.int64) for _ in range(2)))


@dataclass(frozen=True, slots=True)
class Spoken:
    """Stretches of the texts that likeness rests on: the case, in which of SOURCES, the text, ``start:end`` of the folded corpus."""

    case: Ints
    source: Ints
    text: Ints
    start: Ints
    end: Ints


NOTHING = Spoken(*(np.zeros(0, dtype=np.int64) for _ in range(5)))


def reconsidered(
    cases: Cases, reading: Reading, said: Signals, *, decided: Decided, lexicon: Lexicon, edition: Edition, way: str = ""
) -> tuple[Decided, Chosen]:
    """The decisions after a look at what the texts are like, and the leaves that this chose. Only what no rule decided changes; where a
    rule only says that nothing green was named (``plain``), a text much like a leaf becomes a question. What would be green against
    the industry of use is a question too."""
    weights = read_weights(edition.catalogue.folder, edition.codes)
    if weights is None:
        return decided, NONE_CHOSEN
    plain = np.array([r.plain for r in edition.rules] + [False])[decided.rule]
    free = (decided.rule == NO_RULE) & np.isin(decided.reason, _OPEN)
    rows = np.flatnonzero((free | (plain & (decided.verdict == NOT_GREEN))) & ((cases.purpose > 0) | (cases.project > 0)))
    if not len(rows):
        return decided, NONE_CHOSEN
    asked = np.where(free, _ASKS, _PLAIN).astype(np.float32)
    seen = [
        _seen(part, cases, reading, said, decided=decided, asked=asked, weights=weights, way=way) for part in _parts(rows, cases, reading)
    ]
    rows, green = (np.concatenate(columns) for columns in zip(*((at, green) for at, green, _ in seen), strict=True))
    like = Likeness(*(np.concatenate([getattr(one, name) for _, _, one in seen]) for name in Likeness.__slots__))
    was, leaf = decided.verdict[rows], decided.leaf[rows]
    ahead = like.score - like.second_score >= _LIKELIER
    trades = np.array([edition.catalogue.entries[code].activity == "trade" for code in edition.codes])
    sells = said.activity[rows] == TRADE
    ahead &= np.where(trades[like.leaf], sells, ~(sells & (leaf != NO_LEAF) & trades[leaf]))
    ahead &= ~_led(said, rows, leaf, like.leaf, lexicon=lexicon, edition=edition)
    likelier = (like.leaf != leaf) & ahead & _fits_industry(cases, rows, like.leaf, leaf, edition=edition)
    verdict = _verdicts(decided, rows, green, ruled=plain[rows] & ~free[rows], is_ahead=ahead)
    moved = verdict != was
    unlike = moved & (was == GREEN)
    taken = np.where(moved, ~unlike, likelier & (was != NOT_GREEN) & (leaf != NO_LEAF))
    changed = _changed(decided, rows[moved | taken], verdict[moved | taken], np.where(taken, like.leaf, leaf)[moved | taken])
    reason = np.where(verdict == GREEN, BY_LIKENESS, np.where(unlike, UNLIKE, ALIKE))
    changed.reason[rows[moved]] = reason[moved]
    strong = np.clip(_FROM + _STEP * green, 0, _MOST).astype(np.float32)
    changed.score[rows[moved]] = strong[moved]
    green_rows = rows[taken & (verdict == GREEN)]
    against = green_rows[contradicts(cases, green_rows, changed.leaf[green_rows], lexicon=lexicon, edition=edition)]
    changed.verdict[against], changed.reason[against] = REVIEW, CONTRADICTS
    return changed, Chosen(rows[taken], like.leaf[taken])


def _led(said: Signals, rows: Ints, leaf: Ints, instead: Ints, *, lexicon: Lexicon, edition: Edition) -> Flags:
    """Where the grammar of the text has chosen the leaf: goods are made and not run, or something else named only serves what leads."""
    makes, was, now = said.activity[rows] == MAKE, edition.made[leaf], edition.made[instead]
    led = said.present.at(lexicon.column[LED], rows) & ~(makes & ~was & now)
    return np.asarray((leaf != NO_LEAF) & ((makes & was & ~now) | led), dtype=np.bool_)


def _parts(rows: Ints, cases: Cases, reading: Reading) -> list[Ints]:
    """The rows in parts of about so many signs: the runs of long texts take many times their room."""
    sizes = reading.corpus.ends - reading.corpus.starts
    before = np.cumsum(sizes[cases.purpose[rows]] + sizes[cases.project[rows]])
    return np.split(rows, np.flatnonzero(np.diff(before // _SIGNS_AT_ONCE)) + 1)


def _seen(
    rows: Ints, cases: Cases, reading: Reading, said: Signals, *, decided: Decided, asked: Singles, weights: Weights, way: str
) -> tuple[Ints, Singles, Likeness]:
    """Those of the rows that may change, how much speaks for each being green, and what it is like; ``asked``: how much must speak for
    being green before what is not green changes."""
    look = kernel("likeness") if way == WAY else columns
    runs = look.read_runs(reading.corpus, [cases.purpose[rows], cases.project[rows]], said.activity[rows], weights=weights)
    near = np.flatnonzero((decided.verdict[rows] != NOT_GREEN) | (runs.green >= asked[rows]))
    return rows[near], runs.green[near], look.likeness(runs, near, weights=weights)


def _verdicts(decided: Decided, rows: Ints, green: Singles, *, ruled: Flags, is_ahead: Flags) -> Ints:
    """The verdict of each row by how much speaks for being green; a doubt is only answered, and what no word finds only made green,
    where one leaf is ahead."""
    was = decided.verdict[rows]
    answers = np.where(is_ahead, np.where(decided.reason[rows] == IS_WEAK, _WEAK, _ANSWERS), np.inf)
    denies = np.where(decided.score[rows] >= _SURE, _DENIES_SURE, _DENIES)
    ways = [
        (ruled, np.where(green >= _PLAIN, REVIEW, was)),
        (was == GREEN, np.where(green <= denies, REVIEW, was)),
        (was == REVIEW, np.where(green >= answers, GREEN, was)),
        (was == NOT_GREEN, np.select([(green >= _FINDS) & is_ahead, green >= _ASKS], [GREEN, REVIEW], was)),
    ]
    return np.asarray(np.select([when for when, _ in ways], [then for _, then in ways], was), dtype=np.int64)


def _fits_industry(cases: Cases, rows: Ints, leaf: Ints, instead: Ints, *, edition: Edition) -> Flags:
    """Whether the industry of use agrees with a leaf no less than with the one it would take the place of."""
    row = edition.agreement.row(cases.industries)[cases.industry[rows]]
    fits: Flags = edition.agreement.added[row, leaf] >= edition.agreement.added[row, instead]
    return fits


def _changed(decided: Decided, rows: Ints, verdict: Ints, leaf: Ints) -> Decided:
    """The decisions with others in these rows; the leaf that gives way is the runner-up."""
    changed = replace(
        decided,
        verdict=decided.verdict.copy(),
        leaf=decided.leaf.copy(),
        score=decided.score.copy(),
        reason=decided.reason.copy(),
        runner_up=decided.runner_up.copy(),
        runner_up_score=decided.runner_up_score.copy(),
    )
    gives_way = (decided.leaf[rows] != leaf) & (decided.leaf[rows] != NO_LEAF)
    changed.runner_up[rows[gives_way]] = decided.leaf[rows][gives_way]
    changed.runner_up_score[rows[gives_way]] = decided.score[rows][gives_way] - _BEHIND
    changed.verdict[rows], changed.leaf[rows] = verdict, leaf
    return changed


_BEST, _LEAST = 6, 0.3  # runs shown for a case; a run that weighs less than this part of the strongest is left out


def spoken(cases: Cases, reading: Reading, chosen: Chosen, *, among: Flags, edition: Edition, way: str = "") -> Spoken:
    """The runs of signs that speak most for the leaf that was chosen in these of the cases (``among``), those that touch put together."""
    kept = among[chosen.case]
    rows, leaf = chosen.case[kept], chosen.leaf[kept]
    weights = read_weights(edition.catalogue.folder, edition.codes) if len(rows) else None
    if weights is None:
        return NOTHING
    texts = [getattr(cases, name)[rows] for name in SOURCES]
    parts = [_of_source(n, own, rows=rows, leaf=leaf, reading=reading, weights=weights, way=way) for n, own in enumerate(texts)]
    return Spoken(*(np.concatenate([getattr(p, name) for p in parts]) for name in Spoken.__slots__))


def _of_source(source: int, texts: Ints, *, rows: Ints, leaf: Ints, reading: Reading, weights: Weights, way: str) -> Spoken:
    look = kernel("likeness") if way == WAY else columns
    held, run = look.known_grams(reading.corpus, texts, weights=weights, leaf=leaf)
    weight = weight_of(run, leaf[held.row], weights=weights)
    order = np.lexsort((-weight, held.row))
    held, weight = held.take(order), weight[order]
    first = rows_of(held.row, len(rows)).first[held.row]
    kept = (np.arange(len(first)) - first < _BEST) & (weight >= _LEAST * weight[first])
    held = held.take(kept)
    order = np.lexsort((held.start, held.row))
    return _together(held.take(order), source, texts, rows=rows, size=len(reading.corpus.codes))


def _together(held: Grams, source: int, texts: Ints, *, rows: Ints, size: int) -> Spoken:
    """Runs in the order of their texts, those of a row that touch or overlap as one; ``size`` of the corpus."""
    row, start, end = held.row, held.start, held.end
    shift = row * (size + 1)  # so that no row reaches into the next one
    reach = np.maximum.accumulate(end + shift)
    at = np.flatnonzero(np.append(True, start[1:] + shift[1:] > reach[:-1])[: len(row)])
    last = np.append(at[1:], len(row))[: len(at)] - 1
    of = row[at]
    return Spoken(rows[of], np.full(len(at), source), texts[of], start[at], reach[last] - shift[at])
