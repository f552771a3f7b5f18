"""One filled row -> the answer as the table of supplements keeps it, or what is wrong with it and at which cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from greenfin.collect.ask import papers
from greenfin.collect.checking import FIRST_YEAR
from greenfin.collect.entry import NUMBER, Entry, entry_of
from greenfin.collect.returned import Question, Returned, Row, question
from greenfin.core.problems import Problem, error, warning
from greenfin.core.units import UnknownUnit, WrongDimension, parse_unit
from greenfin.ingest.answers import Answer, fillable, read_answer, read_number
from greenfin.ingest.cells import is_blank, is_error, shown
from greenfin.ingest.codes import read_text, read_unit, word_reader
from greenfin.ingest.dates import read_date, read_year
from greenfin.ingest.grids import CellValue

_SLACK = 1e-9
_LONGEST_PAPER = 200


class Wrong(Exception):
    """A cell that cannot be taken."""

    def __init__(self, problem: Problem, column: str = "answer") -> None:
        super().__init__(problem.code)
        self.problem, self.column = problem, column


@dataclass(frozen=True, slots=True)
class Taken:
    """A good answer: its rows for the supplements, what it amounts to (for comparing two answers), and what is to be said."""

    rows: tuple[dict[str, Any], ...]
    amount: tuple[object, ...]
    said: tuple[Problem, ...] = ()


def take(row: Row, file: Returned, *, industries: Mapping[str, object]) -> Taken:
    """The answer of a filled row whose mark is right. Raises Wrong."""
    asked = question(row)
    entry = entry_of(asked.target, asked.field, asked.method, "zh")
    answer = _answer(row, asked, entry, industries)
    amount, said = _amount(row, entry, answer)
    made = {
        "target": asked.target,
        "key": row.text("key"),
        "field": asked.field,
        "value": answer.text,
        "unit": answer.unit or None,
        "replaces": asked.seal or None,
        "branch_code": file.branch or None,
        "source_cell": row.at(),
        **_more(row, file, asked, entry),
        **_signature(row, file),
    }
    return Taken(
        tuple(_with_number(made, of_project=asked.method == "projects")),
        (amount, made.get("basis"), made.get("year"), made.get("valid_to")),
        said,
    )


def _answer(row: Row, asked: Question, entry: Entry, industries: Mapping[str, object]) -> Answer:
    cell = row.cells.get("answer")
    if asked.target == "evidence":
        text = str(read_text(cell).value or "")
        if is_error(cell) or not entry.least <= len(text) <= _LONGEST_PAPER:
            raise Wrong(error("collect.wrong_length", found=len(text), least=entry.least, most=_LONGEST_PAPER))
        return Answer(text)
    unit = _unit(row, entry) if entry.kind == NUMBER else ""
    if asked.target == "inputs":
        if is_error(cell):
            raise Wrong(error("collect.not_a_number", found=shown(cell)))
        read = read_number(cell, unit=unit, wanted="")
    else:
        read = read_answer(fillable()[asked.target, asked.field], cell, unit=unit, industries=industries)
    if not isinstance(read.value, Answer):
        raise Wrong(read.problem or error("collect.not_a_value", found=shown(cell)))
    return read.value


def _unit(row: Row, entry: Entry) -> str:
    """The unit chosen, as the registry spells it; the only one where there is but one."""
    cell = row.cells.get("unit")
    if is_blank(cell):
        if len(entry.units) == 1:
            return parse_unit(entry.units[0][0])
        raise Wrong(error("collect.unit_unlisted", found="-"), "unit")
    read = read_unit(cell)
    if not isinstance(read.value, str):
        raise Wrong(error("collect.unit_unlisted", found=shown(cell)), "unit")
    return read.value


def _amount(row: Row, entry: Entry, answer: Answer) -> tuple[object, tuple[Problem, ...]]:
    """A number in the unit of its bounds, held against them; any other answer as it is."""
    if entry.kind != NUMBER:
        return answer.text, ()
    try:
        value = float(answer.text) * _factor(entry, answer.unit)
    except (UnknownUnit, WrongDimension) as bad:
        wanted = entry.units[0][0] if entry.units else entry.unit
        raise Wrong(error("collect.unit_wrong", found=answer.unit or "-", wanted=wanted), "unit") from bad
    told = {"found": f"{value:,.10g}", "unit": entry.unit if entry.unit != "1" else ""}
    if _is_outside(value, entry.minimum, entry.maximum):
        raise Wrong(error("collect.value_impossible", **told, low=_bound(entry.minimum), high=_bound(entry.maximum)))
    is_fraction = entry.is_percent and 0 < float(answer.text) < 1  # 5 % typed as such is kept as 0.05
    if not is_fraction and not _is_outside(value, entry.low, entry.high):
        return value, ()
    told = {"found": answer.text, "unit": "%"} if is_fraction else told
    band = {**told, "low": "1" if is_fraction else _bound(entry.low), "high": "100" if is_fraction else _bound(entry.high)}
    if len(row.text("note").strip()) < 2:  # one sign is no reason
        raise Wrong(error("collect.value_unlikely", **band))
    return value, (warning("collect.value_unlikely_noted", row.at(), **band),)


def _factor(entry: Entry, unit: str) -> float:
    """How many of the bounds' unit one of the answer's is; raises WrongDimension, UnknownUnit."""
    from greenfin.core.units import ratio
    from greenfin.methods.choices import choices_of
    from greenfin.methods.readings import parameters, scale_of
    from greenfin.methods.registry import METHODS

    if not entry.method:
        return ratio(unit or "dimensionless", entry.unit)
    declaration = METHODS[entry.method].declaration
    spec = declaration.input(entry.field.removeprefix("input."))
    return scale_of(spec, unit, parameters(declaration, choices_of(declaration, {})))


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    below = low is not None and value < low - abs(low) * _SLACK
    return below or (high is not None and value > high + abs(high) * _SLACK)


def _bound(value: float | None) -> str:
    return "-" if value is None else f"{value:,.10g}"


def _more(row: Row, file: Returned, asked: Question, entry: Entry) -> dict[str, object]:
    """Basis and year of an input, validity of a document."""
    if asked.target == "inputs":
        cell = row.cells.get("basis")
        basis = word_reader("ben.basis")(cell).value
        if basis is None:
            raise Wrong(error("collect.basis_missing", found=shown(cell)), "basis")
        return {"basis": basis, "year": _year(row, file)}
    if asked.target == "evidence":
        day = _day(row.cells.get("valid_to"), "valid_to")
        if day is None and entry.is_dated:
            raise Wrong(error("collect.valid_to_missing"), "valid_to")
        return {"valid_to": day}
    return {}


def _year(row: Row, file: Returned) -> int | None:
    cell = row.cells.get("year")
    if is_blank(cell):
        return None
    year = read_year(cell).value
    if not isinstance(year, int) or not FIRST_YEAR <= year <= file.as_of.year:
        raise Wrong(error("collect.year_wrong", found=shown(cell)), "year")
    return year


def _day(cell: CellValue, column: str) -> date | None:
    if is_blank(cell):
        return None
    day = read_date(cell).value
    if not isinstance(day, date):
        raise Wrong(error("collect.date_wrong", found=shown(cell)), column)
    return day


def _signature(row: Row, file: Returned) -> dict[str, object]:
    """Who and when: of the row, else of the workbook."""
    by = next((str(cell).strip() for cell in (row.cells.get("by"), file.by) if not is_blank(cell)), "")
    on = _day(row.cells.get("on"), "on") or _day(file.on, "on")
    if not by or on is None:
        raise Wrong(error("collect.unsigned"), "by" if not by else "on")
    return {"filled_by": by, "filled_on": on}


def _with_number(made: dict[str, Any], *, of_project: bool) -> list[dict[str, Any]]:
    """The row, and for a document of a project its number in the project's own column."""
    paper = papers().get(made["field"]) if made["target"] == "evidence" else None
    if paper is None or not paper.into or not of_project:
        return [made]
    return [made, {**made, "target": "projects", "field": paper.into, "valid_to": None, "replaces": None}]
