"""The shape of a printed table: which rows are headers, which columns name things, what each row and column says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from greenfin.published.column_periods import with_periods
from greenfin.published.figures import in_cell, is_blank
from greenfin.published.labels import is_period, joined, read_label
from greenfin.published.shapes import Cell, Label, Table
from greenfin.published.words import pattern, plain, unit_of

_MOST_HEADERS = 6
_MOST_NAMES = 5
_IN_BRACKETS = re.compile(r"[(]([^()]{1,12})[)]")
_OF_TITLES = ("money", "mass", "co2", "energy", "tce")
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Layout:
    """A table read: labels of its rows and columns by index; rows and columns without a label hold no figures."""

    table: Table
    caption: str
    rows: dict[int, Label]
    columns: dict[int, Label]
    sections: dict[int, str]  # what stands above or left of a row and tells rows of one name apart
    unit: str


def layout_of(table: Table) -> Layout | None:
    """The layout; None for a grid without figures or without names beside them."""
    rows = [list(row) for row in table.rows]
    captions, first = _captions(rows)
    top = _first_data(rows, first)
    if top is None or not rows[top]:
        return None
    names = _name_columns(rows, top)
    columns = {c: label for c in range(len(rows[0])) if c not in names and (label := _column_label(rows[first:top], c)) is not None}
    columns = with_periods(columns)
    unit_column = next((c for c in names if _is_unit_column(rows, first, top, c)), None)
    named = [c for c in names if c != unit_column and not (_is_numbering(rows, top, c) or _is_line_numbers(rows, top, c))]
    row_labels, sections = _row_labels(rows, top, named, unit_column)
    caption = plain(" ".join([table.caption, *captions]))
    return Layout(table, caption, row_labels, columns, sections, _table_unit(caption, rows[first:top], names))


def pieces(table: Table) -> list[Table]:
    """A table cut where another header of years begins under its figures: two tables without a blank row between them.

    The titles between the figures and the header go with the second table. Tables side by side are cut at the blank column between.
    """
    return [piece for half in _beside(table) for piece in _below(half)]


def _beside(table: Table) -> list[Table]:
    """The tables that stand side by side in one grid, each with names of its own and a header above them."""
    wide = len(table.rows[0]) if table.rows else 0
    blank = [column for column in range(wide) if not any(row[column].text.strip() for row in table.rows)]
    starts = [column + 1 for column in blank if column and column + 2 < wide and _is_names(table.rows, column + 1)]
    if not starts or not _is_names(table.rows, 0):
        return [table]
    return [replace(table, rows=tuple(tuple(row[start:end]) for row in table.rows)) for start, end in pairwise([0, *starts, wide])]


def _is_names(rows: Rows, column: int) -> bool:
    """Whether a column has texts only, no two of them the same, and figures right of it."""
    named = [(row[column], row[column + 1]) for row in rows if row[column].text.strip()]
    texts = {plain(name.text) for name, _ in named}
    is_own = len(texts) == len(named) and not any(_is_figure(name) or is_blank(name.text) for name, _ in named)
    return is_own and sum(_is_figure(beside) for _, beside in named) > 1


def _below(table: Table) -> list[Table]:
    headers = [i for i in range(1, len(table.rows)) if _is_years(table.rows[i])]
    tops = [i - sum(1 for _ in takewhile(_is_title, reversed(table.rows[:i]))) for i in headers]
    cuts = [top for top in tops if top and _is_data(table.rows[top - 1])]
    ends = [0, *cuts, len(table.rows)]
    return [replace(table, rows=table.rows[start:end]) for start, end in pairwise(ends)] if cuts else [table]


def _is_title(row: Sequence[Cell]) -> bool:
    return len(_texts(row)) == 1


def _is_years(row: Sequence[Cell]) -> bool:
    periods = [cell for cell in row[1:] if cell.text.strip() and is_period(cell.text)]
    return len(periods) > 1 and not any(_is_figure(cell) for cell in row)


def _texts(row: Sequence[Cell]) -> list[str]:
    return [plain(cell.text) for cell in row if cell.text.strip() and not cell.is_filled]


def _captions(rows: Rows) -> tuple[list[str], int]:
    """The leading rows that hold one text only: title, unit; and the index of the first other one."""
    found: list[str] = []
    for index, row in enumerate(rows):
        texts = _texts(row)
        if len(texts) > 1:
            return found, index
        found += texts
    return found, len(rows)


def _first_data(rows: Rows, first: int) -> int | None:
    return next((i for i in range(first, min(len(rows), first + _MOST_HEADERS + 1)) if _is_data(rows[i])), None)


def _is_data(row: Sequence[Cell]) -> bool:
    """Whether a row holds figures behind a name, and not years or the numbers of columns."""
    figures = [cell for cell in row[1:] if _is_figure(cell)]
    if not figures or not any(cell.text.strip() and not _is_figure(cell) for cell in row[:_MOST_NAMES]):
        return _is_bare_years(row)
    return not _is_counted(figures)


def _is_bare_years(row: Sequence[Cell]) -> bool:
    """A row named by a year alone, in its first cell, with figures behind it."""
    texts = _texts(row)
    return bool(texts) and is_period(texts[0]) and not is_period(texts[-1]) and len([c for c in row[1:] if _is_figure(c)]) > 0


def _is_counted(figures: Sequence[Cell]) -> bool:
    """Whether the cells count 1, 2, 3: the numbers of columns."""
    numbers = [plain(cell.text) for cell in figures]
    return len(numbers) > 2 and numbers in ([str(n) for n in range(start, start + len(numbers))] for start in (0, 1, 2))


def _is_figure(cell: Cell) -> bool:
    text = plain(cell.text)
    return bool(text) and not is_period(text) and in_cell(text) is not None


def _name_columns(rows: Rows, top: int) -> list[int]:
    """The columns that hold names, units and notes: those left of the first column of figures, and any other of texts."""
    found: list[int] = []
    for column in range(len(rows[top])):
        cells = [row[column] for row in rows[top:] if plain(row[column].text)]
        figures = sum(_is_figure(cell) for cell in cells)
        blanks = sum(is_blank(cell.text) for cell in cells)
        is_years = bool(cells) and all(is_period(cell.text) for cell in cells)
        if (
            is_years
            or figures + blanks < len(cells) - figures - blanks
            or _is_line_numbers(rows, top, column)
            or (not found and column == 0 and _is_numbering(rows, top, 0))
        ):
            found.append(column)
    return found or [0]


def _is_numbering(rows: Rows, top: int, column: int) -> bool:
    """Whether a column numbers the rows: 1, 2, 3."""
    texts = [plain(row[column].text).strip(".、)") for row in rows[top:] if plain(row[column].text)]
    numbers = [int(text) for text in texts if text.isdigit() and len(text) < 4]
    return len(numbers) >= max(2, len(texts) - 1) and all(0 <= b - a <= 1 for a, b in pairwise(numbers)) and numbers[0] in (0, 1)


def _is_line_numbers(rows: Rows, top: int, column: int) -> bool:
    """Whether a column says itself that it numbers the rows, wherever it stands."""
    texts = [plain(row[column].text) for row in rows[top:] if plain(row[column].text)]
    is_headed = any(pattern("row.line_column").fullmatch(plain(row[column].text)) for row in rows[:top])
    return is_headed and all(text.isdigit() for text in texts)


def _is_unit_column(rows: Rows, first: int, top: int, column: int) -> bool:
    if any(pattern("row.unit_column").match(plain(row[column].text)) for row in rows[first:top]):
        return True
    texts = [plain(row[column].text) for row in rows[top:] if plain(row[column].text)]
    return len(texts) > 1 and all(unit_of(text) for text in texts)


def _column_label(headers: Rows, column: int) -> Label | None:
    """What stands above a column, from the outermost header in; blank headers of upper rows belong to the one left of them."""
    texts: list[str] = []
    for depth, row in enumerate(headers):
        text = plain(row[column].text)
        if not text and depth < len(headers) - 1:
            text = _from_left(headers, depth, column)
        if text and (not texts or texts[-1] != text):
            texts.append(text)
    if any(pattern("row.spare_column").search(text) for text in texts[-1:]):
        return None
    return joined([read_label(text) for text in texts], " ".join(texts), skip_reach=True)


def _from_left(headers: Rows, depth: int, column: int) -> str:
    row = headers[depth]
    left = next((c for c in range(column - 1, 0, -1) if plain(row[c].text)), None)
    if left is None or not all(plain(headers[depth + 1][c].text) for c in range(left, column + 1)):
        return ""
    return plain(row[left].text)


def _row_labels(rows: Rows, top: int, named: Sequence[int], unit_column: int | None) -> tuple[dict[int, Label], dict[int, str]]:
    labels: dict[int, Label] = {}
    sections: dict[int, str] = {}
    held: dict[int, str] = {}
    section = ""
    for index, row in enumerate(rows[top:], top):
        texts = list(_filled(row, named, held))
        if texts and not any(_is_figure(row[c]) for c in range(len(row)) if c not in named):
            section = texts[-1] if not any(is_blank(c.text) and c.text.strip() for c in row) else section
            continue
        if not texts:
            continue
        unit = plain(row[unit_column].text) if unit_column is not None else ""
        own = [read_label(text) for text in texts]
        best = next((label for label in reversed(own) if label.subject or label.period or label.change or label.is_total), own[-1])
        labels[index] = joined([best, Label(unit, unit=unit)], best.text) if unit_of(unit) else best
        if not labels[index].subject and len(own) > 1 and own[-2].subject:
            labels[index] = joined([own[-2], labels[index]], f"{own[-2].text} {labels[index].text}")
        sections[index] = " ".join([section, *texts[:-1]])
    return labels, sections


def _filled(row: Sequence[Cell], named: Sequence[int], held: dict[int, str]) -> Iterator[str]:
    """The names of a row; a blank in all but the last column of names stands for what is above it, a dash for nothing."""
    last = max((c for c in named if not is_blank(row[c].text)), default=-1)
    for column in named:
        text = plain(row[column].text)
        if text and is_blank(text):
            held.pop(column, None)
            continue
        if text:
            held[column] = text
            for later in named:
                if later > column:
                    held.pop(later, None)
        elif column < last:
            text = held.get(column, "")
        if text:
            yield text


def _table_unit(caption: str, headers: Rows, names: Sequence[int]) -> str:
    """The unit that is said above the table or in its corner: one only."""
    corner = [plain(row[c].text) for row in headers for c in names[:1] if c < len(row)]
    if said := next((label.unit for label in map(read_label, corner) if label.unit and unit_of(label.unit)), ""):
        return said
    for text in [caption, *corner]:
        if found := pattern("row.units_said").search(text):
            units = [part.strip() for part in pattern("row.units_between").split(found["units"]) if unit_of(part.strip())]
            money = [unit for unit in units if (meant := unit_of(unit)) and meant.kind == "money"]
            return (money or units)[0] if len(money) == 1 or len(units) == 1 else ""
    return _unit_of_title(caption)


def _unit_of_title(caption: str) -> str:
    """The one amount of money or weight that a title ends with in brackets."""
    found = [text for text in _IN_BRACKETS.findall(caption) if (meant := unit_of(text)) and meant.kind in _OF_TITLES]
    return found[0] if len(set(found)) == 1 else ""
