"""Alignment of a portfolio of a file with a scenario: published values of r2dii.analysis and SBTi's tool, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.ingest.portfolios import Header, header_of

PLANS = """company,sector,technology,year,production,loan_size_outstanding
a,automotive,electric,2020,10,40
a,automotive,ice,2020,30,40
b,automotive,electric,2020,90,60
b,automotive,ice,2020,95,60
a,automotive,electric,2021,20,40
a,automotive,ice,2021,28,40
b,automotive,electric,2021,160,60
b,automotive,ice,2021,50,60
"""
SDS = """scenario,sector,technology,year,tmsr,smsp
sds,automotive,electric,2020,1,0
sds,automotive,ice,2020,1,0
sds,automotive,electric,2021,1.85,0.34
sds,automotive,ice,2021,0.6,-0.2
"""
TEMPERATURES = """company,investment value,s1s2 t,target type,annual reduction (%)
AA,42881,1601576,Absolute,6.25
B,56155,1247710,,
E,34690,79541,,
F,45354,1135983,,
G,12935,820658,,
I,7870,2955000,,
K,29551,6651,,
N,8192,9180000,Absolute,2.1429
Q,23851,81109342,Intensity,0.75
T,18472,28400000,,
V,45737,730970,,
"""


def run(folder: Path, way: str, portfolio: str, scenario: str = "", *words: str) -> tuple[int, dict[str, Any]]:
    paths = [folder / "p.csv", folder / "s.csv"]
    for path, text in zip(paths, (portfolio, scenario), strict=True):
        path.write_text(text, encoding="utf-8")
    asked = ["financed", str(paths[0]), "--align", way, "--json", "--lang", "en", *words]
    done = CliRunner().invoke(app, [*asked, "--scenario", str(paths[1])] if scenario else asked)
    return done.exit_code, json.loads(done.stdout)


def codes(found: dict[str, Any]) -> set[str]:
    return {problem["code"] for problem in found["problems"]}


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("2030年计划产量(MW)", Header("planned", "MW", 2030)),
        ("loan_size_outstanding", Header("loan")),
        ("投资金额（百万美元）", Header("loan", "百万CNY", currency="USD")),
        ("Emission factor (tCO2/t)", Header("intensity", "tCO2/t")),
        ("减排比例(%)", Header("reduction", "percent")),
        ("备注", None),
    ],
)
def test_headers_of_portfolios(text: str, header: Header | None) -> None:
    found = header_of(text)
    assert (found and (found.column, found.year, found.currency)) == (header and (header.column, header.year, header.currency))


def test_targets_of_companies_as_published_for_the_market_share_approach(tmp_path: Path) -> None:
    code, found = run(tmp_path, "pacta", PLANS, SDS)
    targets = [row["target"] for row in found["companies"] if row["year"] == 2021]
    assert code == 0
    assert targets == pytest.approx([23.6, 18, 152.9, 57], abs=0.051)
    a = next(row for row in found["companies"] if row["year"] == 2021)
    assert a["metric"] == pytest.approx((20 - 23.6 - (28 - 18)) / (23.6 + 18), abs=1e-9)
    whole = found["portfolio"][-1]
    assert whole["bank"] == pytest.approx(0.4 * a["metric"] + 0.6 * (7.1 + 7) / 209.9, abs=1e-9)
    electric = next(row for row in found["sectors"] if (row["technology"], row["year"]) == ("electric", 2021))
    assert (electric["target"], electric["weighted"]) == (pytest.approx(176.5), pytest.approx(58.0))


def test_productions_weighted_by_loan_as_published(tmp_path: Path) -> None:
    held = "id_loan,company,sector,technology,year,production,loan\ni1,a,power,coalcap,2020,1,1\ni2,b,power,coalcap,2020,2,9\n"
    _, found = run(tmp_path, "pacta", held, "sector,technology,year,tmsr,smsp\npower,coalcap,2020,1,0\n")
    assert (found["sectors"][0]["weighted"], found["sectors"][0]["production"]) == (pytest.approx(1.9), 3.0)


def test_a_technology_in_several_rows_of_a_company_is_planned_and_grows_once(tmp_path: Path) -> None:
    """Two plants of half each make, plan and should make what one of both does; two loans that repeat it do not double it."""
    _, whole = run(tmp_path, "pacta", PLANS, SDS)
    halved = PLANS
    for year, half in ((2020, 5), (2021, 10)):
        halved = halved.replace(f"electric,{year},{2 * half},40\n", f"electric,{year},{half},40\na,automotive,electric,{year},{half},40\n")
    _, found = run(tmp_path, "pacta", halved, SDS)
    names = ("production", "planned", "target")
    told = [[{name: row[name] for name in names} for row in each["sectors"]] for each in (whole, found)]
    assert told[0] == [pytest.approx(row) for row in told[1]]
    _, repeated = run(tmp_path, "pacta", PLANS + "".join(f"{line}\n" for line in PLANS.splitlines() if line.startswith("a,")), SDS)
    mine = [row[name] for name in ("planned", "target") for row in repeated["companies"] if row["company"] == "a" and row["year"] == 2021]
    assert sorted(mine) == pytest.approx(sorted([20, 10 + 40 * 0.34, 28, 18] * 2))


def test_production_now_and_in_the_target_year_in_columns_and_a_scenario_in_productions(tmp_path: Path) -> None:
    held = (
        "企业,行业,技术,产量(MW),2030年计划产量(MW),贷款余额(万元)\n甲,电力,煤电,30,20,5\n甲,电力,可再生能源,10,18,5\n乙,电力,氢能,1,1,5\n"
    )
    paths = "情景,行业,技术,年份,情景产量\n"
    paths += "NZE,电力,可再生能源,2024,20\nNZE,电力,可再生能源,2030,34\nNZE,电力,煤电,2024,50\nNZE,电力,煤电,2030,25\n"
    code, found = run(tmp_path, "pacta", held, paths)
    last = {row["technology"]: row for row in found["companies"] if row["year"] == 2030}
    assert (code, last["煤电"]["target"], last["可再生能源"]["target"]) == (0, 15.0, pytest.approx(18.0))
    assert (last["煤电"]["planned"], last["煤电"]["deviation"]) == (20.0, -5.0)
    assert "financed.align_unmatched" in codes(found)


def test_the_path_of_a_portfolio_below_the_end_as_published(tmp_path: Path) -> None:
    held = "企业,行业,排放强度(tCO2/t),贷款余额(万元),2025年计划排放强度\n甲,水泥,0.9,300,5.0\n"
    path = "行业,年份,排放强度,市场排放强度\n" + "".join(f"水泥,{2020 + n},{0.5 - n / 50},{6.45 if n == 0 else ''}\n" for n in range(6))
    _, found = run(tmp_path, "sda", held, path)
    assert [row["target"] for row in found["sectors"]] == pytest.approx([0.9, 1.75, 2.6, 3.46, 4.31, 5.16], abs=0.0051)
    assert [row["adjusted_scenario"] for row in found["sectors"]] == pytest.approx([6.45, 6.19, 5.93, 5.68, 5.42, 5.16], abs=0.0051)
    assert found["portfolio"][0]["bank"] == pytest.approx(-(5.0 - 5.16) / 5.16)


def test_the_market_of_a_sector_is_its_companies_where_some_are_not_borrowers(tmp_path: Path) -> None:
    held = "company,sector,emission factor (kgCO2/MWh),loan,production\na,power,400,3,0\nb,power,800,1,0\nc,power,300,,1\nd,power,500,,3\n"
    _, found = run(tmp_path, "sda", held, "sector,year,emission factor (tCO2/MWh)\npower,2020,0.9\npower,2021,0.675\npower,2022,0.45\n")
    assert found["sectors"][0]["market_start"] == pytest.approx(0.45)
    assert [row["target"] for row in found["sectors"]] == pytest.approx([0.5, 0.3625, 0.225])
    assert {row["company"] for row in found["companies"]} == {"a", "b"}


def test_intensities_of_one_file_in_two_units_are_the_same_as_in_one(tmp_path: Path) -> None:
    path = "sector,year,emission factor (tCO2/MWh)\npower,2020,0.9\npower,2021,0.675\npower,2022,0.45\n"
    head = "company,sector,emission factor (kgCO2/MWh),planned intensity ({0}),market intensity ({0}),loan\na,power,400,"
    _, one = run(tmp_path, "sda", head.format("kgCO2/MWh") + "300,450,3\n", path)
    _, two = run(tmp_path, "sda", head.format("tCO2/MWh") + "0.3,0.45,3\n", path)
    assert two["sectors"][0]["market_start"] == pytest.approx(0.45) == one["sectors"][0]["market_start"]
    assert two["companies"][-1]["planned"] == pytest.approx(0.3) == one["companies"][-1]["planned"]
    _, odd = run(tmp_path, "sda", head.format("m2") + "0.3,0.45,3\n", path)
    assert ("financed.align_units" in codes(odd), odd["companies"][-1]["planned"]) == (True, None)


def test_production_and_plans_in_two_units_are_the_same_as_in_one(tmp_path: Path) -> None:
    held = "company,sector,technology,production (MW),planned production ({}),loan\na,automotive,electric,100,{},1\n"
    for unit, plan in (("MW", 300), ("GW", 0.3)):
        _, found = run(tmp_path, "pacta", held.format(unit, plan), SDS)
        assert found["companies"][-1]["planned"] == pytest.approx(300)


def test_emissions_in_two_units_weigh_alike_and_one_scope_alone_is_told(tmp_path: Path) -> None:
    held = "company,investment,scope 1 (t),scope 2 ({0}),score\na,1,10,{1},2\nb,1,10,{1},3\nc,1,30,{2},1\n"
    _, one = run(tmp_path, "temperature", held.format("t", 20, 30))
    _, two = run(tmp_path, "temperature", held.format("kt", 0.02, 0.03))
    assert one["portfolio"][0]["tets"] == pytest.approx((30 * 2 + 30 * 3 + 60) / 120) == two["portfolio"][0]["tets"]
    assert "financed.align_scope_missing" not in codes(one)
    _, half = run(tmp_path, "temperature", held.format("t", 20, ""))
    (told,) = [problem for problem in half["problems"] if problem["code"] == "financed.align_scope_missing"]
    assert "1 companies" in told["message"] or "1 company" in told["message"]


def test_scores_of_a_portfolio_as_the_tool_gives_them(tmp_path: Path) -> None:
    code, found = run(tmp_path, "temperature", TEMPERATURES)
    (whole,) = found["portfolio"]
    assert (code, whole["wats"], whole["tets"]) == (0, pytest.approx(2.8844, abs=5e-4), pytest.approx(3.4077, abs=5e-4))
    assert (whole["mots"], "financed.align_weight_missing" in codes(found)) == (None, True)
    assert {row["company"]: row["score"] for row in found["companies"]}["AA"] == pytest.approx(0.7452, abs=5e-4)
    _, other = run(tmp_path, "temperature", TEMPERATURES, "", "--convention", "time_frame=long")
    assert "financed.align_no_regression" in codes(other)


def test_owned_emissions_by_each_value_and_targets_of_a_table_apart(tmp_path: Path) -> None:
    head = "company,investment,s1s2,company market cap,company enterprise value,company ev plus cash,company total assets,company revenue\n"
    held = head + "x,1,10,10,10,3,20,1\ny,3,10,10,30,1,20,3\n"
    goals = "company,scope,reduction ambition,base year,end year,score\nx,S1+S2,,,,2\ny,S1+S2,,,,3\n"
    _, found = run(tmp_path, "temperature", held, goals)
    (whole,) = found["portfolio"]
    wanted = {"mots": 2.75, "aots": 2.75, "rots": 2.5, "eots": 2.5, "ecots": 2.9, "wats": 2.75, "tets": 2.5}
    assert {name: whole[name] for name in wanted} == pytest.approx(wanted)


def test_what_is_asked_wrongly_is_told(tmp_path: Path) -> None:
    for way, portfolio, words, code in (
        ("dragon", PLANS, (), "financed.align_unknown"),
        ("sda", PLANS, (), "financed.align_no_table"),
        ("temperature", TEMPERATURES, ("--convention", "time_frame=soon"), "financed.align_choice"),
    ):
        left, found = run(tmp_path, way, portfolio, SDS, *words)
        assert (left > 0, code in codes(found)) == (True, True)


def test_two_currencies_cannot_weigh_against_each_other(tmp_path: Path) -> None:
    held = "company,investment (USD m),s1s2,company market cap (EUR m),annual reduction (%)\nx,1,10,10,4\n"
    code, found = run(tmp_path, "temperature", held)
    assert (code, "financed.align_currencies" in codes(found)) == (1, True)


def test_tables_are_written(tmp_path: Path) -> None:
    _, found = run(tmp_path, "temperature", TEMPERATURES, "", "--out", str(tmp_path / "out"))
    assert found["portfolio"]
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"companies.csv", "sectors.csv", "portfolio.csv"}
