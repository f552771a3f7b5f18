"""``evaluate`` as a command: its JSON and words, and what it says of bad input; it never breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app

HEADERS = ["季度", "绿色贷款余额(亿元)", "绿色债券(亿元)", "各项贷款及债券合计(亿元)", "绿色不良贷款(万元)", "参评机构绿色金融总额(亿元)"]
HEADERS += ["参评机构总额占比均值", "参评机构总额占比标准差", "参评机构增速均值", "参评机构增速标准差"]
LOANS = (90, 94, 98, 102, 108, 112, 116, 130)
Rows = list[list[object]]


def rows() -> Rows:
    return [[f"{2024 + i // 4}Q{i % 4 + 1}", loans, 10, 1000, 5000, 5000, "9%", "2%", "18%", "5%"] for i, loans in enumerate(LOANS)]


def run(tmp_path: Path, told: Rows, *words: str, headers: list[str] | None = None) -> tuple[int, dict[str, object], set[str]]:
    """Exit status, the JSON and the codes of its problems."""
    path = tmp_path / "series.csv"
    path.write_text("\n".join(",".join(str(cell) for cell in row) for row in [headers or HEADERS, *told]), encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", str(path), "--json", "--lang", "en", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    shown = json.loads(done.stdout) if done.stdout.strip() else {}
    return done.exit_code, shown, {problem["code"] for problem in shown.get("problems", ())}


def score(shown: dict[str, object], at: int = 0) -> dict[str, object]:
    indicators = shown["indicators"]
    assert isinstance(indicators, list)
    found = indicators[at]
    assert isinstance(found, dict)
    return found


def changed(at: int, column: int, value: object) -> Rows:
    told = rows()
    told[at][column] = value
    return told


def test_scores_of_the_last_quarter_and_of_one_named(tmp_path: Path) -> None:
    code, last, _ = run(tmp_path, rows())
    assert code == 0
    assert score(last)["value"] == pytest.approx(0.14)
    assert isinstance(last["series"], list)
    assert len(last["series"]) == 7
    _, named, _ = run(tmp_path, rows(), "--quarter", "2025Q3")
    assert score(named)["value"] == pytest.approx(0.126)


def test_more_lending_and_the_words(tmp_path: Path) -> None:
    _, shown, _ = run(tmp_path, rows(), "--what-if", "quantitative+1")
    answers = shown["what_if"]
    assert isinstance(answers, list)
    assert answers[0]["green_lending"]["value"] > 0
    told = CliRunner().invoke(app, ["evaluate", str(tmp_path / "series.csv"), "--lang", "zh"]).stdout
    assert "2025Q4" in told
    assert "模拟" in told


@pytest.mark.parametrize(
    ("broken", "code", "said"),
    [
        (lambda: rows()[:5] + rows()[6:], 0, "evaluation.quarter_missing"),
        (lambda: changed(7, 3, 0), 1, "evaluation.zero_denominator"),
        (lambda: changed(3, 1, 0), 0, "evaluation.own_spread"),
        (lambda: changed(7, 1, "约一百三十"), 1, "evaluation.unreadable"),
        (lambda: changed(7, 4, "#DIV/0!"), 1, "evaluation.unreadable"),
        (lambda: [*rows(), ["2025Q4", 131, 10, 1000, 5000, 5000, "9%", "2%", "18%", "5%"]], 1, "evaluation.given_twice"),
        (lambda: changed(7, 2, ""), 0, "evaluation.bonds_left_out"),
    ],
)  # fmt: skip
def test_bad_input_is_told_and_the_rest_is_scored(tmp_path: Path, broken: Callable[[], Rows], code: int, said: str) -> None:
    found, shown, problems = run(tmp_path, broken())
    assert said in problems
    assert found == code
    assert [score(shown, at)["id"] for at in range(4)] == ["GFE-I1", "GFE-I2", "GFE-I3", "GFE-I4"]


def test_a_bare_share_is_told_and_never_guessed_silently(tmp_path: Path) -> None:
    """9 can only be per cent, 0.09 is a part of one; growth of 1.2 alone could be either and is left out."""
    percent = run(tmp_path, [[*row[:6], 9, 2, 18, 5] for row in rows()])
    part = run(tmp_path, [[*row[:6], 0.09, 0.02, 0.18, 0.05] for row in rows()])
    assert score(percent[1]) == score(part[1])
    assert "evaluation.ratio_as_percent" in percent[2]
    assert "evaluation.ratio_as_part" in part[2]
    either = run(tmp_path, [[*row[:6], 0.09, 0.02, 1.2, 0.05] for row in rows()])
    assert either[0] == 1
    assert "evaluation.ratio_doubtful" in either[2]
    assert score(either[1], 2)["peers_mean"] == 0  # that of the sums, which do not grow


@pytest.mark.parametrize("words", [("--quarter", "2031Q1"), ("--scheme", "nowhere"), ("--scheme", "absent.toml"), ("--what-if", "fame+1")])
def test_misuse_exits_two_with_words(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, _ = run(tmp_path, rows(), *words)
    assert code == 2


def test_a_scheme_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "province.toml"
    said = ("[province]", 'like = "chongqing-2023"', 'zh = "某省"', 'en = "A province"', 'longitudinal = "0.05"', 'cross = "0.20"')
    own.write_text("\n".join(said), encoding="utf-8")
    _, shown, _ = run(tmp_path, rows(), "--scheme", str(own))
    scheme = shown["scheme"]
    assert isinstance(scheme, dict)
    assert (scheme["id"], scheme["unverified"]) == ("province", ["weights", "parts", "business", "map"])
    own.write_text("[province\n", encoding="utf-8")
    assert run(tmp_path, rows(), "--scheme", str(own))[0] == 2
