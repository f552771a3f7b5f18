"""The fact sheet of one project: one page, all of its parts in it, the same bytes for the same project."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from greenfin.cli.main import app_of
from greenfin.disclose.factsheet import Made, page_of
from greenfin.methods.registry import method

SHARE = ["balance=300000000CNY", "total_invest=50000万元"]
PLANT = ["CBRC-PWR", "capacity=50MW", "hours=1800h", *SHARE, "--region", "CN-SC", "--on", "2025-06-30"]
DRIVEN = ["vehicles=100辆", "mileage=60000km/辆", "fuel_before=30L/100km", "electricity_after=100kWh/100km"]
BUSES = ["CBRC-NEV", *DRIVEN, "--on", "2025-06-30"]
HOURS = ["--range", "hours=1500h..2100h"]


def _page(place: Path, *words: str, lang: str = "zh") -> PdfReader:
    done = CliRunner().invoke(app_of("measure"), ["measure", *words, "--lang", lang, "--pdf", str(place)])
    assert done.exit_code == 0, done.output
    return PdfReader(place)


@pytest.mark.parametrize(
    ("words", "lang", "said"),
    [
        (PLANT, "zh", ["项目环境效益测算单", "四川", "50 MW", "60.00%", "就近电网平均排放因子", "2022年电力二氧化碳排放因子", "greenfin"]),
        ([*PLANT, *HOURS], "en", ["Fact sheet", "Sichuan", "95 % interval", "1,500", "2,100", "full-load hours a year"]),
        (BUSES, "zh", ["60,000 km/辆", "替代柴油车", "基准", "吨二氧化碳"]),
    ],
)
def test_one_page_holds_all_parts_with_its_fonts(tmp_path: Path, words: list[str], lang: str, said: list[str]) -> None:
    page = _page(tmp_path / "page.pdf", *words, lang=lang)
    assert len(page.pages) == 1
    text = page.pages[0].extract_text()
    assert [word for word in said if word not in text] == []
    fonts = page.pages[0]["/Resources"]["/Font"]
    kinds = [fonts[name].get_object() for name in fonts]
    assert kinds
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in kinds)


def test_everything_at_once_still_is_one_page(tmp_path: Path) -> None:
    ranges = [word for name in ("hours=1500h..2100h", "own_use=1%..4%", "curtailment=1%..9%") for word in ("--range", name)]
    factors = ["--factor", "grid.avg=0.5tCO2/MWh"]
    assert len(_page(tmp_path / "page.pdf", *PLANT, *ranges, *factors).pages) == 1


def test_the_same_project_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        _page(tmp_path / f"{name}.pdf", *PLANT)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_a_result_that_is_not_there_is_no_zero_on_the_picture() -> None:
    ends = {"low": {"value": 1.0, "conventions": {}}, "high": {"value": 2.0, "conventions": {}}}
    span = {**ends, "unit": "tCO2", "by": [], "spread": 1.0}
    shown = {"outputs": {}, "spans": {"co2": span}, "inputs": {}, "factors": [], "conventions": {}, "problems": []}
    page = page_of(Made(shown, method("CBRC-PWR").declaration, date(2025, 6, 30), "", "0", "0" * 16, "en", {}))
    (picture,) = (section for section in page.sections if section.bars)
    assert [bar.mark for bar in picture.bars] == [None]
