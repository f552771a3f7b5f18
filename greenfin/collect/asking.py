"""Everything that is asked about a book, branch by branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.collect.ask import SHEETS, Ask
from greenfin.collect.inputs import input_asks
from greenfin.collect.loans import loan_asks
from greenfin.collect.needs import need_asks
from greenfin.collect.projects import owners, project_asks, with_named_projects
from greenfin.core.problems import Outcome
from greenfin.core.records import Book

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


def asks_of(book: Book, reference: Reference, *, tags: pa.Table, with_names: bool = False) -> Outcome[tuple[Ask, ...]]:
    """The questions of one edition's tags: loans, projects, method inputs, documents; the greatest balances first.

    Names of borrowers are masked unless ``with_names``.
    """
    whole = with_named_projects(book)
    held = owners(whole, tags)
    loans, problems = loan_asks(whole, tags, with_names=with_names)
    found = [
        *loans,
        *project_asks(whole, held, with_names=with_names),
        *input_asks(whole, tags, reference, on=book.as_of, held=held, with_names=with_names),
        *need_asks(whole, tags, held=held, with_names=with_names),
    ]
    ordered = sorted(found, key=lambda ask: (ask.branch, SHEETS.index(ask.sheet), -ask.balance_fen, ask.key))
    return Outcome(tuple(ordered), tuple(problems))


def by_branch(asks: Sequence[Ask]) -> Mapping[str, tuple[Ask, ...]]:
    """The questions of each branch, ``""`` for loans without one."""
    found: dict[str, list[Ask]] = {}
    for ask in asks:
        found.setdefault(ask.branch, []).append(ask)
    return {branch: tuple(mine) for branch, mine in found.items()}


def branch_names(book: Book) -> Mapping[str, str]:
    """The names of the branches by code."""
    pairs = book.loans.select(["branch_code", "branch_name"]).filter(pc.is_valid(book.loans["branch_code"]))
    summed = pairs.group_by(["branch_code"], use_threads=False).aggregate([("branch_name", "min")])
    return {row["branch_code"]: row["branch_name_min"] or "" for row in summed.to_pylist()}
