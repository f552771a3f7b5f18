"""Why each receipt's balance changed: amounts by cause that add up to the change, in fen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.movement.joined import NONE, UNKEYED, Drawn, Joined, previous_at
from greenfin.movement.revalued import revalued
from greenfin.movement.sides import Flags, Ints

# In the order in which they are laid over the opening balance.
CAUSES = (*("new", "late", "refinanced", "drawn", "repaid", "settled", "written_off", "transferred", "currency", "corrected", "left"),)
_EXITS = ("settled", "written_off", "transferred")
_NO_DAY = -(10**9)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Why:
    """``amounts`` by cause (arrays over the receipts); ``partner`` the receipt that one refinances; the flags are for what must be said."""

    amounts: Mapping[str, Ints]
    partner: Ints
    flags: Mapping[str, Flags]


def why(both: Joined, drawings: Drawn) -> Why:
    """The change of every receipt by cause; for each receipt the causes add up to closing less opening."""
    old, new = both.opening, both.closing
    made = {cause: np.zeros(both.size, np.int64) for cause in CAUSES}
    entered = ~old.is_there & new.is_there
    partner, linked_in, linked_out = _refinanced(both, entered)
    made["refinanced"] = linked_in - linked_out
    foreign = _is_foreign(both)
    _entries(both, drawings, made, entered=entered, linked=linked_in, foreign=foreign)
    flags = _stayers(both, drawings, made, stayed=old.is_there, linked=linked_out, foreign=foreign)
    rest = new.total - old.total - sum(made.values())
    made["corrected"] += rest  # nothing should be left here; the identity holds whatever a book says
    return Why(made, partner, flags)


def _refinanced(both: Joined, entered: Flags) -> tuple[Ints, Ints, Ints]:
    """Which receipt each new one refinances, and the amounts that passed: in by new receipt, out by old one.

    What passes is at most what the old receipt lost; several new receipts of one old share it in the order of their ids.
    """
    old, new = both.opening, both.closing
    before = previous_at(both)
    itself = np.arange(both.size)
    links = entered & (new.at >= 0) & (before >= 0) & (before != itself)
    links &= np.where(before >= 0, old.is_there[before], False)
    partner = np.where(links, before, NONE)
    free = np.maximum(old.total - new.total, 0)
    into, out = np.zeros(both.size, np.int64), np.zeros(both.size, np.int64)
    rows = np.flatnonzero(links)
    rows = rows[np.argsort(partner[rows], kind="stable")]
    if len(rows):
        wanted, of = new.total[rows], partner[rows]
        starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
        before_row = np.cumsum(wanted) - wanted
        before_row -= np.repeat(before_row[starts], np.diff(np.r_[starts, len(rows)]))
        passed = np.clip(free[of] - before_row, 0, wanted)
        into[rows] = passed
        np.add.at(out, of, passed)
    return partner, into, out


def _is_foreign(both: Joined) -> Flags:
    """Whether the receipt is kept in another currency: by its code, or by an original balance unlike the one in RMB."""
    found = np.zeros(both.size, np.bool_)
    for standing in (both.opening, both.closing):
        code = pc.fill_null(pc.not_equal(standing.taken("currency"), "CNY"), False)
        own = standing.numbers("original_balance_fen", NONE)
        found |= code.to_numpy(zero_copy_only=False) | ((own >= 0) & (own != standing.balance))
    return found


def _entries(both: Joined, list_: Drawn, made: dict[str, Ints], *, entered: Flags, linked: Ints, foreign: Flags) -> None:
    """Receipts that were not in the opening book: new by their start date, else entered late."""
    new = both.closing
    start = new.numbers("start_on", _NO_DAY)
    first, last = ((side.side.book.as_of - _EPOCH).days for side in (both.opening, both.closing))
    is_new = (first < start) & (start <= last)
    rest = np.where(entered, new.total - linked, 0)
    drawn = np.where(entered, list_.drawn - np.minimum(list_.drawn, linked), 0)
    repaid = np.where(entered, list_.repaid, 0)
    out = {name: np.where(entered, fen, 0) for name, fen in list_.ended.items()}
    gross = rest + repaid + sum(out.values())
    stated = entered & is_new & (drawn > 0)
    made["repaid"] -= repaid
    for name, fen in out.items():
        made[name] -= fen
    made["new"] += np.where(entered & is_new, np.where(stated, drawn, gross), 0)
    made["drawn"] += np.where(entered & ~is_new, drawn, 0)
    made["late"] += np.where(entered & ~is_new, gross - drawn, 0)
    differs = np.where(stated, gross - drawn, 0)
    made["currency"] += np.where(foreign, differs, 0)
    made["corrected"] += np.where(foreign, 0, differs)


def _stayers(both: Joined, list_: Drawn, made: dict[str, Ints], *, stayed: Flags, linked: Ints, foreign: Flags) -> dict[str, Flags]:
    """Receipts of the opening book: what was drawn, repaid, ended, revalued, corrected, or left without a word."""
    old, new = both.opening, both.closing
    change = np.where(stayed, new.total - old.total, 0)
    restated = np.where(stayed, _restated(both), 0)
    currency = np.where(stayed & foreign & (restated == 0), revalued(both, foreign), 0)
    listed = stayed & list_.listed
    drawn = np.where(listed, list_.drawn, 0)
    repaid = np.where(listed, list_.repaid - np.minimum(list_.repaid, linked), 0)
    ended = {name: np.where(listed, fen, 0) for name, fen in list_.ended.items()}
    rest = change - restated - currency + np.where(stayed, linked, 0) - drawn + repaid + sum(ended.values())
    exits = _exits(both, stayed)
    leaves = rest < 0
    for name in (*_EXITS, "left"):
        made[name] += np.where(exits[name] & leaves, rest, 0)
    for name, fen in ended.items():
        made[name] -= fen
    gone = np.logical_or.reduce([exits[name] for name in (*_EXITS, "left")]) & leaves
    changed = _facts_changed(both, foreign) & stayed
    open_ = stayed & ~gone
    corrects = open_ & (changed | listed | _reopened(both)) & ~(listed & foreign)
    made["corrected"] += restated + np.where(corrects, rest, 0)
    made["currency"] += currency + np.where(open_ & listed & foreign, rest, 0)
    net = np.where(open_ & ~corrects & ~listed, rest, 0)
    made["drawn"] += drawn + np.maximum(net, 0)
    made["repaid"] += np.minimum(net, 0) - repaid
    ended_before = stayed & (new.numbers("ended_on", 10**9) <= (old.side.book.as_of - _EPOCH).days) & (change < 0)
    differs = open_ & listed & ~foreign & (rest != 0)
    return {
        "facts_changed": changed & (rest != 0) & open_,
        "drawings_differ": differs,
        "ended_before": ended_before,
        "restated": restated != 0,
    }


def _exits(both: Joined, stayed: Flags) -> dict[str, Flags]:
    """How a receipt ended, by its status at closing or its end date; ``left``: it is gone and nothing says why."""
    new = both.closing
    status = new.taken("status")
    said = {name: pc.fill_null(pc.equal(status, name), False).to_numpy(zero_copy_only=False) for name in _EXITS}
    ended = new.numbers("ended_on", 10**9) <= (new.side.book.as_of - _EPOCH).days
    named = np.logical_or.reduce(list(said.values()))
    said["settled"] = said["settled"] | (ended & ~named & (new.at >= 0) & (new.total == 0))
    said["left"] = stayed & ~new.is_there
    return said


def _restated(both: Joined) -> Ints:
    """What the closing book says of last year's end less what the opening book said, where the opening is last year's end."""
    old, new = both.opening, both.closing
    first, last = old.side.book.as_of, new.side.book.as_of
    if first != date(last.year - 1, 12, 31):
        return np.zeros(both.size, np.int64)
    stated = new.numbers("prior_balance_fen", NONE)
    made: Ints = np.where((stated >= 0) & (old.at >= 0), stated - old.balance, 0)
    return made


def _facts_changed(both: Joined, foreign: Flags) -> Flags:
    """Receipts whose contract amount (in their own currency), start date or currency reads otherwise now, whose balance is negative,
    or whose rejected rows cannot be told apart.
    """
    old, new = both.opening, both.closing
    found = (old.rejected_rows > 1) | (new.rejected_rows > 1) | (old.total < 0) | (new.total < 0)
    found |= pc.equal(both.ids, UNKEYED).to_numpy(zero_copy_only=False)
    found |= np.where(foreign, _differs(both, "original_amount_fen"), _differs(both, "amount_fen")) | _differs(both, "start_on")
    differs = pc.fill_null(pc.not_equal(old.taken("currency"), new.taken("currency")), False)
    return found | np.asarray(differs.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _differs(both: Joined, column: str) -> Flags:
    """Whether both books state it, and otherwise."""
    one, other = both.opening.numbers(column, _NO_DAY), both.closing.numbers(column, _NO_DAY)
    found: Flags = (one != other) & (one != _NO_DAY) & (other != _NO_DAY)
    return found


def _reopened(both: Joined) -> Flags:
    """Receipts that had ended at the opening and have a balance again."""
    closed = pc.is_in(both.opening.taken("status"), value_set=pa.array(_EXITS))
    is_closed: Flags = np.asarray(closed.to_numpy(zero_copy_only=False), dtype=np.bool_)
    found: Flags = is_closed & (both.closing.total > 0) & (both.opening.total == 0)
    return found
