"""Facts of all tables by what they are about: names are brought to one indicator where the vocabulary knows it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from greenfin.published.facts import Facts, facts_of
from greenfin.published.shapes import Document, Fact, Period
from greenfin.published.words import pattern, quotients, rows_of

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

_LEAST_CORE = 3


@dataclass(frozen=True, slots=True)
class Indicator:
    """A known indicator and the names it goes by."""

    id: str
    kind: str
    also: frozenset[str]  # kinds of units that measure it too
    pattern: re.Pattern[str]
    needs_reach: bool


@cache
def _indicators() -> tuple[Indicator, ...]:
    return tuple(
        Indicator(row["id"], row["kind"], frozenset(row["also"].split()), re.compile(row["pattern"], re.IGNORECASE), bool(row["reach"]))
        for row in rows_of("indicators.csv")
    )


@cache
def indicator_of(subject: str, *, reach: bool = False) -> str:
    """The indicator of a canonical name; ``""`` where none is known. Those of quarterly statements go before where a reach is said.

    >>> indicator_of("greenloan")
    'green_loans'
    """
    found = [each for each in _indicators() if (reach or not each.needs_reach) and each.pattern.fullmatch(subject)]
    return next((each.id for each in sorted(found, key=lambda each: each.needs_reach != reach)), "")


def is_of_kind(indicator: str, kind: str) -> bool:
    """Whether a figure of a kind may be of an indicator; tonnes may be of CO2.

    >>> is_of_kind("facility_amount", "count")
    False
    """
    wanted = next((each.kind for each in _indicators() if each.id == indicator), "")
    return not wanted or kind in ("", wanted) or {kind, wanted} == {"mass", "co2"}


def measures(indicator: str, kind: str) -> bool:
    """Whether a unit of a kind can tell how much of an indicator there is; any can where the indicator has no kind.

    >>> measures("water", "volume"), measures("ghg_total", "money")
    (True, False)
    """
    return not any(each.id == indicator and each.kind and kind not in (each.kind, *each.also) for each in _indicators())


def named(fact: Fact) -> str:
    """What a fact is about: an indicator where its name is known, else its name."""
    reach = bool(fact.label.period and fact.label.period.reach)
    if found := indicator_of(fact.label.subject, reach=reach):
        return found
    of_row = indicator_of(fact.row_label.subject, reach=reach) if pattern("subject.quantity").fullmatch(fact.column_label.subject) else ""
    return of_row if of_row and is_of_kind(of_row, fact.figure.kind) else fact.label.subject  # emissions of electricity are no electricity


@dataclass(frozen=True)
class Case:
    """A document with its facts, last year's where it was given, and the reference data."""

    document: Document
    tables: tuple[Facts, ...]
    reference: Reference
    prior: Case | None = None
    memo: dict[str, object] = field(default_factory=dict, compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[Fact]]:
        """The facts of all tables by indicator or name."""
        found: dict[str, list[Fact]] = {}
        for facts in self.tables:
            for fact in facts.facts:
                found.setdefault(named(fact), []).append(fact)
        return found

    @cached_property
    def by_core(self) -> Mapping[str, Collection[str]]:
        """The names of the tables by what is left of them without words like number, loans, a year."""
        found: dict[str, dict[str, None]] = {}
        for name in self.by_name:
            if core := core_of(name):
                found.setdefault(core, {})[name] = None
        return found

    @cached_property
    def by_kind_of(self) -> Mapping[str, Collection[str]]:
        """The names of the tables by what they are of, said to be all of it or not."""
        found: dict[str, dict[str, None]] = {}
        for name, held in self.by_name.items():
            found.setdefault(pattern("subject.whole_of").sub("", held[0].label.subject), {})[name] = None
        return found

    @cached_property
    def counted(self) -> Sequence[str]:
        """The names of the tables that something may be told for each of: heads, floor space, customers, income."""
        said = {name: f"{held[0].row_label.text} {held[0].column_label.text}" for name, held in self.by_name.items()}
        return [name for name, text in said.items() if any(each.below.search(text) for each in quotients())]

    def levels(self, name: str, period: Period) -> Iterator[Fact]:
        """Amounts of one name in a period, shares and changes apart."""
        return (fact for fact in self.by_name.get(name, ()) if fact.is_level and not fact.label.is_share and fact.label.period == period)


def core_of(name: str) -> str:
    """What is left of a name without what only leads to it or counts it; nothing where little is left.

    >>> core_of("sulphur|dioxide")
    'sulphurdioxide'
    """
    found = pattern("subject.tail").sub("", pattern("subject.lead").sub("", name.replace("|", "")))
    return found if len(found) >= _LEAST_CORE else ""


def case_of(document: Document, reference: Reference, prior: Document | None = None) -> Case:
    """Everything the rules look at."""
    before = Case(prior, facts_of(prior), reference) if prior else None
    return Case(document, facts_of(document), reference, before)


def dated(period: Period | None, year: int) -> Period:
    """A period of running text with its year."""
    if period is None:
        return Period(year)
    return replace(period, year=period.year or year + (period.shift or 0), shift=None, part="" if period.reach else period.part)
