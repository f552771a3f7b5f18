"""Evaluation of green finance: files in any layout, scores by hand, what is missing, what more lending changes."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from greenfin import evaluate, ingest
from greenfin.core.problems import Refused, Severity
from greenfin.evaluate.score import score_of

HEADERS = ["季度", "绿色贷款余额(亿元)", "绿色债券(亿元)", "各项贷款及债券合计(亿元)", "绿色不良贷款(万元)", "参评机构绿色金融总额(亿元)"]
HEADERS += [f"参评机构{name}{kind}(%)" for name in ("总额占比", "份额占比", "增速", "风险占比") for kind in ("均值", "标准差")]
LOANS = (90, 94, 98, 102, 108, 112, 116, 130)


def _rows() -> list[list[object]]:
    return [[f"{2024 + i // 4}Q{i % 4 + 1}", loans, 10, 1000, 5000, 5000, 9, 2, 4, 1, 18, 5, 0.6, 0.2] for i, loans in enumerate(LOANS)]


def _csv(path: Path, rows: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def _evaluated(path: Path, scheme: str = "pboc-2021", own: str = "") -> tuple[evaluate.Evaluation, set[str]]:
    read = ingest.read_evaluation(path)
    points = (replace(p, party="") if p.party == own else p for p in read.value)
    series = evaluate.series_of(points, evaluate.scheme(scheme))
    found = evaluate.evaluate(series, evaluate.quarter_of(series, None))
    return found.value, {p.code for p in (*read.problems, *found.problems)}


def test_scores_come_out_by_hand(tmp_path: Path) -> None:
    found, _ = _evaluated(_csv(tmp_path / "a.csv", [HEADERS, *_rows()]))
    share = found.indicators[0]
    assert share.value == Fraction(140, 1000)
    assert share.own_mean == Fraction(118 + 122 + 126, 3000)
    assert share.longitudinal == 60 + 20 * (Fraction(140, 1000) - Fraction(122, 1000)) / Fraction(2, 100)
    assert share.cross == 100  # 60 + 20 × 2.5 is above the full score
    assert share.score == Fraction(1, 10) * 78 + Fraction(15, 100) * 100
    risk = found.indicators[3]
    assert risk.value == Fraction(5000, 1400000)
    assert risk.cross is not None
    assert risk.cross > 60
    assert found.quantitative == sum((one.score or 0) for one in found.indicators)
    assert found.final is None
    assert found.qualitative is None


def _transposed(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["绿色金融评价数据"])
    for line in zip(HEADERS, *_rows(), strict=True):
        sheet.append(["指标" if line[0] == "季度" else line[0], *line[1:]])
    marks = book.create_sheet("定性得分")
    for row in [
        ["定性指标", "得分"],
        ["执行国家及地方绿色金融政策情况", 90],
        ["机构绿色金融制度制定及实施", 85],
        ["金融支持绿色产业发展", 80],
    ]:
        marks.append(row)
    book.save(path)
    return path


def _long(path: Path) -> Path:
    rows = [["年份", "季度", "指标名称", "计量单位", "数值"]]
    for row in _rows():
        for header, value in zip(HEADERS[1:], row[1:], strict=True):
            name, unit = header.removesuffix(")").split("(")
            rows.append([str(row[0])[:4], str(row[0])[-1], name, unit, str(value)])
    return _csv(path, [list(row) for row in rows])


def test_layouts_say_the_same(tmp_path: Path) -> None:
    wide, _ = _evaluated(_csv(tmp_path / "a.csv", [HEADERS, *_rows()]))
    across, _ = _evaluated(_transposed(tmp_path / "b.xlsx"))
    long, _ = _evaluated(_long(tmp_path / "c.csv"))
    assert wide.indicators == across.indicators == long.indicators
    assert across.qualitative == Fraction(3, 10) * 90 + Fraction(4, 10) * 85 + Fraction(3, 10) * 80
    assert wide.quantitative is not None
    assert across.final == Fraction(8, 10) * wide.quantitative + Fraction(2, 10) * 85


def test_participants_one_by_one(tmp_path: Path) -> None:
    rows: list[list[object]] = [["bank", "quarter", "green loans (100 million CNY)", "all loans (100 million CNY)"]]
    rows += [[name, f"2025Q{q}", green + q, 1000] for name, green in (("A", 100), ("B", 60), ("C", 80)) for q in (1, 2, 3, 4)]
    found, problems = _evaluated(_csv(tmp_path / "a.csv", rows), own="A")
    assert found.indicators[0].peers_mean == Fraction(104 + 64 + 84, 3000)
    assert found.indicators[1].value == Fraction(104, 104 + 64 + 84)
    assert found.indicators[2].value is None
    assert "evaluation.figure_missing" in problems


def test_a_participant_without_figures_is_told(tmp_path: Path) -> None:
    """The mean of the others would pass for that of all participants."""
    rows: list[list[object]] = [["bank", "quarter", "green loans (100 million CNY)", "all loans (100 million CNY)"]]
    rows += [[name, f"2025Q{q}", green, 1000] for name, green in (("A", 100), ("B", 60), ("C", 80)) for q in (1, 2, 3, 4)]
    told = []
    for name, some in (("all", rows), ("few", rows[:-1])):
        points = ingest.read_evaluation(_csv(tmp_path / f"{name}.csv", some)).value
        series = evaluate.series_of((replace(p, party="" if p.party == "A" else p.party) for p in points), evaluate.scheme())
        found = evaluate.evaluate(series, series.quarters[-1])
        told.append(
            [p.params for p in found.problems if p.code == "evaluation.participants_left_out" and p.params["indicator"] == "GFE-I1"]
        )
    assert found.value.indicators[0].peers_mean == Fraction(100 + 60, 2000)
    assert [[(each["count"], each["known"]) for each in one] for one in told] == [[], [(1, 2)]]


def test_missing_and_nothing_are_told(tmp_path: Path) -> None:
    without = [row[:5] for row in _rows()]
    found, problems = _evaluated(_csv(tmp_path / "a.csv", [HEADERS[:5], *without]))
    assert {one.cross for one in found.indicators} == {None}
    assert found.known < Fraction(1, 2)
    assert found.quantitative is not None
    assert {"evaluation.peers_missing", "evaluation.own_spread", "evaluation.no_marks"} <= problems
    broken = _rows()
    broken[-1][3] = 0
    read = ingest.read_evaluation(_csv(tmp_path / "b.csv", [HEADERS, *broken]))
    series = evaluate.series_of(read.value, evaluate.scheme())
    told = evaluate.evaluate(series, series.quarters[-1])
    assert told.value.indicators[0].value is None
    assert [p.code for p in told.problems if p.severity is Severity.ERROR] == ["evaluation.zero_denominator"]
    lacking, problems = _evaluated(_csv(tmp_path / "c.csv", [HEADERS, *_rows()[:5], *_rows()[6:]]))
    assert lacking.indicators[0].longitudinal is None
    assert lacking.indicators[0].cross is not None
    assert "evaluation.quarter_missing" in problems


def test_a_file_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        ingest.read_evaluation(_csv(tmp_path / "a.csv", [["甲", "乙"], ["1", "2"]]))
    with pytest.raises(Refused):
        evaluate.scheme("nowhere")


@pytest.mark.parametrize("asked", ["final=80", "GFE-I1+1", "quantitative", "1"])
@pytest.mark.parametrize("scheme", ["pboc-2021", "pboc-2021-steps", "chongqing-2023"])
def test_the_least_lending_that_reaches_a_score(tmp_path: Path, asked: str, scheme: str) -> None:
    read = ingest.read_evaluation(_transposed(tmp_path / "a.xlsx"))
    series = evaluate.series_of(read.value, evaluate.scheme(scheme))
    found = evaluate.what_if(series, series.quarters[-1], asked).value
    assert found is not None
    if found.lending is None:
        assert found.reached < found.wanted
        return
    assert found.reached >= found.wanted

    def score(lending: Fraction) -> Fraction:
        made = evaluate.evaluate(replace(series, extra=lending, at=series.quarters[-1]), series.quarters[-1]).value
        value = {one.id: one.score for one in made.indicators} | {"final": made.final, "quantitative": made.quantitative}
        return value[found.target] or Fraction(0)

    assert score(found.lending) >= found.wanted
    assert not found.lending or score(found.lending - Fraction(1, 100)) < found.wanted


def test_steps_are_exact() -> None:
    steps = evaluate.scheme("pboc-2021-steps").map
    third = Fraction(1, 3)
    assert score_of(third, third * third, steps) == 80  # exactly one deviation
    assert score_of(third - Fraction(1, 10**30), third * third, steps) == 60
    assert score_of(-third, third * third, steps) == 40
    assert score_of(Fraction(0), Fraction(0), steps) == 60
    assert score_of(third, Fraction(0), steps) is None


def test_json_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    found, _ = _evaluated(_transposed(tmp_path / "a.xlsx"))
    shown = evaluate.as_json(found)
    assert {"indicators", "quantitative", "qualitative", "final", "simulated"} <= set(shown)
    assert shown["simulated"] is True
    indicators = shown["indicators"]
    assert isinstance(indicators, list)
    assert {"id", "value", "longitudinal", "cross", "score"} <= set(indicators[0])


@pytest.mark.parametrize(
    ("as_of", "due"),
    [(date(2025, 12, 31), None), (date(2026, 3, 30), None), (date(2026, 3, 31), "2026Q1"), (date(2025, 11, 1), None)],
)
def test_a_scorecard_of_an_older_quarter_says_so(tmp_path: Path, as_of: date, due: str | None) -> None:
    """What the table calls this quarter is the last one that had ended, or it is told."""
    points = ingest.read_evaluation(_csv(tmp_path / "a.csv", [HEADERS, *_rows()])).value
    found = evaluate.evaluation_sums(points, as_of)
    assert found.value
    assert [p.params["due"] for p in found.problems if p.code == "evaluation.older_quarter"] == ([due] if due else [])
