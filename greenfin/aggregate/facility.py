"""Loans of the carbon-reduction facility: what was drawn in the quarter, in the year and since the bank has the facility, by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.crossed import ALL_GASES
from greenfin.aggregate.drawn import DRAWN, FROM_LEDGER, WITHDRAWN, carried, events_of, netted
from greenfin.aggregate.facts import Facts
from greenfin.aggregate.grouping import parted
from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.core.records import Sum

EDITION = "cerf"
EXCLUDED = "excluded"
PERIODS = ("quarter", "year", "cumulative")
UNKNOWN = "unknown"  # the field of a loan that stands in none
TABLE = "facility"
_GAS = "gCO2e"
_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Facility:
    """Drawings under the facility (net, with ``entry``, ``period``, ``carried``) and those withdrawn since the last statement."""

    drawn: pa.Table
    restated: pa.Table


def quarter_start(day: date) -> date:
    """The first day of the quarter."""
    return date(day.year, (day.month - 1) // _MONTHS * _MONTHS + 1, 1)


def is_used(facts: Facts) -> bool:
    """Whether the bank has drawn anything under the facility."""
    events = events_of(facts.book)
    return bool(pc.any(pc.and_(events["is_facility"], pc.equal(events["kind"], DRAWN))).as_py())


def facility_of(facts: Facts) -> Facility:
    """The drawings under the facility, net of loans withdrawn from it; ``restated``: what earlier statements held and this one does not."""
    events = events_of(facts.book)
    back = pc.is_in(events["kind"], value_set=pa.array([WITHDRAWN, EXCLUDED]))
    off, start = events.filter(back), pa.scalar(quarter_start(facts.book.as_of), pa.date32())
    gross = events.filter(pc.and_(pc.equal(events["kind"], DRAWN), events["is_facility"]))
    drawn = _told(netted(gross, off), facts)
    before = gross.filter(pc.less(gross["moved_on"], start))
    published = _told(netted(before, off.filter(pc.less(off["moved_on"], start))), facts)
    return Facility(drawn, _less(published, drawn.filter(pc.less(drawn["moved_on"], start))))


def _told(events: pa.Table, facts: Facts) -> pa.Table:
    """Drawings with their field and what they carry, and their project (their loan where none is named)."""
    at = pc.index_in(events["loan_id"], value_set=facts.tags["loan_id"].combine_chunks())
    code = pc.fill_null(pc.take(facts.tags["code"].combine_chunks(), at), UNKNOWN)
    project = pc.coalesce(events["project_id"], events["loan_id"])
    made = events.append_column("code", code).append_column("project", project)
    return made.append_column("carried", carried(events, facts, ALL_GASES))


def _less(published: pa.Table, now: pa.Table) -> pa.Table:
    """What was published and is so no more: the earlier drawings, and as less than nothing those that are still there."""
    minus = now
    for name in ("amount_fen", "carried"):
        minus = minus.set_column(minus.column_names.index(name), name, pc.negate(minus[name]))
    return pa.concat_tables([published, minus])


def facility_sums(facts: Facts) -> Outcome[tuple[Sum, ...]]:
    """Projects, amounts, weighted rates and yearly reductions by period and field (key ``entry``; an upper one with all below it).

    Each has the key ``edition``. Nothing at all where no loan is marked as one of the facility: the table then does not apply.
    """
    found = facility_of(facts)
    if not len(found.drawn):
        return Outcome(())
    sums: list[Sum] = []
    for period in PERIODS:
        rows = found.drawn.filter(in_period(found.drawn, period, facts.book.as_of))
        for entry, mine in _by_entry(rows, found.drawn, facts):
            sums += _of(mine, {"edition": EDITION, "period": period, **({"entry": entry} if entry else {})})
    for entry, mine in _by_entry(found.restated, found.restated, facts):
        keys = {"edition": EDITION, "period": "restated", **({"entry": entry} if entry else {})}
        sums += [_added(mine, "facility_amount", "amount_fen", "fen", keys), _added(mine, "facility_reduction", "carried", _GAS, keys)]
    return Outcome((*sums, *_by_project(found.drawn, facts), *_quarters(found.drawn, facts)), tuple(_problems(found.drawn, facts)))


def in_period(rows: pa.Table, period: str, as_of: date) -> pa.ChunkedArray:
    """Which drawings are of the quarter of the data date, of its year until then, or of all time until then."""
    starts = {"quarter": quarter_start(as_of), "year": date(as_of.year, 1, 1)}
    return pc.greater_equal(rows["moved_on"], pa.scalar(starts.get(period, date.min), pa.date32()))


def in_entry(rows: pa.Table, entry: str, facts: Facts) -> pa.Table:
    """The drawings of a field and of all below it."""
    if not entry:
        return rows
    catalogue = facts.reference.catalogues[EDITION] if facts.reference else None
    codes = [code for code in catalogue.entries if entry in (code, *catalogue.ancestors(code))] if catalogue else []
    return rows.filter(pc.is_in(rows["code"], value_set=pa.array([entry, *codes], pa.string())))


def _by_entry(rows: pa.Table, known: pa.Table, facts: Facts) -> Iterator[tuple[str, pa.Table]]:
    """The whole, and each field that any drawing stands in, with the fields above it."""
    catalogue = facts.reference.catalogues[EDITION] if facts.reference else None
    codes = {str(code) for code in pc.unique(known["code"]).to_pylist()}
    above = {entry for code in codes for entry in (catalogue.ancestors(code) if catalogue and code in catalogue.entries else ())}
    yield from ((entry, in_entry(rows, entry, facts)) for entry in ("", *sorted(codes | above)))


def _of(rows: pa.Table, keys: Mapping[str, str]) -> Iterator[Sum]:
    """The figures of one period and field."""
    rated = rows.filter(pc.is_valid(rows["rate_ppm"]))
    yield Sum("facility_projects", keys, len(pc.unique(rows["project"])), "count", len(rows), TABLE, "project")
    yield _added(rows, "facility_amount", "amount_fen", "fen", keys)
    yield _added(rated, "facility_rated", "amount_fen", "fen", keys)
    pairs = zip(rated["rate_ppm"].to_pylist(), rated["amount_fen"].to_pylist(), strict=True)
    weight = sum(rate * fen for rate, fen in pairs)
    yield Sum("facility_rate_weight", keys, weight, "ppm*fen", len(rated), TABLE, "rate_ppm")
    if len(rated):
        ends = pc.min_max(rated["rate_ppm"]).as_py()
        yield from (Sum(f"facility_rate_{end}", keys, ends[end], "ppm", len(rated), TABLE, "rate_ppm") for end in ("min", "max"))
    yield _added(rows, "facility_reduction", "carried", _GAS, keys)


def _added(rows: pa.Table, name: str, column: str, unit: str, keys: Mapping[str, str]) -> Sum:
    """A sum over drawings: None where nothing is known of any, marked where it is not of some."""
    known = rows.filter(pc.is_valid(rows[column]))
    value = None if len(rows) and not len(known) else sum(known[column].to_pylist())
    marks = ("incomplete",) if len(known) < len(rows) else ()
    listed = (*marks, FROM_LEDGER) if len(rows) and pc.any(rows["from_ledger"]).as_py() and column == "amount_fen" else marks
    return Sum(name, keys, value, unit, len(rows), TABLE, column, listed)


def _by_project(drawn: pa.Table, facts: Facts) -> Iterator[Sum]:
    """All that was drawn for each project and the reduction it carries: the most effective stand in the statement."""
    whole = facts.measurements.filter(pc.equal(facts.measurements["output"], ALL_GASES))
    results = dict(zip(whole["project_id"].to_pylist(), whole["amount"].to_pylist(), strict=True))
    for project, rows in parted(drawn, "project"):
        if rows["carried"].null_count < len(rows):
            keys = {"edition": EDITION, "period": PERIODS[-1], "project": project}
            yield from _of(rows, keys)
            yield Sum("facility_result", keys, results[project], _GAS, 1, "measurements", "amount")


def _quarters(drawn: pa.Table, facts: Facts) -> Iterator[Sum]:
    """The amounts of the year's quarters, each by itself: what the year must give."""
    rows = drawn.filter(in_period(drawn, "year", facts.book.as_of))
    number = pc.quarter(rows["moved_on"])
    for quarter in range(1, (facts.book.as_of.month - 1) // _MONTHS + 2):
        keys = {"edition": EDITION, "quarter": str(quarter)}
        yield _added(rows.filter(pc.equal(number, quarter)), "facility_amount", "amount_fen", "fen", keys)


def _problems(drawn: pa.Table, facts: Facts) -> Iterator[Problem]:
    """Drawings in no field, before the facility, without a rate or a reduction, or known from the ledger alone."""
    lacking: Sequence[tuple[str, pa.Table]] = (
        ("field", drawn.filter(pc.equal(drawn["code"], UNKNOWN))),
        ("rate", drawn.filter(pc.is_null(drawn["rate_ppm"]))),
        ("carried", drawn.filter(pc.is_null(drawn["carried"]))),
        ("ledger", drawn.filter(drawn["from_ledger"])),
        ("early", _early(drawn, facts)),
    )
    for what, rows in lacking:
        if len(rows):
            yield _problem(what, f"{rows['source_sheet'][0].as_py()}!{rows['source_row'][0].as_py()}", rows)


def _early(drawn: pa.Table, facts: Facts) -> pa.Table:
    """Drawings of before the facility was there."""
    rule = next((rule for rule in facts.reference.editions.rules if rule.edition == EDITION), None) if facts.reference else None
    start = rule.in_force.start if rule else None
    return drawn.filter(pc.less(drawn["moved_on"], pa.scalar(start, pa.date32())))


def _problem(what: str, where: str, rows: pa.Table) -> Problem:
    amount = f"{to_yuan(int(np.sum(rows['amount_fen'].to_numpy()))):,}"
    if what == "field":
        return warning("aggregate.facility_field_unknown", where, n=len(rows), amount=amount)
    if what == "rate":
        return error("aggregate.facility_rate_missing", where, n=len(rows), amount=amount)
    if what == "carried":
        return error("aggregate.facility_reduction_missing", where, n=len(rows), amount=amount)
    if what == "early":
        return warning("aggregate.facility_early", where, n=len(rows), amount=amount)
    return info("aggregate.facility_from_ledger", where, n=len(rows), amount=amount)
