"""All that the record knows of one receipt, for its dossier: decisions, documents, and the returns it entered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import text

from greenfin.store.evidence import Document, evidence_of
from greenfin.store.history import covered_texts, history
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit, permit_each
from greenfin.store.workflow import REPORT
from greenfin.store.writing import reading, writing


@dataclass(frozen=True, slots=True)
class Act:
    """One decision: its day, what was done, by whom, to which class, why."""

    day: str
    act: str
    actor: str
    decision: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Return:
    """Figures of one run that went out together: where, when, how many cells."""

    run: str
    kind: str
    place: str
    published_on: str
    cells: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the record knows of a receipt, the oldest first."""

    acts: tuple[Act, ...]
    documents: tuple[Document, ...]
    returns: tuple[Return, ...]


def trail_of(store: Store, actor: Actor, receipt: str, *, runs: Iterable[str] = (), names: bool = False) -> Known:
    """The trail of a receipt: its decisions, documents, and the publications of the runs it was reported in (and of ``runs``).

    That it was taken out, and whether with the borrower's name (else it is covered in reasons and file names), is entered in the log.
    Raises Refused where the actor may not see the receipt.
    """
    rows = history(store, actor, receipt)
    documents = evidence_of(store, actor, receipt)
    if names:
        permit(actor, "export_names")
        permit_each(actor, "export_names", {str(row["branch"]) for row in rows})
    with writing(store) as made:
        made.event(actor.user, "export.made", subject=f"dossier:{receipt}", detail={"rows": 1, "with_names": names})
    reported = [str(row["reason"]) for row in rows if row["step"] == REPORT]
    reasons, titles = [str(row["reason"]) for row in rows], [d.name for d in documents]
    if not names:
        reasons, titles = (covered_texts(store, [receipt] * len(said), said) for said in (reasons, titles))
    acts = (Act(r["at"][:10], r["step"], r["actor"], r["decision"], r["code"], why) for r, why in zip(rows, reasons, strict=True))
    papers = tuple(replace(d, name=title) for d, title in zip(documents, titles, strict=True))
    return Known(tuple(acts), papers, _returns(store, [*reported, *runs]))


def _returns(store: Store, runs: Iterable[str]) -> tuple[Return, ...]:
    query = text(
        "SELECT run, kind, place, published_on, count(*) FROM publications WHERE run = :run GROUP BY run, kind, place, published_on "
        "ORDER BY published_on, place"
    )
    with reading(store) as session:
        found = [row for run in dict.fromkeys(runs) for row in session.connection().execute(query, {"run": run})]
    return tuple(Return(str(of), str(kind), str(place), str(day), int(cells)) for of, kind, place, day, cells in found)
