"""Periods of columns that say none of their own: a share beside the amount of a year, a statement's short headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from greenfin.published.shapes import Label, Period
from greenfin.published.words import pattern


def with_periods(columns: Mapping[int, Label]) -> dict[int, Label]:
    """The columns, each with the period that its neighbours give it."""
    return _beside(_reaches(columns))


def _beside(columns: Mapping[int, Label]) -> dict[int, Label]:
    """A share named by that word alone, more than once in a table, is of the period of the amount left of it."""
    bare = [c for c, label in columns.items() if label.is_share and not label.period and not label.change and not label.subject]
    if len(bare) < 1 + 1 or len({columns[c].text for c in bare}) > 1:
        return dict(columns)
    found = dict(columns)
    for column in bare:
        left = next((found[c].period for c in range(column - 1, -1, -1) if c in found and found[c].period), None)
        found[column] = replace(columns[column], period=left)
    return found


def _reaches(columns: Mapping[int, Label]) -> dict[int, Label]:
    """Beside columns of this quarter, those of this year and of all time are sums to date and since the start."""
    if not any(label.period and label.period.reach == "quarter" for label in columns.values()):
        return dict(columns)
    return {column: _with_reach(label) for column, label in columns.items()}


def _with_reach(label: Label) -> Label:
    if label.period and label.period.reach:
        return label
    for reach in ("ytd", "since"):
        if pattern(f"row.reach_{reach}").search(label.text):
            period = label.period or Period(shift=0)
            return replace(label, period=replace(period, reach=reach), subject=pattern("subject.reach").sub("", label.subject).strip("|"))
    return label
