"""Columns that loans are grouped by, beside those the tag gives: made only where a template asks for them, and never empty."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.facts import Facts
from greenfin.aggregate.risk_keys import carbon_intensive, over_capacity, penalised

UNKNOWN = "unknown"  # the book does not say it: such loans stand in a row of their own, so that the rows are the whole
GREEN_BRANCHES = "green_branches"  # in the file about the bank
_DISTRICT, _PAIR = 6, 2  # digits of a district's code (GB/T 2260), and of each of its levels
COVERED = "*"  # a natural person's name is covered
BORROWER = "borrower"
PERSON, ENTITY, ABROAD, PAST = "person", "entity", "abroad", "past"


def keyed(loans: pa.Table, keys: Iterable[str], facts: Facts) -> pa.Table:
    """The loans with each of the keys as a column; a key that nobody makes is passed over (it tells sums apart otherwise)."""
    for key in sorted(set(keys) - set(loans.column_names)):
        if key in KEYS:
            loans = loans.append_column(key, KEYS[key](loans, facts))
    return loans


def is_person(loans: pa.Table, _facts: Facts) -> pa.Array:
    """Person or entity: a natural person's name is covered where it is read; else the kind of loan or the place of an industry says so."""
    if BORROWER in loans.column_names:  # made before for another key
        return _one(loans[BORROWER])
    covered = pc.fill_null(pc.match_substring(loans["customer_name"], COVERED), False)
    return _ruled(BORROWER, pc.if_else(covered, PERSON, ENTITY), loans)


def _sector(loans: pa.Table, facts: Facts) -> pa.Array:
    """Section of industry of the use; persons, loans abroad and bills bought have rows of their own."""
    found = pc.fill_null(loans["section"], UNKNOWN)
    found = pc.if_else(pc.equal(is_person(loans, facts), PERSON), PERSON, found)
    found = pc.if_else(pc.fill_null(pc.invert(loans["is_domestic"]), False), ABROAD, found)
    return _ruled("sector", found, loans)


def _ruled(key: str, found: pa.Array, loans: pa.Table) -> pa.Array:
    """What is found, but for rows of which the words of a column say otherwise (``kinds.csv``)."""
    for rule in _rules(key):
        column = loans[rule["column"]].combine_chunks().dictionary_encode(null_encoding="encode")
        holds = pc.fill_null(pc.match_substring_regex(column.dictionary.cast(pa.string()), rule["pattern"]), False).take(column.indices)
        found = pc.if_else(holds, rule["value"], found)
    return _one(found)


def _quality(loans: pa.Table, _facts: Facts) -> pa.Array:
    return _one(pc.fill_null(loans["class5"], UNKNOWN))


def _scale(loans: pa.Table, facts: Facts) -> pa.Array:
    """The borrower's scale as the loan's row has it, else the list of customers; a natural person has none."""
    customers = facts.book.customers
    at = pc.index_in(loans["customer_no"].combine_chunks(), value_set=_one(customers["customer_no"]))
    known = pc.is_valid(loans["customer_no"].combine_chunks())
    scale = pc.if_else(known, pc.take(_one(customers["scale"]), at), pa.scalar(None, pa.string()))
    scale = pc.coalesce(_one(loans["customer_scale"]), scale)
    return pc.if_else(pc.equal(is_person(loans, facts), PERSON), PERSON, pc.fill_null(scale, UNKNOWN))


def _place(kept: int) -> Callable[[pa.Table, Facts], pa.Array]:
    """The place of use; ``kept``: what its code (GB/T 2260) is a multiple of: a hundred for cities, ten thousand for provinces."""

    def made(loans: pa.Table, facts: Facts) -> pa.Array:
        encoded = _one(loans["region_use"]).dictionary_encode(null_encoding="encode")
        codes = [_code(text or "", kept, facts) for text in encoded.dictionary.to_pylist()]
        return _ruled("place", pc.take(pa.array(codes, pa.string()), encoded.indices), loans)

    return made


def _code(text: str, kept: int, facts: Facts) -> str:
    """The code of a place; one that is written in words is known by its province."""
    if text.isdecimal() and len(text) >= _PAIR and not len(text[:_DISTRICT]) % _PAIR:  # 32, 3201, 320102, 320102001
        return str(int(text[:_DISTRICT].ljust(_DISTRICT, "0")) // kept * kept)
    regions = facts.reference.regions if facts.reference and text else None
    region = regions.by_code.get(regions.find(text) or "") if regions else None
    return f"{region.prefix}0000" if region and region.kind == "province" else UNKNOWN


def _term(first: str) -> Callable[[pa.Table, Facts], pa.Array]:
    """The band of the months from a loan's first day (or the data date) to its last."""

    def made(loans: pa.Table, facts: Facts) -> pa.Array:
        due = _one(pc.coalesce(loans["extended_due_on"], loans["due_on"]))
        start = _one(loans[first]) if first else pa.array(np.full(len(loans), facts.book.as_of, dtype="datetime64[D]"))
        return _banded(start, due)

    return made


def _banded(start: pa.Array, due: pa.Array) -> pa.Array:
    """The first band (``terms.csv``) whose months are enough; ``past`` where the last day has gone by."""
    begun, ends = (np.asarray(days.to_numpy(zero_copy_only=False), dtype="datetime64[D]") for days in (start, due))
    months, rest = zip(*((days.astype("datetime64[M]"), days - days.astype("datetime64[M]")) for days in (begun, ends)), strict=True)
    needed = (months[1] - months[0]).astype(np.int64) + (rest[1] > rest[0])
    bands = _bands()
    names = pa.array([*(row["band"] for row in bands), PAST, UNKNOWN], pa.string())
    found = np.full(len(due), len(bands) + 1, dtype=np.int8)
    for place, row in reversed(tuple(enumerate(bands))):
        found[needed <= int(row["until_months"]) if row["until_months"] else slice(None)] = place
    found[ends < begun] = len(bands)
    found[np.isnat(begun) | np.isnat(ends)] = len(bands) + 1
    return names.take(pa.array(found))


def _project_kind(loans: pa.Table, facts: Facts) -> pa.Array:
    """Whether the receipt names a project that the book has."""
    named = pc.is_in(loans["project_id"].combine_chunks(), value_set=_one(facts.book.projects["project_id"]), skip_nulls=True)
    return pc.if_else(named, "project", "non_project")


def _guarantee(loans: pa.Table, _facts: Facts) -> pa.Array:
    """The kind of guarantee; several together are one kind of their own."""
    kinds = pc.fill_null(loans["guarantee"], UNKNOWN)
    return _one(pc.if_else(pc.match_substring(kinds, "+"), "combined", kinds))


def _carbon(loans: pa.Table, _facts: Facts) -> pa.Array:
    """The official mark of carbon benefit of the loan's entry: direct, enabling, mixed (it depends on an industry not known) or none."""
    return _one(pc.fill_null(loans["carbon_mark"], UNKNOWN))


def _green_branch(loans: pa.Table, facts: Facts) -> pa.Array:
    """The branch of the loan where the bank names it a green one (by code or by name); null elsewhere."""
    named = pa.array([*facts.bank.listed(GREEN_BRANCHES, "code"), *facts.bank.listed(GREEN_BRANCHES, "name")], pa.string())
    found = pc.or_(pc.is_in(loans["branch_code"], value_set=named), pc.is_in(loans["branch_name"], value_set=named))
    return _one(pc.if_else(found, pc.coalesce(loans["branch_code"], loans["branch_name"]), pa.scalar(None, pa.string())))


def _of_customer(column: str, otherwise: str) -> Callable[[pa.Table, Facts], pa.Array]:
    """What the list of customers says of the borrower of each loan."""

    def made(loans: pa.Table, facts: Facts) -> pa.Array:
        customers = facts.book.customers
        at = pc.index_in(loans["customer_no"].combine_chunks(), value_set=_one(customers["customer_no"]))
        at = pc.if_else(pc.is_valid(loans["customer_no"].combine_chunks()), at, pa.scalar(None, pa.int32()))
        return pc.fill_null(pc.cast(pc.take(_one(customers[column]), at), pa.string()), otherwise)

    return made


KEYS: Mapping[str, Callable[[pa.Table, Facts], pa.Array]] = {
    BORROWER: is_person,
    "sector": _sector,
    "quality": _quality,
    "scale": _scale,
    "province": _place(10_000),
    "city": _place(100),
    "district": _place(1),
    "remaining": _term(""),
    "contract_term": _term("start_on"),
    "project_kind": _project_kind,
    "guarantee_kind": _guarantee,
    "carbon": _carbon,
    "green_branch": _green_branch,
    "environment": _of_customer("env_class", "unclassified"),
    "esg": _of_customer("esg_grade", "unrated"),
    "two_high": _of_customer("two_high", UNKNOWN),
    "env_credit": _of_customer("env_credit", UNKNOWN),
    "over_capacity": over_capacity,
    "carbon_intensive": carbon_intensive,
    "penalty": penalised,
}


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


@cache
def _rules(key: str) -> Sequence[Mapping[str, str]]:
    text = files("greenfin.aggregate").joinpath("kinds.csv").read_text("utf-8")
    return tuple(row for row in csv.DictReader(text.splitlines()) if row["key"] == key)


@cache
def _bands() -> Sequence[Mapping[str, str]]:
    text = files("greenfin.aggregate").joinpath("terms.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
