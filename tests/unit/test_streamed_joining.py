"""The first and last borrower of each project, gathered over spans: in time that grows with the loans, however many spans."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from greenfin.streamed import joining


def spans(many: int, loans: int, projects: int) -> list[pa.Table]:
    """Loans of projects with a few borrowers each, some without; every row its own."""
    draw = random.Random(7)
    rows = [
        {
            **dict.fromkeys(joining._OWNED),
            "project_id": f"P{draw.randrange(projects)}",
            "customer_uscc": draw.choice([None, "A", "B", "C"]),
            "customer_no": draw.choice([None, "1", "2"]),
            "source_row": number,
        }
        for number in range(many * loans)
    ]
    schema = pa.schema([(name, pa.int64() if name == "source_row" else pa.string()) for name in joining._OWNED])
    whole = pa.Table.from_pylist(rows, schema=schema)
    return [whole.slice(at * loans, loans) for at in range(many)]


def test_however_often_they_are_sorted_the_same_loans_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [*spans(30, 40, 50), spans(1, 40, 50)[0].slice(0, 0)]
    found = []
    for at_once in (1, 100, 1 << 17):
        monkeypatch.setattr(joining, "_AT_ONCE", at_once)
        owners = joining._Owners()
        for loans in given:
            owners.add(loans)
        found.append(owners.all().to_pylist())
    assert found[0] == found[1] == found[2] == joining._outermost(pa.concat_tables(given)).to_pylist()
    assert len({row["project_id"] for row in found[0]}) == 50


def test_twice_the_spans_sort_about_twice_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_rows = []
    outermost = joining._outermost

    def counted(loans: pa.Table) -> pa.Table:
        sorted_rows.append(len(loans))
        return outermost(loans)

    monkeypatch.setattr(joining, "_outermost", counted)
    monkeypatch.setattr(joining, "_AT_ONCE", 64)
    totals = []
    for many in (100, 200):
        sorted_rows.clear()
        owners = joining._Owners()
        for loans in spans(many, 16, many * 8):  # as many projects as half of the loans
            owners.add(loans)
        owners.all()
        totals.append(sum(sorted_rows))
    assert totals[1] < 3 * totals[0]
