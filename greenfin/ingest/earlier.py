"""What was published before: last year's figures with the records of restatement applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenfin.core.problems import Outcome
from greenfin.core.records import PriorCell
from greenfin.ingest.prior import read_prior
from greenfin.ingest.register import contradictions, differing, read_register
from greenfin.ingest.restatements import Restatement, read_restatements, restated, restatements_used


@dataclass(frozen=True, slots=True)
class Earlier:
    """Last year's figures as they stand now, and the records that changed some of them."""

    prior: tuple[PriorCell, ...] = ()
    restatements: tuple[Restatement, ...] = ()


def read_earlier(
    prior: Path | None, restatements: Path | None, register: Path | None, *, same: Mapping[str, str], as_of: date
) -> Outcome[Earlier]:
    """Last year's publication with the records of restatement, held against the register of published figures.

    ``same`` names for cells that print the same figure where it is made.

    Raises Refused for a file that is neither.
    """
    published: Outcome[tuple[PriorCell, ...]] = read_prior(prior) if prior else Outcome(())
    records: Outcome[tuple[Restatement, ...]] = read_restatements(restatements) if restatements else Outcome(())
    changed = restated(published.value, records.value, same=same)
    used = restatements_used(records.value, changed.value)
    problems = [*published.problems, *records.problems, *changed.problems]
    if register:
        entries = read_register(register)
        problems += [*entries.problems, *contradictions(entries.value, records.value, same=same)]
        problems += differing(changed.value, entries.value, records.value, same=same, as_of=as_of)
    return Outcome(Earlier(changed.value, used), tuple(problems))
