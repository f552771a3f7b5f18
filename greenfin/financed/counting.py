"""What the two standards of the People's Bank share: who is counted, by which denominator, and each loan's part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from greenfin.financed.exact import part_of, shared, summed
from greenfin.financed.ladder import YUAN, Emissions, straight
from greenfin.financed.view import Flags, Ints, Money, View, Words, codes_of

PROJECT = "project_finance"
BY_BALANCE, BY_AVERAGE = "year_end", "monthly"


@dataclass(slots=True)
class Counting:
    """A standard at work on a table of exposures: ``reason`` is the place in ``reasons`` of why a row is left out (0: it is in)."""

    standard: str
    view: View
    numerator: Money
    numerator_kind: Words
    reasons: list[str] = field(default_factory=lambda: [""])
    reason: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    flags: dict[str, Flags] = field(default_factory=dict)

    @property
    def is_in(self) -> Flags:
        """The rows not left out so far."""
        found: Flags = self.reason == 0
        return found

    def leave(self, rows: Flags, reason: str) -> None:
        """Leave rows out for a reason, those that are still in."""
        mine = rows & self.is_in
        if mine.any():
            if reason not in self.reasons:
                self.reasons.append(reason)
            self.reason[mine] = self.reasons.index(reason)

    def mark(self, rows: Flags, flag: str) -> None:
        """Mark rows with a flag."""
        if rows.any():
            self.flags[flag] = self.flags.get(flag, np.zeros(len(rows), np.bool_)) | rows


def begun(standard: str, view: View) -> Counting:
    """A counting with the average balance as numerator: the file's average where it has one, else the balance at the year's end."""
    average, balance = view.money("average_fen"), view.money("balance_fen")
    kinds = view.words("average_kind")
    texts = [text or BY_AVERAGE for text in kinds.texts]
    values = np.where(average.has, average.values, balance.values)
    has = average.has | balance.has
    at = np.where(average.has, kinds.at, len(texts))
    found = Counting(standard, view, Money(values, has), Words([*texts, BY_BALANCE], at), reason=np.zeros(len(view), np.int64))
    found.mark(has & ~average.has, "year_end_balance")
    return found


def without_amount(counting: Counting) -> None:
    """Leave out rows without a usable balance, and those whose currency has no rate."""
    currency, amount = counting.view.words("currency"), counting.numerator
    counting.leave(~amount.has & currency.has & ~currency.among([YUAN]), "currency_without_rate")
    counting.leave(~amount.has, "balance_missing")
    counting.leave(amount.values < 0, "balance_negative")


def without_emissions(counting: Counting, found: Emissions, rows: Flags) -> None:
    """Leave out rows without emissions, first those that lack but the factor of a fuel or a product they state."""
    for flag, reason in (("fuel_without_factor", "fuel_factor_missing"), ("product_without_factor", "product_factor_missing")):
        if flag in found.flags:
            counting.leave(rows & found.flags[flag], reason)
    counting.leave(rows, "emission_missing")


def years_apart(counting: Counting, year: int) -> None:
    """Mark emissions and statements of another year than the one accounted for."""
    for column, flag in (("emission_year", "emission_year_differs"), ("statement_year", "statement_year_differs")):
        stated = counting.view.money(column)
        counting.mark(stated.has & (stated.values != year), flag)


@dataclass(frozen=True, slots=True)
class Groups:
    """The borrower or project of each row, as numbers below ``count``."""

    at: Ints
    count: int


def groups_of(view: View, by_project: Flags) -> Groups:
    """Rows of one project belong together, all others by borrower; a row of neither stands alone."""
    borrowers = codes_of(view.first_of(["customer_no", "customer_uscc"]))
    projects = codes_of(view.first_of(["project_id"])) if by_project.any() else borrowers
    above = int(borrowers.max(initial=-1)) + 1
    at = np.where(by_project, projects + above, borrowers)
    return Groups(at, int(at.max(initial=-1)) + 1)


def alike(groups: Groups, rows: Flags, columns: Iterable[Ints]) -> tuple[Groups, Flags]:
    """The groups cut where their rows do not tell the same of the borrower, and which rows those are."""
    columns = list(columns)
    first = np.full(groups.count, -1, np.int64)
    here = np.flatnonzero(rows)
    first[groups.at[here[::-1]]] = here[::-1]
    differs = np.zeros(len(groups.at), np.bool_)
    for column in columns:
        differs[here] |= column[here] != column[first[groups.at[here]]]
    if not differs.any():
        return groups, differs
    torn = rows & np.isin(groups.at, np.unique(groups.at[differs]))
    keys = np.stack([groups.at[torn], *(column[torn] for column in columns)], axis=1)
    _, own = np.unique(keys, axis=0, return_inverse=True)
    at = groups.at.copy()
    at[torn] = groups.count + own.ravel()
    return Groups(at, int(at.max()) + 1), torn


def material(counting: Counting, groups: Groups, by_project: Flags, *, project: int, borrower: int, days: int) -> None:
    """Leave out projects and borrowers whose loans together stay below the threshold or were outstanding too short (PBOC-CA-MATERIAL)."""
    mine = counting.is_in
    totals = summed(np.where(mine, counting.numerator.values, 0), groups.at, groups.count)[groups.at]
    counting.leave(totals < np.where(by_project, project, borrower), "below_threshold")
    if days:
        stated = counting.view.money("days_outstanding")
        longest = np.full(groups.count, -1, np.int64)
        np.maximum.at(longest, groups.at[mine], np.where(stated.has, stated.values, days)[mine])
        counting.leave(longest[groups.at] < days, "too_short")


@dataclass(frozen=True, slots=True)
class Parts:
    """What each row finances: whole grams by scope, and the part of the denominator (NaN where there is none)."""

    scope1: Ints
    scope2: Ints
    both: Ints
    share: np.ndarray[tuple[int], np.dtype[np.float64]]


def parts_of(counting: Counting, found: Emissions, groups: Groups, denominator: Ints, *, is_whole: Flags, to_loan: Flags) -> Parts:
    """Each row's part: emissions × average ÷ denominator by borrower or project, shared among its loans so that they are it exactly.

    Where the denominator ``is_whole`` (a total investment, total assets) no more than all of it counts; ``to_loan`` rows take the
    sector's factor times their balance.
    """
    known = found.has1.astype(np.int64) + 2 * found.has2
    facts = [found.both, found.scope1, denominator, np.where(to_loan, found.rate, -1), known]
    groups, torn = alike(groups, counting.is_in, facts)
    counting.mark(torn & ~found.is_step("revenue", "balance"), "borrower_differs")
    weights = np.where(counting.is_in, counting.numerator.values, 0)
    claimed = summed(weights, groups.at, groups.count)[groups.at]
    below = np.where(to_loan | ~counting.is_in, 1, denominator)
    over = (claimed > below) & ~to_loan & counting.is_in
    counting.mark(over & is_whole, "share_capped")
    counting.mark(over, "share_above_one")
    sharing = _Sharing(counting, groups.at, weights, np.where(over & is_whole, below, claimed), below)
    divided, direct = counting.is_in & ~to_loan, counting.is_in & to_loan
    one = sharing.part(found.scope1, divided & found.has1)
    two = sharing.part(found.scope2, divided & found.has2)
    apart = divided & found.has1 & found.has2
    both = np.where(apart, one + two, sharing.part(found.both, divided & ~apart))
    if direct.any():
        straights = sharing.shared(straight(found, np.where(direct, claimed, 0)), direct)
        one, both = np.where(direct, straights, one), np.where(direct, straights, both)
    share = np.where(divided, weights / below * np.where(over & is_whole, below / np.maximum(claimed, 1), 1), np.nan)
    return Parts(one, two, both, share)


@dataclass(frozen=True, slots=True)
class _Sharing:
    """The rows of each group, what each weighs, and what the group may claim of its denominator."""

    counting: Counting
    group: Ints
    weights: Ints
    claimed: Ints
    below: Ints

    def part(self, grams: Ints, mask: Flags) -> Ints:
        """The part of each row of the mask: the group's claim of the grams, shared among them."""
        rows = np.flatnonzero(mask)
        wholes = np.zeros(len(grams), np.int64)
        wholes[rows] = part_of(grams[rows], self.claimed[rows], self.below[rows])
        return self.shared(wholes, mask)

    def shared(self, wholes: Ints, mask: Flags) -> Ints:
        """The whole of each group shared among its rows."""
        rows = np.flatnonzero(mask)
        found = np.zeros(len(wholes), np.int64)
        ids = self.counting.view.table["exposure_id"]
        found[rows] = shared(wholes[rows], self.weights[rows], self.group[rows], lambda few: order_of(ids, rows[few]))
        return found


def order_of(ids: pa.ChunkedArray, few: Ints) -> Ints:
    """The places of a few rows in the order of their ids."""
    texts = [text or "" for text in ids.take(few).to_pylist()]
    place = {text: at for at, text in enumerate(sorted(set(texts)))}
    return np.array([place[text] for text in texts], np.int64)
