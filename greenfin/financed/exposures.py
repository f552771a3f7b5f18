"""A book as the table ``exposures``: loans and bonds held with what is known of their customers and projects beside them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import empty, schema
from greenfin.core.problems import Outcome, Problem, info, warning
from greenfin.core.records import Book
from greenfin.financed.industries import section_of
from greenfin.financed.view import View

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

TABLE = "exposures"
MASK = "*"  # a natural person's name is covered
_OF_PROJECT = (
    "emission_t", "emission_s1_t", "emission_s2_t", "emission_s3_t", "emission_source", "emission_year", "energy_tce", "energy_mwh",
    "heat_gj", "process_t", "output", "output_unit", "fuel", "energy_factor", "power_factor", "product_factor", "avoided_t", "removals_t",
)  # fmt: skip
_OWN = ("emission_t", "emission_s1_t", "emission_s2_t", "energy_tce", "process_t", "output")  # any of these: the project speaks for itself
_CLOSED = ("settled", "written_off", "transferred")


def of_book(book: Book, *, reference: Reference, flat: pa.Table | None = None, averages: pa.Array | None = None) -> Outcome[pa.Table]:
    """The exposures of a book, loans first, then the bonds held, then ``flat`` rows that already stand so.

    Each loan has its customer's and its project's data beside it (by number, else by credit code). ``averages``: the average balance of
    each loan in fen where the book has none of its own. A customer that the list does not have is told.
    """
    problems: list[Problem] = []
    rows = [_loans(book, averages), _bonds(book), *([flat] if flat is not None else [])]
    held = [part for part in rows if len(part)]
    table = (held[0] if len(held) == 1 else pa.concat_tables([empty(TABLE), *held])).combine_chunks()
    table = _with_customers(table, book, problems)
    table = _with_projects(table, book)
    return Outcome(finished(table, reference), tuple(problems))


def finished(table: pa.Table, reference: Reference) -> pa.Table:
    """The table with asset classes and sections where the file does not say them."""
    view = View(table)
    table = put(table, "asset_class", pc.coalesce(table["asset_class"].combine_chunks(), _classes(table)))
    return put(table, "section", pc.coalesce(section_of(view.words("industry"), reference), table["section"].combine_chunks()))


def put(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The table with other values in a column, of the column's type."""
    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(place), values.cast(table.schema.field(place).type))


def _table(made: Mapping[str, pa.Array | pa.ChunkedArray], size: int) -> pa.Table:
    wanted = schema(TABLE)
    nothing = {kind: pa.nulls(size, kind) for kind in {f.type for f in wanted}}
    arrays = [made[f.name].cast(f.type) if f.name in made else nothing[f.type] for f in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted)


def _cells(table: pa.Table, book: Book, column: str) -> pa.Array:
    """The address of a column's cell in each row."""
    letters = {sheet: places.get(column, "") for sheet, places in book.layout.items()}
    sheets = table["source_sheet"].combine_chunks().dictionary_encode()
    heads = pa.array([f"{name}!{letters.get(name or '', '')}" for name in sheets.dictionary.to_pylist()], pa.string()).take(sheets.indices)
    return pc.binary_join_element_wise(heads, table["source_row"].combine_chunks().cast(pa.string()), "")


def _loans(book: Book, averages: pa.Array | None) -> pa.Table:
    """The loans outstanding in the year."""
    loans = book.loans
    average, kind = loans["avg_balance_fen"].combine_chunks(), loans["avg_balance_kind"].combine_chunks()
    kind = pc.if_else(pc.is_valid(average), pc.fill_null(kind, "monthly"), pa.scalar(None, pa.string()))
    if averages is not None:
        kind = pc.coalesce(kind, pc.if_else(pc.is_valid(averages), "monthly", pa.scalar(None, pa.string())))
        average = pc.coalesce(average, averages)
    same = ("product", "customer_no", "customer_uscc", "project_id", "branch_code", "currency", "balance_fen", "undrawn_fen")
    table = _table(
        {name: loans[name] for name in same}
        | {
            "exposure_id": loans["loan_id"],
            "product": pc.coalesce(loans["product"], loans["kind"]),
            "industry": pc.coalesce(loans["industry_use"], loans["industry_customer"]),
            "region": loans["region_use"],
            "currency": pa.array(["CNY"] * len(loans), pa.string()),
            "average_fen": average,
            "average_kind": kind,
            "days_outstanding": _days(loans, book.as_of),
            "is_person": pc.match_substring(loans["customer_name"], MASK),
            "is_abroad": pc.equal(loans["is_domestic"], False),
            "source_cell": _cells(loans, book, "balance_fen"),
        },
        len(loans),
    )
    closed = pc.fill_null(pc.is_in(loans["status"], value_set=pa.array(_CLOSED)), False)
    return table.filter(pc.invert(closed)) if pc.any(closed).as_py() else table


def _days(loans: pa.Table, day: date) -> pa.Array:
    """The days of the year a loan was outstanding, where its first day is known."""
    start = loans["start_on"].combine_chunks()
    first, after = date(day.year, 1, 1), day + timedelta(days=1)
    days = start.cast(pa.int32()).to_numpy(zero_copy_only=False)
    begun = np.maximum(np.nan_to_num(days.astype(np.float64)), (first - date(1970, 1, 1)).days)
    until = (after - date(1970, 1, 1)).days
    return pa.array(np.maximum(until - begun, 0).astype(np.int64), mask=np.asarray(pc.is_null(start).to_numpy(zero_copy_only=False)))


def _bonds(book: Book) -> pa.Table:
    """The bonds held: neither issued nor underwritten by the bank."""
    bonds = book.bonds
    size = len(bonds)
    nothing = pa.nulls(size, pa.string())
    table = _table(
        {
            "exposure_id": pc.coalesce(bonds["trade_no"], bonds["bond_code"], bonds["bond_name"]),
            "asset_class": _matched(bonds["bond_name"].combine_chunks(), "bond", {}),
            "product": bonds["bond_name"],
            "customer_uscc": bonds["issuer_uscc"],
            "currency": pa.array(["CNY"] * size, pa.string()),
            "balance_fen": pc.coalesce(bonds["balance_fen"], bonds["par_fen"]),
            "proceeds_fen": bonds["proceeds_fen"],
            "average_kind": nothing,
            "source_cell": _cells(bonds, book, "balance_fen"),
        },
        size,
    )
    return table.filter(pc.fill_null(pc.equal(bonds["side"], "held"), True))


def _with_customers(table: pa.Table, book: Book, problems: list[Problem]) -> pa.Table:
    """Each row with its customer's data where it has none of its own."""
    customers = book.customers
    if not len(customers):
        return table
    number, code = table["customer_no"].combine_chunks(), table["customer_uscc"].combine_chunks()
    by_number = pc.index_in(number, value_set=customers["customer_no"].combine_chunks(), skip_nulls=True)
    by_code = pc.index_in(code, value_set=customers["customer_uscc"].combine_chunks(), skip_nulls=True)
    at = pc.coalesce(by_number, by_code)
    named = pc.and_(pc.or_(pc.is_valid(number), pc.is_valid(code)), pc.invert(pc.fill_null(table["is_person"].combine_chunks(), False)))
    problems.extend(_unknown(table, pc.and_(pc.is_null(at), named)))
    person = pc.equal(customers["id_type"].combine_chunks().take(at), "person")
    table = put(table, "is_person", pc.coalesce(pc.or_kleene(table["is_person"].combine_chunks(), person), person))
    table = put(table, "customer_no", pc.coalesce(number, customers["customer_no"].combine_chunks().take(at)))
    theirs = [n for n in customers.column_names if customers[n].null_count < len(customers) and n != "customer_no"]
    for name in (n for n in table.column_names if n in theirs):
        table = put(table, name, pc.coalesce(table[name].combine_chunks(), customers[name].combine_chunks().take(at)))
    table = put(table, "region", pc.coalesce(table["region"].combine_chunks(), customers["reg_region"].combine_chunks().take(at)))
    home = customers["is_domestic"].combine_chunks().take(at)
    table = put(table, "is_abroad", pc.coalesce(table["is_abroad"].combine_chunks(), pc.invert(home)))
    joint = customers["equity_debt_fen"].combine_chunks().take(at)
    return put(table, "evic_fen", pc.coalesce(table["evic_fen"].combine_chunks(), joint))


def _unknown(table: pa.Table, mask: pa.Array) -> Iterator[Problem]:
    rows = np.flatnonzero(np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)))
    if len(rows):
        yield warning("financed.customer_unknown", str(table["source_cell"][int(rows[0])].as_py() or ""), count=len(rows))


def _with_projects(table: pa.Table, book: Book) -> pa.Table:
    """Each row with its project's data; where the project speaks for itself its emissions stand in place of the borrower's."""
    projects = book.projects
    if not len(projects):
        return table
    at = pc.index_in(table["project_id"].combine_chunks(), value_set=projects["project_id"].combine_chunks(), skip_nulls=True)
    used = ["total_invest_fen", "project_equity_fen", "project_debt_fen", "industry", "region", *_OF_PROJECT]
    taken = projects.select(used).take(at)
    for name, theirs in (
        ("project_total_invest_fen", "total_invest_fen"),
        ("project_equity_fen", "project_equity_fen"),
        ("project_debt_fen", "project_debt_fen"),
        ("industry", "industry"),
        ("region", "region"),
    ):
        table = put(table, name, pc.coalesce(table[name].combine_chunks(), taken[theirs].combine_chunks()))
    own = _any(pc.is_valid(taken[name].combine_chunks()) for name in _OWN)
    known = pc.is_valid(at)
    for name in (n for n in _OF_PROJECT if min(table[n].null_count, taken[n].null_count) < len(table)):
        table = put(table, name, pc.if_else(own, taken[name].combine_chunks(), table[name].combine_chunks()))
    said = pc.if_else(known, pc.if_else(own, "project", "borrower"), pa.scalar(None, pa.string()))
    return put(table, "emission_of", pc.coalesce(table["emission_of"].combine_chunks(), said))


def _any(masks: Iterator[pa.Array]) -> pa.Array:
    found = next(masks)
    for mask in masks:
        found = pc.or_(found, mask)
    return found


def _classes(table: pa.Table) -> pa.Array:
    """The asset class of each row by the words of its product and by what is known of it (``asset_classes.csv``)."""
    has = {name: pc.is_valid(table[name].combine_chunks()) for name in {row["needs"] for row in _rules("loan")} if name}
    return _matched(table["product"].combine_chunks(), "loan", has)


@cache
def _rules(of: str) -> Sequence[Mapping[str, str]]:
    text = files("greenfin.financed").joinpath("asset_classes.csv").read_text("utf-8")
    return tuple(row for row in csv.DictReader(text.splitlines()) if row["of"] == of)


def _matched(words: pa.Array, of: str, has: Mapping[str, pa.Array]) -> pa.Array:
    """The class of the first rule whose words stand in the text and whose column has a value."""
    encoded = words.dictionary_encode(null_encoding="encode")
    texts = pc.fill_null(encoded.dictionary.cast(pa.string()), "")
    found = pa.nulls(len(words), pa.string())
    for rule in reversed(_rules(of)):
        holds = pc.match_substring_regex(texts, f"(?i){rule['pattern']}").take(encoded.indices)
        holds = pc.and_(holds, has[rule["needs"]]) if rule["needs"] else holds
        found = pc.if_else(holds, rule["class"], found)
    return found


def not_there(book: Book) -> Problem | None:
    """Why a book says nothing of financed emissions: no customers' or projects' data that a standard could use; None where it does."""
    useful = {"customers": ("revenue_fen", "assets_fen", "equity_debt_fen", "emission_t", "emission_s1_t", "evic_fen"), "projects": _OWN}
    tables = {"customers": book.customers, "projects": book.projects}
    found = any(tables[name][column].null_count < len(tables[name]) for name, names in useful.items() for column in names)
    return None if found else info("financed.not_applicable", "")
