"""Working capital that no purpose explains: what the borrower does is weak evidence, its audited share of green revenue a better one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.records import Book
from greenfin.core.units import ratio
from greenfin.reference.rules import VERDICTS, Rule
from greenfin.tag.cases import Borrowers
from greenfin.tag.decide import BY_RULE, GREEN, NO_LEAF, NOT_GREEN, Decided
from greenfin.tag.ruling import NO_RULE

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

WORKING_CAPITAL = "@working_capital"
GREEN_BORROWER, GREEN_NAMED = "@green_borrower", "@green_named_borrower"  # computed: no word of a purpose means them
_REVENUE = "green_revenue"
_PPM_PER_PERCENT = 10_000
_AT_MOST = 0.8


def borrowers_of(book: Book, *, working: Sequence[str], ends: Sequence[str]) -> Borrowers:
    """One row a loan. ``working``: words of working capital; ``ends``: how companies' names end (cut off, or they would be names again)."""
    loans, size = book.loans, book.loans.num_rows
    at = pc.index_in(_column(loans, "customer_no"), value_set=_column(book.customers, "customer_no"), skip_nulls=True)
    main = _trimmed(_column(book.customers, "main_business").take(at))
    name = _trimmed(_column(loans, "customer_name"))
    is_name = pc.equal(main, "")
    known = np.flatnonzero(pc.or_(pc.not_equal(main, ""), pc.not_equal(name, "")).to_numpy(zero_copy_only=False))
    rows = known[_says(_column(loans, "purpose").take(pa.array(known)), working)]
    asks = np.zeros(size, dtype=np.bool_)
    asks[rows] = True
    asks = pa.array(asks)
    bare = pc.replace_substring_regex(name.filter(asks), f"(?:{'|'.join(map(_quoted, ends))})+$", "")
    business = pc.replace_with_mask(pc.if_else(asks, main, ""), pc.and_(asks, is_name), bare.filter(is_name.filter(asks)))
    ppm = _column(book.customers, "green_revenue_ppm").take(at).cast(pa.float64())
    percent = pc.fill_null(pc.divide(ppm, float(_PPM_PER_PERCENT)), float("nan"))
    return Borrowers(business, pc.and_(is_name, asks), pc.if_else(pc.and_(asks, pc.invert(is_name)), percent, float("nan")))


def _says(texts: pa.Array, words: Sequence[str]) -> Flags:
    """Which texts hold one of the words."""
    found = pc.match_substring_regex(pc.fill_null(texts, ""), "|".join(map(_quoted, words)), ignore_case=True)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _trimmed(texts: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(pc.fill_null(texts, ""))


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.combine_chunks() if column.num_chunks else pa.array([], type=column.type)


def _quoted(word: str) -> str:
    return "".join(f"\\{c}" if c in r"\.+*?()|[]{}^$" else c for c in word)


def decide_by_borrower(
    decided: Decided,
    *,
    leaf: Ints,
    score: Singles,
    is_name: Flags,
    revenue: Floats,
    in_force: Mapping[int, Flags | np.bool_],
    rules: Sequence[Rule],
) -> Decided:
    """Cases that a rule of working capital decided, and not green, by the rules of borrowers.

    ``leaf``, ``score``: the entry of the borrower's main business (or of its name: ``is_name``), NO_LEAF where it is none;
    ``revenue``: percent, NaN where it is not stated; ``in_force``: for each rule about borrowers the cases whose dates
    it covers.
    """
    of_working = np.array([WORKING_CAPITAL in (*r.all_of, *r.any_of) for r in rules] + [False])
    free = of_working[decided.rule] & (decided.rule != NO_RULE) & (decided.verdict != GREEN) & (leaf != NO_LEAF)
    for number, rule in enumerate(rules):
        who = {GREEN_BORROWER: ~is_name, GREEN_NAMED: is_name}
        fits = [flags for token, flags in who.items() if token in rule.all_of]
        if not fits or not free.any():
            continue
        met, unknown = _outcome(rule, revenue)
        says = free & fits[0] & in_force[number]
        decided = _decided(decided, says & met, VERDICTS.index(rule.verdict), number, leaf=leaf, score=score)
        asked = says & unknown & (rule.unknown != "skip")
        if asked.any():
            decided = _decided(decided, asked, VERDICTS.index(rule.unknown), number, leaf=leaf, score=score)
        free = free & ~(says & met) & ~asked
    return decided


def speaks_of_borrower(rule: Rule) -> bool:
    """Whether a rule is about who borrows, not about what the purpose says."""
    return bool({GREEN_BORROWER, GREEN_NAMED} & set(rule.all_of))


def said_of_borrower(rule: Rule, deciding: Rule | None, *, revenue: float) -> str:
    """What a rule says of the borrower of one loan: met, unmet, unknown; not_applicable where no rule of its kind decided."""
    if deciding is None or not {GREEN_BORROWER, GREEN_NAMED} & set(rule.all_of) & set(deciding.all_of):
        return "not_applicable"
    met, unknown = (bool(flags[0]) for flags in _outcome(rule, np.array([revenue])))
    return "unknown" if unknown else "met" if met else "unmet"


def _outcome(rule: Rule, revenue: Floats) -> tuple[Flags, Flags]:
    """Where the rule's number is reached, and where nothing states it."""
    if rule.threshold is None or rule.threshold.fact != _REVENUE:
        return np.ones(len(revenue), dtype=np.bool_), np.zeros(len(revenue), dtype=np.bool_)
    limit = float(rule.threshold.value) * ratio(rule.threshold.unit, "%")
    reached = {"<": revenue < limit, "<=": revenue <= limit, ">=": revenue >= limit, ">": revenue > limit}[rule.threshold.op]
    return reached, np.isnan(revenue)


def _decided(decided: Decided, rows: Flags, verdict: int, rule: int, *, leaf: Ints, score: Singles) -> Decided:
    """The rows decided by a rule about the borrower's entry."""
    own = leaf if verdict != NOT_GREEN else np.full(len(leaf), NO_LEAF)
    return replace(
        decided,
        verdict=np.where(rows, verdict, decided.verdict),
        leaf=np.where(rows, own, decided.leaf),
        score=np.where(rows, np.minimum(score, _AT_MOST), decided.score).astype(np.float32),
        runner_up=np.where(rows, NO_LEAF, decided.runner_up),
        rule=np.where(rows, rule, decided.rule),
        reason=np.where(rows, BY_RULE, decided.reason),
    )
