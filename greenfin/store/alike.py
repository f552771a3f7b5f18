"""Many tags at once: those that stand alike share one kind, so that the rules look once at each kind and the rest is columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from greenfin.store.order import lead
from greenfin.store.standings import PG_TYPES, STANDING, Key, add_counts, open_proposals, rows_among, update_many
from greenfin.store.workflow import Open, Standing, workflow

T = TypeVar("T")
V = TypeVar("V")
_OF_KIND = ("state", *STANDING[2:], "branch", "is_changed")
_READ = ("receipt", "edition", "version", "project", "decided_project", "book", "amount_fen", "queue_key", *_OF_KIND)
_OWN, _STATE = len(_READ) - len(_OF_KIND), _READ.index("state")


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What tags have in common as far as the workflow asks; the version of ``standing`` is 0. Made once, compared as itself."""

    edition: str
    standing: Standing
    branch: str
    is_changed: bool
    open: Open


class Row(NamedTuple):
    """A tag: its kind and what is its own."""

    receipt: str
    edition: str
    version: int
    project: str
    decided_project: str
    book: str
    amount_fen: int | None
    queue_key: str
    kind: Kind

    @property
    def projects(self) -> frozenset[str]:
        """The project it was decided in and the one that the book names now."""
        return frozenset((self.project, self.decided_project)) - {""}


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """What an act does to the tags of a kind of which it asks the same: what the log says and how they stand after it.

    ``binds``: from now on they are decided in the project that the book names.
    """

    kind: Kind
    to: str
    decision: str
    code: str
    share_ppm: int | None
    day: str
    after: Standing
    is_changed: bool
    binds: bool


def rows_alike(connection: Connection, keys: Iterable[Key]) -> dict[Key, Row]:
    """The tags of these receipts and editions, with what waits over them; what is not there is not in the result."""
    by_edition: dict[str, list[str]] = defaultdict(list)
    for receipt, edition in keys:
        by_edition[edition].append(receipt)
    query = f"SELECT {', '.join(_READ)} FROM tags WHERE receipt {{among}} AND edition = ?"  # noqa: S608  # our own columns
    found = [tuple(row) for edition, receipts in by_edition.items() for row in rows_among(connection, query, receipts, edition)]
    waiting = workflow().waiting
    opens = open_proposals(connection, {row[2]: row[:2] for row in found if row[_STATE] in waiting})  # type: ignore[misc]  # as read
    kinds: dict[tuple[object, ...], Kind] = {}
    rows: dict[Key, Row] = {}
    for row in found:
        key: Key = row[:2]  # type: ignore[assignment]  # as read
        alike = (key[1], opens.get(key), row[_OWN:])
        kind = kinds.get(alike) or kinds.setdefault(alike, _kind(*alike))
        rows[key] = Row(*row[:_OWN], kind)  # type: ignore[call-arg, arg-type]  # as read
    return rows


def _kind(edition: str, open_: Open | None, values: tuple[object, ...]) -> Kind:
    state, *standing, branch, changed = values
    return Kind(edition, Standing(state, 0, *standing), str(branch), bool(changed), open_ or Open())  # type: ignore[arg-type]  # as read


def spread(things: Sequence[T], of: Callable[[T], V]) -> list[V]:
    """Something of each thing, asked once of every thing that is the same."""
    known = {thing: of(thing) for thing in set(things)}
    return [known[thing] for thing in things]


def write_moved(connection: Connection, rows: Sequence[Row], moves: Sequence[Move], versions: Sequence[int]) -> None:
    """Put each row where its move leads, with its new version, and keep the counts."""
    leads = spread(moves, lambda m: lead(is_changed=m.is_changed, decision=m.after.decision))
    columns: dict[str, Sequence[object]] = {name: spread(moves, partial(_after, name)) for name in STANDING}
    columns |= {
        "version": versions,
        "decided_project": [row.project if move.binds else row.decided_project for row, move in zip(rows, moves, strict=True)],
        "is_changed": spread(moves, attrgetter("is_changed")),
        "queue_key": [begin + row.queue_key[len(begin) :] for begin, row in zip(leads, rows, strict=True)],
    }
    names, keys = tuple(columns), ([row.receipt for row in rows], [row.edition for row in rows])
    values = sorted(zip(*columns.values(), *keys, strict=True), key=itemgetter(names.index("queue_key")))  # as the queue's indexes lie
    update_many(connection, "tags", names, ("receipt", "edition"), values, types=PG_TYPES)
    add_counts(connection, _counted(rows, moves))


def _after(name: str, move: Move) -> object:
    return getattr(move.after, name)


def _counted(rows: Sequence[Row], moves: Sequence[Move]) -> Mapping[tuple[str, str, str, str, bool], tuple[int, int]]:
    """By how much the counts change: out of where the rows stood, into where they stand."""
    amounts: dict[Move, list[int]] = defaultdict(list)
    for row, move in zip(rows, moves, strict=True):
        amounts[move].append(row.amount_fen or 0)
    found: dict[tuple[str, str, str, str, bool], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for move, fen in amounts.items():
        was = move.kind
        for sign, standing, is_changed in ((-1, was.standing, was.is_changed), (1, move.after, move.is_changed)):
            key = (was.edition, standing.state, was.branch, standing.decision, is_changed)
            tags, whole = found[key]
            found[key] = tags + sign * len(fen), whole + sign * sum(fen)
    return {key: change for key, change in found.items() if change != (0, 0)}
