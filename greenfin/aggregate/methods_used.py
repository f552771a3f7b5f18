"""What a run's indicators rest on, in words: methods, factors with their vintage, sources, estimates, evidence (T36)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.records import Sum, sum_key

if TYPE_CHECKING:
    from greenfin.aggregate.facts import Facts

BETWEEN = " "
BENEFIT, OPERATIONS, FINANCED, LENDING = "benefit", "operations", "financed", "lending"
RISKS, CLASSES, GRADES, BONDS, FACILITY, RESOURCES = "risks", "classes", "grades", "bonds", "facility", "resources"
PARTS = (LENDING, BENEFIT, OPERATIONS, FINANCED, RISKS, CLASSES, GRADES, BONDS, FACILITY, RESOURCES)
_UNSTATED = {CLASSES: ("environment", "unclassified"), GRADES: ("esg", "unrated")}  # the group of what is not said
SECTION, WORDS = "data_quality", ("perimeter", "preparer", "reviewer", "restated")  # of the file about the bank
TABLE = "used"
_MOST = 4


def texts_used(facts: Facts) -> Mapping[str, Mapping[str, str]]:
    """By what they say (``used_method``, ``used_factors``, ``used_source``), then by group of indicators."""
    rows = {BENEFIT: facts.measurements, OPERATIONS: facts.emissions, FINANCED: facts.financed}
    book = facts.book
    sheets = {LENDING: book.loans, BENEFIT: book.projects, OPERATIONS: book.operations, FINANCED: book.customers, RISKS: book.risk_events}
    sheets |= {CLASSES: book.customers, GRADES: book.customers, BONDS: book.bonds, FACILITY: book.drawings, RESOURCES: book.operations}
    known = {
        "used_method": {name: _listed(_column(table, "method")) for name, table in rows.items()},
        "used_factors": {name: _factors(table, facts) for name, table in rows.items()},
        "used_source": {name: _listed(_column(table, "source_sheet")) for name, table in sheets.items()},
    }
    for word in WORDS:
        known[f"used_{word}"] = {part: facts.bank.extra.get(f"{SECTION}.{part}.{word}", "") for part in PARTS}
    return {name: {group: text for group, text in said.items() if text} for name, said in known.items()}


def used_sums(facts: Facts, sums: Mapping[str, Sum]) -> Iterator[Sum]:
    """Of each group of indicators the amount that is covered and the whole it is held against, and how many documents prove it."""
    found = facts.exposures
    counted = facts.financed.filter(pc.fill_null(facts.financed["included"], False))["exposure_id"]
    included = found.filter(pc.is_in(found["exposure_id"], value_set=pc.unique(counted)))  # once, however many standards count it
    pairs = {
        LENDING: ("green_balance not_green_balance", "loans_balance"),
        BENEFIT: ("covered_balance", "green_balance"),
    }
    for part, (some, every) in pairs.items():
        covered, whole = _value(sums, some), _value(sums, every)
        if covered is not None and whole:
            yield Sum("used_covered", {"part": part}, covered, "fen", 1, TABLE, some)
            yield Sum("used_whole", {"part": part}, whole, "fen", 1, TABLE, every)
    if len(included):
        yield Sum("used_covered", {"part": FINANCED}, pc.sum(included["balance_fen"]).as_py(), "fen", len(included), TABLE, "included")
        yield Sum("used_whole", {"part": FINANCED}, pc.sum(found["balance_fen"]).as_py(), "fen", len(found), TABLE, "exposures")
    if len(facts.book.evidence):
        yield Sum("used_evidence", {"part": BENEFIT}, len(facts.book.evidence), "count", len(facts.book.evidence), TABLE, BENEFIT)
    rows = facts.emissions
    if len(rows):
        estimated = len(rows.filter(pc.fill_null(pc.cast(rows["estimated"], pa.bool_()), False)))
        yield Sum("used_estimated", {"part": OPERATIONS}, estimated, "count", len(rows), TABLE, OPERATIONS)
        yield Sum("used_records", {"part": OPERATIONS}, len(rows), "count", len(rows), TABLE, OPERATIONS)
    yield from _registers(facts)
    yield from _of_customers(sums)


def _registers(facts: Facts) -> Iterator[Sum]:
    """Of each register how many of its rows say what its table asks for, and how many documents it names."""
    book = facts.book
    amounts = ("balance_fen", "par_fen", "proceeds_fen")
    registers = ((BONDS, book.bonds, amounts), (FACILITY, book.drawings, ("amount_fen",)), (RISKS, book.risk_events, ("measure",)))
    for part, table, columns in registers:
        if len(table):
            stated = len(table) - pc.coalesce(*(table[column] for column in columns)).null_count
            yield Sum("used_covered", {"part": part}, stated, "count", len(table), TABLE, part)
            yield Sum("used_whole", {"part": part}, len(table), "count", len(table), TABLE, part)
    bills = book.operations  # those of the reporting year, as the tables have them
    bills = bills.filter(pc.fill_null(pc.equal(pc.year(bills["month_on"]), facts.year), False))
    if papers := pc.count_distinct(bills["document"], mode="only_valid").as_py():
        yield Sum("used_evidence", {"part": RESOURCES}, papers, "count", len(bills), TABLE, RESOURCES)
    elif len(bills):
        yield Sum("used_records", {"part": RESOURCES}, len(bills), "count", len(bills), TABLE, RESOURCES)


def _of_customers(sums: Mapping[str, Sum]) -> Iterator[Sum]:
    """Of the corporate loans those whose borrower has a class of environmental risk, and those whose borrower has a grade."""
    whole = sums.get(sum_key("loans_balance", {"borrower": "entity"}))
    if whole is None or not whole.value:
        return
    for part, (key, unstated) in _UNSTATED.items():
        groups = [one for one in sums.values() if one.name == "loans_balance" and one.keys.keys() == {"borrower", key}]
        stated = [one.value or 0 for one in groups if one.keys["borrower"] == "entity" and one.keys[key] != unstated]
        if stated:
            yield Sum("used_covered", {"part": part}, sum(stated), "fen", len(stated), TABLE, part)
            yield Sum("used_whole", {"part": part}, whole.value, "fen", 1, TABLE, part)


def _value(sums: Mapping[str, Sum], names: str) -> int | None:
    values = [sums[name].value for name in names.split() if name in sums]
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _column(table: pa.Table, name: str) -> list[str]:
    return sorted(text for text in pc.unique(table[name]).to_pylist() if text) if name in table.column_names else []


def _factors(table: pa.Table, facts: Facts) -> str:
    """The ids of the factors with the years of their data."""
    from greenfin.aggregate.facts import factors_of

    texts = _column(table, "factors")
    keys = sorted({used.key for text in texts for used in factors_of(text)})
    return _listed(keys)


def _listed(names: Iterable[str]) -> str:
    """The first of the names, and how many there are where they are more."""
    every = list(names)
    more = f"… ({len(every)})" if len(every) > _MOST else ""
    return BETWEEN.join([*every[:_MOST], *([more] if more else [])])
