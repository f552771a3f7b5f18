"""What must hold between the templates: every cell named exists, a reference keeps its unit, nothing is made of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from greenfin.core.problems import Problem, error
from greenfin.core.records import LESS
from greenfin.reference.templates import Check, ColumnSpec, Maker, RowSpec, Template

Address = tuple[str, str, str]
EACH = "*"  # stands for any of the rows made from the data
SAME = "@"  # stands for the same text in all cells of a rule
CELL_OPS = ("ref", "total", "ratio", "diff", "growth")
_ARGUMENTS = {"sum": (1, 1), "quotient": (2, 2), "ref": (1, 1), "ratio": (2, 2), "diff": (2, 2), "growth": (2, 2), "text": (1, 1)}


def wrong_between(templates: Mapping[str, Template]) -> tuple[Problem, ...]:
    """Everything wrong inside and between the templates, each with file and line. Never raises."""
    return tuple(p for template in templates.values() for p in _wrong(template, templates))


def _wrong(template: Template, templates: Mapping[str, Template]) -> Iterator[Problem]:
    yield from _twice(template)
    yield from _added(template)
    yield from _bridges(template)
    graph: dict[Address, list[Address]] = {}
    for at, maker in _made(template):
        yield from _arguments(template, maker)
        graph[at] = [template.address(a, row=at[1], column=at[2]) for a in maker.args] if maker.op in CELL_OPS else []
        for target in graph[at]:
            if not exists(target, templates):
                yield error("template.cell_unknown", template.where, cell="{}!{}.{}".format(*target), found="{}!{}.{}".format(*at))
            elif maker.op == "ref" and _unit(target, templates) != _unit(at, templates):
                yield error("template.ref_unit", template.where, cell="{}!{}.{}".format(*at), found=_unit(target, templates))
    yield from _circles(template, graph)
    for check in template.checks:
        yield from _check(template, check, templates)


def _twice(template: Template) -> Iterator[Problem]:
    for names in ([r.id for r in template.rows], [c.id for c in template.columns]):
        for name in sorted({n for n in names if names.count(n) > 1}):
            yield error("template.id_twice", template.where, id=name)


def _added(template: Template) -> Iterator[Problem]:
    """Rows that another row adds up or takes off and that are not there."""
    known = {row.id for row in template.rows}
    for row in template.rows:
        for name in (*row.of, *row.less):
            if name not in known:
                yield error("template.cell_unknown", template.where, cell=name, found=row.id)


def _bridges(template: Template) -> Iterator[Problem]:
    known = {b.id for b in template.bridges}
    specs: tuple[RowSpec | ColumnSpec, ...] = (*template.rows, *template.columns)
    for name in (s.bridge for s in specs):
        if name and name not in known:
            yield error("template.field_wrong", template.where, field="bridge", found=name)


def _arguments(template: Template, maker: Maker) -> Iterator[Problem]:
    low, high = _ARGUMENTS.get(maker.op, (1, 1000))
    if not low <= len(maker.args) <= high:
        yield error("template.field_wrong", template.where, field=maker.op, found=", ".join(maker.args))


def _made(template: Template) -> Iterator[tuple[Address, Maker]]:
    """Every declared cell with its maker; rows made from the data stand as one."""
    if template.by == "rows":
        for row in template.rows:
            for column in template.columns:
                if row.maker and column.role == "value" and (not row.only or column.id in row.only):
                    yield (template.id, row.id, column.id), row.maker
        return
    for column in template.columns:
        if column.maker:
            yield (template.id, EACH, column.id), column.maker
            for row in template.rows:
                if column.on_total == "same":
                    yield (template.id, row.id, column.id), column.maker


def exists(at: Address, templates: Mapping[str, Template]) -> bool:
    """Whether a cell is declared, or is one that the data may make of what is declared."""
    table, row, column = at
    template = templates.get(table)
    if template is None or not _may_be(column, template.columns):
        return False
    return _may_be(row, template.rows) or (template.by == "columns" and (row in (EACH, SAME) or template.each is not None))


def _may_be(name: str, specs: tuple[RowSpec, ...] | tuple[ColumnSpec, ...]) -> bool:
    """Whether a name is declared, is one that the data may make of what is declared, or stands for such ones (``*``, ``@``)."""
    start = re.split(r"[*@]", name)[0]
    is_open = start != name
    return any(
        spec.id == name or (spec.each is not None and name.startswith(f"{spec.id}_")) or (is_open and spec.id.startswith(start.rstrip("_")))
        for spec in specs
    )


def _unit(at: Address, templates: Mapping[str, Template]) -> str:
    template = templates[at[0]]
    row, column = template.row(at[1]), template.column(at[2])
    if template.by == "rows":
        return row.unit if row else ""
    return column.unit if column else ""


def _circles(template: Template, graph: Mapping[Address, list[Address]]) -> Iterator[Problem]:
    done: set[Address] = set()
    for start in graph:
        if start not in done and _returns(start, graph, done, ()):
            yield error("template.circle", template.where, cell="{}!{}.{}".format(*start))


def _returns(at: Address, graph: Mapping[Address, list[Address]], done: set[Address], above: tuple[Address, ...]) -> bool:
    if at in above:
        return True
    if at in done:
        return False
    found = any(_returns(target, graph, done, (*above, at)) for target in graph.get(at, []))
    done.add(at)
    return found


def _check(template: Template, check: Check, templates: Mapping[str, Template]) -> Iterator[Problem]:
    if not check.args:
        yield error("template.field_wrong", template.where, field="cells", found=check.id)
    if check.kind in ("hundred", "apart"):  # columns, kinds of sums
        return
    named = check.args[:1] if check.kind == "sum" else check.args
    for text in (arg.removeprefix(LESS) if check.kind == "parts" else arg for arg in named):
        at = template.address(text, row="", column="current")
        if not exists(at, templates):
            yield error("template.cell_unknown", template.where, cell=text, found=check.id)
