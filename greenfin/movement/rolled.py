"""The roll-forward of a book from one date to the next, with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, Refused, error, info, warning
from greenfin.movement.causes import CAUSES, Why, why
from greenfin.movement.joined import NONE, UNKEYED, Joined, drawings_of, joined
from greenfin.movement.lines import CLOSING, OPENING, Lines, lines_of
from greenfin.movement.sides import REJECTED, STATES, Flags, Ints, Side
from greenfin.reference.load import Reference

_FIRST = 3
_UNITS = (1_000, 10_000, 100_000_000)  # thousand, ten thousand, hundred million yuan to a yuan


@dataclass(frozen=True, slots=True)
class Proof:
    """A state's sum out of the movement lines against the same sum out of the book; both must be equal to the fen."""

    state: str
    opening_lines: int
    opening_book: int
    moved: int
    closing_lines: int
    closing_book: int

    @property
    def holds(self) -> bool:
        """Whether the state ties at both ends and in between."""
        ends = self.opening_lines == self.opening_book and self.closing_lines == self.closing_book
        return ends and self.opening_lines + self.moved == self.closing_lines


@dataclass(frozen=True, slots=True)
class Rolled:
    """The lines and their sums by state, branch and code, the receipts with one column per cause, and the proof by state."""

    opening: Side
    closing: Side
    lines: Lines
    sums: pa.Table
    receipts: pa.Table
    proofs: tuple[Proof, ...]
    reference: Reference


def roll_forward(opening: Side, closing: Side, *, reference: Reference, drawings: pa.Table | None = None) -> Outcome[Rolled]:
    """Every movement between two books under one edition, exact to the fen, and what must be said about it.

    ``drawings`` (schema ``drawings``) splits changes into what was drawn and repaid; without it the net change counts.
    Raises Refused where the books are of one day, in the wrong order, or under different editions or policies.
    """
    _checked(opening, closing)
    both = joined(opening, closing)
    listed, unknown, unknown_fen = drawings_of(both, drawings)
    reasons = why(both, listed)
    catalogue = reference.catalogues.get(closing.edition)
    classes = {code: catalogue.class1(code) if catalogue else code.split(".")[0] for code in both.codes}
    lines = lines_of(both, reasons, classes)
    sums = lines.sums()
    proofs = tuple(_proofs(opening, closing, sums))
    problems = [*_problems(both, reasons), *(error("movement.not_tied", state=p.state) for p in proofs if not p.holds)]
    if unknown:
        problems.append(warning("movement.drawings_unknown", n=unknown, amount=_yuan(unknown_fen)))
    return Outcome(Rolled(opening, closing, lines, sums, _receipts(both, reasons), proofs, reference), tuple(problems))


def _checked(opening: Side, closing: Side) -> None:
    first, last = opening.book.as_of, closing.book.as_of
    if first >= last:
        raise Refused(error("movement.wrong_order", opening=first.isoformat(), closing=last.isoformat()))
    if opening.edition != closing.edition:
        raise Refused(error("movement.editions_differ", opening=opening.edition, closing=closing.edition))
    if opening.policy.id != closing.policy.id:
        raise Refused(error("movement.policies_differ", opening=opening.policy.id, closing=closing.policy.id))


def _proofs(opening: Side, closing: Side, sums: pa.Table) -> Iterator[Proof]:
    found = sums.group_by(["kind", "state"]).aggregate([("amount_fen", "sum")]).to_pylist()
    known = {(row["kind"], row["state"]): row["amount_fen_sum"] for row in found}
    for state in (*STATES, "all"):
        parts = STATES if state == "all" else (state,)
        ends = [sum(known.get((kind, part), 0) for part in parts) for kind in (OPENING, CLOSING)]
        moved = sum(fen for (kind, part), fen in known.items() if part in parts and kind not in (OPENING, CLOSING))
        yield Proof(state, ends[0], opening.total(state), moved, ends[1], closing.total(state))


def _problems(both: Joined, reasons: Why) -> Iterator[Problem]:
    yield from _unmatched(both, reasons)
    yield from _unit_jump(both)
    flags, corrected = reasons.flags, reasons.amounts["corrected"]
    if (differ := flags["drawings_differ"]).any():
        amount = _yuan(int(np.abs(corrected[differ]).sum()))
        yield warning("movement.drawings_differ", _where(both, differ), n=_n(differ), amount=amount)
    if (changed := flags["facts_changed"]).any():
        amount = _yuan(int(np.abs(corrected[changed]).sum()))
        yield warning("movement.facts_changed", _where(both, changed), n=_n(changed), amount=amount)
    if (restated := flags["restated"]).any():
        yield warning("movement.opening_restated", _where(both, restated), n=_n(restated))
    if (before := flags["ended_before"]).any():
        yield warning("movement.ended_before", _where(both, before), n=_n(before), as_of=both.opening.side.book.as_of.isoformat())
    unlinked = pc.is_valid(both.closing.taken("prev_receipt_no")).to_numpy(zero_copy_only=False) & (reasons.partner == NONE)
    unlinked &= ~both.opening.is_there & both.closing.is_there
    if unlinked.any():
        yield info("movement.previous_unknown", _where(both, unlinked), n=_n(unlinked))
    if pc.any(pc.equal(both.ids, UNKEYED)).as_py():
        yield warning("movement.unkeyed", n=1)


def _unmatched(both: Joined, reasons: Why) -> Iterator[Problem]:
    """Receipts that stand in one book only: missing in the other, or there in a row whose balance cannot be read."""
    left, late = -reasons.amounts["left"], reasons.amounts["late"]
    gone, entered = left != 0, late != 0
    if (which := gone & ~both.closing.unreadable).any():
        yield error("movement.left_without_status", _where(both, which), n=_n(which), amount=_yuan(int(left[which].sum())))
    if (which := gone & both.closing.unreadable).any():
        yield error("movement.closing_unreadable", _where(both, which), n=_n(which), amount=_yuan(int(left[which].sum())))
    if (which := entered & ~both.opening.unreadable).any():
        yield warning("movement.entered_late", _where(both, which), n=_n(which), amount=_yuan(int(late[which].sum())))
    if (which := entered & both.opening.unreadable).any():
        yield warning("movement.opening_unreadable", _where(both, which), n=_n(which), amount=_yuan(int(late[which].sum())))


def _unit_jump(both: Joined) -> Iterator[Problem]:
    """An error where most contract amounts differ by the factor between two units of money: the books are not in the same one."""
    one, other = (standing.numbers("amount_fen") for standing in (both.opening, both.closing))
    known = (one > 0) & (other > 0)
    for unit in _UNITS:
        for low, high, times in ((one, other, str(unit)), (other, one, f"1/{unit}")):
            jumped = known & (high // unit == low) & (high % unit == 0)
            if 2 * _n(jumped) > _n(known):
                yield error("movement.unit_jump", _where(both, jumped), n=_n(known), jumped=_n(jumped), times=times)


def _where(both: Joined, which: Flags) -> str:
    """The first receipts meant."""
    found = both.ids.take(pa.array(np.flatnonzero(which)[:_FIRST])).to_pylist()
    return ", ".join(name for name in found if name)


def _n(which: Flags) -> int:
    return int(which.sum())


def _yuan(fen: int) -> str:
    return f"{to_yuan(fen):,.2f}"


def _receipts(both: Joined, reasons: Why) -> pa.Table:
    """One row per receipt: both balances, tags, branches, the amount of each cause, and where it stands in the files."""
    old, new = both.opening, both.closing
    columns: dict[str, pa.Array] = {"loan_id": both.ids}
    for name, standing in ((OPENING, old), (CLOSING, new)):
        columns[f"{name}_branch"] = _label(both.branches, standing.branch)
        state = np.where(standing.at >= 0, standing.kind, np.where(standing.rejected_rows > 0, REJECTED, NONE))
        columns[f"{name}_state"] = _label(STATES, state)
        columns[f"{name}_code"] = _label(both.codes, standing.code)
        columns[f"{name}_fen"] = pa.array(standing.total)
    columns |= {f"{cause}_fen": pa.array(reasons.amounts[cause]) for cause in CAUSES}
    columns["refinances"] = both.ids.take(pa.array(reasons.partner, mask=reasons.partner < 0))
    for name, standing in ((OPENING, old), (CLOSING, new)):
        columns[f"{name}_sheet"], columns[f"{name}_row"] = standing.taken("source_sheet"), standing.taken("source_row")
    return pa.table(columns)


def _label(names: tuple[str, ...], at: Ints) -> pa.Array:
    return pc.take(pa.array(names, pa.string()), pa.array(at, mask=at < 0))
