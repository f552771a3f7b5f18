"""The figures of a report's pictures as a table of its own, so that each can be looked up and asked why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from greenfin.core.records import Cell, How, Table, TableColumn, TableRow
from greenfin.disclose.figures import Figure, Point, figures
from greenfin.disclose.front import Front
from greenfin.messages.words import LANGUAGES, say

ID, VALUE = "G01", "value"
_OF_TWO = 2  # cells that a change is between


def table_of_figures(tables: Sequence[Table], front: Front) -> tuple[Table, ...]:
    """A row for each figure of each picture, below the picture's title; none where the tables give no picture."""
    drawn = [figures(tables, front, lang) for lang in LANGUAGES]
    rows: list[TableRow] = []
    cells: dict[str, Cell] = {}
    for at, (zh, en) in enumerate(zip(*drawn, strict=True), 1):
        rows.append(TableRow(f"{at:02d}", f"{zh.after} {zh.title}", f"{en.after} {en.title}", "", kind="heading"))
        for row, cell in _lines(at, zh, en):
            rows.append(row)
            cells[f"{row.id}.{VALUE}"] = cell
    if not cells:
        return ()
    (title_zh, title_en), (note_zh, note_en) = ([say(f"figured.{name}", lang) for lang in LANGUAGES] for name in ("title", "note"))
    return (Table(ID, title_zh, title_en, _columns(), tuple(rows), cells, (note_zh,), (note_en,)),)


def _columns() -> tuple[TableColumn, ...]:
    zh, en = ([say(f"figured.{name}", lang) for name in ("figure", "unit", "value")] for lang in LANGUAGES)
    return tuple(
        TableColumn(name, a, b, kind, width)
        for name, kind, width, a, b in zip(("label", "unit", VALUE), ("label", "unit", "value"), (3.0, 1.0, 1.4), zh, en, strict=True)
    )


def _lines(at: int, zh: Figure, en: Figure) -> Iterator[tuple[TableRow, Cell]]:
    for number, (one, other) in enumerate(zip(zh.points, en.points, strict=True), 1):
        row = TableRow(f"{at:02d}_{number:02d}", one.label, other.label, one.unit, level=1)
        yield row, Cell(f"{ID}!{row.id}.{VALUE}", one.value, one.unit, one.decimals, _how(one))


def _how(point: Point) -> How:
    """The cell that is drawn, the two that a change is between, or what was summed for the picture."""
    if not point.cells:
        return How("drawn", keys=point.keys)
    return How("diff", point.cells) if point.is_change and len(point.cells) == _OF_TWO else How("ref", point.cells[:1])
