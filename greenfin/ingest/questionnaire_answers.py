"""The bank's answers to the questionnaire: a YAML file, or the workbook that ``greenfin answers --new`` made."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import yaml

from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.core.records import Answer
from greenfin.ingest.bank import MAX_BANK, StrictLoader
from greenfin.ingest.encodings import decode
from greenfin.ingest.files import read_grids, read_source
from greenfin.ingest.grids import CellValue, Grid
from greenfin.messages import LANGUAGES
from greenfin.reference.questions import Field, Item

TABLES = "tables"  # beside the items: which tables are not applicable, and why
NOT_APPLICABLE = "not_applicable"
REGISTER = "#"  # begins the hidden row of a register's sheet, followed by its item and field
CODE = "code"
_BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


def read_answers(path: Path, *, questions: Mapping[str, Item], tables: Mapping[str, object]) -> Outcome[tuple[Answer, ...]]:
    """What the file answers, place by place, and everything in it that answers no question.

    Raises Refused for a file that cannot be read, is no mapping of items, uses anchors, or has a key twice.
    """
    if read_source(path).size > MAX_BANK * 10:
        raise Refused(error("ingest.file_too_large", path.name, found=path.stat().st_size, limit=MAX_BANK * 10))
    reading = _Reading(path.name, questions, tables)
    if path.suffix.lower() in _BOOKS:
        grids = read_grids(path)
        reading.problems.extend(grids.problems)
        reading.workbook(grids.value)
    else:
        reading.document(_root(path))
    return Outcome(tuple(reading.found), tuple(reading.problems))


def _root(path: Path) -> yaml.MappingNode:
    try:
        root = yaml.compose(decode(path), Loader=StrictLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as bad:
        mark = getattr(bad, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise Refused(error("ingest.answers_unreadable", where, found=str(getattr(bad, "problem", "") or type(bad).__name__))) from bad
    if not isinstance(root, yaml.MappingNode):
        raise Refused(error("ingest.answers_unreadable", path.name, found=type(root).__name__))
    return root


@dataclass(slots=True)
class _Reading:
    """A file under reading: answers found so far, and problems."""

    file: str
    questions: Mapping[str, Item]
    tables: Mapping[str, object]
    found: list[Answer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    # yaml

    def document(self, root: yaml.MappingNode) -> None:
        for name, value, where in self._pairs(root):
            if name == TABLES and isinstance(value, yaml.MappingNode):
                self._tables(value)
            elif name in self.questions and isinstance(value, yaml.MappingNode):
                self._item(self.questions[name], value)
            elif name in (TABLES, *self.questions):
                self._wrong(where, name=name)
            else:
                self._unknown(name, where, (*self.questions, TABLES))

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, str]]:
        seen: set[str] = set()
        for key, value in node.value:
            where, name = f"{self.file}:{key.start_mark.line + 1}", str(key.value)
            if name in seen:
                raise Refused(error("ingest.answers_key_twice", where, key=name))
            seen.add(name)
            yield name, value, where

    def _tables(self, node: yaml.MappingNode) -> None:
        for name, value, where in self._pairs(node):
            if name in self.tables:
                self._texts(Answer(name, NOT_APPLICABLE, "", where), value)
            else:
                self._unknown(name, where, tuple(self.tables))

    def _item(self, item: Item, node: yaml.MappingNode) -> None:
        for name, value, where in self._pairs(node):
            asked = item.field(name)
            if asked is None:
                self._unknown(f"{item.id}.{name}", where, tuple(f"{item.id}.{f.id}" for f in item.fields))
            elif asked.kind == "register":
                self._register(item, asked, value, where)
            else:
                self._texts(Answer(item.id, name, "", where), value)

    def _register(self, item: Item, asked: Field, node: yaml.Node, where: str) -> None:
        rows = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if isinstance(node, yaml.ScalarNode) and not node.value:
            return
        for at, row in enumerate(rows, 1):
            if not isinstance(row, yaml.MappingNode):
                self._wrong(where, name=f"{item.id}.{asked.id}")
                return
            for name, value, place in self._pairs(row):
                if asked.column(name) is None:
                    self._unknown(f"{item.id}.{asked.id}.{name}", place, tuple(f"{item.id}.{asked.id}.{c.id}" for c in asked.columns))
                else:
                    self._texts(Answer(item.id, asked.id, "", place, row=at, column=name), value)

    def _texts(self, at: Answer, node: yaml.Node) -> None:
        """A text, the same in two languages, or a number with its unit."""
        if isinstance(node, yaml.ScalarNode):
            self._add(at, str(node.value))
            return
        pairs = list(self._pairs(node)) if isinstance(node, yaml.MappingNode) else []
        texts = {name: value for name, value, _ in pairs if isinstance(value, yaml.ScalarNode)}
        places = {name: where for name, _, where in pairs}
        if pairs and len(texts) == len(pairs) and set(texts) <= set(LANGUAGES):
            for lang, value in texts.items():
                self._add(at, str(value.value), lang=lang, where=places[lang])
        elif set(texts) == {"value", "unit"} and len(pairs) == len(texts):
            self._add(at, f"{texts['value'].value} {texts['unit'].value}")
        else:
            self._wrong(at.where, name=".".join(filter(None, (at.item, at.field, at.column))))

    # workbook

    def workbook(self, grids: tuple[Grid, ...]) -> None:
        known = 0
        for grid in grids:
            top = next((row for row in range(min(grid.height, 4)) if _marks(grid, row)), None)
            if top is not None:
                known += 1
                ids = ["" if cell is None else str(cell) for cell in grid.row(top)]
                self._sheet(grid, top, ids)
        if not known:
            raise Refused(error("ingest.answers_not_ours", self.file))

    def _sheet(self, grid: Grid, top: int, ids: list[str]) -> None:
        first = next(name for name in ids if name)
        if not first.startswith(REGISTER):
            for row in range(top + 2, grid.height):
                self._line(grid, row, ids)
            return
        item, _, name = first.removeprefix(REGISTER).partition(".")
        asked = self.questions[item].field(name) if item in self.questions else None
        if asked is None:
            self._unknown(f"{item}.{name}", grid.at(top), tuple(self.questions))
            return
        number = 0
        for row in range(top + 2, grid.height):
            cells = [
                (at, ids[at]) for at in range(len(ids)) if ids[at] and not ids[at].startswith(REGISTER) and _text(grid.columns[at][row])
            ]
            number += bool(cells)
            for at, column in cells:
                name_of, _, lang = column.partition(":")
                self._add(Answer(item, name, "", grid.at(row, at), row=number, column=name_of), _text(grid.columns[at][row]), lang=lang)

    def _line(self, grid: Grid, row: int, ids: list[str]) -> None:
        """A line of the sheet of single answers."""
        code = _text(grid.columns[ids.index(CODE)][row])
        item, _, name = code.partition(".")
        filled = [at for at, each in enumerate(ids) if each.startswith("answer") and _text(grid.columns[at][row])]
        is_table = item in self.tables and name == NOT_APPLICABLE
        if not is_table and (item not in self.questions or self.questions[item].field(name) is None):
            if filled:
                self._unknown(code, grid.at(row), tuple(self.questions))
            return
        places = [at for at, each in enumerate(ids) if each.startswith("answer")]
        for at in filled or places[:1]:  # also where nothing was answered: the place is told
            self._add(Answer(item, name, "", grid.at(row, at)), _text(grid.columns[at][row]), lang=ids[at].partition(":")[2])

    # what both have

    def _add(self, at: Answer, text: str, *, lang: str = "", where: str = "") -> None:
        self.found.append(Answer(at.item, at.field, text.strip(), where or at.where, lang, at.row, at.column))

    def _wrong(self, where: str, *, name: str) -> None:
        self.problems.append(error("ingest.answers_layout", where, name=name))

    def _unknown(self, name: str, where: str, known: tuple[str, ...]) -> None:
        near = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.5)) or ", ".join(known[:5])
        self.problems.append(error("ingest.answers_unknown", where, found=name, near=near))


def _marks(grid: Grid, row: int) -> bool:
    """Whether this is the hidden row that says what each column is."""
    return any(isinstance(cell, str) and (cell == CODE or cell.startswith(REGISTER + "Q")) for cell in grid.row(row))


def _text(cell: CellValue) -> str:
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
