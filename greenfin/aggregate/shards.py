"""Sums of the shards of a book put together: all are exact integers, so that the order and number of shards change no digit.

A shard holds projects with all their loans; what is shared among a project's loans, and every count of projects, is therefore its own.
Customers have loans in several shards: their numbers are counted over rows grouped by customer (:func:`customer_sums`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from greenfin.aggregate.facts import Facts
from greenfin.aggregate.grouping import plus
from greenfin.aggregate.methods_used import used_sums
from greenfin.aggregate.sums import CUSTOMERS, book_of
from greenfin.aggregate.unsaid import UNSAID
from greenfin.core.records import Sum

_OF_SHARDS = frozenset(("loans", "parts", "measurements", "projects"))  # tables whose rows are in one shard each
_ALL_KNOWN = "total_invest"  # the whole stands only where no project's is missing: it is there in every shard, or not at all
_USED = "used_"
_BOOK = "book_balance"  # made of two others
_LOANS = "loans_balance"  # its rows are all loans
_BAD, _GREEN = "green_npl_balance", "green_balance"  # the first is looked for among the rows of the second


def of_shard(sums: Mapping[str, Sum]) -> tuple[Sum, ...]:
    """The sums of a shard that add up, and those that it has no column for."""
    return tuple(one for one in sums.values() if UNSAID in one.marks or (one.table in _OF_SHARDS and not _apart(one)))


def _apart(one: Sum) -> bool:
    return one.name.endswith(CUSTOMERS) or one.name.startswith(_USED) or one.name == _BOOK


class Adding:
    """Sums added up shard by shard."""

    def __init__(self, rest: Iterable[Sum]) -> None:
        """``rest``: the sums of the book without its loans and projects."""
        self._sums = {one.key: one for one in rest if not _apart(one)}
        self._whole = {key for key, one in self._sums.items() if one.name == _ALL_KNOWN and "project" not in one.keys}
        self._unsaid: dict[str, Sum] | None = None  # what no loan of the book says: no loan of any shard
        self._empty: set[str] = set()  # sums that are nothing in some part, for want of rows
        self._unknown: set[str] = set()  # and those of which the rows of some part do not say it

    def add(self, sums: Iterable[Sum]) -> None:
        """The sums of one more shard, or numbers of customers."""
        every = {one.key: one for one in sums}
        found = {key: one for key, one in every.items() if UNSAID not in one.marks}
        for key, one in found.items():
            more = self._without_nothing(one, found[_GREEN].rows if one.name == _BAD else one.rows)
            self._sums[key] = plus(self._sums[key], more) if key in self._sums else more
        if not any(one.name.endswith(CUSTOMERS) for one in found.values()):
            self._whole &= found.keys()
            if found[_LOANS].rows:
                unsaid = {key: one for key, one in every.items() if UNSAID in one.marks}
                self._unsaid = unsaid if self._unsaid is None else {key: one for key, one in self._unsaid.items() if key in unsaid}

    def _without_nothing(self, one: Sum, rows: int) -> Sum:
        """A sum of a part; without its 0 where that only says that the part has no rows, of which others may not know it."""
        if one.name != _BAD and not one.name.endswith(CUSTOMERS):
            return one
        if not rows and one.value == 0:
            self._empty.add(one.key)
            return replace(one, value=None)
        if rows and one.value is None:
            self._unknown.add(one.key)
        return one

    def sums(self, facts: Facts) -> Mapping[str, Sum]:
        """All sums of the book; ``facts`` are the book's without its loans."""
        nothing = {k: replace(self._sums[k], value=self._sums[k].value or 0) for k in self._empty - self._unknown}
        added = {**(self._unsaid or {}), **self._sums, **nothing}
        kept = {k: one for k, one in added.items() if one.name != _ALL_KNOWN or "project" in one.keys or k in self._whole}
        kept[_BOOK] = book_of(kept)
        kept.update({one.key: one for one in used_sums(facts, kept)})
        return kept
