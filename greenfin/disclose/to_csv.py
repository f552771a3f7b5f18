"""A CSV per table, wide, as a spreadsheet opens it; no text of a user can act as a formula there."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from greenfin.core.money import round_half_up
from greenfin.core.problems import Refused, error
from greenfin.core.records import Cell, Table, TableRow
from greenfin.disclose.printed import pick, unit_text, word

_FIRST = ("row", "label", "unit")
_LAST = "note"
_ACTS = "=+-@\t\r\n＝＋－＠"


def safe_text(text: str) -> str:
    """The text so that no spreadsheet runs it: an apostrophe goes before what could begin a formula. :func:`plain_text` takes it off.

    >>> safe_text("=1+1"), safe_text("光伏电站"), safe_text("'=1")
    ("'=1+1", '光伏电站', "''=1")
    """
    return f"'{text}" if text.lstrip(" \u3000'")[:1] in set(_ACTS) and text else text


def plain_text(text: str) -> str:
    """What :func:`safe_text` was given."""
    return text[1:] if text.startswith("'") and safe_text(text[1:]) == text else text


def printed_text(cell: Cell) -> str:
    """A cell as the CSV prints it: rounded half up, no thousands separators; nothing for a missing value."""
    if cell.text is not None:
        return cell.text
    return "" if cell.value is None else f"{round_half_up(cell.value, cell.decimals):f}"


def printed_cells(tables: Sequence[Table]) -> dict[str, str]:
    """Every cell's text by cell id, as :func:`read_csv` gives it back."""
    return {f"{t.id}!{row.id}.{c}": printed_text(cell) for t in tables for row in t.rows for c in _fields(t) if (cell := t.cell(row.id, c))}


def write_csv(tables: Sequence[Table], folder: Path, *, lang: str) -> tuple[Path, ...]:
    """Write ``<id>.csv`` per table (UTF-8 with BOM): row, label, unit, the table's columns, note. ``lang`` zh, en or both."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for table in tables:
        path = folder / f"{table.id}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\r\n")
            writer.writerow([*_FIRST, *_fields(table), _LAST])
            writer.writerows(_units_line(table, lang))
            writer.writerows(_line(table, row, lang) for row in table.rows)
        paths.append(path)
    return tuple(paths)


def _fields(table: Table) -> list[str]:
    return [c.id for c in table.columns if c.kind not in ("label", "unit", "note")]


def _line(table: Table, row: TableRow, lang: str) -> list[str]:
    cells = [table.cell(row.id, name) for name in _fields(table)]
    values = ["" if c is None else safe_text(c.text) if c.text is not None else printed_text(c) for c in cells]
    label = pick(row.zh, row.en, lang, between=" / ")
    return [safe_text(row.id), safe_text(label), unit_text(row.unit, lang) if row.unit else "", *values, safe_text(_note(table, row, lang))]


def _units_line(table: Table, lang: str) -> list[list[str]]:
    """Where the columns have the units (and the rows none), a first line without a row id that names them."""
    if any(row.unit for row in table.rows):
        return []
    units = [next((c.unit for row in table.rows if (c := table.cell(row.id, name)) and c.unit), "") for name in _fields(table)]
    return [["", word("factor_unit", lang), "", *(unit_text(unit, lang) if unit else "" for unit in units), ""]]


def _note(table: Table, row: TableRow, lang: str) -> str:
    """The footnotes of the row's cells."""
    marks = dict.fromkeys(m for name in _fields(table) if (cell := table.cell(row.id, name)) for m in cell.marks)
    zh, en = (_marked(notes) for notes in (table.notes_zh, table.notes_en))
    return " ".join(pick(zh.get(mark, ""), en.get(mark, ""), lang, between=" / ") for mark in marks)


def _marked(notes: Sequence[str]) -> Mapping[str, str]:
    return {note.split(" ", 1)[0]: note for note in notes if note.startswith("[")}


def read_csv(path: Path) -> dict[str, str]:
    """The printed text of every cell by cell id, from a file that :func:`write_csv` wrote; raises Refused for another file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *lines = list(csv.reader(stream, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as bad:
        raise Refused(error("disclose.csv_unreadable", str(path))) from bad
    if tuple(header[:3]) != _FIRST or header[-1:] != [_LAST] or any(len(line) != len(header) for line in lines):
        raise Refused(error("disclose.csv_unreadable", str(path)))
    fields = header[3:-1]
    return {
        f"{path.stem}!{plain_text(line[0])}.{name}": plain_text(value)
        for line in lines
        if line[0]
        for name, value in zip(fields, line[3:-1], strict=True)
    }
