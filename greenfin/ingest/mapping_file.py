"""The saved mapping as a file: YAML, read strictly with the line of everything that is wrong in it, and written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from greenfin.core.problems import Refused, error
from greenfin.core.units import same_dimension
from greenfin.ingest.bank import MAX_BANK, StrictLoader
from greenfin.ingest.encodings import decode
from greenfin.ingest.files import read_source
from greenfin.ingest.headers import unit_of
from greenfin.ingest.mapping import ColumnMap, SavedMapping, SheetMap
from greenfin.ingest.vocabulary import allowed, fields, kinds, marks, measures, plain

FORMAT = "1"
_TOP = ("format", "bank", "rows_may_fall", "rows_may_rise", "sheets")
_SHEET = ("files", "sheet", "kind", "header_row", "header_rows", "rows", "layout", "key", "latest", "values", "columns")
_COLUMN = ("column", "header", "field", "unit")
_NOT_USED = "-"
_Node = yaml.Node


def read_mapping(path: Path) -> SavedMapping:
    """The mapping of a bank; raises Refused, with the line, for anything that is not known or not allowed in it."""
    if read_source(path).size > MAX_BANK:
        raise Refused(error("ingest.file_too_large", path.name, found=path.stat().st_size, limit=MAX_BANK))
    try:
        root = yaml.compose(decode(path), Loader=StrictLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as bad:
        mark = getattr(bad, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise Refused(error("ingest.mapping_unreadable", where, found=str(getattr(bad, "problem", "") or type(bad).__name__))) from bad
    return _Reading(path.name).mapping(root)


def rate_named(written: str) -> str:
    """The unit of rates that a text spells: ``percent`` (``%``), ``permille`` or ``decimal``; ``""``: none of them."""
    return next((unit for unit, spelled in marks()["rates_written"].items() if plain(written) in spelled), "")


class _Reading:
    """One reading of a mapping file; every refusal names its line."""

    def __init__(self, name: str) -> None:
        self.name = name

    def at(self, node: _Node | None) -> str:
        return f"{self.name}:{node.start_mark.line + 1}" if node is not None else self.name

    def mapping(self, root: _Node | None) -> SavedMapping:
        top = self.keys(root, _TOP)
        if self.text(top, "format", root) != FORMAT:
            raise self.wrong(top.get("format", root), "format", FORMAT)
        sheets = tuple(self.sheet(node) for node in self.items(top.get("sheets"), "sheets", root))
        if not sheets:
            raise Refused(error("ingest.mapping_key_missing", self.at(root), found="sheets"))
        fall, rise = self.band(top, "rows_may_fall", 20), self.band(top, "rows_may_rise", 50)
        return SavedMapping(self.name, sheets, self.text(top, "bank", root, default=""), fall, rise)

    def sheet(self, node: _Node) -> SheetMap:
        said = self.keys(node, _SHEET)
        kind = self.text(said, "kind", node)
        if kind not in kinds():
            raise self.wrong(said["kind"], "kind", ", ".join(kinds()))
        columns = tuple(self.column(item, kind) for item in self.items(said.get("columns"), "columns", node))
        self.once(columns, kind)
        return SheetMap(
            self.text(said, "files", node),
            self.text(said, "sheet", node, default="*"),
            kind,
            self.whole(said, "header_row", node),
            columns,
            self.whole(said, "header_rows", node, default=1),
            self.whole(said, "rows", node, default=0),
            self.text(said, "layout", node, default=""),
            tuple(self.field(item, kind) for item in self.items(said.get("key"), "key", node)),
            self.text(said, "latest", node, default=""),
            self.values(said.get("values"), kind),
            node.start_mark.line + 1,
        )

    def column(self, node: _Node, kind: str) -> ColumnMap:
        said = self.keys(node, _COLUMN)
        name = self.text(said, "field", node)
        known = "" if name == _NOT_USED else self.field(said["field"], kind)
        letter = self.text(said, "column", node, default="")
        if letter and not re.fullmatch(r"[A-Z]{1,3}", letter):
            raise self.wrong(said["column"], "column", "A, B, … AA")
        unit = self.unit(said["unit"], known) if "unit" in said and known else ""
        return ColumnMap(self.text(said, "header", node), letter, known, unit, node.start_mark.line + 1)

    def field(self, node: _Node, kind: str) -> str:
        name = str(node.value)
        if name in allowed(kind) and name in fields():
            return name
        near = get_close_matches(name, sorted(allowed(kind) & set(fields())), n=3, cutoff=0.4)
        raise Refused(error("ingest.mapping_field_unknown", self.at(node), found=name, near=", ".join(near)))

    def unit(self, node: _Node, field: str) -> str:
        written, kind = str(node.value), fields()[field].kind
        unit = rate_named(written) if kind == "rate" else unit_of(written)
        accepted = (
            (kind == "rate" and bool(unit))
            or (kind == "money" and bool(unit) and same_dimension(unit, "CNY"))
            or (kind == "measure" and bool(unit) and any(same_dimension(unit, known) for known in measures()[field].units))
            or (kind == "number" and bool(unit))
        )
        if not accepted:
            raise Refused(error("ingest.mapping_unit_unknown", self.at(node), found=written, field=field))
        return unit

    def values(self, node: _Node | None, kind: str) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for key, words in self.pairs(node):
            found[self.field(key, kind)] = {str(code.value): self.plain(word, "values") for code, word in self.pairs(words)}
        return found

    def once(self, columns: Sequence[ColumnMap], kind: str) -> None:
        first: dict[str, ColumnMap] = {}
        for column in columns:
            many = column.field in kinds()[kind].many or column.field.startswith(("input.", "item.", "result."))
            if column.field in first and not many:
                where, line = f"{self.name}:{column.line}", first[column.field].line
                raise Refused(error("ingest.mapping_field_twice", where, field=column.field, line=line))
            if column.field:
                first.setdefault(column.field, column)

    def keys(self, node: _Node | None, known: Sequence[str]) -> dict[str, _Node]:
        found = {}
        for key, value in self.pairs(node):
            if str(key.value) not in known:
                raise Refused(error("ingest.mapping_key_unknown", self.at(key), found=str(key.value), known=", ".join(known)))
            found[str(key.value)] = value
        return found

    def pairs(self, node: _Node | None) -> Iterator[tuple[_Node, _Node]]:
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            raise Refused(error("ingest.mapping_unreadable", self.at(node), found=str(node.tag).rpartition(":")[2]))
        seen = set()
        for key, value in node.value:
            if str(key.value) in seen:
                raise Refused(error("ingest.mapping_unreadable", self.at(key), found=f"duplicate key {key.value}"))
            seen.add(str(key.value))
            yield key, value

    def items(self, node: _Node | None, key: str, above: _Node | None) -> list[_Node]:
        if node is None and key != "key":
            raise Refused(error("ingest.mapping_key_missing", self.at(above), found=key))
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise Refused(error("ingest.mapping_unreadable", self.at(node), found=key))
        return list(node.value)

    def text(self, said: Mapping[str, _Node], key: str, above: _Node | None, *, default: str | None = None) -> str:
        if key in said:
            return self.plain(said[key], key)
        if default is None:
            raise Refused(error("ingest.mapping_key_missing", self.at(above), found=key))
        return default

    def plain(self, node: _Node, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise Refused(error("ingest.mapping_unreadable", self.at(node), found=key))
        return str(node.value)

    def whole(self, said: Mapping[str, _Node], key: str, above: _Node, *, default: int | None = None) -> int:
        text = self.text(said, key, above, default=None if default is None else str(default))
        if not re.fullmatch(r"\d{1,8}", text):
            raise self.wrong(said[key], key, "0, 1, 2 …")
        return int(text)

    def band(self, said: Mapping[str, _Node], key: str, default: int) -> float:
        found = re.fullmatch(r"(\d{1,4})\s*%?", self.plain(said[key], key)) if key in said else None
        if key in said and not found:
            raise self.wrong(said[key], key, f"{default}%")
        return (int(found[1]) if found else default) / 100

    def wrong(self, node: Any, key: str, wanted: str) -> Refused:
        return Refused(error("ingest.mapping_value_wrong", self.at(node), key=key, found=str(getattr(node, "value", "")), wanted=wanted))


def write_mapping(mapping: SavedMapping, path: Path, *, comment: str) -> None:
    """Write a mapping (readable by its owner alone), never over another file; raises Refused, OSError. ``comment`` stands above it."""
    if path.exists():
        raise Refused(error("ingest.mapping_exists", str(path)))
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f"format: {FORMAT}", *([f"bank: {_shown(mapping.bank)}"] if mapping.bank else [])]
    lines += [f"rows_may_fall: {mapping.fall:.0%}", f"rows_may_rise: {mapping.rise:.0%}", "sheets:"]
    for sheet in mapping.sheets:
        lines.extend(_sheet_lines(sheet))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
        stream.write("\n".join(lines) + "\n")


def _sheet_lines(sheet: SheetMap) -> Iterator[str]:
    yield f"- files: {_shown(_pattern(sheet.files))}"
    yield f"  sheet: {_shown(_escaped(sheet.sheet))}"
    yield f"  kind: {sheet.kind}"
    yield f"  header_row: {sheet.header_row}"
    yield f"  header_rows: {sheet.header_rows}"
    yield f"  rows: {sheet.rows}"
    if sheet.layout:
        yield f"  layout: {_shown(sheet.layout)}"
    if sheet.latest:
        yield f"  latest: {_shown(sheet.latest)}"
    yield f"  key: [{', '.join(sheet.key)}]"
    if sheet.values:
        yield "  values:"
    for field, words in sheet.values.items():
        yield f"    {field}:"
        yield from (f"      {_shown(code)}: {_shown(word)}" for code, word in words.items())
    yield "  columns:"
    for column in sheet.columns:
        unit = f", unit: {_shown(column.unit)}" if column.unit else ""
        yield f"  - {{column: {_shown(column.letter)}, header: {_shown(column.header)}, field: {column.field or _shown(_NOT_USED)}{unit}}}"


def _shown(text: str) -> str:
    """A text in double quotes, as YAML and JSON both read it."""
    signs = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    clean = "".join(signs.get(sign, sign if sign.isprintable() else f"\\u{ord(sign):04x}") for sign in text)
    return f'"{clean}"'


def _pattern(name: str) -> str:
    """A file's name with its dates and running numbers left open."""
    return re.sub(r"\d{4,}", "*", _escaped(name))


def _escaped(name: str) -> str:
    return name if name == "*" or fnmatchcase(name, name) else re.sub(r"([\[*?])", r"[\1]", name)
