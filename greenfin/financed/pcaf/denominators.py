"""What an exposure is a part of, by its class: enterprise value, equity and debt, the value at origination, GDP, proceeds, a pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenfin.financed.counting import Counting
from greenfin.financed.pcaf.emitted import group_of
from greenfin.financed.view import Flags, Ints, Money, View

KINDS = ("evic", "equity_debt", "assets", "total_investment", "value_at_origination", "gdp_ppp", "proceeds", "pool", "whole")
WHOLE = KINDS.index("whole")


@dataclass(slots=True)
class Denominator:
    """The denominator of each row in fen, and its place in ``KINDS`` (-1: none)."""

    values: Ints
    kind: Ints

    def take(self, rows: Flags, amounts: Money, kind: str) -> Flags:
        """Amounts for rows that have none yet; gives back where they were taken."""
        taken = rows & (self.kind < 0) & amounts.has
        self.values[taken], self.kind[taken] = amounts.values[taken], KINDS.index(kind)
        return taken


def denominators(counting: Counting, *, to_loan: Flags) -> Denominator:
    """The denominator of each exposure; rows that lack one are left out with the reason, but those that a factor goes straight to."""
    view = counting.view
    found = Denominator(np.zeros(len(view), np.int64), np.full(len(view), -1, np.int64))
    _of_company(counting, found, to_loan)
    _of_project(counting, found)
    _of_asset(counting, found)
    for group, column, kind, reason in _OTHERS:
        rows = group_of(view, group) if group else view.words("asset_class").among([kind_of(kind)])
        found.take(rows, view.money(column), kind)
        counting.leave(rows & (found.kind < 0), reason)
    counting.leave((found.kind >= 0) & (found.values <= 0) & ~to_loan, "denominator_not_positive")
    return found


_OTHERS = (
    ("sovereign", "gdp_ppp_fen", "gdp_ppp", "gdp_missing"),
    ("", "proceeds_fen", "proceeds", "proceeds_missing"),
    ("", "pool_fen", "pool", "pool_missing"),
)


def kind_of(denominator: str) -> str:
    """The asset class that alone has a denominator."""
    return {"proceeds": "use_of_proceeds", "pool": "securitisation"}[denominator]


def evic_of(view: View) -> tuple[Money, Flags]:
    """Enterprise value including cash as stated, else of its parts; and where a part of it was not stated. Cash is not taken off."""
    stated = view.money("evic_fen")
    ordinary, debt = view.money("cap_ordinary_fen"), view.money("debt_fen")
    preferred, minority = view.money("cap_preferred_fen"), view.money("minority_fen")
    parts = ordinary.has & debt.has & ~stated.has
    summed = ordinary.values + debt.values + preferred.values + minority.values
    lacking = parts & ~(preferred.has & minority.has)
    return Money(np.where(parts, summed, stated.values), stated.has | parts), lacking


def _of_company(counting: Counting, found: Denominator, to_loan: Flags) -> None:
    view = counting.view
    rows = group_of(view, "company")
    if not rows.any():
        return
    evic, lacking = evic_of(view)
    by_value = found.take(rows, evic, "evic")
    counting.mark(by_value & lacking, "evic_parts_missing")
    listed = rows & (view.words("asset_class").among(["listed_equity"]) | view.flags("is_listed"))
    counting.leave(listed & ~by_value & ~to_loan, "evic_missing")
    _balance_sheet(counting, found, rows & ~listed, columns=("equity_fen", "debt_fen"))
    by_assets = found.take(rows & ~listed, view.money("assets_fen"), "assets")
    counting.mark(by_assets & ~to_loan, "assets_as_denominator")
    counting.leave(rows & (found.kind < 0) & ~to_loan, "equity_debt_missing")


def _of_project(counting: Counting, found: Denominator) -> None:
    view = counting.view
    rows = group_of(view, "project")
    if not rows.any():
        return
    _balance_sheet(counting, found, rows, columns=("project_equity_fen", "project_debt_fen"))
    at_start = found.take(rows, view.money("project_total_invest_fen"), "total_investment")
    counting.mark(at_start, "total_investment_as_denominator")
    counting.leave(rows & (found.kind < 0), "project_financing_missing")


def _balance_sheet(counting: Counting, found: Denominator, rows: Flags, *, columns: tuple[str, str]) -> None:
    """Equity, nothing where it is negative, plus debt."""
    equity, debt = (counting.view.money(name) for name in columns)
    both = Money(np.maximum(equity.values, 0) + debt.values, equity.has & debt.has)
    taken = found.take(rows, both, "equity_debt")
    counting.mark(taken & (equity.values < 0), "equity_negative")


def _of_asset(counting: Counting, found: Denominator) -> None:
    view = counting.view
    buildings, vehicles = group_of(view, "building"), group_of(view, "vehicle")
    found.take(buildings | vehicles, view.money("value_at_origination_fen"), "value_at_origination")
    counting.leave(buildings & (found.kind < 0), "value_missing")
    balance = counting.numerator
    unknown = found.take(vehicles, Money(np.maximum(balance.values, 1), balance.has), "whole")
    counting.mark(unknown, "value_unknown")
