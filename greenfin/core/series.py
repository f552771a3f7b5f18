"""One figure of a series over quarters, as a file gives it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

OWN, PEERS = "", "peers"


@dataclass(frozen=True, slots=True)
class Point:
    """A value of an ``item`` at the end of a ``quarter`` (None: said once for all quarters).

    ``party`` is :data:`OWN`, :data:`PEERS` for figures of all participants together, else what the file calls a participant; ``kind``
    says whether a figure of peers is a ``sum``, a ``mean`` or a ``deviation``. Money is in yuan, shares and rates are ratios.
    """

    item: str
    value: Fraction
    quarter: date | None = None
    party: str = OWN
    kind: str = "sum"
    where: str = ""
