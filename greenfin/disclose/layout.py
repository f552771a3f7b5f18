"""Rows and columns of a table: those that are declared and those that the data make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from greenfin.core.records import Book, Sum, TableColumn, TableRow
from greenfin.messages.words import LANGUAGES, Lang, say
from greenfin.reference.load import Reference
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
    """A template with its rows. ``is_whole``: no group was left out of the rows made from the data."""

    template: Template
    lines: Mapping[str, Line]
    is_whole: bool = True

    @property
    def groups(self) -> tuple[Line, ...]:
        """The rows that the data made."""
        return tuple(line for line in self.lines.values() if line.keys)

    def columns(self) -> tuple[TableColumn, ...]:
        """The columns as a table holds them."""
        return tuple(TableColumn(c.id, c.zh, c.en, _kind(c), c.width) for c in self.template.columns)


def _kind(column: ColumnSpec) -> str:
    return "text" if column.kind == "text" else _COLUMN_KIND.get(column.role, "value")


def lay_out(template: Template, *, sums: Mapping[str, Sum], reference: Reference, edition: str, book: Book) -> Layout:
    """The rows of a template: classes of the edition in its order, projects by size (the rest in one row), then what is declared."""
    declared = [Line(r.id, r.zh, r.en, r.keys, r) for r in template.rows]
    if template.each is None:
        return Layout(template, {line.id: line for line in declared})
    if template.each.by == "class1":
        groups, is_whole = _classes(reference, edition), True
    elif template.each.by == "section_asset":
        groups, is_whole = _sections_and_assets(template, sums), True
    else:
        groups, is_whole = _projects(template.each, sums, book)
    if is_whole:
        declared = [line for line in declared if line.spec is None or line.spec.makes not in ("rest", "total")]
    return Layout(template, {line.id: line for line in (*groups, *declared)}, is_whole)


def _classes(reference: Reference, edition: str) -> list[Line]:
    entries = reference.catalogues[edition].entries.values()
    return [Line(e.code, e.name_zh, e.name_en, {"class1": e.code}) for e in entries if not e.parent]


def _sections_and_assets(template: Template, sums: Mapping[str, Sum]) -> list[Line]:
    """The sections of industry with the classes of asset that the book has in them, under the table's standard."""
    order = template.each.order if template.each else ""
    found = [s.keys for s in sums.values() if s.name == order and set(s.keys) == {"asset_class", "section", "standard"}]
    pairs = sorted((k["section"], k["asset_class"]) for k in found if k["standard"] == template.standard)
    return [_section_and_asset(section, asset) for section, asset in pairs]


def _section_and_asset(section: str, asset: str) -> Line:
    names = ((_word(f"section.{section}", lang), _word(f"asset.{asset}", lang)) for lang in LANGUAGES)
    zh, en = (say("disclose.section_asset", lang, section=one, asset=other) for lang, (one, other) in zip(LANGUAGES, names, strict=True))
    return Line(f"{section}_{asset}", zh, en, {"section": section, "asset_class": asset})


def _word(name: str, lang: Lang) -> str:
    return say(f"disclose.{name}", lang)


def _projects(each: Each, sums: Mapping[str, Sum], book: Book) -> tuple[list[Line], bool]:
    found = [s for s in sums.values() if s.name == each.order and set(s.keys) == {"project"}]
    found.sort(key=lambda s: (-(s.value or 0), s.keys["project"]))
    shown = found[: each.limit] if each.limit else found
    names = dict(zip(book.projects["project_id"].to_pylist(), book.projects["project_name"].to_pylist(), strict=True))
    lines = []
    for one in shown:
        project = one.keys["project"]
        name = names.get(project) or project
        lines.append(Line(project, name, name, {"project": project}))
    return lines, len(shown) == len(found)


def entry_of_projects(sums: Mapping[str, Sum]) -> Mapping[str, str]:
    """The catalogue entry of each project: that of most of its green balance."""
    best: dict[str, tuple[int, str]] = {}
    for one in sums.values():
        if one.name == "green_balance" and set(one.keys) == {"code", "project"}:
            found = (one.value or 0, one.keys["code"])
            best[one.keys["project"]] = max(best.get(one.keys["project"], found), found)
    return {project: code for project, (_, code) in best.items()}
