"""Hostile and odd files, numbers and headers as they are printed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from greenfin.core.problems import Refused
from greenfin.published import pdf, pdf_child, read_published
from greenfin.published.figures import in_cell, in_text
from greenfin.published.labels import read_label
from greenfin.published.reading import MOST_ROWS, MOST_TEXT
from greenfin.published.shapes import Period
from greenfin.published.spans import Span, growth, growth_by
from tests.published_reports import report, write


def _refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        read_published(path)
    return refused.value.problem.code


def test_files_that_cannot_be_read_are_refused_in_words(tmp_path: Path) -> None:
    for name, content, code in (
        ("empty.md", b"", "ingest.file_empty"),
        ("old.doc", b"\xd0\xcf\x11\xe0" + bytes(600), "published.old_or_encrypted"),
        ("broken.docx", b"PK\x03\x04" + bytes(60), "ingest.file_damaged"),
        ("broken.pdf", b"%PDF-1.7\nnothing of a PDF", "published.pdf_damaged"),
    ):
        (tmp_path / name).write_bytes(content)
        assert _refusal(tmp_path / name) == code
    assert _refusal(tmp_path / "absent.xlsx") == "ingest.file_missing"


def test_entities_and_bombs_in_a_document_are_refused(tmp_path: Path) -> None:
    bomb, entity = tmp_path / "bomb.docx", tmp_path / "entity.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"<a/>" + b" " * (80 * 2**20))
    with zipfile.ZipFile(entity, "w") as packed:
        packed.writestr("word/document.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert (_refusal(bomb), _refusal(entity)) == ("ingest.archive_bomb", "ingest.xml_entities")


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(write(report("prose_only"), "pdf", tmp_path)))
    writer.encrypt("secret")
    writer.write(tmp_path / "locked.pdf")
    assert _refusal(tmp_path / "locked.pdf") == "published.pdf_locked"


def test_a_pdf_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    document = read_published(write(report("use_shares_clean"), "pdf", tmp_path)).value
    assert [len(table.rows) for table in document.tables] == [8]
    assert document.tables[0].rows[1][1].where == "use_shares_clean_pdf.pdf!p1!t1!r2c2"


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("１，２３４．５０", 1234.5, ""),
        ("-11.59%", -11.59, "percent"),
        ("下降11.59％", -11.59, "percent"),
        ("(3.50)", -3.5, ""),
        ("+2.34个百分点", 2.34, "points"),
        ("▼0.8pp", -0.8, "points"),
        ("1.2万吨标准煤", 1.2, "tce"),
        ("RMB 26.3 billion", 26.3, "money"),
    ],
)
def test_numbers_of_cells(text: str, value: float, kind: str) -> None:
    figure = in_cell(text)
    assert figure is not None
    assert (figure.value, figure.kind or kind) == (value, kind)


@pytest.mark.parametrize("text", ["-", "－", "—", "不适用", "N/A", "", "见附注3", "2.1.3 节"])
def test_what_is_no_number(text: str) -> None:
    assert in_cell(text) is None


def test_numbers_of_text_keep_their_units_and_lists() -> None:
    found = in_text("贷款分别为8.62和6.08万亿元,合计占66.7%,约5万吨,2022年,第3章")
    assert [(f.value, f.unit, f.nearly) for f in found] == [
        (8.62, "万亿元", ""),
        (6.08, "万亿元", ""),
        (66.7, "%", ""),
        (5.0, "万吨", "nearly"),
    ]


@pytest.mark.parametrize(
    ("text", "period", "change", "unit"),
    [
        ("2022年末余额(亿元)", Period(2022), "", "亿元"),
        ("上年同期", Period(0, "~", "", -1), "", ""),
        ("2023年6月末", Period(2023, "M06"), "", ""),
        ("2023Q1", Period(2023, "M03"), "", ""),
        ("31 December 2023", Period(2023), "", ""),
        ("本季度新发放", Period(0, "", "quarter", 0), "", ""),
        ("较年初增减额（万元）", None, "absolute", "万元"),
        ("同比增速", None, "relative", ""),
        ("占比变动（百分点）", None, "points", "百分点"),
        ("Change (%)", None, "relative", "%"),
        ("应对气候变化贷款", None, "", ""),
    ],
)
def test_headers(text: str, period: Period | None, change: str, unit: str) -> None:
    label = read_label(text)
    assert (label.period, label.change, label.unit) == (period, change, unit)


def test_ranges_by_printed_decimals() -> None:
    """Figures of the published tables: 263.10 and 107.34 give 145.09 to 145.13; 14.11 and 6.88 give 94.96 to 95.36."""
    one = growth(Span(263.095, 263.10, 263.105), Span(107.335, 107.34, 107.345))
    other = growth_by(Span(14.105, 14.11, 14.115), Span(6.875, 6.88, 6.885))
    assert one is not None
    assert other is not None
    assert one.rounded(2) == (145.09, 145.11, 145.13)
    assert other.rounded(2) == (94.96, 95.16, 95.36)


def _drawn(path: Path, pages: list[str]) -> Path:
    """A PDF with a text on each page; a page of "" has a picture only."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path))
    for text in pages:
        if text:
            canvas.drawString(60, 700, text)
        else:
            canvas.rect(60, 400, 300, 300, fill=1)
        canvas.showPage()
    canvas.save()
    return path


def test_pages_without_text_are_told(tmp_path: Path) -> None:
    found = read_published(_drawn(tmp_path / "scan.pdf", ["Environmental report 2023", "", ""]))
    assert [(each.code, each.where, each.params["count"]) for each in found.problems] == [
        ("published.pages_without_text", "scan.pdf!p2", 2)
    ]


SLOW = """
import json, sys, time
for number in range(int(sys.argv[2]), 4):
    if number == 2:
        time.sleep(60)
    text = ("One", "Two", "Three")[number - 1] + " Bank lends."
    print(json.dumps([number, False, [[f"slow.pdf!p{number}!L1", str(number), text]]]), flush=True)
print(json.dumps("end"), flush=True)
"""


def test_a_page_that_takes_too_long_is_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that stays at page 2 for ever: it is ended, the pages before and after are read."""
    (tmp_path / "reader_that_waits.py").write_text(SLOW, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(pdf_child, "__name__", "reader_that_waits")
    monkeypatch.setattr(pdf, "PAGE_SECONDS", 0.3)
    found = pdf.read_pdf(tmp_path / "slow.pdf")
    assert [block.where for block in found.value] == ["slow.pdf!p1!L1", "slow.pdf!p3!L1"]
    assert [(each.code, each.where) for each in found.problems] == [("published.page_left_out", "slow.pdf!p2")]


def test_what_no_report_prints_is_left_out_and_told(tmp_path: Path) -> None:
    book, chapter = tmp_path / "book.csv", tmp_path / "chapter.md"
    book.write_text("项目,2023年\n" + "".join(f"贷款{n},{n}.5\n" for n in range(MOST_ROWS + 1)), "utf-8")
    chapter.write_text("绿色贷款余额100.00亿元，" * MOST_TEXT, "utf-8")
    assert [problem.code for problem in read_published(book).problems] == ["published.table_left_out"]
    assert [problem.code for problem in read_published(chapter).problems] == ["published.text_cut"]
    assert not read_published(book).value.tables
    assert len(read_published(chapter).value.passages[0].text) == MOST_TEXT
