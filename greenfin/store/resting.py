"""Whether a run rests on the record: its approved classes are those in force, whatever file of decisions it was made with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, error
from greenfin.store.exporting import InForce, in_force
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor

_MOST = 1_000
_CLASS = ("loan_id", "decision", "code", "share_ppm")


def not_of_record(store: Store, actor: Actor, tags: pa.Table, *, edition: str, as_of: date) -> tuple[Problem, ...]:
    """The approved tags of a run under an edition whose class is not in force in the record on the data date, at most 1,000.

    Raises Refused where the actor may not see decisions.
    """
    used = tags.filter(pc.and_(pc.equal(tags["edition"], edition), pc.fill_null(tags["approved"], False)))
    known = {found.receipt: found for found in in_force(store, actor, as_of=as_of) if found.edition == edition}
    return tuple(_differing(zip(*(used[name].to_pylist() for name in _CLASS), strict=True), known, as_of))[:_MOST]


def _differing(used: Iterable[tuple[str, str, str | None, int | None]], known: dict[str, InForce], as_of: date) -> Iterable[Problem]:
    for receipt, decision, code, share in used:
        kept = known.get(receipt)
        if kept is None:
            yield error("store.run_not_approved", receipt, day=as_of.isoformat())
        elif (kept.decision, kept.code) != (decision, code or "") or kept.share_ppm not in (None, share):
            params = {"found": f"{decision} {code or ''}".strip(), "kept": f"{kept.decision} {kept.code}".strip(), "day": as_of.isoformat()}
            yield error("store.run_differs", receipt, **params)
