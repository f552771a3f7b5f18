"""What was published before: last year's figures with the records of restatement applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from greenfin.core.problems import Outcome
from greenfin.core.records import PriorCell
from greenfin.ingest.prior import read_prior
from greenfin.ingest.restatements import Restatement, read_restatements, restated, restatements_used


@dataclass(frozen=True, slots=True)
class Earlier:
    """Last year's figures as they stand now, and the records that changed some of them."""

    prior: tuple[PriorCell, ...] = ()
    restatements: tuple[Restatement, ...] = ()


def read_earlier(prior: Path | None, restatements: Path | None, *, same: Mapping[str, str]) -> Outcome[Earlier]:
    """Last year's publication and the records of restatement; ``same`` names for cells that print the same figure where it is made.

    Raises Refused for a file that is neither.
    """
    published: Outcome[tuple[PriorCell, ...]] = read_prior(prior) if prior else Outcome(())
    if restatements is None:
        return Outcome(Earlier(published.value), published.problems)
    records = read_restatements(restatements)
    changed = restated(published.value, records.value, same=same)
    used = restatements_used(records.value, changed.value)
    return Outcome(Earlier(changed.value, used), (*published.problems, *records.problems, *changed.problems))
