"""The review queue: pages by key in the declared order (``queue.toml``), fast at a million tags, and its counts.

A page is read along an index (edition, state, key; before it the branch or the entry), so its cost does not grow with the store. What
no index answers (score; an entry within branches) is looked for in a window of bounded length: such a page may come back short, with the
key to go on from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import Connection

from greenfin.store.opening import Store
from greenfin.store.order import RANKS, order, spans
from greenfin.store.permissions import Actor, allowed_branches
from greenfin.store.standings import READ, TagRow, project_rows, row_of, rows_among, waiting_over
from greenfin.store.workflow import Open, workflow
from greenfin.store.writing import reading

LIMIT = 50
_MOST = 1_000
_MORE = ("score", "reason", "needs", "rule", "proposal_decision", "proposal_code", "proposal_score")
_COLUMNS = ", ".join((*READ, *_MORE))
_WINDOW = 500
_FEW = 2
_MOST_BRANCHES = 8
Clause = tuple[str, tuple[Any, ...]]
Place = tuple[Clause, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the queue is wanted; None and empty mean all. ``decision`` is the class asked for or in force; amounts are fen.

    ``maker``: proposed last by this user.
    """

    states: tuple[str, ...] = ()
    edition: str | None = None
    branch: str | None = None
    code: str | None = None
    decision: str | None = None
    reason: str | None = None
    is_changed: bool | None = None
    least_fen: int | None = None
    most_fen: int | None = None
    least_score: float | None = None
    most_score: float | None = None
    maker: str | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A tag in the queue, with what the machine says and, where something waits, what is asked for and by whom."""

    tag: TagRow
    score: float | None
    reason: str
    needs: str
    rule: str
    proposal_decision: str
    proposal_code: str
    proposal_score: float | None
    open: Open


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the declared order; ``after`` is the key to go on from, empty at the end."""

    rows: tuple[QueueRow, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many tags and their amount in fen."""

    tags: int
    amount_fen: int


def page(store: Store, actor: Actor, wanted: Filter | None = None, *, after: str = "", limit: int = LIMIT) -> Page:
    """The next rows of the queue that the actor may see. Raises Refused."""
    chosen = wanted or Filter()
    branches = allowed_branches(actor, "read_loans")
    with reading(store) as session:
        connection = session.connection()
        found, more = _found(connection, chosen, branches, after, min(max(limit, 1), _MOST))
        tags = [row_of(row[: len(READ)]) for row in found]
        opens = waiting_over(connection, tags)
    rows = [_queue_row(tag, row[len(READ) :], opens.get(tag.key, Open())) for tag, row in zip(tags, found, strict=True)]
    return Page(tuple(rows), more)


def _queue_row(tag: TagRow, more: Sequence[Any], open_: Open) -> QueueRow:
    score, reason, needs, rule, proposal_decision, proposal_code, proposal_score = more
    return QueueRow(tag, score, reason, needs, rule, proposal_decision, proposal_code, proposal_score, open_)


def whole_page(
    store: Store, actor: Actor, wanted: Filter | None = None, *, after: str = "", limit: int = LIMIT, windows: int | None = None
) -> Page:
    """A page with as many rows as were asked for, where there are so many; it looks into no more than so many ``windows``, if given.

    Raises Refused.
    """
    rows: list[QueueRow] = []
    looked = 0
    while True:
        found = page(store, actor, wanted, after=after, limit=limit - len(rows))
        rows += found.rows
        after, looked = found.after, looked + 1
        if not after or len(rows) >= limit or looked == windows:
            return Page(tuple(rows), after)


def pages(store: Store, actor: Actor, wanted: Filter | None = None, *, limit: int = _MOST) -> Iterator[QueueRow]:
    """Every row of the queue that the filter wants, page by page."""
    after = ""
    while True:
        found = page(store, actor, wanted, after=after, limit=limit)
        yield from found.rows
        after = found.after
        if not after:
            return


def counted(store: Store, actor: Actor, wanted: Filter | None = None) -> Count | None:
    """How many the filter wants, from the kept counts; None where these do not tell (entry, reason, amount, score, maker)."""
    chosen = wanted or Filter()
    branches = allowed_branches(actor, "read_loans")
    beyond = (chosen.code, chosen.reason, chosen.least_fen, chosen.most_fen, chosen.least_score, chosen.most_score, chosen.maker)
    if beyond != (None,) * len(beyond):
        return None
    clauses: list[Clause] = [("tags <> 0", ())]
    if chosen.states:
        clauses.append(_one_of("state", chosen.states))
    if chosen.edition is not None:
        clauses.append(("edition = ?", (chosen.edition,)))
    if (seen := _branches(chosen, branches)) is not None:
        clauses.append(_one_of("branch", seen))
    if chosen.decision is not None:
        clauses.append(("decision = ?", (chosen.decision,)))
    if chosen.is_changed is not None:
        clauses.append(("is_changed = ?", (chosen.is_changed,)))
    sql = f"SELECT coalesce(sum(tags), 0), coalesce(sum(amount_fen), 0) FROM tag_counts WHERE {' AND '.join(c for c, _ in clauses)}"  # noqa: S608
    with reading(store) as session:
        tags, fen = next(iter(_rows(session.connection(), sql, tuple(p for _, ps in clauses for p in ps))))
    return Count(int(tags), int(fen))


@dataclass(frozen=True, slots=True)
class Offers:
    """Editions and branches that there are tags of, sorted."""

    editions: tuple[str, ...]
    branches: tuple[str, ...]


def offers(store: Store, actor: Actor) -> Offers:
    """What the queue can be asked for, as far as the actor may see it. Raises Refused."""
    branches = allowed_branches(actor, "read_loans")
    with reading(store) as session:
        rows = _rows(session.connection(), "SELECT DISTINCT edition, branch FROM tag_counts WHERE tags <> 0", ())
    seen = [(str(edition), str(branch)) for edition, branch in rows if branches is None or branch in branches]
    return Offers(tuple(sorted({e for e, _ in seen})), tuple(sorted({b for _, b in seen})))


def _rows(connection: Connection, sql: str, params: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
    return connection.exec_driver_sql(sql if connection.dialect.name == "sqlite" else sql.replace("?", "%s"), params).fetchall()


def _one_of(column: str, values: Sequence[Any]) -> Clause:
    return (f"{column} IN ({', '.join('?' * len(values))})", tuple(values)) if values else ("1 = 0", ())


def _branches(chosen: Filter, allowed: frozenset[str] | None) -> tuple[str, ...] | None:
    """The branches to look in; None for all of them."""
    if chosen.branch is not None:
        return (chosen.branch,) if allowed is None or chosen.branch in allowed else ()
    return None if allowed is None else tuple(sorted(allowed))


def _editions(connection: Connection) -> list[str]:
    """The editions that there are tags of, one step of the index each."""
    found: list[str] = []
    while rows := _rows(connection, "SELECT edition FROM tags WHERE edition > ? ORDER BY edition LIMIT 1", (found[-1] if found else "",)):
        found.append(str(rows[0][0]))
    return found


def _places(connection: Connection, chosen: Filter, branches: tuple[str, ...] | None) -> list[Clause]:
    """The stretches of an index to read along: each a fixed branch (or entry), edition and state."""
    editions = [chosen.edition] if chosen.edition is not None else _editions(connection)
    states = chosen.states or workflow().states
    if branches is not None:
        return [("branch = ? AND edition = ? AND state = ?", key) for key in product(branches, editions, states)]
    if chosen.code is not None:
        return [("code = ? AND edition = ? AND state = ?", (chosen.code, *key)) for key in product(editions, states)]
    return [("edition = ? AND state = ?", key) for key in product(editions, states)]


def _others(chosen: Filter, branches: tuple[str, ...] | None, *, is_wide: bool) -> list[Clause]:
    """What no index answers."""
    found: list[Clause] = [_one_of("branch || ''", branches or ())] if is_wide else []
    if chosen.code is not None and branches is not None and not is_wide:
        found.append(("code || '' = ?", (chosen.code,)))  # not by the entry's index
    if chosen.reason is not None and chosen.reason not in order().reasons:
        found.append(("reason = ?", (chosen.reason,)))
    if chosen.decision is not None and chosen.decision not in order().decisions:
        found.append(("decision = ?", (chosen.decision,)))
    if chosen.least_score is not None:
        found.append(("score >= ?", (chosen.least_score,)))
    if chosen.most_score is not None:
        found.append(("score <= ?", (chosen.most_score,)))
    if chosen.maker is not None:
        found.append(("maker = ?", (chosen.maker,)))
    return found


def _found(
    connection: Connection, chosen: Filter, allowed: frozenset[str] | None, after: str, limit: int
) -> tuple[list[Sequence[Any]], str]:
    """The rows of a page, and the key to go on from."""
    branches = _branches(chosen, allowed)
    is_wide = branches is not None and len(branches) > _MOST_BRANCHES
    places = _places(connection, chosen, None if is_wide else branches)
    others = _others(chosen, branches, is_wide=is_wide)
    ranges = spans(
        is_changed=chosen.is_changed,
        decision=chosen.decision,
        reason=chosen.reason,
        least_fen=chosen.least_fen,
        most_fen=chosen.most_fen,
    )
    ranges = tuple((max(low, after), high) for low, high in ranges if high > after)
    ahead = [(place, _present(connection, place, ranges)) for place in places]
    ahead = [(place, there) for place, there in ahead if there]
    if not ahead:
        return [], ""
    end = _window_end(connection, ahead) if others else None
    found = _stretch(connection, ahead, others, end=end, limit=limit + 1)
    if len(found) > limit:
        return found[:limit], str(found[limit - 1][_KEY])
    return found, end or ""


_KEY = READ.index("queue_key")


def _present(connection: Connection, place: Clause, ranges: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The ranges of which the place has any tags, where there are many: one step of the index for each rank that there is."""
    if len(ranges) <= _FEW:
        return ranges
    where, values = place
    sql = (
        f"WITH RECURSIVE r(k) AS (SELECT min(queue_key) FROM tags WHERE {where} AND queue_key > ? UNION ALL"  # noqa: S608  # our own names
        f" SELECT (SELECT min(queue_key) FROM tags WHERE {where} AND queue_key > substr(r.k, 1, {RANKS}) || 'g')"
        f" FROM r WHERE r.k IS NOT NULL) SELECT substr(k, 1, {RANKS}) FROM r WHERE k IS NOT NULL"
    )
    ranks = {str(row[0]) for row in _rows(connection, sql, (*values, ranges[0][0][:RANKS], *values))}
    return tuple(span for span in ranges if span[1][:RANKS] in ranks)


def _parts(ahead: Sequence[Place]) -> list[Clause]:
    """One clause a range of each place."""
    return [(f"{where} AND queue_key > ? AND queue_key < ?", (*values, *span)) for (where, values), spans_ in ahead for span in spans_]


def _up_to(ahead: Sequence[Place], end: str) -> list[Place]:
    """The ranges as far as a key, and with it."""
    cut = [(place, tuple((low, min(high, f"{end}0")) for low, high in there if low <= end)) for place, there in ahead]
    return [(place, there) for place, there in cut if there]


def _window_end(connection: Connection, ahead: Sequence[Place]) -> str | None:
    """The key up to which a window reaches; None where it holds all that is left."""
    asked = _parts(ahead)
    sql = " UNION ALL ".join(
        f"SELECT * FROM (SELECT queue_key FROM tags WHERE {where} ORDER BY queue_key LIMIT 1 OFFSET {_WINDOW}) AS w{n}"  # noqa: S608
        for n, (where, _) in enumerate(asked)
    )
    return min((str(row[0]) for row in _rows(connection, sql, tuple(p for _, ps in asked for p in ps))), default=None)


def _stretch(
    connection: Connection, ahead: Sequence[Place], others: Sequence[Clause], *, end: str | None, limit: int
) -> list[Sequence[Any]]:
    """Rows of these ranges up to the window's end, in order."""
    more = "".join(f" AND {where}" for where, _ in others)
    last = tuple(p for _, ps in others for p in ps)
    asked = _parts(ahead if end is None else _up_to(ahead, end))
    parts = " UNION ALL ".join(
        f"SELECT * FROM (SELECT {_COLUMNS} FROM tags WHERE {where}{more} ORDER BY queue_key LIMIT {limit}) AS p{n}"  # noqa: S608
        for n, (where, _) in enumerate(asked)
    )
    sql = f"SELECT * FROM ({parts}) AS q ORDER BY queue_key LIMIT {limit}"  # noqa: S608
    return list(_rows(connection, sql, tuple(p for _, ps in asked for p in (*ps, *last))))


def tags_of(store: Store, actor: Actor, receipts: Sequence[str], *, edition: str | None = None) -> list[TagRow]:
    """How receipts stand now, in their order, under an edition or all of them; what the actor may not see is not there. Raises Refused."""
    branches = allowed_branches(actor, "read_loans")
    query = f"SELECT {', '.join(READ)} FROM tags WHERE receipt {{among}}" + ("" if edition is None else " AND edition = ?")  # noqa: S608
    with reading(store) as session:
        others = () if edition is None else (edition,)
        found = [row_of(row) for row in rows_among(session.connection(), query, list(receipts), *others)]
    place = {receipt: at for at, receipt in enumerate(receipts)}
    return sorted((t for t in found if branches is None or t.branch in branches), key=lambda t: (place[t.receipt], t.edition))


def project_tags(store: Store, actor: Actor, tags: Sequence[TagRow]) -> list[TagRow]:
    """The tags of the projects of these, and of theirs, with them; what the actor may not see is left out. Raises Refused."""
    branches = allowed_branches(actor, "read_loans")
    found = {tag.key: tag for tag in tags}
    with reading(store) as session:
        for edition in sorted({tag.edition for tag in tags}):
            known, ahead = set[str](), {project for tag in tags if tag.edition == edition for project in tag.projects}
            while ahead:
                more = project_rows(session.connection(), sorted(ahead), edition)
                found |= {tag.key: tag for tag in more}
                known |= ahead
                ahead = {project for tag in more for project in tag.projects} - known
    return [tag for _, tag in sorted(found.items()) if branches is None or tag.branch in branches]


def rows_of(store: Store, actor: Actor, receipt: str) -> list[QueueRow]:
    """A receipt in the queue, one row an edition; empty where the actor may not see it. Raises Refused."""
    branches = allowed_branches(actor, "read_loans")
    with reading(store) as session:
        connection = session.connection()
        found = _rows(connection, f"SELECT {_COLUMNS} FROM tags WHERE receipt = ? ORDER BY edition", (receipt,))  # noqa: S608
        tags = [row_of(row[: len(READ)]) for row in found]
        opens = waiting_over(connection, tags)
    rows = [_queue_row(tag, row[len(READ) :], opens.get(tag.key, Open())) for tag, row in zip(tags, found, strict=True)]
    return [row for row in rows if branches is None or row.tag.branch in branches]
