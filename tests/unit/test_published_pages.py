"""Pages of a PDF without lines around cells: marks drawn over them, columns with little room between them, tables over several pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from greenfin.published.checking import checked
from greenfin.published.pdf import blocks_of
from greenfin.published.pdf_lines import lines_of
from greenfin.published.pdf_pages import pages_of
from greenfin.published.reading import document_of
from greenfin.published.shapes import Document, Table
from greenfin.reference.load import load

SIZE = 8
EDGES = (60, 260, 320, 350)  # right ends of the columns, the names begin at the first
Draw = Callable[[Any], None]


def _lines(canvas: Any, rows: Sequence[Sequence[str]], *, top: float = 700, step: float = 14) -> None:
    """Rows with their first text at the left and the others up to the columns' right ends."""
    for number, row in enumerate(rows):
        for at, (edge, text) in enumerate(zip(EDGES, row, strict=False)):
            (canvas.drawString if at == 0 else canvas.drawRightString)(edge, top - number * step, text)


def _read(path: Path, pages: Sequence[Draw]) -> Document:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path))
    for draw in pages:
        canvas.setFont("STSong-Light", SIZE)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return document_of(path, tuple(blocks_of(list(pages_of(str(path), most=9)))))


def _texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_a_mark_drawn_aslant_over_a_page_is_no_text_of_its_tables(tmp_path: Path) -> None:
    rows = [["指标", "2024年", "2023年"], *([f"第{n}类贷款（亿元）", f"{n}2.50", f"{n}1.25"] for n in range(1, 8))]

    def draw(canvas: Any) -> None:
        _lines(canvas, rows)
        canvas.translate(80, 560)
        canvas.rotate(40)
        canvas.setFont("STSong-Light", 40)
        canvas.drawString(0, 0, "内部资料不得外传")

    assert [_texts(table) for table in _read(tmp_path / "draft.pdf", [draw]).tables] == [rows]


NARROW = [
    ["投向", "余额", "占比", "户数", "笔数"],
    ["制造业", "1,642.98", "52.98%", "37", "36"],
    ["电力、热力", "1,458.34", "47.02%", "26", "27"],
    ["采矿业", "0.00", "—", "0", "0"],
    ["合计", "3,101.32", "100.00%", "63", "63"],
]


def test_numbers_close_beside_each_other_are_cells_of_their_own(tmp_path: Path) -> None:
    """Names and numbers of columns that are nearer to each other than words of a line may be."""

    def draw(canvas: Any) -> None:
        for number, row in enumerate(NARROW):
            for at, (edge, text) in enumerate(zip((60, 200, 234, 256, 278), row, strict=True)):
                (canvas.drawString if at == 0 else canvas.drawRightString)(edge, 700 - number * 14, text)

    assert [_texts(table) for table in _read(tmp_path / "narrow.pdf", [draw]).tables] == [NARROW]


def test_a_number_with_spaces_between_its_thousands_is_one_and_so_is_a_range() -> None:
    numbers = ((95, "12"), (105, "450"), (140, "11"), (150, "902.5"), (180, "37"), (196, "306"))
    span = ((220, "2.85"), (238, "\u2014"), (244, "3.20"))
    places = ((60, "Water"), *numbers, *span)
    words = [{"x0": x, "x1": x + 4 * len(text), "top": 0, "bottom": SIZE, "size": SIZE, "text": text} for x, text in places]
    assert [segment.text for segment in lines_of(words)[0].segments] == ["Water", "12 450", "11 902.5", "37", "306", "2.85 — 3.20"]


HEADED = [
    ["结构", "余额（亿元）", "笔数"],
    ["按企业规模", "", ""],
    ["大型企业", "13.61", "7"],
    ["小型企业", "11.31", "53"],
    ["按担保方式", "", ""],
    ["抵押", "20.42", "44"],
    ["信用", "4.50", "16"],
]


def test_a_line_that_heads_the_rows_below_it_is_no_rest_of_a_name(tmp_path: Path) -> None:
    assert [_texts(table) for table in _read(tmp_path / "headed.pdf", [lambda canvas: _lines(canvas, HEADED)]).tables] == [HEADED]


FIRST = [["项目", "贷款（万元）", "减排量（吨）"], ["甲县风电", "12,000.00", "20,415.00"], ["乙区污水处理厂提标", "8,400.00", "310.00"]]
REST = [["丙市光伏", "3,600.00", "9,870.00"], ["合计", "24,000.00", "30,595.00"]]


def _over_two_pages(path: Path, *, wider: bool) -> Document:
    """A table that goes on under its title; ``wider``: with one column more, so that it cannot be put together."""
    rest = [[*row, "3"] if wider else row for row in [FIRST[0], *REST]]

    def first(canvas: Any) -> None:
        _lines(canvas, FIRST)
        canvas.drawString(EDGES[0], 700 - 2 * 14 - 9, "改造项目")  # the name goes on below its row

    def second(canvas: Any) -> None:
        canvas.drawString(EDGES[0], 720, "重大项目（续）")
        _lines(canvas, rest)

    return _read(path, [first, second])


def test_a_table_that_goes_on_under_its_title_is_one_table(tmp_path: Path) -> None:
    document = _over_two_pages(tmp_path / "long.pdf", wider=False)
    rows = [_texts(table) for table in document.tables]
    assert rows == [[FIRST[0], FIRST[1], ["乙区污水处理厂提标改造项目", *FIRST[2][1:]], *REST]]
    found = checked(document, reference=load(None))
    assert (found.checked, found.findings) == (2, ())


def test_totals_of_the_rest_of_a_table_are_not_of_its_rows_alone(tmp_path: Path) -> None:
    document = _over_two_pages(tmp_path / "rest.pdf", wider=True)
    assert len(document.tables) == 2
    assert checked(document, reference=load(None)).findings == ()


def test_figures_beside_the_middle_of_a_long_name_are_its_row(tmp_path: Path) -> None:
    """A name of two lines, with its figures at the height between them; the row before it keeps its own name."""

    def draw(canvas: Any) -> None:
        _lines(canvas, [["指标", "2024年", "2023年"], ["各项贷款余额", "812.40", "760.15"]])
        canvas.drawString(EDGES[0], 672, "具有直接和间接碳减排效益")
        for edge, text in zip(EDGES[1:], ("39.32", "31.43"), strict=False):
            canvas.drawRightString(edge, 666, text)
        canvas.drawString(EDGES[0], 660, "项目的贷款余额")
        _lines(canvas, [["绿色贷款笔数", "106", "88"]], top=644)

    table = _read(tmp_path / "middle.pdf", [draw]).tables[0]
    assert _texts(table)[1:] == [
        ["各项贷款余额", "812.40", "760.15"],
        ["具有直接和间接碳减排效益项目的贷款余额", "39.32", "31.43"],
        ["绿色贷款笔数", "106", "88"],
    ]


def test_a_caption_that_touches_a_table_with_lines_says_its_unit(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        rows = [["范围", "2024年"], ["范围一", "602.98"], ["范围二", "6,926.80"]]
        canvas.drawString(EDGES[0], 708, "排放情况（单位：吨二氧化碳当量）")
        for number, row in enumerate(rows):
            for at, text in enumerate(row):
                canvas.drawString(EDGES[0] + 4 + 120 * at, 698 - 14 * number, text)
        canvas.grid([EDGES[0], EDGES[0] + 120, EDGES[0] + 240], [707 - 14 * n for n in range(4)])

    found = checked(_read(tmp_path / "caption.pdf", [draw]), reference=load(None))
    assert "吨二氧化碳当量" in found.document.tables[0].caption


def test_a_foot_of_the_page_is_known_where_its_other_numbers_are_the_pages_too(tmp_path: Path) -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Any) -> None:
            canvas.drawString(EDGES[0], 700, f"第{'甲乙丙丁'[number - 1]}段说明本行的绿色贷款政策。")
            canvas.drawString(EDGES[0], 40, f"2025-3-2 批次2a3f 第{number}页 共4页")

        return draw

    document = _read(tmp_path / "foot.pdf", [page(number) for number in range(1, 5)])
    assert [passage.text for passage in document.passages] == [f"第{sign}段说明本行的绿色贷款政策。" for sign in "甲乙丙丁"]
