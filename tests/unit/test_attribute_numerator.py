"""What of a loan counts: the balance at the end, the average of the month ends, all that was drawn (method notes PBOC-CA-AVGBAL)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from greenfin.attribute import attribute, explain_part, numerator_of
from greenfin.core.columns import table_of
from greenfin.core.lineage import Trace
from greenfin.core.problems import Refused
from greenfin.core.records import Book
from tests.measured_book import book_of, loan, project, tag

AVERAGE, DRAWN = "monthly_average", "cumulative_drawings"
TOTAL = 1200


def moved(receipt: str, fen: int, on: date, *, kind: str = "drawn") -> dict[str, object]:
    return {"receipt_no": receipt, "kind": kind, "amount_fen": fen, "moved_on": on}


def book(*moves: dict[str, object], balance: int = 600, average: int | None = None, as_of: date = date(2025, 12, 31)) -> Book:
    one = loan("L", "P", balance) | {"receipt_no": "R1", "avg_balance_fen": average}
    found = book_of(loans=[one, loan("M", "P", 120)], projects=[project("P", total=TOTAL)])
    return replace(found, as_of=as_of, drawings=table_of("drawings", list(moves)))


def part(of: Book, numerator: str) -> tuple[dict[str, int], list[str]]:
    """The parts of a result of 1,200: as many as fen count."""
    tags = table_of("tags", [tag("L"), tag("M")])
    measured = table_of(
        "measurements", [{"project_id": "P", "method": "X", "output": "tce", "amount": TOTAL, "unit": "gce", "basis": "actual"}]
    )
    found = attribute(of, tags, measured, numerator=numerator)
    parts = dict(zip(found.value["loan_id"].to_pylist(), found.value["amount"].to_pylist(), strict=True))
    for name, amount in parts.items():
        start = Trace("P!tce", str(TOTAL), "gce")
        told = explain_part(of, tags, measured, loan_id=name, output="tce", project_trace=start, numerator=numerator)
        assert int(told.value) == amount
    return parts, [problem.code for problem in found.problems]


def test_the_ledgers_own_average_comes_first() -> None:
    parts, problems = part(book(moved("R1", 600, date(2025, 7, 1)), average=400), AVERAGE)
    assert parts == {"L": 400}
    assert problems == ["attribute.average_missing"]  # of the other loan


@pytest.mark.parametrize(
    ("moves", "as_of", "average"),
    [
        ([moved("R1", 600, date(2025, 7, 1))], date(2025, 12, 31), 300),  # six of twelve month ends; those before are nothing
        ([moved("R1", 600, date(2025, 6, 30))], date(2025, 12, 31), 350),  # on the last day of June it is there
        ([moved("L", 600, date(2023, 7, 1))], date(2025, 12, 31), 600),  # by the loan's id; all the year
        ([moved("R1", 900, date(2024, 7, 1)), moved("R1", 300, date(2025, 4, 15), kind="repaid")], date(2025, 12, 31), 675),
        ([moved("R1", 600, date(2025, 3, 5))], date(2025, 6, 30), 400),  # four of the six months of a half year
        ([moved("R1", 600, date(2025, 1, 5))], date(2025, 1, 31), 600),
    ],
)
def test_else_the_list_of_drawings_gives_the_month_ends(moves: list[dict[str, object]], as_of: date, average: int) -> None:
    parts, _ = part(book(*moves, as_of=as_of), AVERAGE)
    assert parts == {"L": average}


def test_a_list_that_makes_a_balance_negative_gives_no_average() -> None:
    parts, problems = part(book(moved("R1", 700, date(2025, 7, 1))), AVERAGE)
    assert parts == {}
    assert problems == ["attribute.average_missing", "attribute.average_missing"]


def test_all_that_was_drawn_counts_until_the_data_date_and_repayments_do_not() -> None:
    moves = [moved("R1", 500, date(2024, 3, 1)), moved("R1", 300, date(2025, 2, 1)), moved("R1", 200, date(2025, 3, 1), kind="repaid")]
    parts, problems = part(book(*moves, moved("R1", 50, date(2026, 1, 1))), DRAWN)
    assert parts == {"L": 800}
    assert problems == ["attribute.drawings_missing"]


def test_a_receipt_number_of_two_loans_names_neither() -> None:
    of = book(moved("R1", 600, date(2025, 1, 1)))
    same = of.loans.set_column(of.loans.column_names.index("receipt_no"), "receipt_no", [["R1", "R1"]])
    parts, problems = part(replace(of, loans=same), DRAWN)
    assert parts == {}
    assert len(problems) == 2


def test_drawings_above_the_investment_count_as_the_whole_and_are_told() -> None:
    parts, problems = part(book(moved("R1", 5000, date(2025, 1, 1))), DRAWN)
    assert parts == {"L": TOTAL}
    assert "attribute.above_investment" in problems


def test_the_choice_is_a_declared_convention() -> None:
    assert numerator_of({}) == "period_end"
    assert numerator_of({"numerator": AVERAGE, "tce": "calorific"}) == AVERAGE
    with pytest.raises(Refused):
        numerator_of({"numerator": "contract"})
