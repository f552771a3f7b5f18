"""One call of the workflow over many tags: sort its items, let the caller's rules look at them, record what is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches
from greenfin.store.standings import Key, TagRow, collector_paused, open_proposals, project_rows, rows_among, tag_rows, write_rows
from greenfin.store.steps import steps_in_use
from greenfin.store.workflow import (
    APPROVE,
    CORRECT,
    EVERYWHERE,
    RETURN,
    WITHDRAW,
    Act,
    Open,
    advance,
    bars,
    needed_scope,
    target,
    workflow,
)
from greenfin.store.writing import Writing, canonical_json, writing


@dataclass(frozen=True, slots=True)
class Items:
    """What is to be decided, in columns of equal length: the tags, and the version of each that the caller saw."""

    receipts: Sequence[str]
    editions: Sequence[str]
    versions: Sequence[int]

    def keys(self) -> list[Key]:
        """Receipt and edition of each."""
        return list(zip(self.receipts, self.editions, strict=True))


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in columns: the tags, their new versions and states."""

    receipts: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()
    states: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.receipts)


@dataclass(frozen=True)
class Call:
    """One call: who does what, with what is the same for all its items."""

    actor: Actor
    act: str
    reason: str = ""
    effective_on: str = ""
    evidence: tuple[str, ...] = ()

    @cached_property
    def papers(self) -> str:
        """The documents as the record keeps them."""
        return canonical_json(sorted(set(self.evidence)))


@dataclass(slots=True)
class Sorted:
    """The items of a call: those to be done with the state they go to, what a maker asks for, and what is wrong with the others."""

    rows: dict[Key, TagRow]
    opens: dict[Key, Open]
    todo: dict[Key, str] = field(default_factory=dict)
    asked: dict[Key, tuple[str, str, int | None]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def drop(self, key: Key, problem: Problem) -> None:
        """Leave the item out, with the reason."""
        self.todo.pop(key, None)
        self.problems.append(problem)


def nothing_more(_writing: Writing, _sorted: Sorted) -> None:
    """No rules beside those of the workflow."""


def run(store: Store, call: Call, items: Items, check: Callable[[Writing, Sorted], None] = nothing_more) -> Outcome[Done]:
    """Do the call; ``check`` drops items or refuses before anything is recorded. Raises Refused."""
    branches = allowed_branches(call.actor, call.act)
    with collector_paused(), writing(store) as w:
        steps = steps_in_use(w.connection)
        found = tag_rows(w.connection, list(dict.fromkeys(items.keys())))
        sorted_ = Sorted(found, open_proposals(w.connection, found.values()))
        for key, version in zip(items.keys(), items.versions, strict=True):
            _sort(sorted_, key, version, call=call, steps=steps, branches=branches)
        _papers_known(w, call.evidence)
        check(w, sorted_)
        _whole_projects(w, sorted_, call)
        done = _record(w, sorted_, call)
    return Outcome(done, tuple(sorted_.problems))


def _sort(s: Sorted, key: Key, version: int, *, call: Call, steps: str, branches: frozenset[str] | None) -> None:
    """Put an item where it belongs: to be done, or what is wrong with it."""
    row, receipt = s.rows.get(key), key[0]
    if row is None or (branches is not None and row.branch not in branches):
        s.problems.append(error("store.tag_unknown", receipt, edition=key[1] or "*"))
        return
    standing, open_ = row.standing, s.opens.get(key, Open())
    to = target(standing, call.act, steps=steps)
    if key in s.todo:
        s.problems.append(error("store.given_twice", receipt))
    elif standing.version != version:
        s.problems.append(error("store.changed_meanwhile", receipt, seen=version, found=standing.version, state=standing.state))
    elif to is None:
        s.problems.append(error("store.not_from_here", receipt, act=call.act, state=standing.state))
    elif standing.state in workflow().waiting and not open_.act:
        s.problems.append(error("store.proposal_missing", receipt))
    elif call.act == APPROVE and bars(open_, call.actor.user):
        s.problems.append(error("store.maker_is_checker", receipt, user=call.actor.user))
    elif call.act == APPROVE and needed_scope(standing.state, steps=steps) == EVERYWHERE and not call.actor.has_every_branch:
        s.problems.append(error("store.needs_head_office", receipt))
    else:
        s.todo[key] = to


def _papers_known(w: Writing, evidence: Sequence[str]) -> None:
    """Raises Refused where a document is not in the store."""
    query = "SELECT sha256 FROM evidence WHERE sha256 {among}"
    unknown = set(evidence) - {str(sha) for (sha,) in rows_among(w.connection, query, evidence)}
    if unknown:
        raise Refused(error("store.unknown_evidence", "", found=", ".join(sorted(unknown))))


def _whole_projects(w: Writing, s: Sorted, call: Call) -> None:
    """A correction, and what becomes of it, is for all receipts of a project at once and for one class."""
    if call.act == CORRECT:
        of = {key: s.rows[key].project for key in s.rows}
    elif call.act in (APPROVE, RETURN):
        of = {key: s.rows[key].project for key, open_ in s.opens.items() if open_.act == CORRECT}
    else:
        return
    touched: dict[str, set[str]] = defaultdict(set)  # edition -> projects
    for key in [k for k in s.todo if of.get(k)]:
        touched[key[1]].add(of[key])
    for edition, projects in touched.items():
        members: dict[str, set[Key]] = defaultdict(set)
        for row in project_rows(w.connection, sorted(projects), edition):
            if _goes_along(row.standing.state, call.act):
                members[row.project].add(row.key)
        for project, keys in members.items():
            _whole(s, project, keys)


def _goes_along(state: str, act: str) -> bool:
    flow = workflow()
    waits = set(flow.openings[CORRECT].waits)
    settled = flow.openings[CORRECT].starts - {"withdrawn"} | set(flow.openings[WITHDRAW].waits)
    return state in (settled | waits if act == CORRECT else waits)


def _whole(s: Sorted, project: str, wanted: set[Key]) -> None:
    given = {key for key in s.todo if s.rows[key].project == project and key[1] == next(iter(wanted))[1]}
    classes = {s.asked[key][:2] for key in given if key in s.asked}
    for key in sorted(given):
        if missing := len(wanted - given):
            s.drop(key, error("store.project_whole", key[0], project=project, missing=missing))
        elif len(classes) > 1:
            s.drop(key, error("store.project_one_class", key[0], project=project))


def _record(w: Writing, s: Sorted, call: Call) -> Done:
    """Append the decisions, put the tags where they stand now, and say what was done."""
    if not s.todo:
        return Done()
    today = w.at[:10]
    days = {key: _day(s, call, key, today=today) for key in s.todo}
    first = w.append("decisions", [_decision(s, call, key, at=w.at, day=days[key]) for key in s.todo])
    after = []
    for number, (key, to) in enumerate(s.todo.items(), start=first):
        decision, code, share = _class_of(s, call, key)
        act = Act(number, call.actor.user, call.act, to, decision, code, share, call.reason, days[key])
        row = s.rows[key]
        standing, _ = advance(row.standing, s.opens.get(key, Open()), act)
        after.append(row.moved_to(standing, is_changed=row.is_changed and call.act not in workflow().openings))
    write_rows(w.connection, s.rows, after)
    return Done(
        tuple(r.receipt for r in after),
        tuple(r.edition for r in after),
        tuple(r.standing.version for r in after),
        tuple(r.standing.state for r in after),
    )


def _day(s: Sorted, call: Call, key: Key, *, today: str) -> str:
    """The day an act takes effect: the maker's, else the one given with the last approval, else today."""
    if call.act != APPROVE:
        return call.effective_on
    settled = s.todo[key] not in workflow().waiting
    return s.opens[key].effective_on or (call.effective_on or today if settled else "")


def _class_of(s: Sorted, call: Call, key: Key) -> tuple[str, str, int | None]:
    """The class that a row of the decisions names: what is asked for, else what stands."""
    if key in s.asked:
        return s.asked[key]
    if call.act in (APPROVE, RETURN):
        open_ = s.opens[key]
        return open_.decision, open_.code, open_.share_ppm
    standing = s.rows[key].standing
    return standing.decision, standing.code, standing.share_ppm


def _decision(s: Sorted, call: Call, key: Key, *, at: str, day: str) -> Mapping[str, object]:
    row = s.rows[key]
    decision, code, share = _class_of(s, call, key)
    return {
        "at": at,
        "actor": call.actor.user,
        "role": call.actor.role,
        "step": call.act,
        "receipt": row.receipt,
        "edition": row.edition,
        "branch": row.branch,
        "project": row.project,
        "state_from": row.standing.state,
        "state_to": s.todo[key],
        "decision": decision,
        "code": code,
        "share_ppm": share,
        "reason": call.reason,
        "effective_on": day,
        "evidence": call.papers,
        "replaces": row.standing.version or None,
        "book": row.book,
    }
