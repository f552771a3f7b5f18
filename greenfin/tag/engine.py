"""Tagging: texts and industries of a book to entries of a catalogue, with what it stands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.columns import empty, schema
from greenfin.core.problems import Outcome, Problem, Refused, error, info
from greenfin.core.records import Book
from greenfin.reference.load import Reference
from greenfin.tag.cases import cases_of, pieces
from greenfin.tag.columns import cases_gathered, columns_of
from greenfin.tag.compiled import way_for
from greenfin.tag.decisions import apply_decisions
from greenfin.tag.lexicon import Edition, Lexicon, lexicon
from greenfin.tag.model import Model
from greenfin.tag.moves import Learned, learned_of
from greenfin.tag.reading import read

AUTO = "auto"
_WHOLE_PPM = 1_000_000
_FLAG = {True: "green", False: "not_green"}
_CASES_AT_ONCE, _BYTES_AT_ONCE, _THREADS = 32_768, 16_000_000, 2


def tag(
    book: Book,
    reference: Reference,
    *,
    editions: Sequence[str] = (),
    decisions: pa.Table | None = None,
    model: Model | None = None,
    raw: bool = False,
    way: str = "",
    threads: int = _THREADS,
    cases: int = _CASES_AT_ONCE,
) -> Outcome[pa.Table]:
    """A tag for each loan and edition (schema ``tags``), and what is wrong.

    ``editions``: ids; empty: the one in force on the book's data date; ``auto``: for each loan the one of its own dates.
    A loan has one tag in an edition, however often that is asked for.
    Decisions of people win over the machine, whose score, rule and evidence stay visible. ``way`` of reading texts (see match.find;
    empty: what suits so many loans), ``threads`` and ``cases`` at once change the time it takes and never the result. A ``model`` learned
    from decisions re-orders entries and moves cases to and from review. Scores say how likely a verdict is right; ``raw``: they are as the
    tagger weighs them, and the leaf stands where only its class would be said. Raises Refused for an edition that is not known, and for a
    model of an edition that is not among them.
    """
    chosen = _editions(book, reference, editions=editions)
    if model and model.edition not in chosen.names:
        raise Refused(error("tag.model_other_edition", "", found=model.edition, known=", ".join(chosen.names)))
    learned = learned_of(reference, model=model, raw=raw)
    words = lexicon(reference, tuple(sorted(set(chosen.names))))
    tables = [
        _tag_edition(
            replace(book, loans=loans), words, edition=words.editions[name], learned=learned, way=way, threads=threads, cases=cases
        )
        for name, loans in chosen.parts(book.loans)
        if loans.num_rows
    ]
    tags = pa.concat_tables(tables) if tables else empty("tags")
    outcome = apply_decisions(tags, decisions, book=book, reference=reference)
    return outcome.plus(_flag_differs(outcome.value, book))


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Editions, and the rows of the loans that each is for (None: all)."""

    names: tuple[str, ...]
    rows: tuple[pa.Array | None, ...]

    def parts(self, loans: pa.Table) -> Iterator[tuple[str, pa.Table]]:
        """Each edition with its loans."""
        return ((n, loans if r is None else loans.take(r)) for n, r in zip(self.names, self.rows, strict=True))


def _editions(book: Book, reference: Reference, *, editions: Sequence[str]) -> _Chosen:
    names = tuple(dict.fromkeys(editions)) or (reference.editions.for_return(book.as_of),)
    for name in names:
        if name != AUTO and name not in reference.catalogues:
            raise Refused(error("tag.unknown_edition", "", found=name, known=", ".join(reference.catalogues)))
    fixed = tuple(n for n in names if n != AUTO)
    if AUTO not in names or not book.loans.num_rows:
        return _Chosen(fixed, (None,) * len(fixed))
    found = _per_loan(book, reference)
    own = sorted(set(found.tolist()) - set(names))
    rows = (*(pa.array(np.flatnonzero(found == n)) for n in own), *(None for _ in fixed))
    return _Chosen((*own, *fixed), rows)


def _per_loan(book: Book, reference: Reference) -> NDArray[np.str_]:
    """The edition of each loan's own dates; looked up once for each distinct pair of days."""
    days = [pc.fill_null(book.loans[c].cast(pa.int32()), -1).to_numpy() for c in ("approved_on", "start_on")]
    pairs, where = np.unique(np.stack(days), axis=1, return_inverse=True)
    known = [[None if d < 0 else np.datetime64(int(d), "D").item() for d in pair] for pair in pairs.T]
    found = np.array([reference.editions.for_loan(a, s, book.as_of) for a, s in known])
    return np.asarray(found[where.reshape(-1)])


def _tag_edition(book: Book, words: Lexicon, *, edition: Edition, learned: Learned, way: str, threads: int, cases: int) -> pa.Table:
    """The tags of a book's loans, piece by piece, two pieces at once: numpy, polars and Arrow leave the interpreter free."""
    gathered = cases_gathered(book, words, edition=edition)
    way = way_for(way, gathered.loans.num_rows)
    at_once = _evenly(gathered.loans.num_rows, at_most=cases, threads=threads)
    parts = list(pieces(gathered.loans, book, cases=at_once, characters=_BYTES_AT_ONCE))
    starts = np.append(0, np.cumsum([part.num_rows for part in parts])).tolist()
    projects = book.projects["project_id"].combine_chunks()
    same = _same(min(cases, book.loans.num_rows), edition)

    def tagged(loans: pa.Table, start: int) -> pa.Table:
        found = cases_of(loans, book)
        reading = read(found.texts, words, way=way)
        own = pa.table(columns_of(found, reading, words, edition=edition, learned=learned, way=way))
        return whole(own, start) if gathered.case is None else own

    def whole(own: pa.Table, start: int) -> pa.Table:
        return _table(book.loans.slice(start, own.num_rows), own, projects=projects, same=same)

    with ThreadPoolExecutor(threads) as pool:
        found = pa.concat_tables(pool.map(tagged, parts, starts))
        if gathered.case is None:
            return found
        of, found = gathered.case, found.combine_chunks()
        every = range(0, book.loans.num_rows, cases)
        return pa.concat_tables(pool.map(lambda at: whole(found.take(pa.array(of[at : at + cases])), at), every))


def _evenly(size: int, *, at_most: int, threads: int) -> int:
    """How many of so many rows each of several pieces has, so that every thread gets as many pieces as the others."""
    rounds = -(-size // (at_most * threads))
    return -(-size // (rounds * threads)) if size > at_most else at_most


def _same(size: int, edition: Edition) -> Mapping[str, pa.Array]:
    """What is the same in so many rows, once for all pieces: the edition, who decided, and what only people fill in."""
    known = {"edition": edition.id, "decided_by": "machine", "approved": False, "maker": None, "checker": None}
    return {name: pa.repeat(pa.scalar(value, schema("tags").field(name).type), size) for name, value in known.items()}


def _table(loans: pa.Table, found: pa.Table, *, projects: pa.Array, same: Mapping[str, pa.Array]) -> pa.Table:
    """The columns of the cases with those that are the loan's own: share and basis."""
    green = pc.not_equal(found["decision"], "not_green")
    has_project = pc.is_in(loans["project_id"], value_set=projects)
    columns = {name: found[name] for name in found.column_names} | {
        "loan_id": loans["loan_id"],
        "share_ppm": pc.if_else(green, pc.coalesce(loans["green_share_ppm"], found["share_ppm"], _WHOLE_PPM), 0),
        "share_reason": _share_reason(loans["green_share_ppm"], found, green),
        "basis": pc.if_else(green, pc.coalesce(found["basis"], pc.if_else(has_project, "project", "use")), None),
    }
    columns |= {name: values.slice(0, loans.num_rows) for name, values in same.items()}
    types = schema("tags")
    return pa.Table.from_arrays([columns[f.name].cast(f.type) for f in types], schema=types)


def _share_reason(own: pa.ChunkedArray, found: pa.Table, green: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where a green share that is not the whole is from: the ledger's own comes first."""
    of_ledger = pc.fill_null(pc.less(own, _WHOLE_PPM), False)
    stated = pc.if_else(pc.is_null(own), found["share_reason"], None)
    return pc.if_else(green, pc.if_else(of_ledger, "tag.share_ledger", stated), None)


def _flag_differs(tags: pa.Table, book: Book) -> Iterator[Problem]:
    """The bank's own flag beside the result: shown, never the result."""
    if book.loans["bank_green"].null_count == book.loans.num_rows:
        return
    at = pc.index_in(tags["loan_id"], value_set=book.loans["loan_id"].combine_chunks())
    flag = pc.take(book.loans["bank_green"], at)
    differs = pc.or_(pc.and_(flag, pc.equal(tags["decision"], "not_green")), pc.and_(pc.invert(flag), pc.equal(tags["decision"], "green")))
    rows = pa.array(np.flatnonzero(pc.fill_null(differs, False).to_numpy()))
    at, flags = at.take(rows), flag.take(rows).to_pylist()
    blank = {"source_sheet": "", "source_row": 0}
    sheets, numbers = (pc.fill_null(book.loans[name].take(at), none).to_pylist() for name, none in blank.items())
    said = {is_green: info("tag.bank_flag_differs", flag=own, decision=_FLAG[not is_green]) for is_green, own in _FLAG.items()}
    for sheet, row, is_green in zip(sheets, numbers, flags, strict=True):
        one = said[is_green]
        yield Problem(one.code, one.severity, book.cell(sheet, row, "bank_green"), one.params)
