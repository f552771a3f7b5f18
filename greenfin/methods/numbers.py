"""Results as integers of a small unit, and numbers as text."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import FloatColumn, exact_ratio
from greenfin.methods.declare import Output

_MOST = 1e17  # g, Wh, L: a hundred billion tonnes
_DIGITS = 14  # binary noise lives beyond these; a stated value does not


def fits(values: FloatColumn) -> NDArray[np.bool_]:
    """Which values are numbers that can be a result: finite and, in the small unit, below a hundred quadrillion.

    >>> fits(np.array([1e9, 1e20, np.nan])).tolist()
    [True, False, False]
    """
    return np.isfinite(values) & (np.abs(values) < _MOST)


def whole(values: FloatColumn) -> NDArray[np.int64]:
    """The values as integers, half away from zero; what does not fit (:func:`fits`) becomes 0.

    Values are first cut to 14 significant digits, so that the same amount stated in another unit gives the same integer.

    >>> whole(np.array([0.5, -0.5, 1.2 * 1e8 / 1e3, 2.4999999999999996])).tolist()
    [1, -1, 120000, 3]
    """
    finite = np.where(fits(values), values, 0.0)
    size = np.where(finite == 0, 1.0, np.abs(finite))
    digits = np.clip(_DIGITS - 1 - np.floor(np.log10(size)), -300, 300)
    steps = 10.0**digits
    clean = np.where(digits > 0, np.rint(finite * steps) / steps, finite)
    return (np.sign(clean) * np.floor(np.abs(clean) + np.float64(1) / 2)).astype(np.int64)


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
