"""Small books for the tests of movements: loans with tags, made by hand or at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from greenfin.core.columns import empty, table_of
from greenfin.core.records import Book
from greenfin.movement.sides import Side, side_of
from greenfin.reference.load import Reference, load
from greenfin.reference.policies import Policy

OPENING, CLOSING = date(2024, 12, 31), date(2025, 12, 31)
EDITION = "green-finance-2025"
WORKING = Policy("working", "工作", "Working", False, frozenset({"exact", "parent_region", "earlier_year", "user"}), True)
Row = Mapping[str, object]
_REFERENCE: list[Reference] = []


def reference() -> Reference:
    if not _REFERENCE:
        _REFERENCE.append(load())
    return _REFERENCE[0]


def row(
    loan_id: str, fen: int, tag: str = "not_green", code: str | None = None, share: int | None = None, **more: object
) -> dict[str, object]:
    return {"loan_id": loan_id, "receipt_no": loan_id, "balance_fen": fen, "branch_code": "A", "tag": (tag, code, share), **more}


def side(day: date, rows: Sequence[Row], rejected: Sequence[Row] = (), drawings: Sequence[Row] = ()) -> Side:
    loans = [{k: v for k, v in one.items() if k != "tag"} for one in rows]
    return side_of(book(day, loans, rejected, drawings), tags(rows), edition=EDITION, policy=WORKING, reference=reference()).value


def book(day: date, loans: Sequence[Row], rejected: Sequence[Row] = (), drawings: Sequence[Row] = ()) -> Book:
    refused = [{"table": "loans", **one} for one in rejected]
    return Book(day, loans=made("loans", loans), rejected=made("rejected", refused), drawings=made("drawings", drawings))


def tags(rows: Sequence[Row]) -> pa.Table:
    found: list[Row] = []
    for one in rows:
        decision, code, share = one["tag"]  # type: ignore[misc]  # a triple, see row()
        green = 1_000_000 if share is None else share
        share_ppm = green if decision == "green" else 0
        found.append({"loan_id": one["loan_id"], "edition": EDITION, "decision": decision, "code": code, "share_ppm": share_ppm})
    return made("tags", found)


def made(name: str, rows: Sequence[Row]) -> pa.Table:
    return table_of(name, [dict(one) for one in rows]) if rows else empty(name)
