"""Rules between cells: what a table says it was made of must give it, the parts must be the whole, bands must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem, error, warning
from greenfin.core.records import Cell, Sum, Table, signed
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.disclose.making import NO_ROWS, compute
from greenfin.reference.template_rules import SAME
from greenfin.reference.templates import Check, Template

# the rule that a cell made of cells must keep
RULES = {"ref": "X-01", "total": "V-SUM", "diff": "V-YOY", "growth": "V-YOY", "ratio": "V-SHARE", "points": "V-PP"}


class Cells(dict[str, Cell]):
    """Cells of tables by id, all of them and those of each table, so that a pattern is looked for in its own table only."""

    def __init__(self, tables: Sequence[Table]) -> None:
        super().__init__((cell.id, cell) for table in tables for cell in table.cells.values())
        self._of: dict[str, dict[str, Cell]] = {}
        for name, cell in self.items():
            self._of.setdefault(name.partition("!")[0], {})[name] = cell

    def like(self, before: str, after: str) -> Iterator[tuple[str, Cell]]:
        """The cells whose ids begin and end so; ``before`` names the table and what parts it from the row (``T02!``)."""
        own = self._of.get(before.partition("!")[0], {})
        return ((name, cell) for name, cell in own.items() if name.startswith(before) and name.endswith(after))


def check(tables: Sequence[Table], templates: Mapping[str, Template] | None = None) -> tuple[Problem, ...]:
    """Cells that differ from the cells they say they were made of; with ``templates``, also what those declare. Never raises."""
    cells = Cells(tables)
    found = [p for cell in cells.values() for p in _recomputed(cell, cells)]
    return (*found, *(declared(tables, templates) if templates else ()))


def declared(tables: Sequence[Table], templates: Mapping[str, Template]) -> Iterator[Problem]:
    """What contradicts the rules that the templates declare. A rule that names a cell that is not there is passed over."""
    cells = Cells(tables)
    for table in tables:
        template = templates.get(table.id)
        for rule in template.checks if template else ():
            for one in _instances(rule, templates[table.id], cells):
                yield from _one(one, templates[table.id], table, cells)


def _instances(rule: Check, template: Template, cells: Cells) -> Iterator[Check]:
    """The rule for each text that ``@`` stands for in its first cell."""
    if not rule.args or SAME not in rule.args[0]:
        yield rule
        return
    before, after = "{}!{}.{}".format(*template.address(rule.args[0], row="", column="current")).split(SAME)
    for name, _ in cells.like(before, after):
        if len(name) > len(before) + len(after):
            same = name[len(before) : len(name) - len(after)]
            yield replace(rule, args=tuple(arg.replace(SAME, same) for arg in rule.args))


# a cell against the cells it names (X-01 for references, V-YOY, V-SHARE, V-SUM)


def _recomputed(cell: Cell, cells: Cells) -> Iterator[Problem]:
    parts = [cells.get(name) for _, name in map(signed, cell.how.args)]
    known = [part for part in parts if part is not None and part.value is not None]
    if cell.value is None or cell.how.op not in RULES or len(known) < len(parts):
        return
    try:
        again = _again(cell, known)
    except (UnknownUnit, WrongDimension):
        yield error("disclose.cell_units", cell.id, found=cell.unit)
        return
    if again != cell.value:
        expected = "" if again is None else _shown(again)
        yield error("disclose.cell_differs", cell.id, rule=RULES[cell.how.op], found=_shown(cell.value), expected=expected)


def _again(cell: Cell, parts: Sequence[Cell]) -> Fraction | None:
    if cell.how.op in ("ref", "total"):
        sized = zip((sign for sign, _ in map(signed, cell.how.args)), parts, strict=True)
        return sum((sign * p.value * exact_ratio(p.unit, cell.unit) for sign, p in sized if p.value is not None), Fraction(0))
    return compute(cell.how.op, parts[0], parts[1], cell.unit)[0]


def _shown(value: Fraction) -> str:
    return str(round_half_up(value, 6))


# declared rules


def _one(rule: Check, template: Template, table: Table, cells: Cells) -> Iterator[Problem]:
    kinds: Mapping[str, Callable[..., Iterator[Problem]]] = {
        "equal": _equal,
        "parts": _parts,
        "total": _total,
        "band": _band,
        "at_most": _at_most,
        "together": _together,
        "hundred": _hundred,
        "apart": _apart,
        "product": _product,
    }
    if rule.kind in kinds:
        yield from kinds[rule.kind](rule, template, table, cells)


def _named(rule: Check, template: Template, cells: Cells) -> list[Cell] | None:
    """The cells of a rule, or None where one is not there."""
    ids = ("{}!{}.{}".format(*template.address(arg, row="", column="current")) for arg in rule.args)
    found = [cells[name] for name in ids if name in cells]
    return found if len(found) == len(rule.args) else None


def _problem(rule: Check, cell: Cell, **slots: object) -> Problem:
    if rule.severity == "warning":
        return warning("disclose.rule_doubtful", cell.id, rule=rule.id, **slots)
    return error("disclose.rule_broken", cell.id, rule=rule.id, **slots)


def _valued(rule: Check, template: Template, cells: Cells) -> tuple[Cell, Cell, Fraction, Fraction] | None:
    """Two cells of a rule that both have a value, the second value in the first's unit where that can be."""
    named = _named(rule, template, cells)
    if named is None or named[0].value is None or named[1].value is None:
        return None
    try:
        ratio = exact_ratio(named[1].unit, named[0].unit)
    except (UnknownUnit, WrongDimension):
        ratio = Fraction(1)
    return named[0], named[1], named[0].value, named[1].value * ratio


def _equal(rule: Check, template: Template, _table: Table, cells: Cells) -> Iterator[Problem]:
    found = _valued(rule, template, cells)
    if found and found[2] != found[3]:
        yield _problem(rule, found[0], other=found[1].id, found=_shown(found[2]), expected=_shown(found[3]))


def _parts(rule: Check, template: Template, _table: Table, cells: Cells) -> Iterator[Problem]:
    """A cell against the sum of its parts; what the data do not hold is no part, what is missing otherwise leaves the rule out."""
    whole = _named(replace(rule, args=rule.args[:1]), template, cells)
    named = ((sign, template.address(name, row="", column="current")) for sign, name in map(signed, rule.args[1:]))
    parts = [(sign, cell) for sign, at in named for cell in _any_of(at, cells)]
    if whole is None or whole[0].value is None or any(part.value is None and part.how.reason != NO_ROWS for _, part in parts):
        return
    sized = ((sign * part.value, part.unit) for sign, part in parts if part.value is not None)
    found = sum((value * exact_ratio(unit, whole[0].unit) for value, unit in sized), Fraction(0))
    if found != whole[0].value:
        yield _problem(rule, whole[0], other=" + ".join(rule.args[1:]), found=_shown(whole[0].value), expected=_shown(found))


def _any_of(at: tuple[str, str, str], cells: Cells) -> Iterator[Cell]:
    name = "{}!{}.{}".format(*at)
    before, star, after = name.partition("*")
    if not star:
        yield from (cells[name],) if name in cells else ()
        return
    yield from (cell for _, cell in cells.like(before, after))


def _at_most(rule: Check, template: Template, _table: Table, cells: Cells) -> Iterator[Problem]:
    found = _valued(rule, template, cells)
    if found and found[2] > found[3]:
        yield _problem(rule, found[0], other=found[1].id, found=_shown(found[2]), expected=f"≤ {_shown(found[3])}")


def _product(rule: Check, template: Template, _table: Table, cells: Cells) -> Iterator[Problem]:
    """One cell times another is the third, in the units that each has."""
    named = _named(rule, template, cells)
    if named is None or named[0].value is None or named[1].value is None or named[2].value is None:
        return
    one, other, whole = named
    try:
        ratio = exact_ratio(one.unit, f"{whole.unit}/({other.unit})")
    except (UnknownUnit, WrongDimension):
        return
    if named[0].value * named[1].value * ratio != named[2].value:
        found = named[0].value * named[1].value * ratio
        yield _problem(rule, whole, other=f"{one.id} × {other.id}", found=_shown(named[2].value), expected=_shown(found))


def _band(rule: Check, template: Template, _table: Table, cells: Cells) -> Iterator[Problem]:
    """A cell, or the quotient of two, within bounds."""
    named = _named(rule, template, cells)
    if named is None or named[0].value is None or not all(cell.value for cell in named[1:]):
        return
    value = named[0].value / (named[1].value or 1) if named[1:] else named[0].value
    if not Fraction(rule.low) <= value <= Fraction(rule.high):
        yield _problem(rule, named[0], other=named[-1].id, found=str(round_half_up(value, 3)), expected=f"{rule.low} – {rule.high}")


def _together(rule: Check, template: Template, _table: Table, cells: Cells) -> Iterator[Problem]:
    named = _named(rule, template, cells)
    if named is None:
        return
    first, second = named
    if (first.value is None) != (second.value is None) and "no_rows" in (first.how.reason, second.how.reason):
        lacking, there = (first, second) if first.value is None else (second, first)
        yield _problem(rule, lacking, other=there.id, found="", expected=there.id)


def _total(rule: Check, template: Template, table: Table, cells: Cells) -> Iterator[Problem]:
    """A published total against its published parts, with the tolerance that the parts' rounding allows."""
    named = _named(rule, template, cells)
    if named is None or named[0].value is None:
        return
    whole, column = named[0], rule.args[0].rpartition(".")[2]
    parts = _groups(table, column)
    values = [part.value for part in parts if part.value is not None]
    if len(values) < len(parts):
        return
    allowed = Fraction(len(parts) + 1, 2 * 10**whole.decimals)
    if abs(sum(values, Fraction(0)) - named[0].value) > allowed:
        yield _problem(rule, whole, other=f"{table.id}!*.{column}", found=_shown(named[0].value), expected=_shown(sum(values, Fraction(0))))


def _hundred(rule: Check, _template: Template, table: Table, _cells: Cells) -> Iterator[Problem]:
    """Shares of a whole add up to one hundred."""
    for column in rule.args:
        parts = [part for part in _groups(table, column) if part.value is not None]
        total = sum((part.value for part in parts if part.value is not None), Fraction(0))
        if parts and total != 100:
            yield _problem(rule, parts[0], other=f"{table.id}!*.{column}", found=_shown(total), expected="100")


def _apart(rule: Check, _template: Template, _table: Table, cells: Cells) -> Iterator[Problem]:
    """Sums of two kinds are in no total together, in whatever table."""
    one, other = rule.args
    for cell in cells.values():
        if cell.how.op in ("total", "diff"):
            leaves = set(_leaves(cell, cells))
            if any(_is_kind(name, one) for name in leaves) and any(_is_kind(name, other) for name in leaves):
                yield _problem(rule, cell, other=f"{one} + {other}", found=", ".join(sorted(leaves)), expected=f"{one} | {other}")


def _leaves(cell: Cell, cells: Cells) -> Iterator[str]:
    """The names of the sums that a cell is made of."""
    if cell.how.op == "sum":
        yield from cell.how.args
    for arg in cell.how.args:
        name = signed(arg)[1]
        if name in cells:
            yield from _leaves(cells[name], cells)


def _is_kind(name: str, kind: str) -> bool:
    return name == kind or name.startswith(f"{kind}_")


def _groups(table: Table, column: str) -> list[Cell]:
    """The cells of the rows that are no totals."""
    return [cell for row in table.rows if row.kind == "row" and (cell := table.cell(row.id, column)) is not None]


def against_sums(template: Template, cells: Mapping[str, Cell], sums: Mapping[str, Sum]) -> Iterator[Problem]:
    """Declared rules of kind ``sum``: a cell against a sum made apart from it; a part without a row of its own shows here."""
    for rule in template.checks:
        if rule.kind != "sum":
            continue
        cell = cells.get("{}!{}.{}".format(*template.address(rule.args[0], row="", column="current")))
        whole = sums.get(rule.args[1])
        if cell is None or cell.value is None or whole is None or whole.value is None:
            continue
        expected = whole.value * exact_ratio(whole.unit, cell.unit)
        if expected != cell.value:
            yield _problem(rule, cell, other=rule.args[1], found=_shown(cell.value), expected=_shown(expected))
