"""One loan before a reviewer: its text, candidates with their rules, papers, similar loans, the catalogue's words. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from greenfin import tag as tagger
from greenfin.core.records import Book
from greenfin.disclose.printed import pick
from greenfin.messages import Lang, say
from greenfin.messages.words import codes
from greenfin.reference.attached import Attached, texts_of
from greenfin.reference.catalogue import Catalogue
from greenfin.reference.load import Reference
from greenfin.ruled import Ruled, ruled
from greenfin.store.evidence import Document, evidence_of, evidence_rules
from greenfin.store.hashed import EVIDENCE, check_file
from greenfin.store.history import history, machine_views, readable, readable_documents
from greenfin.store.needs import NeedState, needs_on
from greenfin.store.one_loan import book_of_loan
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.queue import QueueRow
from greenfin.ui.views.loan import PROJECT_TEXT, Text, titled, worded
from greenfin.ui.views.loan import texts_of as bank_texts
from greenfin.ui.views.loans import yuan
from greenfin.ui.views.review import class_of
from greenfin.ui.views.review_like import Alike, decided_alike
from greenfin.ui.views.said import in_words

CANDIDATES = 6
_SHA_SHOWN = 12
_FACTS = ("product", "industry_use", "region_use", "approved_on", "start_on", "due_on", "project_id", "contract_no")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that the loan may belong to: why it is offered, how likely the machine finds it, and what the rules about it say."""

    code: str
    name: str
    why: str
    score: str
    rules: tuple[Ruled, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """A paper that is asked for: ``state`` is met, expired, elsewhere or open; ``answered_by`` the kinds of paper that answer it."""

    need: str
    words: str
    state: str
    state_words: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of the record, printed. ``wrong``: why it cannot be opened (gone, or no longer what its sha256 says), in words."""

    sha256: str
    kind: str
    name: str
    until: str
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """What the catalogue says of an entry (names and texts), and the bank's own copies of its official words (heading, text)."""

    title: str
    said: tuple[tuple[str, str], ...]
    copies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A decision that was taken: its moment, who, what, to which class, why."""

    at: str
    actor: str
    act: str
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """All of one loan. ``asked`` says what waits and who asked for it (empty: nothing); ``machine`` what the machine says."""

    receipt: str
    borrower: str
    machine: str
    asked: str
    texts: tuple[Text, ...]
    outcome: str
    candidates: tuple[Candidate, ...]
    general: tuple[Ruled, ...]
    needs: tuple[Need, ...]
    papers: tuple[Paper, ...]
    alike: tuple[Alike, ...]
    clause: Clause | None
    facts: tuple[tuple[str, str], ...]
    past: tuple[Past, ...]


def review(
    store: Store, actor: Actor, row: QueueRow, *, reference: Reference, copies: Sequence[Attached] = (), lang: Lang, on: date
) -> Review:
    """A loan of the queue as the reader may see it; papers as they hold ``on`` a day. Raises Refused."""
    tag = row.tag
    book = book_of_loan(store, actor, tag)
    view = next((one for one in machine_views(store, actor, tag.receipt) if one["edition"] == tag.edition), {})
    loan: Mapping[str, Any] = next(iter(book.loans.to_pylist()), {})
    catalogue = reference.catalogues.get(tag.edition)
    rules, second = _judged(book, reference, tag.edition, tag.receipt, lang)
    decision, code = class_of(row)
    papers = readable_documents(store, actor, tag.receipt, evidence_of(store, actor, tag.receipt))
    regions = reference.regions if any(p.region for p in papers) else None
    needs = needs_on(store, actor, tag.receipt, tag.edition, on=on, regions=regions)
    best = code or row.proposal_code or (second[0] if second else "")
    alike = decided_alike(store, actor, tag, codes=[c for c in dict.fromkeys((best, row.proposal_code)) if c], lang=lang)
    shown = tuple(_candidates(row, rules, second=second, alike=alike, catalogue=catalogue, lang=lang))
    return Review(
        receipt=tag.receipt,
        borrower=str(loan.get("customer_name") or ""),
        machine=_machine(row, view, catalogue, lang),
        asked=_asked(store, actor, row, catalogue, lang),
        texts=tuple(bank_texts({**loan, "project": _project(book)}, view.get("evidence", []), lang)),
        outcome=decision or row.proposal_decision,
        candidates=shown,
        general=tuple(r for r in rules if not any(r in c.rules for c in shown)),
        needs=tuple(_need(one, lang) for one in needs),
        papers=tuple(_paper(store, one, lang) for one in papers),
        alike=alike,
        clause=clause(catalogue, best, reference=reference, copies=copies, lang=lang) if catalogue else None,
        facts=tuple(_facts(loan, lang)),
        past=tuple(_past(one, lang) for one in reversed(history(store, actor, tag.receipt)) if one["edition"] == tag.edition),
    )


def _project(book: Book) -> str:
    row = next(iter(book.projects.to_pylist()), None)
    return " ".join(str(row[name] or "") for name in PROJECT_TEXT).strip() if row else ""


def _judged(
    book: Book, reference: Reference, edition: str, receipt: str, lang: Lang
) -> tuple[tuple[Ruled, ...], tuple[str, float | None] | None]:
    """What the rules say of the loan as it stands in its book, and the second candidate with its score."""
    if edition not in reference.catalogues or not len(book.loans):
        return (), None
    rules = tuple(ruled(tagger.rules_of(book, reference, edition=edition, loan_id=receipt), lang))
    tag = tagger.tag(book, reference, editions=(edition,)).value.slice(0, 1).to_pylist()
    second = (tag[0]["runner_up"], tag[0]["runner_up_score"]) if tag and tag[0]["runner_up"] else None
    return rules, second


def name_of(catalogue: Catalogue | None, code: str, lang: Lang) -> str:
    """An entry's name; empty where the edition has none of that code."""
    entry = catalogue.entries.get(code) if catalogue else None
    return pick(entry.name_zh, entry.name_en, lang) if entry else ""


def _candidates(
    row: QueueRow,
    rules: Sequence[Ruled],
    *,
    second: tuple[str, float | None] | None,
    alike: Sequence[Alike],
    catalogue: Catalogue | None,
    lang: Lang,
) -> Iterator[Candidate]:
    """The entries on offer, each once with the first reason for it: asked for, in force, the machine's, its second, by a rule, decided
    for a similar loan."""
    tag = row.tag
    offered = [("asked", row.open.code), ("stands", tag.standing.code if tag.standing.version else ""), ("machine", row.proposal_code)]
    offered += [("second", second[0] if second else ""), *(("rule", one.entry) for one in rules if one.outcome != "unmet")]
    offered += [("similar", one.code) for one in alike if one.decision == "green"]
    scores = {row.proposal_code: row.proposal_score, **({second[0]: second[1]} if second else {})}
    seen: dict[str, str] = {}
    for why, code in offered:
        entry = catalogue.entries.get(code) if catalogue else None
        if entry and entry.is_leaf:
            seen.setdefault(code, why)
    for code, why in list(seen.items())[:CANDIDATES]:
        own = tuple(one for one in rules if one.entry == code or (one.decided and not one.entry and code == row.proposal_code))
        score = scores.get(code)
        yield Candidate(
            code, name_of(catalogue, code, lang), say(f"ui.review.why.{why}", lang), "" if score is None else f"{score:.2f}", own
        )


def _machine(row: QueueRow, view: Mapping[str, Any], catalogue: Catalogue | None, lang: Lang) -> str:
    """What the machine says, and by which rule."""
    decision = say(f"decision.{row.proposal_decision}", lang) if row.proposal_decision else ""
    entry = f"{row.proposal_code} {name_of(catalogue, row.proposal_code, lang)}".strip()
    score = "—" if row.proposal_score is None else f"{row.proposal_score:.2f}"
    rule = next((r for r in catalogue.rules if r.id == view.get("rule")), None) if catalogue else None
    reason = worded(row.reason, lang)
    if rule:
        reason = say("ui.reason", lang, reason=reason, rule=pick(rule.reason_zh, rule.reason_en, lang))
    return say("ui.review.machine", lang, verdict=f"{decision} {entry}".strip(), score=score, reason=reason)


def _asked(store: Store, actor: Actor, row: QueueRow, catalogue: Catalogue | None, lang: Lang) -> str:
    """What waits over the loan, by whom and why; empty where nothing does."""
    if not row.open.act:
        return ""
    entry = f"{row.open.code} {name_of(catalogue, row.open.code, lang)}".strip()
    verdict = f"{say(f'decision.{row.open.decision}', lang) if row.open.decision else ''} {entry}".strip()
    why = readable(store, actor, [row.tag], [row.open.reason])[0] or "—"
    day = row.open.effective_on or "—"
    return say("ui.review.asked", lang, act=row.open.act, verdict=verdict, maker=row.open.maker, day=day, why=why)


def _need(one: NeedState, lang: Lang) -> Need:
    state = "met" if one.met_by else "expired" if one.expired else "elsewhere" if one.elsewhere else "open"
    kinds = [kind for kind, needs in evidence_rules().kinds.items() if one.need in needs]
    words = worded(f"need.{one.need}", lang).removeprefix("need.")
    return Need(
        one.need, words, state, say(f"ui.review.need.{state}", lang), say("ui.list_comma", lang).join(paper(k, lang) for k in kinds)
    )


def paper(kind: str, lang: Lang) -> str:
    """A kind of paper in words."""
    return codes(lang).get(f"paper.{kind}", kind)


def _paper(store: Store, one: Document, lang: Lang) -> Paper:
    found = check_file(store.files, EVIDENCE, one.sha256)
    wrong = in_words(replace(found, params={"name": f"{one.name} ({EVIDENCE}/{one.sha256[:_SHA_SHOWN]}…)"}), lang) if found else ""
    return Paper(one.sha256, paper(one.kind, lang), one.name, one.valid_to.isoformat() if one.valid_to else "—", wrong)


def clause(catalogue: Catalogue, code: str, *, reference: Reference, copies: Sequence[Attached], lang: Lang) -> Clause | None:
    """What the catalogue says of an entry: its class, criteria, industries, standards and place, with the bank's own copies."""
    entry = catalogue.entries.get(code)
    if entry is None:
        return None
    above = " › ".join(name_of(catalogue, up, lang) for up in reversed(catalogue.ancestors(code)))
    industries = [f"{i} {reference.industries[i].name_zh if i in reference.industries else ''}".strip() for i in entry.industries]
    comma = say("ui.list_comma", lang)
    said = {
        "ui.review.clause.class": above,
        "data.criteria": entry.criteria,
        "data.industries": comma.join(industries),
        "data.carbon_mark": codes(lang).get(f"ui.carbon.{entry.carbon_mark}", entry.carbon_mark),
        "data.exclusions": comma.join(word.replace("~", " … ") for word in entry.exclusions),
        "data.documents": comma.join(entry.documents),
        "data.locator": entry.locator,
        "data.note": entry.note,
    }
    own = ((say("catalogue.copy", lang, file=c.file, place=c.place, day=c.attached_on), c.text) for c in texts_of(copies, code))
    title = f"{code} {name_of(catalogue, code, lang)}"
    return Clause(title, tuple((say(name, lang), text) for name, text in said.items() if text), tuple(own))


def _facts(loan: Mapping[str, Any], lang: Lang) -> Iterator[tuple[str, str]]:
    printed = {name: loan.get(name) for name in _FACTS}
    printed |= {name: yuan(loan[name], lang) for name in ("balance_fen", "amount_fen") if loan.get(name) is not None}
    return titled(printed, "loans", lang)


def _past(one: Mapping[str, Any], lang: Lang) -> Past:
    verdict = f"{say('decision.' + one['decision'], lang) if one['decision'] else ''} {one['code']}".strip()
    act = f"{say('act.' + one['step'], lang)} → {say('state.' + one['state_to'], lang)}"
    return Past(one["at"][:16].replace("T", " "), one["actor"], act, verdict, one["reason"])
