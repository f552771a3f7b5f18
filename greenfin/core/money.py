"""Money: integer fen in columns, Decimal yuan at the edges."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

FEN_PER_YUAN = 100
FEN_PER_10K = 10**6  # fen in 万元: t per 万元 is g per fen
FEN_PER_MILLION = 10**8
FEN_PER_YI = 10**10  # fen in 亿元


def to_fen(yuan: Decimal) -> int:
    """Fen of an amount in yuan; a fraction of a fen is rounded half up.

    >>> to_fen(Decimal("1234.565"))
    123457
    """
    return int((yuan * FEN_PER_YUAN).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_yuan(fen: int) -> Decimal:
    """Yuan of an amount in fen.

    >>> to_yuan(123457)
    Decimal('1234.57')
    """
    return Decimal(fen).scaleb(-2)


def round_half_up(value: Fraction | Decimal | int, decimals: int) -> Decimal:
    """The value rounded half away from zero to so many decimals, exactly (no binary float on the way).

    >>> round_half_up(Fraction(5, 1000), 2)
    Decimal('0.01')
    >>> round_half_up(Fraction(-5, 1000), 2)
    Decimal('-0.01')
    """
    exact = value if isinstance(value, Fraction) else Fraction(value)
    whole, rest = divmod(abs(exact.numerator) * 10**decimals, exact.denominator)
    whole += rest + rest >= exact.denominator
    return Decimal(whole if exact.numerator > 0 else -whole).scaleb(-decimals)
