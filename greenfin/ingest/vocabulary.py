"""The dictionaries of ingest, read once: marks, kinds of sheet, fields, aliases, values and measures.

All words that banks write stand in the data files beside this module; the code only looks them up.
"""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from greenfin.core.columns import Column, columns


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the dictionary: ``kind`` says how its cells are read, ``unit`` what a bare number means.

    ``fault`` says what an unreadable cell does: ``reject`` the row or leave the cell ``blank``.
    """

    id: str
    kind: str
    unit: str = ""
    fault: str = "blank"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sheet: the table it fills, the fields it needs (one of each group) and the others it may hold.

    ``reads``: fields of other tables that are meant by the same words here (``余额`` of a bill is its balance).
    ``never``: fields that such a sheet has not. ``many``: fields that may stand in several columns.
    """

    id: str
    table: str
    needs: tuple[tuple[str, ...], ...]
    must: tuple[tuple[str, ...], ...]
    extra: tuple[str, ...]
    group: tuple[str, ...]
    key: str
    reads: Mapping[str, str]
    never: frozenset[str]
    many: frozenset[str]


@dataclass(frozen=True, slots=True)
class Measure:
    """A method input or an operations item: the unit a bare number is in, and units of the dimensions it may have."""

    id: str
    default_unit: str
    units: tuple[str, ...]
    zh: str
    en: str


def plain(text: str) -> str:
    """Text as it is compared: NFKC, without white space and underscores, case folded."""
    even = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(even.replace("_", "").split()).casefold()


def _read(name: str) -> str:
    return files("greenfin.ingest").joinpath(name).read_text("utf-8")


def _records(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_read(name).splitlines()))


@cache
def marks() -> Mapping[str, Any]:
    """The words and signs that structure a sheet (``marks.toml``)."""
    return tomllib.loads(_read("marks.toml"))


@cache
def mark(name: str) -> frozenset[str]:
    """A list of marks as plain text."""
    return frozenset(plain(word) for word in marks()[name])


@cache
def starts(name: str) -> tuple[str, ...]:
    """A list of marks as prefixes, the longest first."""
    return tuple(sorted(mark(name), key=lambda word: (-len(word), word)))


@cache
def measures() -> Mapping[str, Measure]:
    """Method inputs (``input.generation``) and operations items (``item.electricity``) by id."""
    return {
        row["id"]: Measure(row["id"], row["default_unit"], tuple(row["units"].split("|")), row["zh"], row["en"])
        for row in _records("measures.csv")
    }


@cache
def fields() -> Mapping[str, Field]:
    """All fields that are read, by id."""
    listed = {row["field"]: Field(row["field"], row["kind"], row["unit"], row["fault"]) for row in _records("fields.csv")}
    return listed | {m.id: Field(m.id, "measure", m.default_unit) for m in measures().values()}


@cache
def kinds() -> Mapping[str, Kind]:
    """The kinds of sheet by id, in the order of ``kinds.toml``."""
    listed = tomllib.loads(_read("kinds.toml"))
    return {name: _kind(name, entry) for name, entry in listed.items()}


def _kind(name: str, entry: Mapping[str, Any]) -> Kind:
    return Kind(
        name,
        entry["table"],
        tuple(tuple(group) for group in entry["needs"]),
        tuple(tuple(group) for group in entry["must"]),
        tuple(entry["extra"]),
        tuple(entry["group"]),
        entry["key"],
        entry.get("reads", {}),
        frozenset(entry.get("never", ())),
        frozenset(entry.get("many", ())),
    )


@cache
def allowed(kind: str) -> frozenset[str]:
    """The fields a kind of sheet may hold: those of its table and its extras (``input.*`` means all inputs)."""
    entry = kinds()[kind]
    mine = {c.field for c in columns() if c.table == entry.table and c.field}
    for name in entry.extra:
        mine |= {f for f in fields() if f.startswith(name[:-1])} if name.endswith(".*") else {name}
    return frozenset(mine)


@cache
def column_of(table: str) -> Mapping[str, str]:
    """Field id -> our column, for a table."""
    return {c.field: c.name for c in columns() if c.table == table and c.field}


@cache
def aliases() -> Mapping[str, tuple[str, ...]]:
    """Plain header text -> the fields it may stand for."""
    found: dict[str, list[str]] = {}
    for row in _records("aliases.csv"):
        found.setdefault(plain(row["alias"]), []).append(row["field"])
    for column in columns():
        for word in _own_names(column) if column.field else ():
            found.setdefault(plain(word), []).append(column.field)
    return {alias: tuple(dict.fromkeys(ids)) for alias, ids in found.items()}


def _own_names(column: Column) -> tuple[str, ...]:
    """Our own names of a column; a unit at the end (``balance_fen``) is left to be read as one."""
    if column.name.endswith("_ppm"):
        return (column.zh,)
    return (column.name.removesuffix(f"_{column.unit}") if column.unit else column.name, column.zh)


@cache
def words_of(field: str) -> Mapping[str, str]:
    """Written word (plain) -> our value, for a field with a list of values."""
    return {plain(row["written"]): row["value"] for row in _records("values.csv") if row["field"] == field}


@cache
def names_of(prefix: str) -> Mapping[str, str]:
    """Every alias of the measures with that prefix (``input.`` or ``item.``) -> the id without it."""
    return {
        alias: ids[0].removeprefix(prefix) for alias, every in aliases().items() if (ids := [i for i in every if i.startswith(prefix)])
    } | {m.id.removeprefix(prefix): m.id.removeprefix(prefix) for m in measures().values() if m.id.startswith(prefix)}


def bare_names(clean: str) -> Iterator[str]:
    """A text with fewer and fewer of the words that change nothing around the name of an item (``年``, ``消费量``)."""
    words = marks()["item_words"]
    clean = re.sub(words["grade"], "", clean)
    fronts = [clean, *(clean.removeprefix(word) for word in sorted(words["before"], key=len, reverse=True) if clean.startswith(word))]
    for front in fronts:
        yield front
        yield from (front.removesuffix(word) for word in sorted(words["after"], key=len, reverse=True) if front.endswith(word))
