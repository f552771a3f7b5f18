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
    yield from _of_lines(map(facts.of_row, facts.layout.rows), attrgetter("row_label"), attrgetter("column_label"))
    yield from _of_lines(map(facts.of_column, facts.layout.columns), attrgetter("column_label"), attrgetter("row_label"))


def _of_lines(lines: Iterable[Sequence[Fact]], named: Said, timed: Said) -> Iterator[Result]:
    """Rows with a column for each quarter, or columns with a row for each; years apart."""
    single: dict[int, list[Fact]] = {}
    for line in lines:
        mine = [fact for fact in line if fact.is_level and not fact.label.is_share]
        for year in dict.fromkeys(_year(fact) for fact in mine):
            yield from _of_year([fact for fact in mine if _year(fact) == year], single.setdefault(year, []), named, timed)


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
