"""The shipped example bank: where its files are and which problems it is made to have."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from greenfin.core.problems import Problem, Severity
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


def unexpected(problems: Sequence[Problem]) -> list[tuple[str, int]]:
    """Codes whose number of errors and warnings differs from ``expected/problems.csv``, with the difference."""
    with (folder() / "expected" / "problems.csv").open(encoding="utf-8-sig") as stream:
        wanted: Counter[str] = Counter()
        for row in csv.DictReader(stream):  # a code may be an error here and a warning there
            wanted[row["code"]] += int(row["count"])
    found = Counter(p.code for p in problems if p.severity is not Severity.INFO)
    return [(code, found[code] - wanted[code]) for code in sorted(found | wanted) if found[code] != wanted[code]]
