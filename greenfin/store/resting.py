"""Whether a run rests on the record: its approved classes are those in force, whatever file of decisions it was made with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, islice

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, error
from greenfin.store.exporting import InForce, in_force
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor

_MOST = 1_000
_CLASS = ("loan_id", "decision", "code", "share_ppm")


def not_of_record(store: Store, actor: Actor, tags: pa.Table, *, edition: str, as_of: date) -> tuple[Problem, ...]:
    """Where a run and the record differ on the data date under an edition, at most 1,000: both ways.

    An approved tag whose class is not in force; a decision in force about a loan of the run that the run does not take as approved.
    Raises Refused where the actor may not see decisions.
    """
    of_edition = tags.filter(pc.equal(tags["edition"], edition))
    is_used = pc.fill_null(of_edition["approved"], False)
    used, unused = of_edition.filter(is_used), of_edition.filter(pc.invert(is_used))
    known = {found.receipt: found for found in in_force(store, actor, as_of=as_of) if found.edition == edition}
    wrong = _differing(zip(*(used[name].to_pylist() for name in _CLASS), strict=True), known, as_of)
    return tuple(islice(chain(wrong, _omitted(unused["loan_id"].to_pylist(), known, as_of)), _MOST))


def _differing(used: Iterable[tuple[str, str, str | None, int | None]], known: dict[str, InForce], as_of: date) -> Iterator[Problem]:
    for receipt, decision, code, share in used:
        kept = known.get(receipt)
        if kept is None:
            yield error("store.run_not_approved", receipt, day=as_of.isoformat())
        elif (kept.decision, kept.code) != (decision, code or "") or kept.share_ppm not in (None, share):
            params = {"found": _class(decision, code), "kept": _class(kept.decision, kept.code), "day": as_of.isoformat()}
            yield error("store.run_differs", receipt, **params)


def _omitted(unused: Iterable[str], known: dict[str, InForce], as_of: date) -> Iterator[Problem]:
    for receipt in unused:
        if (kept := known.get(receipt)) is not None:
            yield error("store.run_omits", receipt, kept=_class(kept.decision, kept.code), day=as_of.isoformat())


def _class(decision: str, code: str | None) -> str:
    return f"{decision} {code or ''}".strip()
