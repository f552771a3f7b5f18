"""What the sums are made of, and which figures the policy lets stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.columns import empty
from greenfin.core.records import Answer, Bank, Book, Sum
from greenfin.reference.asked import Cut, cuts_asked, resting_on
from greenfin.reference.policies import Policy

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

MARKED = ("parent_region", "earlier_year", "unverified", "user")
KEPT = 2**17  # loans: of more, what takes as much room as they do is made again where it is asked for again
Flags = NDArray[np.bool_]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a run knows before it sums: one tag per loan, one reporting year, one policy.

    ``reference`` gives the parents of catalogue entries and the sections of industries; without it the code's own dots do.
    ``numerator`` is what of a loan counts in the parts ("": as the guide has it). ``templates``: the tables asked for, which say
    what is summed by what (empty: all). ``financed`` are the exposures under each standard.
    ``doubted`` are items of which bills in doubt were left out of ``book`` and ``emissions``; ``uncounted`` are item and scope of what was
    used and has no emissions at all. ``pledged`` are the bank's targets, where
    it stands on them, and its credits.
    """

    book: Book
    tags: pa.Table
    measurements: pa.Table
    parts: pa.Table
    emissions: pa.Table
    policy: Policy
    year: int
    reference: Reference | None = None
    numerator: str = ""
    templates: tuple[str, ...] = ()
    exposures: pa.Table = field(default_factory=lambda: empty("exposures"))
    financed: pa.Table = field(default_factory=lambda: empty("financed"))
    doubted: frozenset[str] = frozenset()
    uncounted: tuple[tuple[str, str], ...] = ()
    pledged: tuple[Sum, ...] = ()
    bank: Bank = field(default_factory=Bank)
    answers: tuple[Answer, ...] = ()
    _made: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What is made of these facts and asked for several times, made once; of a large book nothing is kept."""
        if name in self._made:
            kept: T = self._made[name]
            return kept
        made = make()
        if len(self.book.loans) <= KEPT:
            self._made[name] = made
        return made

    @property
    def texts(self) -> Mapping[str, Mapping[str, str]]:
        """Words that stand in tables: of the bank's lists, and of what the figures rest on."""
        from greenfin.aggregate.listed import listed_texts
        from greenfin.aggregate.methods_used import texts_used

        return {**listed_texts(self.bank, self.answers), **texts_used(self)}


def cuts_of(facts: Facts) -> Mapping[str, tuple[Cut, ...]]:
    """Of each sum the cuts that the tables asked for need, beside those always made; nothing without reference data."""
    if facts.reference is None:
        return {}
    known = facts.reference.templates
    return facts.once("cuts", lambda: cuts_asked(resting_on(facts.templates or tuple(known), known)))


@dataclass(frozen=True, slots=True)
class FactorUsed:
    """One factor in a row's ``factors``: its key and the ways it was found."""

    key: str
    found: tuple[str, ...]


def factors_of(text: str | None) -> tuple[FactorUsed, ...]:
    """The factors of a row, from the JSON text of its column; empty where there is none."""
    listed: Sequence[Mapping[str, object]] = json.loads(text) if text else ()
    return tuple(FactorUsed(str(item.get("key", "")), _ways(item.get("found", ""))) for item in listed)


def _ways(found: object) -> tuple[str, ...]:
    parts = found if isinstance(found, list) else str(found).split("+")
    return tuple(str(part) for part in parts if part)


def texts(column: pa.ChunkedArray) -> tuple[list[str | None], NDArray[np.int64]]:
    """The distinct texts of a column and, per row, the place of its text among them."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def with_ways(table: pa.Table, policy: Policy) -> pa.Table:
    """The rows with one flag per way of :data:`MARKED` their factors were found in, and ``refused`` by the policy."""
    distinct, at = texts(table["factors"])
    ways = [{way for used in factors_of(text) for way in used.found} for text in distinct]
    for name in MARKED:
        table = table.append_column(name, pa.array(_flags([name in found for found in ways], at)))
    refused = [any(not policy.allows(way) for way in found) for found in ways]
    return table.append_column("refused", pa.array(_flags(refused, at)))


def _flags(per_text: list[bool], at: NDArray[np.int64]) -> Flags:
    return np.asarray(per_text, dtype=np.bool_)[at] if per_text else np.zeros(len(at), dtype=np.bool_)


def refused_keys(table: pa.Table, policy: Policy) -> tuple[str, ...]:
    """The factors for which rows of the table are refused, sorted."""
    distinct = pc.unique(table["factors"]).to_pylist()
    used = (u for text in distinct for u in factors_of(text))
    return tuple(sorted({u.key for u in used if any(not policy.allows(way) for way in u.found)}))
