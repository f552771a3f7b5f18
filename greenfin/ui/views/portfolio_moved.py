"""Two runs side by side, or one run under another edition, as the tables of ``roll-forward`` and ``retag``. No streamlit here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin import between
from greenfin.core.problems import Problem
from greenfin.core.records import Table
from greenfin.messages import Lang, say
from greenfin.movement.explanation import explanation, plain
from greenfin.movement.retag_tables import retag_tables
from greenfin.movement.roll_tables import compact, roll_tables
from greenfin.reference.editions import LOAN
from greenfin.ui.views.said import tell

if TYPE_CHECKING:
    from greenfin.reference.load import Reference
    from greenfin.run_folder import Saved

OF_RECEIPTS = ("M06", "R08")  # tables that list receipts


@dataclass(frozen=True, slots=True)
class Moved:
    """The tables, a draft explanation in words (of a re-tagging), and what was said of the books."""

    tables: tuple[Table, ...]
    explanation: str
    problems: tuple[Problem, ...]


def rolled(opening: Path, closing: Path, reference: Reference, lang: Lang) -> Moved:
    """The movements between two runs under the edition of the later one. Raises Refused."""
    sides = _given(opening, reference), _given(closing, reference)
    edition = between.edition_of(reference, sides[1].edition, sides[1].book.as_of)
    policy = between.policy_of(reference, None, sides)
    made, problems = between.rolled(sides, edition, policy, reference=reference, files=between.Files(), at=_silent)
    return Moved(tuple(compact(table) for table in roll_tables(made, lang)), "", tuple(problems))


def retagged(folder: Path, old: str, new: str, *, reference: Reference, lang: Lang) -> Moved:
    """A run under another edition. Raises Refused."""
    sides = (_given(folder, reference),)
    policy = between.policy_of(reference, None, sides)
    made, problems = between.retagged(sides, (old, new), policy, reference=reference, files=between.Files(), at=_silent)
    tables = retag_tables(made, lang)
    return Moved(tuple(tables), plain(explanation(made, tables, lang)), tuple(problems))


def _given(folder: Path, reference: Reference) -> between.Given:
    return between.given(folder, None, None, beside=between.Beside(), reference=reference)


def _silent(step: str) -> None:
    """Nobody is told how far it is."""


def earlier(runs: Sequence[Saved], saved: Saved) -> tuple[Saved, ...]:
    """The runs of an earlier day than this one, the latest first."""
    found = [run for run in runs if day(run) < day(saved)]
    return tuple(sorted(found, key=day, reverse=True))


def day(saved: Saved) -> str:
    """The data date of a run."""
    return str(saved.record["made_of"]["as_of"])


def edition(saved: Saved) -> str:
    """The edition of a run."""
    return str(saved.record["made_of"]["edition"])


def editions(reference: Reference, lang: Lang) -> dict[str, str]:
    """The editions that loans can be tagged under, the latest first, with what they are called."""
    found = [reference.catalogues[rule.edition] for rule in reversed(reference.editions.of(LOAN))]
    return {one.id: one.title_zh if lang == "zh" else one.title_en or one.title_zh for one in found}


def told(problems: Sequence[Problem], lang: Lang) -> tuple[tuple[str, str], ...]:
    """What was said, by severity and in words, once each."""
    return tuple(dict.fromkeys((say(f"severity.{p.severity.value}", lang), tell(p, lang)) for p in problems))
