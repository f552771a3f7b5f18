"""The sheet of lineage: a line for each cell of the workbook, what it is, how it was made and of what; and the names of cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from greenfin.core.money import round_half_up
from greenfin.core.records import Cell
from greenfin.disclose import printed
from greenfin.disclose.to_json import exact_text
from greenfin.disclose.xlsx_formula import Place, quoted
from greenfin.disclose.xlsx_sheet import LINE, Planned, Writing, set_page
from greenfin.disclose.xlsx_style import ACCENT, TINT, Look
from greenfin.messages.words import codes

_KEYS = ("cell", "row", "column", "value", "unit", "how", "made_of", "keys", "source")
_WIDTHS = (38.0, 34.0, 18.0, 22.0, 12.0, 18.0, 48.0, 34.0, 30.0)
_FIRST = 4
_DIGITS = 10
_NO_NAME = re.compile(r"\W+")
_LONGEST = 200  # characters of a name; the format's limit is 255


def write_lineage(ws: Any, plans: Sequence[Planned], writing: Writing) -> None:
    """Fill the sheet: cell (a link to it), its row and column in words, value in full, unit, how, of which cells or sums, source."""
    lang, stylist = writing.lang, writing.stylist
    stylist.text(ws.cell(1, 1), printed.word("sheet_lineage", lang), Look(14, True, ACCENT))
    stylist.text(ws.cell(2, 1), printed.word("lineage_about", lang), Look(9))
    ws.row_dimensions[1].height = 24
    for at, (key, width) in enumerate(zip(_KEYS, _WIDTHS, strict=True), 1):
        ws.column_dimensions[ws.cell(1, at).column_letter].width = width
        stylist.text(ws.cell(_FIRST - 1, at), printed.word(f"lineage_{key}", lang, between="\n"), Look(10, True, ACCENT, TINT, "head"))
    ws.row_dimensions[_FIRST - 1].height = LINE * (2 if lang == "both" else 1) + 6
    last = _write_lines(ws, plans, writing)
    ws.freeze_panes = f"B{_FIRST}"
    ws.auto_filter.ref = f"A{_FIRST - 1}:I{last}"
    ws.print_title_rows = f"{_FIRST - 1}:{_FIRST - 1}"
    ws.print_area = f"A1:I{last}"
    set_page(ws, writing.front, lang, landscape=True)


def _write_lines(ws: Any, plans: Sequence[Planned], writing: Writing) -> int:
    """A line for each cell; the number of the last."""
    at = _FIRST - 1
    look, linked = Look(edge="row"), Look(edge="row", color=ACCENT)
    for planned in plans:
        for row, column, cell in _cells_of(planned):
            at += 1
            texts = (cell.id, _label(row, writing.lang), _label(column, writing.lang), *_said(cell, writing.lang))
            for number, text in enumerate(texts, 1):
                writing.stylist.text(ws.cell(at, number), text, linked if number == 1 else look)
            _link(ws.cell(at, 1), writing.places[cell.id])
    return max(at, _FIRST)


def _cells_of(planned: Planned) -> list[tuple[Any, Any, Cell]]:
    table = planned.table
    found = ((row, column, table.cell(row.id, column.id)) for row in table.rows for column in table.columns)
    return [(row, column, cell) for row, column, cell in found if cell is not None]


def _label(one: Any, lang: str) -> str:
    return printed.pick(one.zh, one.en, lang)


def _said(cell: Cell, lang: str) -> tuple[str, ...]:
    """Value in full, unit, how, of what, keys of the sum, source."""
    value = cell.text if cell.text is not None else _in_full(cell.value)
    keys = "; ".join(f"{name}={key}" for name, key in cell.how.keys.items())
    made_of = " + ".join(cell.how.args) if cell.how.op == "total" else ", ".join(cell.how.args)
    unit = printed.unit_text(cell.unit, lang) if cell.unit and cell.text is None else ""
    return value, unit, _how(cell, lang), made_of, keys, cell.how.source


def _in_full(value: Fraction | None) -> str:
    """A value as exact text; one that is too long for the column is cut and says so."""
    text = exact_text(value) or ""
    return text if value is None or len(text) <= _DIGITS + 1 else f"{round_half_up(value, _DIGITS):f}\u2026"


def _how(cell: Cell, lang: str) -> str:
    """How the cell was made, in words; of a missing one the reason."""
    key = f"disclose.missing.{cell.how.reason}" if cell.how.op == "missing" and cell.how.reason else f"explain.{cell.how.op}"
    return " / ".join(dict.fromkeys(codes(one).get(key, cell.how.op) for one in printed.languages(lang)))


def _link(cell: Any, place: Place) -> None:
    from openpyxl.worksheet.hyperlink import Hyperlink

    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quoted(place.sheet)}!{place.column}{place.row}")


def name_cells(workbook: Any, plans: Sequence[Planned], places: Mapping[str, Place]) -> None:
    """Give each cell the name of its id (``T02_green_balance_current``) and each table that of its own (``T02_table``).

    Of two ids that would have one name the second gets a number.
    """
    from openpyxl.workbook.defined_name import DefinedName

    taken: set[str] = set()
    for planned in plans:
        known = [places[cell.id] for _, _, cell in _cells_of(planned)]
        if known:
            lines = [place.row for place in known]
            letters = list(planned.letters.values())
            area = f"{quoted(planned.sheet)}!${letters[0]}${min(lines)}:${letters[-1]}${max(lines)}"
            name = _name(f"{planned.table.id}_table", taken)
            workbook.defined_names[name] = DefinedName(name, attr_text=area)
        for _, _, cell in _cells_of(planned):
            name, place = _name(cell.id, taken), places[cell.id]
            workbook.defined_names[name] = DefinedName(name, attr_text=f"{quoted(place.sheet)}!${place.column}${place.row}")


def _name(text: str, taken: set[str]) -> str:
    """A name that a workbook takes for no reference, unlike the others in more than case."""
    clean = _NO_NAME.sub("_", text)[:_LONGEST]
    clean = clean if clean[:1].isalpha() and "_" in clean else f"_{clean}"
    name, at = clean, 1
    while name.casefold() in taken:
        at += 1
        name = f"{clean}_{at}"
    taken.add(name.casefold())
    return name


def protect(ws: Any) -> None:
    """Lock the sheet without a password: nothing is typed over by accident; columns may be made wider and lines filtered."""
    ws.protection.sheet = True
    ws.protection.formatColumns = ws.protection.formatRows = ws.protection.autoFilter = ws.protection.sort = False
