"""After the decision: the leaf's own thresholds, the share that is green, the class where the leaf is open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.reference.rules import Rule
from greenfin.reference.shares import ShareWords, read_shares
from greenfin.reference.thresholds import Criterion, read_thresholds
from greenfin.tag.cases import Cases
from greenfin.tag.decide import GREEN, IS_CLASS, IS_MISSED, NO_LEAF, NOT_GREEN, REVIEW, REVIEW_FROM, Decided
from greenfin.tag.evidence import Place
from greenfin.tag.facts import Numbers
from greenfin.tag.lexicon import Edition, Lexicon
from greenfin.tag.parents import NEED, NO_CLASS, only_class, tied
from greenfin.tag.reading import Reading
from greenfin.tag.ruling import NO_RULE
from greenfin.tag.shares import PPM, Mark, Stated, stated_share
from greenfin.tag.thresholds import UNMET, Judged, LineSaid, by_leaf, judge, said_of

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
UNSTATED = -1
SHARE = "share"
_READ = ("purpose", "project")


@dataclass(frozen=True, slots=True)
class Settled:
    """The decision with what is asked of its leaf (``judged``), the class instead of the leaf (NO_CLASS: the leaf stands), the green share
    in millionths (UNSTATED: the whole) with its reason code, and further places to show."""

    decided: Decided
    judged: Judged
    parent: Ints
    share_ppm: Ints
    share_reason: NDArray[np.object_]
    places: tuple[Place, ...]


def settle(
    cases: Cases, reading: Reading, *, stated: Mapping[str, Numbers], decided: Decided, lexicon: Lexicon, edition: Edition
) -> Settled:
    """The decision of each case settled: a stated share answers a question of splitting, a missed threshold is never green.

    ``stated``: fact -> the number each case states (NaN: none).
    """
    words = read_shares(edition.catalogue.folder.parent / "words" / "shares.yaml")
    lines = read_thresholds(edition.catalogue.folder / "thresholds.csv")
    shares, places = _shares(cases, reading, decided=decided, words=words, lexicon=lexicon, rules=edition.rules)
    decided = _split(decided, shares, rules=edition.rules)
    judged = _judge(cases, reading, stated=stated, decided=decided, lines=lines, lexicon=lexicon, edition=edition)
    missed = (judged.outcome == UNMET) & (decided.verdict == GREEN)
    places += [p for case in np.flatnonzero(missed) for p in _missed(int(case), lines[judged.missed[case]], cases, reading, lexicon)]
    decided = _without_missed(decided, judged, missed)
    decided, parent, named = _classes(cases, reading, decided, edition=edition)
    places += named
    ppm, reason = _ppm(decided, shares, stated=stated, rules=edition.rules)
    kept = tuple(p for p in places if p.says != SHARE or ppm[p.case] != UNSTATED)
    return Settled(decided, judged, parent, ppm, reason, kept)


def _folded(reading: Reading, text: int) -> str:
    """A folded text of the corpus."""
    body = reading.corpus
    return body.text[int(body.starts[text]) : int(body.ends[text])]


# shares


def _asks(decided: Decided, rules: Sequence[Rule]) -> Flags:
    """Cases whose question a stated share answers."""
    stated = np.array([r.share == "stated" for r in rules] + [False])
    found: Flags = (decided.verdict == REVIEW) & stated[decided.rule] & (decided.leaf >= 0) & (decided.score >= REVIEW_FROM)
    return found


def _shares(
    cases: Cases, reading: Reading, *, decided: Decided, words: ShareWords, lexicon: Lexicon, rules: Sequence[Rule]
) -> tuple[Mapping[int, Stated], list[Place]]:
    """The shares that the texts of green cases, and of questions of splitting, state: the purpose before the project."""
    asks = _asks(decided, rules)
    wanted = np.flatnonzero((decided.verdict == GREEN) | asks)
    found: dict[int, Stated] = {}
    places: list[Place] = []
    for kind in _READ:
        texts = getattr(cases, kind)[wanted]
        mixed = set(texts[asks[wanted]].tolist())
        read = (
            (text, _of_text(reading, text, words, lexicon, is_mixed=text in mixed))
            for text in _gated(reading, np.unique(texts[texts > 0]), words)
        )
        stated = {text: share for text, share in read if share is not None}
        held = np.isin(texts, list(stated)) & ~np.isin(wanted, list(found))
        for case, text in zip(wanted[held].tolist(), texts[held].tolist(), strict=True):
            found[case] = stated[text]
            start = int(reading.corpus.starts[text])
            places += [Place(case, kind, text, start + a, start + b, SHARE) for a, b in stated[text].places]
    return found, places


def _gated(reading: Reading, texts: Ints, words: ShareWords) -> list[int]:
    """The texts that may state a share at all."""
    if not len(texts):
        return []
    opens = pc.match_substring_regex(reading.corpus.lines.take(pa.array(texts)), words.gate).to_numpy(zero_copy_only=False)
    return [int(t) for t in texts[opens]]


def _of_text(reading: Reading, text: int, words: ShareWords, lexicon: Lexicon, *, is_mixed: bool) -> Stated | None:
    hits = reading.hits
    own = reading.hits_of.expand(np.array([text]))[1]
    own = own[reading.counted[own]]
    which, group = lexicon.links.expand(hits.word[own])
    marked = np.isin(lexicon.kinds[group], ("asset", "brown"))
    base = int(reading.corpus.starts[text])
    at, group = own[which[marked]], group[marked]
    ends = zip(hits.start[at].tolist(), hits.end[at].tolist(), group.tolist(), strict=True)
    marks = [Mark(start - base, end - base, g, bool(lexicon.kinds[g] == "asset")) for start, end, g in ends]
    return stated_share(_folded(reading, text), marks, words, is_mixed=is_mixed)


def _split(decided: Decided, shares: Mapping[int, Stated], *, rules: Sequence[Rule]) -> Decided:
    """Questions of splitting that a stated share answers are green, by that share."""
    has = np.zeros(len(decided.verdict), dtype=np.bool_)
    has[list(shares)] = True
    answered = _asks(decided, rules) & has
    return replace(decided, verdict=np.where(answered, GREEN, decided.verdict))


def _ppm(
    decided: Decided, shares: Mapping[int, Stated], *, stated: Mapping[str, Numbers], rules: Sequence[Rule]
) -> tuple[Ints, NDArray[np.object_]]:
    ppm = np.full(len(decided.verdict), UNSTATED, dtype=np.int64)
    reason = np.full(len(decided.verdict), None, dtype=object)
    for case, share in shares.items():
        ppm[case], reason[case] = share.ppm, share.reason
    for number, rule in enumerate(rules):
        if rule.share == "fact" and rule.threshold:
            rows = np.flatnonzero((decided.rule == number) & (decided.verdict == GREEN))
            ppm[rows] = np.clip(np.round(stated[rule.threshold.fact][rows] * (PPM / 100)), 0, PPM)
            reason[rows] = "tag.share_fact"
    none = decided.verdict != GREEN
    ppm[none], reason[none] = UNSTATED, None
    return ppm, reason


# thresholds


def _judge(
    cases: Cases,
    reading: Reading,
    *,
    stated: Mapping[str, Numbers],
    decided: Decided,
    lines: Sequence[Criterion],
    lexicon: Lexicon,
    edition: Edition,
) -> Judged:
    def texts(rows: Ints) -> list[str]:
        return [" ".join(_folded(reading, int(getattr(cases, kind)[row])) for kind in _READ) for row in rows]

    leaf = np.where(decided.verdict == NOT_GREEN, NO_LEAF, decided.leaf)
    of_leaf = by_leaf(lines, edition.codes)
    return judge(leaf, lines, of_leaf=of_leaf, stated=stated, facts=lexicon.tag_words.facts, texts=texts)


def _without_missed(decided: Decided, judged: Judged, missed: Flags) -> Decided:
    """A missed threshold: not green where it was read in the catalogue, else a question."""
    refused = missed & judged.is_strict
    return replace(
        decided,
        verdict=np.where(refused, NOT_GREEN, np.where(missed, REVIEW, decided.verdict)),
        reason=np.where(missed, IS_MISSED, decided.reason),
        leaf=np.where(refused, NO_LEAF, decided.leaf),
    )


def _missed(case: int, line: Criterion, cases: Cases, reading: Reading, lexicon: Lexicon) -> Iterator[Place]:
    """Where the number stands that a line misses; it speaks for the standard, or for the leaf where the line names none."""
    for kind in _READ:
        text = int(getattr(cases, kind)[case])
        base, folded = int(reading.corpus.starts[text]), _folded(reading, text) if text else ""
        for pattern in lexicon.tag_words.facts[line.fact].patterns:
            for found in re.finditer(pattern, folded):
                yield Place(case, kind, text, base + found.start(), base + found.end(), line.standard or line.entry)


# classes


def _classes(cases: Cases, reading: Reading, decided: Decided, *, edition: Edition) -> tuple[Decided, Ints, list[Place]]:
    """The class of green cases whose leaf is open (not where a rule names the entry), and of questions, also of rules, whose words
    name a class and no leaf, with these words."""
    named = np.array([bool(r.entry) for r in edition.rules] + [False])[decided.rule]
    alike = tied(
        edition.classes,
        leaf=decided.leaf,
        score=decided.score,
        runner_up=decided.runner_up,
        runner_up_score=decided.runner_up_score,
    )
    parent = np.where((decided.verdict == GREEN) & ~named, alike, NO_CLASS)
    asked = np.flatnonzero((decided.verdict == REVIEW) & (decided.leaf == NO_LEAF) & ~named)
    present = np.zeros((len(asked), len(edition.classes.codes)), dtype=np.bool_)
    found: list[tuple[str, Ints, Ints]] = []
    for kind in _READ:
        row, hit = reading.hits_of.expand(getattr(cases, kind)[asked])
        row, hit = row[reading.counted[hit]], hit[reading.counted[hit]]
        which, named_class = edition.class_words.expand(reading.hits.word[hit])
        present[row[which], named_class] = True
        found.append((kind, row[which], hit[which]))
    parent[asked] = only_class(edition.classes, present)
    only = asked[parent[asked] != NO_CLASS]
    reason = decided.reason.copy()
    reason[only[decided.rule[only] == NO_RULE]] = IS_CLASS
    places = [p for kind, row, hit in found for p in _class_places(kind, asked[row], hit, parent, reading, edition=edition)]
    return replace(decided, reason=reason), parent.astype(np.int64), places


def _class_places(kind: str, case: Ints, hit: Ints, parent: Ints, reading: Reading, *, edition: Edition) -> Iterator[Place]:
    """Where the words of a class stand, each once, that gave a case its class."""
    kept = parent[case] != NO_CLASS
    for at, word in sorted(set(zip(case[kept].tolist(), hit[kept].tolist(), strict=True))):
        hits = reading.hits
        yield Place(at, kind, int(hits.text[word]), int(hits.start[word]), int(hits.end[word]), edition.classes.codes[parent[at]])


def lines_of(
    cases: Cases, reading: Reading, *, stated: Mapping[str, Numbers], leaf: int, lexicon: Lexicon, edition: Edition
) -> tuple[LineSaid, ...]:
    """What each threshold of a leaf says of the first case; nothing for no leaf."""
    lines = read_thresholds(edition.catalogue.folder / "thresholds.csv")
    own = [lines[n] for n in by_leaf(lines, edition.codes).get(leaf, ())]
    text = " ".join(_folded(reading, int(getattr(cases, kind)[0])) for kind in _READ)
    return said_of(own, stated=stated, facts=lexicon.tag_words.facts, text=text)


def open_needs(settled: Settled) -> tuple[tuple[str, ...], Flags]:
    """Ids of the evidence the thresholds and an open leaf ask for, and the cases that want each (cases x ids)."""
    flags = np.concatenate([settled.judged.needs, (settled.parent != NO_CLASS)[:, None]], axis=1)
    return (*settled.judged.ids, NEED), flags
