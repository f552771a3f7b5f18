"""``review import``: what would come of the loans in force, said before the book is entered, and refused where too many leave."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from greenfin.cli.session import Session
from greenfin.core.money import to_yuan
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.store.foreseen import Foreseen


def foretold(session: Session, found: Foreseen, *, most: float) -> None:
    """Say it where a book is in force. Raises Refused where more than ``most`` per cent of its loans or balance leaves."""
    if not found.held.loans:
        return
    slots: dict[str, object] = {"days": ", ".join(found.as_of) or "—"}
    for name in ("held", "stay", "leave", "come"):
        lot = getattr(found, name)
        slots |= {name: lot.loans, f"{name}_yuan": f"{to_yuan(lot.fen):,.2f}"}
    session.line(session.say("review.foreseen", **slots))
    percent = 100 * found.share_leaving
    if percent > most:
        share = f"{float(percent):.1f}"
        leave, held = found.leave.loans, found.held.loans
        raise Refused(error("store.many_leave", "", leave=leave, held=held, share=share, most=f"{most:g}", needed=ceil(percent)))
