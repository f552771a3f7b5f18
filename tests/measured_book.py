"""Small books for the tests of measure and attribute: projects with inputs, loans and tags, in the declared schemas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from greenfin.core.columns import table_of
from greenfin.core.records import Book

DAY = date(2025, 12, 31)
SHEET = "book.xlsx!projects"


def project(project_id: str, *, region: str = "510100", total: int | None = 10**12, stage: str = "operation") -> dict[str, object]:
    return {
        "project_id": project_id,
        "region": region,
        "total_invest_fen": total,
        "stage": stage,
        "source_sheet": SHEET,
        "source_row": 7,
    }


def given(
    project_id: str, name: str, value: float, unit: str, *, basis: str = "actual", year: int = 2024, cell: str = ""
) -> dict[str, object]:
    return {
        "project_id": project_id,
        "input": name,
        "value": value,
        "unit": unit,
        "basis": basis,
        "year": year,
        "source_cell": cell or f"book.xlsx!inputs!{name}-{project_id}-{basis}-{year}",
    }


def loan(loan_id: str, project_id: str | None, balance: int | None = 10**10) -> dict[str, object]:
    return {
        "loan_id": loan_id,
        "project_id": project_id,
        "balance_fen": balance,
        "source_sheet": "book.xlsx!loans",
        "source_row": 3,
    }


def tag(
    loan_id: str, code: str = "4.2.1", *, decision: str = "green", share: int | None = 10**6, edition: str = "green-finance-2025"
) -> dict[str, object]:
    return {"loan_id": loan_id, "edition": edition, "decision": decision, "code": code, "share_ppm": share}


def book_of(*, loans: Sequence[dict[str, object]], projects: Sequence[dict[str, object]], inputs: Sequence[dict[str, object]] = ()) -> Book:
    return Book(
        DAY,
        loans=table_of("loans", list(loans)),
        projects=table_of("projects", list(projects)),
        inputs=table_of("inputs", list(inputs)),
        layout={SHEET: {"project_id": "A", "total_invest_fen": "F"}},
    )
