"""What is of the size of its siblings, and what follows from other values: the laws by which a wrong unit or point shows.

Both are data beside this file: ``siblings.csv`` says which values are compared and how far apart they may be, ``identities.csv``
which value is the product or the sum of which others.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import inf
from operator import attrgetter
from statistics import median

from greenfin.core.problems import Problem, error
from greenfin.core.slips import told
from greenfin.core.units import UnknownUnit, WrongDimension, dimension, magnitude, quantity, ratio
from greenfin.reference.values import Factor, Factors

FEWEST = 2  # to be compared at all
GROUPS = ("id", "id+region", "id+year", "pattern")
_TERM = re.compile(r"(?:([\d.]+)\*)?([\w.*]+?)(?:\^(-?\d))?$")


@dataclass(frozen=True, slots=True)
class Siblings:
    """Values that belong together (``by``) and how many times off the median of the others one may be; None: not compared."""

    by: str
    pattern: re.Pattern[str]
    within: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Term:
    """A part of an identity: ``times`` the value of ``id``, to a power."""

    id: str
    times: float
    power: int


@dataclass(frozen=True, slots=True)
class Identity:
    """``result`` is the product (or sum) of its terms and of a constant, to ``within`` of itself.

    ``match``: a term is the value of the same place and ``edition`` (or ``year``), where there is none it is not looked at; with ``any``
    it is the median of all values.
    """

    result: re.Pattern[str]
    kind: str
    terms: tuple[Term, ...]
    constant: float
    unit: str
    within: float
    match: str
    reason: str


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files("greenfin.reference").joinpath(name).read_text("utf-8").splitlines()))


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", "(.*)"))


@cache
def siblings() -> tuple[Siblings, ...]:
    """All of ``siblings.csv`` in its order: of each kind of group a value belongs to the first line it fits."""
    return tuple(
        Siblings(row["by"], _pattern(row["pattern"]), float(row["within"]) if row["within"] else None, row["reason"])
        for row in _rows("siblings.csv")
    )


@cache
def identities() -> tuple[Identity, ...]:
    """All of ``identities.csv``."""
    return tuple(_identity(row) for row in _rows("identities.csv"))


def _identity(row: Mapping[str, str]) -> Identity:
    parts = [_TERM.match(part.strip()) for part in row["terms"].split(";")]
    terms = tuple(Term(p[2], float(p[1] or 1), int(p[3] or 1)) for p in parts if p)
    constant = float(Fraction(row["constant"])) if row["constant"] else 1.0
    return Identity(
        _pattern(row["result"]), row["kind"], terms, constant, row["unit"] or "1", float(row["within"]), row["match"], row["reason"]
    )


def unlike_siblings(factors: Factors) -> Iterator[Problem]:
    """Values too far from the median of their siblings, each once, with the slip of units that would explain it."""
    values = _values(factors)
    seen: set[str] = set()
    for lines, group in _groups(factors, values):
        if len(group) < FEWEST or lines.within is None:
            continue
        ordered = sorted(values[factor.key] for factor in group)
        for factor in group:
            middle = _median_without(ordered, values[factor.key])
            fits = middle / lines.within <= values[factor.key] <= middle * lines.within
            if not fits and factor.key not in seen:
                seen.add(factor.key)
                unit = factors.quantities[factor.id].unit
                yield _unlike(factor, values[factor.key], middle=middle, within=lines.within, others=len(group) - 1, unit=unit)


def _unlike(factor: Factor, value: float, *, middle: float, within: float, others: int, unit: str) -> Problem:
    slip = told(value, middle / within, middle * within, unit=unit)
    found, size = f"{factor.value} {factor.unit}", {"median": f"{middle:.6g}", "within": f"{within:g}", "others": others, "unit": unit}
    return error("reference.unlike_siblings", factor.where, key=factor.key, found=found, slip=slip, **size)


def _median_without(ordered: Sequence[float], value: float) -> float:
    """The median of the others."""
    at, last = bisect_left(ordered, value), len(ordered) - 2
    low, high = (ordered[place + (place >= at)] for place in (last // 2, (last + 1) // 2))
    return (low + high) / 2


def _values(factors: Factors) -> dict[str, float]:
    """Every value in the unit of its quantity; one that has another dimension is told elsewhere."""
    found = {}
    for factor in factors.factors:
        try:
            found[factor.key] = float(factor.value) * ratio(factor.unit, factors.quantities[factor.id].unit)
        except (UnknownUnit, WrongDimension):
            continue
    return found


def _groups(factors: Factors, values: Mapping[str, float]) -> Iterator[tuple[Siblings, Sequence[Factor]]]:
    """Each group of values that are compared, by the line of the data that says so."""
    found: dict[tuple[int, str], list[Factor]] = {}
    for factor in factors.factors:
        if factor.key not in values:
            continue
        for by in GROUPS:
            line = _line(by, factor.id, factor.key)
            if line is not None:
                found.setdefault((line, _name(factors, factor, by)), []).append(factor)
    yield from ((siblings()[line], group) for (line, _), group in found.items())


@cache
def _line(by: str, id_: str, key: str) -> int | None:
    fits = (n for n, each in enumerate(siblings()) if each.by == by and (each.pattern.fullmatch(id_) or each.pattern.fullmatch(key)))
    return next(fits, None)


def _name(factors: Factors, factor: Factor, by: str) -> str:
    if by == "pattern":
        return dimension(factors.quantities[factor.id].unit)
    beside = {"id": "", "id+region": factor.region, "id+year": str(factor.data_year)}
    return f"{factor.id} {beside[by]}"


def broken_identities(factors: Factors) -> Iterator[Problem]:
    """Values that are not what their identity makes of the others."""
    for identity in identities():
        for factor in factors.factors:
            fit = identity.result.fullmatch(factor.id)
            if fit:
                yield from _compared(factors, identity, factor, fit.group(1) if fit.re.groups else "")


def _compared(factors: Factors, identity: Identity, factor: Factor, star: str) -> Iterator[Problem]:
    try:
        terms = [_term(factors, identity, factor, each.id.replace("*", star)) for each in identity.terms]
        computed = _computed(identity, [each for each in terms if each], factor.unit) if all(terms) else None
        found = float(factor.value)
    except (UnknownUnit, WrongDimension):  # told elsewhere
        return
    if computed is None or abs(computed - found) <= identity.within * abs(computed) + half_digit(factor):
        return
    names = ", ".join(each.id.replace("*", star) for each in identity.terms)
    slip = told(found, computed * (1 - identity.within), computed * (1 + identity.within), unit=factor.unit)
    yield error(
        "reference.identity_broken",
        factor.where,
        key=factor.key,
        found=str(factor.value),
        terms=names,
        computed=f"{computed:.6g}",
        slip=slip,
    )


def half_digit(factor: Factor) -> float:
    """Half a unit of the last printed digit."""
    exponent = factor.value.as_tuple().exponent
    return 10.0**exponent / 2 if isinstance(exponent, int) else 0.0


def _term(factors: Factors, identity: Identity, factor: Factor, id_: str) -> tuple[float, str] | None:
    """The value of a part with its unit; None where there is none to compare with."""
    rows = factors.by_id(id_)
    if identity.match != "any":
        beside = attrgetter("region", "data_year", *(("edition",) if identity.match == "edition" else ()))
        rows = tuple(row for row in rows if beside(row) == beside(factor))
    unit = factors.quantities[id_].unit if id_ in factors.quantities else ""
    values = [float(row.value) * ratio(row.unit, unit) for row in rows]
    return (median(values), unit) if values else None


def _computed(identity: Identity, terms: Sequence[tuple[float, str]], unit: str) -> float:
    """What the terms give in the unit of the result."""
    if identity.kind == "sum":
        parts = (term.times * value * ratio(of, unit) for term, (value, of) in zip(identity.terms, terms, strict=True))
        return identity.constant + sum(parts)
    product = quantity(identity.constant, identity.unit)
    for term, (value, of) in zip(identity.terms, terms, strict=True):
        product = product * quantity(value, of) ** term.power
    result = float(magnitude(product, unit))
    return result if result < inf else 0.0
