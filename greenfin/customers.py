"""Likely green customers of a list: what they say of their business, their industry and revenue, with the reasons and what to ask for.

The catalogue's own tagger reads the texts, clause by clause, so that words against stand beside words for. A name alone is weak.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin import tag
from greenfin.core.columns import empty, table_of
from greenfin.core.problems import Outcome
from greenfin.core.records import Book
from greenfin.names import cells, column_of_texts, firms
from greenfin.reference.load import Reference

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
GREEN, REVIEW = 0.9, 0.45  # how much a clause that is green, or open, weighs at a score of one
SCOPE = 0.5  # the registered scope says what may be done, not what is done
INDUSTRY, NAME = 0.3, 0.15
REVENUE = 0.9  # of a customer with at least half of its revenue green
AGAINST, RISK = 0.5, 0.5  # what stays where half of the clauses, or the risk class, speak against
LIKELY = 0.5
_HALF = 500_000
_CLAUSES = "[;；。\n]"
_BY_RULE = "tag.by_rule"
_SHOWN = 3
_ASKED = ("main_business", "industry", "green_revenue_ppm")
_READ = ["customer_no", "industry", "main_business", "green_revenue_ppm", "two_high"]


@dataclass(frozen=True, slots=True)
class _Clauses:
    """Clauses of the customers' texts: whose, which field, where in its text it begins."""

    owner: Ints
    field: NDArray[np.object_]
    start: Ints
    text: pa.Array


def likely_green(book: Book, reference: Reference, *, edition: str = "", top: int | None = None) -> Outcome[pa.Table]:
    """The customers of a book in the order of how likely they are green (``green_customers``), the first ``top`` or all.

    ``edition`` is a catalogue's id, else the one in force on the book's day. Equal scores stand in the order of the numbers.
    """
    customers = book.customers
    if not len(customers):
        return Outcome(empty("green_customers"))
    clauses = _clauses(customers)
    named = edition or reference.editions.for_return(book.as_of)
    tags = tag.tag(_as_loans(book, clauses), reference, editions=(named,)).value
    entries = _entries(reference, named)
    weights, against = _weights(tags, clauses, len(customers))
    industry = np.asarray(
        pc.is_in(column_of_texts(customers, "industry"), value_set=pa.array(list(entries))).to_numpy(zero_copy_only=False)
    )
    share = np.asarray(pc.fill_null(customers["green_revenue_ppm"], 0).to_numpy(), dtype=np.float64)
    revenue = REVENUE * np.clip(share / _HALF, 0, 1)
    score = 1 - (1 - weights) * (1 - INDUSTRY * industry) * (1 - revenue)
    risk = _at_risk(customers)
    score = np.round(score * (1 - AGAINST * against) * np.where(risk, RISK, 1.0), 4)
    numbers = np.array(column_of_texts(customers, "customer_no").to_pylist(), dtype=object).astype(str)
    order = np.lexsort((numbers, -score))[:top]
    shown = _Shown(book, reference, named, tags, clauses, entries)
    return Outcome(shown.table(order, score, industry=industry, revenue=revenue, risk=risk))


def _clauses(customers: pa.Table) -> _Clauses:
    """Main business clause by clause (the registered scope where there is none), and the names of firms."""
    business, scope = column_of_texts(customers, "main_business"), column_of_texts(customers, "business_scope")
    names = pc.if_else(pa.array(firms(customers)), column_of_texts(customers, "customer_name"), "")
    bare = pc.equal(business, "")
    parts = [
        _split(business, "main_business"),
        _split(pc.if_else(bare, scope, ""), "business_scope"),
        _split(names, "customer_name"),
    ]
    return _Clauses(
        owner=np.concatenate([part.owner for part in parts]),
        field=np.concatenate([part.field for part in parts]),
        start=np.concatenate([part.start for part in parts]),
        text=pa.concat_arrays([part.text for part in parts]),
    )


def _split(texts: pa.Array, field: str) -> _Clauses:
    lists = pc.split_pattern_regex(texts, _CLAUSES)
    owner = np.asarray(pc.list_parent_indices(lists).to_numpy(zero_copy_only=False), dtype=np.int64)
    parts = pc.list_flatten(lists)
    length = np.asarray(pc.utf8_length(parts).to_numpy(zero_copy_only=False), dtype=np.int64) + 1
    ends = np.cumsum(length)
    heads = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]][: owner.size])
    start = ends - length - np.repeat((ends - length)[heads], np.diff(np.r_[heads, owner.size]))
    kept = np.asarray(pc.not_equal(pc.utf8_trim_whitespace(parts), "").to_numpy(zero_copy_only=False), dtype=np.bool_)
    return _Clauses(owner[kept], np.full(int(kept.sum()), field, dtype=object), start[kept], parts.filter(pa.array(kept)))


def _as_loans(book: Book, clauses: _Clauses) -> Book:
    """The clauses as loans of the customers' industries, for the tagger; a name has no industry beside it."""
    industry = column_of_texts(book.customers, "industry").take(pa.array(clauses.owner))
    industry = pc.if_else(pa.array(clauses.field == "customer_name"), None, industry)
    ids = pc.cast(pa.array(np.arange(clauses.owner.size)), pa.string())
    loans = table_of("loans", {"loan_id": ids, "purpose": clauses.text, "industry_use": industry})
    return Book(as_of=book.as_of, loans=loans)


def _entries(reference: Reference, edition: str) -> Mapping[str, list[str]]:
    """Industry -> the entries of the catalogue that it belongs to."""
    found: dict[str, list[str]] = {}
    for entry in reference.catalogues[edition].entries.values():
        if entry.is_leaf and entry.industries_basis in ("official", "remarks"):
            for code in entry.industries:
                found.setdefault(code, []).append(entry.code)
    return found


def _weights(tags: pa.Table, clauses: _Clauses, size: int) -> tuple[Reals, Reals]:
    """Per customer the best weight of its clauses, and which part of those of its business speaks against it."""
    decision = tags["decision"].combine_chunks()
    score = np.asarray(pc.fill_null(tags["score"], 0).to_numpy(), dtype=np.float64)
    green, review = (np.asarray(pc.equal(decision, word).to_numpy(zero_copy_only=False), dtype=np.bool_) for word in ("green", "review"))
    named = clauses.field == "customer_name"
    weight = np.where(green, GREEN * score, np.where(review, REVIEW * score, 0.0)) * np.where(clauses.field == "business_scope", SCOPE, 1.0)
    words = np.asarray(pc.not_equal(tags["evidence"], "[]").to_numpy(), dtype=np.bool_)
    weight = np.where(named, NAME * ((green | review) & words), weight)
    best = np.zeros(size)
    np.maximum.at(best, clauses.owner, weight)
    brown = _brown(tags) & ~named
    counts = np.bincount(clauses.owner[~named], minlength=size)
    return best, np.bincount(clauses.owner[brown], minlength=size) / np.maximum(counts, 1)


def _brown(tags: pa.Table) -> NDArray[np.bool_]:
    """Clauses that a rule keeps out of the catalogue."""
    ruled = pc.and_(pc.equal(tags["decision"], "not_green"), pc.equal(tags["reason"], _BY_RULE))
    return np.asarray(pc.fill_null(ruled, False).to_numpy(), dtype=np.bool_)


def _at_risk(customers: pa.Table) -> NDArray[np.bool_]:
    """High energy use and emission, or the highest class of environmental risk."""
    high = pc.fill_null(customers["two_high"], False)
    found = pc.or_(high, pc.fill_null(pc.equal(customers["env_class"], "A"), False))
    return np.asarray(found.to_numpy(), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The rows that are shown, with their reasons in the order of their weight."""

    book: Book
    reference: Reference
    edition: str
    tags: pa.Table
    clauses: _Clauses
    entries: Mapping[str, list[str]]

    def table(self, order: Ints, score: Reals, *, industry: NDArray[np.bool_], revenue: Reals, risk: NDArray[np.bool_]) -> pa.Table:
        """The table of these customers."""
        said = self._said(order)
        few = self.book.customers.select(_READ).take(pa.array(order)).to_pylist()
        entries, reasons, needs = [], [], []
        for row, customer in zip(order.tolist(), few, strict=True):
            mine = said.get(row, [])
            others = self._others(customer, is_industry=bool(industry[row]), is_revenue=revenue[row] > 0, is_risk=bool(risk[row]))
            why = [*(reason for reason, _, _ in mine), *others]
            likely = [str(reason["code"]) for reason in why if reason.get("code")]
            listed = self.entries[customer["industry"]] if industry[row] else []
            entries.append(self._named(tuple(likely or listed)))
            reasons.append(json.dumps(why, ensure_ascii=False))
            missing = [f"customer_{name}" for name in _ASKED if customer[name] in (None, "")]
            needs.append(json.dumps([*dict.fromkeys(need for _, told, _ in mine for need in told), *missing]))
        columns: dict[str, object] = {
            "rank": list(range(1, len(few) + 1)),
            "customer_no": [customer["customer_no"] for customer in few],
            "score": score[order].tolist(),
            "entries": entries,
            "reasons": reasons,
            "needs": needs,
            "source_cell": cells(self.book, self.book.customers, order, "customer_name"),
        }
        return table_of("green_customers", columns)

    def _said(self, order: Ints) -> dict[int, list[tuple[dict[str, object], list[str], float]]]:
        """Per shown customer what its clauses say: reason, needs and weight, the heaviest first."""
        wanted = np.zeros(len(self.book.customers), dtype=np.bool_)
        wanted[order] = True
        rows = np.flatnonzero(wanted[self.clauses.owner])
        tags = self.tags.select(["decision", "code", "score", "evidence", "needs", "reason"]).take(pa.array(rows)).to_pylist()
        found: dict[int, list[tuple[dict[str, object], list[str], float]]] = {}
        for row, told in zip(rows.tolist(), tags, strict=True):
            found.setdefault(int(self.clauses.owner[row]), []).extend(self._reasons(row, told))
        return {owner: sorted(reasons, key=lambda reason: -reason[2]) for owner, reasons in found.items()}

    def _reasons(self, row: int, told: Mapping[str, object]) -> list[tuple[dict[str, object], list[str], float]]:
        against = told["decision"] == "not_green" and told["reason"] == _BY_RULE
        field = str(self.clauses.field[row])
        if told["evidence"] == "[]" or (told["decision"] == "not_green" and not against) or (against and field == "customer_name"):
            return []
        evidence = json.loads(str(told["evidence"]))
        kind = "brown" if against else "name" if field == "customer_name" else "activity"
        start = int(self.clauses.start[row])
        weight = 0.0 if against else NAME if kind == "name" else float(str(told["score"] or 0))
        words = [{"text": e["text"], "start": start + e["start"], "end": start + e["end"]} for e in evidence[:_SHOWN]]
        code = None if against else told["code"]
        needs = json.loads(str(told["needs"] or "[]")) if not against else []
        return [({"kind": kind, "field": field, "code": code, "words": words, "decision": told["decision"]}, needs, weight)]

    def _others(self, customer: Mapping[str, Any], *, is_industry: bool, is_revenue: bool, is_risk: bool) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        if is_industry:
            code = customer["industry"]
            found.append({"kind": "industry", "field": "industry", "industry": code, "entries": self.entries[code]})
        if is_revenue:
            found.append({"kind": "revenue", "field": "green_revenue_ppm", "share": customer["green_revenue_ppm"] / 1_000_000})
        if is_risk:
            found.append({"kind": "high", "field": "two_high" if customer["two_high"] else "env_class"})
        return found

    def _named(self, codes: tuple[str, ...]) -> str:
        entries = self.reference.catalogues[self.edition].entries
        known = [entries[code] for code in dict.fromkeys(codes) if code in entries]
        return json.dumps([{"code": e.code, "name_zh": e.name_zh, "name_en": e.name_en} for e in known], ensure_ascii=False)
