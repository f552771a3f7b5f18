"""V-NEST of running totals: what is added up since January never falls from one quarter to the next, and ends at the year's total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter

from greenfin.published.facts import Facts
from greenfin.published.index import Case
from greenfin.published.rule_change import Reading, judged
from greenfin.published.shapes import HELD, Fact, Finding, Label, Result, failed, together
from greenfin.published.words import pattern

_AT_LEAST = 2
Said = Callable[[Fact], Label]


def check_running(case: Case) -> Result:
    """All tables that print quarters or months side by side or one below the other."""
    return together([result for facts in case.tables for result in _of_table(facts)])


def _of_table(facts: Facts) -> Iterator[Result]:
    rows, columns = (map(facts.of_row, facts.layout.rows), map(facts.of_column, facts.layout.columns))
    corner = " ".join(row[0].text for row in facts.table.rows[: min(facts.layout.rows)])
    is_said = bool(pattern("row.running").search(f"{facts.layout.caption} {corner}"))
    yield from _of_lines(rows, attrgetter("row_label"), attrgetter("column_label"), is_said=is_said)
    yield from _of_lines(columns, attrgetter("column_label"), attrgetter("row_label"), is_said=is_said)


def _of_lines(lines: Iterable[Sequence[Fact]], named: Said, timed: Said, *, is_said: bool) -> Iterator[Result]:
    """Rows with a column for each quarter, or columns with a row for each; years apart."""
    single: dict[int, list[Fact]] = {}
    for line in lines:
        mine = [fact for fact in line if fact.is_level and not fact.label.is_share]
        for year in dict.fromkeys(_year(fact) for fact in mine):
            of_year = [fact for fact in mine if _year(fact) == year]
            yield from _of_year(of_year, single.setdefault(year, []), named, timed)
            yield from _until(of_year, named, timed, is_said=is_said)


def _year(fact: Fact) -> int:
    return fact.label.period.year if fact.label.period else 0


def _of_year(mine: Sequence[Fact], single: list[Fact], named: Said, timed: Said) -> Iterator[Result]:
    """One line of one year; ``single`` is the first line of quarters of their own, held for those of running totals behind it."""
    within = [fact for fact in mine if pattern("row.within_year").fullmatch(timed(fact).text)]
    if len(within) < _AT_LEAST:
        return
    if not pattern("row.running").search(named(within[0]).text):
        single.extend(() if single else within)
        return
    yield from _rising(within)
    yield from _added_up(within, single)
    whole = next((fact for fact in mine if pattern("row.whole_year").fullmatch(timed(fact).text)), None)
    if whole and len(within) in (4, 12) and whole.figure.kind == within[-1].figure.kind:
        reading = Reading("sum", whole.figure.span, within[-1].figure.span, (within[-1].where,))
        yield judged(whole.where, [reading], rule="V-NEST", code="published.total")


def _until(mine: Sequence[Fact], named: Said, timed: Said, *, is_said: bool) -> Iterator[Result]:
    """What is added up until the ends of quarters; ``is_said``: the table's title says so of all that happens and does not just stand."""
    dated = [(found, fact) for fact in mine if (found := pattern("row.until").fullmatch(timed(fact).text))]
    within = [fact for fact in mine if pattern("row.within_year").fullmatch(timed(fact).text)]
    if len(dated) < _AT_LEAST or len(within) >= _AT_LEAST:
        return
    first = dated[0][1]
    name = named(first).text
    is_event = is_said and pattern("row.event").fullmatch(first.figure.unit)
    if (is_event or pattern("row.running").search(name)) and not pattern("row.not_running").search(name) and _is_added(first):
        yield from _rising([fact for _, fact in sorted(dated, key=lambda each: int(str(each[0].lastgroup)[1:]))])


def _is_added(fact: Fact) -> bool:
    """Whether its kind adds up; rates and quotients do not."""
    return fact.figure.kind not in ("percent", "points", "multiple") and "/" not in fact.figure.kind


def _rising(row: Sequence[Fact]) -> Iterator[Result]:
    for before, now in pairwise(row):
        if now.figure.base.high >= before.figure.base.low:
            yield HELD
            continue
        slots = {"printed": now.figure.text, "of": before.figure.text}
        yield failed(
            Finding(
                "V-NEST",
                "error",
                now.where,
                "published.running_falls",
                now.figure.value,
                None,
                before.figure.value,
                None,
                slots,
                (before.where,),
            )
        )


def _added_up(row: Sequence[Fact], single: Sequence[Fact]) -> Iterator[Result]:
    """Against the row of single quarters above it, where the first quarter of both is the same."""
    if len(single) != len(row) or single[0].figure.kind != row[0].figure.kind or not single[0].figure.base.meets(row[0].figure.base):
        return
    for (_, before), (part, now) in pairwise(zip(single, row, strict=True)):
        meant = (before.figure.base + part.figure.base).scaled(1 / now.figure.factor)
        yield judged(now.where, [Reading("sum", now.figure.span, meant, (before.where, part.where))], rule="V-SUM", code="published.total")
