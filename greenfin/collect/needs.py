"""The open needs of the tags as questions: one for a project, whichever of its loans has it, else one for the loan."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from greenfin.collect.ask import Ask, masked
from greenfin.collect.loans import SUBJECT, per_loan
from greenfin.collect.projects import Owner, named
from greenfin.core.records import Book
from greenfin.messages import codes


def need_asks(book: Book, tags: pa.Table, *, held: Mapping[str, Owner], with_names: bool) -> list[Ask]:
    """The questions about documents that the book's own evidence does not answer."""
    needs, decision = per_loan(book, tags, "needs"), per_loan(book, tags, "decision")
    at = np.flatnonzero(~np.isin(needs.astype(str), ("[]", "", "None")) & np.isin(decision.astype(str), ("green", "review")))
    rows = book.loans.select(list(SUBJECT)).take(pa.array(at)).to_pylist()
    entries = {name: per_loan(book, tags, name, at) for name in ("code", "name_zh", "name_en", "decision")}
    names = dict(zip(book.projects["project_id"].to_pylist(), book.projects["project_name"].to_pylist(), strict=True))
    shown = _given(book)
    asks: dict[tuple[str, str], Ask] = {}
    for place, row in enumerate(rows):
        owner = held.get(row["project_id"] or "")
        key = row["project_id"] if owner else row["loan_id"]
        name = row["customer_name"] or ""
        subject = named(names.get(key), owner, with_names=with_names) if owner else name if with_names else masked(name)
        for need in json.loads(needs[at[place]]):
            if (key, need) in shown or (row["loan_id"], need) in shown:
                continue
            serves = {"need": need, **{n: values[place] or "" for n, values in entries.items()}}
            branch = owner.branch if owner else row["branch_code"] or ""
            balance = owner.balance_fen if owner else row["balance_fen"] or 0
            of = "projects" if owner else "loans"
            made = Ask(branch, "papers", key, subject, "evidence", need, "paper", serves, of, balance_fen=balance)
            asks.setdefault((key, need), made)
    return list(asks.values())


def _given(book: Book) -> set[tuple[str, str]]:
    """The documents the book already names: owner and kind, the kind by its id or by its words."""
    ids = {text: code.removeprefix("need.") for code, text in codes("zh").items() if code.startswith("need.")}
    found = set()
    for row in book.evidence.select(["kind", "receipt_no", "project_id"]).to_pylist():
        kind = ids.get(row["kind"] or "", row["kind"] or "")
        found |= {(owner, kind) for owner in (row["receipt_no"], row["project_id"]) if owner}
    return found
