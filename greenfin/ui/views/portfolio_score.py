"""The PBoC's evaluation of green finance as a page shows it, and what more green lending would change. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor, log10

from greenfin import evaluate as room
from greenfin import ingest
from greenfin.core.money import FEN_PER_YI, FEN_PER_YUAN
from greenfin.core.problems import Problem, Refused
from greenfin.disclose.printed import word
from greenfin.messages import Lang, say
from greenfin.ui.views.said import tell

YI = Fraction(FEN_PER_YI, FEN_PER_YUAN)
STEPS = 40
TARGETS = ("final", "quantitative", *room.INDICATORS)
HOW = {"reach": "=", "rise": "+"}
DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator: its value, what it is held against, its scores."""

    words: str
    value: str
    own: str
    peers: str
    longitudinal: str
    cross: str
    score: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The evaluation of a quarter."""

    quarter: str
    lines: tuple[Line, ...]
    totals: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What reaches a score: from, to, and the least lending in words (or that none does)."""

    words: str
    now: str
    wanted: str
    lending: str


def series_of(texts: Mapping[str, str], scheme: str, on: date) -> tuple[room.Series, date, tuple[Problem, ...]] | None:
    """The quarters in the bank's own file up to a day; None where it has none. Raises Refused."""
    read = ingest.evaluation_of(texts, "evaluation")
    if not read.value:
        return None
    series = room.series_of(read.value, room.scheme(scheme))
    held = [quarter for quarter in series.quarters if quarter <= on]
    return (series, max(held), tuple(read.problems)) if held else None


def standing(series: room.Series, quarter: date, lang: Lang, *, lending: Fraction = Fraction(0)) -> Standing:
    """The scores of a quarter, with so many yuan of green loans more."""
    found = room.with_lending(series, quarter, lending)
    made = found.value
    totals = tuple(
        (say(f"ui.portfolio.{name}", lang), _points(getattr(made, name), lang)) for name in ("quantitative", "qualitative", "final")
    )
    doubts = " ".join(f"evaluation.doubt.{doubt}" for doubt in made.scheme.unverified)
    notes = [say("evaluation.simulated", lang, lacks=doubts)] if made.scheme.is_simulated else []
    notes += [tell(problem, lang) for problem in found.problems]
    return Standing(room.shown(quarter), tuple(_line(one, lang) for one in made.indicators), totals, tuple(dict.fromkeys(notes)))


def _line(one: room.Indicator, lang: Lang) -> Line:
    return Line(
        say("ui.portfolio.indicator", lang, item=one.id),
        _percent(one.value, lang),
        _percent(one.own_mean, lang),
        _percent(one.peers_mean, lang),
        _points(one.longitudinal, lang),
        _points(one.cross, lang),
        _points(one.score, lang),
    )


def _percent(value: Fraction | None, lang: Lang) -> str:
    return word("missing", lang) if value is None else f"{float(value):.2%}"


def _points(value: Fraction | None, lang: Lang) -> str:
    return word("missing", lang) if value is None else f"{float(value):.2f}"


def answers(series: room.Series, quarter: date, points: int, lang: Lang) -> tuple[Answer, ...]:
    """The least lending by which each score rises by so many points."""
    return tuple(_answer(room.what_if(series, quarter, f"{target}+{points}").value, target, lang) for target in TARGETS)


def asked(series: room.Series, quarter: date, question: tuple[str, str, float], lang: Lang) -> tuple[Answer | None, str]:
    """The least lending for a score (one of ``TARGETS``) to ``reach`` or ``rise`` by so many points, or why there is none."""
    target, how, points = question
    text = f"{target}{HOW[how]}{points:.{DECIMALS}f}"
    try:
        found = room.what_if(series, quarter, text)
    except Refused as refused:
        return None, tell(refused.problem, lang)
    said = say("ui.list_comma", lang).join(tell(problem, lang) for problem in found.problems)
    return (_answer(found.value, found.value.target, lang), said) if found.value else (None, said)


def _answer(found: room.WhatIf | None, target: str, lang: Lang) -> Answer:
    words = target_words(target, lang)
    if found is None:
        return Answer(words, word("missing", lang), word("missing", lang), say("ui.portfolio.no_score", lang))
    reached = say("ui.portfolio.not_reached", lang, most=_points(found.reached, lang))
    lending = reached if found.lending is None else yi(found.lending, lang)
    return Answer(words, _points(found.now, lang), _points(found.wanted, lang), lending)


def target_words(target: str, lang: Lang) -> str:
    """What a score is called."""
    known = target in ("final", "quantitative")
    return say(f"ui.portfolio.{target}", lang) if known else say("ui.portfolio.indicator", lang, item=target)


def lending_of(amount: float) -> Fraction:
    """Yuan of an amount in 100 million, to the hundredth of one."""
    return Fraction(f"{amount:.2f}") * YI


def yi(yuan: Fraction, lang: Lang) -> str:
    """An amount of yuan in 100 million."""
    return say("ui.portfolio.yi", lang, value=f"{float(yuan / YI):,.4f}")


def curve(series: room.Series, quarter: date, most: int, lang: Lang) -> tuple[dict[str, object], ...]:
    """The scores at lending from nothing to ``most`` (100 million yuan), for a picture."""
    return tuple(point for step in range(STEPS + 1) for point in _at(series, quarter, Fraction(most * step, STEPS), lang))


def _at(series: room.Series, quarter: date, lending: Fraction, lang: Lang) -> Iterator[dict[str, object]]:
    found = room.with_lending(series, quarter, lending * YI).value
    for name in ("final", "quantitative"):
        value = getattr(found, name)
        if value is not None:
            yield {"lending": float(lending), "score": float(value), "series": say(f"ui.portfolio.{name}", lang)}


def most_of(series: room.Series, quarter: date) -> int:
    """How far the slider goes: as much again as there is, in 100 million yuan, at least one."""
    total = series.total("green_total", quarter) or Fraction(0)
    return max(1, round(total / YI))


def step_of(most: int) -> float:
    """The slider's step: the power of ten that makes at least a hundred of them.

    >>> step_of(41), step_of(5_000), step_of(1)
    (0.1, 10.0, 0.01)
    """
    return float(10 ** (floor(log10(most)) - 2))


def history(series: room.Series, quarter: date, lang: Lang) -> Sequence[tuple[str, str, str]]:
    """The quarters up to this one: quantitative and final score."""
    held = [day for day in series.quarters if day <= quarter]
    made = [room.evaluate(series, day).value for day in held]
    return [(room.shown(one.quarter), _points(one.quantitative, lang), _points(one.final, lang)) for one in made]
