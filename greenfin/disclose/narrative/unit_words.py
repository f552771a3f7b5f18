"""Units as prose writes them (``units.csv``), and whether one fits behind a value."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files

from greenfin.core.units import UnknownUnit, WrongDimension, dimension, exact_ratio

PURE = "dimensionless"


@dataclass(frozen=True, slots=True)
class Word:
    """A unit of prose: ``scale`` of any of ``units``; ``before`` stands before the number (``CNY 5 million``)."""

    text: str
    units: tuple[str, ...]
    scale: Fraction
    before: str = ""

    @property
    def after(self) -> str:
        """What stands behind the number."""
        return self.text.removeprefix(self.before).strip()

    def ratio(self, unit: str) -> Fraction | None:
        """How many of this unit one of ``unit`` is; None where it measures something else."""
        found = (_ratio(unit, each) for each in self.units)
        known = next((ratio for ratio in found if ratio is not None), None)
        return None if known is None else known / self.scale


@cache
def _ratio(one: str, other: str) -> Fraction | None:
    """How many of the other one of this is; None for different things: counted things and shares are only what they are called."""
    if one == other:
        return Fraction(1)
    try:
        return None if PURE in (dimension(one), dimension(other)) else exact_ratio(one, other)
    except (UnknownUnit, WrongDimension):
        return None


@cache
def words() -> Mapping[str, Word]:
    """All unit words, the longest first."""
    text = files("greenfin.disclose.narrative").joinpath("units.csv").read_text("utf-8")
    rows = sorted(csv.DictReader(text.splitlines()), key=lambda row: -len(row["word"]))
    return {row["word"]: Word(row["word"], tuple(row["units"].split()), Fraction(row["scale"]), row["before"]) for row in rows}


def following(text: str) -> tuple[Word, int] | None:
    """The unit that a text begins with, and where it ends; blanks before it do not count.

    >>> following(" 亿元，占比")[0].text, following("个百分点")[0].units, following("tables")
    ('亿元', ('pp',), None)
    """
    left = text.lstrip(" ")
    found = next((word for word in words().values() if left.startswith(word.text) and not _goes_on(left, word.text)), None)
    return (found, len(text) - len(left) + len(found.text)) if found else None


def _goes_on(text: str, word: str) -> bool:
    """Whether a Latin word only begins so."""
    rest = text[len(word) :]
    return word[-1].isascii() and word[-1].isalpha() and rest[:1].isascii() and rest[:1].isalnum()
