"""V-YOY, V-UNITKIND, V-SUM, V-SHARE in one sentence: amounts listed for several years beside their growths, a rate that rose from one
number to another by percent, the classes of a catalogue beside their whole, and rates of two amounts that the sentence names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from greenfin.published.index import Case
from greenfin.published.prose import Mention, Told, told
from greenfin.published.rule_change import Reading, judged
from greenfin.published.shapes import HELD, Finding, Period, Result, failed, together
from greenfin.published.spans import Span, growth
from greenfin.published.words import known_rates, pattern, texts

_AT_LEAST = 2
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=\s?\u5e74|\s?[,\u3001-]|\s?and|\s?to)")
_NO_AMOUNT = ("", "percent", "points")


def check_series(case: Case) -> Result:
    """All passages."""
    return together([result for passage in case.document.passages for result in _of_passage(told(passage))])


def _of_passage(found: Told) -> Iterator[Result]:
    where = found.passage.where
    for number, sentence in enumerate(found.sentences):
        mine = [mention for mention in found.mentions if mention.sentence == number]
        if any(mention.figure.nearly for mention in mine):
            continue
        yield from _growths(mine, sentence, where)
        yield from (_moved(*three, where) for three in zip(mine, mine[1:], mine[2:], strict=False) if _is_from_to(*three))
        yield from _of_classes(mine, where)
        yield from _of_two(mine, where)


def _growths(mine: Sequence[Mention], sentence: str, where: str) -> Iterator[Result]:
    """Amounts of years in order, and the growths listed behind them: the last growth is of the last amount."""
    lists = [held for held in _lists(mine) if len(held) >= _AT_LEAST]
    for amounts, rates in pairwise(lists):
        if amounts[0].figure.kind in _NO_AMOUNT or rates[0].figure.kind != "percent" or rates[0].role != "grown":
            continue
        years = _years(sentence[: amounts[0].figure.start], len(amounts))
        spans = [mention.figure.base for mention in amounts]
        if not years or len(rates) not in (len(spans), len(spans) - 1):
            continue
        is_rising = years[0] < years[-1]
        steps = [growth(now, before) for before, now in (pairwise(spans) if is_rising else ((b, a) for a, b in pairwise(spans)))]
        printed = rates[-len(steps) :] if is_rising else rates[: len(steps)]
        yield from (
            judged(where, [Reading("relative", rate.figure.span, step, (where,))], code="published.told")
            for rate, step in zip(printed, steps, strict=True)
            if step
        )


def _lists(mine: Sequence[Mention]) -> Iterator[list[Mention]]:
    """A number with those listed behind it, all of one kind."""
    for index, first in enumerate(mine):
        if first.role != "listed":
            yield [first, *_alike(mine[index + 1 :], "listed", first.figure.kind)]


def _alike(mine: Sequence[Mention], role: str, kind: str) -> list[Mention]:
    """The first numbers that have one role and are of one kind."""
    return list(takewhile(lambda each: each.role == role and each.figure.kind == kind, mine))


def _years(text: str, count: int) -> list[int]:
    """The last years said before a list, one right after the other; none where they are not as many as its amounts."""
    years = [int(found[1]) for found in _YEAR.finditer(text)]
    steps = {b - a for a, b in pairwise(years)}
    return years if len(years) == count and steps in ({1}, {-1}) else []


def with_years(found: Told) -> tuple[Mention, ...]:
    """The mentions of a passage, where the amounts listed behind as many years are each of its year and about the first one's noun."""
    given: dict[Mention, Mention] = {}
    for number, sentence in enumerate(found.sentences):
        for held in _lists([mention for mention in found.mentions if mention.sentence == number]):
            years = _years(sentence[: held[0].figure.start], len(held)) if held[0].role == "level" and len(held) >= _AT_LEAST else []
            for mention, year in zip(held, years, strict=False):
                given[mention] = replace(mention, role="level", noun=held[0].noun, period=Period(year), is_narrow=held[0].is_narrow)
    return tuple(given.get(mention, mention) for mention in found.mentions)


def _is_from_to(before: Mention, now: Mention, moved: Mention) -> bool:
    """Whether a rate is said to go from one percentage to another and a third percentage says by how much."""
    kinds = {mention.figure.kind for mention in (before, now, moved)}
    return kinds == {"percent"} and before.role == "prior" and now.role == "level" and moved.role == "grown" and not moved.noun


def _moved(before: Mention, now: Mention, moved: Mention, where: str) -> Result:
    """The difference of two rates with a percent sign: percentage points were meant."""
    points, relative = now.figure.base - before.figure.base, growth(now.figure.base, before.figure.base)
    if moved.span.meets(points):
        slots = {"printed": moved.figure.text, "words": f"{now.figure.text}{moved.before}"}
        return failed(Finding("V-UNITKIND", "error", where, "published.share_in_percent", moved.figure.value, slots=slots))
    readings = [Reading("relative", moved.span, relative, (where,))] if relative else []
    return judged(where, readings, code="published.told")


def _of_classes(mine: Sequence[Mention], where: str) -> Iterator[Result]:
    """Amounts of different classes of one catalogue behind their whole: never more than it, and as much where all classes are named."""
    for index, whole in enumerate(mine[:-1]):
        if whole.role != "level" or whole.figure.kind in _NO_AMOUNT or not pattern("prose.of_which").search(mine[index + 1].before):
            continue
        parts = _alike(mine[index + 1 :], "level", whole.figure.kind)
        for classes in texts("classes"):
            named = {name for part in parts for name in classes.split("|") if name in part.noun + part.before}
            if len(parts) >= _AT_LEAST and len(named) == len(parts):
                yield _against(whole, _sum(parts), where, is_all=len(parts) == len(classes.split("|")))
                break
        yield from _shares_of(parts, whole, mine[index + 1 + len(parts) :], where)


def _shares_of(parts: Sequence[Mention], whole: Mention, behind: Sequence[Mention], where: str) -> Iterator[Result]:
    """The shares listed behind as many parts: each of the whole."""
    if len(parts) < _AT_LEAST or not behind or behind[0].role != "share" or behind[0].figure.kind != "percent":
        return
    shares = [behind[0], *_alike(behind[1:], "listed", "percent")]
    ratios = [ratio for part in parts if (ratio := part.figure.base.over(whole.figure.base))]
    if len(shares) == len(parts) == len(ratios):
        for share, ratio in zip(shares, ratios, strict=True):
            reading = Reading("share", share.figure.span, ratio.scaled(100), (where,))
            yield judged(where, [reading], rule="V-SHARE", code="published.told")


def _against(whole: Mention, total: Span, where: str, *, is_all: bool) -> Result:
    if total.meets(whole.figure.base) or (not is_all and total.low <= whole.figure.base.high):
        return HELD if is_all else Result()
    reading = Reading("sum", whole.figure.span, total.scaled(1 / whole.figure.factor), (where,))
    return judged(where, [reading], rule="V-SUM", code="published.told")


def _sum(parts: Sequence[Mention]) -> Span:
    total = parts[0].figure.base
    for part in parts[1:]:
        total += part.figure.base
    return total


def _of_two(mine: Sequence[Mention], where: str) -> Iterator[Result]:
    """A rate said right behind the two amounts that it is of, each told once in its sentence."""
    levels = [mention for mention in mine if mention.role == "level" and mention.figure.kind not in _NO_AMOUNT]
    for each in known_rates():
        told_rates = [m for m in mine if m.figure.kind == "percent" and m.role == "ratio" and each.rate.search(m.before[-_NEAR:])]
        over = [mention for mention in levels if each.above.search(mention.before)]
        under = [mention for mention in levels if mention not in over and each.below.search(mention.before)]
        if not len(told_rates) == len(over) == len(under) == 1 or over[0].figure.kind != under[0].figure.kind:
            continue
        if ratio := over[0].figure.base.over(under[0].figure.base):
            reading = Reading("share", told_rates[0].figure.span, ratio.scaled(100), (where,))
            yield judged(where, [reading], rule="V-SHARE", code="published.told")


_NEAR = 12  # signs before a rate that name it
