"""The words of a statement: sentences of its template bound to the cells of its table (X-15), and what stands where it does not apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from greenfin.core.problems import Outcome, Problem, info
from greenfin.core.records import Cell, How, Table
from greenfin.disclose.layout import Layout
from greenfin.disclose.making import Note
from greenfin.disclose.narrative.filling import Filler, Known
from greenfin.messages.words import LANGUAGES, Lang, say
from greenfin.reference.template_statements import Said
from greenfin.reference.templates import Template

NOT_APPLICABLE = "not_applicable"  # why a cell has no value: the book has nothing of the table's kind
REPORT, NAME = "report", "name"  # a row and a column that are no cells: the run's own words, the name of a row


def stated(table: Table, layout: Layout, as_of: date) -> Outcome[Table]:
    """The table with its statement before its notes; with the reason alone where it has no figure at all and its template says why.

    A place that cannot be filled, and a number that no cell holds, is an error and marked in the text.
    """
    template = layout.template
    if template.absent[0] and not _has_figures(table, template):
        problem = info("disclose.table_not_applicable", table.id, table=table.id)
        return Outcome(_with(_emptied(table), [template.absent]), (problem,))
    if not template.statement:
        return Outcome(table)
    filler = Filler(_Finder(table, as_of))
    sentences = [one for one in template.statement if _stands(one, table.cells)]
    pairs: list[Note] = []
    for sentence in (made for one in sentences for made in _spread(one, layout, table.id)):
        zh, en = (filler.text(getattr(sentence, lang), lang=lang, where=template.where, item=table.id) for lang in LANGUAGES)
        pairs.append((zh, en))
    return Outcome(_with(table, pairs), _once(filler.problems))


def _has_figures(table: Table, template: Template) -> bool:
    """Whether a cell says anything, those of rows that are nothing of the kind aside."""
    cells = ((name.rpartition(".")[0], cell) for name, cell in table.cells.items())
    return any(cell.value or cell.text for row, cell in cells if row not in template.besides)


def _emptied(table: Table) -> Table:
    """The table without the figures that say nothing of its kind."""
    missing = How("missing", reason=NOT_APPLICABLE)
    cells = {name: cell if cell.value is None else replace(cell, value=None, how=missing, marks=()) for name, cell in table.cells.items()}
    return replace(table, cells=cells)


def _once(problems: list[Problem]) -> tuple[Problem, ...]:
    """The same place in two languages is one problem."""
    return tuple({f"{p.code}|{p.params}": p for p in problems}.values())


def _with(table: Table, notes: list[Note]) -> Table:
    zh, en = (tuple(note[at] for note in notes) for at in (0, 1))
    return replace(table, notes_zh=(*zh, *table.notes_zh), notes_en=(*en, *table.notes_en))


def _stands(one: Said, cells: Mapping[str, Cell]) -> bool:
    def has(name: str) -> bool:
        return name in cells and cells[name].value is not None

    return (not one.needs or has(one.needs)) and not (one.without and has(one.without))


def _spread(one: Said, layout: Layout, table: str) -> Iterator[Said]:
    """A sentence for each row that it is about."""
    if not one.each:
        yield one
        return
    for line in layout.under((one.each,)):
        old, new = f"{table}!{one.each}.", f"{table}!{line.id}."
        yield replace(one, zh=one.zh.replace(old, new), en=one.en.replace(old, new))


class _Finder:
    """What the addresses of a statement hold."""

    def __init__(self, table: Table, as_of: date) -> None:
        self.table, self.as_of = table, as_of
        self.names = {row.id: row for row in table.rows}

    def __call__(self, address: str, lang: Lang) -> Known | None:
        row, _, column = address.partition("!")[2].rpartition(".")
        if row == REPORT:
            quarter = (self.as_of.month - 1) // 3 + 1
            return Known(words=say("disclose.quarter", lang, year=self.as_of.year, quarter=say(f"disclose.quarter_{quarter}", lang)))
        if column == NAME and row in self.names:
            return Known(words=getattr(self.names[row], lang))
        cell = self.table.cell(row, column)
        return Known(cell.value, cell.unit, cell.decimals, cell.text) if cell else None
