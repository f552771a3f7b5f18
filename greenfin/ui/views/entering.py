"""What would come of a book that is entered, told before: loans and balance in force, that stay, come and leave. No streamlit here."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from greenfin.core.problems import Refused, error
from greenfin.messages import Lang, say
from greenfin.store.foreseen import Foreseen, Lot, foreseen
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.ui.views.loans import yuan

HEADINGS = ("lot", "loans", "balance")


@dataclass(frozen=True, slots=True)
class Coming:
    """``rows``: a name, loans and balance each, printed; ``leave``: what leaves, ``warns`` of it and ``asks`` to be confirmed (empty where
    nothing does)."""

    rows: tuple[tuple[str, str, str], ...]
    leave: Lot = field(default_factory=Lot)
    warns: str = ""
    asks: str = ""


def coming(store: Store, actor: Actor, loans: pa.Table, lang: Lang) -> Coming:
    """What would come of a book with these loans. Raises Refused."""
    return told(foreseen(store, actor, loans), lang)


def told(found: Foreseen, lang: Lang) -> Coming:
    """The same of what is foreseen; of a first book no more than what comes."""
    named = [("come", found.come), ("then", found.then)]
    if found.held.loans:
        named = [("held", found.held), ("stay", found.stay), ("leave", found.leave), *named]
    days = say("ui.list_comma", lang).join(found.as_of) or "—"
    rows = tuple(_row(say(f"ui.import.lot.{name}", lang, days=days), lot, lang) for name, lot in named)
    n = found.leave.loans
    if not n:
        return Coming(rows)
    share = f"{float(100 * found.share_leaving):.1f}"
    words = say("ui.import.leave_warns", lang, n=f"{n:,}", of=f"{found.held.loans:,}", share=share)
    return Coming(rows, found.leave, words, say("ui.import.leave_asks", lang, n=f"{n:,}"))


def _row(name: str, lot: Lot, lang: Lang) -> tuple[str, str, str]:
    return name, f"{lot.loans:,}", yuan(lot.fen, lang)


def as_confirmed(found: Foreseen, leave: Lot) -> None:
    """Nothing where the loans and the balance leave that the reader was told, or none. Raises Refused."""
    if found.leave.loans and found.leave != leave:
        raise Refused(error("store.others_leave", "", leave=found.leave.loans, told=leave.loans))
