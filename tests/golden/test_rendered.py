"""Workbook and PDF seen by other programs: LibreOffice computes the formulas anew, poppler reads the PDF."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import sample_report as sample

from greenfin import example, pipeline
from greenfin.disclose.to_pdf import write_pdf
from greenfin.disclose.to_xlsx import write_xlsx

pytestmark = pytest.mark.desktop


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


def test_every_formula_of_the_example_bank_recalculates(tmp_path: Path) -> None:
    """All tables of the example, matrices and signed totals among them."""
    files = example.files()
    result = pipeline.run(files, pipeline.Options(policy="working"), as_of=example.AS_OF)
    shown = list(result.tables.values())
    path = tmp_path / "report.xlsx"
    where = write_xlsx(shown, path, front=sample.FRONT, lang="en", factors=())
    read = recalculated(path, tmp_path)
    cells = [cell for table in shown for cell in table.cells.values() if cell.value is not None]
    assert len(cells) > 1000
    for cell in cells:
        sheet, _, place = where[cell.id].rpartition("!")
        found = read[sheet][place].value
        assert isinstance(found, int | float), (cell.id, found)
        assert abs(Fraction(found) - cell.value) <= Fraction(1, 10**9) * max(abs(cell.value), Fraction(1, 10**3)), cell.id
