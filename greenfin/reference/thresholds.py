"""What an edition asks of its leaves in standards, grades and numbers (``taxonomy/<edition>/thresholds.csv``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from greenfin.core.problems import BadReference, Problem, error
from greenfin.core.units import UnknownUnit, dimension
from greenfin.reference.files import Folder, Row
from greenfin.reference.rules import OPERATORS
from greenfin.reference.words import FactWords, leaves_of, read_words

COLUMNS = ("entry", "fact", "op", "value", "unit", "grade", "standard", "scope", "source", "locator", "verified", "note")
GRADES = ("", "1", "2", "3", "4", "5", "target", "energy_saving")
VERIFIED = ("yes", "one copy", "no")
GRADE_FACT = "grade"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that an edition asks of a leaf.

    ``fact`` ``op`` ``value`` ``unit``: the number a text can state (``fact`` empty: only papers can show it). ``grade``: what the
    catalogue asks of the ``standard`` (1 … 5, target, energy_saving; empty: only to meet it). ``scope``: the thing the line is about;
    empty: the leaf.
    """

    entry: str
    fact: str
    op: str
    value: Decimal
    unit: str
    grade: str
    standard: str
    scope: str
    source: str
    locator: str
    verified: str
    note: str
    where: str = ""

    @property
    def is_strict(self) -> bool:
        """Whether a number below it decides (read in the official text or in a copy), or only asks (not read)."""
        return self.verified != "no"


@cache
def read_thresholds(path: Path) -> tuple[Criterion, ...]:
    """The lines of an edition's ``thresholds.csv``; an edition without the file has none.

    Raises BadReference with file and line of everything wrong: an entry that is no leaf, an unknown fact, unit, operator or grade,
    a number without its fact, a line that asks nothing.
    """
    if not path.exists():
        return ()
    folder = Folder(path.parents[2])
    rows = folder.rows(path.relative_to(folder.root).as_posix(), COLUMNS)
    facts = read_words(path.parents[1] / "words").facts
    leaves = leaves_of(path.with_name("entries.csv"))
    read = [_criterion(folder, row) for row in rows]
    wrong = [*folder.problems, *(p for one in read for p in _wrong(one, leaves, facts))]
    if wrong:
        raise BadReference(wrong)
    return tuple(read)


def _criterion(folder: Folder, row: Row) -> Criterion:
    """A line as it stands; a grade that is a number is a number a text can state."""
    graded = not row["fact"] and row["grade"].isdigit()
    return Criterion(
        entry=folder.text(row, "entry"),
        fact=GRADE_FACT if graded else row["fact"],
        op="<=" if graded else row["op"],
        value=Decimal(row["grade"]) if graded else folder.number(row, "value") if row["value"] else Decimal(0),
        unit=row["unit"],
        grade=folder.choice(row, "grade", GRADES),
        standard=row["standard"],
        scope=row["scope"],
        source=folder.text(row, "source"),
        locator=row["locator"],
        verified=folder.choice(row, "verified", VERIFIED),
        note=row["note"],
        where=row.where,
    )


def _wrong(one: Criterion, leaves: frozenset[str], facts: Mapping[str, FactWords]) -> Iterator[Problem]:
    if leaves and one.entry not in leaves:
        yield error("reference.threshold_field", one.where, field="entry", found=one.entry)
    if one.fact and one.fact not in facts:
        yield error("reference.threshold_field", one.where, field="fact", found=one.fact)
    if one.op not in (OPERATORS if one.fact else ("",)):
        yield error("reference.threshold_field", one.where, field="op", found=one.op)
    if one.fact in facts and _dimension(one.unit) != _dimension(facts[one.fact].unit):
        yield error("reference.threshold_field", one.where, field="unit", found=one.unit)
    if not one.fact and (one.value or one.unit):
        yield error("reference.threshold_field", one.where, field="fact", found="")
    if not one.fact and not one.standard and not one.note:
        yield error("reference.threshold_field", one.where, field="standard", found="")


def _dimension(unit: str) -> str | None:
    try:
        return dimension(unit)
    except UnknownUnit:
        return None
