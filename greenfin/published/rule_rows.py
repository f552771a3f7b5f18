"""V-YOY in rows: an increase and its rate printed as rows of their own below the amount, a column for each year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from greenfin.published.facts import Facts
from greenfin.published.index import Case
from greenfin.published.labels import read_label
from greenfin.published.rule_change import Reading, judged, readings_of
from greenfin.published.shapes import Fact, Period, Result, together
from greenfin.published.spans import growth_by
from greenfin.published.words import plain, unit_of


def check_rows(case: Case) -> Result:
    """All tables: what a row of changes without a name may be the change of, each amount above it tried."""
    return together([_judged(fact, facts) for facts in case.tables for fact in facts.facts if _is_bare(fact, facts)])


def _is_bare(fact: Fact, facts: Facts) -> bool:
    """Whether the row's own name, without its section's, is a change of nothing named."""
    names = [cell.text for c, cell in enumerate(facts.table.rows[fact.row]) if c not in facts.layout.columns and cell.text.strip()]
    own = next((read_label(text) for text in reversed(names) if not unit_of(plain(text))), None)
    is_change = own is not None and bool(own.change and not own.subject)
    return is_change and not fact.column_label.change and fact.column_label.period is not None


def _judged(fact: Fact, facts: Facts) -> Result:
    readings = [reading for now in _above(fact, facts) for reading in _readings(fact, now, facts)]
    return judged(fact.where, [each for each in readings if each.kind == _kind(fact)])


def _kind(fact: Fact) -> str:
    return "relative" if fact.figure.kind == "percent" else "absolute"


def _above(fact: Fact, facts: Facts) -> list[Fact]:
    """The amounts of the column above a row of changes, in its section."""
    section = facts.layout.sections.get(fact.row)
    return [
        each
        for each in facts.of_column(fact.column)
        if each.row < fact.row
        and facts.layout.sections.get(each.row) == section
        and each.is_level
        and not each.label.is_share
        and each.figure.kind == "money"
    ]


def _readings(fact: Fact, now: Fact, facts: Facts) -> Iterator[Reading]:
    before = _year_before(now, facts)
    if before is not None:
        yield from readings_of(replace(fact, label=replace(fact.label, change=fact.row_label.change)), now, before)
    elif fact.figure.kind == "percent":
        for added in _added(fact, facts):
            if meant := growth_by(now.figure.base, added.figure.base):
                yield Reading("relative", fact.figure.span, meant, (now.where, added.where))


def _year_before(now: Fact, facts: Facts) -> Fact | None:
    wanted = Period((now.label.period or Period()).year - 1)
    return next((each for each in facts.of_row(now.row) if each.is_level and each.label.period == wanted), None)


def _added(fact: Fact, facts: Facts) -> Iterator[Fact]:
    return (each for each in facts.of_column(fact.column) if _is_bare(each, facts) and each.figure.kind == "money")
