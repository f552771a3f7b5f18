"""Why a key does nothing with a loan as it stands: the role, the state, or nothing to be done by it. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from greenfin.messages import Lang, say
from greenfin.store.permissions import Actor, may
from greenfin.store.queue import QueueRow
from greenfin.store.workflow import APPROVE, CORRECT, PROPOSE, RECALL, RETURN, WITHDRAW
from greenfin.ui.views.review_acts import Open

KEYS: Mapping[str, tuple[str, ...]] = {
    "A": (PROPOSE, CORRECT, APPROVE),
    "T": (RETURN,),
    "E": (PROPOSE, CORRECT),
    "N": (PROPOSE, CORRECT),
    "W": (WITHDRAW,),
    "U": (RECALL,),
    "G": (PROPOSE, APPROVE),
}
"""The keys of acts, and the acts of which each begins one."""


def unoffered(
    offered: Iterable[str], actor: Actor, row: QueueRow, open_: Open, *, lang: Lang, is_choosing: bool
) -> Iterator[tuple[str, str]]:
    """Every key of :data:`KEYS` that is not offered, with the reason in words; ``is_choosing``: a reason is to be chosen first."""
    for key in sorted(KEYS.keys() - set(offered)):
        words = say("ui.review.unoffered.choose", lang) if is_choosing else _why(key, actor, row, open_, lang)
        yield key, say("ui.review.unoffered", lang, key=key, why=words)


def _why(key: str, actor: Actor, row: QueueRow, open_: Open, lang: Lang) -> str:
    acts = KEYS[key]
    mine = [act for act in acts if may(actor, act, row.tag.branch)]
    if not mine:
        return say("ui.review.unoffered.role", lang, role=say(f"role.{actor.role}", lang), action=say(f"action.{acts[0]}", lang))
    if open_.barred and APPROVE in acts:
        return open_.barred
    if key == "U":
        return say("ui.review.unoffered.recall", lang)
    if any(act in open_ for act in acts):  # A alone: the machine has nothing to agree with
        return say("ui.review.unoffered.propose" if PROPOSE in open_ else "ui.review.unoffered.correct", lang)
    state = say(f"state.{row.tag.standing.state}", lang)
    return say("ui.review.unoffered.state", lang, state=state, action=say(f"action.{mine[0]}", lang))
