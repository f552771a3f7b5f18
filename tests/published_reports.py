"""Reports of ``tests/cases/published`` made into files: Markdown, csv, xlsx, docx and PDF with and without lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "cases" / "published"
LEFT, ABOVE = "<", "^"
Rows = list[list[str]]


@dataclass
class Report:
    """A case: its blocks (a text or the rows of a table), what must be found, and the case of the year before."""

    name: str
    blocks: list[str | Rows] = field(default_factory=list)
    expect: list[tuple[str, str, str]] = field(default_factory=list)
    prior: str = ""
    prior_only: bool = False
    formats: tuple[str, ...] = ("md", "csv", "xlsx", "docx", "pdf", "plain_pdf")


def report(name: str) -> Report:
    """A case by its name."""
    made, is_new = Report(name), False
    for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("#!"):
            _direct(made, line[2:].split())
        elif line.startswith("|"):
            row = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if is_new or not made.blocks or isinstance(made.blocks[-1], str):
                made.blocks.append([])
            made.blocks[-1].append(row)  # type: ignore[union-attr,arg-type]
        elif line.strip():
            made.blocks.append(line.strip())
        is_new = not line.strip()
    return made


def _direct(made: Report, words: list[str]) -> None:
    if words[0] == "expect":
        made.expect.append((words[1], words[2], words[3]))
    elif words[0] == "prior":
        made.prior = words[1]
    elif words[0] == "prior_only":
        made.prior_only = True
    elif words[0] == "formats":
        made.formats = tuple(words[1:])


def names() -> list[str]:
    """All cases but those that are only the year before of another."""
    return sorted(path.stem for path in FOLDER.glob("*.txt") if not report(path.stem).prior_only)


def write(made: Report, kind: str, folder: Path) -> Path:
    """The report as a file of a kind."""
    path = folder / f"{made.name}_{kind}.{kind.rsplit('_', maxsplit=1)[-1]}"
    {"md": _md, "csv": _csv, "xlsx": _xlsx, "docx": _docx, "pdf": _pdf, "plain_pdf": _plain_pdf}[kind](made, path)
    return path


def _md(made: Report, path: Path) -> None:
    lines: list[str] = []
    for block in made.blocks:
        if isinstance(block, str):
            lines += [block, ""]
        else:
            shown = [["" if cell in (LEFT, ABOVE) else cell for cell in row] for row in block]
            lines += [f"| {' | '.join(shown[0])} |", "|" + "---|" * len(shown[0]), *(f"| {' | '.join(row)} |" for row in shown[1:]), ""]
    path.write_text("\n".join(lines), "utf-8")


def _csv(made: Report, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        for block in made.blocks:
            if isinstance(block, str):
                writer.writerows([[block], []])
            else:
                writer.writerows([*[["" if cell in (LEFT, ABOVE) else cell for cell in row] for row in block], []])


def _merges(block: Rows) -> list[tuple[int, int, int, int]]:
    """Areas (top, left, bottom, right) that are one cell."""
    found = []
    for r, row in enumerate(block):
        for c, cell in enumerate(row):
            right = c
            while right + 1 < len(row) and row[right + 1] == LEFT:
                right += 1
            bottom = r
            while bottom + 1 < len(block) and block[bottom + 1][c] == ABOVE:
                bottom += 1
            if cell not in (LEFT, ABOVE) and (right > c or bottom > r):
                found.append((r, c, bottom, right))
    return found


def _xlsx(made: Report, path: Path) -> None:
    """Numbers as numbers: two decimals and percents with their formats, the rest as Excel shows them of itself."""
    from openpyxl import Workbook

    book = Workbook()
    sheet: Any = book.active
    at = 1
    for block in made.blocks:
        if isinstance(block, str):
            sheet.cell(at, 1, block)
            at += 1
            continue
        for r, row in enumerate(block):
            for c, text in enumerate(row):
                if text not in (LEFT, ABOVE):
                    _put(sheet.cell(at + r, c + 1), text)
        for top, left, bottom, right in _merges(block):
            sheet.merge_cells(start_row=at + top, start_column=left + 1, end_row=at + bottom, end_column=right + 1)
        at += len(block) + 1
    book.save(path)


def _put(cell: Any, text: str) -> None:
    if re.fullmatch(r"-?[\d,]+(\.\d+)?%", text):
        cell.value = round(float(text.rstrip("%").replace(",", "")) / 100, 8)
        decimals = len(text.rstrip("%").partition(".")[2])
        cell.number_format = f"0.{'0' * decimals}%" if decimals else "0%"
    elif re.fullmatch(r"-?[\d,]+(\.\d+)?", text):
        number = float(text.replace(",", ""))
        cell.value = int(number) if number.is_integer() and "." not in text else number
    else:
        cell.value = text


def _docx(made: Report, path: Path) -> None:
    from docx import Document

    document = Document()
    for block in made.blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        table = document.add_table(len(block), len(block[0]))
        for r, row in enumerate(block):
            for c, text in enumerate(row):
                if text not in (LEFT, ABOVE):
                    table.cell(r, c).text = text
        for top, left, bottom, right in _merges(block):
            text = block[top][left]
            table.cell(top, left).merge(table.cell(bottom, right)).text = text
    document.save(str(path))


def _pdf(made: Report, path: Path, *, ruled: bool = True) -> None:
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle("body", fontName="STSong-Light", fontSize=10, leading=15, wordWrap="CJK")
    wide = max((len(block[0]) for block in made.blocks if not isinstance(block, str)), default=1)
    page = landscape(A4) if wide > 6 else A4
    flow: list[Any] = []
    for block in made.blocks:
        flow += [Paragraph(block, style) if isinstance(block, str) else _pdf_table(block, page[0] - 100, ruled=ruled), Spacer(1, 6)]
    SimpleDocTemplate(str(path), pagesize=page, leftMargin=50, rightMargin=50).build(flow)


def _plain_pdf(made: Report, path: Path) -> None:
    _pdf(made, path, ruled=False)


def _pdf_table(block: Rows, width: float, *, ruled: bool) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, Table, TableStyle

    size = 7 if len(block[0]) > 6 else 9
    style = ParagraphStyle("cell", fontName="STSong-Light", fontSize=size, leading=size + 2, wordWrap="CJK")
    shown: Sequence[Sequence[Any]] = [
        [
            Paragraph(cell, style) if len(cell) > 6 and not re.fullmatch(r"[-\d.,%]+", cell) and (ruled or len(block[0]) > 6) else cell
            for cell in map(_unmarked, row)
        ]
        for row in block
    ]
    first = width * (0.12 if len(block[0]) > 6 else 0.4)
    widths = [first, *[(width - first) / (len(block[0]) - 1)] * (len(block[0]) - 1)]
    look: list[Any] = [
        ("FONT", (0, 0), (-1, -1), "STSong-Light", size),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    look += [("SPAN", (left, top), (right, bottom)) for top, left, bottom, right in _merges(block)]
    look += [("ALIGN", (left, top), (right, bottom), "CENTER") for top, left, bottom, right in _merges(block)]
    look += [("GRID", (0, 0), (-1, -1), 0.5, (0, 0, 0))] if ruled else [("LINEABOVE", (0, 0), (-1, 0), 1, (0, 0, 0))]
    return Table(shown, colWidths=widths if ruled or len(block[0]) > 6 else [None] * len(block[0]), style=TableStyle(look))


def _unmarked(cell: str) -> str:
    return "" if cell in (LEFT, ABOVE) else cell
