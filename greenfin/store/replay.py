"""The tags made again from the decisions, and where the ones that are kept differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from greenfin.store.audit_rules import Broken, StepsOver, broken_rule, steps_over
from greenfin.store.standings import STANDING, Key
from greenfin.store.workflow import Act, Open, Standing, advance, binds

REPLAYED = (
    *("number", "actor", "step", "receipt", "edition", "state_to"),
    *("decision", "code", "share_ppm", "reason", "effective_on", "project"),
)
"""The columns of the decisions that a replay reads."""
_LOOKED_AT = (*REPLAYED[:5], "at", "state_from", *REPLAYED[5:])
_AT_ONCE = 50_000
_MOST = 1_000  # broken rules: more say nothing new


class Stands(NamedTuple):
    """How a receipt stands under an edition, what waits over it, and the project it was decided in."""

    standing: Standing = Standing()
    open: Open = Open()
    project: str = ""


_NOTHING = Stands()
_TWO = StepsOver()


@dataclass(frozen=True, slots=True)
class Difference:
    """A tag that is not what the decisions make of it: the column, what is kept and what follows."""

    receipt: str
    edition: str
    column: str
    kept: object
    follows: object


def replay_tags(decisions: Iterable[Mapping[str, object]]) -> dict[Key, Stands]:
    """How every receipt stands under every edition after the decisions, which come in the order of their numbers."""
    return _replayed(tuple(row[name] for name in _LOOKED_AT) for row in decisions)


def _replayed(rows: Iterable[tuple[object, ...]], steps: StepsOver = _TWO, broken: list[Broken] | None = None) -> dict[Key, Stands]:
    found: dict[Key, Stands] = {}
    for number, actor, step, receipt, edition, at, start, *rest in rows:
        key = (str(receipt), str(edition))
        was, act = found.get(key, _NOTHING), Act(int(number), str(actor), str(step), *rest)  # type: ignore[call-overload,arg-type]
        if broken is not None and len(broken) < _MOST:
            rule = broken_rule(was.standing, was.open, act, start=str(start), steps=steps.at(str(at)))
            broken += [Broken(act.number, key[0], act.step, act.state_to, rule)] if rule else []
        project = act.project if binds(was.standing, was.open, act) else was.project
        found[key] = Stands(*advance(was.standing, was.open, act), project)
    return found


def replayed_tags(connection: Connection, broken: list[Broken] | None = None) -> dict[Key, Stands]:
    """:func:`replay_tags` over all decisions of the record; those that the workflow does not allow are added to ``broken``."""
    query = f"SELECT {', '.join(_LOOKED_AT)} FROM decisions ORDER BY number"  # noqa: S608  # our own columns
    result = connection.exec_driver_sql(query).yield_per(_AT_ONCE)
    return _replayed((tuple(row) for row in result), _TWO if broken is None else steps_over(connection), broken)


def differences(connection: Connection, broken: list[Broken] | None = None) -> Iterator[Difference]:
    """Every tag that is not what the decisions make of it, also one that is missing or that no decision accounts for.

    Decisions that the workflow does not allow are added to ``broken``.
    """
    follows = replayed_tags(connection, broken)
    query = f"SELECT receipt, edition, decided_project, {', '.join(STANDING)} FROM tags"  # noqa: S608  # our own columns
    for receipt, edition, project, *values in connection.exec_driver_sql(query).yield_per(_AT_ONCE):
        kept = Standing(*values)
        standing, _, decided = follows.pop((receipt, edition), _NOTHING)
        if standing.version == kept.version == 0:  # the machine's own proposal: nobody has decided yet
            standing = Standing(decision=kept.decision, code=kept.code, share_ppm=kept.share_ppm)
        if project != decided:
            yield Difference(receipt, edition, "decided_project", project, decided)
        if standing != kept:
            for name in Standing._fields:
                was, now = getattr(kept, name), getattr(standing, name)
                if was != now:
                    yield Difference(receipt, edition, name, was, now)
    for (receipt, edition), (standing, _, _) in follows.items():
        yield Difference(receipt, edition, "state", "", standing.state)
