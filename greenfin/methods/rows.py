"""Sums over the places of lists that belong together: of one company, one technology, one loan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import FloatColumn

Same = NDArray[np.int64]


def same(codes: Sequence[FloatColumn]) -> Same:
    """At each place (rows x places) a number: equal ones agree in their row and in all codes; places without a code agree with each other.

    >>> same([np.array([[4.0, np.nan, 4.0]])]).tolist()
    [[0, 1, 0]]
    """
    whole = np.stack(np.broadcast_arrays(*(np.nan_to_num(code, nan=np.inf) for code in codes)))
    places = whole.shape[-1]
    rows = np.repeat(np.arange(whole[0].size // max(places, 1)), places)
    told = np.stack([rows, *whole.reshape(len(whole), -1)], axis=1)
    found = np.unique(told, axis=0, return_inverse=True)[1]
    return np.asarray(found, dtype=np.int64).reshape(whole.shape[1:])


def within(values: FloatColumn, groups: Same) -> FloatColumn:
    """At each place the sum of the values of its group (:func:`same`), missing where the group has none."""
    every = np.broadcast_to(values, groups.shape)
    known = ~np.isnan(every)
    size = int(groups.max(initial=-1)) + 1
    sums = np.bincount(groups[known], weights=every[known], minlength=size)
    counts = np.bincount(groups[known], minlength=size)
    return np.where(counts[groups] > 0, sums[groups], np.nan)


def total(values: FloatColumn) -> FloatColumn:
    """Per row the sum over the places that are given; missing where none is.

    >>> total(np.array([[1.0, np.nan], [np.nan, np.nan]])).tolist()
    [1.0, nan]
    """
    return np.where(np.isnan(values).all(axis=-1), np.nan, np.nansum(values, axis=-1))


def by_code(values: FloatColumn, codes: FloatColumn) -> FloatColumn:
    """Per row the sums of the values of code 0, 1, 2 …, side by side; missing where there is none.

    >>> by_code(np.array([[1.0, 2.0, 4.0]]), np.array([[0.0, 1.0, 0.0]])).tolist()
    [[5.0, 2.0]]
    """
    known = np.arange(int(np.nanmax(codes, initial=0)) + 1)
    return np.stack([total(np.where(codes == code, values, np.nan)) for code in known], axis=-1)
