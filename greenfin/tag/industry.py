"""What a loan's industry of use says of an edition's leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Singles = NDArray[np.float32]
AGREES = {4: 0.08, 3: 0.04}  # digits of GB/T 4754 that agree: what that adds


@dataclass(frozen=True, slots=True)
class Agreement:
    """What industries add to leaves. ``rows``: the first digits of an industry -> the row of ``added`` (rows x leaves); the last
    row is that of all others."""

    rows: dict[str, int]
    added: Singles

    def row(self, industries: Sequence[str]) -> Ints:
        """The row of each industry."""
        others = len(self.added) - 1
        return np.array([self.rows.get(i[:4], self.rows.get(i[:3], others)) for i in industries], dtype=np.int64)


def agreement(official: Sequence[Sequence[str]]) -> Agreement:
    """What each industry adds to leaves with these official ones."""
    known = sorted({i[:digits] for of in official for i in of for digits in AGREES if len(i) >= digits})
    rows = {name: n for n, name in enumerate(known)}
    added = np.zeros((len(rows) + 1, len(official)), dtype=np.float32)
    for leaf, of in enumerate(official):
        for digits in sorted(AGREES):
            prefixes = {i[:digits] for i in of if len(i) >= digits}
            added[[n for name, n in rows.items() if name[:digits] in prefixes], leaf] = AGREES[digits]
    return Agreement(rows, added)
