"""T37: under which heading of each standard the report answers, and where (by heading: no numbers of paragraphs)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from greenfin.core.records import Cell, How, Table, TableColumn, TableRow
from greenfin.disclose import printed
from greenfin.disclose.front import Both, Chapter, Index, Line
from greenfin.messages.words import LANGUAGES, Lang, say
from greenfin.reference.load import Reference
from greenfin.reference.shells import Shell

TABLE = "T37"
_PARTED = re.compile(r"; |, (?=GRI )")


def made(shell: Shell, reference: Reference, *, shown: Collection[str], has_answers: bool) -> Index:
    """The headings of each standard in the order of the report: chapter, tables and items there, and the anchor of the first."""
    known = reference.standards
    found: dict[tuple[str, str], list[str]] = {}
    for name, standard, heading in _pairs(reference):
        if standard in known and (name in shown or (has_answers and name in reference.questions)):
            found.setdefault((standard, heading), []).append(name)
    order = [name.split(".")[0] for chapter in shell.chapters for name in chapter.all_held()]
    groups: dict[str, list[Line]] = {}
    for (standard, heading), names in sorted(found.items(), key=lambda pair: min(map(order.index, pair[1]))):
        names.sort(key=order.index)
        groups.setdefault(standard, []).append(_line((heading, known[standard].headings.get(heading, heading)), names, shell))
    named = reference.named[TABLE]
    heads = tuple((say(f"narrative.index.{key}", "zh"), say(f"narrative.index.{key}", "en")) for key in ("heading", "where", "page"))
    listed = tuple(((one.zh, one.en), tuple(groups[name])) for name, one in known.items() if name in groups)
    return Index((f"{TABLE} {named.zh}", f"{TABLE} {named.en}"), heads, listed)


def tables_of(chapters: Sequence[Chapter], lang: str) -> tuple[Table, ...]:
    """The index of a report as a table, without page numbers; none where the report has no index."""
    found = next((part for chapter in chapters for part in chapter.parts if isinstance(part, Index)), None)
    return (_table(found, lang),) if found is not None else ()


def _table(of: Index, lang: str) -> Table:
    """A heading for each standard, below it a row for each of its headings: where the report answers it, in words."""
    rows: list[TableRow] = []
    cells: dict[str, Cell] = {}
    for at, (standard, lines) in enumerate(of.groups, 1):
        rows.append(TableRow(f"{at:02d}", *standard, "", kind="heading"))
        for number, ((heading, where), _) in enumerate(lines, 1):
            row = TableRow(f"{at:02d}_{number:02d}", *heading, "", level=1)
            rows.append(row)
            cells[f"{row.id}.where"] = Cell(f"{TABLE}!{row.id}.where", None, "", 0, How("text"), printed.pick(*where, lang, between=" / "))
    heading, where = of.heads[:2]
    columns = (TableColumn("label", *heading, "label", 2.4), TableColumn("where", *where, "text", 3.6))
    zh, en = (title.removeprefix(f"{TABLE} ") for title in of.title)
    notes = [(say("narrative.index.note", one),) for one in LANGUAGES]
    return Table(TABLE, zh, en, columns, tuple(rows), cells, notes[0], notes[1])


def _pairs(reference: Reference) -> Iterator[tuple[str, str, str]]:
    for name, references in (
        *((t.id, t.references) for t in reference.templates.values()),
        *((i.id, i.references) for i in reference.questions.values()),
    ):
        for standard, headings in references.items():
            for heading in _PARTED.split(headings):
                yield name, standard, heading


def _line(heading: Both, names: list[str], shell: Shell) -> Line:
    chapters = list(dict.fromkeys(c for name in names if (c := shell.chapter_of(name))))
    zh, en = (_where([c.zh if lang == "zh" else c.en for c in chapters], names, lang) for lang in LANGUAGES)
    return (heading, (zh, en)), anchor(names[0], shell)


def _where(chapters: list[str], names: list[str], lang: Lang) -> str:
    return say("narrative.index.at", lang, chapter=say("disclose.between", lang).join(chapters), names=", ".join(names))


def anchor(name: str, shell: Shell) -> str:
    """Where a table or an item stands."""
    if name.startswith("T"):
        return f"table-{name}"
    for chapter in shell.chapters:
        if any(held.split(".")[0] == name for held in chapter.holds):
            return f"chapter-{chapter.id}"
        for section in chapter.sections:
            if any(held.split(".")[0] == name for held in section.holds):
                return f"section-{section.id}"
    return ""
