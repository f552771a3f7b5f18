"""Borrowers found in a list of companies: by name, by credit code, by the name's parts, and by likeness as a proposal.

A match is accepted where names or codes are the same; everything else is offered to a person. Equal names with different codes,
and a code that leads to one company while the name leads to another, are told and never merged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.credit_codes import valid_codes
from greenfin.core.records import Book
from greenfin.names.apart import businesses_apart, forms_apart, opposed, places_apart, places_same, sound_alike
from greenfin.names.joins import column, equal_pairs
from greenfin.names.near import CHUNK, WHOLE, near
from greenfin.names.parts import Parts, parts_of
from greenfin.names.persons import are_persons
from greenfin.names.reread import reread_pairs
from greenfin.names.short import short_pairs

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
WAYS = ("exact", "exact", "code", "normalised", "code_differs", "normalised", "branch", "abbreviated", "similar")
BOTH, EXACT, CODE, SURE, DIFFERS, EQUAL, BRANCH, SHORT, NEAR = range(len(WAYS))
_LAST_BY_KEY = BRANCH
MOST = 3  # proposals for a borrower
_ORGANISATION = slice(8, 17)  # the organisation code inside a credit code
_LEGACY = 9


@dataclass(frozen=True, slots=True)
class Side:
    """The borrowers (each name and code once) or the companies (as listed)."""

    names: pa.Array
    codes: pa.Array
    sound: Mask  # the code's check sign is right
    parts: Parts
    person: Mask

    @classmethod
    def of(cls, names: pa.Array, codes: pa.Array) -> Side:
        """A side from its columns."""
        sound = valid_codes(codes.to_pylist())
        person = are_persons(names, sound)
        return cls(names, codes, sound, parts_of(pc.if_else(pa.array(person), "", names)), person)

    def organisations(self) -> pa.Array:
        """The organisation code of each row: of a credit code its nine signs, of an older code itself."""
        inner = pc.utf8_slice_codeunits(self.codes, _ORGANISATION.start, _ORGANISATION.stop)
        old = pc.equal(pc.utf8_length(self.codes), _LEGACY)
        return pc.if_else(pa.array(self.sound), inner, pc.if_else(old, self.codes, ""))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of a borrower and a company: rows, how found (place in ``WAYS``), how alike, whether they are one company."""

    left: Ints
    right: Ints
    way: Ints
    score: NDArray[np.float64]
    accepted: Mask

    def where(self, keep: Mask) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.left[keep], self.right[keep], self.way[keep], self.score[keep], self.accepted[keep])

    @classmethod
    def joined(cls, *parts: Pairs) -> Pairs:
        """All pairs under each other."""
        return cls(*(np.concatenate([getattr(p, n) for p in parts]) for n in ("left", "right", "way", "score", "accepted")))


def _made(left: Ints, right: Ints, way: int | Ints, score: float | NDArray[np.float64], accepted: bool | Mask) -> Pairs:
    size = left.size
    return Pairs(
        left,
        right,
        np.broadcast_to(np.asarray(way, dtype=np.int64), size).copy(),
        np.broadcast_to(np.asarray(score, dtype=np.float64), size).copy(),
        np.broadcast_to(np.asarray(accepted, dtype=np.bool_), size).copy(),
    )


def find_pairs(borrowers: Side, companies: Side, *, chunk: int = CHUNK, workers: int = -1) -> Pairs:
    """The pairs worth showing: for each borrower the best way that found anything, in the order of borrowers and scores."""
    known = _by_key(borrowers, companies)
    rest = np.setdiff1d(np.flatnonzero(~borrowers.person), known.left)
    offered = _by_likeness(borrowers, companies, rest, chunk=chunk, workers=workers)
    return _settled(Pairs.joined(known, offered), companies)


def _by_key(borrowers: Side, companies: Side) -> Pairs:
    """Pairs with equal names, codes or cores, told apart where codes differ."""
    by_name = equal_pairs(_unless(borrowers.names, borrowers.person), _unless(companies.names, companies.person))
    by_code = equal_pairs(borrowers.organisations(), companies.organisations())
    exact = _made(*by_name, EXACT, 1.0, True)
    both = _agree(borrowers, companies, exact)
    exact = replace(exact, way=np.where(both, BOTH, EXACT))
    code = _made(*by_code, CODE, 1.0, True)
    code = code.where(~np.isin(_key(code), _key(exact)))
    cores = _by_core(borrowers, companies)
    cores = cores.where(~np.isin(_key(cores), np.concatenate([_key(exact), _key(code)])))
    named = Pairs.joined(exact, cores)
    clash = _differ(borrowers, companies, named) & (named.way != BRANCH)
    named = replace(named, way=np.where(clash, DIFFERS, named.way), accepted=named.accepted & ~clash)
    return Pairs.joined(named, code)


def _unless(names: pa.Array, person: Mask) -> pa.Array:
    return pc.if_else(pa.array(person), "", names)


def _key(pairs: Pairs) -> Ints:
    return pairs.left << 32 | pairs.right


def _agree(borrowers: Side, companies: Side, pairs: Pairs) -> Mask:
    ours, theirs = borrowers.organisations().take(pa.array(pairs.left)), companies.organisations().take(pa.array(pairs.right))
    same = pc.and_(pc.equal(ours, theirs), pc.not_equal(ours, ""))
    return np.asarray(same.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _differ(borrowers: Side, companies: Side, pairs: Pairs) -> Mask:
    """Pairs whose codes are both right and not the same."""
    return borrowers.sound[pairs.left] & companies.sound[pairs.right] & ~_agree(borrowers, companies, pairs)


def _by_core(borrowers: Side, companies: Side) -> Pairs:
    """Pairs with the same core: one name where group, place and unit are the same and the legal forms can be one."""
    left, right = equal_pairs(borrowers.parts.core, companies.parts.core)
    one, other = borrowers.parts.take(left), companies.parts.take(right)
    same_group = _same(one.group, other.group)
    same_unit = _same(one.unit, other.unit)
    half_unit = _same(one.unit, pa.array([""] * len(left))) != _same(other.unit, pa.array([""] * len(left)))
    apart = places_apart(one, other) | ~(same_unit | half_unit)
    places, forms = places_same(one, other), ~forms_apart(one, other)
    sure = same_group & same_unit & places & forms
    way = np.where(sure, SURE, np.where(half_unit, BRANCH, EQUAL))
    score = 1.0 - 0.01 * (1 + 2 * ~places + 2 * ~forms + 3 * ~same_group + 5 * half_unit)
    return _made(left, right, way, score, sure).where(~apart)


def _same(one: pa.Array, other: pa.Array) -> Mask:
    return np.asarray(pc.equal(one, other).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _by_likeness(borrowers: Side, companies: Side, rows: Ints, *, chunk: int, workers: int) -> Pairs:
    """Proposals for borrowers that no key has found: short names, names that can be read otherwise, and names that are nearly the same."""
    ours, theirs = borrowers.parts.take(rows), companies.parts
    left, right = short_pairs(ours.core, theirs.core)
    again = _likened(*reread_pairs(ours, theirs), NEAR, ours, theirs)
    found = near(
        (ours.whole.to_pylist(), ours.brand.to_pylist()),
        (theirs.whole.to_pylist(), theirs.brand.to_pylist()),
        whole=WHOLE,
        chunk=chunk,
        workers=workers,
    )
    alike = _made(found.left, found.right, NEAR, found.score, False)
    alike = alike.where(~np.isin(_key(alike), np.concatenate([left << 32 | right, _key(again)])))
    alike = alike.where(~_told_apart(ours.take(alike.left), theirs.take(alike.right)))
    short = _likened(left, right, SHORT, ours, theirs)
    short = short.where(~places_apart(ours.take(left), theirs.take(right)))
    pairs = Pairs.joined(short, again.where(~np.isin(_key(again), _key(short))), alike)
    pairs = replace(pairs, left=rows[pairs.left])
    return pairs.where(~_differ(borrowers, companies, pairs))


def _told_apart(one: Parts, other: Parts) -> Mask:
    """Near names that are certainly two: other places, other businesses, other numbers, or the same sound."""
    apart = places_apart(one, other) | businesses_apart(one, other)
    rows = np.flatnonzero(~apart)
    ours, theirs = (side.whole.take(pa.array(rows)).to_pylist() for side in (one, other))
    apart[rows] = opposed(ours, theirs) | sound_alike(ours, theirs)
    return apart


def _likened(left: Ints, right: Ints, way: int, ours: Parts, theirs: Parts) -> Pairs:
    """Pairs to be offered, with the likeness of their names."""
    return _made(left, right, way, _likeness(ours.whole.take(pa.array(left)), theirs.whole.take(pa.array(right))), False)


def _likeness(one: pa.Array, other: pa.Array) -> NDArray[np.float64]:
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cpdist

    if not len(one):
        return np.zeros(0)
    found = cpdist(one.to_pylist(), other.to_pylist(), scorer=Indel.normalized_similarity, dtype=np.float64)
    return np.asarray(found, dtype=np.float64)


def _settled(pairs: Pairs, companies: Side) -> Pairs:
    """The best way of each borrower; several companies of one way are nobody's, and a code against a name is nobody's."""
    order = np.lexsort((_ranks(companies)[pairs.right], -pairs.score, pairs.way, pairs.left))
    pairs = Pairs(pairs.left[order], pairs.right[order], pairs.way[order], pairs.score[order], pairs.accepted[order])
    level = np.minimum(np.where(pairs.way == SHORT, NEAR, pairs.way), NEAR)
    size = int(pairs.left.max()) + 1 if pairs.left.size else 0
    best = np.full(size, NEAR, dtype=np.int64)
    np.minimum.at(best, pairs.left, level)
    clash = np.zeros(size, dtype=np.bool_)
    clash[pairs.left[level == DIFFERS]] = True
    against = clash[pairs.left] & (best[pairs.left] == CODE)
    kept = (level == best[pairs.left]) | (against & (level == DIFFERS))
    pairs, level = pairs.where(kept), level[kept]
    proposals = np.lexsort((np.arange(pairs.left.size), -pairs.score, pairs.left))
    pairs, level = Pairs(*(getattr(pairs, n)[proposals] for n in ("left", "right", "way", "score", "accepted"))), level[proposals]
    heads = np.flatnonzero(np.r_[True, pairs.left[1:] != pairs.left[:-1]][: pairs.left.size])
    counts = np.diff(np.r_[heads, pairs.left.size])
    place = np.arange(pairs.left.size) - np.repeat(heads, counts)
    pairs = replace(pairs, accepted=pairs.accepted & (np.repeat(counts, counts) == 1))
    return pairs.where((level <= _LAST_BY_KEY) | (place < MOST))


def _ranks(companies: Side) -> Ints:
    """The companies in the order of their names and codes, so that their order in the file does not matter."""
    names = np.array(companies.names.to_pylist(), dtype=object).astype(str)
    codes = np.array(companies.codes.to_pylist(), dtype=object).astype(str)
    rank = np.empty(names.size, dtype=np.int64)
    rank[np.lexsort((codes, names))] = np.arange(names.size)
    return rank


def side_of(book: Book, table: str) -> Side:
    """The names and codes of ``loans`` or ``customers`` of a book, row by row."""
    rows = getattr(book, table)
    return Side.of(column(rows, "customer_name"), pc.utf8_upper(column(rows, "customer_uscc")))
