"""Sums and last year's figures into the declared tables: exact cells that know how they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.core.records import Answer, Book, Cell, PriorCell, Sum, Table
from greenfin.disclose.broken import of_templates
from greenfin.disclose.checks import against_sums, declared
from greenfin.disclose.editions import of_one_edition
from greenfin.disclose.financed_notes import not_applicable, standard_notes
from greenfin.disclose.groups import Groups
from greenfin.disclose.layout import Layout, lay_out
from greenfin.disclose.making import CellMaker, Made, Note
from greenfin.disclose.prior_named import by_names
from greenfin.disclose.published import Address, collect
from greenfin.disclose.quarterly import quarterly
from greenfin.disclose.statement import stated
from greenfin.disclose.texts import texts_of
from greenfin.messages.words import Lang, say
from greenfin.reference.load import Reference
from greenfin.reference.policies import Policy
from greenfin.reference.templates import Template


class Ground(Protocol):
    """What the tables need to know of a run beside its sums."""

    @property
    def book(self) -> Book:
        """The book: names of projects."""
        ...

    @property
    def texts(self) -> Mapping[str, Mapping[str, str]]:
        """Words of lists and of what the figures rest on, by what they say, then by group."""
        ...


def build(
    reference: Reference,
    sums: Mapping[str, Sum],
    *,
    templates: Sequence[str],
    prior: Sequence[PriorCell],
    policy: Policy,
    as_of: date,
    edition: str,
    facts: Ground,
    answers: Sequence[Answer] = (),
) -> Outcome[tuple[Table, ...]]:
    """The tables asked for, in that order, with exact cells, footnotes and everything that was wrong.

    A figure that cannot be had is a cell without value and with a reason, never a zero. Cells rest on cells of other tables also where
    those are not asked for. Raises Refused for a table that does not exist.
    """
    unknown = [name for name in templates if name not in reference.templates]
    if unknown:
        raise Refused(
            error("disclose.template_unknown", ", ".join(unknown), found=", ".join(unknown), known=", ".join(reference.templates))
        )
    named = by_names(prior, reference.templates, as_of.year)
    prior = named.value
    printed = frozenset((cell.table, cell.column) for cell in prior)
    groups = Groups(sums, reference, edition, facts.book)
    layouts = {name: lay_out(template, groups, printed=printed) for name, template in reference.templates.items()}
    maker = CellMaker(layouts, sums, collect(prior, reference.templates, edition), {**texts_of(facts.book, sums, answers), **facts.texts})
    maker.declared = reference.templates
    tables = tuple(_table(layouts[name], maker, _general(layouts[name].template, reference, edition)) for name in dict.fromkeys(templates))
    told = [stated(table, layouts[table.id], as_of) for table in tables]
    tables = tuple(one.value for one in told)
    empty = not_applicable((layouts[table.id].template for table in tables), sums)
    rules = [*declared(tables, reference.templates), *_sum_checks(tables, reference.templates, sums), *quarterly(tables, sums, prior)]
    rules += of_one_edition(tables, reference.templates, reference.catalogues, edition)
    late = _not_in_force((layouts[table.id].template for table in tables), as_of)
    said = [*of_templates(reference.problems("templates"), tables, reference.templates), *(p for one in told for p in one.problems)]
    problems = [*named.problems, *maker.problems, *said, *_of_prior(maker, layouts, frozenset(templates)), *rules, *empty, *late]
    return Outcome(tables, tuple(problems))


def _general(template: Template, reference: Reference, edition: str) -> list[Note]:
    """Under which edition the figures are, and who signs them."""
    title = reference.catalogues[template.edition or edition]
    counts = Counter(entry.level for entry in title.entries.values())
    levels = " / ".join(str(counts[level]) for level in sorted(counts))
    titles: tuple[tuple[Lang, str], ...] = (("zh", title.title_zh), ("en", title.title_en))
    zh, en = (say("disclose.note.edition", lang, title=name, levels=levels) for lang, name in titles)
    notes = [(zh, en)]
    signed = ["    ".join(f"{pair[at]}{colon}________" for pair in template.signatures) for at, colon in enumerate(("：", ": "))]
    return [*(notes if _by_edition(template) else ()), *([(signed[0], signed[1])] if template.signatures else ())]


def _not_in_force(templates: Iterable[Template], as_of: date) -> list[Problem]:
    """Forms that are for other data dates, as far as those are known."""
    found = []
    for one in (template for template in templates if not template.in_force.holds(as_of)):
        start, end = (day.isoformat() if day else "…" for day in (one.in_force.applies_from, one.in_force.applies_until))
        slots = {"start": start, "end": end, "as_of": as_of.isoformat()}
        found.append(warning("disclose.form_not_in_force", one.id, table=one.id, **slots))
    return found


def _of_prior(maker: CellMaker, layouts: Mapping[str, Layout], asked: frozenset[str]) -> list[Problem]:
    def is_known(at: Address) -> bool:
        """A table that is not asked for has only the rows that need no sums of its own."""
        layout = layouts.get(at[0])
        has_row = layout is not None and (at[1] in layout.lines or at[0] not in asked)
        return layout is not None and has_row and layout.template.column(at[2]) is not None

    return [*maker.published.problems, *maker.published.leftovers(is_known)]


def _sum_checks(tables: Sequence[Table], templates: Mapping[str, Template], sums: Mapping[str, Sum]) -> list[Problem]:
    cells = {cell.id: cell for table in tables for cell in table.cells.values()}
    return [p for table in tables for p in against_sums(templates[table.id], cells, sums)]


def _table(layout: Layout, maker: CellMaker, general: Sequence[Note]) -> Table:
    template = layout.template
    made: dict[str, Made] = {}
    for line in layout.lines.values():
        for column in template.columns:
            found = maker.cell((template.id, line.id, column.id))
            if found is not None:
                made[f"{line.id}.{column.id}"] = found
    cells, numbered = _number(made)
    notes = [*numbered, *standard_notes(template, maker.sums), *template.notes, *general]
    return Table(
        id=template.id,
        title_zh=template.title_zh,
        title_en=template.title_en,
        columns=layout.columns(),
        rows=tuple(line.as_row(_row_unit(layout, line.id, cells)) for line in layout.lines.values()),
        cells=cells,
        notes_zh=tuple(zh for zh, _ in notes),
        notes_en=tuple(en for _, en in notes),
        basis_zh=template.basis_zh,
        basis_en=template.basis_en,
        landscape=template.landscape,
    )


def _by_edition(template: Template) -> bool:
    rows = any(row.by_edition and row.style != "heading" for row in template.rows)
    return not template.standard and template.by_edition and (template.by == "columns" or rows)


def _row_unit(layout: Layout, row: str, cells: Mapping[str, Cell]) -> str:
    """The unit of a row's own figures; tables by columns have theirs in the columns."""
    if layout.template.by == "columns":
        return ""
    values = (c.id for c in layout.template.columns if c.role == "value")
    return next((cells[f"{row}.{name}"].unit for name in values if f"{row}.{name}" in cells), "")


def _number(made: Mapping[str, Made]) -> tuple[dict[str, Cell], list[Note]]:
    """Cells with their marks, and the footnotes in the order in which they are met."""
    labels: dict[Note, str] = {}
    cells: dict[str, Cell] = {}
    for key, one in made.items():
        for note in one.notes:
            labels.setdefault(note, f"[{len(labels) + 1}]")
        cells[key] = replace(one.cell, marks=tuple(dict.fromkeys(labels[note] for note in one.notes)))
    return cells, [(f"{label} {zh}", f"{label} {en}") for (zh, en), label in labels.items()]
