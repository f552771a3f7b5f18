"""Decisions of people as labels of the loans they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import table_of
from greenfin.core.problems import Outcome, Problem, Refused, error, info


@dataclass(frozen=True, slots=True)
class Decided:
    """The loans that somebody has decided about (schema ``loans``) and the decisions as ``labels``, row by row."""

    loans: pa.Table
    labels: pa.Table


def decided_loans(loans: pa.Table, decisions: pa.Table, *, edition: str) -> Outcome[Decided]:
    """The loans of a book with a decision under the edition: of several on one receipt the latest, none whose maker checked it.

    Decisions on receipts that are not in the book, and those of other editions, are left out and said. Raises Refused where none is left.
    """
    rows = [row for row in decisions.to_pylist() if (row["edition"] or edition) == edition]
    own = [row for row in rows if not (row["maker"] and row["maker"] == row["checker"])]
    latest = {row["receipt_no"]: row for row in sorted(own, key=lambda r: r["decided_on"] or date.min)}
    names = pc.coalesce(loans["receipt_no"], loans["loan_id"]).combine_chunks()
    found = loans.filter(pc.is_in(names, value_set=pa.array(list(latest), pa.string())))
    ids = pc.coalesce(found["receipt_no"], found["loan_id"]).to_pylist()
    if not ids:
        raise Refused(error("tag.no_decision_in_book", "", n=decisions.num_rows, edition=edition))
    columns: dict[str, object] = {
        "loan_id": found["loan_id"].to_pylist(),
        "decision": [latest[i]["decision"] for i in ids],
        "entries": [latest[i]["code"] if latest[i]["decision"] == "green" else None for i in ids],
        "source_cell": [latest[i]["source_cell"] for i in ids],
    }
    left_out = _left_out(
        others=decisions.num_rows - len(rows), unchecked=len(rows) - len(own), unknown=len(latest.keys() - set(ids)), edition=edition
    )
    return Outcome(Decided(found, table_of("labels", columns)), tuple(left_out))


def _left_out(*, others: int, unchecked: int, unknown: int, edition: str) -> Iterator[Problem]:
    if others:
        yield info("tag.labels_of_other_editions", "", n=others, edition=edition)
    if unchecked:
        yield info("tag.labels_unchecked", "", n=unchecked)
    if unknown:
        yield info("tag.labels_not_in_book", "", n=unknown)
