"""Exact numbers and addresses as text."""

from __future__ import annotations

from fractions import Fraction

from greenfin.core.lineage import Source
from greenfin.core.money import round_half_up, to_yuan
from greenfin.core.units import exact_ratio

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


_SHOWN = {
    "fen": "CNY", "J": "kWh", "mL": "L", "mNm3": "Nm3", "mperson": "person", "msquare_metre": "m2", "L": "m3", "Wh": "MWh",
    "mroom_night": "room_night", "mvehicle": "vehicle", "mpkm": "pkm", "m": "km", "permille": "1", "mton_steam": "ton_steam",
}  # fmt: skip


def amount(value: int | None, unit: str) -> tuple[str, str]:
    """A whole number of a small unit as value and unit to show, exactly: money in yuan, grams in tonnes.

    >>> amount(123456, "fen"), amount(1500000, "gCO2"), amount(3, "count")
    (('1234.56', 'CNY'), ('1.5', 'tCO2'), ('3', 'count'))
    """
    if value is None or unit == "count":
        return exact(value), unit
    if unit == "ppm*fen":  # a rate times a balance, before it is divided by the balance
        return exact(Fraction(value, 1_000_000)), "percent*CNY"
    shown = _SHOWN.get(unit, "")
    if not shown and unit.startswith("g"):
        shown = f"t{unit[1:]}"
    if not shown:
        return exact(value), unit
    number = exact(value * exact_ratio(unit, shown))
    return (f"{to_yuan(value):f}", shown) if unit == "fen" else (number, shown)


def plain(value: float) -> str:
    """A measured number as the file has it, without the tail of its binary form.

    >>> plain(123.70000000000002), plain(20000.0)
    ('123.7', '20000')
    """
    return exact(Fraction(f"{value:.12g}"))


def file_source(address: str | None) -> Source | None:
    """An address in a file (``book.xlsx!借据台账!K12``) as an end of the tree; None without an address."""
    name, _, place = (address or "").partition("!")
    return Source("file", name, place) if name else None
