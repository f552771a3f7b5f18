"""The records of restatement of a run as a table of the report: both figures, the difference, why, and both methods in both years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from greenfin.core.records import Cell, How, Table, TableColumn, TableRow
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.ingest import Restatement
from greenfin.messages.words import LANGUAGES, say

ID = "R01"
_VALUES = ("old", "new", "difference", "current_old", "current_new")
_TEXTS = ("reason", "old_method", "new_method", "on", "approved_by")


def table_of(records: Sequence[Restatement], tables: Mapping[str, Table]) -> tuple[Table, ...]:
    """The table of the records that a run used, one a row; none where there is no record.

    Last year's figure is given as published (by the old method) and as restated (by the new one), this year's by the old method where
    the record has it and by the new one as the run made it. All of a row are in the record's unit.
    """
    if not records:
        return ()
    columns = [TableColumn("label", *_words("figure"), "label", 2.4), TableColumn("unit", *_words("unit"), "unit", 0.9)]
    columns += [TableColumn(name, *_words(name), width=1.2) for name in _VALUES]
    columns += [TableColumn(name, *_words(name), "text", 2.0 if name == "reason" else 1.3) for name in _TEXTS]
    rows: list[TableRow] = []
    cells: dict[str, Cell] = {}
    for at, record in enumerate(records, 1):
        row = f"{at:03d}"
        rows.append(TableRow(row, *_label(record, tables), record.unit))
        made = {**_figures(record, row, tables), **_said(record, row)}
        cells |= {f"{row}.{name}": cell for name, cell in made.items()}
    (note_zh, note_en), titles = _words("note"), _words("title")
    return (Table(ID, *titles, tuple(columns), tuple(rows), cells, (note_zh,), (note_en,), landscape=True),)


def _words(name: str) -> tuple[str, str]:
    zh, en = (say(f"restated.{name}", lang) for lang in LANGUAGES)
    return zh, en


def _label(record: Restatement, tables: Mapping[str, Table]) -> tuple[str, str]:
    """The figure by its table and row; one of a table that the run does not show by its address."""
    id_, _, rest = record.cell.partition("!")
    name = rest.rpartition(".")[0]
    row = next((row for row in tables[id_].rows if row.id == name), None) if id_ in tables else None
    return (f"{id_} {row.zh}", f"{id_} {row.en}") if row else (record.cell, record.cell)


def _figures(record: Restatement, row: str, tables: Mapping[str, Table]) -> dict[str, Cell]:
    now = _now(record, tables)
    decimals = max(_places(value) for value in (record.old, record.new, record.current_old) if value is not None)
    published = How("prior", source=record.source_cell)
    made = {name: Cell(_id(row, name), None, record.unit, decimals, published) for name in ("old", "new", "current_old")}
    made = {name: replace(cell, value=getattr(record, name)) for name, cell in made.items() if getattr(record, name) is not None}
    made["difference"] = Cell(
        _id(row, "difference"), record.new - record.old, record.unit, decimals, How("diff", (_id(row, "new"), _id(row, "old")))
    )
    if now is not None:
        made["current_new"] = Cell(_id(row, "current_new"), now, record.unit, decimals, How("ref", (record.cell,)))
    return {name: made.get(name) or Cell(_id(row, name), None, record.unit, decimals, How("missing")) for name in _VALUES}


def _now(record: Restatement, tables: Mapping[str, Table]) -> Fraction | None:
    """This year's figure of the run in the unit of the record."""
    id_, _, place = record.cell.partition("!")
    found = tables[id_].cells.get(place) if id_ in tables else None
    if found is None or found.value is None:
        return None
    try:
        return found.value * exact_ratio(found.unit, record.unit)
    except (UnknownUnit, WrongDimension):
        return None


def _said(record: Restatement, row: str) -> dict[str, Cell]:
    how = How("text", source=record.source_cell)
    return {name: Cell(_id(row, name), None, "", 0, how, text=getattr(record, name) or "\N{EM DASH}") for name in _TEXTS}


def _id(row: str, column: str) -> str:
    return f"{ID}!{row}.{column}"


def _places(value: Fraction) -> int:
    """How many decimals a figure was given with, of the fifteen digits that a spreadsheet keeps.

    >>> _places(Fraction("123456789012.34")), _places(Fraction("0.00001234")), _places(Fraction(1200))
    (2, 8, 0)
    """
    return max(0, -int(Decimal(f"{float(value):.15g}").normalize().as_tuple().exponent))
