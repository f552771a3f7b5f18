"""A factor over the years as a picture, in three kinds of file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader
from typer.testing import CliRunner

from greenfin.cli.main import app_of
from greenfin.core.problems import Refused
from greenfin.disclose.factor_chart import Point, Series, write_chart
from greenfin.reference.load import load

LINE = Series("四川", (Point(2020, 0.12, False), Point(2022, 0.14, True)), main=True)


def _show(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app_of("factor"), ["factor", "show", *words, "--json"])
    return done.exit_code, done.stdout


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_the_same_values_give_the_same_picture(tmp_path: Path, kind: str) -> None:
    places = [tmp_path / f"{name}.{kind}" for name in ("one", "two")]
    for place in places:
        code, said = _show("grid.avg", "--chart", str(place), "--region", "CN-SC")
        assert code == 0
        assert json.loads(said)["chart"] == str(place)
    assert places[0].read_bytes() == places[1].read_bytes()


def test_what_the_picture_says(tmp_path: Path) -> None:
    for name in ("chart.pdf", "chart.svg", "chart.png"):
        write_chart([LINE], tmp_path / name, title="电力", unit="tCO2/MWh", note="空心点")
    page = PdfReader(tmp_path / "chart.pdf").pages[0].extract_text()
    drawn = (tmp_path / "chart.svg").read_text("utf-8")
    for said in ("电力", "tCO2/MWh", "空心点", "2020", "2022", "0.15"):
        assert said in page
        assert said in drawn
    assert "四川 2020\N{EN DASH}2022" in page
    image = Image.open(tmp_path / "chart.png").convert("RGB")
    assert (0x17, 0x5C, 0x3A) in {color for _, color in image.getcolors(1_000_000) or ()}


@pytest.mark.parametrize("words", [["grid.avg", "--chart", "chart.gif"], ["grid.avg", "--chart", "no-such-folder/chart.png"]])
def test_a_file_that_cannot_be_is_refused(words: list[str]) -> None:
    code, said = _show(*words)
    assert code == 2
    assert json.loads(said)["problems"]


def test_no_years_no_picture(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        write_chart([Series("none", ())], tmp_path / "chart.png", title="", unit="", note="")
    assert caught.value.problem.code == "factor.chart_empty"
    factors = load().factors
    lasting = next(id_ for id_ in factors.ids if all(each.data_year is None for each in factors.by_id(id_)))
    code, said = _show(lasting, "--chart", str(tmp_path / "chart.png"))
    assert (code, [p["code"] for p in json.loads(said)["problems"]]) == (2, ["factor.chart_empty"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("values", [(0.0, 0.0), (-5.0, 3.0), (1e-9, 2e-9), (1e12, 3e12)])
def test_any_size_of_values_can_be_drawn(tmp_path: Path, values: tuple[float, float]) -> None:
    points = tuple(Point(2020 + n, value, True) for n, value in enumerate(values))
    write_chart([Series("a", points, main=True)], tmp_path / "chart.svg", title="t", unit="1", note="")
    assert (tmp_path / "chart.svg").read_text("utf-8").count("<text") >= 5
