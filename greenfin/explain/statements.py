"""Sums of statements opened: drawings under the facility and of a bond's funds, each with its cell; projects' results; bonds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin import measure
from greenfin.aggregate import STATEMENTS
from greenfin.aggregate.bonds import green_bonds
from greenfin.aggregate.crossed import ALL_GASES
from greenfin.aggregate.drawn import DRAWN, REPAID, WITHDRAWN, carried
from greenfin.aggregate.facility import facility_of, in_entry, in_period
from greenfin.aggregate.forms import gas_of
from greenfin.aggregate.proceeds import EDITION as BONDS
from greenfin.aggregate.proceeds import bonds_issued, entries_of, proceeds_of
from greenfin.core.lineage import Source, Trace
from greenfin.core.records import Sum, sum_key
from greenfin.explain.texts import amount, exact, file_source
from greenfin.statements import STATED, as_green, stated_first

if TYPE_CHECKING:
    from greenfin.explain.sums import Sums
    from greenfin.pipeline import RunResult

Rows = tuple[Trace, ...]
CARBON = ("co2", "co2e")
_RESTATED = "restated"
_RATES = ("facility_rate_min", "facility_rate_max")
LENT_AGAIN = "bond_relent"  # what was drawn above what was used


def is_statement(keys: Mapping[str, str]) -> bool:
    """Whether a sum is one of a statement."""
    return keys.get("edition", "") in STATEMENTS


def of_statement(sums: Sums, name: str, keys: Mapping[str, str]) -> Trace:
    """The lineage of a sum of a statement."""
    found = sums.result.sums.get(sum_key(name, keys))
    if found is None:
        return Trace(sum_key(name, keys), "0" if keys else "", "", "explain.sum", note="n=0")
    value, unit = amount(found.value, found.unit)
    note = " ".join((f"n={found.rows}", *found.marks))
    return Trace(found.key, value, unit, "explain.diff" if name == LENT_AGAIN else "explain.sum", note, _parts(sums, found))


def _parts(sums: Sums, found: Sum) -> Rows:
    result = sums.result
    if found.table == "projects":
        rows = result.book.projects.filter(pc.equal(result.book.projects["project_id"], found.keys["project"]))
        return sums.largest(rows, "total_invest_fen", "fen", sums.records.invest)
    if found.table == "measurements":
        return (_result(result, found.keys["edition"], found.keys["project"], found.keys.get("output", ALL_GASES)),)
    if found.table == "bonds":
        rows = bonds_issued(result.book)
        return _cells(sums, rows.filter(pc.equal(rows["bond"], found.keys["bond"])), found.column)
    if found.name == LENT_AGAIN:
        return tuple(of_statement(sums, name, found.keys) for name in ("bond_drawn", "bond_used"))
    rows = _of_facility(result, found) if found.table == "facility" else _of_bond(result, found)
    return _outstanding(sums, rows) if found.name == "bond_balance" else _drawings(sums, rows, found)


def _of_facility(result: RunResult, found: Sum) -> pa.Table:
    """The drawings that went into a sum of the facility."""
    facts = result.forms[found.keys["edition"]]
    known = facility_of(facts)
    rows = known.restated if found.keys.get("period") == _RESTATED else known.drawn
    rows = in_entry(rows, found.keys.get("entry", ""), facts)
    if found.keys.get("period") != _RESTATED:
        rows = rows.filter(in_period(rows, found.keys.get("period", ""), facts.book.as_of))
    if "quarter" in found.keys:
        inside = pc.equal(pc.quarter(rows["moved_on"]), int(found.keys["quarter"]))
        rows = rows.filter(pc.and_(inside, in_period(rows, "year", facts.book.as_of)))
    if found.name == "facility_rated" or found.column == "rate_ppm":
        rows = rows.filter(pc.is_valid(rows["rate_ppm"]))
    if found.name in _RATES:
        rows = rows.filter(pc.equal(rows["rate_ppm"], found.value))
    return rows.filter(pc.equal(rows["project"], found.keys["project"])) if "project" in found.keys else rows


def _of_bond(result: RunResult, found: Sum) -> pa.Table:
    """The movements of the loans that a bond funds."""
    facts = result.forms[BONDS]
    rows = proceeds_of(facts.book, entries_of(facts)).moves
    rows = rows.filter(pc.equal(rows["bond"], found.keys["bond"]))
    kinds = [REPAID, WITHDRAWN] if found.name == "bond_repaid" else [DRAWN]
    rows = rows.filter(pc.is_in(rows["kind"], value_set=pa.array(kinds)))
    rows = rows.append_column("carried", carried(rows, facts, found.keys.get("output", ALL_GASES)))
    return rows.filter(pc.equal(rows["project"], found.keys["project"])) if "project" in found.keys else rows


def _drawings(sums: Sums, rows: pa.Table, found: Sum) -> Rows:
    """The drawings, the largest first: by amount, by rate times amount, by what they carry; distinct projects one each."""
    result = sums.result
    if found.column == "project":
        names = sorted(pc.unique(rows["project"]).to_pylist())
        return tuple(Trace(one, "1", "count", "explain.count", source=sums.records.project_row(one)) for one in names)
    if found.column == "carried":
        return sums.largest(rows, "carried", found.unit, _carried(result, found))
    return sums.largest(rows, "amount_fen", "fen", _drawing(result, with_rate=found.column == "rate_ppm"))


def _outstanding(sums: Sums, drawn: pa.Table) -> Rows:
    """What is outstanding of each loan, at most what the bond gave it: the loan's balance and its drawings."""
    given = drawn.group_by("loan_id", use_threads=False).aggregate([("amount_fen", "sum")])
    loans = sums.result.book.loans
    at = pc.index_in(given["loan_id"], value_set=loans["loan_id"].combine_chunks())
    rows = loans.take(at.combine_chunks()).append_column("drawn", given["amount_fen_sum"])
    rows = rows.append_column("least", pc.min_element_wise(rows["balance_fen"], rows["drawn"], skip_nulls=False))

    def one(row: pa.Table, column: str) -> Trace:
        mine = drawn.filter(pc.equal(drawn["loan_id"], row["loan_id"][0]))
        balance = Trace(
            "balance", *amount(row["balance_fen"][0].as_py(), "fen"), "explain.balance", source=_cell(sums.result, row, "balance_fen")
        )
        parts = (balance, *sums.largest(mine, "amount_fen", "fen", _drawing(sums.result)))
        return Trace(str(row["loan_id"][0].as_py()), *amount(row[column][0].as_py(), "fen"), "explain.loan", parts=parts)

    return sums.largest(rows, "least", "fen", one)


def _drawing(result: RunResult, *, with_rate: bool = False) -> Callable[[pa.Table, str], Trace]:
    def made(row: pa.Table, column: str) -> Trace:
        value, unit = amount(row[column][0].as_py(), "fen")
        rate = row["rate_ppm"][0].as_py()
        rates = (Trace("rate", *amount_of_rate(rate), "explain.rate", source=_cell(result, row, "rate_ppm")),) if with_rate and rate else ()
        cell = _cell(result, row, "amount_fen")
        return Trace(str(row["loan_id"][0].as_py()), value, unit, "explain.drawing", f"on={row['moved_on'][0].as_py()}", rates, cell)

    return made


def amount_of_rate(ppm: int) -> tuple[str, str]:
    """A rate in millionths as percent.

    >>> amount_of_rate(38500)
    ('3.85', 'percent')
    """
    from fractions import Fraction

    return exact(Fraction(ppm, 10_000)), "percent"


def _carried(result: RunResult, found: Sum) -> Callable[[pa.Table, str], Trace]:
    def made(row: pa.Table, column: str) -> Trace:
        value, unit = amount(row[column][0].as_py(), found.unit)
        project = str(row["project"][0].as_py())
        whole = _result(result, found.keys["edition"], project, found.keys.get("output", ALL_GASES))
        parts = (_drawing(result)(row, "amount_fen"), _invest(result, project), whole)
        return Trace(f"{row['loan_id'][0].as_py()}!{project}", value, unit, "explain.carried", parts=parts)

    return made


def _invest(result: RunResult, project: str) -> Trace:
    rows = result.book.projects.filter(pc.equal(result.book.projects["project_id"], project))
    value, unit = amount(rows["total_invest_fen"][0].as_py() if len(rows) else None, "fen")
    return Trace(project, value, unit, "explain.invest", source=_cell(result, rows, "total_invest_fen") if len(rows) else None)


def _result(result: RunResult, edition: str, project: str, output: str) -> Trace:
    """A project's yearly result: as measured, or the cell in which the bank states it."""
    facts = result.forms[edition]
    named = gas_of(facts.measurements, project) if output == ALL_GASES else output
    rows = facts.measurements.filter(
        pc.and_(pc.equal(facts.measurements["project_id"], project), pc.equal(facts.measurements["output"], named))
    )
    if len(rows) and rows["method"][0].as_py() == STATED:
        said = stated_first(result.book)
        said = said.filter(pc.and_(pc.equal(said["project_id"], project), pc.is_in(said["output"], value_set=pa.array(CARBON))))
        value, unit = amount(rows["amount"][0].as_py(), rows["unit"][0].as_py())
        return Trace(f"{project}!{named}", value, unit, "explain.result_stated", source=file_source(said["source_cell"][0].as_py()))
    options = result.options
    tags = as_green(result.tags.filter(pc.equal(result.tags["edition"], result.edition)))
    return measure.explain_project(
        result.book,
        tags,
        result.reference,
        project_id=project,
        output=named,
        on=result.as_of,
        conventions=options.conventions,
        factor_set=options.factor_set,
    )


def of_bonds(sums: Sums, found: Sum) -> Rows:
    """The bonds of a register behind a sum by side and instrument."""
    rows = green_bonds(sums.result.book.bonds)
    for key, value in found.keys.items():
        rows = rows.filter(pc.equal(rows[key], value))
    return _cells(sums, rows, "amount")


def _cells(sums: Sums, rows: pa.Table, column: str) -> Rows:
    """Rows of the register, each with the cell of its amount."""

    def one(row: pa.Table, name: str) -> Trace:
        value, unit = amount(row[name][0].as_py(), "fen")
        stated = (known for known in (name, "balance_fen", "par_fen", "proceeds_fen") if known in row.column_names and known != "amount")
        cell = next((known for known in stated if row[known][0].as_py() == row[name][0].as_py()), "bond_code")
        return Trace(str(row["bond"][0].as_py()), value, unit, "explain.register", source=_cell(sums.result, row, cell))

    return sums.largest(rows, column, "fen", one)


def _cell(result: RunResult, row: pa.Table, column: str) -> Source | None:
    """Where a value of a movement, a loan or a bond stands."""
    sheet, at = row["source_sheet"][0].as_py(), row["source_row"][0].as_py()
    own = "start_on" if column == "moved_on" and "from_ledger" in row.column_names and row["from_ledger"][0].as_py() else column
    return file_source(result.book.cell(sheet, at, own)) if sheet and at is not None else None
