"""Amounts, rates, shares and quantities as files write them; one unit per column, a unit in the cell wins."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem, Severity, error, info, warning
from greenfin.core.units import UnknownUnit, exact_ratio, parse_number, parse_unit, same_dimension
from greenfin.ingest.cells import Read, Reader, floats_of, is_blank, shown
from greenfin.ingest.grids import CellValue
from greenfin.ingest.headers import unit_of
from greenfin.ingest.vocabulary import marks, plain, starts

MAX_FEN = 10**17
_EXACT_FEN = 10**15
MAX_NUMBER = 10**15  # of any unit: more than a country uses
_GROUPED = re.compile(r"(?<!\d{4})(?<=\d)[ \u2009\u202f](?=\d{3}(?!\d))")  # 1 234.50: a blank between groups of three
_LEADING = re.compile(r"[-+−]?[\d,.]*\d[eE][-+]?\d{1,3}(?![A-Za-z])|[-+−]?\.?\d[\d,.]*")


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the unit written beside it in the cell (``""``: none)."""

    value: Decimal
    unit: str = ""


def number_in(cell: CellValue, *, unit: str) -> Number:
    """The number of a cell; ``1.2亿`` in a column of ``unit`` means 1.2亿 of its base unit. Raises ValueError."""
    if isinstance(cell, bool | date | time | timedelta) or cell is None:
        raise ValueError(shown(cell))
    if isinstance(cell, int | float | Decimal):
        value = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
        if not value.is_finite():
            raise ValueError(shown(cell))
        return Number(value)
    text = _GROUPED.sub("", unicodedata.normalize("NFKC", cell).strip().lstrip("'"))
    if not "0" <= text[:1] <= "9" and (word := next((w for w in starts("money_prefixes") if plain(text).startswith(w)), "")):
        text = text[len(word) :].strip()
    is_negative = text.startswith("(") and text.endswith(")")
    text = text.strip("()").strip() if is_negative else text
    found = _LEADING.match(text)
    if not found:
        raise ValueError(shown(cell))
    value, rest = parse_number(found[0]), text[found.end() :].strip()
    if not unit and rest in marks()["number_words"]:  # 0.23亿 where the unit stands in another column
        value, rest = value * int(exact_ratio(f"{rest}CNY", "CNY")), ""
    return Number(-value if is_negative else value, _cell_unit(rest, base=_base(unit)))


def _cell_unit(text: str, *, base: str) -> str:
    if not text:
        return ""
    if unit := unit_of(text):
        return unit
    try:
        return parse_unit(text + base)
    except UnknownUnit as bad:
        raise ValueError(text) from bad


def _base(unit: str) -> str:
    """The unit without its 万 or 亿."""
    return next((unit.removeprefix(word) for word in marks()["number_words"] if unit.startswith(word)), unit)


def _number_or(cell: CellValue, *, unit: str, said: str = "ingest.number_unreadable") -> Number | Read:
    """The number of a cell, or what there is to say instead of one."""
    if is_blank(cell):
        return Read()
    try:
        return number_in(cell, unit=unit)
    except ValueError:
        return Read(problem=Problem(said, Severity.ERROR, "", {"found": shown(cell)}))


def money_reader(unit: str) -> Reader:
    """Reads amounts of a column in ``unit`` as integer fen. Blank is empty, never zero."""
    factors: dict[str, Fraction] = {}

    def fen_per(name: str) -> Fraction:
        if name not in factors:
            factors[name] = exact_ratio(name, "CNY") * 100
        return factors[name]

    def read(cell: CellValue) -> Read:
        number = _number_or(cell, unit=unit, said="ingest.amount_unreadable")
        if isinstance(number, Read):
            return number
        if number.unit and not same_dimension(number.unit, "CNY"):
            return Read(problem=error("ingest.unit_wrong", found=number.unit, wanted=unit))
        if abs(number.value.adjusted()) > 20:
            return Read(problem=error("ingest.amount_too_large", found=shown(cell)))
        fen = _in_fen(number.value, fen_per(number.unit or unit))
        if abs(fen) > MAX_FEN:
            return Read(problem=error("ingest.amount_too_large", found=shown(cell)))
        return Read(fen, info("ingest.unit_in_cell", found=shown(cell), unit=number.unit) if number.unit not in ("", unit) else None)

    return read


def _in_fen(value: Decimal, per: Fraction) -> int:
    if per.denominator == 1:
        exact = value * per.numerator
        return int(exact) if exact == exact.to_integral_value() else int(round_half_up(exact, 0))
    return int(round_half_up(Fraction(value) * per, 0))


def sure_amounts(values: Sequence[CellValue], *, unit: str) -> pa.Array | None:
    """What :func:`money_reader` gives for the cells that are floating-point numbers of whole fen with fifteen digits or fewer (as many as
    such a number keeps, so that no other amount has the same), null for the others; None where the cells are of another kind."""
    per = exact_ratio(unit, "CNY") * 100
    if per.denominator != 1 or (amounts := floats_of(values)) is None:
        return None
    with np.errstate(over="ignore"):
        fen = np.rint(amounts * float(per))
    is_sure = (np.abs(fen) < _EXACT_FEN) & (fen / float(per) == amounts)
    return pa.array(np.where(is_sure, fen, 0).astype(np.int64), mask=~is_sure)


def number_reader(unit: str, *, accepted: Callable[[str], str | None], wanted: str = "") -> Reader:
    """Reads quantities of a column in ``unit`` as ``(value, unit)``; ``accepted`` gives the unit to keep, None: wrong kind of unit.

    ``wanted`` is a unit that would do, for the message.
    """

    def read(cell: CellValue) -> Read:
        number = _number_or(cell, unit=unit)
        if isinstance(number, Read):
            return number
        if abs(number.value) > MAX_NUMBER:
            return Read(problem=error("ingest.amount_too_large", found=shown(cell)))
        kept = accepted(number.unit or unit)
        if kept is None:
            return Read(problem=error("ingest.unit_wrong", found=number.unit or unit, wanted=wanted or unit))
        return Read({"value": float(number.value), "unit": kept})

    return read


def read_count(cell: CellValue) -> Read:
    """A whole number that counts something (days, rows), a counting word behind it taken off; never less than zero."""
    text = unicodedata.normalize("NFKC", cell).strip().rstrip(marks()["counting_words"]) if isinstance(cell, str) else cell
    number = _number_or(text, unit="")
    if isinstance(number, Read):
        return number
    if number.unit or number.value < 0 or number.value != number.value.to_integral_value() or number.value > MAX_NUMBER:
        return Read(problem=error("ingest.count_unreadable", found=shown(cell)))
    return Read(int(number.value))


def plain_number(cell: CellValue) -> Read:
    """Reads a bare number with a unit that may stand beside it, as ``(value, unit)``; ``""``: no unit in the cell."""
    return number_reader("", accepted=lambda unit: unit)(cell)


@dataclass(frozen=True, slots=True)
class Scale:
    """What a bare number of a percent column means: how many millionths one is; None: it cannot be told."""

    per_one: int | None
    is_decimal: bool = False
    minority: frozenset[Decimal] = frozenset()


_DECIMAL, _PERCENT, _PERMILLE = 1_000_000, 10_000, 1_000


def rate_scale(cells: Sequence[CellValue], *, unit: str) -> Scale:
    """One unit for a column of interest rates, from its header or else from its numbers (0.0435 against 4.35)."""
    numbers = _bare(cells)
    as_decimal = frozenset(n for n in numbers if 0 < abs(n) <= Decimal("0.24"))
    as_percent = frozenset(n for n in numbers if abs(n) >= Decimal("0.5"))
    if unit == "permille":
        return Scale(_PERMILLE)
    if unit == "percent" and as_percent:
        return Scale(_PERCENT, minority=as_decimal)
    if as_decimal and as_percent:
        return Scale(_PERCENT, minority=as_decimal) if len(as_percent) >= len(as_decimal) else Scale(_DECIMAL, minority=as_percent)
    return Scale(_DECIMAL, is_decimal=True) if as_decimal else Scale(_PERCENT)


def share_scale(cells: Sequence[CellValue], *, unit: str) -> Scale:
    """One unit for a column of shares: 0..100 or 0..1; fractions beside percents, of which no header tells, are neither."""
    numbers = _bare(cells)
    if unit == "permille":
        return Scale(_PERMILLE)
    if not numbers or max(numbers) > 1:
        fractions = frozenset(n for n in numbers if 0 < n <= 1)
        return Scale(_PERCENT, minority=fractions if not unit and fractions - {1} else frozenset())
    return Scale(_DECIMAL, is_decimal=True)


def _bare(cells: Sequence[CellValue]) -> set[Decimal]:
    found = set()
    for cell in cells:
        try:
            number = None if is_blank(cell) else number_in(cell, unit="percent")
        except ValueError:
            continue
        if number and not number.unit:
            found.add(number.value)
    return found


_MOST_MONTHLY = 20  # permille: a rate of 20 a month is 24 % a year, the most that is likely


def is_monthly_permille(cells: Sequence[CellValue], *, unit: str) -> bool:
    """Whether the rates of a column are in permille and so low that they can only be monthly ones (3.625 is 4.35 % a year)."""
    numbers = [number for cell in cells if (number := _permille(cell, unit=unit)) is not None]
    return bool(numbers) and max(map(abs, numbers)) <= _MOST_MONTHLY


def _permille(cell: CellValue, *, unit: str) -> Decimal | None:
    try:
        number = None if is_blank(cell) else number_in(cell, unit="percent")
    except ValueError:
        return None
    return number.value if number and (number.unit or unit) == "permille" else None


def ppm_reader(scale: Scale, *, times: int, highest: int, lowest: int, said: str = "") -> Reader:
    """Reads rates or shares as integer millionths (``times`` 12 for a monthly rate); outside the bounds is a warning.

    ``said`` is what to say of each cell in permille where ``times`` is not what the header tells; other cells are then annual.
    """

    def read(cell: CellValue) -> Read:
        number = _number_or(cell, unit="percent")
        if isinstance(number, Read):
            return number
        if not number.unit and number.value in scale.minority:
            return Read(problem=error("ingest.percent_units_mixed", found=shown(cell)))
        if number.unit and not same_dimension(number.unit, "percent"):
            return Read(problem=error("ingest.unit_wrong", found=number.unit, wanted="%"))
        per = exact_ratio(number.unit, "dimensionless") * _DECIMAL if number.unit else Fraction(scale.per_one or 0)
        if abs(number.value.adjusted()) > 12:
            return Read(problem=error("ingest.number_unreadable", found=shown(cell)))
        is_permille = number.unit == "permille" or (not number.unit and scale.per_one == _PERMILLE)
        ppm = int(round_half_up(Fraction(number.value) * per * (1 if said and not is_permille else times), 0))
        outside = ppm and not lowest <= ppm <= highest
        if outside:
            return Read(ppm, warning("ingest.rate_unlikely", found=shown(cell), percent=ppm / 10_000))
        return Read(ppm, info("ingest.permille_as_monthly", found=shown(cell), count=1) if said and is_permille else None)

    return read
