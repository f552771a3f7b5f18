"""The check sign of unified social credit codes (GB 32100-2015), for one text and for a whole column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_WEIGHTS = np.array([pow(3, place, 31) for place in range(LENGTH - 1)], dtype=np.int64)
_DISTRICT = slice(2, 8)  # the registering office: digits only
_VALUES = np.full(128, -1, dtype=np.int64)
_VALUES[np.frombuffer(SIGNS.encode(), dtype=np.uint8)] = np.arange(len(SIGNS))


def is_uscc(text: str) -> bool:
    """Whether 18 signs are a unified social credit code: 31 signs, weights 3^i mod 31, last sign the check.

    A remainder of 0 is checked by the sign 0. Signs 3 to 8 are digits, and the first is not 0.

    >>> is_uscc("91350100M000100Y43"), is_uscc("91350100M000100Y44"), is_uscc("000000000000000000")
    (True, False, False)
    """
    return bool(valid_codes([text])[0])


def valid_codes(texts: Sequence[str | None]) -> NDArray[np.bool_]:
    """Which texts of a column are such codes."""
    found = np.zeros(len(texts), dtype=np.bool_)
    rows = [row for row, text in enumerate(texts) if text is not None and len(text) == LENGTH and text.isascii()]
    if not rows:
        return found
    signs = np.frombuffer("".join(texts[row] or "" for row in rows).encode(), dtype=np.uint8).reshape(-1, LENGTH)
    values = _VALUES[signs]
    checks = (31 - (values[:, :-1] * _WEIGHTS).sum(axis=1) % 31) % 31
    digits = (values[:, _DISTRICT] <= 9).all(axis=1)
    found[rows] = (values >= 0).all(axis=1) & (checks == values[:, -1]) & digits & (values[:, 0] > 0)
    return found
