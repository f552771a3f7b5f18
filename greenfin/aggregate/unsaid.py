"""Splits that the ledger cannot make, for want of a column: their groups are not known, which is not nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from greenfin.aggregate.facts import Facts
from greenfin.core.records import Sum
from greenfin.reference.asked import Cut

UNSAID = "unsaid"
_COLUMNS = {"sector": "section", "quality": "class5"}  # key -> the column of the outcomes that it rests on
_QUALITIES = ("normal", "special_mention", "substandard", "doubtful", "loss")


def unsaid_sums(loans: pa.Table, facts: Facts, asked: Mapping[str, Sequence[Cut]]) -> Iterator[Sum]:
    """A sum without a value, marked, for each group of a key whose column no loan fills, as far as tables ask for it by that key alone."""
    for key, column in _COLUMNS.items():
        if len(loans) and loans[column].null_count == len(loans):
            names = sorted(name for name, cuts in asked.items() if (key,) in cuts)
            for name in names:
                unit = "fen" if name.endswith("_balance") else "count"
                yield from (Sum(name, {key: value}, None, unit, 0, "loans", column, (UNSAID,)) for value in _values(key, facts))


def _values(key: str, facts: Facts) -> Sequence[str]:
    if key == "quality":
        return _QUALITIES
    industries = facts.reference.industries.values() if facts.reference else ()
    return sorted({industry.section for industry in industries})
