"""Workbook and PDF seen by other programs: LibreOffice computes the formulas anew, poppler reads the PDF."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import sample_report as sample

from greenfin import example, pipeline, reported
from greenfin.core.records import Table
from greenfin.disclose import printed
from greenfin.disclose.front import Prose
from greenfin.disclose.to_pdf import write_pdf
from greenfin.disclose.to_xlsx import write_xlsx
from greenfin.reference.load import load

pytestmark = pytest.mark.desktop
LIVE = ("total", "ratio", "diff", "growth", "points", "ref")


def run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=180).stdout


def recalculated(source: Path, folder: Path) -> openpyxl.Workbook:
    """The workbook as LibreOffice computes it; the values beside the formulas are taken out before."""
    bare = folder / "bare.xlsx"
    openpyxl.load_workbook(source).save(bare)
    run("soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx", "--outdir", folder / "out", bare)
    return openpyxl.load_workbook(folder / "out" / "bare.xlsx", data_only=True)


@pytest.mark.parametrize("lang", ["zh", "both"])
def test_every_formula_recalculates_to_the_cells_value(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "report.xlsx"
    where = write_xlsx(sample.tables(), path, front=sample.FRONT, lang=lang, factors=sample.FACTORS)
    made, read = openpyxl.load_workbook(path), recalculated(path, tmp_path)
    live = 0
    for cell in (cell for table in sample.tables() for cell in table.cells.values() if cell.value is not None):
        sheet, _, place = where[cell.id].rpartition("!")
        found = read[sheet][place].value
        assert isinstance(found, int | float), (cell.id, found)
        assert abs(Fraction(found) - cell.value) <= Fraction(1, 10**9) * max(abs(cell.value), Fraction(1, 10**3)), cell.id
        live += made[sheet][place].data_type == "f"
    assert live > 40
    words = {str(c.value) for ws in read for row in ws.iter_rows() for c in row if isinstance(c.value, str)}
    assert not {word for word in words if word.startswith(("#", "Err:"))}


def test_a_changed_input_moves_its_total(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    where = write_xlsx(sample.tables(), path, front=sample.FRONT, lang="zh", factors=())
    book = openpyxl.load_workbook(path)
    sheet, _, place = where["T03!c1.balance"].rpartition("!")
    total = where["T03!total.balance"].rpartition("!")[2]
    book[sheet][place].value += 1000
    book.save(path)
    wanted = float(sample.by_class().cells["total.balance"].value or 0) + 1000
    assert recalculated(path, tmp_path)[sheet][total].value == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_all_fonts_of_the_pdf_are_embedded_and_its_text_can_be_read(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "report.pdf"
    write_pdf(sample.tables(), path, front=sample.FRONT, lang=lang, factors=sample.FACTORS)
    fonts = run("pdffonts", path).splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" and "Greenfin" in line for line in fonts), fonts
    text = run("pdftotext", "-layout", path, "-")
    wanted = {
        "zh": ["绿色贷款余额", "工作稿·不得对外披露", "吨CO₂"],
        "en": ["Green loans", "tCO₂"],
        "both": ["绿色贷款余额", "Green loans"],
    }
    for words in (*wanted[lang], "9,876.54", "-1,234.56", "0.1404", sample.FRONT.run_id):
        assert words in text
    pages = int(next(line.split()[1] for line in run("pdfinfo", path).splitlines() if line.startswith("Pages")))
    assert f"{pages}" in text.split("\f")[pages - 1]


def test_every_number_of_the_tables_stands_in_the_pdf(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    write_pdf(sample.tables(), path, front=sample.FRONT, lang="zh", factors=())
    text = run("pdftotext", "-layout", path, "-")
    for row in sample.projects().rows:
        invest = sample.projects().cells[f"{row.id}.invest"].value
        assert invest is not None
        assert f"{float(invest):,.2f}" in text


@pytest.fixture(scope="module")
def whole() -> pipeline.RunResult:
    """The example with every template there is."""
    files, reference = example.files(), load()
    options = pipeline.Options(policy="working", templates=tuple(sorted(reference.whole().templates)))
    return pipeline.run(files, options, as_of=example.AS_OF, reference=reference)


def test_every_formula_of_the_example_bank_recalculates(tmp_path: Path, whole: pipeline.RunResult) -> None:
    """All tables of the example, matrices and signed totals, the figures of charts and the index among them."""
    shown = list(reported.every_table(whole).values())
    path = tmp_path / "report.xlsx"
    where = write_xlsx(shown, path, front=sample.FRONT, lang="en", factors=())
    made, read, live = openpyxl.load_workbook(path), recalculated(path, tmp_path), 0
    cells = [cell for table in shown for cell in table.cells.values() if cell.value is not None]
    assert len(cells) > 2000
    for cell in cells:
        sheet, _, place = where[cell.id].rpartition("!")
        found = read[sheet][place].value
        assert isinstance(found, int | float), (cell.id, found)
        assert abs(Fraction(found) - cell.value) <= Fraction(1, 10**9) * max(abs(cell.value), Fraction(1, 10**3)), cell.id
        live += made[sheet][place].data_type == "f"
    assert live > 500


def test_sums_and_shares_of_cells_in_the_workbook_are_formulas(tmp_path: Path, whole: pipeline.RunResult) -> None:
    """What is made of cells that stand there with a value is a live formula; the rest are numbers."""
    shown = list(reported.every_table(whole).values())
    where = write_xlsx(shown, tmp_path / "report.xlsx", front=sample.FRONT, lang="zh", factors=())
    made = openpyxl.load_workbook(tmp_path / "report.xlsx")
    known = {cell.id: cell for table in shown for cell in table.cells.values()}
    for cell in known.values():
        args = [known.get(arg.removeprefix("-")) for arg in cell.how.args]
        if cell.how.op in LIVE and cell.value is not None and all(arg is not None and arg.value is not None for arg in args):
            sheet, _, place = where[cell.id].rpartition("!")
            assert made[sheet][place].data_type == "f", (cell.id, cell.how)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_text_of_the_report_is_read_in_its_order(tmp_path: Path, whole: pipeline.RunResult, lang: str) -> None:
    """Chapters and paragraphs in their order; as the page is written, a table's title, then row by row the name before the figures."""
    told = replace(whole, options=replace(whole.options, report_lang=lang))
    front = reported.front_of(told, run_id="2025-12-31-0123456789ab")
    path = tmp_path / "report.pdf"
    write_pdf(list(whole.tables.values()), path, front=front, lang=lang, factors=())
    body = "".join(run("pdftotext", path, "-").split())
    names = ["".join((one.zh if lang == "zh" else one.en).split()) for one in front.chapters]
    prose = ["".join(part.words[lang == "en"].split()) for one in front.chapters for part in one.parts if isinstance(part, Prose)]
    assert in_order(body[body.rindex(names[0]) :], names)
    assert sum(text in body for text in prose) > 0.8 * len(prose)  # the others run over a page
    pages = run("pdftotext", "-raw", path, "-").split("\f")
    for name in ("T02", "T21", "T13", "T01"):
        table = whole.tables[name]
        title = "".join(f"{name} {table.title_zh if lang == 'zh' else table.title_en}".split())
        at = next(n for n, page in enumerate(pages) if n > 3 and title in "".join(page.split()) and "T37" not in page)
        text = "".join("".join(pages[at : at + 2]).split())
        assert in_order(text[text.index(title) :], [title, *rows_of(table, lang)]), name


def rows_of(table: Table, lang: str) -> list[str]:
    """Names of the rows with their first figure behind them, without blanks."""
    found = []
    for row in table.rows:
        cells = (table.cell(row.id, column.id) for column in table.columns if column.kind == "value")
        first = next((cell for cell in cells if cell is not None and cell.value is not None), None)
        found.append("".join((row.zh if lang == "zh" else row.en).split()))
        if first is not None and first.value is not None:
            found.append(printed.number(first.value, first.decimals))
    return found


def in_order(text: str, words: list[str]) -> bool:
    """Whether the words follow one another in the text."""
    at = 0
    for word in words:
        found = text.find(word, at)
        assert found >= 0, (word, text[at : at + 80])
        at = found + len(word)
    return True
