"""Copies of a catalogue's text as banks have them: made here out of the entries, in every kind of file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from greenfin.reference.catalogue import Catalogue

Row = tuple[str, str, str]


def rows_of(catalogue: Catalogue) -> list[Row]:
    """Code, title and a made-up text of each entry, in order; classes have no text, every leaf's is its own and some are long."""
    texts = (f"本条包括编号{n}的各类建设内容。" + "应当符合有关国家标准的要求，" * (n % 40) + f"末句{n}。" for n in count())
    return [(e.code, e.name_zh, text if e.is_leaf else "") for e, text in zip(catalogue.entries.values(), texts, strict=False)]


def pdf(rows: Sequence[Row], path: Path, *, codes: bool = True, contents: bool = True) -> Path:
    """A table broken over pages with running heads, after a page of contents; ``codes``: printed before the titles."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import LongTable, PageBreak, Paragraph, SimpleDocTemplate, TableStyle

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle("cell", fontName="STSong-Light", fontSize=9, leading=12, wordWrap="CJK")

    def running(canvas: Canvas, _document: object) -> None:
        canvas.setFont("STSong-Light", 8)
        canvas.drawString(60, 810, "绿色目录（本行存档）")
        canvas.drawString(280, 30, f"第 {canvas.getPageNumber()} 页")

    cells = [[Paragraph(f"{code} {title}" if codes else title, style), Paragraph(text, style)] for code, title, text in rows]
    table = LongTable([[Paragraph("项目名称", style), Paragraph("说明", style)], *cells], colWidths=[110, 360], repeatRows=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.3, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    listed = [Paragraph(f"{code} {title} …… {n}" if codes else f"{title} …… {n}", style) for n, (code, title, _) in enumerate(rows)]
    made = SimpleDocTemplate(str(path), pagesize=A4, topMargin=60, bottomMargin=60)
    made.build([*(listed if contents else []), PageBreak(), table], onFirstPage=running, onLaterPages=running)
    return path


def docx(rows: Sequence[Row], path: Path) -> Path:
    """Classes as headings; the leaves under them in a table of code, title and text."""
    from docx import Document

    document = Document()
    document.add_paragraph("绿色目录")
    table = None
    for code, title, text in rows:
        if not text:
            document.add_heading(f"{code} {title}", 2)
            table = None
            continue
        table = table or document.add_table(0, 3)
        for cell, word in zip(table.add_row().cells, (code, title, text), strict=True):
            cell.text = word
    document.save(str(path))
    return path


def xlsx(rows: Sequence[Row], path: Path) -> Path:
    """One row a leaf, its classes repeated in the first columns, without codes."""
    from openpyxl import Workbook

    book, above = Workbook(), dict[int, str]()
    sheet = book.worksheets[0]
    sheet.append(["一级", "二级", "三级", "说明"])
    for code, title, text in rows:
        above[code.count(".")] = title
        if text:
            sheet.append([above[0], above.get(1, ""), title, text])
    book.save(path)
    return path


def text(rows: Sequence[Row], path: Path) -> Path:
    """Running text (txt), or headings and a table (md), or a table (csv), as the ending says."""
    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030", newline="") as stream:
            csv.writer(stream).writerows([("代码", "名称", "说明"), *rows])
        return path
    mark = "### " if path.suffix == ".md" else ""
    path.write_text("\n\n".join(f"{mark}{code}　{title}\n{body}" for code, title, body in rows), "utf-8")
    return path
