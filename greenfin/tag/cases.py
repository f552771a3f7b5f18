"""Cases: what tagging looks at. Each loan is one, or, where a book says the same again and again, all loans that agree in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.records import Book
from greenfin.reference.rules import DATES, Rule
from greenfin.tag.packed import distinct

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
_EPOCH = date(1970, 1, 1)
_ALL = slice(None)
_SAMPLE, _PAYS = 10_000, 0.6  # purposes looked at, a tenth of them in a piece; the share of distinct ones under which gathering pays


@dataclass(frozen=True, slots=True)
class Borrowing:
    """Who borrows working capital: ``at`` indexes ``who``, its business (or its name: ``is_name``; "" else); ``revenue``: its audited
    share of green revenue in percent (NaN: none)."""

    who: tuple[str, ...]
    at: Ints
    is_name: Flags
    revenue: Floats


@dataclass(frozen=True, slots=True)
class Cases:
    """``purpose``, ``project``, ``product`` index ``texts`` (0 is the empty text); ``industry`` indexes ``industries``, GB/T codes
    of use ("" unknown); ``days`` the day each rule date falls on, as days since 1970; ``eia``, ``certified``: the project has a number
    of an assessment, a green certificate; ``borrowing``: of working capital."""

    texts: pa.StringArray
    purpose: Ints
    project: Ints
    product: Ints
    industries: tuple[str, ...]
    industry: Ints
    days: Mapping[str, Ints]
    eia: Flags
    certified: Flags
    borrowing: Borrowing

    @property
    def size(self) -> int:
        """How many cases."""
        return len(self.purpose)


@dataclass(frozen=True, slots=True)
class Borrowers:
    """What the ledgers say of each loan's borrower: ``business`` its main business, or its name where that is not given (``is_name``);
    empty where the purpose speaks of something else than working capital. ``revenue``: audited share of green revenue in percent."""

    business: pa.Array
    is_name: pa.Array
    revenue: pa.Array


@dataclass(frozen=True, slots=True)
class Gathered:
    """The loans that stand for all that agree with them, and which of these each loan agrees with (None: each stands for itself)."""

    loans: pa.Table
    case: Ints | None


def gather(book: Book, rules: Sequence[Rule], borrowers: Borrowers) -> Gathered:
    """The distinct cases of a book where a sample of the purposes says that looking for them pays; else its loans.

    Loans whose dates lie between the same rule dates agree in them.
    """
    loans = book.loans.select([*_READ])
    for name in Borrowers.__slots__:
        loans = loans.append_column(name, getattr(borrowers, name))
    if not _repeats(loans["purpose"]):
        return Gathered(loans, None)
    columns = [_coded(loans[name])[0] for name in ("purpose", "project_id", "product", "kind", "industry_use", "business")]
    columns.append(_encoded(_joined(loans["revenue"]))[0])
    columns += (_era(_days(loans, kind, as_of=book.as_of), _bounds(rules, kind)) for kind in DATES)
    key = columns[0]
    for column in columns[1:]:
        if int(key.max(initial=0)) > 2**31:
            key = _ranks(key)
        key = key * (int(column.max(initial=0)) + 1) + column
    case = _ranks(key)  # in order: those of one purpose stay together
    first = np.zeros(int(case.max(initial=-1)) + 1, dtype=np.int64)
    first[case[::-1]] = np.arange(len(case))[::-1]
    return Gathered(loans.take(pa.array(first)), case)


def _ranks(numbers: Ints) -> Ints:
    """The rank of each number among those that occur."""
    at, known = _encoded(pa.array(numbers))
    rank = np.empty(len(known), dtype=np.int64)
    rank[np.argsort(known.to_numpy())] = np.arange(len(known))
    return rank[at]


_READ = ("purpose", "project_id", "product", "kind", "industry_use", "approved_on", "start_on", "green_on")


def _repeats(purposes: pa.ChunkedArray, sample: int = _SAMPLE) -> bool:
    """Whether purposes repeat: from how many of a sample stand in it once and twice (Chao's estimate of the distinct ones)."""
    size = len(purposes)
    rows = np.unique(np.linspace(0, max(size - 1, 0), min(size, sample)).astype(np.int64))
    counts = pc.value_counts(purposes.take(pa.array(rows))).field("counts").to_numpy()
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    distinct = len(counts) + once * once / (2 * twice) if twice else size
    return min(distinct / max(size, 1), len(counts) / max(len(rows), 1)) < _PAYS


def pieces(loans: pa.Table, book: Book, *, cases: int, characters: int) -> Iterator[pa.Table]:
    """The loans in their order, at most so many at once, and of about so many bytes of text."""
    rows = _project_rows(loans, book)
    sizes = [pc.binary_length(loans["purpose"]), *(pc.take(pc.binary_length(book.projects[c]), rows) for c in _PROJECT_TEXTS)]
    weight = np.append(0, np.cumsum(sum(pc.fill_null(s, 0).to_numpy().astype(np.int64) for s in sizes)))
    start = 0
    while start < loans.num_rows:
        end = int(np.searchsorted(weight, weight[start] + characters, side="right")) - 1
        end = min(max(end, start + 1), start + cases)
        yield loans.slice(start, end - start)
        start = end


_PROJECT_TEXTS = ("project_name", "content", "green_cert")


def cases_of(loans: pa.Table, book: Book) -> Cases:
    """Each of the loans as a case."""
    at = _project_rows(loans, book)
    used = pc.unique(at).drop_null()
    projects = book.projects.take(used)
    own = pc.fill_null(pc.index_in(at, value_set=used), len(used)).to_numpy().astype(np.int64)  # the row behind the last: no project
    purposes, purpose = _distinct(_as_written(loans["purpose"]), encode=_repeats(loans["purpose"], _SAMPLE // 10))
    product, products = _products(loans)
    texts = [pa.array([""]), purposes, _project_texts(projects), products]
    sizes = np.cumsum([0] + [len(t) for t in texts])
    named, names = _coded(loans["industry_use"])
    industries = (*names.to_pylist(), *_text(projects["industry"]).to_pylist(), "")
    industry = np.where(pc.equal(names, "").to_numpy(zero_copy_only=False)[named], own + len(names), named)
    business, who = _coded(loans["business"])
    joined = pa.concat_arrays(texts)
    blank = np.append(pc.equal(joined, "").to_numpy(zero_copy_only=False), True)
    places = [purpose + sizes[1], np.where(own < len(used), own + sizes[2], 0), product + sizes[3]]
    at_purpose, at_project, at_product = (np.where(blank[p], 0, p) for p in places)
    eia, certified = (np.append(_filled(projects[c]), False)[own] for c in ("eia_no", "green_cert"))
    return Cases(
        texts=joined,
        purpose=at_purpose,
        project=at_project,
        product=at_product,
        industries=industries,
        industry=industry,
        days={kind: _days(loans, kind, as_of=book.as_of) for kind in DATES},
        eia=eia,
        certified=certified,
        borrowing=Borrowing(tuple(who.to_pylist()), business, loans["is_name"].to_numpy(), loans["revenue"].to_numpy()),
    )


def of_texts(texts: Sequence[str], *, days: Mapping[str, Ints]) -> Cases:
    """Texts as purposes of nothing else; ``days``: one a kind, for all."""
    size = len(texts)
    none, no = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    purpose = np.where(np.array([bool(t.strip()) for t in texts], dtype=np.bool_), np.arange(1, size + 1), 0)
    full = {kind: np.full(size, int(day[0])) for kind, day in days.items()}
    nobody = Borrowing(("",), none, no, np.full(size, np.nan))
    return Cases(pa.array(["", *texts], pa.string()), purpose, none, none, ("",), none, full, no, no, nobody)


def _distinct(texts: pa.Array, *, encode: bool) -> tuple[pa.Array, Ints]:
    """The texts, each once if they repeat, and where each one is."""
    if not encode:
        return texts, np.arange(len(texts), dtype=np.int64)
    at, values = _encoded(texts)
    return values, at


def _encoded(column: pa.Array) -> tuple[Ints, pa.Array]:
    """(index of each value, distinct values)."""
    encoded = column.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary


def _coded(column: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """(index of each value, distinct values), without blanks around them; none is empty."""
    at, written = _encoded(pc.fill_null(_joined(column), ""))
    again, values = _encoded(pc.utf8_trim_whitespace(written))
    return again[at], values


def _products(loans: pa.Table) -> tuple[Ints, pa.Array]:
    """(index of each loan's product and kind, these as texts)."""
    (product, products), (kind, kinds) = (_coded(loans[name]) for name in ("product", "kind"))
    pairs, at = distinct(product, kind)
    product, kind = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return at, pc.utf8_trim_whitespace(pc.binary_join_element_wise(products.take(pa.array(product)), kinds.take(pa.array(kind)), " "))


def _joined(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column if isinstance(column, pa.Array) else column.combine_chunks() if column.num_chunks else pa.array([], type=column.type)


def _text(column: pa.ChunkedArray) -> pa.Array:
    return pc.utf8_trim_whitespace(pc.fill_null(_joined(column), ""))


def _as_written(column: pa.ChunkedArray) -> pa.Array:
    """The text untouched, so that places in it stay true; one of blanks only is empty."""
    filled = pc.fill_null(_joined(column), "")
    blank = pc.utf8_is_space(filled)
    return pc.if_else(blank, "", filled) if blank.true_count else filled


def _filled(column: pa.ChunkedArray) -> Flags:
    return np.asarray(pc.not_equal(_text(column), "").to_numpy(zero_copy_only=False), dtype=np.bool_)


def _project_texts(projects: pa.Table) -> pa.Array:
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*(_text(projects[c]) for c in _PROJECT_TEXTS), " "))


def _project_rows(loans: pa.Table, book: Book) -> pa.Array:
    """The row of each loan's project; null where it has none or names one that is not in the book."""
    return pc.index_in(_joined(loans["project_id"]), value_set=_joined(book.projects["project_id"]), skip_nulls=True)


def _days(loans: pa.Table, kind: str, *, as_of: date) -> Ints:
    """The day a kind of rule date falls on: approval, else drawing, else the data date; tagging: the tag's own day, else the data date."""
    order = {"approval": ("approved_on", "start_on"), "drawing": ("start_on", "approved_on"), "tagging": ("green_on",), "as_of": ()}[kind]
    found = pa.array(np.full(loans.num_rows, np.datetime64(as_of, "D")), type=pa.date32())
    for name in reversed(order):
        found = pc.coalesce(_joined(loans[name]), found)
    return np.asarray(found.cast(pa.int32()).to_numpy(zero_copy_only=False), dtype=np.int64)


def _bounds(rules: Sequence[Rule], kind: str) -> Ints:
    days = {d for r in rules if r.date_of == kind for d in (r.applies_from, r.applies_until) if d}
    return np.array(sorted((d - _EPOCH).days for d in days), dtype=np.int64)


def _era(days: Ints, bounds: Ints) -> Ints:
    """Between which rule dates each day lies."""
    return np.searchsorted(bounds, days, side="right")


def applies(rule: Rule, cases: Cases, rows: Ints | slice = _ALL) -> Flags:
    """In which of the cases the rule is in force, by the date it looks at."""
    known = cases.days[rule.date_of]
    days = known[rows] if isinstance(rows, slice) else known.take(rows)
    holds = np.ones(len(days), dtype=np.bool_)
    if rule.applies_from:
        holds &= days >= (rule.applies_from - _EPOCH).days
    if rule.applies_until:
        holds &= days < (rule.applies_until - _EPOCH).days
    return holds
