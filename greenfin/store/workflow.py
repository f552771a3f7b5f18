"""The life of a tag as a pure machine: which act leads where, and who may not do it. Its states and steps are ``workflow.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

PROPOSED, IN_FORCE, REPORTED, RETURNED, WITHDRAWN = "proposed", "in_force", "reported", "returned", "withdrawn"
APPROVE, RETURN, REPORT, PROPOSE, CORRECT, WITHDRAW = "approve", "return", "report", "propose", "correct", "withdraw"
RECALL = "recall"
BRANCH, EVERYWHERE = "branch", "all"
_HELD = "held"


@dataclass(frozen=True, slots=True)
class Opening:
    """A kind of proposal: whence, where it waits for each approval, what it comes to and where a return leads."""

    act: str
    starts: frozenset[str]
    waits: tuple[str, ...]
    becomes: str
    returns: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """The openings and, by name, the approvals they need."""

    openings: Mapping[str, Opening]
    steps: Mapping[str, tuple[str, ...]]
    reported_from: frozenset[str]
    causes: tuple[str, ...]
    waiting: Mapping[str, tuple[str, int]]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of a tag's life."""
        return (PROPOSED, *(s for o in self.openings.values() for s in o.waits), RETURNED, IN_FORCE, REPORTED, WITHDRAWN)


@cache
def workflow() -> Workflow:
    """The workflow as shipped."""
    raw: dict[str, Any] = tomllib.loads(files("greenfin.store").joinpath("workflow.toml").read_text("utf-8"))
    openings = {
        act: Opening(act, frozenset(of["from"]), tuple(of["waits"]), of["becomes"], of["returns"]) for act, of in raw["open"].items()
    }
    return Workflow(
        openings=openings,
        steps={name: tuple(of["approvals"]) for name, of in raw["steps"].items()},
        reported_from=frozenset(raw["report"]["from"]),
        causes=tuple(raw["withdrawal"]["causes"]),
        waiting={state: (o.act, at) for o in openings.values() for at, state in enumerate(o.waits)},
    )


class Standing(NamedTuple):
    """How a receipt stands under an edition: the class in force (or asked for, before the first approval) and the last act's number."""

    state: str = PROPOSED
    version: int = 0
    decision: str = ""
    code: str = ""
    share_ppm: int | None = None
    maker: str = ""
    checker: str = ""
    in_force_from: str = ""
    reported_run: str = ""
    withdrawn_on: str = ""


class Open(NamedTuple):
    """A proposal that waits: its act, what it asks for, who made it and who has approved it so far."""

    act: str = ""
    decision: str = ""
    code: str = ""
    share_ppm: int | None = None
    maker: str = ""
    approvers: tuple[str, ...] = ()
    effective_on: str = ""
    reason: str = ""


class Act(NamedTuple):
    """A row of the decisions, as far as the machine is concerned."""

    number: int
    actor: str
    step: str
    state_to: str
    decision: str = ""
    code: str = ""
    share_ppm: int | None = None
    reason: str = ""
    effective_on: str = ""
    project: str = ""


def target(standing: Standing, act: str, *, steps: str, open_: Open | None = None) -> str | None:
    """The state an act leads to, with what waits there; None where it cannot be done as things stand."""
    flow, state = workflow(), standing.state
    if act in flow.openings:
        opening = flow.openings[act]
        return opening.waits[0] if state in opening.starts else None
    if act == REPORT:
        return None if state not in flow.reported_from else REPORTED if state == IN_FORCE else state
    if state not in flow.waiting:
        return None
    name, at = flow.waiting[state]
    opening = flow.openings[name]
    if act in {RETURN, RECALL}:
        return held(standing) if opening.returns == _HELD else opening.returns
    if act != APPROVE or at + 1 < len(flow.steps[steps]):
        return opening.waits[at + 1] if act == APPROVE else None
    return held(standing) if open_ and confirms(standing, open_) else opening.becomes


def held(standing: Standing) -> str:
    """Where a class stands while a correction or a withdrawal is asked for."""
    return WITHDRAWN if standing.withdrawn_on else REPORTED if standing.reported_run else IN_FORCE


def confirms(standing: Standing, open_: Open) -> bool:
    """Whether a correction asks for the very class that stands: then it stands as it did, looked at by two people."""
    asked = (open_.decision, open_.code, open_.share_ppm)
    return open_.act == CORRECT and not standing.withdrawn_on and asked == (standing.decision, standing.code, standing.share_ppm)


def changes_reported(standing: Standing, *, decision: str, code: str, share_ppm: int | None = None) -> bool:
    """Whether proposing this would change a class (or a share that is given) that has been reported, which only a correction may."""
    asked = (decision, code, standing.share_ppm if share_ppm is None else share_ppm)
    return bool(standing.reported_run) and asked != (standing.decision, standing.code, standing.share_ppm)


def needed_scope(state: str, *, steps: str) -> str:
    """How far the rights of whoever approves in this state must reach; ``branch`` where nothing waits."""
    flow = workflow()
    scopes = flow.steps[steps]
    return scopes[min(flow.waiting[state][1], len(scopes) - 1)] if state in flow.waiting else BRANCH


def binds(was: Standing, open_: Open, act: Act) -> bool:
    """Whether an act decides the tag in the project that the book names by then.

    A proposal does, and a correction that changes the class; what was reported stays where it was reported, however often proposed again.
    """
    if act.step == PROPOSE:
        return not was.reported_run
    settles = act.step == APPROVE and act.state_to not in workflow().waiting
    return settles and open_.act == CORRECT and not confirms(was, open_)


def bars(open_: Open, actor: str) -> bool:
    """Whether the actor has had a hand in the proposal and so cannot approve it."""
    return actor == open_.maker or actor in open_.approvers


def may_recall(open_: Open, actor: str) -> bool:
    """Whether the proposal is the actor's own and nobody has approved it yet, so that he may take it back."""
    return bool(open_.act) and actor == open_.maker and not open_.approvers


def advance(was: Standing, open_: Open, act: Act) -> tuple[Standing, Open]:
    """How it stands after an act that has been recorded."""
    now = was._replace(state=act.state_to, version=act.number)
    if act.step in workflow().openings:
        asked = Open(act.step, act.decision, act.code, act.share_ppm, act.actor, (), act.effective_on, act.reason)
        return (_asked(now, asked) if act.step == PROPOSE else now), asked
    if act.step == REPORT:
        return now._replace(reported_run=act.reason), open_
    if act.step in {RETURN, RECALL}:
        return now, Open()
    if act.state_to in workflow().waiting:
        approved = open_._replace(approvers=(*open_.approvers, act.actor))
        return (now._replace(checker=act.actor) if open_.act == PROPOSE else now), approved
    return _settled(now, open_, act), Open()


def _asked(now: Standing, asked: Open) -> Standing:
    """Before the first approval there is no class in force: what is asked for is what is shown."""
    return Standing(now.state, now.version, asked.decision, asked.code, asked.share_ppm, maker=asked.maker, reported_run=now.reported_run)


def _settled(now: Standing, open_: Open, act: Act) -> Standing:
    if open_.act == WITHDRAW:
        return now._replace(withdrawn_on=act.effective_on)
    if confirms(now, open_):
        return now
    return Standing(
        state=now.state,
        version=now.version,
        decision=open_.decision,
        code=open_.code,
        share_ppm=open_.share_ppm,
        maker=open_.maker,
        checker=act.actor,
        in_force_from=act.effective_on,
        reported_run="" if open_.act == CORRECT else now.reported_run,
    )


def replayed(acts: Iterable[Act]) -> tuple[Standing, Open]:
    """How it stands after all acts over one receipt and edition, in the order of their numbers."""
    standing, open_ = Standing(), Open()
    for act in acts:
        standing, open_ = advance(standing, open_, act)
    return standing, open_
