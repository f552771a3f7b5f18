"""Whether each decision was one that the workflow allows: two pairs of eyes, and a state that follows from the one before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, text

from greenfin.store.steps import DEFAULT_STEPS
from greenfin.store.workflow import APPROVE, RECALL, Act, Open, Standing, bars, may_recall, target, workflow

OWN_HAND, OTHER_HAND, OTHER_STATE, OTHER_START = "own_hand", "other_hand", "other_state", "other_start"


@dataclass(frozen=True, slots=True)
class Broken:
    """A decision that the workflow does not give: its number, receipt, act, state come to, and the rule it breaks."""

    number: int
    receipt: str
    act: str
    state: str
    rule: str


class StepsOver(NamedTuple):
    """The steps of approval in use from each moment on, the earliest first."""

    changes: tuple[tuple[str, str], ...] = ()

    def at(self, moment: str) -> set[str]:
        """The steps in use at a moment: two where they were changed at that very one."""
        before = [name for when, name in self.changes if when < moment]
        return {before[-1] if before else DEFAULT_STEPS, *(name for when, name in self.changes if when == moment)}


def steps_over(connection: Connection) -> StepsOver:
    """The steps as the log of events says; what cannot be read in it is told by its block."""
    found: list[tuple[str, str]] = []
    for at, detail in connection.execute(text("SELECT at, detail FROM events WHERE kind = 'workflow.changed' ORDER BY number")):
        try:
            name = json.loads(detail)["to"]
        except (ValueError, KeyError, TypeError):
            continue
        if name in workflow().steps:
            found.append((str(at), name))
    return StepsOver(tuple(found))


def broken_rule(was: Standing, open_: Open, act: Act, *, start: str, steps: Sequence[str] | set[str]) -> str:
    """The rule that an act broke as things stood; empty where it broke none. ``start`` is the state it says it began in."""
    if start != was.state:
        return OTHER_START
    if act.step == APPROVE and (not open_.maker or bars(open_, act.actor)):
        return OWN_HAND
    if act.step == RECALL and not may_recall(open_, act.actor):
        return OTHER_HAND
    return "" if act.state_to in {target(was, act.step, steps=name, open_=open_) for name in steps} else OTHER_STATE
