"""What was published before: last year's figures with the records of restatement applied."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenfin.core.problems import Outcome
from greenfin.core.records import PriorCell
from greenfin.ingest.prior import read_prior
from greenfin.ingest.register import Published, contradictions, differing, read_register
from greenfin.ingest.restatements import Restatement, read_restatements, restated, restatements_used
from greenfin.ingest.returned import of_this_year


@dataclass(frozen=True, slots=True)
class Earlier:
    """Last year's figures as they stand now, and the records that changed some of them."""

    prior: tuple[PriorCell, ...] = ()
    restatements: tuple[Restatement, ...] = ()
    this_year: tuple[Published, ...] = ()  # what the register has of days of this year


def read_earlier(
    prior: Path | None,
    restatements: Path | None,
    register: Path | None,
    *,
    same: Mapping[str, str],
    before: Collection[tuple[str, str]] = (),
    as_of: date,
) -> Outcome[Earlier]:
    """Last year's publication with the records of restatement, held against the register of published figures.

    ``same`` names for cells that print the same figure where it is made; ``before`` the columns (table, column) that print figures of
    the year before: in last year's publication those are two years old, and no figure of last year.

    Raises Refused for a file that is neither.
    """
    published: Outcome[tuple[PriorCell, ...]] = read_prior(prior, before=as_of) if prior else Outcome(())
    records: Outcome[tuple[Restatement, ...]] = read_restatements(restatements) if restatements else Outcome(())
    changed = restated(published.value, records.value, same=same)
    used = restatements_used(records.value, changed.value)
    problems = [*published.problems, *records.problems, *changed.problems]
    this_year: tuple[Published, ...] = ()
    if register:
        entries = read_register(register)
        problems += [*entries.problems, *contradictions(entries.value, records.value, same=same)]
        of_last_year = [cell for cell in changed.value if (cell.table, cell.column) not in before]
        problems += differing(of_last_year, entries.value, records.value, same=same, as_of=as_of)
        this_year = of_this_year(entries.value, as_of)
    return Outcome(Earlier(changed.value, used, this_year), tuple(problems))
