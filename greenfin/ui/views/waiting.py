"""What of the record waits for a reader: his queue, what was returned to him, the watch list, how much is decided. No streamlit here."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction

from greenfin.core.money import to_yuan
from greenfin.disclose.printed import number
from greenfin.messages import Lang, say
from greenfin.store import people, queue
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, may
from greenfin.store.watch import REASONS, Watched
from greenfin.store.watch import watch as watched_of
from greenfin.store.workflow import IN_FORCE, PROPOSED, REPORTED, RETURNED, workflow
from greenfin.ui.views.home import Tile, address
from greenfin.ui.views.units import money

_MOST = 1_000
_OF_QUEUE = ("propose", "approve", "report")
_BEGUN = {"measure": "calculator", "attach_evidence": "review"}
_DECIDED = (IN_FORCE, REPORTED)


def waiting(store: Store, actor: Actor, lang: Lang) -> tuple[Tile, ...]:
    """The parts of the queue that the reader may act upon, with their amounts. Raises Refused."""
    made = []
    if may(actor, "approve"):
        made += [_part(store, actor, lang, state=state) for state in workflow().waiting]
    if may(actor, "propose"):
        made += [_returned(store, actor, lang), _part(store, actor, lang, state=PROPOSED)]
        made.append(_part(store, actor, lang, is_changed=True))
    if may(actor, "report"):
        made.append(_part(store, actor, lang, state=IN_FORCE, words="ui.home.to_report"))
    return tuple(tile for tile in made if tile is not None)


def begins(actor: Actor, lang: Lang) -> tuple[tuple[str, str], ...]:
    """What a reader may begin whose work does not come out of the queue: words and address."""
    if any(may(actor, action) for action in _OF_QUEUE):
        return ()
    return tuple((say(f"ui.home.begin.{action}", lang), address(page, lang)) for action, page in _BEGUN.items() if may(actor, action))


def _part(store: Store, actor: Actor, lang: Lang, *, state: str = "", is_changed: bool | None = None, words: str = "") -> Tile | None:
    """A part of the queue with its count; None where nothing is in it."""
    found = queue.counted(store, actor, queue.Filter(states=(state,) if state else (), is_changed=is_changed))
    if found is None or not found.tags:
        return None
    name = say(words or (f"state.{state}" if state else "watch.changed_proposal"), lang)
    return Tile(name, _loans(f"{found.tags:,}", lang), _amount(found.amount_fen, lang), address("review", lang, state=state), "review")


def _returned(store: Store, actor: Actor, lang: Lang) -> Tile | None:
    rows = queue.page(store, actor, queue.Filter(states=(RETURNED,), maker=actor.user), limit=_MOST)
    if not rows.rows:
        return None
    count = f"{len(rows.rows):,}" + ("+" if rows.after else "")
    amount = _amount(sum(row.tag.amount_fen for row in rows.rows), lang)
    return Tile(say("ui.home.returned", lang), _loans(count, lang), amount, address("review", lang, state=RETURNED), "rejected")


def _amount(fen: int, lang: Lang) -> str:
    return money(Fraction(to_yuan(fen)), lang)


def _loans(count: str, lang: Lang) -> str:
    return say("ui.home.n_loans", lang, n=count)


def decided(store: Store, actor: Actor, lang: Lang) -> Tile | None:
    """How much of what the reader may see two people have decided, by amount. Raises Refused."""
    if not may(actor, "read_loans"):
        return None
    every, done = queue.counted(store, actor), queue.counted(store, actor, queue.Filter(states=_DECIDED))
    if not every or not done or not every.amount_fen:
        return None
    share = number(Fraction(100 * done.amount_fen, every.amount_fen), 2)
    below = say("ui.home.decided_of", lang, n=f"{done.tags:,}", total=f"{every.tags:,}")
    return Tile(say("ui.home.decided", lang), f"{share}%", below, address("review", lang, state=IN_FORCE), "green")


def watched(store: Store, actor: Actor, lang: Lang, *, on: date | None = None) -> tuple[Tile, ...]:
    """The watch list of a day (today in UTC) by reason, with the first day that fell or falls due. Raises Refused."""
    if not may(actor, "read_loans"):
        return ()
    found = watched_of(store, actor, as_of=on or datetime.now(UTC).date())
    count = Counter(one.reason for one in found)
    return tuple(_watch_tile(reason, found, count[reason], lang) for reason in REASONS if count[reason])


def _watch_tile(reason: str, found: tuple[Watched, ...], count: int, lang: Lang) -> Tile:
    days = [one.day for one in found if one.reason == reason and one.day]
    below = say("ui.home.since", lang, day=min(days).isoformat()) if days else ""
    first = next(one.receipt for one in found if one.reason == reason)
    return Tile(say(f"watch.{reason}", lang), _loans(f"{count:,}", lang), below, address("review", lang, receipt=first), "rejected")


def accounts(store: Store, actor: Actor, lang: Lang, *, at: datetime | None = None) -> tuple[Tile, ...]:
    """The users by state, for those who may see them. Raises Refused."""
    if not may(actor, "read_users"):
        return ()
    now = at or datetime.now(UTC)
    count = Counter(person.state(now) for person in people.users(store, actor))
    return tuple(
        Tile(say(f"people.{state}", lang), say("ui.home.n_users", lang, n=f"{n:,}"), "", "", "book") for state, n in sorted(count.items())
    )
