"""The rules of each standard that are numbers or lists (``rules.csv``, ``high_carbon.csv``), with their documents."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files

from greenfin.core.money import to_fen


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a standard's rules; ``verified`` says whether its document was seen."""

    standard: str
    rule: str
    key: str
    value: str
    unit: str
    verified: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class HighCarbon:
    """A GB/T 4754-2017 class of a high-carbon industry; ``condition``: only where that is said of the borrower."""

    code: str
    industry: str
    condition: str


def _records(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files("greenfin.financed").joinpath(name).read_text("utf-8").splitlines()))


@cache
def rules(standard: str) -> Mapping[str, Sequence[Rule]]:
    """The rules of a standard by kind: class, threshold, ladder, band."""
    found: dict[str, list[Rule]] = {}
    for row in _records("rules.csv"):
        if row["standard"] == standard:
            found.setdefault(row["rule"], []).append(Rule(**row))
    return found


def classes(standard: str) -> tuple[str, ...]:
    """The asset classes that a standard covers."""
    return tuple(rule.key for rule in rules(standard).get("class", ()))


def threshold(standard: str, key: str) -> int:
    """A threshold: fen for one of money, else its bare number; 0 where the standard has none."""
    found = next((rule for rule in rules(standard).get("threshold", ()) if rule.key == key), None)
    if found is None:
        return 0
    return to_fen(Decimal(found.value)) if found.unit == "CNY" else int(found.value)


def ladder(standard: str) -> Mapping[str, int]:
    """The steps of the data a standard knows, the best first, each with its level of quality."""
    return {rule.key: int(rule.value) for rule in rules(standard).get("ladder", ())}


def band(standard: str, score: Fraction | None) -> str | None:
    """The band of a weighted quality score: the first whose limit it does not exceed, else the last; None without bands or score."""
    limits = rules(standard).get("band", ())
    if score is None or not limits:
        return None
    return next((rule.key for rule in limits if score <= Fraction(rule.value)), "plain")


def is_verified(standard: str) -> bool:
    """Whether every rule of the standard was seen in its document."""
    return all(rule.verified == "yes" for kind in rules(standard).values() for rule in kind)


@cache
def high_carbon() -> Mapping[str, HighCarbon]:
    """The classes of the eight high-carbon industries by code."""
    return {row["class"]: HighCarbon(row["class"], row["industry"], row["condition"]) for row in _records("high_carbon.csv")}
