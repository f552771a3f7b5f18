"""One call of the workflow over many tags: sort its items, let the caller's rules look at them, record what is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter

from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.store.alike import Kind, Move, Row, rows_alike, spread, write_moved
from greenfin.store.evidence import seen_documents
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches
from greenfin.store.standings import Key, collector_paused, project_rows
from greenfin.store.steps import steps_in_use
from greenfin.store.workflow import (
    APPROVE,
    CORRECT,
    EVERYWHERE,
    RECALL,
    RETURN,
    WITHDRAW,
    Act,
    Open,
    advance,
    bars,
    binds,
    confirms,
    may_recall,
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


_ANSWERS = (APPROVE, RETURN, RECALL)  # to what waits
Asked = tuple[str, str, int | None]  # decision, code, share


@dataclass(slots=True)
class Sorted:
    """The items of a call: those to be done, where each kind goes, what a maker asks for, and what is wrong with the others."""

    todo: dict[Key, Row] = field(default_factory=dict)
    targets: dict[Kind, str] = field(default_factory=dict)
    asked: dict[Key, Asked] = field(default_factory=dict)
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
        found = rows_alike(w.connection, dict.fromkeys(items.keys()))
        if branches is not None:
            found = {key: row for key, row in found.items() if row.kind.branch in branches}
        sorted_ = _sort(found, items, call, steps)
        check(w, sorted_)
        _papers_hold(w, sorted_, call, branches)
        _whole_projects(w, sorted_, call)
        done = _record(w, sorted_, call)
    return Outcome(done, tuple(sorted_.problems))


def _sort(rows: Mapping[Key, Row], items: Items, call: Call, steps: str) -> Sorted:
    """Put each item where it belongs: to be done, or what is wrong with it."""
    s = Sorted()
    wrong: dict[Kind, Problem | None] = {}
    for key, version in zip(items.keys(), items.versions, strict=True):
        row, receipt = rows.get(key), key[0]
        if row is None:
            s.problems.append(error("store.tag_unknown", receipt, edition=key[1] or "*"))
        elif key in s.todo:
            s.problems.append(error("store.given_twice", receipt))
        elif row.version != version:
            s.problems.append(error("store.changed_meanwhile", receipt, seen=version, found=row.version, state=row.kind.standing.state))
        else:
            if row.kind not in wrong:
                wrong[row.kind] = _wrong(s, row.kind, call, steps)
            if problem := wrong[row.kind]:
                s.problems.append(replace(problem, where=receipt))
            else:
                s.todo[key] = row
    return s


def _wrong(s: Sorted, kind: Kind, call: Call, steps: str) -> Problem | None:
    """Why the act cannot be done to tags of this kind; where it can, they have a target."""
    state = kind.standing.state
    to = target(kind.standing, call.act, steps=steps, open_=kind.open)
    if to is None:
        return error("store.not_from_here", "", act=call.act, state=state)
    if state in workflow().waiting and not kind.open.act:
        return error("store.proposal_missing", "")
    if call.act == APPROVE and bars(kind.open, call.actor.user):
        return error("store.maker_is_checker", "", user=call.actor.user)
    if call.act == RECALL and not may_recall(kind.open, call.actor.user):
        return error("store.not_yours_to_recall", "", maker=kind.open.maker)
    if call.act == APPROVE and needed_scope(state, steps=steps) == EVERYWHERE and not call.actor.has_every_branch:
        return error("store.needs_head_office", "")
    s.targets[kind] = to
    return None


def _papers_hold(w: Writing, s: Sorted, call: Call, branches: frozenset[str] | None) -> None:
    """Raises Refused where a document is not one the actor may see, or does not hold on the day that something becomes green."""
    if not call.evidence:
        return
    known = seen_documents(w.connection, call.evidence, branches)
    if unknown := set(call.evidence) - known.keys():
        raise Refused(error("store.unknown_evidence", "", found=", ".join(sorted(unknown))))
    day = call.effective_on or w.at[:10]
    lapsed = sorted(sha for sha, (first, last) in known.items() if day < first or (last and last < day))
    if lapsed and any(decision == "green" for decision, _, _ in s.asked.values()):
        first, last = known[lapsed[0]]
        raise Refused(error("store.evidence_lapsed", "", found=lapsed[0][:12], first=first or "—", last=last or "—", day=day))


def _whole_projects(w: Writing, s: Sorted, call: Call) -> None:
    """A correction, and what becomes of it, is for one class and all receipts of a project at once: of the one the book names and of
    the one they were decided in."""
    of_correction = {kind for kind in s.targets if call.act == CORRECT or (call.act in _ANSWERS and kind.open.act == CORRECT)}
    if not of_correction:
        return
    touched: dict[str, set[str]] = defaultdict(set)  # edition -> projects
    for key, row in s.todo.items():
        if row.kind in of_correction and not _confirms(row, s.asked.get(key)):
            touched[row.edition] |= row.projects
    for edition, projects in touched.items():
        members: dict[str, set[Key]] = {project: set() for project in projects}
        for row_ in project_rows(w.connection, sorted(projects), edition):
            if _goes_along(row_.standing.state, call.act):
                for project in row_.projects & projects:
                    members[project].add(row_.key)
        _only_whole(s, members, edition)


def _confirms(row: Row, asked: Asked | None) -> bool:
    return confirms(row.kind.standing, Open(CORRECT, *asked) if asked else row.kind.open)


def _goes_along(state: str, act: str) -> bool:
    flow = workflow()
    waits = set(flow.openings[CORRECT].waits)
    settled = flow.openings[CORRECT].starts - {"withdrawn"} | set(flow.openings[WITHDRAW].waits)
    return state in (waits if act in {RETURN, RECALL} else settled | waits)


def _only_whole(s: Sorted, members: Mapping[str, set[Key]], edition: str) -> None:
    """Leave out the items of projects of which not all is there; what that takes from another project leaves that one out too."""
    given: dict[str, set[Key]] = defaultdict(set)
    of: dict[Key, frozenset[str]] = {key: row.projects for key, row in s.todo.items() if row.edition == edition}
    for key, projects in of.items():
        for project in projects & members.keys():
            given[project].add(key)
    ahead = dict.fromkeys(sorted(given))
    while ahead:
        project, _ = ahead.popitem()
        missing = len(members[project] - given[project])
        classes = {s.asked[key][:2] for key in given[project] if key in s.asked}
        if not missing and len(classes) < 2:
            continue
        for key in sorted(given[project]):
            of_part = error("store.project_whole", key[0], project=project, missing=missing)
            s.drop(key, of_part if missing else error("store.project_one_class", key[0], project=project))
            for other in of[key] & members.keys():
                given[other].discard(key)
                ahead[other] = None


def _record(w: Writing, s: Sorted, call: Call) -> Done:
    """Append the decisions, put the tags where they stand now, and say what was done."""
    if not s.todo:
        return Done()
    rows, moves = list(s.todo.values()), _moves(s, call, today=w.at[:10])
    first = w.append_columns("decisions", _decisions(rows, moves, call, at=w.at))
    versions = range(first, first + len(rows))
    write_moved(w.connection, rows, moves, versions)
    receipts, editions = zip(*s.todo, strict=True)
    return Done(receipts, editions, tuple(versions), tuple(spread(moves, attrgetter("to"))))


def _moves(s: Sorted, call: Call, *, today: str) -> list[Move]:
    """What becomes of each item to be done; the same for those of a kind of which the same is asked."""
    known: dict[tuple[Kind, Asked | None], Move] = {}
    found = []
    for key, row in s.todo.items():
        same = row.kind, s.asked.get(key)
        if same not in known:
            known[same] = _move(call, *same, to=s.targets[row.kind], today=today)
        found.append(known[same])
    return found


def _move(call: Call, kind: Kind, asked: Asked | None, *, to: str, today: str) -> Move:
    decision, code, share = asked or _class_of(call, kind)
    day = _day(call, kind, to, today=today)
    act = Act(0, call.actor.user, call.act, to, decision, code, share, call.reason, day)
    after, _ = advance(kind.standing, kind.open, act)
    is_settled = call.act == APPROVE and to not in workflow().waiting  # two people have looked at what the machine sees
    return Move(kind, to, decision, code, share, day, after, kind.is_changed and not is_settled, binds(kind.standing, kind.open, act))


def _day(call: Call, kind: Kind, to: str, *, today: str) -> str:
    """The day an act takes effect: the maker's, else the one given with the last approval, else today."""
    if call.act != APPROVE:
        return call.effective_on
    settled = to not in workflow().waiting
    return kind.open.effective_on or (call.effective_on or today if settled else "")


def _class_of(call: Call, kind: Kind) -> Asked:
    """The class that a row of the decisions names where the call asks for none: what waits, else what stands."""
    of = kind.open if call.act in _ANSWERS else kind.standing
    return of.decision, of.code, of.share_ppm


def _decisions(rows: Sequence[Row], moves: Sequence[Move], call: Call, *, at: str) -> Mapping[str, Sequence[object]]:
    """The columns of the log."""
    same = {"at": at, "actor": call.actor.user, "role": call.actor.role, "step": call.act, "reason": call.reason, "evidence": call.papers}
    return {
        **{name: [value] * len(rows) for name, value in same.items()},
        "receipt": [row.receipt for row in rows],
        "edition": [row.edition for row in rows],
        "branch": spread(moves, attrgetter("kind.branch")),
        "project": [row.project for row in rows],
        "state_from": spread(moves, attrgetter("kind.standing.state")),
        "state_to": spread(moves, attrgetter("to")),
        "decision": spread(moves, attrgetter("decision")),
        "code": spread(moves, attrgetter("code")),
        "share_ppm": spread(moves, attrgetter("share_ppm")),
        "effective_on": spread(moves, attrgetter("day")),
        "replaces": [row.version or None for row in rows],
        "book": [row.book for row in rows],
    }
