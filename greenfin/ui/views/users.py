"""The users of the record as a list, and what an administrator is asked for. No streamlit here."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from greenfin.messages import Lang, say
from greenfin.store.opening import Store
from greenfin.store.people import Person, users
from greenfin.store.permissions import EVERY_BRANCH, Actor

COLUMNS = ("user", "name", "role", "branches", "way", "state", "since")
_SECRET_BYTES = 12
_AT_ONCE = 2  # seconds
_BETWEEN = re.compile(r"[\s,;\u3001\uff0c\uff1b]+")
_DAY = len("2026-01-05")
_COLOURS = {"active": "passed", "must_change": "warning", "locked": "error", "disabled": "error"}


@dataclass(frozen=True, slots=True)
class Row:
    """A user: ``cells`` by :data:`COLUMNS` in words, ``css`` the colour of his state; ``branches`` as they are typed."""

    name: str
    role: str
    branches: str
    state: str
    cells: tuple[str, ...]
    css: str
    issuer: str
    subject: str

    @property
    def is_open(self) -> bool:
        """Whether nothing but a first password keeps him out."""
        return self.state in ("active", "must_change")


def rows(store: Store, actor: Actor, lang: Lang, *, at: datetime | None = None) -> tuple[Row, ...]:
    """Every user by name. Raises Refused."""
    moment = at or datetime.now(UTC)
    return tuple(_row(person, lang, moment) for person in users(store, actor))


def _row(person: Person, lang: Lang, at: datetime) -> Row:
    state = person.state(at)
    branches = begun(say("people.every_branch", lang)) if EVERY_BRANCH in person.branches else " ".join(person.branches) or "\u2014"
    way = person.issuer or begun(say("ui.users.by_password", lang))
    since = person.created_at[:_DAY]
    told = (
        person.name,
        person.display_name or "\u2014",
        role_words(person.role, lang),
        branches,
        way,
        begun(say(f"people.{state}", lang)),
        since,
    )
    return Row(person.name, person.role, " ".join(person.branches), state, told, _COLOURS[state], person.issuer, person.subject)


def role_words(role: str, lang: Lang) -> str:
    """A role as it stands in a list."""
    return begun(say(f"role.{role}", lang))


def begun(words: str) -> str:
    """Words as they begin a line.

    >>> begun("must change"), begun("ESG officer"), begun("")
    ('Must change', 'ESG officer', '')
    """
    return words[:1].upper() + words[1:]


def first_password() -> str:
    """A password to be given to a user and changed by him at once."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def branches_in(typed: str) -> tuple[str, ...]:
    """Branch codes as they are typed, between spaces or commas.

    >>> branches_in("0101, 0102\u30010103")
    ('0101', '0102', '0103')
    """
    return tuple(filter(None, _BETWEEN.split(typed)))


def is_shown_still(since: float, now: float) -> bool:
    """Whether what was first drawn at ``since`` (seconds; infinite: never yet) is drawn again: a page may be broken off while it is drawn,
    and is drawn anew at once; what it told would be lost with it."""
    return now - since <= _AT_ONCE
