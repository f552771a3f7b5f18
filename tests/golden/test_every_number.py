"""Every number in the report of the example can be asked why: it is a cell, an answer of the bank, a footnote with what it tells, or a
figure of a chart; anything else is a date, a page, a standard, a name or the scale of a chart, and is declared so here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from greenfin import disclose, example, explain, pipeline, reported, run_folder
from greenfin.core.lineage import Trace
from greenfin.core.records import Table
from greenfin.disclose import figures, pdf_parts, printed
from greenfin.disclose.front import Both, Heading, Index, Prose, Register
from greenfin.disclose.pdf_flow import name_of
from greenfin.disclose.typeset import Typesetter
from greenfin.explain.cells import Walk
from greenfin.messages import LANGUAGES, Lang, say
from greenfin.reference.load import load

NUMBER = re.compile(r"[-−+]?\d[\d,]*(?:\.\d+)?")
LETTER = re.compile(r"[^\W\d_]")
FURNITURE = re.compile(r"greenfin\s*\d{4}-\d\d-\d\d-[0-9a-f]{12}|第 \d+ 页 / 共 \d+ 页|Page \d+ of \d+")
SCOPES = ("scope.2_location", "scope.2_market")  # called so in the legends of charts
WIDTH = 480.0
MONTHS, YEAR = [str(month) for month in range(1, 13)], re.compile(r"(?:19|20)\d\d")
ENDS = ("explain.rest", "attribute.how_tag")  # the exact rest of a list; a loan that is green as a whole

pytestmark = pytest.mark.slow


class Report:
    """The example's report: the run, its tables, its words, the text of its PDF."""

    def __init__(self, folder: Path, lang: Lang) -> None:
        self.lang = lang
        options = pipeline.Options(policy="working", report_lang=lang)
        self.result = pipeline.run(example.files(), options, as_of=example.AS_OF, reference=load())
        run_folder.write_outputs(self.result, folder, lang=lang)
        self.pages = [page.extract_text() for page in PdfReader(folder / "disclosure.pdf").pages]
        self.front = reported.front_of(self.result, run_id=run_folder.run_id(self.result))
        self.tables = reported.every_table(self.result)
        self.drawn = figures.figures(list(self.result.tables.values()), self.front, lang)
        self.cells = {cell.id: cell for table in self.tables.values() for cell in table.cells.values()}
        self.walk = Walk(self.result, self.cells, limit=1)

    def own(self, words: Both) -> str:
        """Of words in both languages those of the report."""
        return printed.pick(*words, self.lang)

    def printed(self) -> set[str]:
        """What cells print, in tables and in charts, codes and running numbers too; values of factors as their documents have them."""
        numbers = {printed.number(c.value, c.decimals) for c in self.cells.values() if c.value is not None}
        texts = [cell.text for cell in self.cells.values() if cell.text]
        texts += [row.zh for table in self.tables.values() for row in table.rows if row.zh.isdecimal()]
        texts += [point.shown for figure in self.drawn for point in figure.points]
        factors = disclose.factor_lines(self.result.facts, list(self.result.tables.values()))
        texts += [text for line in factors for text in (line.value, str(line.data_year))]
        return numbers | {found for text in texts for found in NUMBER.findall(text)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Lang], Report]:
    """The report in a language, made once."""
    return cache(lambda lang: Report(tmp_path_factory.mktemp("report"), lang))


@pytest.fixture
def report(made: Callable[[Lang], Report]) -> Report:
    return made("zh")


def declared(report: Report) -> set[str]:
    """Words of the report that hold numbers which are no figures: names of tables, rows, columns and documents, methods, factors with
    their documents; prose and footnotes, whose numbers have tests of their own."""
    front, lang = report.front, report.lang
    factors = disclose.factor_lines(report.result.facts, list(report.result.tables.values()))
    words = [text for _, texts in pdf_parts.sections(front, lang) for text in texts]
    words += [text for pair in pdf_parts.facts(front, lang) for text in pair]
    words += [text for line in factors for text in pdf_parts.factor_texts(line, lang)]
    said = [(problem.count, report.own((problem.zh, problem.en))) for problem in front.problems]
    words += [text for count, told in said for text in (told, f"{count:,}{told}")]
    words += [text for table in report.tables.values() for text in _names(table, report)]
    words += [text for figure in report.drawn for text in (figure.title, *figure.source, *(point.label for point in figure.points))]
    words += [say(scope, lang) for scope in SCOPES]
    for chapter in front.chapters:
        words.append(report.own((chapter.zh, chapter.en)))
        for part in chapter.parts:
            words += _words(part, report)
    return {bare for text in words for line in text.split("\n") if LETTER.search(bare := bared(line))}


def _names(table: Table, report: Report) -> Iterator[str]:
    grid = printed.grid(table, report.lang)
    yield from (name_of(table, report.lang), report.own((table.basis_zh, table.basis_en)))
    yield from printed.lines(table.notes_zh, table.notes_en, report.lang)
    yield from (name for column in table.columns for name in (report.own((column.zh, column.en)), grid.heading(column, between="")))
    yield from (report.own((row.zh, row.en)) for row in table.rows)
    yield from (printed.unit_text(unit, report.lang) for unit in {of.unit for of in (*table.rows, *table.cells.values())})
    yield from (cell.text for cell in table.cells.values() if cell.text)


def _words(part: object, report: Report) -> list[str]:
    own = report.own
    match part:
        case Heading() | Prose():
            return own(part.words).split("\n")
        case Register():
            return [own(part.title), *map(own, part.heads), *(own(words) for row in part.rows for words in row)]
        case Index():
            lines = [own(text) for _, found in part.groups for texts, _ in found for text in texts]
            return [own(part.title), *(own(standard) for standard, _ in part.groups), *lines]
    return []


def bared(text: str) -> str:
    return re.sub(r"\s", "", text)


def left_over(text: str, words: list[str]) -> str:
    """A page's text without the declared words; where one stood, a bar keeps its neighbours apart."""
    kept = [at for at, sign in enumerate(text) if not sign.isspace()]
    bare, signs = bared(text), list(text)
    for word in words:
        start = bare.find(word)
        while start >= 0:
            for at in kept[start : start + len(word)]:
                signs[at] = "|"
            start = bare.find(word, start + len(word))
    return "".join(signs)


def strangers(report: Report, pages: list[str]) -> list[tuple[int, str]]:
    """The numbers of the pages that are neither printed by a cell nor declared, by page."""
    known, words = report.printed(), sorted(declared(report), key=len, reverse=True)
    known |= {text for figure in report.drawn for text in _scale(figure)}
    known |= {found for text in _short_answers(report) for found in NUMBER.findall(text)}
    begins = say("render.how_to_read", report.lang)
    first = next(at for at, text in enumerate(pages) if begins in text and at > 1)  # cover and contents are names and pages
    found = []
    for number, page in enumerate(pages[first:], first + 1):
        rest = FURNITURE.sub("|", left_over(page, words))
        numbers = {text for text in NUMBER.findall(rest) if text.lstrip("+") not in known}
        found += [(number, text) for text in sorted(numbers) if not _is_page(text, page, len(pages))]
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_of_the_pdf_is_a_cell_or_declared(made: Callable[[Lang], Report], lang: Lang) -> None:
    report = made(lang)
    assert strangers(report, report.pages) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_number_of_nobody_is_found(made: Callable[[Lang], Report], lang: Lang) -> None:
    report = made(lang)
    pages = list(report.pages)
    at = next(at for at, page in enumerate(pages) if name_of(report.tables["T02"], report.lang) in page and at > 4)
    pages[at] += "\n绿色贷款余额 52.17 亿元"
    assert strangers(report, pages) == [(at + 1, "52.17")]


def _short_answers(report: Report) -> Iterator[str]:
    """Answers of one line that registers print: numbers, years and days of the bank's own."""
    for chapter in report.front.chapters:
        for part in chapter.parts:
            if isinstance(part, Register):
                yield from (report.own(words) for row in part.rows for words in row)


def _is_page(text: str, page: str, most: int) -> bool:
    """A page number: of the running foot, or in the index of the standards."""
    return text.isdecimal() and int(text) <= most and (re.search(rf"第 {text} 页|Page {text} of", page) is not None or "T37" in page)


def _scale(figure: figures.Figure) -> list[str]:
    """The numbers of a chart that are no figures of it: the scale in even steps from zero, the months, the years."""
    shown = {found for point in figure.points for found in NUMBER.findall(point.shown)}
    texts = [text for text in _texts(figure.draw(WIDTH, Typesetter())) if NUMBER.fullmatch(text) and text not in shown]
    left = [text for text in texts if not YEAR.fullmatch(text) and not (figure.id == "chart-operating" and text in MONTHS)]
    ticks = sorted({float(text.replace(",", "")) for text in left})
    assert all(abs(tick - at * (ticks[1] if ticks[1:] else 1)) < 1e-9 for at, tick in enumerate(ticks)), (figure.id, ticks)
    return texts


def _texts(drawing: Any) -> Iterator[str]:
    for piece in drawing.contents:
        if hasattr(piece, "text"):
            yield piece.text
        elif hasattr(piece, "contents"):
            yield from _texts(piece)


def ends(trace: Trace) -> Iterator[Trace]:
    """Where a lineage ends."""
    if not trace.parts:
        yield trace
    for part in trace.parts:
        yield from ends(part)


def test_every_cell_with_a_figure_has_a_why_that_ends_somewhere(report: Report) -> None:
    """At a cell of a file, at a document, or at nothing there is (no rows, an exact rest)."""
    for cell in report.cells.values():
        if cell.value is not None:
            trace = report.walk.cell(cell.id)
            assert trace.how, cell.id
            assert all(end.source or end.note or end.how in ENDS for end in ends(trace)), cell.id


def test_every_answer_has_a_why(report: Report) -> None:
    answers = report.result.inputs.answers or ()
    names = {".".join(filter(None, (a.item, a.field, str(a.row or ""), a.column))) for a in answers if a.item.startswith("Q")}
    for name in sorted(names):
        trace = explain.beside.answer(report.result, name, report.walk)
        assert trace is not None, name
        assert trace.source is not None, name
        bound = re.findall(r"\{([TQ][^{}:]+)", trace.value)
        assert {part.name for part in trace.parts} == set(bound), name
    assert len(names) > 100


def test_every_footnote_with_a_number_tells_what_it_rests_on(report: Report) -> None:
    """The words of a document or of the bank's own file, the cells it stands at, or the sums it tells."""
    told = 0
    for table in report.tables.values():
        for at, text in enumerate(table.notes_zh, 1):
            trace = explain.beside.note(report.tables, f"{table.id}!note.{at}", report.walk)
            assert trace is not None
            told += bool(trace.parts)
            if text.startswith("[") or "笔、年末余额" in text:
                assert trace.parts, (table.id, text)
    assert told > 20


def test_why_finds_what_stands_beside_the_tables(report: Report) -> None:
    staff = explain.why(report.result, "Q02.staff")
    assert staff.value == "1,500 人"
    assert staff.source is not None
    assert staff.source.title.startswith("answers.yaml")
    month = next(cell for name, cell in report.cells.items() if name.startswith("G01!") and "month" in cell.how.keys)
    parts = explain.why(report.result, month.id).parts
    assert sum(float(part.value) for part in parts) == pytest.approx(float(month.value or 0), abs=0.01)
    assert explain.why(report.result, "T37!01_01.where").value
