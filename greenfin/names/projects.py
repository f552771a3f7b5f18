"""The same project under two records: surely (its benefit counts once), or perhaps (a person is asked)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Problem, warning
from greenfin.core.records import Book
from greenfin.names.apart import opposed, sound_alike
from greenfin.names.joins import cells, codes_of, pairs_within
from greenfin.names.works import Works, works_of

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
_ONE, _KIN = 0.8, 0.5  # how alike names under one number of approval are, that are surely one project's, perhaps one's
_SIZE = 0.005  # sizes differ by more
_READ = ("projects", "inputs", "loans")
_TELLING = 3  # signs of a name that can stand for a project
_AT_ONCE = 1 << 16  # names and pairs whose texts are in memory at once


@dataclass(frozen=True, slots=True)
class Doubles:
    """Pairs of project rows (the first stands before the second in the order of ids): surely one project, or perhaps."""

    left: Ints
    right: Ints
    sure: Mask


class _Same:
    """A book's projects, inputs and loans as a key: the same tables, not equal ones."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def __hash__(self) -> int:
        return hash(tuple(id(getattr(self.book, name)) for name in _READ))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and all(getattr(self.book, name) is getattr(other.book, name) for name in _READ)


def doubles(book: Book) -> Doubles:
    """The pairs of records of a book that are surely or perhaps one project."""
    return _doubles(_Same(book))


@lru_cache(maxsize=2)  # each holds a book: of two that are compared, or of a shard and of what all shards share
def _doubles(same: _Same) -> Doubles:
    """Same number of document and nothing against it, or same name and size with the same place or borrower: sure. One of these open:
    perhaps.

    Different phases, lots, parts (an extension), places or sizes are different projects, unless a number says they are one.
    """
    works = works_of(same.book)
    order = np.argsort(np.argsort(np.array(works.ids, dtype=object).astype(str), kind="stable"))
    keys = np.unique(np.concatenate([_once(order, *pairs) for pairs in _candidates(works)]))
    judged = [_judged(works, some) for some in np.split(keys, range(_AT_ONCE, keys.size, _AT_ONCE))]
    return Doubles(*(np.concatenate(column) for column in zip(*judged, strict=True)))


def _once(order: Ints, left: Ints, right: Ints) -> Ints:
    """Pairs in the order of ids, as numbers: the first row in the upper half, the second in the lower."""
    first = order[left] < order[right]
    return np.where(first, left, right) << 32 | np.where(first, right, left)


def _candidates(works: Works) -> Iterator[tuple[Ints, Ints]]:
    """Pairs that share a number, or a name and a place or size, or a place and all but a sign of their names."""
    for column in (works.code, works.approval):
        yield pairs_within(codes_of(column))
    names = codes_of(works.name)
    for also in (works.city, works.town, works.owner, *(_written(values) for values in works.sizes.values())):
        yield pairs_within(_with(names, codes_of(also)))
    rows, texts = _shortened(works.name)
    places = [codes_of(place) for place in (works.city, works.town, works.owner)]
    for few in _pieces(texts):
        for place in places:
            left, right = pairs_within(_with(texts[few] - texts[few.start], place[rows[few]]))
            apart = rows[few][left] != rows[few][right]
            yield rows[few][left[apart]], rows[few][right[apart]]


def _with(codes: Ints, also: Ints) -> Ints:
    """Numbers of texts together with those of others; negative where one of both is."""
    return np.where((codes < 0) | (also < 0), -1, codes * (also.max(initial=0) + 1) + also)


def _shortened(names: pa.Array) -> tuple[Ints, Ints]:
    """Each name as it is and without each of its signs: names that differ by one sign share one of these. Whose it is, and its number in
    order; left out are those that no other has. Texts are told apart by their hashes: a pair too many is looked at, none is missed."""
    many: list[int] = []
    found = [np.zeros(0, np.uint64)]
    for at in range(0, len(names), _AT_ONCE):
        some = names.slice(at, _AT_ONCE).to_pylist()
        made = [[name, *(name[:at] + name[at + 1 :] for at in range(len(name)))] if len(name) > _TELLING else [] for name in some]
        many += map(len, made)
        found.append(pl.Series([text for of in made for text in of], dtype=pl.String).hash().to_numpy())
    texts = np.concatenate(found)
    del found
    order = np.argsort(texts, kind="stable")
    texts = texts[order]
    same = texts[1:] == texts[:-1]
    shared = (np.append(same, False) | np.append(False, same))[: texts.size]
    owners = np.repeat(np.arange(len(many), dtype=np.int32), many)[order[shared]]
    return owners.astype(np.int64), np.cumsum(np.append(True, ~same)[: texts.size])[shared]


def _pieces(texts: Ints) -> Iterator[slice]:
    """Numbers in order cut into pieces of at least so many, equal ones together."""
    starts = np.append(np.flatnonzero(np.diff(texts)) + 1, texts.size)
    first = 0
    while first < texts.size:
        last = int(starts[np.searchsorted(starts, min(first + _AT_ONCE, texts.size))])
        yield slice(first, last)
        first = last


def _written(sizes: NDArray[np.float64]) -> pa.Array:
    return pc.fill_null(pc.cast(pa.array(sizes, from_pandas=True), pa.string()), "")


def _judged(works: Works, keys: Ints) -> tuple[Ints, Ints, Mask]:
    """The pairs that are surely or perhaps one project, and which of them surely."""
    left, right = keys >> 32, keys & 0xFFFFFFFF
    names = [[works.name[int(row)].as_py() for row in side] for side in (left, right)]
    likeness = _likeness(*names)
    same_name = (likeness == 1) & np.array([len(name) >= _TELLING for name in names[0]], dtype=np.bool_)
    near_name = _spelt_otherwise(*names)
    coded, approved = _same(works.code, left, right), _same(works.approval, left, right)
    same_place, other_place = _placed(works, left, right)
    same_size, other_size = _sized(works, left, right)
    parted = np.logical_or.reduce([_unequal(column, left, right) for column in (works.phase, works.lot, works.part)])
    other_part = np.logical_or.reduce([_compared(column, left, right)[1] for column in (works.phase, works.lot, works.part)])
    against = other_place | other_size | parted
    same_owner = _same(works.owner, left, right)
    sure = ~against & (coded | (approved & (likeness >= _ONE)) | (same_name & same_size & (same_place | same_owner)))
    open_ = ~other_place & ~other_size & ~other_part
    kin = (approved & (likeness >= _KIN)) | (same_name & (same_place | same_size | same_owner))
    kin |= near_name & ((same_place & same_size) | same_owner)
    kept = sure | coded | (open_ & kin)
    return left[kept], right[kept], sure[kept]


def _spelt_otherwise(one: list[str], other: list[str]) -> Mask:
    """Pairs of names of which one has a sign more, or another sign of the same sound."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cpdist

    found = np.zeros(len(one), dtype=np.bool_)
    rows = (
        np.flatnonzero(cpdist(one, other, scorer=Levenshtein.distance, score_cutoff=1, dtype=np.int64) == 1)
        if one
        else np.zeros(0, np.int64)
    )
    few = [[side[row] for row in rows.tolist()] for side in (one, other)]
    longer = np.array([len(a) != len(b) for a, b in zip(*few, strict=True)], dtype=np.bool_)
    found[rows] = (longer | sound_alike(*few)) & ~opposed(*few)
    return found


def _likeness(one: list[str], other: list[str]) -> NDArray[np.float64]:
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cpdist

    if not one:
        return np.zeros(0)
    return np.asarray(cpdist(one, other, scorer=Indel.normalized_similarity, dtype=np.float64), dtype=np.float64)


def _unequal(column: pa.Array, left: Ints, right: Ints) -> Mask:
    differ = pc.not_equal(column.take(pa.array(left)), column.take(pa.array(right)))
    return np.asarray(differ.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _filled(column: pa.Array, left: Ints, right: Ints) -> Mask:
    both = pc.and_(pc.not_equal(column.take(pa.array(left)), ""), pc.not_equal(column.take(pa.array(right)), ""))
    return np.asarray(both.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _same(column: pa.Array, left: Ints, right: Ints) -> Mask:
    return _filled(column, left, right) & ~_unequal(column, left, right)


def _compared(column: pa.Array, left: Ints, right: Ints) -> tuple[Mask, Mask]:
    """Whether both say the same, and whether they say what cannot both be."""
    differ = _unequal(column, left, right)
    filled = _filled(column, left, right)
    return filled & ~differ, filled & differ


def _placed(works: Works, left: Ints, right: Ints) -> tuple[Mask, Mask]:
    """Whether both are in one city, and whether they are certainly not."""
    same, other = _compared(works.city, left, right)
    same_town, _ = _compared(works.town, left, right)
    _, abroad = _compared(works.province, left, right)
    return same | (same_town & ~other & ~abroad), other | abroad


def _sized(works: Works, left: Ints, right: Ints) -> tuple[Mask, Mask]:
    """Whether a size is stated for both and the same, and whether one is stated for both and is not."""
    same, other = np.zeros(left.size, dtype=np.bool_), np.zeros(left.size, dtype=np.bool_)
    for values in works.sizes.values():
        one, two = values[left], values[right]
        known = ~np.isnan(one) & ~np.isnan(two)
        equal = np.abs(one - two) <= _SIZE * np.maximum(np.abs(one), np.abs(two))
        same |= known & equal
        other |= known & ~equal
    return same & ~other, other


def one_record(book: Book, measurements: pa.Table) -> Book:
    """The book with the loans of surely doubled projects under one record of them, so that its result is shared once.

    Kept is the record that was measured, of several the first by id. A book without such projects comes back as it is.
    """
    found = doubles(book)
    if not found.sure.any():
        return book
    from dataclasses import replace

    ids = book.projects["project_id"].to_pylist()
    measured = set(measurements["project_id"].to_pylist())
    kept = _kept(found, [(ids[row] not in measured, ids[row]) for row in range(len(ids))])
    moved = {ids[row]: ids[to] for row, to in kept.items() if row != to}
    known = pa.array(list(moved), pa.string())
    column = book.loans["project_id"].combine_chunks()
    at = pc.index_in(column, value_set=known, skip_nulls=True)
    changed = pc.coalesce(pa.array(list(moved.values()), pa.string()).take(at), column)
    place = book.loans.column_names.index("project_id")
    return replace(book, loans=book.loans.set_column(place, "project_id", changed))


def _kept(found: Doubles, order: list[tuple[bool, str]]) -> dict[int, int]:
    """For each row of a doubled project the row that stands for all of them."""
    group: dict[int, set[int]] = {}
    for one, other in zip(found.left[found.sure].tolist(), found.right[found.sure].tolist(), strict=True):
        joined = group.get(one, {one}) | group.get(other, {other})
        group |= dict.fromkeys(joined, joined)
    return {row: min(members, key=lambda member: order[member]) for row, members in group.items()}


def project_problems(book: Book) -> Iterator[Problem]:
    """A warning for each pair, at the cell of the second, naming both ids and the other cell."""
    found = doubles(book)
    ids = book.projects["project_id"].to_pylist()
    ours = cells(book, book.projects, found.right, "project_name")
    theirs = cells(book, book.projects, found.left, "project_name")
    for row, (where, other) in enumerate(zip(ours, theirs, strict=True)):
        first, second = ids[found.left[row]], ids[found.right[row]]
        if found.sure[row]:
            yield warning("names.project_twice", where or second, project=second, first=first, other=other)
        else:
            yield warning("names.project_maybe_twice", where or second, project=second, first=first, other=other)
