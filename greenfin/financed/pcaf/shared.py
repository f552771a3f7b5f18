"""Each exposure's part of what its borrower, project or asset emits, in whole grams: the parts of one borrower are its part exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from greenfin.financed.counting import Counting, Groups, Parts, alike, groups_of, order_of
from greenfin.financed.exact import part_of, shared, summed
from greenfin.financed.ladder import Emissions, straight
from greenfin.financed.view import Flags, Ints, packed


@dataclass(frozen=True, slots=True)
class Sharing:
    """The rows that count, in groups of one borrower, project or asset each: their balances, and what these are a part of."""

    size: int
    rows: Ints
    weights: Ints
    group: Ints
    claimed: Ints
    below: Ints
    ids: pa.ChunkedArray

    def part(self, grams: Ints) -> Ints:
        """Of each row its part of the grams beside it; what is below zero is shared as if it were above."""
        here = grams[self.rows]
        return self._spread(part_of(np.abs(here), self.claimed, self.below), np.sign(here))

    def whole(self, grams: Ints) -> Ints:
        """Of each row its part of what its group as a whole has been given."""
        return self._spread(grams[self.rows], np.ones(len(self.rows), np.int64))

    def _spread(self, wholes: Ints, signs: Ints) -> Ints:
        found = np.zeros(self.size, np.int64)
        found[self.rows] = signs * shared(wholes, self.weights, self.group, lambda few: order_of(self.ids, few))
        return found


@dataclass(frozen=True, slots=True)
class Alike:
    """What tells rows apart beside the borrower: the kind of class, assets of which a borrower may have several, rows that stand alone."""

    kinds: Ints
    assets: Flags
    alone: Flags


def grouped(counting: Counting, *, by_project: Flags, alike: Alike, facts: Sequence[Ints]) -> Groups:
    """Rows that finance the same: one borrower's of a kind, one project's, one asset's (its ``facts`` are the same), or one row alone."""
    base = groups_of(counting.view, by_project).at
    at = base * (int(alike.kinds.max(initial=0)) + 1) + alike.kinds
    rows = np.flatnonzero(alike.assets | alike.alone)
    if len(rows):
        told = {"at": at[rows], "row": np.where(alike.alone, np.arange(len(base)), -1)[rows]}
        frame = pl.DataFrame(told | {f"fact{place}": values[rows] for place, values in enumerate(facts)})
        at[rows] = int(at.max(initial=-1)) + frame.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy().astype(np.int64)
    at = packed(at)
    return Groups(at, int(at.max(initial=-1)) + 1)


def sharing_of(counting: Counting, found: Emissions, groups: Groups, denominator: Ints, *, to_loan: Flags, told: Iterable[Ints]) -> Sharing:
    """The rows that count with what they are a part of; those of one borrower that do not tell the same stand apart, marked."""
    columns = [found.both, found.scope1, denominator, to_loan.astype(np.int64), found.rate, *told]
    groups, torn = alike(groups, counting.is_in, columns)
    counting.mark(torn, "borrower_differs")
    rows = np.flatnonzero(counting.is_in)
    weights, group = counting.numerator.values[rows], groups.at[rows]
    claimed = summed(weights, group, groups.count)[group]
    below = np.where(to_loan, 1, denominator)[rows]
    above = np.zeros(len(to_loan), np.bool_)
    above[rows] = (claimed > below) & ~to_loan[rows]
    counting.mark(above, "share_above_one")
    return Sharing(len(to_loan), rows, weights, group, claimed, below, counting.view.table["exposure_id"].take(rows))


def scopes_of(sharing: Sharing, found: Emissions, to_loan: Flags) -> Parts:
    """What each row finances of scopes 1 and 2, and its attribution (NaN where a factor goes straight to the loan)."""
    claimed = np.zeros(sharing.size, np.int64)
    claimed[sharing.rows] = sharing.claimed
    to_balance = sharing.whole(np.where(to_loan, straight(found, np.where(to_loan, claimed, 0)), 0)) if to_loan.any() else 0
    one, two = sharing.part(np.where(found.has1, found.scope1, 0)), sharing.part(np.where(found.has2, found.scope2, 0))
    told_apart = (found.has1 | (found.both == found.scope2)) & (found.has2 | (found.both == found.scope1))
    both = np.where(told_apart, one + two, sharing.part(found.both)) if not told_apart.all() else one + two
    both = np.where(to_loan, to_balance, both)
    share = np.full(sharing.size, np.nan)
    share[sharing.rows] = np.where(to_loan[sharing.rows], np.nan, sharing.weights / sharing.below)
    return Parts(one, two, both, share)


def apart_of(sharing: Sharing, amounts: Mapping[str, tuple[Ints, Flags]], to_loan: Flags) -> dict[str, tuple[Ints, Flags]]:
    """The same of what is told apart (scope 3, removals, credits …), each by itself; none of rows that rest on a factor of the loan."""
    return {name: (sharing.part(np.where(has, grams, 0)), has & ~to_loan) for name, (grams, has) in amounts.items() if has.any()}
