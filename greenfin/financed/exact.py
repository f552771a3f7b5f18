"""Exact parts of whole numbers, beyond what fits a machine word on the way: grams times fen over fen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_STEPS = 10**3  # how far an estimate may be off and still be put right in a machine word
_WORD = 2**62  # a product below this is safe in a machine word


def floors_of(whole: Ints, numerator: Ints, denominator: Ints) -> tuple[Ints, Ints]:
    """``whole × numerator ÷ denominator`` rounded down, and what is left over, exactly; ``denominator`` is positive, the rest not negative.

    The product is taken modulo 2⁶⁴: an estimate in floating point is off by a few at most, so that the true remainder fits.

    >>> floors_of(np.array([10**15]), np.array([7 * 10**14]), np.array([3 * 10**15]))
    (array([233333333333333]), array([1000000000000000]))
    """
    estimate = whole.astype(np.float64) * (numerator / denominator)
    doubtful = np.abs(estimate) * np.finfo(np.float64).eps * _STEPS * denominator > _WORD
    found = np.where(doubtful, 0, np.rint(np.where(doubtful, 0, estimate))).astype(np.int64)
    off = _wrapped(whole, numerator) - _wrapped(found, denominator)
    left = off.astype(np.int64)
    steps = left // denominator
    floors, rests = found + steps, left - steps * denominator
    if doubtful.any():
        floors[doubtful], rests[doubtful] = _slowly(whole[doubtful], numerator[doubtful], denominator[doubtful])
    return floors, rests


def _wrapped(one: Ints, other: Ints) -> NDArray[np.uint64]:
    found: NDArray[np.uint64] = one.astype(np.uint64) * other.astype(np.uint64)
    return found


def _slowly(whole: Ints, numerator: Ints, denominator: Ints) -> tuple[Ints, Ints]:
    """The same for the few products that no machine word holds."""
    product = whole.astype(object) * numerator.astype(object)
    below = denominator.astype(object)
    floors = product // below
    return floors.astype(np.int64), (product - floors * below).astype(np.int64)


def part_of(whole: Ints, numerator: Ints, denominator: Ints) -> Ints:
    """``whole × numerator ÷ denominator`` to the nearest whole number, halves up, exactly; ``denominator`` is positive.

    >>> part_of(np.array([5, 7]), np.array([1, 1]), np.array([2, 3]))
    array([3, 2])
    """
    floors, rests = floors_of(whole, numerator, denominator)
    return floors + (rests >= denominator - rests)


def shared(wholes: Ints, weights: Ints, group: Ints, order: Callable[[Ints], Ints]) -> Ints:
    """The whole of each group shared among its rows in proportion to their weights, so that the parts are the whole exactly.

    ``wholes`` stands beside every row (the same in a group), weights are not negative; a group without weight gets nothing. What
    rounding leaves goes to the largest remainders; of equal ones to the first in ``order`` (rows -> their places), so that the order
    of rows does not matter.
    """
    if not len(group):
        return wholes[:0]
    count = int(group.max()) + 1
    is_alone = np.bincount(group, minlength=count)[group] == 1
    if is_alone.all():
        return np.where(weights > 0, wholes, 0)
    sums = summed(weights, group, count)[group]
    parts = np.where(is_alone & (weights > 0), wholes, 0)
    rows = np.flatnonzero(~is_alone & (sums > 0))
    parts[rows] = _among(wholes[rows], weights[rows], sums[rows], group=group[rows], order=lambda few: order(rows[few]))
    return parts


def _among(wholes: Ints, weights: Ints, sums: Ints, *, group: Ints, order: Callable[[Ints], Ints]) -> Ints:
    """The shares of rows that are several in their groups."""
    if not len(group):
        return wholes
    floors, rests = floors_of(wholes, weights, sums)
    count = int(group.max()) + 1
    left = np.zeros(count, np.int64)
    left[group] = wholes
    left -= summed(floors, group, count)
    short = np.flatnonzero(left[group] > 0)
    at = short[np.lexsort((-rests[short], group[short]))]
    tied = _tied(group[at], rests[at], left)
    if tied.any():
        again = np.isin(group[at], np.unique(group[at][tied]))
        few = np.sort(at[again])
        at[again] = few[np.lexsort((order(few), -rests[few], group[few]))]
    floors[at] += _places(group[at]) < left[group[at]]
    return floors


def _places(group: Ints) -> Ints:
    """The place of each row in its group, of rows that stand group by group."""
    return np.arange(len(group)) - np.searchsorted(group, group)


def _tied(group: Ints, rests: Ints, left: Ints) -> Flags:
    """Where the last row that gets one and the first that gets none are equal."""
    found = np.zeros(len(group), np.bool_)
    if len(group) > 1:
        last = _places(group)[:-1] == left[group[:-1]] - 1
        found[:-1] = last & (group[:-1] == group[1:]) & (rests[:-1] == rests[1:])
    return found


def summed(values: Ints, group: Ints, count: int) -> Ints:
    """The exact sum of each of ``count`` groups."""
    found = np.zeros(count, np.int64)
    np.add.at(found, group, values)
    return found


def beyond(values: NDArray[np.float64], *, scale: int) -> Flags:
    """Which values, times ``scale``, no whole number can hold: they cannot be true."""
    found: Flags = np.abs(values) * scale >= _WORD
    return found
