"""``greenfin financed``: the JSON of the contract, the words, exit codes and files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.financed.rules import ladder
from greenfin.messages.words import codes

HEAD = (
    "借据号,客户编号,产品名称,行业代码,机构号,贷款余额(万元),月均余额(万元),营业收入(万元),资产总额(万元),"
    "范围一排放(吨),范围二排放(吨),排放数据来源,企业规模\n"
)
ROWS = "1,K1,流动资金贷款,3011,01,600,500,10000,5000,900,100,第三方核查,大型\n2,K2,流动资金贷款,5162,01,900,800,20000,9000,,,,大型\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return path


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["financed", *words, "--lang", "en"])
    return done.exit_code, done.stdout


def test_one_standard_as_json(book: Path) -> None:
    code, text = run(str(book), "--standard", "pboc-2021", "--year", "2025", "--json")
    found = json.loads(text)
    assert code == 0
    assert (found["standard"], found["year"], found["total"]["value"], found["total"]["scope2"]) == ("pboc-2021", 2025, 50.0, 5.0)
    assert found["loans"][0]["financed_co2e"] == sum(found["loans"][0][name] for name in ("scope1", "scope2"))
    assert found["excluded"] == [{"id": "2", "reason": "emission_missing"}]
    assert found["coverage"]["by_balance"] == pytest.approx(0.4)
    assert (found["quality_score"], found["by"]["industry"][1]["industry"]) == (1.0, "building_materials")
    assert {name: sum(group["grams"] or 0 for group in groups) for name, groups in found["by"].items()} == dict.fromkeys(
        found["by"], found["total"]["grams"]
    )


def test_three_standards_side_by_side_and_never_added(book: Path) -> None:
    code, text = run(str(book), "--year", "2025", "--json")
    found = json.loads(text)
    assert (code, [one["standard"] for one in found["standards"]]) == (0, ["pboc-2021", "pboc-high-carbon-draft", "pcaf"])
    assert "denominators" in found["differ_in"]
    assert "total" not in found


def test_words_say_what_is_left_out_and_what_was_not_verified(book: Path) -> None:
    _, text = run(str(book), "--standard", "pboc-high-carbon-draft", "--year", "2025")
    assert "100.00 tCO2e" in text
    assert "excellent" in text
    assert "not verified" in text
    assert "not one of the eight high-carbon industries: 1" in text


def test_bad_data_exit_with_one_and_misuse_with_two(book: Path) -> None:
    book.write_text(HEAD + ROWS.replace(",10000,", ",0,"), encoding="utf-8")
    assert run(str(book), "--standard", "pboc-2021", "--year", "2025")[0] == 1
    assert run(str(book), "--standard", "ghg")[0] == 2


def test_rows_are_written(book: Path) -> None:
    out = book.parent / "out"
    run(str(book), "--year", "2025", "--out", str(out))
    assert sorted(path.name for path in out.iterdir()) == ["pboc-2021.csv", "pboc-high-carbon-draft.csv", "pcaf.csv"]


def test_each_step_of_the_ladders_has_words_beside_the_codes_of_pcaf(book: Path) -> None:
    for standard in ("pboc-2021", "pboc-high-carbon-draft"):
        assert {f"option.{step}" for step in ladder(standard)} <= set(codes("zh"))
    _, said = run(str(book), "--year", "2025")
    assert "verified report" in said
    assert "reported_verified" not in said
