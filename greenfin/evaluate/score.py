"""GFE-SCORE and GFE-FINAL: values to scores, exact about steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from greenfin.evaluate.schemes import ScoreMap

DIGITS = 10**2  # of the root of a variance


def score_of(better: Fraction, variance: Fraction, known: ScoreMap) -> Fraction | None:
    """The score of a value that is ``better`` than its mean by so much, where values vary by ``variance`` (GFE-SCORE).

    Without any variance only a value at its mean has a score; None for another.

    >>> from greenfin.evaluate.schemes import scheme
    >>> score_of(Fraction("0.02"), Fraction("0.0004"), scheme().map)
    Fraction(80, 1)
    """
    if not variance:
        return None if better else _mapped(Fraction(0), known)
    if known.kind == "steps":
        return known.scores[sum(_reaches(better, variance, at) for at in known.at)]
    return _mapped(better / root(variance), known)


def _mapped(z: Fraction, known: ScoreMap) -> Fraction:
    if known.kind == "steps":
        return known.scores[sum(z >= at for at in known.at)]
    return min(max(known.base + known.slope * z, Fraction(0)), known.full)


def _reaches(better: Fraction, variance: Fraction, at: Fraction) -> bool:
    """Whether a value is at least ``at`` deviations off, without a root: squares are exact."""
    square, bound = better * better, at * at * variance
    return (better >= 0 and square >= bound) if at >= 0 else (better >= 0 or square <= bound)


def root(square: Fraction) -> Fraction:
    """The root of a fraction, exact where it is one, else to a hundred digits.

    >>> root(Fraction(1, 2500))
    Fraction(1, 50)
    """
    with localcontext() as context:
        context.prec = DIGITS
        parts = [Fraction(Decimal(part).sqrt()) for part in (square.numerator, square.denominator)]
    return parts[0] / parts[1]


def mean(values: Sequence[Fraction]) -> Fraction:
    """The mean of at least one value."""
    return sum(values, Fraction(0)) / len(values)


def variance(values: Sequence[Fraction]) -> Fraction | None:
    """The variance of a sample; None of fewer than two values."""
    if len(values) < 1 + 1:
        return None
    middle = mean(values)
    return sum(((value - middle) ** 2 for value in values), Fraction(0)) / (len(values) - 1)


def weighted(values: Mapping[str, Fraction | None], weights: Mapping[str, Fraction]) -> Fraction | None:
    """The mean by weights over the values that are known (the weights of the others are left out); None where none is."""
    known = {name: value for name, value in values.items() if value is not None and weights.get(name)}
    whole = sum((weights[name] for name in known), Fraction(0))
    return sum((weights[name] * value for name, value in known.items()), Fraction(0)) / whole if whole else None
