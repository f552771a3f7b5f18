"""The Word document: the same bytes twice, the same words as the PDF, heads repeated, wide tables lying, marks that stand out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
import sample_report as sample
from docx import Document

from greenfin.disclose import write_docx
from greenfin.disclose.front import Chapter, Front, Heading, Index, Prose, Register, Shown
from greenfin.messages import say

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CHAPTER = Chapter(
    "一、概况",
    "1 Overview",
    ("T02", "T17"),
    (
        Heading(("1.1 说明", "1.1 About"), 1, "section-about"),
        Prose(("首段。\n\n次段有【未绑定：12亿元】的地方 <&>。", "First.\n\nSecond【not bound: 12】.")),
        Register(("制度", "Rules"), (("名称", "Name"), ("年份", "Year")), ((("办法", "Rule"), ("2025", "2025")),)),
        Shown("T02"),
        Shown("T17"),
        Prose(("T15　不适用。", "T15 not applicable."), "absent"),
        Index(
            ("T37 指引索引", "T37 Index"),
            (("标题", "a"), ("章节", "b"), ("页码", "c")),
            (((("指南", "G")), (((("概况", "O"), ("一", "1")), "table-T02"),)),),
        ),
    ),
    "chapter-overview",
)
FRONT: Front = replace(sample.FRONT, chapters=(CHAPTER,), prepared_by=("某行", "A bank"), prepared_on=("2026年4月28日", "2026-04-28"))


def written(path: Path, lang: str = "zh") -> Path:
    write_docx(sample.tables(), path, front=FRONT, lang=lang, factors=sample.FACTORS)
    return path


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, lang: str) -> None:
    assert written(tmp_path / "a.docx", lang).read_bytes() == written(tmp_path / "b.docx", lang).read_bytes()


def test_the_words_stand_in_their_order_under_headings(tmp_path: Path) -> None:
    document = Document(str(written(tmp_path / "a.docx")))
    texts = [(p.style.name, p.text) for p in document.paragraphs if p.style and p.text]
    order = [texts.index(one) for one in (("Heading 1", "一、概况"), ("Heading 2", "1.1 说明"), ("Heading 3", "制度"))]
    assert order == sorted(order)
    assert ("Notes", "T15　不适用。") in texts
    assert any(style == "Caption" and text.startswith("T02") for style, text in texts)
    assert ("Title", sample.FRONT.title_zh) in texts
    assert "某行（公章）" in [cell.text for cell in document.tables[0].column_cells(1)]


def test_a_marked_place_is_highlighted_and_signs_of_markup_are_words(tmp_path: Path) -> None:
    document = Document(str(written(tmp_path / "a.docx")))
    marked = [run for p in document.paragraphs for run in p.runs if run.font.highlight_color]
    assert [run.text for run in marked] == ["【未绑定：12亿元】"]
    assert any("<&>" in p.text for p in document.paragraphs)


def test_heads_are_repeated_and_wide_tables_lie(tmp_path: Path) -> None:
    path = written(tmp_path / "a.docx")
    document = Document(str(path))
    body = document.element.body
    headed = [table for table in body.iter(f"{W}tbl") if table.find(f".//{W}tblHeader") is not None]
    assert len(headed) >= len(sample.tables())
    assert {section.orientation for section in document.sections} == {0, 1}
    assert all(section.header.paragraphs[0].text for section in document.sections)
    raw = ZipFile(path).read("word/document.xml").decode()
    assert "TOC \\o" in raw
    assert "PAGEREF table_T02" in raw
    assert 'w:name="table_T02"' in raw


def test_every_figure_of_a_table_is_in_the_document(tmp_path: Path) -> None:
    document = Document(str(written(tmp_path / "a.docx")))
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    from greenfin.disclose import printed

    table = sample.lending()
    grid = printed.grid(table, "zh")
    wanted = {
        grid.text(row, column) for row in table.rows for column in grid.columns if column.kind == "value" and table.cell(row.id, column.id)
    }
    assert all(any(cell.startswith(text) for cell in cells) for text in wanted)


@pytest.mark.parametrize(("lang", "text", "is_said"), [("en", "见附件", True), ("en", "See the annex", False), ("zh", "见附件", False)])
def test_it_is_said_whose_the_chinese_words_of_a_report_in_english_are(tmp_path: Path, lang: str, text: str, *, is_said: bool) -> None:
    """Once, behind the heading of the contents, as in the PDF; nowhere in a report without them."""
    chapter = replace(CHAPTER, tables=(), parts=(Prose((text, text)),))
    path = tmp_path / "a.docx"
    write_docx((), path, front=replace(FRONT, chapters=(chapter,), basis_en=("A guide",)), lang=lang, factors=())
    texts = [paragraph.text for paragraph in Document(str(path)).paragraphs]
    assert texts.count(say("render.own_words", "en")) == is_said
    if is_said:
        assert texts[texts.index(say("render.contents", "en")) + 1] == say("render.own_words", "en")
