"""A figure as it is printed, and what it is since it was last published or restated."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from greenfin.core.problems import Refused, error

_PRIOR, _CURRENT = ".prior", ".current"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a period (its data date, ISO): the cell, the value as printed, and its unit.

    ``prior_of``: the cell that stated it a year before, where that is not told by its own name.
    """

    cell: str
    value: str
    unit: str
    prior_of: str = ""

    @property
    def earlier(self) -> str:
        """The cell that stated this figure a year before; empty for a figure of the period itself."""
        return self.prior_of or (self.cell.removesuffix(_PRIOR) + _CURRENT if self.cell.endswith(_PRIOR) else "")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a figure is since it was last published or restated."""

    value: str
    unit: str
    run: str
    restated: bool


def number(value: str) -> Decimal | str:
    """What a printed value stands for: 1,000.0 is 1000; words stand for themselves."""
    try:
        found = Decimal(value.replace(",", ""))
    except InvalidOperation:
        return value
    return found if found.is_finite() else value


def printed_number(text: str) -> str:
    """A number as somebody typed it, without separators. Raises Refused (``store.not_a_number``) for anything else.

    >>> printed_number(" 1,234.50 ")
    '1234.50'
    """
    found = number(text.strip())
    if isinstance(found, str):
        raise Refused(error("store.not_a_number", "", found=text[:40]))
    return f"{found:f}"
