"""One table on one sheet: title, head, rows, notes, and how it prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenfin.core.records import Cell, Table, TableColumn, TableRow
from greenfin.disclose import printed
from greenfin.disclose.front import Front
from greenfin.disclose.printed import Grid
from greenfin.disclose.xlsx_formula import Place, formula
from greenfin.disclose.xlsx_style import ACCENT, ALERT, INK, QUIET, TINT, Look, Stylist, columns_wide, lines_high, number_format

HEAD = 4  # the row of the column headings; title, bank and basis stand above
WIDTHS = {"label": (22.0, 46.0), "unit": (8.0, 18.0), "value": (9.0, 36.0), "text": (12.0, 40.0), "note": (16.0, 48.0)}
STACKED = 7  # with more columns than this a heading's unit stands on a line of its own
WIDE = {True: 165.0, False: 115.0}  # columns of type that one page takes and can still be read, landscape and portrait
LINE = 15.0  # height of a line of type 10


@dataclass(frozen=True, slots=True)
class Planned:
    """A table with its sheet's name and the column letters it will stand in, before anything is written."""

    grid: Grid
    sheet: str
    letters: Mapping[str, str]

    @property
    def table(self) -> Table:
        """The table itself."""
        return self.grid.table


def plan(table: Table, sheet: str, *, lang: str) -> Planned:
    """Where the table will stand."""
    from openpyxl.utils import get_column_letter

    grid = printed.grid(table, lang)
    return Planned(grid, sheet, {column.id: get_column_letter(at) for at, column in enumerate(grid.columns, 1)})


def places(planned: Planned) -> dict[str, Place]:
    """The place of every cell of the table, by cell id."""
    made = {}
    for at, row in enumerate(planned.table.rows, HEAD + 1):
        for column, letter in planned.letters.items():
            cell = planned.table.cell(row.id, column)
            if cell is not None:
                made[cell.id] = Place(planned.sheet, letter, at)
    return made


@dataclass(frozen=True, slots=True)
class Writing:
    """What all sheets share while the workbook is written: looks, all cells and places, and the numbers by sheet."""

    stylist: Stylist
    cells: Mapping[str, Cell]
    places: Mapping[str, Place]
    values: dict[str, dict[str, float]]
    front: Front
    lang: str


def write_table(ws: Any, planned: Planned, writing: Writing) -> None:
    """Fill the sheet."""
    grid, last = planned.grid, len(planned.grid.columns)
    widths = [_width(grid, column) for column in grid.columns]
    for letter, width in zip(planned.letters.values(), widths, strict=True):
        ws.column_dimensions[letter].width = width
    _write_top(ws, planned, writing, sum(widths))
    _write_head(ws, grid, writing.stylist, widths)
    for at, row in enumerate(planned.table.rows, HEAD + 1):
        _write_row(ws, at, row, planned=planned, writing=writing, widths=widths)
    end = _write_notes(ws, planned, writing, sum(widths))
    lead = sum(1 for column in grid.columns if column.kind in ("label", "unit"))
    ws.freeze_panes = ws.cell(HEAD + 1, min(lead, last - 1) + 1)
    ws.print_area = f"A1:{list(planned.letters.values())[-1]}{end}"
    ws.print_title_rows = f"{HEAD}:{HEAD}"
    set_page(ws, writing.front, writing.lang, landscape=planned.table.landscape)
    ws.page_setup.fitToWidth = max(1, round(sum(widths) / WIDE[planned.table.landscape]))
    if ws.page_setup.fitToWidth > 1:
        ws.print_title_cols = f"A:{list(planned.letters.values())[max(lead, 1) - 1]}"


def _width(grid: Grid, column: TableColumn) -> float:
    least, most = WIDTHS.get(column.kind, WIDTHS["text"])
    shown = ((row.kind != "row", grid.text(row, column) + _marks(grid.table.cell(row.id, column.id))) for row in grid.table.rows)
    widest = max((columns_wide(text) * (1.15 if bold else 1.04) for bold, text in shown), default=0.0)
    indent = max((row.level for row in grid.table.rows), default=0) * 2 if column.kind == "label" else 0
    head = columns_wide(grid.heading(column, between=_between(grid))) if column.kind != "text" else 0.0
    return min(most, max(least, widest + indent + 3.5, min(head + 3.0, 12.0 if _between(grid) else 22.0)))


def _between(grid: Grid) -> str:
    """In a table of many columns a heading's unit stands on a line of its own."""
    return "\n" if len(grid.columns) > STACKED else ""


def _write_top(ws: Any, planned: Planned, writing: Writing, width: float) -> None:
    front, lang, table = writing.front, writing.lang, planned.table
    title = f"{table.id} " + printed.pick(table.title_zh, table.title_en, lang, between=" / ")
    bank = printed.pick(front.bank_zh, front.bank_en, lang, between=" / ")
    marked = printed.pick(front.watermark_zh, front.watermark_en, lang, between=" / ")
    basis = " / ".join(printed.lines(filter(None, [table.basis_zh]), filter(None, [table.basis_en]), lang))
    second = " · ".join(text for text in (bank, front.as_of.isoformat(), marked) if text)
    texts = ((title, Look(14, True, ACCENT)), (second, Look(9, color=ALERT if marked else QUIET)), (basis, Look(9, color=QUIET, wrap=True)))
    for at, (text, look) in enumerate(texts, 1):
        writing.stylist.text(ws.cell(at, 1), text, look)
    join(ws, 3, 1, len(planned.grid.columns))
    ws.row_dimensions[1].height = 24
    ws.row_dimensions[3].height = 13.5 * lines_high(basis, width) + 3


def _write_head(ws: Any, grid: Grid, stylist: Stylist, widths: Sequence[float]) -> None:
    high = 1
    for at, (column, width) in enumerate(zip(grid.columns, widths, strict=True), 1):
        text = grid.heading(column, between=_between(grid))
        align, indent = ("right", 1) if column.kind == "value" else ("left", 0)
        stylist.text(ws.cell(HEAD, at), text, Look(bold=True, color=ACCENT, fill=TINT, edge="head", align=align, indent=indent, wrap=True))
        high = max(high, lines_high(text, width - 1))
    ws.row_dimensions[HEAD].height = high * LINE + 6


def _write_row(ws: Any, at: int, row: TableRow, *, planned: Planned, writing: Writing, widths: Sequence[float]) -> None:
    high = 1
    for column, width, number in zip(planned.grid.columns, widths, range(1, len(widths) + 1), strict=True):
        cell, target = planned.table.cell(row.id, column.id), ws.cell(at, number)
        look = _look(row, column)
        if cell is not None and cell.value is not None and cell.text is None:
            after = printed.joined("", planned.grid.suffix(row, column, cell)) + _marks(cell)
            _write_number(target, cell, after, planned=planned, writing=writing, row=row)
            continue
        text = planned.grid.text(row, column) + _marks(cell)
        writing.stylist.text(target, text, look)
        high = max(high, lines_high(text, width - look.indent * 2) if look.wrap else 1)
    ws.row_dimensions[at].height = high * LINE + 3


def _look(row: TableRow, column: TableColumn) -> Look:
    words = column.kind != "value"
    return Look(
        bold=row.kind != "row",
        color=ACCENT if row.kind == "heading" else INK,
        edge="total" if row.kind == "total" else "row",
        align="left" if words else "right",
        vertical="center",
        wrap=words,
        indent=row.level if column.kind == "label" else 0 if words else 1,
    )


def _marks(cell: Cell | None) -> str:
    return " " + " ".join(cell.marks) if cell is not None and cell.marks else ""


def _write_number(target: Any, cell: Cell, after: str, *, planned: Planned, writing: Writing, row: TableRow) -> None:
    """The full value as number or formula; its unit and marks, where they must be shown, (``after``) belong to its format."""
    if cell.value is None:
        return
    value = float(cell.value)
    live = formula(cell, planned.sheet, writing.cells, writing.places)
    target.value = live or value
    writing.values.setdefault(planned.sheet, {})[target.coordinate] = value
    writing.stylist.dress(
        target,
        Look(
            bold=row.kind != "row",
            edge="total" if row.kind == "total" else "row",
            align="right",
            indent=1,
            number=number_format(cell.decimals, after),
        ),
    )


def _write_notes(ws: Any, planned: Planned, writing: Writing, width: float) -> int:
    """The notes below the table; the number of the sheet's last row."""
    at = HEAD + len(planned.table.rows)
    notes = printed.lines(planned.table.notes_zh, planned.table.notes_en, writing.lang)
    if not notes:
        return at
    first = at + 3
    writing.stylist.text(ws.cell(first - 1, 1), printed.word("notes", writing.lang), Look(9, True, QUIET))
    for at, note in enumerate(notes, first):
        writing.stylist.text(ws.cell(at, 1), note, Look(9, color=QUIET, wrap=True, vertical="top"))
        join(ws, at, 1, len(planned.grid.columns))
        ws.row_dimensions[at].height = 13.5 * lines_high(note, width) + 2
    return at


def join(ws: Any, row: int, first: int, last: int) -> None:
    """Make one cell of some in a row, in the others of which nothing stands: the library's own way looks at the borders of each."""
    from openpyxl.utils import get_column_letter

    if last > first:
        ws.merged_cells.add(f"{get_column_letter(first)}{row}:{get_column_letter(last)}{row}")


def set_page(ws: Any, front: Front, lang: str, *, landscape: bool) -> None:
    """A4, fitted to the width, with the policy's mark above and page number and run id below."""
    ws.page_setup.orientation = "landscape" if landscape else "portrait"
    ws.page_setup.paperSize = 9  # A4
    ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = 1, 0
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.print_options.horizontalCentered = True
    ws.page_margins.left = ws.page_margins.right = 0.6
    ws.page_margins.top = ws.page_margins.bottom = 0.8
    ws.sheet_view.showGridLines = False
    marked = printed.pick(front.watermark_zh, front.watermark_en, lang, between=" / ")
    if marked:
        ws.oddHeader.center.text, ws.oddHeader.center.size, ws.oddHeader.center.color = _literal(marked), 11, ALERT
    ws.oddFooter.left.text, ws.oddFooter.left.size = _literal(printed.word("footer", "en", run=front.run_id)), 8
    ws.oddFooter.right.text, ws.oddFooter.right.size = printed.word("page", lang, page="&P", pages="&N"), 8


def _literal(text: str) -> str:
    return text.replace("&", "&&")
