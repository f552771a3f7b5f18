"""What the workbook itself checks: lists to choose from, limits of entry cells, and the state of each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenfin.collect.ask import Ask
from greenfin.collect.columns import LISTS
from greenfin.collect.entry import DATE, NUMBER, TEXT, WORD, Entry

FIRST_YEAR = 1990
_MOST_AREAS = 200  # of one validation: longer lists of areas are not read by every program
_LONGEST_PROMPT, _LONGEST_TITLE = 250, 30
_FIRST_DAY, _LAST_DAY = "DATE(1949,1,1)", "DATE(2199,12,31)"


@dataclass(slots=True)
class Lists:
    """The hidden sheet of lists; each list is written once."""

    sheet: Any
    ranges: dict[object, str] = field(default_factory=dict)

    def range_of(self, *columns: Sequence[object]) -> str:
        """Where columns of values that belong together stand, e.g. ``_lists!$A$1:$B$4``."""
        from openpyxl.utils import get_column_letter

        key = tuple(tuple(column) for column in columns)
        if key not in self.ranges:
            first = (self.sheet.max_column if self.ranges else 0) + 1
            for at, column in enumerate(columns, first):
                for row, value in enumerate(column, 1):
                    self.sheet.cell(row, at).value = value
            start, end = get_column_letter(first), get_column_letter(first + len(columns) - 1)
            self.ranges[key] = f"{LISTS}!${start}$1:${end}${len(columns[0])}"
        return self.ranges[key]


@dataclass(slots=True)
class Limits:
    """Collects the limits of a sheet's entry cells and puts cells with equal limits under one validation."""

    title: str
    found: dict[tuple[tuple[str, str], ...], list[tuple[str, int]]] = field(default_factory=dict)

    def add(self, letter: str, row: int, /, **limits: str) -> None:
        """One cell and its limits, as the library's validation takes them."""
        self.found.setdefault(tuple(sorted(limits.items())), []).append((letter, row))

    def put(self, sheet: Any) -> None:
        """Write the validations."""
        from openpyxl.worksheet.datavalidation import DataValidation

        for limits, cells in self.found.items():
            areas = list(_areas(cells))
            for start in range(0, len(areas), _MOST_AREAS):
                made: Any = DataValidation(allow_blank=True, showErrorMessage=True, showInputMessage=True, **dict[str, Any](limits))
                made.errorTitle = self.title[:_LONGEST_TITLE]
                made.error = (made.prompt or self.title)[:_LONGEST_PROMPT]
                made.sqref = _ranges(areas[start : start + _MOST_AREAS])
                sheet.add_data_validation(made)


def _ranges(areas: Sequence[str]) -> Any:
    from openpyxl.worksheet.cell_range import MultiCellRange

    return MultiCellRange(" ".join(areas))


def _areas(cells: Iterable[tuple[str, int]]) -> Iterable[str]:
    """Cells as areas, neighbours below each other joined."""
    start: tuple[str, int] | None = None
    last = 0
    for letter, row in sorted(cells):
        if start and letter == start[0] and row == last + 1:
            last = row
            continue
        if start:
            yield f"{start[0]}{start[1]}:{start[0]}{last}"
        start, last = (letter, row), row
    if start:
        yield f"{start[0]}{start[1]}:{start[0]}{last}"


def limit_answer(limits: Limits, entry: Entry, cell: tuple[str, int], *, lists: Lists, prompt: str) -> None:
    """The limits of the answer's cell."""
    said = {"prompt": prompt[:_LONGEST_PROMPT]}
    if entry.kind == WORD:
        limits.add(*cell, type="list", formula1=lists.range_of(entry.words), **said)
    elif entry.kind == DATE:
        limits.add(*cell, type="date", operator="between", formula1=_FIRST_DAY, formula2=_LAST_DAY, **said)
    elif entry.kind == TEXT:
        limits.add(*cell, type="textLength", operator="between", formula1=str(entry.least), formula2=str(entry.most), **said)
    else:
        limits.add(*cell, type="decimal", **_bounds(entry), **said)


def _bounds(entry: Entry) -> dict[str, str]:
    """What a number must be whatever its unit: from the least to the greatest over all units."""
    factors = [factor for _, factor in entry.units] or [1.0]
    low = (entry.minimum or 0.0) / max(factors)
    if entry.maximum is None:
        return {"operator": "greaterThanOrEqual", "formula1": f"{low:.10g}"}
    return {"operator": "between", "formula1": f"{low:.10g}", "formula2": f"{entry.maximum / min(factors):.10g}"}


def limit_rest(limits: Limits, entry: Entry, letters: Mapping[str, str], row: int, *, lists: Lists, words: Mapping[str, Any]) -> None:
    """The limits of the other entry cells of the row."""
    if entry.units:
        limits.add(letters["unit"], row, type="list", formula1=lists.range_of([word for word, _ in entry.units]))
    if "basis" in letters:
        limits.add(letters["basis"], row, type="list", formula1=lists.range_of(words["basis"]), prompt=words["basis_how"])
        year = {"formula1": str(FIRST_YEAR), "formula2": str(words["year"])}
        limits.add(letters["year"], row, type="whole", operator="between", prompt=words["year_how"], **year)
    days = {"formula1": _FIRST_DAY, "formula2": _LAST_DAY}
    for name in ("valid_to", "on"):
        if name in letters:
            limits.add(letters[name], row, type="date", operator="between", prompt=words["day_how"], **days)


def status_formula(ask: Ask, entry: Entry, letters: Mapping[str, str], row: int, *, lists: Lists, words: Mapping[str, Any]) -> str:
    """The row's state as a formula: nothing yet, wrong, unsigned, done."""
    at = {name: f"{letter}{row}" for name, letter in letters.items()}
    tests = [_holds(entry, at, lists), *_others(ask, entry, at, lists=lists, words=words)]
    by, on = words["default_by"], words["default_on"]
    signed = f"AND(LEN({at['by']})+LEN({by})>0,OR(ISNUMBER({at['on']}),AND(LEN({at['on']})=0,ISNUMBER({on}))))"
    idle = words["todo"] if ask.is_required else words["optional"]
    valid = f"IFERROR(AND({','.join(tests)}),FALSE)"
    return f'=IF(LEN({at["answer"]})=0,"{idle}",IF({valid},IF({signed},"{words["done"]}","{words["unsigned"]}"),"{words["wrong"]}"))'


def _holds(entry: Entry, at: Mapping[str, str], lists: Lists) -> str:
    answer = at["answer"]
    if entry.kind == WORD:
        return f"COUNTIF({lists.range_of(entry.words)},{answer})=1"
    if entry.kind == DATE:
        return f"ISNUMBER({answer}),{answer}>={_FIRST_DAY},{answer}<={_LAST_DAY}"
    if entry.kind == TEXT:
        return f"LEN(TRIM({answer}))>={entry.least},LEN({answer})<={entry.most}"
    return f"ISNUMBER({answer}),{_within(entry, at, lists)}"


def _within(entry: Entry, at: Mapping[str, str], lists: Lists) -> str:
    """A number in its unit between what can be, and between what is plausible unless there is a note."""
    units = lists.range_of([word for word, _ in entry.units], [factor for _, factor in entry.units])
    value = f"{at['answer']}*VLOOKUP({at['unit']},{units},2,FALSE)"
    hard = [f"{value}{sign}{bound!r}" for sign, bound in ((">=", entry.minimum), ("<=", entry.maximum)) if bound is not None]
    soft = [f"{value}{sign}{bound!r}" for sign, bound in ((">=", entry.low), ("<=", entry.high)) if bound is not None]
    noted = f"OR(LEN({at['note']})>1,AND({','.join(soft)}))" if soft else f"LEN({at['unit']})>0"
    if entry.is_percent:
        whole = f"OR({at['answer']}=0,{at['answer']}>=1)"  # 5 % typed as such is kept as 0.05
        noted = f"OR(LEN({at['note']})>1,AND({','.join([*soft, whole])}))"
    return ",".join([*(hard or [f"ISNUMBER({value})"]), noted])


def _others(ask: Ask, entry: Entry, at: Mapping[str, str], *, lists: Lists, words: Mapping[str, Any]) -> list[str]:
    if ask.target == "inputs":
        year = f"OR(LEN({at['year']})=0,AND(ISNUMBER({at['year']}),{at['year']}>={FIRST_YEAR},{at['year']}<={words['year']}))"
        return [f"COUNTIF({lists.range_of(words['basis'])},{at['basis']})=1", year]
    if ask.target == "evidence":
        day = f"ISNUMBER({at['valid_to']})"
        return [day if entry.is_dated else f"OR(LEN({at['valid_to']})=0,{day})"]
    return []


__all__ = ["NUMBER", "Limits", "Lists", "limit_answer", "limit_rest", "status_formula"]
