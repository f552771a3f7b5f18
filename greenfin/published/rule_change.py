"""V-YOY, V-ROUND, V-UNITKIND: every printed change recomputed from the amounts beside it; shares are compared in percentage points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from greenfin.published.facts import Facts
from greenfin.published.index import Case
from greenfin.published.settings import setting
from greenfin.published.shapes import HELD, Fact, Finding, Period, Result, failed, together
from greenfin.published.spans import Span, growth
from greenfin.published.words import pattern

Levels = Mapping[Period, Fact]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a printed change: what it is, the printed number, what it should be, and from which amounts."""

    kind: str  # relative, absolute, points
    printed: Span
    meant: Span
    cells: tuple[str, ...]


def check_changes(case: Case) -> Result:
    """All changes of all tables."""
    return together([result for facts in case.tables for result in _of_table(facts)])


def _of_table(facts: Facts) -> Iterator[Result]:
    levels = levels_of(facts)
    every = _told_twice(facts)
    for fact in facts.facts:
        if fact.label.change:
            found = [each for each in (levels.get(fact.key), *every.get(fact.key, ()), *_of_row(fact, facts)) if each]
            yield _checked(fact, found)


def _told_twice(facts: Facts) -> dict[tuple[str, bool], list[Levels]]:
    """Amounts that a row prints twice for one period, before and after a restatement: with the first and with the last of them."""
    rows: dict[tuple[tuple[str, bool], Period, int], list[Fact]] = {}
    for fact in facts.facts:
        if fact.is_level and fact.label.period is not None:
            rows.setdefault((fact.key, fact.label.period, fact.row), []).append(fact)
    keys = {key for (key, _, _), held in rows.items() if len({fact.figure.value for fact in held}) > 1}
    told: dict[tuple[str, bool], list[tuple[Period, list[Fact]]]] = {}
    for (key, period, _), held in rows.items():
        told.setdefault(key, []).append((period, held))
    found: dict[tuple[str, bool], list[Levels]] = {}
    for key in keys:
        mine = told[key]
        if len({period for period, _ in mine}) == len(mine):
            found[key] = [{period: held[0] for period, held in mine}, {period: held[-1] for period, held in mine}]
    return found


def _of_row(fact: Fact, facts: Facts) -> Iterator[Levels]:
    """The amounts of a change whose column does not name them: those of money in its row, where the header says an amount of money."""
    if not fact.row_label.subject and not fact.column_label.subject and fact.row_label.period:
        yield from _left_of(fact, facts)
    if not pattern("subject.of_money").search(fact.column_label.text):
        return
    columns: dict[str, dict[Period, Fact]] = {}
    for each in facts.of_row(fact.row):
        if each.is_level and not each.label.is_share and each.figure.kind == "money" and each.label.period:
            columns.setdefault(each.label.subject, {})[each.label.period] = each
    if len(columns) == 1 and fact.key[0] not in columns:
        yield from columns.values()


def _left_of(fact: Fact, facts: Facts) -> Iterator[Levels]:
    """The amounts that a change may be of in a table of years: those of the nearest column to its left."""
    of_levels = (c for c in facts.layout.columns if any(each.is_level and not each.label.is_share for each in facts.of_column(c)))
    left = max((column for column in of_levels if column < fact.column), default=None)
    if left is not None:
        yield {each.label.period: each for each in facts.of_column(left) if each.label.period}


def levels_of(facts: Facts) -> dict[tuple[str, bool], dict[Period, Fact]]:
    """The amounts by subject and period; two different ones of one name and period are none."""
    found: dict[tuple[str, bool], dict[Period, Fact]] = {}
    doubled = set()
    for fact in facts.facts:
        period = fact.label.period
        if fact.is_level and period is not None:
            held = found.setdefault(fact.key, {})
            if period in held and held[period].figure.value != fact.figure.value:
                doubled.add((fact.key, period))
            held[period] = fact
    for key, period in doubled:
        found[key].pop(period, None)
    return found


def pairs(levels: Levels, period: Period, basis: str, base_year: int = 0) -> list[tuple[Fact, Fact]]:
    """The amounts of a period with those it may be compared with by the words of the change, the likeliest first."""
    now = levels.get(period)
    if now is None:
        return []
    start, same = Period(period.year - 1, "", period.reach), Period(period.year - 1, period.part, period.reach)
    by_basis = {"start": [start], "same": [same], "year": [same, start]}
    wanted = by_basis.get(basis) or sorted((p for p in levels if _is_before(p, period)), key=_order, reverse=True)
    if base_year and base_year != period.year:
        wanted = [Period(base_year, "", period.reach), Period(base_year, period.part, period.reach)]
    return [(now, levels[before]) for before in dict.fromkeys(wanted) if before in levels]


def _is_before(one: Period, other: Period) -> bool:
    return one.reach == other.reach and _order(one) < _order(other)


def _order(period: Period) -> tuple[int, str]:
    return period.year, period.part or "~"


def _checked(fact: Fact, choices: Sequence[Levels]) -> Result:
    found = [pair for levels in choices for pair in _pairs(fact, levels)]
    readings = [reading for now, before in found for reading in readings_of(fact, now, before)]
    if not readings:
        return Result()
    if _is_ratio(found[0][0]):
        return _of_ratio(fact, readings)
    return judged(fact.where, readings)


def _pairs(fact: Fact, levels: Levels) -> list[tuple[Fact, Fact]]:
    period = fact.label.period or Period()
    found = pairs(levels, period, fact.label.basis, fact.label.base_year)
    if found or _says_when(fact):
        return found
    return pairs(levels, max(levels, key=_order), fact.label.basis, fact.label.base_year)


def _says_when(fact: Fact) -> bool:
    """Whether its row or column names the year of a change, so that no other year's amounts are meant."""
    return any(label.period and label.period.year for label in (fact.row_label, fact.column_label))


def _is_ratio(fact: Fact) -> bool:
    return fact.figure.kind == "percent" or fact.label.is_share


def readings_of(fact: Fact, now: Fact, before: Fact) -> Iterator[Reading]:
    """The ways to read a change between two amounts."""
    cells = (now.where, before.where)
    kind, change = fact.figure.kind, fact.label.change
    printed = (
        fact.figure.span.scaled(-1)
        if fact.label.is_falling and fact.figure.value > 0 and now.figure.value < before.figure.value
        else fact.figure.span
    )
    is_bare = not kind
    if (kind == "percent" or (is_bare and change in ("relative", "any"))) and (relative := growth(now.figure.base, before.figure.base)):
        yield Reading("relative", printed, relative, cells)
        if is_bare:
            yield Reading("relative", printed.scaled(100), relative, cells)
    points = now.figure.base - before.figure.base
    if _is_ratio(now):
        if not (kind and kind not in ("percent", "points")):
            yield Reading("points", printed.scaled(fact.figure.factor), points, cells)
        return
    if is_bare and change in ("absolute", "any"):
        yield Reading("absolute", printed, now.figure.span - before.figure.span.scaled(before.figure.factor / now.figure.factor), cells)
    elif kind and kind not in ("percent", "points"):
        yield Reading("absolute", printed, points.scaled(1 / fact.figure.factor), cells)


def _of_ratio(fact: Fact, readings: Sequence[Reading]) -> Result:
    """A change of a share: percentage points; a relative change is the wrong kind, and points with a percent sign look like one."""
    points = [reading for reading in readings if reading.kind == "points"]
    relative = [reading for reading in readings if reading.kind == "relative"]
    has_sign = "%" in fact.figure.text or fact.label.change == "relative"
    fits = next((r for r in points if r.printed.meets(r.meant)), None)
    if fits and "%" not in fact.figure.text:
        return HELD
    wrong = next((r for r in relative if r.printed.meets(r.meant)), None)
    if fits or (wrong and has_sign):
        best = fits or points[0]
        severity, code = ("warning", "published.points_as_percent") if fits else ("error", "published.share_relative")
        low, value, high = best.meant.rounded(4)
        slots = {"printed": fact.figure.text, "points": _signed(value)}
        finding = Finding("V-UNITKIND", severity, fact.where, code, fact.figure.value, value, low, high, slots, best.cells)
        return Result((finding,), 1, 1)
    return judged(fact.where, [*points, *relative] if not has_sign or fact.figure.kind == "points" else points)


def _signed(value: float) -> str:
    return f"{value:+.2f}"


def judged(where: str, readings: Sequence[Reading], *, rule: str = "V-YOY", code: str = "published.change") -> Result:
    """Held where any reading reproduces; else the nearest one as a finding: of the last digit alone, or of more."""
    if not readings:
        return Result()
    if any(reading.printed.meets(reading.meant) for reading in readings):
        return HELD
    best = min(readings, key=lambda r: abs(r.printed.value - r.meant.value) / max(abs(r.meant.value), 1e-6))
    cut = best.printed.wider(best.printed.room * setting("round", "last_digit")).meets(best.meant)
    low, value, high = best.meant.rounded(4)
    slots = {"printed": _short(best.printed.value), "value": _short(value), "low": _short(low), "high": _short(high), "change": best.kind}
    if cut:
        return failed(Finding("V-ROUND", "warning", where, "published.last_digit", best.printed.value, value, low, high, slots, best.cells))
    return failed(Finding(rule, "error", where, f"{code}_{best.kind}", best.printed.value, value, low, high, slots, best.cells))


def _short(value: float) -> str:
    return f"{round(value, 4):,.10g}"
