"""A small hand-made bank for the tests of sums and tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from greenfin.aggregate import Facts
from greenfin.core.columns import empty, table_of
from greenfin.core.records import Book
from greenfin.reference.policies import Policy

STRICT = Policy("strict", "严格", "Strict", True, frozenset({"exact", "parent_region", "earlier_year"}), False)
WORKING = Policy("working", "工作", "Working", False, frozenset({"exact", "parent_region", "earlier_year", "user"}), True)
EDITION = "green-finance-2025"
SHEET = "book.xlsx!借据台账"
PROJECT_SHEET = "book.xlsx!项目"
OPS_CELL = "book.xlsx!运营!D4"

Row = dict[str, object]


def loan(loan_id: str, fen: int | None, **more: object) -> Row:
    return {
        "loan_id": loan_id,
        "receipt_no": loan_id,
        "customer_no": f"C-{loan_id}",
        "balance_fen": fen,
        "rate_ppm": 40_000,
        "class5": "normal",
        "source_sheet": SHEET,
        "source_row": 5,
        **more,
    }


def tag(loan_id: str, decision: str, code: str | None = None, **more: object) -> Row:
    return {
        "loan_id": loan_id,
        "edition": EDITION,
        "decision": decision,
        "code": code,
        "share_ppm": 1_000_000 if decision == "green" else None,
        "approved": False,
        "rule": "words",
        **more,
    }


def factors(key: str, found: str) -> str:
    return json.dumps([{"slot": "grid", "key": key, "found": found}])


def measurement(project: str, output: str, amount: int, unit: str, found: str = "exact") -> Row:
    return {"project_id": project, "output": output, "amount": amount, "unit": unit, "method": "m", "factors": factors("grid@CN", found)}


def part(loan_id: str, project: str, output: str, amount: int, unit: str) -> Row:
    return {"loan_id": loan_id, "project_id": project, "output": output, "amount": amount, "unit": unit}


def operation(item: str, quantity: float, unit: str, month: int = 1, *, site: str = "总行", year: int = 2025) -> Row:
    return {
        "site": site,
        "month_on": date(year, month, 1),
        "item": item,
        "quantity": quantity,
        "unit": unit,
        "source_cell": OPS_CELL,
    }


def emission(item: str, scope: str, grams: int | None, found: str = "exact", month: int = 1) -> Row:
    return {
        "site": "总行",
        "month_on": date(2025, month, 1),
        "item": item,
        "scope": scope,
        "amount": grams,
        "unit": "gCO2e",
        "factors": factors("grid@CN", found),
        "source_cell": OPS_CELL,
    }


LOANS = (
    loan("L1", 300_000_000_00, project_id="P1", customer_no="C1"),
    loan("L2", 100_000_000_00, project_id="P1", customer_no="C1", class5="substandard"),
    loan("L3", 50_000_000_01, project_id="P2", rate_ppm=50_000),
    loan("L4", 400_000_000_00),
    loan("L5", 149_999_999_99),
)
TAGS = (
    tag("L1", "green", "4.1.2", approved=True),
    tag("L2", "green", "4.1.2", approved=True),
    tag("L3", "green", "3.2.1", share_ppm=500_000),
    tag("L4", "not_green"),
    tag("L5", "review", "1.1.1"),
)
PROJECTS = (
    {
        "project_id": "P1",
        "project_name": "示例光伏电站",
        "total_invest_fen": 800_000_000_00,
        "source_sheet": PROJECT_SHEET,
        "source_row": 3,
    },
    {
        "project_id": "P2",
        "project_name": "=示例污水厂",
        "total_invest_fen": 100_000_000_00,
        "source_sheet": PROJECT_SHEET,
        "source_row": 4,
    },
)
MEASUREMENTS = (
    measurement("P1", "tce", 8_000_000_000, "gce"),
    measurement("P1", "co2", 20_000_000_000, "gCO2", "earlier_year+parent_region"),
    measurement("P2", "cod", 40_000_000, "gCOD", "unverified"),
)
PARTS = (
    part("L1", "P1", "tce", 3_000_000_000, "gce"),
    part("L2", "P1", "tce", 1_000_000_000, "gce"),
    part("L1", "P1", "co2", 7_500_000_000, "gCO2"),
    part("L2", "P1", "co2", 2_500_000_001, "gCO2"),
    part("L3", "P2", "cod", 10_000_000, "gCOD"),
)
OPERATIONS = (
    operation("electricity", 1234.5, "kWh"),
    operation("electricity", 2.0, "万kWh", 2),
    operation("electricity", 9.0, "万kWh", 2, year=2024),
    operation("gasoline", 100.0, "L"),
    operation("water", 50.0, "m3"),
    operation("staff", 100.0, "person"),
    operation("staff", 103.0, "person", 2),
    operation("staff", 7.0, "person", 2, site="支行"),
)
EMISSIONS = (
    emission("electricity", "2_location", 12_000_000, "earlier_year"),
    emission("electricity", "2_location", 10_000_001, month=2),
    emission("gasoline", "1", 215_700),
)
REJECTED = ({"table": "loans", "key": "L9", "balance_fen": 7_77, "source_row": 9}, {"table": "projects", "key": "P9", "balance_fen": 5})


def bank(
    *,
    policy: Policy = WORKING,
    loans: Sequence[Row] = LOANS,
    tags: Sequence[Row] = TAGS,
    parts: Sequence[Row] = PARTS,
    measurements: Sequence[Row] = MEASUREMENTS,
    operations: Sequence[Row] = OPERATIONS,
    emissions: Sequence[Row] = EMISSIONS,
    rejected: Sequence[Row] = REJECTED,
) -> Facts:
    book = Book(
        as_of=date(2025, 12, 31),
        loans=_table("loans", loans),
        projects=_table("projects", PROJECTS),
        operations=_table("operations", operations),
        rejected=_table("rejected", rejected),
        layout={SHEET: {"balance_fen": "K"}},
    )
    return Facts(
        book=book,
        tags=_table("tags", tags),
        measurements=_table("measurements", measurements),
        parts=_table("parts", parts),
        emissions=_table("emissions", emissions),
        policy=policy,
        year=2025,
    )


def _table(name: str, rows: Sequence[Row]) -> pa.Table:
    return table_of(name, [dict(row) for row in rows]) if rows else empty(name)
