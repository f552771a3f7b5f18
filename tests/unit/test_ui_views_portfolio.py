"""The portfolio page: three standards side by side, the scorecard and its what-if, two runs and two editions side by side."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from greenfin import evaluate as room
from greenfin import ingest, pipeline, run_folder
from greenfin.core.problems import Refused
from greenfin.financed import STANDARDS, financed
from greenfin.financed.compare import compare_json
from greenfin.financed.exposures import of_book
from greenfin.financed.whole_book import Financed
from greenfin.reference.load import Reference, load
from greenfin.ui.views import portfolio as views
from greenfin.ui.views import portfolio_moved as moves
from greenfin.ui.views import portfolio_score as scores
from tests import run_made

ON = date(2024, 12, 31)
HEADER = "持仓编号,资产类别,客户名称,余额(万元),EVIC(万元),所有者权益(万元),有息负债(万元),营业收入(万元)"
HOLDINGS = f"""{HEADER},范围一排放(吨),范围二排放(吨),排放数据来源,行业代码
A1,上市股权,甲公司,1000,100000,,,50000,5000,1000,经核查报告,3011
A3,企业贷款,丙公司,2000,,30000,20000,60000,8000,2000,企业披露,4411
A4,企业贷款,丁公司,500,,,,,,,,4411
"""
QUARTERS = {
    "2024Q1": (90, 5000),
    "2024Q2": (94, 5000),
    "2024Q3": (98, 5000),
    "2024Q4": (102, 5000),
    "2025Q1": (108, 5000),
}
PEERS = {
    "参评机构总额占比均值": "12%",
    "参评机构总额占比标准差": "3%",
    "参评机构份额占比均值": "2.5%",
    "参评机构份额占比标准差": "1%",
    "参评机构同比增速均值": "24%",
    "参评机构同比增速标准差": "6%",
    "参评机构风险占比均值": "0.6%",
    "参评机构风险占比标准差": "0.2%",
}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, reference: Reference) -> Financed:
    place = tmp_path_factory.mktemp("held") / "holdings.csv"
    place.write_text(HOLDINGS, "utf-8")
    read = ingest.read_exposures([place], as_of=ON, otherwise=ON, reference=reference)
    made = of_book(read.value.book, reference=reference, flat=read.value.flat).value
    tables = [financed(made, name, reference=reference, year=2024, on=ON) for name in STANDARDS]
    return Financed(made, pa.concat_tables([one.value for one in tables]), tuple(p for one in tables for p in one.problems))


def _texts(**more: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for quarter, (green, whole) in QUARTERS.items():
        own = {"绿色贷款余额": f"{green}亿元", "绿色债券": "10亿元", "贷款及债券总额": "1000亿元", "绿色不良贷款": "0.5亿元"}
        texts |= {f"evaluation.{quarter}.{name}": text for name, text in {**own, "参评机构绿色总额合计": f"{whole}亿元"}.items()}
    texts |= {f"evaluation.2025Q1.{name}": text for name, text in PEERS.items()}
    return texts | {f"evaluation.2025Q1.{name}": text for name, text in more.items()}


@pytest.fixture(scope="module")
def series() -> tuple[room.Series, date]:
    made = scores.series_of(_texts(定性得分="85"), "pboc-2021", date(2025, 3, 31))
    assert made is not None
    return made[:2]


def test_the_standards_stand_side_by_side_as_the_command_has_them(found: Financed) -> None:
    side = views.side_by_side(found, "zh")
    tables = {name: found.financed.filter(pc.equal(found.financed["standard"], name)) for name in STANDARDS}
    expected: Any = compare_json(tables)
    assert [one.id for one in side.standards] == list(STANDARDS)
    for one, row in zip(side.standards, expected["standards"], strict=True):
        assert one.total == ("—" if row["total"]["value"] is None else f"{row['total']['value']:,.0f}")
        assert one.counted == f"{row['coverage']['included']} 笔，共 3 笔"
    assert len(side.differences) == len(expected["differ_in"])
    assert all(len(difference.each) == len(STANDARDS) for difference in side.differences)


def test_the_parts_of_a_standard_are_its_whole(found: Financed, reference: Reference) -> None:
    parts = views.groups(found, "pcaf", "asset_class", "zh")
    assert {part.words for part in parts} == {"上市股权", "企业贷款"}
    assert [part.value for part in parts] == sorted((part.value for part in parts), reverse=True)
    whole = next(one for one in views.side_by_side(found, "zh").standards if one.id == "pcaf")
    assert whole.total == f"{sum(part.value for part in parts):,.0f}"
    sections = views.groups(found, "pcaf", "section", "zh")
    assert {part.words for part in sections} == {"C 制造业", "D 电力、热力、燃气及水生产和供应业"}


def test_what_is_left_out_has_its_reason(found: Financed) -> None:
    rows = views.left_out(found, "pcaf", "zh")
    assert [(count, balance) for _, count, balance in rows] == [("1", "0.0500 亿元")]


def test_a_book_without_data_has_no_standards() -> None:
    side = views.side_by_side(Financed(), "en")
    assert side.standards == ()


def test_the_scorecard_is_that_of_evaluate(series: tuple[room.Series, date]) -> None:
    made, quarter = series
    expected = room.evaluate(made, quarter).value
    standing = scores.standing(made, quarter, "zh")
    assert standing.quarter == "2025Q1"
    assert [line.score for line in standing.lines] == [f"{float(one.score or 0):.2f}" for one in expected.indicators]
    assert dict(standing.totals)["综合得分"] == f"{float(expected.final or 0):.2f}"
    assert standing.notes


def test_lending_of_the_slider_moves_the_score_and_the_answer_reaches_it(series: tuple[room.Series, date]) -> None:
    made, quarter = series
    answer = next(one for one in scores.answers(made, quarter, 1, "zh") if one.words == "综合得分")
    lending = room.what_if(made, quarter, "final+1").value
    assert lending is not None
    assert lending.lending is not None
    assert answer.lending == scores.yi(lending.lending, "zh")
    reached = dict(scores.standing(made, quarter, "zh", lending=lending.lending).totals)["综合得分"]
    assert reached == answer.wanted
    assert dict(scores.standing(made, quarter, "zh").totals)["综合得分"] == answer.now


def test_the_curve_never_falls(series: tuple[room.Series, date]) -> None:
    made, quarter = series
    most = scores.most_of(made, quarter)
    assert most == 118
    points = [float(str(one["score"])) for one in scores.curve(made, quarter, most, "zh") if one["series"] == "综合得分"]
    assert len(points) == scores.STEPS + 1
    assert points == sorted(points)


@pytest.mark.parametrize("question", [("final", "reach", 80.0), ("GFE-I1", "rise", 1.0), ("quantitative", "rise", 2.5)])
def test_a_question_is_answered_in_words(question: tuple[str, str, float], series: tuple[room.Series, date]) -> None:
    answer, said = scores.asked(*series, question, "zh")
    target, how, points = question
    assert answer is not None
    assert answer.words == scores.target_words(target, "zh")
    wanted = points if how == "reach" else float(answer.now) + points
    assert float(answer.wanted) == pytest.approx(wanted, abs=0.02)
    assert said == "" or "--" not in said


def test_without_quarters_there_is_no_scorecard() -> None:
    assert scores.series_of({}, "pboc-2021", ON) is None
    assert scores.series_of(_texts(), "pboc-2021", date(2020, 1, 1)) is None


def test_lending_is_exact() -> None:
    assert scores.lending_of(0.1) == Fraction(10_000_000)


def test_every_quarter_has_its_scores(series: tuple[room.Series, date]) -> None:
    rows = scores.history(*series, "zh")
    assert [quarter for quarter, *_ in rows] == list(QUARTERS)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, reference: Reference) -> dict[int, run_folder.Saved]:
    """A run of a small book at two dates: the second time a receipt more."""
    folder = tmp_path_factory.mktemp("runs")
    more = {"借据号": "JJ2025000099", "贷款余额（元）": 500000, "发放日": "2025-06-01"}
    made = {}
    for year, changes in {2024: (), 2025: (more,)}.items():
        place = run_made.book(folder / f"{year}.xlsx", *changes)
        inputs = pipeline.read(pipeline.Files((place,)), as_of=date(year, 12, 31), reference=reference)
        made[year] = run_folder.save(pipeline.compute(inputs, run_made.OPTIONS, reference=reference), folder / str(year))
    return made


def test_the_movements_between_two_runs(runs: dict[int, run_folder.Saved], reference: Reference) -> None:
    moved = moves.rolled(runs[2024].folder, runs[2025].folder, reference, "zh")
    tables = {table.id: table for table in moved.tables}
    assert set(tables) == {"M01", "M02", "M03", "M04", "M05", "M06"}
    cells = tables["M01"].cells.values()
    assert {cell.value for cell in cells} >= {Fraction(50_000_000), Fraction(80_000_025), Fraction(130_000_025)} or any(
        cell.value == Fraction(500_000) for cell in cells
    )


def test_runs_in_the_wrong_order_are_refused(runs: dict[int, run_folder.Saved], reference: Reference) -> None:
    with pytest.raises(Refused):
        moves.rolled(runs[2025].folder, runs[2024].folder, reference, "zh")


def test_only_earlier_runs_are_offered(runs: dict[int, run_folder.Saved]) -> None:
    assert moves.earlier(tuple(runs.values()), runs[2025]) == (runs[2024],)
    assert moves.earlier(tuple(runs.values()), runs[2024]) == ()
    assert moves.day(runs[2025]) == "2025-12-31"


def test_a_run_under_another_edition(runs: dict[int, run_folder.Saved], reference: Reference) -> None:
    own = moves.edition(runs[2025])
    editions = moves.editions(reference, "zh")
    assert own in editions
    other = next(name for name in editions if name != own)
    made = moves.retagged(runs[2025].folder, other, own, reference=reference, lang="zh")
    assert {table.id for table in made.tables} >= {"R01", "R07", "R08"}
    assert made.explanation
