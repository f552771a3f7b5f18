"""The shipped example bank: where its files are and which problems it is made to have."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import empty
from greenfin.core.problems import Problem, Severity
from greenfin.core.records import Book
from greenfin.pipeline import Files
from greenfin.reference.load import data_dir

AS_OF = date(2025, 12, 31)


def folder() -> Path:
    """The example's folder, in a checkout or in an installed wheel."""
    return data_dir().joinpath("examples", "small_bank")


def files() -> Files:
    """The example's input files."""
    here = folder()
    return Files(
        books=(here / "book.xlsx",),
        bank=here / "bank.yaml",
        prior=here / "prior.xlsx",
        decisions=here / "decisions.xlsx",
        answers=here / "answers.yaml",
    )


def a_year_before(book: Book) -> Book:
    """The book as the invented bank had it at the end of the year before: its receipts, each as if repaid evenly since it was drawn.

    What was measured is of the year before, too; projects, operations and customers stay; what stands for the year itself is left out.
    """
    opening = pa.scalar(book.as_of.replace(year=book.as_of.year - 1), pa.date32())
    held = book.loans.filter(pc.less_equal(book.loans["start_on"], opening))
    repaid = pc.max_element_wise(pc.subtract(held["amount_fen"], held["balance_fen"]), 0)
    since = pc.days_between(opening, pa.scalar(book.as_of, pa.date32()))
    share = pc.divide(pc.cast(since, pa.float64()), pc.days_between(held["start_on"], pa.scalar(book.as_of, pa.date32())))
    back = pc.cast(pc.round(pc.multiply(repaid, share)), pa.int64())
    at = held.schema.get_field_index("balance_fen")
    loans = held.set_column(at, held.schema.field(at), pc.add(held["balance_fen"], back))
    measured = book.inputs.set_column(
        book.inputs.schema.get_field_index("year"), book.inputs.schema.field("year"), pc.subtract(book.inputs["year"], 1)
    )
    left_out = {name: empty(name) for name in ("controls", "drawings", "bonds", "bills", "letters", "risk_events", "rejected")}
    return replace(book, as_of=opening.as_py(), loans=loans, inputs=measured, **left_out)


def unexpected(problems: Sequence[Problem]) -> list[tuple[str, int]]:
    """Codes whose number of errors and warnings differs from ``expected/problems.csv``, with the difference."""
    with (folder() / "expected" / "problems.csv").open(encoding="utf-8-sig") as stream:
        wanted: Counter[str] = Counter()
        for row in csv.DictReader(stream):  # a code may be an error here and a warning there
            wanted[row["code"]] += int(row["count"])
    found = Counter(p.code for p in problems if p.severity is not Severity.INFO)
    return [(code, found[code] - wanted[code]) for code in sorted(found | wanted) if found[code] != wanted[code]]
