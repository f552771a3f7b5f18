"""The log of events and the result of an audit in words. No streamlit here."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from greenfin.core.money import to_yuan
from greenfin.disclose.to_csv import safe_text
from greenfin.messages import Lang, say
from greenfin.messages.words import codes
from greenfin.store import events
from greenfin.store.audit import Verdict
from greenfin.store.events import EventEntry
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.ui.views.said import in_words
from greenfin.ui.views.units import money

MOST = 100_000  # lines of an export
_PAGE = 1_000
LONGEST = 100  # signs of a value in the detail
_SHA = re.compile(r"[0-9a-f]{64}")
_SHA_SHOWN = 10
_STATES = ("before", "after")
_FEN = "_fen"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events are wanted; an empty value does not restrict. Days are days of UTC, the last one with."""

    by: str = ""
    kind: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as it reads: ``at`` to the second (UTC), ``what`` in words, ``detail`` its counts and ids."""

    number: int
    at: str
    who: str
    kind: str
    what: str
    subject: str
    branch: str
    detail: str
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """An audit in words: whether all is as it was written, how much was looked at, findings by kind, and each finding."""

    same: bool
    words: str
    head: str
    kinds: tuple[tuple[str, int], ...]
    findings: tuple[tuple[str, str, str], ...]  # log, where, words


def page(store: Store, actor: Actor, asked: Asked, lang: Lang, *, before: int | None, size: int) -> tuple[tuple[Happened, ...], int | None]:
    """Events, the last first, and the number that the next page begins below (None: there is none). Raises Refused."""
    found = _read(store, actor, asked, before=before, limit=size + 1)
    return tuple(happened(one, lang) for one in found[:size]), found[size - 1].number if len(found) > size else None


def _read(store: Store, actor: Actor, asked: Asked, *, before: int | None, limit: int) -> tuple[EventEntry, ...]:
    since, until = _from(asked.first), _from(asked.last + timedelta(days=1)) if asked.last else ""
    return events.events(
        store, actor, kind=asked.kind, subject=asked.subject, by=asked.by, since=since, until=until, before=before, limit=limit
    )  # fmt: skip


def _from(day: date | None) -> str:
    return datetime.combine(day, time(), UTC).isoformat(timespec="microseconds") if day else ""


def happened(one: EventEntry, lang: Lang, *, whole: bool = False) -> Happened:
    """An event as it reads; ``whole``: with its fingerprints in full."""
    detail = _named(one.detail, lang)
    at = one.at[:19].replace("T", " ")
    subject, detail = (one.subject, detail) if whole else (shortened(one.subject), shortened(detail))
    return Happened(one.number, at, one.actor or "\u2014", one.kind, kind_words(one.kind, lang), subject, one.branch, detail, one.reason)


def shortened(text: str) -> str:
    """A text with its fingerprints cut to their beginnings.

    >>> shortened("pack:" + "ab" * 32)
    'pack:ababababab\u2026'
    """
    return _SHA.sub(lambda found: f"{found[0][:_SHA_SHOWN]}\u2026", text)


def _named(detail: Mapping[str, Any], lang: Lang) -> str:
    """What an event states, each under its name; a name without words as it is spelt."""
    return " · ".join(
        say("ui.audit.stated", lang, name=codes(lang).get(f"ui.audit.detail.{name}", name), value=_short(name, value, lang))
        for name, value in detail.items()
    )


def _short(name: str, value: object, lang: Lang) -> str:
    """A value of the detail: a list in full, a state before and after in words, other mappings by their number, a long text cut."""
    if isinstance(value, dict):
        return f"[{_named(value, lang)}]" if name in _STATES else str(len(value))
    if isinstance(value, bool):
        return say(f"ui.flag.{str(value).lower()}", lang)
    if isinstance(value, int) and name.endswith(_FEN):
        return money(Fraction(to_yuan(value)), lang)
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = codes(lang).get(f"{name}.{text}" if name == "role" else f"ui.audit.{name}.{text}", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\u2026"


def kind_words(kind: str, lang: Lang) -> str:
    """What a kind of event is called; one without words as it is spelt."""
    return codes(lang).get(f"ui.audit.kind.{kind}", kind)


def exported(store: Store, actor: Actor, asked: Asked, lang: Lang) -> bytes:
    """The events as CSV, the last first, at most :data:`MOST`. Raises Refused."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [say(f"ui.audit.column.{name}", lang) for name in ("number", "at", "who", "kind", "what", "subject", "branch", "detail", "reason")]
    )
    before: int | None = None
    for _ in range(MOST // _PAGE):
        found = _read(store, actor, asked, before=before, limit=_PAGE)
        lines = [happened(one, lang, whole=True) for one in found]
        writer.writerows(
            [str(one.number), *map(safe_text, (one.at, one.who, one.kind, one.what, one.subject, one.branch, one.detail, one.reason))]
            for one in lines
        )
        if len(found) < _PAGE:
            break
        before = found[-1].number
    return out.getvalue().encode("utf-8-sig")


def told(verdict: Verdict, lang: Lang) -> Told:
    """The result of an audit in words."""
    counted = Counter(finding.problem.code for finding in verdict.findings)
    kinds = tuple((codes(lang).get(f"ui.audit.finding.{code}", code), n) for code, n in counted.most_common())
    findings = tuple((f.log, f.problem.where, in_words(f.problem, lang)) for f in verdict.findings)
    words = say("ui.audit.same" if verdict.same else "ui.audit.differs", lang, blocks=verdict.blocks, rows=verdict.rows, n=len(findings))
    return Told(verdict.same, words, f"{verdict.head.number}:{verdict.head.sha256}" if verdict.head else "", kinds, findings)


def heads_of(text: str) -> Sequence[tuple[int, str]]:
    """The heads that somebody noted elsewhere, a line each: ``12:ab…``; a line of another form is passed over."""
    found = []
    for line in text.split():
        number, _, sha = line.partition(":")
        if number.isdecimal() and number.isascii() and len(sha) == len("ab" * 32):
            found.append((int(number), sha))
    return found
