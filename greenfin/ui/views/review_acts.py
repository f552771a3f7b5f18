"""What a reader may do with a loan as it stands, and doing it: one call of the record, told in words. No streamlit here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from greenfin.core.problems import Outcome, error
from greenfin.messages import Lang, say
from greenfin.reference.load import Reference
from greenfin.reference.search import hits
from greenfin.store import decisions
from greenfin.store.decisions import Done, Items, Wanted
from greenfin.store.evidence import evidence_rules
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, may
from greenfin.store.queue import QueueRow, project_tags
from greenfin.store.standings import TagRow
from greenfin.store.steps import steps_used
from greenfin.store.workflow import APPROVE, CORRECT, PROPOSE, RECALL, RETURN, WITHDRAW, WITHDRAWN, bars, may_recall, target, workflow
from greenfin.tag.normalise import fold
from greenfin.ui.views.said import tell

GREEN, NOT_GREEN, REVIEW = decisions.VERDICTS
FOUND = 8
_MEGABYTE = 1_000_000
_ACTS = (PROPOSE, CORRECT, WITHDRAW, APPROVE, RETURN, RECALL)


@dataclass(frozen=True, slots=True)
class Class:
    """What is asked for: a decision, the entry of a green one, and its share in millionths (None: as it is)."""

    decision: str
    code: str = ""
    share_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an act: how many were done, where they stand now, and why the others were left out, in words."""

    done: int
    words: str
    left: tuple[str, ...]
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts, in which record, by which reference data, in which language, on which day."""

    store: Store
    actor: Actor
    reference: Reference
    lang: Lang
    today: date


@dataclass(frozen=True, slots=True)
class Open:
    """Which acts the reader may do with a loan, and why he may not approve it where something waits (empty: nothing bars him)."""

    acts: frozenset[str]
    barred: str = ""

    def __contains__(self, act: str) -> bool:
        return act in self.acts


def open_to(store: Store, actor: Actor, row: QueueRow, lang: Lang) -> Open:
    """The acts of :data:`_ACTS` that the workflow and the permissions give the reader over a loan. Raises Refused."""
    steps, standing = steps_used(store), row.tag.standing
    found = {
        act
        for act in _ACTS
        if may(actor, act, row.tag.branch) and target(standing, RETURN if act == RECALL else act, steps=steps, open_=row.open) is not None
    }
    if not may_recall(row.open, actor.user):
        found.discard(RECALL)
    barred = APPROVE in found and bars(row.open, actor.user)
    words = tell(error("store.maker_is_checker", "", user=actor.user), lang) if barred else ""
    return Open(frozenset(found - {APPROVE} if barred else found), words)


def items_of(rows: Sequence[TagRow]) -> Items:
    """These tags as the reader saw them: what has changed since is left out."""
    return Items([t.receipt for t in rows], [t.edition for t in rows], [t.standing.version for t in rows])


def ask(doer: Doer, rows: Sequence[QueueRow], wanted: Class, *, reason: str, on: date | None = None) -> Told:
    """A maker asks for a class: a proposal where nothing stands in force yet, else a correction of the whole project, from ``on`` (today
    where no day is given). Raises Refused."""
    tags = [row.tag for row in rows]
    if all(tag.standing.state in workflow().openings[PROPOSE].starts for tag in tags):
        done = decisions.propose(
            doer.store, doer.actor, items_of(tags), _same(wanted, tags), reference=doer.reference, reason=reason, effective_on=on
        )
        return _told(doer, PROPOSE, done)
    whole = _with_projects(doer, tags)
    asked, day = _same(wanted, whole), on or doer.today
    done = decisions.correct(doer.store, doer.actor, items_of(whole), asked, reference=doer.reference, reason=reason, effective_on=day)
    return _told(doer, CORRECT, done)


def _same(wanted: Class, tags: Sequence[TagRow]) -> Wanted:
    n = len(tags)
    return Wanted([wanted.decision] * n, [wanted.code if wanted.decision != NOT_GREEN else ""] * n, [wanted.share_ppm] * n)


def _with_projects(doer: Doer, tags: Sequence[TagRow]) -> list[TagRow]:
    """With the other receipts of their projects that stand in force: a correction is for all of them."""
    starts = workflow().openings[CORRECT].starts - {WITHDRAWN}
    own = {tag.key for tag in tags}
    return [tag for tag in project_tags(doer.store, doer.actor, tags) if tag.key in own or tag.standing.state in starts]


def agree(doer: Doer, rows: Sequence[QueueRow], *, reason: str, on: date | None = None) -> Told:
    """A maker asks for what the machine proposes of each. Raises Refused."""
    tags = [row.tag for row in rows]
    wanted = Wanted(
        [row.proposal_decision for row in rows], [row.proposal_code if row.proposal_decision != NOT_GREEN else "" for row in rows]
    )
    done = decisions.propose(doer.store, doer.actor, items_of(tags), wanted, reference=doer.reference, reason=reason, effective_on=on)
    return _told(doer, PROPOSE, done)


def withdraw(doer: Doer, row: QueueRow, *, cause: str, reason: str = "", on: date | None = None) -> Told:
    """A maker asks that a tag ends on a day (today where none is given). Raises Refused."""
    done = decisions.withdraw(doer.store, doer.actor, items_of([row.tag]), cause=cause, reason=reason, on=on or doer.today)
    return _told(doer, WITHDRAW, done)


def approve(doer: Doer, rows: Sequence[QueueRow], *, reason: str = "", on: date | None = None) -> Told:
    """The next approval of loans that are alike. Raises Refused."""
    return _told(doer, APPROVE, decisions.approve(doer.store, doer.actor, items_of([row.tag for row in rows]), reason=reason, on=on))


def send_back(doer: Doer, rows: Sequence[QueueRow], *, reason: str) -> Told:
    """Back to the maker, with the reason. Raises Refused."""
    return _told(doer, RETURN, decisions.return_(doer.store, doer.actor, items_of([row.tag for row in rows]), reason=reason))


def take_back(doer: Doer, rows: Sequence[QueueRow]) -> Told:
    """One's own proposals, before anybody has approved them. Raises Refused."""
    return _told(doer, RECALL, decisions.recall(doer.store, doer.actor, items_of([row.tag for row in rows])))


def _told(doer: Doer, act: str, done: Outcome[Done]) -> Told:
    n, lang = len(done.value), doer.lang
    state = say(f"state.{done.value.states[0]}", lang) if n else ""
    code = "ui.review.done" if n else "ui.review.nothing_done"
    left = tuple(f"{p.where} {tell(p, lang)}".strip() for p in done.problems)
    return Told(n, say(code, lang, act=act, n=n, state=state, receipt=done.value.receipts[0] if n == 1 else ""), left, done.value.receipts)


def sure(row: QueueRow) -> Class | None:
    """What a maker agrees to by one key: the machine's green with its entry, or its not green; None where it leaves the question open."""
    if row.proposal_decision == GREEN and row.proposal_code:
        return Class(GREEN, row.proposal_code)
    return Class(NOT_GREEN) if row.proposal_decision == NOT_GREEN else None


def found(reference: Reference, edition: str, words: str) -> tuple[tuple[str, str, str], ...]:
    """Leaves of an edition by Chinese or English words, pinyin or its initials, or code, the nearest first: (code, Chinese, English)."""
    catalogue = reference.catalogues.get(edition)
    if catalogue is None or not words.strip():
        return ()
    leaves = [hit.entry for hit in hits(catalogue, words if words.isascii() else fold(words)) if hit.entry.is_leaf]
    return tuple((entry.code, entry.name_zh, entry.name_en) for entry in leaves[:FOUND])


def at_once(row: QueueRow, open_: Open) -> tuple[str, ...]:
    """The acts that many loans like this one may be given at once."""
    if APPROVE in open_ or RETURN in open_:
        return tuple(act for act in ("approve", "return") if act in open_)
    if PROPOSE not in open_:
        return ()
    offered = ("agree" if sure(row) else "green" if row.proposal_code else "", "not_green")
    return tuple(act for act in offered if act)


def one_kind(rows: Sequence[QueueRow], row: QueueRow) -> tuple[QueueRow, ...]:
    """Of the rows those to be decided with one: the same edition and state, and what is asked for; before anything is asked for, what the
    machine says and by which rule and reason."""

    def kind(of: QueueRow) -> tuple[object, ...]:
        asked = of.open
        if asked.act:
            return of.tag.edition, of.tag.standing.state, asked.act, asked.decision, asked.code, asked.share_ppm
        machine = (of.proposal_decision, of.proposal_code, of.rule, of.reason)
        return of.tag.edition, of.tag.standing.state, of.tag.is_changed, machine

    return tuple(of for of in rows if kind(of) == kind(row))


def most_megabytes() -> int:
    """The size of the largest document that is taken, in whole megabytes."""
    return evidence_rules().max_bytes // _MEGABYTE
