"""Sums over the places of lists that belong together: of one company, one technology, one loan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import FloatColumn

Same = NDArray[np.bool_]


def same(codes: Sequence[FloatColumn]) -> Same:
    """Which places (rows x places x places) agree in all codes; places without a code agree with each other.

    >>> same([np.array([[0.0, 1.0, 0.0]])])[0].astype(int).tolist()
    [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    """
    whole = np.broadcast_arrays(*(np.nan_to_num(code, nan=np.inf) for code in codes))
    pairs = [code[..., :, None] == code[..., None, :] for code in whole]
    return np.asarray(np.logical_and.reduce(pairs), dtype=np.bool_)


def within(values: FloatColumn, groups: Same) -> FloatColumn:
    """At each place the sum of the values of its group (:func:`same`), missing where the group has none."""
    known = ~np.isnan(values)
    found = np.where(known, values, 0.0)
    sums, counts = (np.einsum("...ij,...j->...i", groups, each) for each in (found, known.astype(np.float64)))
    return np.where(counts > 0, sums, np.nan)


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
