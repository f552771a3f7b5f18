"""An evaluation of a quarter: four indicators against the bank's own past and all participants, the qualitative part, the final score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.core.series import PEERS
from greenfin.evaluate.schemes import Scheme
from greenfin.evaluate.score import mean, score_of, variance, weighted
from greenfin.evaluate.series import INDICATORS, OWN_SHARE, Series, past, shown

LONGITUDINAL, CROSS = "longitudinal", "cross"


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator of a quarter: its value (a ratio), what it is held against, both scores (0 to 100), and its points of 25 or so.

    A part that could not be scored is None and left out; the points then rest on the other part alone.
    """

    id: str
    value: Fraction | None
    own_mean: Fraction | None
    peers_mean: Fraction | None
    longitudinal: Fraction | None
    cross: Fraction | None
    score: Fraction | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one quarter; ``known`` is which share of the quantitative weights could be scored."""

    quarter: date
    scheme: Scheme
    indicators: tuple[Indicator, ...]
    quantitative: Fraction | None
    qualitative: Fraction | None
    final: Fraction | None
    marks: Mapping[str, Fraction | None]
    known: Fraction


def evaluate(series: Series, quarter: date) -> Outcome[Evaluation]:
    """The scores of a quarter (GFE-SCORE, GFE-FINAL), and for each part that was left out why."""
    made = [_indicator(name, series, quarter) for name in INDICATORS]
    scheme = series.scheme
    weights = {LONGITUDINAL: scheme.longitudinal, CROSS: scheme.cross}
    scores = {f"{one.value.id}.{part}": getattr(one.value, part) for one in made for part in weights}
    parts = {f"{one.value.id}.{part}": weight for one in made for part, weight in weights.items()}
    quantitative = weighted(scores, parts)
    known = sum((parts[name] for name, score in scores.items() if score is not None), Fraction(0)) / sum(parts.values())
    marks = series.marks(quarter)
    stated = series.said("qualitative", quarter)
    qualitative = stated if stated is not None else weighted(marks, scheme.marks)
    both = None if quantitative is None or qualitative is None else final(quantitative, qualitative, scheme)
    problems = [problem for one in made for problem in one.problems]
    if lacking := series.without_bonds(quarter):
        problems.append(info("evaluation.bonds_left_out", "", quarter=shown(quarter), lacks=" ".join(f"item.{name}" for name in lacking)))
    problems += _of_marks(marks, qualitative, stated)
    indicators = tuple(one.value for one in made)
    return Outcome(Evaluation(quarter, scheme, indicators, quantitative, qualitative, both, marks, known), tuple(problems))


def final(quantitative: Fraction, qualitative: Fraction, scheme: Scheme) -> Fraction:
    """The final score (GFE-FINAL).

    >>> from greenfin.evaluate.schemes import scheme
    >>> final(Fraction("72.5"), Fraction(85), scheme("chongqing-2023"))
    Fraction(305, 4)
    """
    return scheme.quantitative * quantitative + scheme.qualitative * qualitative


def _of_marks(marks: Mapping[str, Fraction | None], qualitative: Fraction | None, stated: Fraction | None) -> Iterator[Problem]:
    if qualitative is None:
        yield warning("evaluation.no_marks", "", lacks=" ".join(f"item.{name}" for name in marks))
    lacking = [name for name, value in marks.items() if value is None]
    if qualitative is not None and stated is None and lacking:
        yield warning("evaluation.marks_left_out", "", lacks=" ".join(f"item.{name}" for name in lacking))


def _indicator(name: str, series: Series, quarter: date) -> Outcome[Indicator]:
    scheme, still = series.scheme, replace(series, extra=Fraction(0))
    value = series.value(name, quarter)
    if value is None:
        return Outcome(Indicator(name, None, None, None, None, None, None), (_why(name, series, quarter),))
    history = [(day, still.value(name, day)) for day in past(quarter, scheme.past)]
    known = [one for _, one in history if one is not None]
    problems = [warning("evaluation.quarter_missing", "", indicator=name, quarter=shown(day)) for day, one in history if one is None]
    if series.is_uneven(name, quarter):
        problems.append(warning("evaluation.bonds_on_one_side", "", indicator=name, quarter=shown(quarter)))
    own = mean(known) if len(known) == scheme.past else None
    peers, spread, more = _peers(name, still, quarter)
    problems += more
    if spread is None:
        spread = variance(known)
        problems += [info("evaluation.own_spread", "", indicator=name)] if spread is not None else []
    scores: dict[str, Fraction | None] = {}
    for part, middle in ((LONGITUDINAL, own), (CROSS, peers)):
        scores[part] = None if middle is None or spread is None else score_of(scheme.direction[name] * (value - middle), spread, scheme.map)
        if middle is not None and scores[part] is None:
            problems.append(warning("evaluation.no_spread", "", indicator=name, part=part))
    whole = scheme.longitudinal + scheme.cross
    got = weighted(scores, {LONGITUDINAL: scheme.longitudinal, CROSS: scheme.cross})
    points = None if got is None else got * whole
    return Outcome(Indicator(name, value, own, peers, scores[LONGITUDINAL], scores[CROSS], points), tuple(problems))


def _why(name: str, series: Series, quarter: date) -> Problem:
    """Why an indicator has no value: what is missing, or what is nothing and should be divided by."""
    over, under = series.parts(name, quarter)
    if over is not None and under is not None:
        return error("evaluation.zero_denominator", "", indicator=name, quarter=shown(quarter))
    return warning("evaluation.figure_missing", "", indicator=name, quarter=shown(quarter), lacks=f"evaluation.needs.{name}")


def _peers(name: str, series: Series, quarter: date) -> tuple[Fraction | None, Fraction | None, list[Problem]]:
    """The mean and variance of an indicator over all participants: as stated, else of those named, else of their sums (a mean alone)."""
    middle = series.said(name, quarter, PEERS, "mean")
    deviation = series.said(name, quarter, PEERS, "deviation")
    spread = None if deviation is None else deviation * deviation
    each = [one for party in series.members if (one := series.value(name, quarter, party)) is not None]
    used_each = bool(each) and (middle is None or spread is None)
    if middle is None and each:
        middle = mean(each)
    if spread is None:
        spread = variance(each)
    problems: list[Problem] = []
    if used_each and (lacks := len(series.members) - len(each)):
        slots = {"indicator": name, "quarter": shown(quarter), "count": lacks, "known": len(each)}
        problems.append(warning("evaluation.participants_left_out", "", **slots))
    if middle is None:
        middle = _of_sums(name, series, quarter)
        problems += [info("evaluation.mean_of_sums", "", indicator=name)] if middle is not None else []
    if middle is None:
        problems.append(warning("evaluation.peers_missing", "", indicator=name, quarter=shown(quarter)))
    return middle, spread, problems


def _of_sums(name: str, series: Series, quarter: date) -> Fraction | None:
    """The mean by weight of all participants from their sums; of shares of the whole it is one part of their number."""
    if name == OWN_SHARE:
        number = series.said("participants", quarter, PEERS) or series.said("participants", quarter)
        return 1 / number if number else None
    return series.value(name, quarter, PEERS)
