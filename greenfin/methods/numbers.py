"""Results as integers of a small unit, and numbers as text."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import FloatColumn, exact_ratio
from greenfin.methods.declare import Output

_MOST = 1e17  # g, Wh, L: a hundred billion tonnes
_DIGITS = 14  # binary noise lives beyond these; a stated value does not
_NOISE = 6e-14  # more than cutting to the digits can move a value, as a share of it
_EXACT = 1e13  # from here on no digit is cut
_SOME = 1e-3  # of all values at most so many are looked at one by one
_HALF = np.float64(1) / 2
_EXACT_BITS = int(np.log2(_EXACT)) + 1
_FRACTION, _ONE = np.finfo(np.float64).nmant, np.finfo(np.float64).maxexp - 1  # bits of a float: how many, and the exponent of 1
_AT_ONCE = 10_000  # rows whose columns the processor keeps at hand


def fits(values: FloatColumn) -> NDArray[np.bool_]:
    """Which values are numbers that can be a result: finite and, in the small unit, below a hundred quadrillion.

    >>> fits(np.array([1e9, 1e20, np.nan])).tolist()
    [True, False, False]
    """
    return np.asarray((values < _MOST) & (values > -_MOST), dtype=np.bool_)


def whole(values: FloatColumn) -> NDArray[np.int64]:
    """The values as integers, half away from zero; what does not fit (:func:`fits`) becomes 0.

    Values are first cut to 14 significant digits, so that the same amount stated in another unit gives the same integer.

    >>> whole(np.array([0.5, -0.5, 1.2 * 1e8 / 1e3, 2.4999999999999996])).tolist()
    [1, -1, 120000, 3]
    """
    result, among = np.empty(len(values), dtype=np.int64), np.empty(len(values), dtype=np.bool_)
    for start in range(0, len(values), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        count(values[rows], result[rows], among[rows])
    return result


def count(values: FloatColumn, amounts: NDArray[np.int64], among: NDArray[np.bool_]) -> bool:
    """Write the integers (:func:`whole`) and which values fit (:func:`fits`) into these columns; whether all fit comes back.

    One value is that of all rows. Only where cutting to the digits can reach the next integer are they looked at: just below halves.
    """
    low, most = values.min(initial=0.0), values.max(initial=0.0)
    size = values if low == 0 else np.abs(values)
    all_fit = bool(low > -_MOST and most < _MOST)
    among[...] = fitting = True if all_fit else size < _MOST
    if not all_fit:  # a number that is none among them, or one too large
        size = np.where(fitting, size, 0.0)
    above = size + _HALF
    found = np.floor(above)
    above -= found  # how far above the last integer, with a half added: near 1 the digits decide
    close = _close(size, above, size.max(initial=0.0) if low else most)
    if close.size:
        found[close] = _cut(size[close])
    amounts[...] = np.copysign(found, values, out=found) if low else found
    return all_fit


def _close(size: FloatColumn, above: FloatColumn, most: float) -> NDArray[np.intp]:
    """The places so little below a half that binary noise may have brought them there. None from a half on falls below it."""
    near = most * _NOISE
    if near < _SOME:
        return np.flatnonzero(above >= 1 - near) if above.max(initial=0.0) >= 1 - near else np.empty(0, dtype=np.intp)
    edges = size * -_NOISE
    edges += 1
    close = above >= edges
    return np.flatnonzero(close & (size < _EXACT) if most >= _EXACT else close)


def _cut(size: FloatColumn) -> FloatColumn:
    """Sizes from somewhat below a half to below 10^13 as whole numbers by way of their 14 significant digits."""
    least, powers, steps = _tables()
    power = least[(size.view(np.int64) >> _FRACTION) - _ONE + 2]  # of ten; that of the power of two below, so perhaps one too low
    power += size >= powers[power + 2]
    step = steps[power + 1]
    return np.asarray(np.floor(np.rint(size * step) / step + _HALF), dtype=np.float64)


@cache
def _tables() -> tuple[NDArray[np.int64], FloatColumn, FloatColumn]:
    """The power of ten in each power of two from a quarter on; the powers of ten from a tenth on; what moves 14 digits before the point."""
    twos, tens = np.arange(-2, _EXACT_BITS, dtype=np.float64), np.arange(-1, _DIGITS + 1, dtype=np.float64)
    return np.floor(np.log10(2.0**twos)).astype(np.int64), 10.0**tens, 10.0 ** (_DIGITS - 1 - tens)


def figure(value: float) -> str:
    """A figure for a person: thousands set apart, six digits that count, more where it is larger, never an exponent for a large one.

    >>> figure(12383.28), figure(300000000.0), figure(0.1404), figure(float("inf"))
    ('12,383.3', '300,000,000', '0.1404', 'inf')
    """
    return f"{value:,.0f}" if isfinite(value) and (abs(value) >= _LARGE or value == int(value)) else f"{value:,.6g}"


def digits(value: float) -> str:
    """The same without marks between the digits, as a problem keeps it.

    >>> digits(12383.28), digits(300000000.0)
    ('12383.3', '300000000')
    """
    return figure(value).replace(",", "")


_LARGE = 1e6


def plain_number(value: float | Fraction | Decimal) -> str:
    """The shortest decimal text of a number, without an exponent.

    >>> plain_number(139650.0), plain_number(Fraction(1, 8))
    ('139650', '0.125')
    """
    exact = Decimal(repr(float(value))) if not isinstance(value, Decimal) else value
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def printed(amount: int, output: Output) -> str:
    """An amount of the small unit in the printed unit, exactly.

    >>> printed(79642395000, Output("co2", "gCO2", "tCO2", "", "", ""))
    '79642.395'
    """
    exact = Fraction(int(amount)) * exact_ratio(output.small, output.printed)
    scaled = Decimal(exact.numerator) / Decimal(exact.denominator)
    return plain_number(scaled)
