"""What foreign balances are worth more or less at the closing rate, the rate being read out of the closing book itself."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.money import round_half_up
from greenfin.movement.joined import NONE, Joined
from greenfin.movement.sides import Flags, Ints

Numbers = NDArray[np.object_]
_PLACES = range(2, 11)  # decimals that a quoted rate may have
_TOLERANCE = 1  # fen
_MOST = 10**15  # fen that no receipt is revalued by: what would be more speaks of a wrong amount, not of a rate


def revalued(both: Joined, foreign: Flags) -> Ints:
    """What a foreign receipt's opening balance is worth more at the closing rate, in fen, where both books state it.

    The rate of a currency is that of its largest balance; a receipt that was converted at another one goes by its own.
    """
    old, new = both.opening, both.closing
    own_old, own_new = (s.numbers("original_balance_fen", NONE) for s in (old, new))
    same = pc.fill_null(pc.equal(old.taken("currency"), new.taken("currency")), True).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(foreign & (own_old > 0) & (own_new > 0) & (old.balance > 0) & (new.balance > 0) & same)
    made = np.zeros(both.size, np.int64)
    if not len(rows):
        return made
    own, balance = own_new[rows].astype(object), new.balance[rows].astype(object)  # products pass 64 bits
    above, below = _rates(both, rows, own, balance)
    change = _fen(own_old[rows].astype(object) * above, below) - old.balance[rows]
    sane = np.abs(change) < _MOST
    made[rows[sane]] = change[sane].astype(np.int64)
    return made


def _rates(both: Joined, rows: Ints, own: Numbers, balance: Numbers) -> tuple[Numbers, Numbers]:
    """Yuan per unit of each row as numerator and denominator."""
    above, below = balance.copy(), own.copy()
    names = both.closing.taken("currency").take(pa.array(rows))
    for name in pc.unique(names.drop_null()).to_pylist():
        mine = np.flatnonzero(pc.fill_null(pc.equal(names, name), False).to_numpy(zero_copy_only=False))
        largest = mine[np.argmax(own[mine])]
        rate = quoted(own[largest], balance[largest])
        fits = mine[np.abs(_fen(own[mine] * rate.numerator, rate.denominator) - balance[mine]) <= _TOLERANCE]
        above[fits], below[fits] = rate.numerator, rate.denominator
    return above, below


def quoted(own: int, balance: int) -> Fraction:
    """The rate with the fewest decimals that makes the balance of the amount, to the fen; else just the one over the other.

    >>> float(quoted(1_000_000_000, 7_028_800_000))
    7.0288
    """
    ratio = Fraction(balance, own)
    for places in _PLACES:
        rate = Fraction(round_half_up(ratio, places))
        if rate and round_half_up(own * rate, 0) == balance:
            return rate
    return ratio


def _fen(above: Numbers, below: Numbers | int) -> Numbers:
    """Quotients of positive whole numbers, half up."""
    found: Numbers = (2 * above + below) // (2 * below)
    return found
