"""How sure a result is: ranges of inputs and factors through the formula, exactly where it is a straight line, else by draws.

The formula is called once with columns of draws. The interval holds 95 of 100 cases (settings.toml); inputs vary independently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial, prod
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from greenfin.core.units import FloatColumn
from greenfin.measure.ranges import Range, Spread, spreads
from greenfin.measure.settings import settings
from greenfin.methods.numbers import fits, whole
from greenfin.methods.registry import calculate

if TYPE_CHECKING:
    from greenfin.core.problems import Problem
    from greenfin.measure.calculate import Measured

ANALYTIC, DRAWN = "analytic", "monte_carlo"


@dataclass(frozen=True, slots=True)
class Bar:
    """What one range alone does to a result: the amounts (small unit) at its low and at its high end."""

    spread: Spread
    at_low: int
    at_high: int


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Per output the interval in its small unit, how it was found, and what drives it, the greatest first."""

    spreads: tuple[Spread, ...]
    low: Mapping[str, int]
    high: Mapping[str, int]
    how: Mapping[str, str]
    tornado: Mapping[str, tuple[Bar, ...]]


def uncertainty(done: Measured, ranges: Mapping[str, Range]) -> tuple[Uncertain | None, list[Problem]]:
    """The intervals of a measured project (row 0) under these ranges; None where no range can be used. What is wrong is told."""
    found, problems = spreads(done, ranges)
    if not found:
        return None, problems
    drawn = draws(found)
    results = outcomes(done, {s.name: np.append(column, s.centre) for s, column in zip(found, drawn, strict=True)})
    ends = _ends(done, found)
    low, high, how = {}, {}, {}
    for name, values in results.items():
        if not done.has[name][0] or not fits(values).all():
            continue
        exact = _exact(found, drawn, values, ends[name])
        interval = exact or _quantiles(values[:-1])
        (low[name], high[name]), how[name] = (int(v) for v in whole(np.asarray(interval))), ANALYTIC if exact else DRAWN
    tornado = {name: _bars(found, ends[name]) for name in low}
    return Uncertain(tuple(found), low, high, how, tornado), problems


def outcomes(done: Measured, changed: Mapping[str, FloatColumn]) -> Mapping[str, FloatColumn]:
    """The outputs of a measured project (row 0) in their small units, with some inputs or slots as columns of other values."""
    size = len(next(iter(changed.values())))

    def columns(of: Mapping[str, FloatColumn]) -> dict[str, FloatColumn]:
        return {name: changed[name] if name in changed and not np.isnan(one[0]) else np.full(size, one[0]) for name, one in of.items()}

    case = done.case
    absent = {s.slot: np.full(1, np.nan) for s in case.declaration.slots}
    slots = columns(absent | {name: filled.counted for name, filled in done.filled.items()})
    stated = columns({name: s.values for name, s in case.stated.items()})
    with np.errstate(all="ignore"):
        return calculate(case.declaration, columns(done.used), stated=stated, slots=slots, choices=case.choices).outputs


def draws(found: Sequence[Spread]) -> list[FloatColumn]:
    """A column of draws for each range, the same each time."""
    generator = np.random.default_rng(settings().seed)
    return [_drawn(spread, generator) for spread in found]


def _drawn(spread: Spread, generator: np.random.Generator) -> FloatColumn:
    size = settings().draws
    if spread.low == spread.high:
        return np.full(size, spread.low)
    if spread.shape == "uniform":
        return generator.uniform(spread.low, spread.high, size)
    if spread.shape == "triangular":
        return generator.triangular(spread.low, min(max(spread.centre, spread.low), spread.high), spread.high, size)
    middle = (spread.low + spread.high) / 2
    return np.clip(generator.normal(middle, (spread.high - middle) / _deviations(), size), spread.least, spread.most)


def _deviations() -> float:
    """How many standard deviations half the interval of a normal distribution is."""
    return NormalDist().inv_cdf((1 + settings().confidence) / 2)


def _quantiles(values: FloatColumn) -> tuple[float, float]:
    tail = (1 - settings().confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _ends(done: Measured, found: Sequence[Spread]) -> dict[str, FloatColumn]:
    """Per output its values at the low and then at the high end of each range, the others as stated."""
    rows = [end for spread in found for end in (spread.low, spread.high)]
    changed = {}
    for place, spread in enumerate(found):
        column = np.full(len(rows), spread.centre)
        column[[2 * place, 2 * place + 1]] = spread.low, spread.high
        changed[spread.name] = column
    return dict(outcomes(done, changed))


def _bars(found: Sequence[Spread], ends: FloatColumn) -> tuple[Bar, ...]:
    amounts = whole(ends)
    bars = (Bar(s, int(amounts[2 * place]), int(amounts[2 * place + 1])) for place, s in enumerate(found))
    return tuple(sorted((bar for bar in bars if bar.at_low != bar.at_high), key=lambda bar: -abs(bar.at_high - bar.at_low)))


def _exact(found: Sequence[Spread], drawn: Sequence[FloatColumn], values: FloatColumn, ends: FloatColumn) -> tuple[float, float] | None:
    """The interval of a result that follows all ranges in a straight line; None where it does not, or shapes are mixed."""
    wide = [place for place, s in enumerate(found) if s.high > s.low]
    slopes = {place: (ends[2 * place + 1] - ends[2 * place]) / (found[place].high - found[place].low) for place in wide}
    line = values[-1] + sum((slope * (drawn[place] - found[place].centre) for place, slope in slopes.items()), np.zeros(len(values) - 1))
    if not np.allclose(line, values[:-1], rtol=settings().same, atol=0):
        return None
    middle = values[-1] + sum(slope * ((found[p].low + found[p].high) / 2 - found[p].centre) for p, slope in slopes.items())
    halves = [abs(slope) * (found[p].high - found[p].low) / 2 for p, slope in slopes.items() if slope]
    shapes = {found[p].shape for p, slope in slopes.items() if slope}
    if not halves:
        return float(middle), float(middle)
    if shapes == {"uniform"}:
        half = _half_of_uniforms(halves)
    elif shapes == {"normal"} and not any(_is_clipped(found[p]) for p in slopes):
        half = float(np.sqrt(np.sum(np.square(halves))))
    else:
        return None
    return None if half is None else (float(middle) - half, float(middle) + half)


def _is_clipped(spread: Spread) -> bool:
    """Whether a noticeable part of a normal distribution lies where no value can be."""
    half = spread.high - spread.low
    return spread.low - half < spread.least or spread.high + half > spread.most


def _half_of_uniforms(halves: Sequence[float]) -> float | None:
    """Half the interval of a sum of independent uniform ranges, by its exact law (Irwin and Hall); None where rounding would eat it.

    >>> _half_of_uniforms([1.0])
    0.95
    """
    widths = [2 * half for half in halves if half > settings().same * max(halves)]
    total, upper = sum(widths), (1 + settings().confidence) / 2
    if len(widths) == 1:
        return settings().confidence * widths[0] / 2
    if (2 * total) ** len(widths) / (factorial(len(widths)) * prod(widths)) > settings().amplified:
        return None
    low, high = 0.0, total
    for _ in range(2):
        points = np.linspace(low, high, settings().grid)
        place = int(np.searchsorted(_up_to(points, widths), upper))
        low, high = points[max(place - 1, 0)], points[min(place, len(points) - 1)]
    share = _up_to(np.asarray([low, high]), widths)
    return float(np.interp(upper, share, [low, high])) - total / 2


def _up_to(points: FloatColumn, widths: Sequence[float]) -> FloatColumn:
    """The share of a sum of uniform ranges (each from 0) that lies below each point."""
    size = len(widths)
    below = np.zeros(len(points))
    for count in range(size + 1):
        for some in combinations(widths, count):
            below += (-1) ** count * np.clip(points - sum(some), 0, None) ** size
    return np.asarray(below / (factorial(size) * prod(widths)), dtype=np.float64)
