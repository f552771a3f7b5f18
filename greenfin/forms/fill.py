"""The regulator's own blank workbook filled in place: numbers into empty cells, everything else byte for byte as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem, Refused, error, info, warning
from greenfin.core.records import Cell, Table
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, same_dimension
from greenfin.forms.formulas import Calculator, Unread
from greenfin.forms.found import Found, find, lines_of
from greenfin.forms.sheet import Sheet, XmlCell, read_sheet, save, written
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import column_letter
from greenfin.reference.templates import Template

_DIGITS = 6  # a fen in ten thousand yuan, a gram in tonnes: nothing is rounded away
_CLOSE = Fraction(1, 10**_DIGITS)
_YUAN = "CNY"
_TOLD = 10
_FAILS, _CHECK = 2, ",1,2)"  # how the checks of a return are written: one where the rule holds, two where not


@dataclass(frozen=True, slots=True)
class Filled:
    """What was done: into which sheet, how many cells were written, how many of its formulas were held against ours and agree."""

    table: str
    sheet: str
    cells: int
    formulas: int
    same: int
    problems: tuple[Problem, ...]


def fill(path: Path, tables: Mapping[str, Table], templates: Mapping[str, Template], *, table: str = "", out: Path) -> tuple[Filled, ...]:
    """Fill a blank workbook from a run's tables (``table``: which; else every one that it has a sheet of) and write it to ``out``.

    Only empty cells without a formula get a number: in the unit of money that the sheet states, with six decimals, so that nothing is
    rounded away; what has no value stays empty. Raises Refused where the workbook must not be opened, is no form that is known whole, or
    is the file to write.
    """
    if out.exists() and out.samefile(path):
        raise Refused(error("form.same_place", out.name))
    done, parts = [], {}
    for found in _recognised(path, tables, templates, table):
        one, sheet, content = _filled(path, found, tables[found.template.id])
        done.append(one)
        parts[sheet.part] = content
    if not any(one.cells for one in done):
        raise Refused(error("form.nothing_to_fill", done[0].sheet, sheet=done[0].sheet))
    save(path, out, parts)
    return tuple(done)


def _filled(path: Path, found: Found, table: Table) -> tuple[Filled, Sheet, bytes]:
    """What is done on one sheet, and its new content."""
    sheet = read_sheet(path, found.grid.sheet.removeprefix(f"{path.name}!"))
    values, problems = _values(found, sheet, table)
    numbers = {at: cell.number for at, cell in sheet.cells.items() if cell.number is not None and not cell.formula}
    numbers |= {at: Fraction(text) for at, text in values.items()}
    held = _Held(found, sheet, Calculator(numbers, {at: cell.formula for at, cell in sheet.cells.items() if cell.formula}))
    problems += [*held.against(table), *held.checks()]
    done = Filled(found.template.id, found.grid.sheet, len(values), held.compared, held.same, tuple(problems))
    return done, sheet, written(sheet, values, held.cached())


def _recognised(path: Path, tables: Mapping[str, Table], templates: Mapping[str, Template], table: str) -> list[Found]:
    """The tables with the sheet that each stands on; raises Refused where none is whole, or none of the run."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise Refused(error("form.not_a_workbook", path.name))
    forms = {name: one for name, one in templates.items() if lines_of(one)}
    if table and table not in forms:
        raise Refused(error("form.table_unknown", path.name, found=table, known=", ".join(forms)))
    wanted = [table] if table else list(forms)
    tried = [find(grid, forms[name]) for grid in read_grids(path).value for name in wanted]
    best = max(tried, key=lambda one: (one.is_whole, one.size), default=None)
    if best is None or not best.is_whole:
        raise Refused(_not_recognised(path, best, table or ", ".join(forms)))
    whole = {one.template.id: one for one in sorted(tried, key=lambda one: one.size) if one.is_whole}
    known = [whole[name] for name in wanted if name in whole and name in tables]
    if not known:
        raise Refused(error("form.table_not_in_run", path.name, table=best.template.id))
    return known


def _not_recognised(path: Path, best: Found | None, wanted: str) -> Problem:
    if best is None:
        return error("form.not_recognised", path.name, table=wanted, rows=0, n=0, lacking="", heads="")
    rows, columns = best.lacking_rows, best.lacking_columns
    more = "…" if len(rows) > _TOLD else ""
    return error(
        "form.not_recognised",
        best.grid.sheet,
        table=wanted if not best.rows else best.template.id,
        rows=len(lines_of(best.template)),
        n=len(rows),
        lacking=", ".join(rows[:_TOLD]) + more,
        heads=", ".join(columns) or "-",
    )


def _places(found: Found, table: Table) -> Iterator[tuple[str, Cell]]:
    """Address on the sheet and cell of every figure of the table."""
    for row, at_row in found.rows.items():
        for column, at_column in found.columns.items():
            if cell := table.cell(row, column):
                yield f"{column_letter(at_column)}{at_row}", cell


def _values(found: Found, sheet: Sheet, table: Table) -> tuple[dict[str, str], list[Problem]]:
    values: dict[str, str] = {}
    problems: list[Problem] = []
    empty: list[str] = []
    for at, cell in _places(found, table):
        there = sheet.cells.get(at)
        if there is not None and there.formula:
            continue
        wanted = _stated(found, cell)
        if wanted is None:
            empty.append(cell.id)
        elif there is not None and there.is_filled:
            problems += _differs(found, at, there, wanted)
        else:
            values[at] = _text(wanted)
    if empty:
        problems.append(info("form.no_value", found.grid.sheet, n=len(empty), cell=empty[0]))
    return values, problems


def _differs(found: Found, at: str, there: XmlCell, wanted: Fraction) -> Iterator[Problem]:
    """A cell that somebody has filled already, where it holds something else."""
    if there.number is None or abs(there.number - wanted) > _CLOSE:
        held = "…" if there.number is None else _text(there.number)
        yield warning("form.already_filled", f"{found.grid.sheet}!{at}", found=held, value=_text(wanted))


def _stated(found: Found, cell: Cell) -> Fraction | None:
    """The value in the unit that the sheet states: of money, or of mass."""
    if cell.value is None:
        return None
    try:
        if found.money and same_dimension(cell.unit, _YUAN):
            return cell.value * exact_ratio(cell.unit, found.money)
    except (UnknownUnit, WrongDimension):
        return cell.value
    mass = (found.masses or {}).get(cell.id.rpartition(".")[2])
    return cell.value / Fraction(mass) if mass else cell.value


def _text(value: Fraction) -> str:
    """A number as a workbook writes it."""
    text = f"{round_half_up(value, _DIGITS):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


class _Held:
    """The workbook's own formulas against our figures."""

    def __init__(self, found: Found, sheet: Sheet, calculator: Calculator) -> None:
        self.found, self.sheet, self.calculator = found, sheet, calculator
        self.compared, self.same = 0, 0
        self.placed: set[str] = set()

    def against(self, table: Table) -> Iterator[Problem]:
        """Cells whose formula gives another value than the figure, or cannot be computed here."""
        for at, cell in _places(self.found, table):
            self.placed.add(at)
            there = self.sheet.cells.get(at)
            if there is None or not there.formula:
                continue
            wanted = _stated(self.found, cell)
            where = f"{self.found.grid.sheet}!{at}"
            try:
                gives = self.calculator.value(at)
            except Unread:
                yield info("form.formula_unread", where, found=there.formula)
                continue
            if wanted is None:  # a sum over empty cells is 0, which says nothing of a figure that is not known
                if gives:
                    yield warning("form.formula_differs", where, found=_text(gives), value="-")
                continue
            self.compared += 1
            if abs(gives - wanted) <= _CLOSE * max(1, len(self.found.rows)):
                self.same += 1
            else:
                yield warning("form.formula_differs", where, found=_text(gives), value=_text(wanted))

    def checks(self) -> Iterator[Problem]:
        """Formulas beside the figures that say whether a rule holds (1) and that it does not (2)."""
        for at, cell in self.sheet.cells.items():
            if at in self.placed or not cell.formula.replace(" ", "").endswith(_CHECK):
                continue
            try:
                value = self.calculator.value(at)
            except Unread:
                continue
            if value == _FAILS:
                yield warning("form.check_fails", f"{self.found.grid.sheet}!{at}", found=cell.formula)

    def cached(self) -> dict[str, str]:
        """What each formula gives now, for programs that do not compute."""
        found: dict[str, str] = {}
        for at, cell in self.sheet.cells.items():
            if cell.formula:
                try:
                    found[at] = _text(self.calculator.value(at))
                except Unread:
                    continue
        return found


def known_forms(templates: Mapping[str, Template]) -> Sequence[str]:
    """The tables that a blank workbook can be filled from."""
    return [name for name, template in templates.items() if lines_of(template)]
