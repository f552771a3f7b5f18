"""One book under two editions: for every loan the old tag, the new one, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.reasons import CARRIED, RECLASSIFIED, Reasons, reasons_of
from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.movement.sides import STATES, Flags, Ints, Side, ints
from greenfin.movement.transition import STATUSES, rule_of, statuses
from greenfin.reference.load import Reference

_SHOWN = ("outcome", "code", "class1", "share_ppm", "rule", "reason", "needs", "green_fen")


@dataclass(frozen=True, slots=True)
class Retagged:
    """``rows``: a row per loan (see :func:`retag`); ``prior``: an earlier book under both editions, for growth on one basis."""

    old: Side
    new: Side
    rows: pa.Table
    reference: Reference
    prior: tuple[Side, Side] | None = None


def retag(old: Side, new: Side, *, reference: Reference, prior: tuple[Side, Side] | None = None) -> Outcome[Retagged]:
    """The loans of one book under two editions, with amounts in fen: ``lost_fen``, ``gained_fen`` and ``kept_green_fen`` of each.

    ``why`` is a reason of :mod:`greenfin.aggregate.reasons`, ``crosswalk`` the kind of the crosswalk's step (a hint), ``transition``
    whether the loan keeps the earlier edition by its dates. Raises Refused where both editions are one.
    """
    if old.edition == new.edition:
        raise Refused(error("movement.retag_same", "--to", found=old.edition))
    names = ("loan_id", "branch_code", "branch_name", "approved_on", "start_on", "balance_fen", "source_sheet", "source_row")
    columns: dict[str, pa.Array | pa.ChunkedArray] = {name: old.rows[name] for name in names}
    for prefix, side in (("old", old), ("new", new)):
        columns |= {f"{prefix}_{name}": side.rows[name] for name in _SHOWN}
    reasons, crosswalk = reasons_of(old.rows, new.rows, Reasons(reference, old.edition, new.edition))
    was, now = (ints(side.rows["green_fen"]) for side in (old, new))
    differs = (reasons == CARRIED) | (reasons == RECLASSIFIED)
    reasons = np.where(differs & (was != now), "share", reasons)
    relation = np.where(differs, np.where(_carried(old, new, reference), CARRIED, RECLASSIFIED), "")
    columns["why"] = pa.array(reasons.tolist(), pa.string())
    columns["relation"] = pa.array(relation.tolist(), pa.string())
    columns["crosswalk"] = pa.array(crosswalk.tolist(), pa.string())
    columns["kept_green_fen"] = pa.array(np.minimum(was, now))
    columns["lost_fen"] = pa.array(np.maximum(was - now, 0))
    columns["gained_fen"] = pa.array(np.maximum(now - was, 0))
    status = statuses(old.rows, rule_of(reference.editions, new.edition))
    columns["transition"] = pc.take(pa.array(STATUSES), pa.array(status))
    made = Retagged(old, new, pa.table(columns), reference, prior)
    return Outcome(made, tuple(_problems(made)))


def _carried(old: Side, new: Side, reference: Reference) -> Flags:
    """Loans whose new code is where the crosswalk leads from the old one."""
    known = {(c.from_code, c.to_code) for c in reference.crosswalks if (c.from_edition, c.to_edition) == (old.edition, new.edition)}
    known |= {(c.to_code, c.from_code) for c in reference.crosswalks if (c.to_edition, c.from_edition) == (old.edition, new.edition)}
    pairs = pc.binary_join_element_wise(pc.fill_null(old.rows["code"], ""), pc.fill_null(new.rows["code"], ""), "\t")
    found = pc.is_in(pairs, value_set=pa.array([f"{one}\t{other}" for one, other in sorted(known)], pa.string()))
    flags: Flags = np.asarray(found.combine_chunks().to_numpy(zero_copy_only=False), dtype=np.bool_)
    return flags


def flows(made: Retagged) -> Ints:
    """Fen of each loan from old state to new state (3 x 3 x loans): what can stay in its state stays, the rest passes over."""
    left, room = _amounts(made.old), _amounts(made.new)
    found = np.zeros((3, 3, left.shape[1]), np.int64)
    for one, other in (*((n, n) for n in range(3)), *((a, b) for a in range(3) for b in range(3) if a != b)):
        passed = np.minimum(left[one], room[other])
        found[one, other] += passed
        left[one] -= passed
        room[other] -= passed
    return found


def _amounts(side: Side) -> Ints:
    return np.stack([ints(side.rows[f"{state}_fen"]) for state in STATES[:3]])


def _problems(made: Retagged) -> Iterator[Problem]:
    rows = made.rows
    undated = rows.filter(pc.and_(pc.equal(rows["transition"], "undated"), pc.greater(pc.fill_null(rows["balance_fen"], 0), 0)))
    if undated.num_rows:
        amount = f"{to_yuan(pc.sum(undated['balance_fen']).as_py()):,.2f}"
        yield warning("movement.transition_undated", str(undated["loan_id"][0].as_py()), n=undated.num_rows, amount=amount)
    if rule_of(made.reference.editions, made.new.edition) is None:
        yield warning("movement.edition_undated", made.new.edition)
    if not any({c.from_edition, c.to_edition} == {made.old.edition, made.new.edition} for c in made.reference.crosswalks):
        yield warning("movement.no_crosswalk", f"{made.old.edition} > {made.new.edition}")
