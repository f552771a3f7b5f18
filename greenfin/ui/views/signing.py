"""How far a run is on its way out: made, submitted, checked, published. No streamlit here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from greenfin.messages import Lang, say
from greenfin.store.sign_off import CHECKED, MADE, PUBLISHED, SUBMITTED, Signature, SignOff

DONE, NOW, OPEN = "done", "now", "open"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way: its words, who did it (empty: nobody yet), and whether it is done, now to be done, or still open."""

    words: str
    who: str
    state: str


def steps_of(stands: SignOff, lang: Lang) -> tuple[Step, ...]:
    """The four steps; what was sent back is to be submitted again."""
    done = {
        MADE: _last(stands.acts, (MADE, SUBMITTED)),
        SUBMITTED: _last(stands.acts, (SUBMITTED,)) if stands.waits or stands.checked_by else "",
        CHECKED: stands.checked_by,
        PUBLISHED: _last(stands.acts, (PUBLISHED,)),
    }
    first = next((kind for kind, who in done.items() if not who), "")
    return tuple(
        Step(say(f"ui.sign.step.{kind}", lang), who, DONE if who else NOW if kind == first else OPEN) for kind, who in done.items()
    )


def _last(acts: Sequence[Signature], kinds: tuple[str, ...]) -> str:
    return next((act.actor or "—" for act in reversed(acts) if act.kind in kinds), "")
