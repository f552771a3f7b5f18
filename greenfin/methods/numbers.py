"""Results as integers of a small unit, and numbers as text."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import FloatColumn, exact_ratio
from greenfin.methods.declare import Output

_MOST = 1e17  # g, Wh, L: a hundred billion tonnes
_DIGITS = 14  # binary noise lives beyond these; a stated value does not
_NOISE = 1e-13  # more than cutting to the digits can move a value, as a share of it
_EXACT = 1e13  # from here on no digit is cut
_SOME = 1e-3  # of all values at most so many are looked at one by one
_HALF = np.float64(1) / 2
_REACH = 300  # powers of ten a float has
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


def count(values: FloatColumn, amounts: NDArray[np.int64], among: NDArray[np.bool_]) -> None:
    """Write the integers (:func:`whole`) and which values fit (:func:`fits`) into these columns; one value is that of all rows.

    Only where cutting to the digits can reach the next integer are they looked at: near halves.
    """
    size = np.abs(values)
    most = size.max(initial=0.0)
    if most < _MOST:
        among[...] = True
    else:  # a number that is none among them, or one too large
        among[...] = fitting = size < _MOST
        size[~fitting] = 0.0
        most = size.max()
    above = size + _HALF
    found = np.floor(above)
    above -= found  # how far above the last integer, with a half added: near 0 and 1 the digits decide
    close = _close(size, above, most)
    np.copysign(found, values, out=found)
    whole_numbers = found.astype(np.int64)
    if close.size:
        whole_numbers[close] = _cut(np.copysign(size[close], values[close]))
    amounts[...] = whole_numbers


def _close(size: FloatColumn, above: FloatColumn, most: float) -> NDArray[np.intp]:
    """The places so near to a half that binary noise may lie on the other side of it."""
    near = most * _NOISE
    if near >= _SOME:
        reach = size * _NOISE
        return np.flatnonzero(((above <= reach) | (above >= 1 - reach)) & (size < _EXACT))
    if above.min(initial=1.0) > near and above.max(initial=0.0) < 1 - near:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero((above <= near) | (above >= 1 - near))


def _cut(values: FloatColumn) -> NDArray[np.int64]:
    """Values as integers by way of their 14 significant digits."""
    size = np.where(values == 0, 1.0, np.abs(values))
    digits = np.clip(_DIGITS - 1 - np.floor(np.log10(size)), -_REACH, _REACH)
    steps = _steps()[digits.astype(np.int64) + _REACH]
    clean = np.where(digits > 0, np.rint(values * steps) / steps, values)
    return (np.sign(clean) * np.floor(np.abs(clean) + _HALF)).astype(np.int64)


@cache
def _steps() -> FloatColumn:
    """The powers of ten as numpy makes them."""
    return 10.0 ** np.arange(-_REACH, _REACH + 1, dtype=np.float64)


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
