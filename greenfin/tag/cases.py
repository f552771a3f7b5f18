"""The distinct cases of a book: what tagging looks at, once for all loans that agree in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.records import Book
from greenfin.reference.rules import DATES, Rule

Ints = NDArray[np.int64]
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Cases:
    """Distinct cases. ``purpose``, ``project``, ``product`` index ``texts`` (0 is the empty text); ``industry`` is the GB/T
    code of use ("" unknown); ``day`` the day each rule date falls on, as days since 1970; ``loan`` maps each loan to its case."""

    texts: tuple[str, ...]
    purpose: Ints
    project: Ints
    product: Ints
    industry: NDArray[np.str_]
    days: Mapping[str, Ints]
    eia: NDArray[np.bool_]
    certified: NDArray[np.bool_]
    loan: Ints

    @property
    def size(self) -> int:
        """How many cases."""
        return len(self.purpose)

    def part(self, start: int, end: int) -> Cases:
        """Some of the cases with only the texts they use; ``loan`` is left as it is."""
        used = np.unique(np.concatenate(([0], self.purpose[start:end], self.project[start:end], self.product[start:end])))
        cut = slice(start, end)
        return replace(
            self,
            texts=tuple(self.texts[i] for i in used),
            purpose=np.searchsorted(used, self.purpose[cut]).astype(np.int64),
            project=np.searchsorted(used, self.project[cut]).astype(np.int64),
            product=np.searchsorted(used, self.product[cut]).astype(np.int64),
            industry=self.industry[cut],
            days={k: v[cut] for k, v in self.days.items()},
            eia=self.eia[cut],
            certified=self.certified[cut],
        )


def cases_of(book: Book, rules: Sequence[Rule]) -> Cases:
    """The cases of a book's loans. Loans whose dates lie between the same rule dates share a case."""
    loans = book.loans
    project = _project_rows(book)
    columns = {
        "purpose": _as_written(loans["purpose"]),
        "project": _take(_project_texts(book), project),
        "product": pc.utf8_trim_whitespace(pc.binary_join_element_wise(_text(loans["product"]), _text(loans["kind"]), " ")),
        "industry": _first_filled(loans["industry_use"], _take(_text(book.projects["industry"]), project)),
        "eia": _take(_filled(book.projects["eia_no"]), project),
        "certified": _take(_filled(book.projects["green_cert"]), project),
    }
    eras = {kind: _era(_days(loans, kind, as_of=book.as_of), _bounds(rules, kind)) for kind in DATES}
    encoded = [_codes(c) for c in columns.values()]
    key = np.stack([codes for codes, _ in encoded] + [np.searchsorted(np.unique(e), e) for e in eras.values()])
    _, first, loan = np.unique(key, axis=1, return_index=True, return_inverse=True)
    picked = {name: [values[i] for i in codes[first]] for name, (codes, values) in zip(columns, encoded, strict=True)}
    return _cases(picked, {k: v[first] for k, v in eras.items()}, loan=loan.reshape(-1).astype(np.int64))


def _cases(picked: Mapping[str, list[str]], days: Mapping[str, Ints], *, loan: Ints) -> Cases:
    texts = ("", *sorted({t for n in ("purpose", "project", "product") for t in picked[n]} - {""}))
    at = {t: n for n, t in enumerate(texts)}
    index = {n: np.array([at[t] for t in picked[n]], dtype=np.int64) for n in ("purpose", "project", "product")}
    return Cases(
        texts=texts,
        purpose=index["purpose"],
        project=index["project"],
        product=index["product"],
        industry=np.array(picked["industry"], dtype=np.str_),
        days=days,
        eia=np.array([t == "1" for t in picked["eia"]], dtype=np.bool_),
        certified=np.array([t == "1" for t in picked["certified"]], dtype=np.bool_),
        loan=loan,
    )


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_trim_whitespace(pc.fill_null(column, ""))


def _as_written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The text untouched, so that places in it stay true; one of blanks only is empty."""
    return pc.if_else(pc.equal(_text(column), ""), "", pc.fill_null(column, ""))


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(_text(column), ""), "", "1")


def _first_filled(first: pa.ChunkedArray, second: pa.ChunkedArray) -> pa.ChunkedArray:
    own = _text(first)
    return pc.if_else(pc.equal(own, ""), second, own)


def _project_texts(book: Book) -> pa.ChunkedArray:
    parts = [_text(book.projects[c]) for c in ("project_name", "content", "green_cert")]
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " "))


def _project_rows(book: Book) -> pa.Array:
    """The row of each loan's project; null where it has none or names one that is not in the book."""
    known = pa.array(book.projects["project_id"].combine_chunks() if book.projects.num_rows else [], type=pa.string())
    return pc.index_in(book.loans["project_id"], value_set=known, skip_nulls=True)


def _take(values: pa.ChunkedArray, rows: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.take(values, rows), "")


def _codes(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    encoded = pa.chunked_array([column]) if isinstance(column, pa.Array) else column
    joined = encoded.combine_chunks()
    one = joined.dictionary_encode() if not isinstance(joined, pa.ChunkedArray) else pa.concat_arrays(joined.chunks).dictionary_encode()
    return one.indices.to_numpy(zero_copy_only=False).astype(np.int64), one.dictionary.to_pylist()


def _days(loans: pa.Table, kind: str, *, as_of: date) -> Ints:
    """The day a kind of rule date falls on: approval, else drawing, else the data date; tagging: the tag's own day, else the data date."""
    order = {"approval": ("approved_on", "start_on"), "drawing": ("start_on", "approved_on"), "tagging": ("green_on",), "as_of": ()}[kind]
    found = pa.array(np.full(loans.num_rows, np.datetime64(as_of, "D")), type=pa.date32())
    for name in reversed(order):
        found = pc.coalesce(loans[name].combine_chunks() if loans.num_rows else found, found)
    return np.asarray(found.cast(pa.int32()).to_numpy(zero_copy_only=False), dtype=np.int64)


def _bounds(rules: Sequence[Rule], kind: str) -> Ints:
    days = {d for r in rules if r.date_of == kind for d in (r.applies_from, r.applies_until) if d}
    return np.array(sorted((d - _EPOCH).days for d in days), dtype=np.int64)


def _era(days: Ints, bounds: Ints) -> Ints:
    """The last rule date on or before the day (far in the past where there is none): enough to know which rules apply."""
    steps = np.concatenate(([-(10**6)], bounds))
    return steps[np.searchsorted(bounds, days, side="right")]


def applies(rule: Rule, cases: Cases) -> NDArray[np.bool_]:
    """In which cases the rule is in force, by the date it looks at."""
    days = cases.days[rule.date_of]
    start = (rule.applies_from - _EPOCH).days if rule.applies_from else -(10**7)
    end = (rule.applies_until - _EPOCH).days if rule.applies_until else 10**7
    return np.asarray((days >= start) & (days < end), dtype=np.bool_)
