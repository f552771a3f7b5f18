"""How much more green lending in the last quarter moves a score: the smallest amount that reaches it, exact about steps."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from greenfin.core.problems import Outcome, Refused, error, warning
from greenfin.evaluate.evaluation import Evaluation, evaluate
from greenfin.evaluate.series import INDICATORS, Series

FINAL, QUANTITATIVE = "final", "quantitative"
TARGETS = (*INDICATORS, QUANTITATIVE, FINAL)
CENT = Fraction(1, 10**2)
FURTHEST = 10**4  # times the green business of today


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A ``target`` (an indicator's points, the quantitative or the final score) that moves from one score to another by ``lending`` yuan.

    ``lending`` is None where no lending reaches the score; ``reached`` is then the most there is.
    """

    target: str
    now: Fraction
    wanted: Fraction
    lending: Fraction | None
    reached: Fraction


def what_if(series: Series, quarter: date, asked: str) -> Outcome[WhatIf | None]:
    """The least green lending more (new loans: they count in all loans and in the sum over the participants too; means and deviations
    stay) by which a score is reached, to the fen. ``asked``: ``final``, ``final=80``, ``GFE-I1+2``, ``1`` (a point more in all).

    Raises Refused where that is none of these.
    """
    target, wanted, step = _asked(asked)
    now = _score(series, quarter, target, Fraction(0))
    if now is None:
        return Outcome(None, (warning("evaluation.what_if_without_score", "", target=target),))
    goal = wanted if wanted is not None else now + step
    start = series.total("green_total", quarter) or Fraction(1)
    most = int(start * FURTHEST / CENT)
    reached = _score(series, quarter, target, most * CENT) or now
    if now < goal and reached < goal:
        return Outcome(
            WhatIf(target, now, goal, None, reached), (warning("evaluation.what_if_unreachable", "", target=target, most=_told(reached)),)
        )
    lending = Fraction(0) if now >= goal else _least(series, quarter, target, goal, most) * CENT
    return Outcome(WhatIf(target, now, goal, lending, _score(series, quarter, target, lending) or now))


def _told(value: Fraction) -> str:
    return f"{float(value):.2f}"


def _least(series: Series, quarter: date, target: str, goal: Fraction, most: int) -> int:
    """The least number of fen that reaches the goal; the score never falls as lending grows."""
    low, high = 0, most
    while high - low > 1:
        middle = low + (high - low) // (1 + 1)
        found = _score(series, quarter, target, middle * CENT)
        low, high = (low, middle) if found is not None and found >= goal else (middle, high)
    return high


def with_lending(series: Series, quarter: date, lending: Fraction) -> Outcome[Evaluation]:
    """The evaluation of a quarter with so many yuan of green loans more, counted as :func:`what_if` counts them."""
    return evaluate(replace(series, extra=lending, at=quarter), quarter)


def _score(series: Series, quarter: date, target: str, extra: Fraction) -> Fraction | None:
    found = with_lending(series, quarter, extra).value
    if target in INDICATORS:
        return next(one.score for one in found.indicators if one.id == target)
    return found.final if target == FINAL else found.quantitative


_ASKED = re.compile(r"([A-Za-z][A-Za-z0-9_-]*?)?\s*([=+])?\s*(\d+(?:\.\d+)?)?")


def _asked(text: str) -> tuple[str, Fraction | None, Fraction]:
    """The target, the score wanted (None: a step more), and the step."""
    found = _ASKED.fullmatch(text.strip())
    name = (found[1] or FINAL) if found else ""
    target = next((known for known in TARGETS if name.casefold() in _names(known)), "")
    if not found or not target or (found[2] and not found[3]):
        raise Refused(error("evaluation.what_if_unknown", "--what-if", found=text, known=", ".join(TARGETS)))
    number = Fraction(found[3]) if found[3] else Fraction(1)
    return target, number if found[2] == "=" else None, number


def _names(target: str) -> set[str]:
    return {target.casefold(), target.casefold().rpartition("-")[2]}
