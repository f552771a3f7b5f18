"""Figures with their units as people write them. No streamlit here."""

from __future__ import annotations

from fractions import Fraction
from math import log10

from greenfin.core.units import UnknownUnit, exact_ratio, same_dimension
from greenfin.disclose.printed import number, unit_text
from greenfin.messages import Lang, say
from greenfin.messages.words import amount

PURE = "1"
_YUAN = "CNY"
_STEPS: dict[Lang, dict[str, int]] = {
    "zh": {"large": 10**8, "middle": 10**4, "small": 1},
    "en": {"large": 10**9, "middle": 10**6, "small": 1},
}
_DECIMALS = 2


def unit_words(unit: str, lang: Lang) -> str:
    """A unit as people write it; nothing for a pure number.

    >>> unit_words("h", "zh"), unit_words("MW", "zh"), unit_words("1", "zh")
    ('小时', '兆瓦', '')
    """
    said = amount("", unit, lang).strip()
    return unit_text(unit, lang) if said == unit else said


def with_words(number: str, unit: str, lang: Lang) -> str:
    """A number with its unit.

    >>> with_words("2.2", "tCO2e/m2", "zh"), with_words("5", "percent", "zh")
    ('2.2 吨CO₂e/平方米', '5%')
    """
    return f"{number} {unit_words(unit, lang)}".replace(" %", "%").strip()


def money(yuan: Fraction, lang: Lang, *, finest: Fraction | None = None) -> str:
    """An amount as readers of the language say it: in Chinese by ten thousands and hundred millions, in English by millions and billions.

    ``finest`` is what one of its last printed digit stands for, a power of ten of yuan; without it two decimals are printed.

    >>> money(Fraction(5_189_000_000), "en", finest=Fraction(10**6)), money(Fraction(6_311_567), "en")
    ('CNY 5.189 billion', 'CNY 6.31 million')
    """
    name, step = next((n, s) for n, s in _STEPS[lang].items() if abs(yuan) >= s or s == 1)
    decimals = _DECIMALS if finest is None else max(0, round(log10(step / finest)))
    return say(f"ui.money.{name}", lang, n=number(yuan / step, decimals))


def printed(value: Fraction, unit: str, decimals: int, lang: Lang) -> str:
    """A printed figure with its unit; an amount of money as :func:`money` says it, to the digit that was printed.

    >>> printed(Fraction("51.89"), "\u4ebf\u5143", 2, "en"), printed(Fraction("34.15"), "percent", 2, "en")
    ('CNY 5.189 billion', '34.15%')
    """
    worth = _worth(unit)
    return money(value * worth, lang, finest=worth / 10**decimals) if worth else with_words(number(value, decimals), unit, lang)


def _worth(unit: str) -> Fraction | None:
    """One of the unit in yuan; None where it is no money of ours."""
    try:
        return exact_ratio(unit, _YUAN) if same_dimension(unit, _YUAN) else None
    except UnknownUnit:
        return None
