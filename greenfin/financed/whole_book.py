"""Financed emissions of a book under every standard, for a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from greenfin.core.columns import empty
from greenfin.core.problems import Problem
from greenfin.core.records import Book
from greenfin.financed.exposures import not_there, of_book
from greenfin.financed.standards import STANDARDS, financed

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


@dataclass(frozen=True, slots=True)
class Financed:
    """The exposures of a book and what they finance, one standard after another; empty where the book has no data for it."""

    exposures: pa.Table = field(default_factory=lambda: empty("exposures"))
    financed: pa.Table = field(default_factory=lambda: empty("financed"))
    problems: tuple[Problem, ...] = ()


def of_whole_book(book: Book, *, reference: Reference, year: int, on: date, averages: pa.Array | None = None) -> Financed:
    """The exposures of a book under all standards; nothing, with the reason, where it has no data of customers or projects."""
    if lacking := not_there(book):
        return Financed(problems=(lacking,))
    made = of_book(book, reference=reference, averages=averages)
    found = [financed(made.value, name, reference=reference, year=year, on=on) for name in STANDARDS]
    problems = (*made.problems, *(p for one in found for p in one.problems))
    return Financed(made.value, pa.concat_tables([one.value for one in found]), problems)
