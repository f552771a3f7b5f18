"""``review show``: one receipt, for a person and as JSON."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from greenfin.cli.session import Session
from greenfin.core.money import to_yuan
from greenfin.core.problems import Refused, error
from greenfin.messages import codes

if TYPE_CHECKING:
    from greenfin.store import Store
    from greenfin.store.permissions import Actor
    from greenfin.store.queue import QueueRow

COPY_LINES = 12  # of a long entry's text; ``catalogue show`` has all


def show_receipt(session: Session, store: Store, actor: Actor, receipt: str, *, on: date) -> dict[str, Any]:
    """Print how a receipt stands, what the bank's copy of the catalogue says on its entry, and what was decided about it.

    The same for ``--json``. Raises Refused where the receipt is unknown.
    """
    from greenfin.cli.catalogue_words import copy_lines
    from greenfin.reference.attached import read_copies
    from greenfin.store import evidence, history, queue
    from greenfin.store.needs import needs_on

    rows = queue.rows_of(store, actor, receipt)
    if not rows:
        raise Refused(error("store.tag_unknown", receipt, edition="*"))
    machine = {view["edition"]: view for view in history.machine_views(store, actor, receipt)}
    documents = history.readable_documents(store, actor, receipt, evidence.evidence_of(store, actor, receipt))
    reasons = history.readable(store, actor, [row.tag for row in rows], [row.open.reason for row in rows])
    rows = [replace(row, open=row.open._replace(reason=why)) for row, why in zip(rows, reasons, strict=True)]
    regions = session.reference().regions if any(d.region for d in documents) else None
    shown = []
    for row in rows:
        needs = needs_on(store, actor, receipt, row.tag.edition, on=on, regions=regions)
        _stands(session, row)
        for need in needs:
            state = "met" if need.met_by else "expired" if need.expired else "elsewhere" if need.elsewhere else "open"
            session.line(session.say(f"review.need_{state}", id=need.need, need=_word(session, f"need.{need.need}", need.need)))
        copies = read_copies(store.files, row.tag.edition, row.tag.standing.code or row.proposal_code)
        session.lines(copy_lines(session, copies, most=COPY_LINES))
        tag = {"edition": row.tag.edition, "branch": row.tag.branch, "project": row.tag.project, "amount_fen": row.tag.amount_fen}
        tag |= {**row.tag.standing._asdict(), "is_changed": row.tag.is_changed, "waiting": row.open._asdict() if row.open.act else None}
        shown.append(
            {
                **tag,
                "machine": machine.get(row.tag.edition),
                "needs": [asdict(need) for need in needs],
                "attached": [asdict(c) for c in copies],
            }
        )
    for document in documents:
        session.line(
            session.say("review.document", sha=document.sha256[:12], paper=document.kind, name=document.name, to=document.valid_to or "—")
        )
    acts = history.history(store, actor, receipt)
    for act in acts:
        session.line("  " + "  ".join(str(part) for part in _told(session, act) if part not in ("", None)))
    return {"receipt": receipt, "tags": shown, "documents": [asdict(d) for d in documents], "decisions": acts, "problems": []}


def _stands(session: Session, row: QueueRow) -> None:
    tag = row.tag
    amount = f"{to_yuan(tag.amount_fen):,.2f} {session.say('unit.yuan')}"
    state = session.say(f"state.{tag.standing.state}")
    decision = session.say(f"decision.{tag.standing.decision}") if tag.standing.decision else ""
    parts = (tag.receipt, tag.edition, tag.branch, state, f"v{tag.standing.version}", decision, tag.standing.code, amount)
    session.line("  ".join(part for part in parts if part))
    words = {"decision": _word(session, f"decision.{row.proposal_decision}", row.proposal_decision), "entry": row.proposal_code}
    score = "—" if row.proposal_score is None else f"{row.proposal_score:.2f}"
    session.line("  " + session.say("review.machine", score=score, reason=_word(session, row.reason, row.reason), **words))
    if row.open.act:
        asked = _word(session, f"decision.{row.open.decision}", row.open.decision)
        session.line("  " + session.say("review.asked", act=row.open.act, decision=asked, entry=row.open.code, maker=row.open.maker))


def _told(session: Session, act: Any) -> tuple[Any, ...]:
    step, state = session.say(f"act.{act['step']}"), session.say(f"state.{act['state_to']}")
    decision = session.say(f"decision.{act['decision']}") if act["decision"] else ""
    return (f"#{act['number']}", act["at"][:19], act["actor"], step, "→", state, decision, act["code"], act["effective_on"], act["reason"])


def _word(session: Session, code: str, plain: str) -> str:
    return codes(session.lang).get(code, plain)
