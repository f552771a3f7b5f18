"""Whether a book goes through in batches, and what is read of it once: everything but its loans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin import financed, pipeline
from greenfin.core.columns import fitted
from greenfin.core.problems import Outcome, Problem, error
from greenfin.core.records import BOOK_TABLES, Book, SourceFile
from greenfin.ingest import read_source
from greenfin.ingest.archive import MAX_FILE, MAX_LEDGER
from greenfin.ingest.batches import Ledger, NeedsAll, ledger_of, rows_in
from greenfin.ingest.book import BOOK_KINDS, OPERATION_KINDS, Sheets, find_sheets, layout_of, operations_of, projects_of, split_all
from greenfin.ingest.checks import without_doubles
from greenfin.ingest.delimited import as_parquet, lines_in
from greenfin.ingest.exchange import rates_of
from greenfin.ingest.ledgers import read_ledgers
from greenfin.ingest.links import check_links
from greenfin.ingest.plausible import unlikely
from greenfin.ingest.projects import doubled_inputs, without_results
from greenfin.messages import Lang
from greenfin.pipeline import Files, Options
from greenfin.reference.load import Reference

AT_ONCE = 65_536
BEYOND = 400_000  # loans: a smaller book is read whole
_KINDS = ("projects", "inputs", "inputs_wide", "customers", *OPERATION_KINDS)
_WATCHED = "A"  # class of customers whose green loans are told with their number
_WHOLE = ("controls", "mapping", "supplements")  # files that are held against all loans at once


class Beside:
    """The sheets beside the ledgers with their rows, which are let go when they are taken; they stay out of other processes."""

    def __init__(self, read: Callable[[], Sheets]) -> None:
        self._read = read
        self._held: list[Sheets] = [read()]

    @property
    def heads(self) -> Sheets:
        """The sheets without their rows: what stands in which column."""
        sheets = self._held[0]
        return replace(sheets, blocks=tuple(replace(one, grid=replace(one.grid, columns=(), memo={})) for one in sheets.blocks))

    def take(self) -> Sheets:
        """The sheets; read again where they were taken before."""
        return self._held.pop() if self._held else self._read()

    def __reduce__(self) -> tuple[Callable[..., Beside], tuple[Callable[[], Sheets]]]:
        return _untaken, (self._read,)


def _untaken(read: Callable[[], Sheets]) -> Beside:
    beside = Beside.__new__(Beside)
    beside._read, beside._held = read, []
    return beside


@dataclass(frozen=True, slots=True)
class Plan:
    """A run in batches: its ledgers, the files given that they are of (or copies of), the other sheets (``sheets``: without their rows),
    how many loans at once, in how many shards it is computed, and the language of its list of problems."""

    files: Files
    options: Options
    as_of: date
    ledgers: tuple[Ledger, ...]
    given: tuple[Path, ...]
    sheets: Sheets
    beside: Beside
    at_once: int
    shards: int
    lang: Lang = "zh"

    @property
    def rows(self) -> int:
        """Rows of all ledgers."""
        return sum(ledger.rows for ledger in self.ledgers)

    def most_of(self, path: Path) -> int:
        """How many bytes a file of the book may have: more where it is read some rows at a time."""
        return MAX_LEDGER if path in self.given else MAX_FILE

    @property
    def layout(self) -> Mapping[str, Mapping[str, str]]:
        """Where each column stands in its file."""
        return layout_of([*(ledger.head for ledger in self.ledgers), *self.sheets.blocks])


def loans_in(paths: tuple[Path, ...]) -> int:
    """The rows of the parquet files among the paths, and the lines of CSV files, without reading them."""
    return sum(rows_in(path) or lines_in(path) for path in paths)


def copies_of(paths: tuple[Path, ...], folder: Path) -> dict[Path, Path]:
    """The CSV files among the paths as parquet files in a folder, where they are plainly tables. Raises OSError."""
    copies: dict[Path, Path] = {}
    for at, path in enumerate(paths):
        if lines_in(path):
            place = folder / str(at)
            place.mkdir(parents=True, exist_ok=True)
            if copy := as_parquet(path, place):
                copies[path] = copy
    return copies


def planned(
    files: Files,
    options: Options,
    *,
    as_of: date,
    at_once: int = AT_ONCE,
    shards: int = 0,
    copies: Mapping[Path, Path] | None = None,
    lang: Lang = "zh",
) -> Plan:
    """How the book goes through in batches of so many loans, computed in so many shards (0: of as many loans as a batch). ``copies``:
    parquet files from which others are read.

    Raises NeedsAll with the reason where it must be read whole, Refused for damaged files."""
    for name in _WHOLE:
        if given := getattr(files, name):
            raise NeedsAll(given.name)
    if len(options.editions) > 1:
        raise NeedsAll(" ".join(options.editions))
    tables = {path: (copies or {}).get(path, path) for path in files.books}
    found = {path: ledger_of(table, wanted=BOOK_KINDS, at_once=at_once) for path, table in tables.items() if rows_in(table)}
    ledgers = tuple(ledger for ledger in found.values() if ledger)
    given = tuple(path for path, ledger in found.items() if ledger)
    others = [path for path in files.books if not found.get(path)]
    if not ledgers or len({ledger.path.name for ledger in ledgers}) < len(ledgers):
        raise NeedsAll(files.books[0].name)
    beside = Beside(partial(find_sheets, others, rates=files.rates, is_beside=True))
    sheets = beside.heads
    for block in sheets.blocks:
        if block.kind not in _KINDS:
            raise NeedsAll(block.grid.sheet)
    if len(ledgers) > 1 and (customers := next(sheets.of("customers"), None)):
        raise NeedsAll(customers.grid.sheet)
    rows = sum(ledger.rows for ledger in ledgers)
    return Plan(files, options, as_of, ledgers, given, sheets, beside, at_once, shards or max(-(-rows // at_once), 1), lang)


@dataclass(frozen=True, slots=True)
class Others:
    """A book without its loans, and what was said while reading it."""

    book: Book
    problems: tuple[Problem, ...]


def others_of(plan: Plan, reference: Reference) -> Others:
    """Projects, inputs, stated benefits and operations, read once. Raises NeedsAll where they are about financed emissions, and where a
    customer is of environmental risk class A: whose green loans are counted over all loans."""
    layout, sheets = plan.layout, plan.beside.take()
    problems = [*sheets.problems]
    projects, inputs, said = projects_of(sheets, industries=reference.industries)
    single = without_doubles(projects, "project_id", layout=layout)
    operations = operations_of(sheets, plan.as_of.year, until=plan.as_of)
    inputs, stated = without_results(inputs)
    rates = rates_of(sheets.quotes)
    lists = read_ledgers(sheets.blocks, layout=layout, industries=reference.industries, rates=rates.value, as_of=plan.as_of)
    tables = {"projects": single.value, "inputs": inputs, "operations": operations.value, "stated_benefits": stated, **lists.value}
    kept, rejected = split_all(**tables)
    problems += [*said, *single.problems, *operations.problems, *rates.problems, *lists.problems]
    problems += unlikely(kept["projects"], kept["inputs"], kept["operations"])
    problems += [*doubled_inputs(kept["inputs"]), *doubled_inputs(kept["stated_benefits"], name="output")]
    book = Book(plan.as_of, **kept, rejected=rejected, files=_sources(plan), layout=layout)
    problems += check_links({name: getattr(book, name) for name in BOOK_TABLES}, rejected, layout=layout)
    if financed.not_there(book) is None:
        raise NeedsAll(plan.files.books[0].name)
    for row in book.customers.filter(pc.equal(book.customers["env_class"], _WATCHED)).slice(0, 1).to_pylist():
        sheet = row["source_sheet"]
        raise NeedsAll(f"{sheet}!{layout.get(sheet, {}).get('env_class', '')}{row['source_row']}")
    return Others(book, tuple(problems))


def _sources(plan: Plan) -> tuple[SourceFile, ...]:
    """The files in the order in which they were given, that of rates behind them."""
    beside = (read_source(plan.files.rates, role="rates"),) if plan.files.rates else ()
    return (*(read_source(path, most=plan.most_of(path)) for path in plan.files.books), *beside)


def shard_of(book: Book, *, projects: pa.Array) -> Book:
    """The book of some projects, by id: their records, inputs and stated benefits; and an input of every kind that the whole book has."""
    own = {
        name: getattr(book, name).filter(pc.is_in(getattr(book, name)["project_id"], value_set=projects))
        for name in ("projects", "inputs", "stated_benefits")
    }
    left = book.inputs.filter(pc.invert(pc.is_in(book.inputs["project_id"], value_set=projects)))
    at = pc.index_in(pc.unique(left["input"]), value_set=left["input"].combine_chunks())
    own["inputs"] = fitted(pa.concat_tables([own["inputs"], left.take(at)]), "inputs")
    return Book(book.as_of, **own, files=book.files, layout=book.layout)


def customers_of(book: Book, loans: pa.Table) -> pa.Table:
    """The customers of some loans; one other where none of them is in the list, so that the book has a list."""
    listed = book.customers
    found = [pc.is_in(listed[name], value_set=loans[name].combine_chunks(), skip_nulls=True) for name in ("customer_no", "customer_uscc")]
    mine = listed.filter(pc.or_(*found))
    return mine if mine.num_rows else listed.slice(0, 1)


def without_loans(book: Book) -> Book:
    """What is left of the book when its shards are taken out."""
    return replace(book, **{name: getattr(book, name).slice(0, 0) for name in ("projects", "inputs", "stated_benefits")})


def read_rest(plan: Plan, others: Others, reference: Reference) -> pipeline.Inputs:
    """Everything else that the user gave: decisions, last year, the bank, a model, answers; with the book without its loans."""
    return pipeline.read_beside(plan.files, Outcome(others.book, others.problems), reference=reference)


def no_loans(plan: Plan) -> Problem:
    """That no row of a ledger could be read."""
    return error("ingest.no_loans", plan.files.books[0].name)
