"""A bank that uses the carbon-reduction facility and has issued a green bond, small enough to be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from aggregate_bank import WORKING, Row, bank, loan, measurement, tag

from greenfin.aggregate import Facts, aggregate, in_all_gases, with_forms
from greenfin.aggregate.facility import EDITION as FACILITY
from greenfin.aggregate.proceeds import EDITION as BONDS
from greenfin.core.columns import table_of
from greenfin.core.problems import Outcome
from greenfin.core.records import PriorCell, Table
from greenfin.disclose import build
from greenfin.reference.load import Reference, load

WAN = 10_000_00  # fen in ten thousand yuan
AS_OF = date(2024, 12, 31)
TONNE = 10**6
HERE = {"source_sheet": "book.xlsx!放款明细", "source_row": 5}


@cache
def reference() -> Reference:
    return load()


def drawing(receipt: str, day: date, wan: int, *, kind: str = "drawn", rate: int | None = 36_000, **more: object) -> Row:
    """A movement under the facility."""
    told = {"receipt_no": receipt, "moved_on": day, "amount_fen": wan * WAN, "kind": kind, "rate_ppm": rate, "is_carbon_tool": True}
    return told | HERE | more


DRAWINGS = (
    drawing("wind", date(2024, 3, 1), 3000, rate=39_000),
    drawing("wind", date(2024, 10, 8), 2000, rate=38_500),
    drawing("sun", date(2024, 11, 5), 6000, rate=35_000),
    drawing("store", date(2023, 6, 1), 1000, rate=42_000),
)
FUNDED = {"is_carbon_tool": False, "fund_source": "募集资金：24示例绿金01"}
BOND: Row = {
    "side": "issued", "bond_code": "2428001.IB", "bond_name": "24示例绿金01", "issuer": "示例银行", "label": "绿色债券",
    "proceeds_fen": 5000 * WAN, "proceeds_used_fen": 4000 * WAN, "idle_use": "同业存单",
    "source_sheet": "book.xlsx!绿色债券", "source_row": 3,
}  # fmt: skip


def facts(drawings: Sequence[Row] = DRAWINGS, *, bonds: Sequence[Row] = (), as_of: date = AS_OF, flagged: bool = False) -> Facts:
    """The bank at a date; ``flagged``: its loans say themselves that they are of the facility."""
    loans = [
        loan(
            name, wan * WAN, receipt_no=name, project_id=project, is_carbon_tool=flagged or None, start_on=date(2024, 3, 1), rate_ppm=40_000
        )
        for name, wan, project in (("wind", 4000, "P1"), ("sun", 6000, "P2"), ("store", 900, "P3"))
    ]
    tags = [tag(name, "green", code, edition=FACILITY) for name, code in (("wind", "A.01"), ("sun", "A.02"), ("store", "A.09"))]
    measured = [measurement(name, "co2", t * TONNE, "gCO2") for name, t in (("P1", 60_000), ("P2", 90_000), ("P3", 8000))]
    made = bank(policy=WORKING, loans=loans, tags=tags, measurements=measured, parts=(), rejected=())
    invested = (("P1", 20_000), ("P2", 30_000), ("P3", 5000))
    projects = [
        {"project_id": name, "project_name": f"{name}项目", "total_invest_fen": wan * WAN, "region": "320500"} for name, wan in invested
    ]
    book = replace(
        made.book,
        as_of=as_of,
        drawings=table_of("drawings", list(drawings)),
        bonds=table_of("bonds", list(bonds)),
        projects=table_of("projects", projects),
    )
    return replace(made, book=book, reference=reference())


def made(bank_facts: Facts, *templates: str, prior: Sequence[PriorCell] = ()) -> Outcome[tuple[Table, ...]]:
    """The tables of the bank, with the problems of sums and tables."""
    forms = {edition: in_all_gases(bank_facts) for edition in (FACILITY, BONDS)}
    sums = with_forms(aggregate(bank_facts), forms, bank_facts)
    tables = build(
        reference(),
        sums.value,
        templates=templates,
        prior=prior,
        policy=WORKING,
        as_of=bank_facts.book.as_of,
        edition="green-finance-2025",
        facts=bank_facts,
    )
    return Outcome(tables.value, (*sums.problems, *tables.problems))


def value(table: Table, at: str) -> float | None:
    """A cell as a number."""
    cell = table.cells[at]
    return None if cell.value is None else float(cell.value)
