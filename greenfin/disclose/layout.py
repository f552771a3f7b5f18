"""Rows and columns of a table: those that are declared and those that the data make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from greenfin.core.records import TableColumn, TableRow
from greenfin.disclose.groups import Group, Groups
from greenfin.reference.templates import ColumnSpec, Each, RowSpec, Template

_COLUMN_KIND = {"label": "label", "unit": "unit"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row to be filled: ``keys`` is its group where the data made it, ``spec`` its declaration where one did."""

    id: str
    zh: str
    en: str
    keys: Mapping[str, str] = field(default_factory=dict)
    spec: RowSpec | None = None

    def as_row(self, unit: str) -> TableRow:
        """The row as a table holds it."""
        level, style = (self.spec.level, self.spec.style) if self.spec else (0, "row")
        return TableRow(self.id, self.zh, self.en, unit, level, style)


@dataclass(frozen=True, slots=True)
class Layout:
    """A template (its columns are those made from the data too) with its rows. ``is_whole``: no group was left out of the table's rows."""

    template: Template
    lines: Mapping[str, Line]
    is_whole: bool = True

    @property
    def groups(self) -> tuple[Line, ...]:
        """The rows that are groups of the data."""
        return tuple(line for line in self.lines.values() if line.keys)

    def under(self, names: tuple[str, ...]) -> tuple[Line, ...]:
        """The rows declared under these names: a row itself, or all that the data made of it."""
        return tuple(line for line in self.lines.values() if line.spec and line.spec.id in names)

    def columns(self) -> tuple[TableColumn, ...]:
        """The columns as a table holds them."""
        return tuple(TableColumn(c.id, c.zh, c.en, _kind(c), c.width) for c in self.template.columns)


def _kind(column: ColumnSpec) -> str:
    return "text" if column.kind == "text" else _COLUMN_KIND.get(column.role, "value")


def lay_out(template: Template, groups: Groups, *, printed: frozenset[tuple[str, str]] = frozenset()) -> Layout:
    """The rows and columns of a template: its own ``each`` first (classes in the edition's order, projects by size), then what is
    declared, in its order. ``printed``: tables and columns of which figures were published last year."""
    shown = [column for column in template.columns if not column.optional or _is_printed(column, template, printed)]
    wide = replace(template, columns=tuple(made for column in shown for made in _columns(column, groups)))
    declared = list(_declared(template, groups))
    if template.each is None:
        return Layout(wide, {line.id: line for line in declared})
    own, is_whole = groups.of(_under(template.each, template), every_class=True)
    if is_whole:
        declared = [line for line in declared if line.spec is None or line.spec.makes not in ("rest", "total")]
    lines = (*(Line(one.id, one.zh, one.en, one.keys) for one in own), *declared)
    return Layout(wide, {line.id: line for line in lines}, is_whole)


def _is_printed(column: ColumnSpec, template: Template, printed: frozenset[tuple[str, str]]) -> bool:
    """Whether figures of an optional column were published: under its own name, as last year's current figure, or (the year before that)
    in the prior column of last year's report."""
    of = template.column(column.of[0]) if column.of else None
    names = {of.id, of.of[0]} if of and of.role == "prior" else {of.id} if of else {column.id}
    return (template.id, column.id) in printed or {(template.id, name) for name in names} <= printed


def _under(each: Each, template: Template) -> Each:
    """The rows of a table of financed emissions are those of its standard."""
    return replace(each, keys={**each.keys, "standard": template.standard}) if template.standard and each.order else each


def _columns(column: ColumnSpec, groups: Groups) -> Iterator[ColumnSpec]:
    if column.each is None:
        yield column
        return
    for one in groups.of(column.each)[0]:
        maker = replace(column.maker, keys={**column.maker.keys, **one.keys}) if column.maker else None
        yield replace(column, id=f"{column.id}_{one.id}", zh=one.zh, en=one.en, maker=maker, each=None)


def _declared(template: Template, groups: Groups) -> Iterator[Line]:
    """The declared rows; where the groups of one are parts of those of the row before it, they stand below each of those."""
    rows = [*template.rows, None]
    inside: list[Line] = []
    for row, after in zip(template.rows, rows[1:], strict=True):
        if inside:
            inside = []  # they stand above already
            continue
        lines = list(_lines(row, template, groups))
        if after is None or not _is_part(after.each, row.each):
            yield from lines
            continue
        inside = [_by_last(line, after, groups) for line in _lines(after, template, groups)]
        for line in lines:
            yield line
            yield from (one for one in inside if line.keys.items() <= one.keys.items())


def _is_part(inner: Each | None, outer: Each | None) -> bool:
    return inner is not None and outer is not None and set(outer.by) < set(inner.by)


def _by_last(line: Line, row: RowSpec, groups: Groups) -> Line:
    """The row under the name of its own group alone: what it is a part of stands above it."""
    key = row.each.by[-1] if row.each else ""
    return replace(line, zh=groups.named(key, line.keys[key], "zh"), en=groups.named(key, line.keys[key], "en"))


def _lines(row: RowSpec, template: Template, groups: Groups) -> Iterator[Line]:
    if row.each is None:
        if not row.optional or groups.has(_sums_of(row, template), row.keys or (row.maker.keys if row.maker else {})):
            yield Line(row.id, row.zh, row.en, row.keys, row)
        return
    for one in groups.of(_under(row.each, template))[0]:
        yield Line(f"{row.id}_{one.id}", one.zh, one.en, _keys(row, one), row)


def _keys(row: RowSpec, group: Group) -> Mapping[str, str]:
    return {**row.keys, **group.keys}


def _sums_of(row: RowSpec, template: Template) -> frozenset[str]:
    """The sums that a row's cells are made of."""
    makers = (row.maker,) if row.maker else (column.maker for column in template.columns)
    return frozenset(name for maker in makers if maker and maker.op in ("sum", "quotient") for name in maker.args)
