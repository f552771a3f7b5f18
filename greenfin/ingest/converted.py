"""Amounts in whole hundredths of a currency -> fen, half up, exactly and in columns."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.ingest.grids import Mask


def converted(amounts: pa.Array, rows: Mask, per_one: Fraction | None) -> pa.Array:
    """The amounts of some rows times what one unit is worth, halves away from zero; without a worth those rows are empty.

    >>> converted(pa.array([3, -3, 5]), np.array([True, True, False]), Fraction(1, 2)).to_pylist()
    [2, -2, 5]
    """
    if per_one is None:
        return pc.if_else(pa.array(rows), pa.scalar(None, pa.int64()), amounts)
    above, below = per_one.numerator, per_one.denominator
    values = pc.fill_null(amounts, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    size = np.abs(values)
    whole, rest = size // below, size % below  # the product of the whole is as large as the result, that of the rest small
    times = np.sign(values) * (whole * above + (2 * rest * above + below) // (2 * below))
    return pc.if_else(pa.array(rows), pc.if_else(pc.is_valid(amounts), pa.array(times), pa.scalar(None, pa.int64())), amounts)
