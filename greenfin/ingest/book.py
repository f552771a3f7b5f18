"""read_book: files -> a Book and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import empty, fitted, schema
from greenfin.core.problems import Outcome, Problem, Refused, Severity, error, info, warning
from greenfin.core.records import Book, SourceFile
from greenfin.ingest import bills, operations
from greenfin.ingest.apart import told_apart
from greenfin.ingest.blocks import Block, find_block
from greenfin.ingest.branches import even_branches
from greenfin.ingest.cells import is_blank
from greenfin.ingest.checks import check_loans, unit_jump, without_doubles
from greenfin.ingest.controls import CONTROLS, agree, read_controls
from greenfin.ingest.dates import month_end, read_date
from greenfin.ingest.exchange import Quote, rates_in, rates_of, read_rates
from greenfin.ingest.files import read_grids, read_source
from greenfin.ingest.given_tags import read_given_tags, with_flags
from greenfin.ingest.grids import Grid
from greenfin.ingest.joined import with_ids, with_supplements
from greenfin.ingest.ledgers import LEDGERS, read_ledgers
from greenfin.ingest.links import check_links, with_customers
from greenfin.ingest.loans import read_loans
from greenfin.ingest.mapping import SavedMapping, sheets_gone, told_blocks, unmapped
from greenfin.ingest.named_projects import FIELD, with_named_projects
from greenfin.ingest.notes import is_note
from greenfin.ingest.outside import out_of_book
from greenfin.ingest.plausible import unlikely, unlikely_prices
from greenfin.ingest.projects import doubled_inputs, read_inputs, read_projects, without_results
from greenfin.ingest.rules import against_industry, interface_rules
from greenfin.ingest.sites import with_sites
from greenfin.ingest.stacked import stacked
from greenfin.ingest.vocabulary import column_of, kinds
from greenfin.reference.load import Reference

BOOK_KINDS = (
    "loans", "projects", "inputs", "inputs_wide", "operations", "operations_wide", "operations_pivot",
    "given_tags", *LEDGERS, "controls",
)  # fmt: skip
OPERATION_KINDS = ("operations", "operations_wide", "operations_pivot")
YEAR_KINDS = ("operations_list", "operations_year", "operations_row", "operations_months")  # of a year that the sheet or the user names
_MANY_ROWS = 20
_TABLE = 3  # rows and columns that make a table
_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True)
class Sheets:
    """The recognised blocks of all files, and what was said while finding them."""

    files: tuple[SourceFile, ...]
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...]
    quotes: tuple[Quote, ...] = ()  # exchange rates that stand in the files

    def of(self, *wanted: str) -> Iterator[Block]:
        """The blocks of some kinds."""
        return (block for block in self.blocks if block.kind in wanted)


def read_book(
    paths: Sequence[Path],
    *,
    as_of: date | None,
    controls: Path | None = None,
    reference: Reference | None = None,
    mapping: SavedMapping | None = None,
    rates: Path | None = None,
) -> Outcome[Book]:
    """A bank's book from one or more files (xlsx, csv, parquet), with every problem at its cell.

    Money comes back in fen, rates in millionths; rows that cannot stand are in ``rejected``. Control totals are held to the fen.
    Without ``as_of`` the data date of the files counts. A ``mapping`` says what each column is, strictly. ``rates`` is a table of
    exchange rates, beside any that stands in the files. Raises Refused for a file that cannot be read, for files in which nothing is
    recognised, and where no data date is known.
    """
    return book_of(find_sheets(paths, controls=controls, mapping=mapping, rates=rates), as_of=as_of, reference=reference)


def find_sheets(
    paths: Sequence[Path],
    *,
    controls: Path | None = None,
    mapping: SavedMapping | None = None,
    rates: Path | None = None,
    is_beside: bool = False,
) -> Sheets:
    """What is recognised in the files, before anything of it is read; raises Refused where that is nothing, unless they stand beside a
    ledger (``is_beside``)."""
    sheets = _sheets(paths, wanted=BOOK_KINDS, mapping=mapping)
    if controls:
        more = _sheets([controls], wanted=("controls",))
        sheets = _plus(sheets, replace(more, files=(read_source(controls, role="controls"),)))
    if rates:
        table = read_rates(rates)
        quotes = tuple(quote for mine in table.value.quotes.values() for quote in mine)
        sheets = _plus(sheets, Sheets((read_source(rates, role="rates"),), (), table.problems, quotes))
    if not sheets.blocks and not is_beside:
        nothing = error("ingest.nothing_recognised", paths[0].name if paths else "")
        gone = (problem for problem in sheets.problems if mapping and problem.severity is Severity.ERROR)
        raise Refused(next(gone, nothing))
    return _ledgers(sheets)


def _plus(sheets: Sheets, more: Sheets) -> Sheets:
    return Sheets(
        (*sheets.files, *more.files), (*sheets.blocks, *more.blocks), (*sheets.problems, *more.problems), (*sheets.quotes, *more.quotes)
    )


def book_of(sheets: Sheets, *, as_of: date | None, reference: Reference | None = None) -> Outcome[Book]:
    """The recognised sheets read; raises Refused where no data date is known."""
    day, said = _as_of(sheets, as_of)
    industries: Mapping[str, object] = reference.industries if reference else {}
    return _assembled(sheets, day, industries=industries, reference=reference).plus((*sheets.problems, *said))


def read_operations(path: Path, *, year: int | None = None) -> Outcome[Book]:
    """The operations of a file alone, as a Book dated at the end of its last month; raises Refused where there are none.

    ``year`` is what a bare ``3月`` belongs to where the file names no year.
    """
    sheets = _sheets([path], wanted=OPERATION_KINDS)
    sheets = sheets if sheets.blocks else _sheets([path], wanted=YEAR_KINDS)
    table = operations_of(sheets, year)
    months = [day for day in table.value["month_on"].to_pylist() if day]
    if not months:
        wrong = (problem for problem in table.problems if problem.severity is Severity.ERROR)
        raise Refused(next(wrong, error("ingest.nothing_recognised", path.name)))
    last = max(months)
    day = date(last.year, 12, 31) if pc.any(table.value["is_year"]).as_py() else month_end(last)
    kept, rejected = split(table.value, "operations")
    book = Book(day, operations=kept, rejected=rejected, files=sheets.files, layout=layout_of(sheets.blocks))
    return Outcome(book, (*sheets.problems, *table.problems, *unlikely_prices(kept)))


def _sheets(paths: Sequence[Path], *, wanted: tuple[str, ...], mapping: SavedMapping | None = None) -> Sheets:
    found: list[Block] = []
    quotes: list[Quote] = []
    problems: list[Problem] = list(unmapped(mapping, paths))
    for path in paths:
        grids = read_grids(path)
        problems.extend([*grids.problems, *sheets_gone(mapping, path, grids.value)])
        for grid in (each for each in grids.value if not is_note(each)):
            told = told_blocks(grid, wanted=wanted, mapping=mapping)
            problems.extend(told.problems)
            blocks = list(stacked(grid, wanted=wanted)) if told.value is None else list(told.value)
            if not blocks and not grid.is_hidden and (table := rates_in(grid)):
                quotes.extend(table.value)
                problems.extend(table.problems)
                continue
            # a known sheet of another kind is not worth a word
            if blocks or (told.value is None and not find_block(grid, wanted=BOOK_KINDS)):
                problems.extend(_about_grid(grid, blocks))
            found.extend(() if grid.is_hidden else blocks)
    return Sheets(tuple(read_source(path) for path in paths), tuple(found), tuple(problems), tuple(quotes))


def _ledgers(sheets: Sheets) -> Sheets:
    """The sheets of receipts as what they are: ledgers, tables of tags, lists of drawings."""
    blocks, said = told_apart(sheets.blocks)
    return replace(sheets, blocks=blocks, problems=(*sheets.problems, *said))


def _about_grid(grid: Grid, blocks: Sequence[Block]) -> Iterator[Problem]:
    if blocks and grid.is_hidden:
        yield warning("ingest.sheet_hidden", grid.sheet, count=grid.height)
    elif not blocks and (_filled_rows(grid) > _MANY_ROWS or _looks_like_a_table(grid)):
        yield warning("ingest.sheet_unknown_large", grid.sheet, count=_filled_rows(grid))
    elif not blocks:
        yield info("ingest.sheet_unknown", grid.sheet)


def _looks_like_a_table(grid: Grid) -> bool:
    """A few columns with something in a few rows: not a cover, a note or an empty sheet."""
    return sum(sum(not is_blank(cell) for cell in column) >= _TABLE for column in grid.columns[:10]) >= _TABLE


def _filled_rows(grid: Grid) -> int:
    return max((sum(not is_blank(cell) for cell in column) for column in grid.columns[:10]), default=0)


def _as_of(sheets: Sheets, given: date | None) -> tuple[date, list[Problem]]:
    """The data date: the given one, else the only one the files state."""
    stated = list(_stated(sheets.of("loans", "projects", "controls")))
    days = sorted({day for _, day in stated})
    if given is None and not days:
        raise Refused(error("ingest.as_of_missing", sheets.files[0].name if sheets.files else ""))
    day = given or days[-1]
    differing = [(where, other) for where, other in stated if other != day]
    return day, [warning("ingest.as_of_differs", where, found=other.isoformat(), as_of=day.isoformat()) for where, other in differing]


def _stated(blocks: Iterator[Block]) -> Iterator[tuple[str, date]]:
    for block in blocks:
        place = block.places.get("loan.data_date")
        if place:
            cells = set(block.grid.columns[place.column][block.first : block.end])
            days = {value for cell in cells if isinstance(value := read_date(cell).value, date)}
            if len(days) == 1:
                yield block.grid.at(block.header_row, place.column), days.pop()
        elif block.as_of:
            yield block.grid.at(max(block.header_row - 1, 0)), block.as_of


def layout_of(blocks: Sequence[Block]) -> dict[str, dict[str, str]]:
    """Sheet -> our column -> the sheet's column letter."""
    found: dict[str, dict[str, str]] = {}
    for block in blocks:
        names = column_of(kinds()[block.kind].table)
        letters = found.setdefault(block.grid.sheet, {})
        for field, place in block.places.items():
            letters.setdefault(names.get(field, field), block.grid.letter(place.column))
        if FIELD in block.places:
            letters.setdefault("project_name", block.grid.letter(block.places[FIELD].column))
        if "loan.balance_rmb" in block.places:
            letters.setdefault("balance_fen", block.grid.letter(block.places["loan.balance_rmb"].column))
        if "loan.original_balance" in block.places:
            letters.setdefault("balance_fen", block.grid.letter(block.places["loan.original_balance"].column))
    return found


def _assembled(sheets: Sheets, day: date, *, industries: Mapping[str, object], reference: Reference | None) -> Outcome[Book]:
    layout = layout_of(sheets.blocks)
    problems: list[Problem] = []

    def kept(outcome: Outcome[_Kept]) -> _Kept:
        problems.extend(outcome.problems)
        return outcome.value

    loans = kept(_loans(sheets, day, industries=industries))
    loans = kept(even_branches(loans, layout=layout))
    loans = kept(without_doubles(loans, "loan_id", layout=layout))
    projects, inputs, said = projects_of(sheets, industries=industries)
    problems.extend(said)
    projects = kept(without_doubles(projects, "project_id", layout=layout))
    loans, projects = kept(with_named_projects(loans, projects, list(sheets.of("loans"))))
    loans = kept(out_of_book(loans, layout=layout))
    ops = kept(operations_of(sheets, day.year, until=day))
    totals = kept(_controls(sheets, loans))
    if not loans.num_rows and any(sheets.of("loans", "projects", "controls")):
        problems.append(error("ingest.no_loans", sheets.files[0].name))
    rates = rates_of(sheets.quotes).value if sheets.quotes else None
    ledgers = kept(read_ledgers(sheets.blocks, layout=layout, industries=industries, rates=rates, as_of=day))
    sound = pc.is_null(loans["reject"])
    tags = kept(read_given_tags(sheets.blocks, loans.filter(sound)))
    loans = with_flags(loans, layout=layout)
    inputs, stated = without_results(inputs)
    book, rejected = split_all(
        loans=loans, projects=projects, inputs=inputs, operations=ops, controls=totals, given_tags=tags, stated_benefits=stated, **ledgers
    )
    book["loans"], joined = with_customers(book["loans"], book["customers"], layout=layout)
    problems.extend([*joined, *check_links(book, rejected, layout=layout)])
    problems.extend(check_loans(book["loans"], book["projects"], as_of=day, layout=layout))
    problems.extend(interface_rules(book["loans"], book["projects"], as_of=day, layout=layout))
    problems.extend(against_industry(book["loans"], reference, layout=layout) if reference else ())
    problems.extend(unlikely(book["projects"], book["inputs"], book["operations"]))
    problems.extend(
        [
            *unit_jump(book["loans"], book["projects"], layout=layout),
            *doubled_inputs(book["inputs"]),
            *doubled_inputs(book["stated_benefits"], name="output"),
            *agree(loans, totals.filter(pc.is_null(totals["reject"]))),
        ]
    )
    return Outcome(Book(day, **book, rejected=rejected, files=sheets.files, layout=layout), tuple(problems))


def split_all(**tables: pa.Table) -> tuple[dict[str, pa.Table], pa.Table]:
    """Of each table of candidates the accepted rows in its schema; and the rows of all that were not, as ``rejected``."""
    found = {name: split(table, name) for name, table in tables.items()}
    return {name: kept for name, (kept, _) in found.items()}, pa.concat_tables([rejected for _, rejected in found.values()])


_KEYS = {
    "loans": "loan_id", "projects": "project_id", "inputs": "project_id", "stated_benefits": "project_id", "operations": "site",
    "given_tags": "receipt_no", **LEDGERS, "bonds": "bond_code",
}  # fmt: skip


def split(table: pa.Table, name: str) -> tuple[pa.Table, pa.Table]:
    """Accepted rows in the table's schema, and the others as rows of ``rejected``."""
    accepted = pc.is_null(table["reject"])
    kept = fitted(table.filter(accepted), name)
    out = table.filter(pc.invert(accepted))
    key = _KEYS.get(name)
    nothing = pa.nulls(out.num_rows, pa.string())
    rejected = pa.table(
        {
            "table": pa.array([name] * out.num_rows, type=pa.string()),
            "key": out[key] if key else nothing,
            "balance_fen": out["balance_fen"] if "balance_fen" in out.column_names else nothing.cast(pa.int64()),
            "code": out["reject"],
            "source_sheet": out["source_sheet"],
            "source_row": out["source_row"],
        }
    )
    return kept, rejected.cast(schema("rejected"))


def _loans(sheets: Sheets, day: date, *, industries: Mapping[str, object]) -> Outcome[pa.Table]:
    table = rates_of(sheets.quotes)
    rates = table.value if sheets.quotes else None
    read = [(block, read_loans(block, as_of=day, industries=industries, rates=rates)) for block in sheets.of("loans")]
    nothing = empty("loans").append_column("reject", pa.array([], type=pa.string()))
    whole = _joined([Outcome(with_ids(outcome.value, block), outcome.problems) for block, outcome in read], nothing)
    parts = [(b, read_loans(b, as_of=day, industries=industries, needs_balance=False)) for b in sheets.of("loan_supplement")]
    joined = with_supplements(whole.value, [(block, outcome.value) for block, outcome in parts])
    return joined.plus((*table.problems, *whole.problems, *(p for _, outcome in parts for p in outcome.problems)))


def _joined(read: Sequence[Outcome[pa.Table]], nothing: pa.Table) -> Outcome[pa.Table]:
    tables = [outcome.value for outcome in read]
    return Outcome(pa.concat_tables(tables).combine_chunks() if tables else nothing, tuple(p for outcome in read for p in outcome.problems))


def projects_of(sheets: Sheets, *, industries: Mapping[str, object]) -> tuple[pa.Table, pa.Table, list[Problem]]:
    """Candidate projects and their inputs."""
    read = [read_projects(block, industries=industries) for block in sheets.of("projects")]
    apart = [read_inputs(block, industries=industries) for block in sheets.of("inputs", "inputs_wide")]
    nothing = empty("projects").append_column("reject", pa.array([], type=pa.string()))
    projects = pa.concat_tables([nothing, *(outcome.value[0] for outcome in read)])
    inputs = [*(outcome.value[1] for outcome in read), *(outcome.value for outcome in apart)]
    problems = [p for outcome in (*read, *apart) for p in outcome.problems]
    from greenfin.ingest.projects import INPUTS

    return projects, pa.concat_tables([INPUTS.empty_table(), *inputs]), problems


def operations_of(sheets: Sheets, year: int | None, *, until: date | None = None) -> Outcome[pa.Table]:
    """Candidate rows of the own operations."""
    read = [(block, operations.read_block(block, year=year)) for block in sheets.of(*OPERATION_KINDS, *YEAR_KINDS)]
    if not read:
        return Outcome(operations.OPERATIONS.empty_table())
    joined = with_sites([(block, outcome.value) for block, outcome in read])
    said = [*(p for _, outcome in read for p in outcome.problems), *joined.problems]
    return bills.check(joined.value.combine_chunks(), until=until).plus(tuple(said))


def _controls(sheets: Sheets, loans: pa.Table) -> Outcome[pa.Table]:
    names = frozenset(name for name in loans["subject_name"].unique().to_pylist() if name)
    read = [read_controls(block, names=names) for block in sheets.of("controls")]
    nothing = CONTROLS.empty_table()
    return _joined(read, nothing)
