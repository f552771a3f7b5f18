"""The decisions in force on a day, in the columns that ``run --decisions`` reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from greenfin.core.columns import table_of
from greenfin.store.history import covered_texts
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches
from greenfin.store.replay import REPLAYED
from greenfin.store.standings import Key
from greenfin.store.workflow import APPROVE, WITHDRAW, Act, Open, Standing, advance, workflow
from greenfin.store.writing import reading, writing

_COLUMNS = (*REPLAYED, "branch")
_AT_ONCE = 50_000
_NOT_GREEN = "not_green"


@dataclass(frozen=True, slots=True)
class InForce:
    """A decision that came into force: its class, the two people, their reason and the day."""

    receipt: str
    edition: str
    branch: str
    decision: str
    code: str
    share_ppm: int | None
    reason: str
    maker: str
    checker: str
    effective_on: str
    number: int


def in_force(store: Store, actor: Actor, *, as_of: date, action: str = "read_decisions") -> tuple[InForce, ...]:
    """What holds on a day for each receipt and edition that the actor may see, by receipt: the last decided of those in effect by then.

    So a later decision holds from its own day, even where an earlier one takes effect after it. A withdrawn class is no longer green
    from the day of the withdrawal. Raises Refused.
    """
    branches = allowed_branches(actor, action)
    with reading(store) as session:
        query = f"SELECT {', '.join(_COLUMNS)} FROM decisions ORDER BY number"  # noqa: S608  # our own columns
        rows = session.connection().exec_driver_sql(query).yield_per(_AT_ONCE)
        found = _latest(rows, as_of.isoformat())
    return tuple(sorted((f for f in found if branches is None or f.branch in branches), key=lambda f: (f.receipt, f.edition)))


def _latest(rows: Iterable[Any], day: str) -> list[InForce]:
    standing: dict[Key, tuple[Standing, Open]] = {}
    latest: dict[Key, InForce] = {}
    for number, actor, step, receipt, edition, *rest, branch in rows:
        key, act = (receipt, edition), Act(number, actor, step, *rest)
        was, open_ = standing.get(key, (Standing(), Open()))
        standing[key] = advance(was, open_, act)
        if step != APPROVE or act.state_to in workflow().waiting or act.effective_on > day:
            continue
        latest[key] = _settled(key, branch, open_, act)
    return list(latest.values())


def _settled(key: Key, branch: str, open_: Open, act: Act) -> InForce:
    is_gone = open_.act == WITHDRAW
    decision, code, share = (_NOT_GREEN, "", 0) if is_gone else (open_.decision, open_.code, open_.share_ppm)
    return InForce(*key, branch, decision, code, share, open_.reason, open_.maker, act.actor, act.effective_on, act.number)


def decisions_table(store: Store, actor: Actor, *, as_of: date) -> pa.Table:
    """The decisions in force on a day (schema ``decisions``), the borrowers covered in the reasons; an event says so. Raises Refused."""
    rows = in_force(store, actor, as_of=as_of, action="export")
    with writing(store) as w:
        w.event(actor.user, "export.made", subject="decisions", detail={"rows": len(rows), "as_of": as_of.isoformat()})
    columns: dict[str, object] = {
        "receipt_no": [r.receipt for r in rows],
        "edition": [r.edition for r in rows],
        "decision": [r.decision for r in rows],
        "code": [r.code or None for r in rows],
        "share_ppm": [r.share_ppm for r in rows],
        "reason": [reason or None for reason in covered_texts(store, [r.receipt for r in rows], [r.reason for r in rows])],
        "maker": [r.maker for r in rows],
        "checker": [r.checker for r in rows],
        "decided_on": [date.fromisoformat(r.effective_on) for r in rows],
    }
    return table_of("decisions", columns)


def as_file(decisions: pa.Table) -> pa.Table:
    """The table as a file of people holds it: the share in per cent, no addresses. What reads it back gives the same."""
    shares = [None if ppm is None else f"{ppm // 10_000}.{ppm % 10_000:04d}%" for ppm in decisions["share_ppm"].to_pylist()]
    place = decisions.schema.get_field_index("share_ppm")
    return decisions.set_column(place, "share", pa.array(shares, pa.string())).drop_columns(["source_cell"])
