"""A few rows or a line of notes are not left alone on a page where slightly smaller type saves it; whose the Chinese words are."""

from __future__ import annotations

import pytest

from greenfin.disclose import pdf_table
from greenfin.disclose.front import Prose
from greenfin.disclose.pdf_flow import Flow
from greenfin.disclose.pdf_page import Page, Sheets, Text
from greenfin.disclose.pdf_parts import contents_of
from greenfin.disclose.pdf_table import Column, Row, place
from greenfin.disclose.typeset import Typesetter, register

COLUMNS = (Column("name"), Column("value", numbers=True))


@pytest.fixture(autouse=True, scope="module")
def _fonts() -> None:
    register()


def _pages(rows: int, notes: float = 0.0) -> list[list[Text]]:
    sheets = Sheets(Typesetter())
    lines = [Row((f"row {n}", str(n))) for n in range(rows)]
    place(sheets, COLUMNS, lines, panel=lambda number, count: f"{number}/{count}", again="again", below=notes, notes=notes)
    return [[mark for mark in page.marks if isinstance(mark, Text) and mark.text.startswith("row")] for page in sheets.pages()]


def _full(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows of the largest type a page holds."""
    with monkeypatch.context() as patch:
        patch.setattr(pdf_table, "LONELY", 0.0)
        return next(n for n in range(20, 100) if len(_pages(n)) > 1) - 1


def test_few_rows_are_drawn_onto_the_page_before_and_many_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    full = _full(monkeypatch)
    assert [len(page) for page in _pages(full)] == [full]
    assert [len(page) for page in _pages(full + 2)] == [full + 2]
    assert {mark.size for page in _pages(full + 2) for mark in page} < set(pdf_table.SIZES[1:])
    more = _pages(full + full // 2)
    assert (len(more), {mark.size for page in more for mark in page}) == (2, {pdf_table.SIZES[0]})


def test_notes_that_would_stand_alone_stay_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    full = _full(monkeypatch)
    (page,) = _pages(full, notes=30.0)
    assert {mark.size for mark in page} < set(pdf_table.SIZES[1:])


@pytest.mark.parametrize(("lang", "text", "is_said"), [("en", "青山 Bank", True), ("en", "Bank", False), ("zh", "青山", False)])
def test_a_report_in_english_says_whose_the_chinese_words_are(lang: str, text: str, is_said: bool) -> None:
    (page,) = contents_of([Page([Text(0, 0, text, 9)])], lang, Typesetter())
    assert any("Chinese" in mark.text for mark in page.marks if isinstance(mark, Text)) is is_said


@pytest.mark.parametrize(
    ("landscape", "room", "where"),
    [
        (True, 20.0, [(True, ["why"]), (False, ["more"])]),  # it fits below the table
        (True, 10.0, [(False, ["why", "more"])]),  # it does not: it stands above what follows, not on a page of its own
        (False, 20.0, [(False, ["why"]), (False, ["more"])]),
    ],
)
def test_a_line_on_a_table_that_is_not_there_has_no_page_of_its_own(
    landscape: bool, room: float, where: list[tuple[bool, list[str]]]
) -> None:
    flow = Flow(Typesetter(), "en")
    sheets = flow._sheet(landscape=landscape)
    sheets.text("table", 8.0)
    sheets.y += sheets.room - room
    flow.prose(Prose(("why", "why"), "absent"))
    flow.prose(Prose(("more", "more")))
    found = [
        (page.landscape, [mark.text for mark in page.marks if isinstance(mark, Text) and mark.text != "table"]) for page in flow.pages()
    ]
    assert [each for each in found if each[1]] == where
