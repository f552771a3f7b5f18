"""The figures of a table with what they are about: row and column names put together, years resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

from greenfin.published.figures import decimals_of, in_cell, with_unit
from greenfin.published.labels import SAME_PART, cleaned, joined, period_in
from greenfin.published.layout import Layout, layout_of, pieces
from greenfin.published.shapes import Cell, Document, Fact, Label, Period, Table
from greenfin.published.words import unit_of

_MOST_DECIMALS = 6  # more are a computed number, not a printed one
_OF_COUNTS = ("count",)


@dataclass(frozen=True)
class Facts:
    """A table and its facts in reading order; ``now`` is the period it is about."""

    table: Table
    layout: Layout
    facts: tuple[Fact, ...]
    now: Period

    def at(self, row: int, column: int) -> Fact | None:
        """The fact of a cell."""
        return next((fact for fact in self.of_row(row) if fact.column == column), None)

    def of_row(self, row: int) -> Sequence[Fact]:
        """The facts of a row in reading order."""
        return self._rows.get(row, ())

    def of_column(self, column: int) -> Sequence[Fact]:
        """The facts of a column from above down."""
        return self._columns.get(column, ())

    @cached_property
    def _rows(self) -> Mapping[int, Sequence[Fact]]:
        return _grouped(self.facts, attrgetter("row"))

    @cached_property
    def _columns(self) -> Mapping[int, Sequence[Fact]]:
        return _grouped(self.facts, attrgetter("column"))


def _grouped(facts: Iterable[Fact], key: Callable[[Fact], int]) -> Mapping[int, Sequence[Fact]]:
    found: dict[int, list[Fact]] = {}
    for fact in facts:
        found.setdefault(key(fact), []).append(fact)
    return found


def facts_of(document: Document) -> tuple[Facts, ...]:
    """All tables of a document that hold figures."""
    return tuple(found for table in document.tables for piece in pieces(table) if (found := _of_table(piece, document.year)))


def _of_table(table: Table, year: int) -> Facts | None:
    layout = layout_of(table)
    if layout is None:
        return None
    now = _now(layout, year)
    made = [fact for row in layout.rows for column in layout.columns if (fact := _fact(layout, row, column, now))]
    facts = tuple(_printed_alike(_told_apart(made, layout), table))
    return Facts(table, layout, facts, now) if facts else None


def _now(layout: Layout, year: int) -> Period:
    """The latest dated period of the headers and rows, else that of the caption, else the document's year."""
    periods = [label.period for label in (*layout.columns.values(), *layout.rows.values()) if label.period and label.period.year]
    dated = [replace(period, reach="", shift=None) for period in periods]
    said, _ = period_in(layout.caption)
    if dated:
        latest = max(period.year for period in dated)
        return max((period for period in dated if period.year == latest), key=_late)
    return replace(said, reach="", shift=None) if said and said.year else Period(year)


def _late(period: Period) -> str:
    """How late in its year: the year's end is the latest."""
    return period.part or "~"


def _fact(layout: Layout, row: int, column: int, now: Period) -> Fact | None:
    cell = layout.table.rows[row][column]
    row_label, column_label = layout.rows[row], layout.columns[column]
    if cell.is_filled or not cell.text.strip():
        return None
    label = _label(row_label, column_label)
    figure = in_cell(cell.text)
    if figure is None:
        return None
    is_percent = label.change in ("relative", "points") or label.is_share
    said = label.unit or ("%" if label.is_share and not label.change else "" if is_percent else layout.unit)
    said = said if not (label.change == "any" and label.unit and not column_label.unit and not row_label.change) else ""
    figure = with_unit(figure, said)
    period = resolved(label.period, now)
    return Fact(figure, cell.where, replace(label, period=period), row, column, layout.table.where, row_label, column_label)


def _label(row: Label, column: Label) -> Label:
    """The label of a cell: its row's and its column's as one."""
    change = column.change or row.change
    level_unit = column.unit or row.unit if not row.change else row.unit
    unit = _unit_of_change(row, column) if column.change and not row.is_total else level_unit
    text = f"{row.text} {column.text}"
    made = joined([row, column], text, whole=Label(cleaned(text)) if row.period or column.period else None)
    basis = column.basis or row.basis
    return replace(
        made,
        unit=unit,
        change=change,
        basis=basis,
        is_share=row.is_share or column.is_share,
        is_total=row.is_total,
        is_part=row.is_part,
        is_falling=column.is_falling or row.is_falling,
        base_year=column.base_year or row.base_year,
    )


def _unit_of_change(row: Label, column: Label) -> str:
    """The unit of a change: its header's, unless its row counts another kind of thing (a header of money over a row of customers)."""
    of_row, of_column = unit_of(row.unit) if row.unit else None, unit_of(column.unit) if column.unit else None
    is_amount = of_column is not None and of_column.kind not in ("percent", "points")
    if of_row and of_column and is_amount and of_row.kind not in (of_column.kind, "percent"):
        return row.unit
    return column.unit or (row.unit if column.change == "absolute" else "")


def resolved(period: Period | None, now: Period) -> Period:
    """A period with its year; one that is not said is the one that the table is about."""
    if period is None:
        return now
    if period.year:
        return replace(period, shift=None, part="" if period.reach else period.part)
    shift = period.shift or 0
    if period.reach:
        return Period(now.year + shift, "", period.reach)
    part = now.part if shift == 0 or period.part == SAME_PART else period.part
    return Period(now.year + shift, part, period.reach)


def _told_apart(facts: Sequence[Fact], layout: Layout) -> list[Fact]:
    """Rows of one name in different sections get the section's name into their subject."""
    counts = Counter((_identity(fact)) for fact in facts)
    doubled = {fact.label.subject for fact in facts if counts[_identity(fact)] > 1}
    return [
        replace(fact, label=replace(fact.label, subject=f"{layout.sections.get(fact.row, '')}|{fact.label.subject}"))
        if fact.label.subject in doubled
        else fact
        for fact in facts
    ]


def _identity(fact: Fact) -> tuple[object, ...]:
    label = fact.label
    return label.subject, label.period, label.is_share, label.change, label.basis, fact.figure.kind


def _printed_alike(facts: Iterable[Fact], table: Table) -> list[Fact]:
    """Numbers of a workbook lose their last zeros: each is taken to have as many decimals as the longest beside it."""
    facts = list(facts)
    cells = {id(fact): table.rows[fact.row][fact.column] for fact in facts}
    longest: Counter[tuple[object, ...]] = Counter()
    for fact in facts:
        key = _alike(fact)
        if cells[id(fact)].is_number:
            longest[key] = max(longest[key], min(decimals_of(fact.figure.text), _MOST_DECIMALS))
    return [_longer(fact, cells[id(fact)], longest[_alike(fact)]) for fact in facts]


def _alike(fact: Fact) -> tuple[object, ...]:
    return (fact.key, fact.figure.kind, "") if fact.is_level else (fact.column, fact.figure.kind, fact.label.change)


def _longer(fact: Fact, cell: Cell, decimals: int) -> Fact:
    if not cell.is_number or fact.figure.span.room == 0 or decimals <= decimals_of(fact.figure.text):
        return fact
    longer = in_cell(cell.text, least=decimals)
    return fact if longer is None else replace(fact, figure=replace(fact.figure, span=longer.span))
