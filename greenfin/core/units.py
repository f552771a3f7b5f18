"""The one pint registry, and the unit words that real files use.

Cell text never reaches pint: :func:`parse_unit` normalises (NFKC), splits and looks every token up in a whitelist first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pint
from numpy.typing import NDArray

from greenfin.core.quantities import Amounts, Unit, interned

FloatColumn = NDArray[np.float64]
Quantity = Any  # Amounts over a numpy column; in tests and benchmarks also a bare column or pint's own quantity

_MAX_TEXT = 60
G_PER_T = 10**6
_PURE = ("dimensionless", "1")  # a pure number, as the registry and as files spell it


class UnknownUnit(ValueError):
    """A text that is not a unit greenfin knows."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class WrongDimension(ValueError):
    """Two units that measure different things."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(f"{found} -> {wanted}")
        self.found, self.wanted = found, wanted


@cache
def registry() -> pint.UnitRegistry[Any]:
    """The registry built from ``units.txt``; one per process."""
    path = str(files("greenfin.core").joinpath("units.txt"))
    ureg: pint.UnitRegistry[Any] = pint.UnitRegistry(path)
    return ureg


@cache
def _prefixes() -> tuple[str, ...]:
    names = [name for name in registry()._prefixes if name]
    return tuple(sorted(names, key=len, reverse=True))


@cache
def _tokens() -> Mapping[str, str]:
    """Every accepted spelling (case folded) -> the spelling pint knows. Exact spellings win over folded ones."""
    exact = {name: name for name in registry()._units if name}
    words = _unit_words()
    folded = {name.casefold(): name for name in sorted(exact)}
    folded |= {name.casefold(): name for name in ("kWh", "MWh", "GWh", "TWh", "kW", "MW", "GW", "MJ", "GJ", "TJ", "kg", "t", "mg", "m3")}
    return {**folded, **exact, **words}


@cache
def _unit_words() -> Mapping[str, str]:
    lines = files("greenfin.core").joinpath("unit_words.csv").read_text("utf-8").splitlines()[1:]
    return {line.split(",")[0]: line.split(",")[1] for line in lines if line}


def _token(text: str) -> str:
    """One factor of a unit, such as ``万千瓦时`` or ``m3``; raises UnknownUnit."""
    known = _known(text)
    if known:
        return known
    for prefix in _prefixes():
        rest = _known(text[len(prefix) :]) if text.startswith(prefix) else None
        if rest and rest in registry()._units:
            return prefix + rest
    power = re.fullmatch(r"(\D+)\^?([123])", text)
    if power and power[1] not in ("", "^"):
        return f"{_token(power[1].rstrip('^'))}^{power[2]}"
    raise UnknownUnit(text)


def _known(text: str) -> str | None:
    return _tokens().get(text) or _tokens().get(text.casefold())


@cache
def _unit_marks() -> tuple[tuple[str, str], ...]:
    """Spellings replaced before a unit is split: powers of ten in front, the word for per."""
    lines = files("greenfin.core").joinpath("unit_marks.csv").read_text("utf-8").splitlines()[1:]
    return tuple((written, means) for written, _, means in (line.partition(",") for line in lines))


@cache
def parse_unit(text: str) -> str:
    """The unit as the registry spells it; ``""`` and ``"1"`` give ``"dimensionless"``.

    Accepts what files hold: half and full width, any case, ``㎡``, ``%``, ``万千瓦时``, ``kWh/(m2·a)``, ``10^4 Nm3``, ``元/吨``.
    Raises UnknownUnit. Never evaluates the text.

    >>> parse_unit("万ｋＷｈ"), parse_unit("gce/kwh"), parse_unit("㎡"), parse_unit("10,000 kWh")
    ('万kWh', 'gce/(kWh)', 'm2', '万kWh')
    """
    clean = unicodedata.normalize("NFKC", text.replace("⁴", "^4").replace("⁸", "^8")).strip()
    if len(clean) > _MAX_TEXT:
        raise UnknownUnit(text[:_MAX_TEXT])
    clean = re.sub(r"^[(（\[](.*)[)）\]]$", r"\1", clean) if clean.count("(") <= 1 and "/" not in clean.split("(")[0] else clean
    clean = re.sub(r"(?<=\d),(?=\d{3})", "", clean)
    for written, means in _unit_marks():
        clean = clean.replace(written, means)
    whole = _unit_words().get(clean) or _unit_words().get(clean.casefold())
    if whole:
        return whole
    if clean in ("", *_PURE):
        return _PURE[0]
    above, *below = _split(clean)
    tops = [_token(t) for t in _factors(above) if t not in _PURE] or [_PURE[0]]
    bottoms = [token for part in below for t in _factors(part) if (token := _token(t)) != "dimensionless"]
    return "*".join(tops) + ("/(" + "*".join(bottoms) + ")" if bottoms else "")


def _split(text: str) -> list[str]:
    return [part.strip().strip("()") for part in text.split("/")]


def _factors(text: str) -> list[str]:
    return [part for part in re.split(r"[*·•× ]+", text.strip()) if part]


_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][-+]?\d{1,3})?|[-+]?\.\d+")
_BEFORE = re.compile(r"(?=[^\d\s.+-])[^\W\d_]{0,4}[^\w\s.+-]?\s*(?=[\d.+-])")  # letters or a sign of a currency, before a number


def parse_number(text: str) -> Decimal:
    """A number as files write it (full width, thousands separators); raises ValueError.

    >>> parse_number("１，２３４．５０")
    Decimal('1234.50')
    """
    clean = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace(" ", "")
    if not _NUMBER.fullmatch(clean):
        raise ValueError(text[:_MAX_TEXT])
    try:
        return Decimal(clean.replace(",", ""))
    except InvalidOperation as bad:
        raise ValueError(text[:_MAX_TEXT]) from bad


def parse_quantity(text: str) -> tuple[Decimal, str]:
    """A number and its unit: ``1.2亿千瓦时`` -> ``(Decimal("1.2"), "亿千瓦时")``; without a unit, ``"dimensionless"``.

    A currency may also stand before the number: ``CNY 500 million``, ``¥5亿``. Raises ValueError when there is no number, UnknownUnit when
    the rest is no unit.
    """
    clean = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    before = _BEFORE.match(clean)
    currency = before[0].strip() if before else ""
    found = _NUMBER.match(clean, before.end() if before else 0)
    if not found or (currency and not _is_money(currency)):
        raise ValueError(text[:_MAX_TEXT])
    size = clean[found.end() :].strip()
    if currency and size and _is_money(size):
        if not same_dimension(currency, size):  # USD 5亿元
            raise UnknownUnit(f"{currency} {size}"[:_MAX_TEXT])
        return parse_number(found[0]), parse_unit(size)  # said twice: RMB 5亿元
    return parse_number(found[0]), parse_unit(f"{size} {currency}".strip() if size.isascii() else size + currency)


def _is_money(unit: str) -> bool:
    try:
        return dimension(unit).startswith("[currency")
    except UnknownUnit:
        return False


@cache
def dimension(unit: str) -> str:
    """The dimension of a unit as text, for comparing and for messages, e.g. ``[co2]/[energy]`` spelt by pint."""
    return str(registry().Unit(parse_unit(unit)).dimensionality)


def same_dimension(one: str, other: str) -> bool:
    """Whether both units measure the same thing."""
    return dimension(one) == dimension(other)


@cache
def is_foreign_money(unit: str) -> bool:
    """Whether a unit holds a currency other than the yuan.

    >>> is_foreign_money("万美元"), is_foreign_money("万元"), is_foreign_money("t/MUSD")
    (True, False, True)
    """
    return "[currency_" in dimension(unit)


@cache
def ratio(from_unit: str, to_unit: str) -> float:
    """How many ``to_unit`` one ``from_unit`` is; raises WrongDimension. Offsets (temperatures) do not exist here."""
    ureg = registry()
    try:
        found: float = ureg.Quantity(1.0, parse_unit(from_unit)).to(parse_unit(to_unit)).magnitude
    except pint.DimensionalityError as bad:
        raise WrongDimension(from_unit, to_unit) from bad
    near = Fraction(found).limit_denominator(10**9)  # 0.001 and 1e4 come out exact, not 1 ulp beside
    return float(near) if near and abs(float(near) / found - 1) < 1e-12 else found


@cache
def exact_ratio(from_unit: str, to_unit: str) -> Fraction:
    """The same as a fraction, for money and printed units (powers of ten and the like)."""
    found = ratio(from_unit, to_unit)
    if found >= 1:
        return Fraction(found).limit_denominator(10**6)
    return 1 / Fraction(1 / found).limit_denominator(10**6)


@cache
def _unit(text: str) -> Unit:
    return interned(registry().Unit(parse_unit(text)))


def quantity(values: FloatColumn | float, unit: str) -> Quantity:
    """A whole column (or one value) with its unit, for a formula."""
    return Amounts(values if isinstance(values, np.ndarray) else np.float64(values), _unit(unit))


def magnitude(value: Quantity, unit: str) -> FloatColumn:
    """The numbers of a quantity in the unit asked for; raises WrongDimension."""
    try:
        return np.asarray(value.to(_unit(unit)).magnitude, dtype=np.float64)
    except pint.DimensionalityError as bad:
        raise WrongDimension(str(value.units), unit) from bad
