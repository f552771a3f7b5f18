"""Which loans keep the earlier edition when a new one comes: by the dates of the edition and of the loan, and by nothing else."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pyarrow as pa

from greenfin.movement.sides import Ints, ints
from greenfin.reference.editions import EditionRule, EditionRules

# kept: approved before publication and not drawn then; window: approved between publication and coming into force;
# stock: drawn before publication; new: approved since it is in force; undated: the dates do not say.
STATUSES = ("kept", "window", "stock", "new", "undated")
_EPOCH = date(1970, 1, 1)
_LATE, _UNKNOWN = 10**9, -(10**9)


def rule_of(rules: EditionRules, edition: str) -> EditionRule | None:
    """The dated rule of an edition."""
    return next((rule for rule in rules.rules if rule.edition == edition), None)


def published(rule: EditionRule | None) -> date | None:
    """The day of publication; of a month or a year only, its first day."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", rule.published_on) if rule else None
    return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)) if found else None


def statuses(rows: pa.Table, rule: EditionRule | None) -> Ints:
    """The place in :data:`STATUSES` of each loan (columns approved_on, start_on, balance_fen) under the rule of the new edition."""
    day = published(rule)
    if rule is None or day is None:
        return np.full(rows.num_rows, STATUSES.index("undated"), np.int64)
    out = _number(day)
    force = _number(rule.in_force.start) if rule.in_force.start else out
    approved, start = (ints(rows[name], _UNKNOWN) for name in ("approved_on", "start_on"))
    balance = ints(rows["balance_fen"])
    drawn = np.where(start != _UNKNOWN, start, np.where(balance > 0, _UNKNOWN, _LATE))
    known = approved != _UNKNOWN
    before = known & (approved < out)
    keeps = before & (drawn >= out) & (rule.transition == "approved_undrawn")
    stock = (before | ~known) & (start != _UNKNOWN) & (start < out)
    names = [(keeps, "kept"), (stock, "stock"), (known & (approved >= force), "new"), (known & (approved >= out), "window")]
    return np.select([which for which, _ in names], [STATUSES.index(name) for _, name in names], STATUSES.index("undated")).astype(np.int64)


def _number(day: date) -> int:
    return (day - _EPOCH).days
