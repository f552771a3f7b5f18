"""Decisions of people over the machine's tags: added, never changed; maker and checker are two persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from greenfin.core.problems import Outcome, Problem, error, info
from greenfin.core.records import Book
from greenfin.reference.catalogue import Catalogue
from greenfin.reference.load import Reference

Row = Mapping[str, Any]
VERDICTS = ("green", "not_green", "review")
_WHOLE_PPM = 1_000_000
_CHANGED = (
    *("decision", "code", "name_zh", "name_en", "share_ppm", "basis", "carbon_mark"),
    *("decided_by", "approved", "maker", "checker", "reason"),
)


def apply_decisions(tags: pa.Table, decisions: pa.Table | None, *, book: Book, reference: Reference) -> Outcome[pa.Table]:
    """The tags with the decisions laid over them, and the decisions that do not count.

    Approved is a decision with a checker who is not the maker. The machine's score, runner-up, rule and evidence stay.
    """
    if decisions is None or not decisions.num_rows:
        return Outcome(tags)
    problems: list[Problem] = []
    rows_of = _rows(tags, book)
    run = list(dict.fromkeys(tags["edition"].to_pylist()))
    chosen: dict[int, Row] = {}
    for row in sorted(decisions.to_pylist(), key=lambda r: r["decided_on"] or date.min):
        for at in _targets(row, rows_of, run=run, reference=reference, problems=problems):
            if at in chosen:
                problems.append(info("tag.decision_superseded", chosen[at]["source_cell"] or "", receipt=row["receipt_no"]))
            chosen[at] = row
    return Outcome(_laid_over(tags, chosen, reference=reference), tuple(problems))


def _rows(tags: pa.Table, book: Book) -> Mapping[tuple[str, str], list[int]]:
    """(receipt or loan id, edition) -> rows of the tags."""
    receipts = dict(zip(book.loans["loan_id"].to_pylist(), book.loans["receipt_no"].to_pylist(), strict=True))
    found: dict[tuple[str, str], list[int]] = {}
    for at, (loan, edition) in enumerate(zip(tags["loan_id"].to_pylist(), tags["edition"].to_pylist(), strict=True)):
        for name in {loan, receipts.get(loan) or loan}:
            found.setdefault((name, edition), []).append(at)
    return found


def _targets(
    row: Row, rows_of: Mapping[tuple[str, str], list[int]], *, run: Sequence[str], reference: Reference, problems: list[Problem]
) -> list[int]:
    """The tags a decision is about; empty where it does not count, with the reason."""
    where, receipt = row["source_cell"] or "", row["receipt_no"] or ""
    edition = row["edition"] or (run[0] if len(run) == 1 else "")
    catalogue = reference.catalogues.get(edition)
    if catalogue is None:
        problems.append(error("tag.decision_unknown_edition", where, receipt=receipt, found=edition))
    elif row["decision"] not in VERDICTS:
        problems.append(error("tag.decision_unreadable", where, receipt=receipt, found=row["decision"] or ""))
    elif row["maker"] and row["maker"] == row["checker"]:
        problems.append(error("tag.maker_is_checker", where, receipt=receipt))
    elif not _names_a_leaf(row, catalogue):
        problems.append(error("tag.decision_unknown_entry", where, receipt=receipt, found=row["code"] or "", edition=edition))
    elif edition not in run:
        problems.append(info("tag.decision_other_edition", where, receipt=receipt, found=edition))
    elif (receipt, edition) not in rows_of:
        problems.append(error("tag.decision_unknown_receipt", where, receipt=receipt))
    else:
        return rows_of[receipt, edition]
    return []


def _names_a_leaf(row: Row, catalogue: Catalogue) -> bool:
    """Whether the decision's entry is a leaf; only a green one must name an entry."""
    if not row["code"]:
        return bool(row["decision"] != "green")
    entry = catalogue.entries.get(row["code"])
    return entry is not None and entry.is_leaf


def _laid_over(tags: pa.Table, chosen: Mapping[int, Row], *, reference: Reference) -> pa.Table:
    if not chosen:
        return tags
    columns = {name: tags[name].to_pylist() for name in _CHANGED}
    editions = tags["edition"].to_pylist()
    for at, row in chosen.items():
        for name, value in _values(row, {k: v[at] for k, v in columns.items()}, edition=editions[at], reference=reference).items():
            columns[name][at] = value
    for name, values in columns.items():
        place = tags.schema.get_field_index(name)
        tags = tags.set_column(place, tags.schema.field(name), pa.array(values, type=tags.schema.field(name).type))
    return tags


def _values(row: Row, was: Row, *, edition: str, reference: Reference) -> Row:
    """What a decision changes in a tag."""
    code = row["code"] if row["decision"] != "not_green" else None
    code = code or (was["code"] if row["decision"] == "review" else None)
    entry = reference.catalogues[edition].entries.get(code or "")
    green = row["decision"] != "not_green"
    kept = was["carbon_mark"] if code == was["code"] else (entry.carbon_mark or None if entry else None)
    share = row["share_ppm"] if row["share_ppm"] is not None else (was["share_ppm"] or _WHOLE_PPM)
    return {
        "decision": row["decision"],
        "code": code,
        "name_zh": entry.name_zh if entry else None,
        "name_en": entry.name_en if entry else None,
        "share_ppm": share if green else 0,
        "basis": (was["basis"] or "use") if green else None,
        "carbon_mark": kept if green else None,
        "decided_by": "decision",
        "approved": bool(row["checker"]) and row["checker"] != row["maker"],
        "maker": row["maker"],
        "checker": row["checker"],
        "reason": "tag.by_decision",
    }
