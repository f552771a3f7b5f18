"""How right the tags are on texts whose answer is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import Reference
from greenfin.tag.engine import tag


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over labelled texts: strict ones with an answer, how many of them are right, went to review or are wrong;
    ``false_green`` is the worst error; open ones must go to review, ``open_green`` of them wrongly come out green."""

    strict: int
    right: int
    review: int
    false_green: int
    missed_green: int
    loose: int
    loose_wrong: int
    open: int
    open_review: int
    open_green: int

    @property
    def accuracy(self) -> float:
        """Right among the strict ones."""
        return self.right / self.strict if self.strict else 0.0


def evaluate(rows: Sequence[Mapping[str, str]], reference: Reference, *, edition: str = "", on: date = date(2025, 12, 31)) -> Figures:
    """The figures over rows with ``text``, ``green`` (1, 0 or empty: a question) and ``strict`` (1 or 0)."""
    found = decisions_of([r["text"] for r in rows], reference, edition=edition, on=on)
    pairs = list(zip(rows, found, strict=True))
    strict = [(r["green"], d) for r, d in pairs if r["green"] and r["strict"] == "1"]
    loose = [(r["green"], d) for r, d in pairs if r["green"] and r["strict"] != "1"]
    asked = [d for r, d in pairs if not r["green"]]
    wanted = {"1": "green", "0": "not_green"}
    return Figures(
        strict=len(strict),
        right=sum(wanted[g] == d for g, d in strict),
        review=sum(d == "review" for _, d in strict),
        false_green=sum(g == "0" and d == "green" for g, d in strict),
        missed_green=sum(g == "1" and d == "not_green" for g, d in strict),
        loose=len(loose),
        loose_wrong=sum(d not in ("review", wanted[g]) for g, d in loose),
        open=len(asked),
        open_review=sum(d == "review" for d in asked),
        open_green=sum(d == "green" for d in asked),
    )


def decisions_of(texts: Sequence[str], reference: Reference, *, edition: str = "", on: date = date(2025, 12, 31)) -> list[str]:
    """The decision for each text alone, as a loan's purpose."""
    loans = table_of("loans", [{"loan_id": str(n), "receipt_no": str(n), "purpose": t} for n, t in enumerate(texts)])
    tags = tag(Book(as_of=on, loans=loans), reference, editions=(edition,) if edition else ()).value
    return [str(d) for d in tags["decision"].to_pylist()]
