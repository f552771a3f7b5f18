"""The same project under two records: surely (its benefit counts once), or perhaps (a person is asked)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Problem, warning
from greenfin.core.records import Book
from greenfin.names.apart import opposed, sound_alike
from greenfin.names.joins import cells, equal_pairs
from greenfin.names.near import near
from greenfin.names.works import Works, works_of

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
_ALIKE = 0.85  # names of projects that are perhaps one
_KIN = 0.5  # names under one number of approval that are surely one project's
_SIZE = 0.005  # sizes differ by more
_TELLING = 3  # signs of a name that can stand for a project


@dataclass(frozen=True, slots=True)
class Doubles:
    """Pairs of project rows (the first stands before the second in the order of ids): surely one project, or perhaps."""

    left: Ints
    right: Ints
    sure: Mask


class _Same:
    """A book's projects and inputs as a key: the same tables, not equal ones."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def __hash__(self) -> int:
        return hash((id(self.book.projects), id(self.book.inputs)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.book.projects is other.book.projects and self.book.inputs is other.book.inputs


def doubles(book: Book) -> Doubles:
    """The pairs of records of a book that are surely or perhaps one project."""
    return _doubles(_Same(book))


@lru_cache(maxsize=4)
def _doubles(same: _Same) -> Doubles:
    """Same number of document and nothing against it, or same name, place and size: sure. One of these open: perhaps.

    Different phases, lots, parts (an extension), places or sizes are different projects, unless a number says they are one.
    """
    works = works_of(same.book)
    left, right = _candidates(works)
    order = np.argsort(np.argsort(np.array(works.ids, dtype=object).astype(str), kind="stable"))
    first = order[left] < order[right]
    left, right = np.where(first, left, right), np.where(first, right, left)
    keys = np.unique(left[left != right] << 32 | right[left != right])
    left, right = keys >> 32, keys & 0xFFFFFFFF
    sure, asked = _judged(works, left, right)
    kept = sure | asked
    return Doubles(left[kept], right[kept], sure[kept])


def _candidates(works: Works) -> tuple[Ints, Ints]:
    """Pairs that share a number or a name, or whose names are nearly the same."""
    names = works.name.to_pylist()
    alike = near((names, names), (names, names), whole=_ALIKE)
    found = [equal_pairs(column, column) for column in (works.code, works.approval, works.name)]
    left, right = (np.concatenate([*(pair[side] for pair in found), (alike.left, alike.right)[side]]) for side in (0, 1))
    return left, right


def _judged(works: Works, left: Ints, right: Ints) -> tuple[Mask, Mask]:
    """Which pairs are surely one project, and which perhaps."""
    names = [[works.name[int(row)].as_py() for row in side] for side in (left, right)]
    likeness = _likeness(*names)
    same_name = (likeness == 1) & np.array([len(name) >= _TELLING for name in names[0]], dtype=np.bool_)
    near_name = (likeness >= _ALIKE) & ~opposed(*names) & ~sound_alike(*names)
    numbered = _same(works.code, left, right) | (_same(works.approval, left, right) & (likeness >= _KIN))
    same_place, other_place = _placed(works, left, right)
    same_size, other_size = _sized(works, left, right)
    parted = np.logical_or.reduce([_unequal(column, left, right) for column in (works.phase, works.lot, works.part)])
    other_part = np.logical_or.reduce([_compared(column, left, right)[1] for column in (works.phase, works.lot, works.part)])
    against = other_place | other_size | parted
    sure = ~against & (numbered | (same_name & same_place & same_size))
    open_ = ~other_place & ~other_size & ~other_part
    asked = ~sure & ((_same(works.code, left, right)) | (open_ & (numbered | (same_name & (same_place | same_size)))))
    return sure, asked | (~sure & open_ & near_name & same_place & same_size)


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
