"""What of a run never leaves the bank: names and numbers of borrowers, loans and persons."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import ahocorasick_rs
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from greenfin.core.records import Book

HIDDEN = "\u2022"  # stands for a masked name or number
_SHORTEST = 4  # a shorter code is masked as a whole word only
_OF_BORROWERS: Mapping[str, tuple[str, ...]] = {
    "loans": (
        "loan_id", "receipt_no", "contract_no", "prev_receipt_no", "licence_no", "customer_no", "customer_name", "customer_uscc", "manager",
    ),
    "customers": ("customer_no", "customer_name", "customer_uscc", "legal_person", "permit_no"),
    "drawings": ("receipt_no", "contract_no"),
    "bills": ("bill_no", "customer_no", "customer_name", "customer_uscc"),
    "letters": ("letter_no", "customer_no", "customer_name", "customer_uscc"),
    "risk_events": ("customer_no", "customer_name", "customer_uscc"),
    "evidence": ("receipt_no",),
    "given_tags": ("receipt_no",),
}  # fmt: skip
_OF_PERSONS = ("maker", "checker")


class Names:
    """The words to mask, looked for all at once."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        long = sorted(word for word in self.words if len(word) >= _SHORTEST)
        self._machine = ahocorasick_rs.AhoCorasick(long, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)

    def masked(self, text: str) -> str:
        """The text with a mark for each word in it."""
        if text in self.words:
            return HIDDEN
        at, out = 0, []
        for _, start, end in self._machine.find_matches_as_indexes(text):
            out += [text[at:start], HIDDEN]
            at = end
        return "".join((*out, text[at:]))


def names_of(book: Book, decisions: pa.Table, printed: Iterable[str]) -> Names:
    """What is masked of a book: receipts, contracts, customers, persons. ``printed``: words that the tables publish, which stay."""
    columns = [getattr(book, table)[name] for table, names in _OF_BORROWERS.items() for name in names]
    columns += [decisions[name] for name in ("receipt_no", *_OF_PERSONS)]
    return Names({str(word) for column in columns for word in pc.unique(column).to_pylist() if word} - set(printed))


def secret_of(book: Book) -> str:
    """What digests of receipts rest on: known to whoever has the book, and in nothing that a pack holds."""
    columns = [book.loans[name].to_pylist() for name in ("receipt_no", "customer_name", "balance_fen")]
    return hashlib.sha256(repr(sorted(map(str, zip(*columns, strict=True)))).encode()).hexdigest()


def masked_decisions(decisions: pa.Table, key: str) -> pa.Table:
    """The decisions with a digest for each receipt, a number for each person, and without the words of reasons."""
    receipts = [digest(one, key) for one in decisions["receipt_no"].to_pylist()]
    found = _put(decisions, "receipt_no", receipts)
    people: dict[str, str] = {}
    for name in _OF_PERSONS:
        said = [(one or "").strip() for one in decisions[name].to_pylist()]
        found = _put(found, name, [people.setdefault(one, f"person {len(people) + 1}") if one else None for one in said])
    return _put(found, "reason", [None if one is None else HIDDEN for one in decisions["reason"].to_pylist()])


def known_decisions(decisions: pa.Table, receipts: Iterable[str], key: str) -> pa.Table:
    """Masked decisions with the receipts of a book put back, where it has them."""
    known = {digest(one, key): one for one in receipts}
    return _put(decisions, "receipt_no", [known.get(one, one) for one in decisions["receipt_no"].to_pylist()])


def digest(receipt: str | None, key: str) -> str:
    """What stands for a receipt in the packs of one book; who has not the book cannot try receipts out."""
    return hmac.new(key.encode(), str(receipt).encode(), hashlib.sha256).hexdigest()


def _put(table: pa.Table, name: str, values: list[str | None] | list[str]) -> pa.Table:
    field = table.schema.field(name)
    return table.set_column(table.column_names.index(name), field, pa.array(values, field.type))
