"""Decisions by the thousand: propose, approve, return, correct, report, withdraw. One call is one transaction.

Each item carries the version that its caller saw; what cannot be done is left out with the reason, the rest is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import repeat

from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.reference.load import Reference
from greenfin.store.alike import Kind
from greenfin.store.deciding import Asked, Call, Done, Items, Sorted, run
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.workflow import APPROVE, CORRECT, PROPOSE, RECALL, REPORT, RETURN, WITHDRAW, changes_reported, workflow
from greenfin.store.writing import Writing

__all__ = ["VERDICTS", "Done", "Items", "Wanted", "approve", "correct", "propose", "recall", "report", "return_", "withdraw"]

VERDICTS = ("green", "not_green", "review")
_WHOLE_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a maker asks for, in columns as long as the items; a share of None keeps that of the tag."""

    decisions: Sequence[str]
    codes: Sequence[str]
    shares_ppm: Sequence[int | None] = ()


def propose(
    store: Store,
    actor: Actor,
    items: Items,
    wanted: Wanted,
    *,
    reference: Reference,
    reason: str = "",
    evidence: Sequence[str] = (),
    effective_on: date | None = None,
) -> Outcome[Done]:
    """A maker's proposal for each item; ``evidence`` are sha256 of documents in the store. Raises Refused where nothing may be done."""
    call = Call(actor, PROPOSE, reason, _iso(effective_on), tuple(evidence))
    return run(store, call, items, partial(_check, items=items, wanted=wanted, reference=reference, act=call.act))


def correct(
    store: Store,
    actor: Actor,
    items: Items,
    wanted: Wanted,
    *,
    reference: Reference,
    reason: str,
    effective_on: date,
    evidence: Sequence[str] = (),
) -> Outcome[Done]:
    """Another class for what is in force or reported, from a day: for all receipts of a project at once.

    The class that stands, asked for again, confirms it against what the machine now sees: it stays reported. Raises Refused.
    """
    _needs_reason(reason)
    call = Call(actor, CORRECT, reason, _iso(effective_on), tuple(evidence))
    return run(store, call, items, partial(_check, items=items, wanted=wanted, reference=reference, act=call.act))


def withdraw(
    store: Store, actor: Actor, items: Items, *, cause: str, on: date, reason: str = "", evidence: Sequence[str] = ()
) -> Outcome[Done]:
    """Ask that a class ends on a day; it does when that is approved. Raises Refused, also for a cause that is not declared."""
    if cause not in workflow().causes:
        raise Refused(error("store.unknown_cause", "", found=cause, known=", ".join(workflow().causes)))
    call = Call(actor, WITHDRAW, f"{cause}: {reason}" if reason else cause, _iso(on), tuple(evidence))
    return run(store, call, items)


def approve(store: Store, actor: Actor, items: Items, *, reason: str = "", on: date | None = None) -> Outcome[Done]:
    """The next approval of what waits over each item; several at once must be alike (edition, state, class asked for).

    ``on`` is the day a class without a day of its own comes into force (default: today in UTC). Raises Refused.
    """
    return run(store, Call(actor, APPROVE, reason, _iso(on)), items, _only_alike)


def return_(store: Store, actor: Actor, items: Items, *, reason: str) -> Outcome[Done]:
    """Back to the maker, with the reason. Raises Refused."""
    _needs_reason(reason)
    return run(store, Call(actor, RETURN, reason), items)


def recall(store: Store, actor: Actor, items: Items, *, reason: str = "") -> Outcome[Done]:
    """A maker takes back what he asked for himself and nobody has approved yet; it goes where a return leads. Raises Refused."""
    return run(store, Call(actor, RECALL, reason), items)


def report(store: Store, actor: Actor, items: Items, *, run_id: str) -> Outcome[Done]:
    """The classes entered a return of this run; from now on they change only by correction. Raises Refused."""
    if not run_id:
        raise Refused(error("store.run_missing", ""))
    return run(store, Call(actor, REPORT, run_id), items)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(error("store.reason_missing", ""))


def _check(_w: Writing, s: Sorted, *, items: Items, wanted: Wanted, reference: Reference, act: str) -> None:
    """What the maker asks for, where it names a class of the edition and does not change a reported one."""
    shares = wanted.shares_ppm or repeat(None, len(items.receipts))
    known: dict[tuple[Kind, str, str, int | None], Asked | Problem] = {}
    for key, decision, code, share in zip(items.keys(), wanted.decisions, wanted.codes, shares, strict=True):
        row = s.todo.get(key)
        if row is None or key in s.asked:
            continue
        same = (row.kind, decision, code, share)
        if same not in known:
            known[same] = _asked(*same, reference=reference, act=act)
        found = known[same]
        if isinstance(found, Problem):
            s.drop(key, replace(found, where=key[0]))
        else:
            s.asked[key] = found


def _asked(kind: Kind, decision: str, code: str, share: int | None, *, reference: Reference, act: str) -> Asked | Problem:
    """What is asked for of tags of a kind, or what is wrong with it."""
    standing = kind.standing
    if bad := _class_problem(kind.edition, decision, code, reference=reference):
        return bad
    if share is not None and not 0 <= share <= _WHOLE_PPM:
        return error("store.share_out_of_range", "", found=share)
    if act == PROPOSE and changes_reported(standing, decision=decision, code=code, share_ppm=share):
        return error("store.reported_changes", "", run=standing.reported_run)
    kept = share if share is not None else standing.share_ppm or None  # None: the share the loan states
    return decision, code, kept if decision != "not_green" else 0


def _class_problem(edition: str, decision: str, code: str, *, reference: Reference) -> Problem | None:
    if decision not in VERDICTS:
        return error("store.unknown_decision", "", found=decision)
    catalogue = reference.catalogues.get(edition)
    entry = catalogue.entries.get(code) if catalogue else None
    if (decision == "green" or code) and (entry is None or not entry.is_leaf or decision == "not_green"):
        return error("store.unknown_entry", "", found=code, edition=edition)
    return None


def _only_alike(_w: Writing, s: Sorted) -> None:
    """Raises Refused where several are to be approved at once and are not alike."""
    kinds: Counter[tuple[str, ...]] = Counter()
    for kind, n in Counter([row.kind for row in s.todo.values()]).items():
        kinds[kind.edition, kind.standing.state, kind.open.decision, kind.open.code] += n
    if len(kinds) > 1:
        named = (
            ((edition, f"state.{state}", f"decision.{decision}", code), n) for (edition, state, decision, code), n in kinds.most_common(5)
        )
        shown = " ; ".join(f"{' '.join(filter(None, kind))} ×{n}" for kind, n in named)
        raise Refused(error("store.not_alike", "", kinds=len(kinds), worded=shown))
