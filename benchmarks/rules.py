"""Time 20 dated rules of tagging over a column of loans against OpenFisca-Core, in turns in one process by processor time, as JSON lines.

``python benchmarks/rules.py [--loans 1000000] [--runs 5] [--with FOLDER]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.purposes import purposes
from benchmarks.timing import interleaved, spread
from greenfin.core.units import ratio
from greenfin.reference.load import load
from greenfin.reference.rules import ACTIVITIES, DATES, Rule
from greenfin.tag.cases import Cases, of_texts
from greenfin.tag.lexicon import Lexicon, lexicon
from greenfin.tag.packed import Bits
from greenfin.tag.reading import read
from greenfin.tag.ruling import RuleOutcome, outcome
from greenfin.tag.signals import Mentions, Signals, signals

EDITION = "green-finance-2025"
RULES, FASTER, SEED = 20, 10, 11
TEXTS, DENSE, STEPS = (
    20_000,
    0.3,
    1000,
)  # purposes read for the book of texts; of how many loans each word of the dense book is said
EPOCH, FIRST, SPAN = date(1970, 1, 1), date(2025, 4, 1), 540
ALWAYS = "made_by_running"  # what a rule of activities looks at beside them
Flags = NDArray[np.bool_]
Outcomes = list[NDArray[np.int8]]


@dataclass(frozen=True, slots=True)
class Columns:
    """What both sides are given: of each loan which words are said, the numbers stated (NaN: not), activity, industry and approval."""

    words: dict[str, Flags]
    facts: dict[str, NDArray[np.float64]]
    activity: NDArray[np.int64]
    is_equipment: Flags
    industries: tuple[str, ...]
    industry: NDArray[np.int64]
    approved: NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many loans."""
        return len(self.activity)


@cache
def words_of_rules() -> Lexicon:
    """The words of the edition."""
    return lexicon(load(), (EDITION,))


@cache
def dated() -> tuple[Rule, ...]:
    """Twenty rules of the edition, those with numbers first, then those of activities; each dated by the loan's approval, every second one
    until the end of the year."""
    known = words_of_rules().editions[EDITION]
    found = sorted(known.rules, key=lambda rule: (rule.threshold is None, not rule.activities, not rule.industries))[:RULES]
    start, end = known.catalogue.in_force_from, date(2026, 1, 1)
    return tuple(
        replace(rule, date_of="approval", applies_from=start, applies_until=end if at % 2 else None) for at, rule in enumerate(found)
    )


def column_of(token: str) -> str:
    """The name of a rule's word (``@group`` or a word) among the columns."""
    return token[1:] if token.startswith("@") else f"word:{token}"


def used() -> tuple[str, ...]:
    """The words that the rules look at."""
    tokens = [token for rule in dated() for some in (rule.all_of, rule.any_of, rule.none_of) for token in some]
    return tuple(dict.fromkeys([*map(column_of, tokens), ALWAYS]))


@cache
def looked_at() -> Lexicon:
    """The words of the edition with columns for those alone that the rules look at."""
    return replace(words_of_rules(), column={name: at for at, name in enumerate(used())})


def approvals(size: int) -> NDArray[np.int64]:
    """Days since 1970, before and after the edition came into force."""
    return np.random.default_rng(SEED).integers(0, SPAN, size) + (FIRST - EPOCH).days


def of_purposes(size: int) -> Columns:
    """A book of made-up purposes: what 20,000 of them say, drawn again and again."""
    known, few = words_of_rules(), min(size, TEXTS)
    cases = of_texts(purposes(few), days={kind: np.zeros(1, dtype=np.int64) for kind in DATES})
    said = signals(cases, read(cases.texts, known), lexicon=known)
    at, every = np.random.default_rng(SEED).integers(0, few, size), np.arange(few)
    facts = {rule.threshold.fact: said.facts[rule.threshold.fact][every][at] for rule in dated() if rule.threshold}
    words = {name: said.present.row(known.column[name])[at] for name in used()}
    return _with_industries(words, facts, said.activity[at], said.is_equipment[at])


def dense(size: int) -> Columns:
    """A book in which every word is said of three loans in ten, and every second loan states each number."""
    random = np.random.default_rng(SEED)
    words = {name: random.random(size) < DENSE for name in used()}
    asked = {rule.threshold.fact: number_asked(rule) for rule in dated() if rule.threshold}
    steps = {fact: random.integers(0, 2 * STEPS, size) / STEPS for fact in asked}  # OpenFisca-Core keeps single floats: no near misses
    facts = {fact: np.where(random.random(size) < 1 / 2, np.nan, limit * steps[fact]) for fact, limit in asked.items()}
    return _with_industries(words, facts, random.integers(-1, len(ACTIVITIES), size), random.random(size) < DENSE)


def _with_industries(
    words: dict[str, Flags], facts: dict[str, NDArray[np.float64]], activity: NDArray[np.int64], is_equipment: Flags
) -> Columns:
    industries = tuple(load().industries)
    size = len(activity)
    industry = np.random.default_rng(SEED).integers(0, len(industries), size)
    return Columns(words, facts, activity, is_equipment, industries, industry, approvals(size))


def number_asked(rule: Rule) -> float:
    """The number of a rule in the unit of its fact."""
    asked = rule.threshold
    return float(asked.value) * ratio(asked.unit, words_of_rules().tag_words.facts[asked.fact].unit) if asked else np.nan


def ours(given: Columns) -> Outcomes:
    """What each rule says of each loan, flags packed first."""
    known, size = looked_at(), given.size
    packed = np.stack([np.packbits(given.words[name], bitorder="little") for name in known.column])
    none, no = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    nobody = of_texts([], days=dict.fromkeys(DATES, none[:1]))
    days = dict.fromkeys(DATES, given.approved)
    cases = Cases(nobody.texts, none, none, none, given.industries, given.industry, days, no, no, nobody.borrowing)
    nothing = Mentions(none[:0], none[:0], np.zeros(0, dtype=np.float32), no[:0])
    said = Signals(Bits(packed, size), no[:0], nothing, given.activity, no, given.is_equipment, no, given.facts)
    return [outcome(rule, cases, said=said, lexicon=known) for rule in dated()]


def said_of(found: Sequence[NDArray[np.int8]]) -> dict[str, int]:
    """How often each outcome is said."""
    return {one.name.lower(): sum(int((each == one).sum()) for each in found) for one in RuleOutcome}


def compared(name: str, given: Columns, runs: int) -> list[Goal]:
    """Both over the same columns, the same outcomes asserted; ours alone where OpenFisca-Core is not installed."""
    found = ours(given)
    size = {"step": "20 dated rules", "book": name, "loans": given.size, "runs": runs, "clock": "processor"}
    print(json.dumps({**size, "outcomes": said_of(found)}))
    works = {"ours": partial(ours, given)}
    if find_spec("openfisca_core"):
        from benchmarks.rules_openfisca import theirs

        if not all(np.array_equal(one, other) for one, other in zip(found, theirs(given, dated()), strict=True)):
            raise AssertionError("OpenFisca-Core finds other outcomes")
        works["OpenFisca-Core"] = partial(theirs, given, dated())
    taken = {way: spread(each) for way, each in interleaved(works, runs, time.process_time).items()}
    print(json.dumps({**size, "seconds": taken}))
    if len(taken) == 1:
        print(json.dumps({"left_out": "OpenFisca-Core is not installed"}))
        return []
    return [
        Goal(f"OpenFisca-Core over 20 dated rules, {name}", taken["OpenFisca-Core"]["median"] / taken["ours"]["median"], at_least=FASTER)
    ]


def main() -> None:
    """Print the times of both books and the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--with", dest="more", help="a folder with OpenFisca-Core in it, which is no library of ours")
    asked = parser.parse_args()
    if asked.more:
        sys.path.append(asked.more)
    tell(
        [
            goal
            for name, made in (("made-up purposes", of_purposes), ("dense", dense))
            for goal in compared(name, made(asked.loans), asked.runs)
        ],
        asked,
    )


if __name__ == "__main__":
    main()
