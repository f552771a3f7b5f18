"""Enterprises of the bank's risk register that are still open at the data date, what they owe, and which of them stand among the green."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.customers import JOINED, of_customers, with_names
from greenfin.aggregate.facts import Facts
from greenfin.aggregate.grouping import Measure, summed
from greenfin.aggregate.registers import holds, words
from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, info, warning
from greenfin.core.records import Sum

KINDS = ("environment", "safety", "outdated_capacity", "occupational_health")
MEASURES = ("recover", "reduce", "urge")
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Risk:
    """A customer of the ledger with an open event of a kind, under the measure of its latest; ``event`` is where that stands."""

    customer: str
    kind: str
    measure: str
    event: int


def risk_sums(facts: Facts, loans: pa.Table) -> Outcome[tuple[Sum, ...]]:
    """Customers, balances (also by class of quality) and their change since the start of the year: by kind and measure, by kind, in all.

    Nothing where the book has no register. A customer counts once in each; who owes nothing is left out. ``loans`` are the outcomes.
    """
    if not len(facts.book.risk_events):
        return Outcome(())
    rows, risks, problems = at_risk(facts, loans)
    found: list[Sum] = []
    pairs: dict[tuple[str, ...], list[str]] = {(): sorted({r.customer for r in risks})}
    for kind in KINDS:
        pairs[(kind,)] = sorted({r.customer for r in risks if r.kind == kind})
        for measure in (*MEASURES, OTHER):
            pairs[kind, measure] = sorted({r.customer for r in risks if (r.kind, r.measure) == (kind, measure)})
    for names, customers in pairs.items():
        keys = dict(zip(("risk", "measure"), names, strict=False))
        mine = rows.filter(pc.is_in(rows["customer"], value_set=pa.array(customers, pa.string())))
        found += _of(mine, keys, facts)
    return Outcome(tuple(found), (*problems, *crossed(rows, loans, facts)))


def _of(rows: pa.Table, keys: Mapping[str, str], facts: Facts) -> Iterator[Sum]:
    yield from summed(rows, Measure("risk_customers", "customer", "count", "risks", "distinct", keys=keys), ((),))
    yield from summed(rows, Measure("risk_balance", "balance_fen", "fen", "risks", keys=keys), ((), ("class5",)))
    for name in ("normal", "special_mention", "substandard", "doubtful", "loss"):
        if not pc.any(pc.fill_null(pc.equal(rows["class5"], name), False)).as_py():
            yield Sum("risk_balance", {**keys, "class5": name}, 0, "fen", 0, "risks", "balance_fen")
    known = rows["change_fen"].null_count == 0
    whole = next(summed(rows, Measure("risk_change", "change_fen", "fen", "risks", keys=keys), ((),)))
    yield whole if known else replace(whole, value=None)


def at_risk(facts: Facts, loans: pa.Table) -> tuple[pa.Table, tuple[Risk, ...], tuple[Problem, ...]]:
    """The loans of customers with open events who owe something (``customer``: one name for each, ``change_fen``), the risks, and what
    did not join. What such a customer has paid off since the start of the year stands there too, for the change."""
    events = open_events(facts.book.risk_events, facts.book.as_of)
    book = of_customers(with_names(facts.book.loans), {name: events[name].combine_chunks() for name in JOINED})
    owed = pc.greater(pc.fill_null(book["balance_fen"], 0), 0)
    paid = pc.and_(pc.fill_null(pc.equal(book["balance_fen"], 0), False), pc.is_valid(book["prior_balance_fen"]))
    owing = pc.is_in(book["customer"], value_set=pc.unique(book.filter(owed)["customer"]))
    book = book.filter(pc.and_(owing, pc.or_(owed, paid)))
    book = book.append_column("change_fen", _change(book, facts.year))
    at = pc.index_in(book["loan_id"], value_set=loans["loan_id"].combine_chunks())
    for name in ("green_fen", "outcome"):
        if name in loans.column_names:
            book = book.append_column(name, pc.take(loans[name].combine_chunks(), at))
    risks, problems = _risks(events, book)
    named = pa.array(sorted({one.customer for one in risks}), pa.string())
    return book.filter(pc.is_in(book["customer"], value_set=named)), risks, problems


def open_events(events: pa.Table, as_of: date) -> pa.Table:
    """The events of :data:`KINDS` that had happened by the day and were not rectified by it, with the row they stand in (``at``)."""
    events = with_names(events).append_column("at", pa.array(range(len(events)), pa.int64()))
    day = pa.scalar(as_of, pa.date32())
    happened = pc.fill_null(pc.less_equal(events["happened_on"], day), True)
    done = pc.coalesce(pc.less_equal(events["closed_on"], day), events["is_closed"], pa.scalar(False))
    of_kind = pc.is_in(events["kind"], value_set=pa.array(KINDS))
    return events.filter(pc.and_(pc.and_(happened, of_kind), pc.invert(done)))


def _change(loans: pa.Table, year: int) -> pa.Array:
    """What a loan's balance has gained since the start of the year; one lent in the year began at nothing."""
    new = pc.fill_null(pc.greater_equal(loans["start_on"], pa.scalar(date(year, 1, 1), pa.date32())), False)
    before = pc.coalesce(loans["prior_balance_fen"], pc.if_else(new, pa.scalar(0, pa.int64()), pa.scalar(None, pa.int64())))
    return pc.subtract(loans["balance_fen"], before)


def _risks(events: pa.Table, book: pa.Table) -> tuple[tuple[Risk, ...], tuple[Problem, ...]]:
    """The risks of the ledger's customers; an event whose customer has no loan, or whose measure is not stated, is told."""
    lookups = [dict(zip(book[name].to_pylist(), book["customer"].to_pylist(), strict=True)) for name in JOINED]
    latest: dict[tuple[str, str], tuple[date, int, str | None]] = {}
    unjoined, unsaid = 0, []
    for event in events.to_pylist():
        named = (found.get(event[name]) for found, name in zip(lookups, JOINED, strict=True) if event[name])
        customer = next((one for one in named if one), None)
        if customer is None:
            unjoined += 1
            continue
        if not event["measure"]:
            unsaid.append(f"{event['source_sheet']}!{event['source_row']}")
        key, now = (customer, event["kind"]), (event["happened_on"] or date.min, event["at"], event["measure"])
        latest[key] = max(latest.get(key, now), now, key=lambda one: one[:2])
    risks = tuple(Risk(customer, kind, measure_of(text), at) for (customer, kind), (_, at, text) in sorted(latest.items()))
    problems: list[Problem] = [info("aggregate.risk_not_in_ledger", "", n=unjoined)] if unjoined else []
    if unsaid:
        problems.append(warning("aggregate.risk_measure_missing", unsaid[0], n=len(unsaid)))
    return risks, tuple(problems)


def measure_of(text: str | None) -> str:
    """The measure that a text speaks of, the farthest-reaching first; any other, and none, is ``other``."""
    return next((name for name in MEASURES if holds(text, words()["measures"][name])), OTHER)


def crossed(rows: pa.Table, loans: pa.Table, facts: Facts) -> Iterator[Problem]:
    """X-13: customers with an open event, and customers of environmental class A, that stand among the green ones."""
    green = rows.filter(pc.greater(pc.fill_null(rows["green_fen"], 0), 0)) if "green_fen" in rows.column_names else rows.slice(0, 0)
    if len(green):
        yield _green("aggregate.green_at_risk", green, len(pc.unique(green["customer"])))
    yield from class_a(loans, facts)


def class_a(loans: pa.Table, facts: Facts) -> Iterator[Problem]:
    """Green loans of customers whose environmental risk is of class A: to be looked at again."""
    worst = facts.book.customers.filter(pc.fill_null(pc.equal(facts.book.customers["env_class"], "A"), False))
    if not len(worst):
        return
    inside = pc.is_in(loans["customer_no"], value_set=pc.drop_null(worst["customer_no"].combine_chunks()))
    green = loans.filter(pc.and_(inside, pc.greater(pc.fill_null(loans["green_fen"], 0), 0)))
    if len(green):
        yield _green("aggregate.green_class_a", green, len(pc.unique(green["customer_no"])))


def _green(code: str, rows: pa.Table, customers: int) -> Problem:
    amount = f"{to_yuan(pc.sum(rows['green_fen']).as_py()):,}"
    where = str(rows["loan_id"][0].as_py())
    if code == "aggregate.green_class_a":
        return warning("aggregate.green_class_a", where, n=len(rows), customers=customers, balance=amount)
    return warning("aggregate.green_at_risk", where, n=len(rows), customers=customers, balance=amount)
