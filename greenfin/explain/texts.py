"""Exact numbers and addresses as text."""

from __future__ import annotations

from fractions import Fraction

from greenfin.core.lineage import Source
from greenfin.core.money import round_half_up, to_yuan

_DIGITS = 12


def exact(value: Fraction | int | None) -> str:
    """A number in full; one that never ends is cut after twelve decimals and says so.

    >>> exact(Fraction(1, 8)), exact(Fraction(1, 3)), exact(None)
    ('0.125', '0.333333333333…', '')
    """
    if value is None:
        return ""
    number = Fraction(value)
    text = f"{round_half_up(number, _DIGITS):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if Fraction(text) == number else f"{round_half_up(number, _DIGITS):f}…"


def amount(value: int | None, unit: str) -> tuple[str, str]:
    """A whole number of a unit as value and unit to show: money in yuan, the rest as it is."""
    if value is not None and unit == "fen":
        return f"{to_yuan(value):f}", "元"
    return exact(value), unit


def file_source(address: str | None) -> Source | None:
    """An address in a file (``book.xlsx!借据台账!K12``) as an end of the tree; None without an address."""
    name, _, place = (address or "").partition("!")
    return Source("file", name, place) if name else None
