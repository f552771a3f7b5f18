"""Claims in words and rows: read strictly, compared with what the inputs give, their own ratios looked at, never claimed twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from greenfin.core.columns import table_of
from greenfin.core.problems import Problem, Severity
from greenfin.measure import measure
from greenfin.measure.claims import claimed_elsewhere, claims_of
from greenfin.measure.compare import Compared, compare_claim
from greenfin.measure.one import measure_one
from greenfin.reference.load import load
from tests.measured_book import DAY, book_of, given, loan, project, tag

REFERENCE = load()
ON = date(2025, 12, 31)


def read(text: str) -> list[tuple[str, str, str]]:
    return [(c.output, str(c.value), c.unit) for c in claims_of(text)]


FARM = {"supply": ("220000", "MWh"), "capacity": ("100", "MW")}


def told(
    text: str, method: str = "CBRC-PWR", inputs: dict[str, tuple[str, str]] = FARM
) -> tuple[tuple[Compared, ...], tuple[Problem, ...]]:
    single = measure_one(method, {k: (Decimal(v), unit) for k, (v, unit) in inputs.items()}, REFERENCE, on=ON)
    return compare_claim(single, text)


def warned(problems: tuple[Problem, ...]) -> list[str]:
    return [
        str(p.params.get("ratio") or p.params.get("output") or p.params.get("place")) for p in problems if p.severity is Severity.WARNING
    ]


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("年节约标准煤 3.2 万吨、减排二氧化碳 8.5 万吨", {"tce": 32000, "co2": 85000}),
        ("项目每年可节约3.2万吨标准煤，减排８．５万吨二氧化碳", {"tce": 32000, "co2": 85000}),
        ("年可节约标准煤、减排二氧化碳分别为3.2万吨、8.5万吨", {"tce": 32000, "co2": 85000}),
        ("节煤32,000吨；减少CO₂8.5万吨", {"tce": 32000, "co2": 85000}),
        ("saves 32,000 tonnes of standard coal and 85,000 tonnes of CO2 a year", {"tce": 32000, "co2": 85000}),
        ("年削减COD 1,460吨、氨氮146吨，年节水910万吨", {"cod": 1460, "nh3n": 146, "water": 9.1e6}),
        ("装机容量10万千瓦，年上网电量2.2亿千瓦时，年利用小时2200小时", {"capacity": 100, "energy": 220000, "full_hours": 2200}),
        ("总投资6.5亿元", {"total_invest": 6.5e8}),
    ],
)
def test_what_is_read(text: str, outputs: dict[str, float]) -> None:
    assert {c.output: pytest.approx(c.base()[0]) for c in claims_of(text)} == outputs


@pytest.mark.parametrize(
    "text", ["", "没有数字", "9**9**9 t", "__import__('os')", "２０２５年投产，第3期", "标准煤" * 9000, "1" * 20000, "3.2万吨"]
)
def test_what_is_no_claim(text: str) -> None:
    assert read(text) == []


def test_printed_digits_and_words_like_about_are_an_interval() -> None:
    exact, rough = claims_of("节约标准煤3.2万吨，减排二氧化碳约8.5万吨")
    assert [float(x) for x in (exact.half, rough.half)] == [0.05, 0.1]
    assert exact.base()[1:] == pytest.approx((31500, 32500))


def test_a_claim_that_fits_is_no_warning_and_one_that_does_not_names_the_slip() -> None:
    compared, problems = told("年节约标准煤6.65万吨，减排二氧化碳约11.7万吨")
    assert [each.fits for each in compared] == [True, True]
    assert warned(problems) == []
    _, problems = told("年节约标准煤6.65吨")
    differs = next(p for p in problems if p.code == "measure.claim_differs")
    assert differs.params["computed"] == "66528 tce"
    assert str(differs.params["slip"]).startswith("×10000 ")
    _, problems = told("减排二氧化碳21.7万吨")
    assert [p.params["difference"] for p in problems if p.code == "measure.claim_differs"] == ["+85.9%"]


def test_the_convention_under_which_a_claim_agrees_is_named() -> None:
    supply = {"supply": (Decimal(220000), "MWh")}
    single = measure_one("CBRC-PWR", supply, REFERENCE, on=ON)
    _, problems = compare_claim(single, "年节约标准煤2.7万吨", REFERENCE)
    choices = [p.params["choices"] for p in problems if p.code == "measure.claim_other_choice"]
    assert choices == ["tce=calorific"]
    _, problems = compare_claim(single, "年节约标准煤6.65万吨", REFERENCE)
    assert [p.code for p in problems] == ["measure.claim_fits"]


def test_a_whole_life_is_not_compared_with_a_year() -> None:
    compared, problems = told("25年累计减排二氧化碳290万吨")
    assert [each.fits for each in compared] == [None]
    assert [p.code for p in problems] == ["measure.claim_not_yearly"]


@pytest.mark.parametrize(  # published texts that do not check out, with the ratio that tells
    ("text", "ratios"),
    [
        ("节约标准煤56,576吨，减排CO2 183,104吨", ["co2 / tce"]),
        ("节约标准煤4.56万吨，减排二氧化碳10.35万吨、二氧化硫1.05万吨、粉尘7.62万吨", ["so2 / tce", "dust / tce"]),
        ("节约标准煤23.16万吨，减排二氧化碳20.95万吨", ["co2 / tce"]),
        ("节约柴油52,500升，减排二氧化碳1,387.5吨", ["co2 / fuel_litres"]),
        ("节约标准煤3600吨，减排二氧化碳4100吨", ["co2 / tce"]),
        ("客运量1.00亿人次，减排二氧化碳7.41万吨", ["co2 / trips"]),
        ("装机100MW，年上网电量2.2亿MWh", ["energy / capacity"]),
        # and such as do
        ("节约标准煤7.5万吨，减排二氧化碳21万吨", []),
        ("节约标准煤10.88万吨，减排二氧化碳22.77万吨", []),
        ("节约标准煤3.5万吨，减排二氧化碳8.5万吨", []),
        ("客运量1.00亿人次，减排二氧化碳1.75万吨", []),
        ("年节约标准煤25万吨，减排二氧化碳60万吨，年发电量7.92亿千瓦时", []),
    ],
)
def test_published_pairs(text: str, ratios: list[str]) -> None:
    _, problems = told(text, "M-000", {"energy": ("1", "GJ")})
    assert [p.params["ratio"] for p in problems if p.code == "measure.claim_unlikely"] == ratios


def test_printed_digits_may_reach_into_the_band() -> None:
    _, problems = told("节约标准煤1万吨，减排二氧化碳3万吨", "M-000", {"energy": ("1", "GJ")})
    assert [p for p in problems if p.code == "measure.claim_unlikely"] == []


def test_other_claims_are_kept_beside() -> None:
    assert claimed_elsewhere("项目已核发绿证，并申请CCER；由银团贷款支持") == ("green certificate", "carbon credit", "another bank")
    _, problems = told("减排二氧化碳11.7万吨，已注册VCS")
    assert "carbon credit" in warned(problems)
    _, problems = told("绿证已售出")
    assert [p.code for p in problems] == ["measure.claim_unreadable", "measure.claimed_elsewhere"]


def _stated(output: str, value: float, unit: str) -> dict[str, object]:
    return {"project_id": "P1", "output": output, "value": value, "unit": unit, "source_cell": f"book.xlsx!ben!{output}"}


def test_stated_results_of_a_book() -> None:
    import dataclasses

    rows = [_stated("tce", 36288, "t"), _stated("co2", 9.2, "万吨"), _stated("so2", 9000, "t")]
    book = book_of(
        loans=[loan("L1", "P1") | {"is_carbon_tool": True}],
        projects=[project("P1", total=None) | {"content": "风电，绿证已核发"}],
        inputs=[given("P1", "supply", 1.2, "亿千瓦时")],
    )
    book = dataclasses.replace(book, stated_benefits=table_of("stated_benefits", rows))
    found = measure(book, table_of("tags", [tag("L1", "4.2.1")]), REFERENCE, on=DAY).problems
    assert [(p.code, p.where.rpartition("!")[2]) for p in found if p.code.startswith("measure.claim_")] == [
        ("measure.claim_differs", "co2"),
        ("measure.claim_unlikely", "tce"),
    ]
    assert sorted(str(p.params["place"]) for p in found if p.code == "measure.claimed_elsewhere") == ["facility", "green certificate"]


@pytest.mark.parametrize(
    ("source", "told"), [("自有资金", False), ("吸收存款", False), ("绿色金融债", True), ("2428001.IB", True), ("Green BOND", True)]
)
def test_own_funds_are_no_claim_of_a_bond(source: str, told: bool) -> None:
    book = book_of(
        loans=[loan("L1", "P1") | {"fund_source": source}],
        projects=[project("P1", total=None)],
        inputs=[given("P1", "supply", 1.2, "亿千瓦时")],
    )
    found = measure(book, table_of("tags", [tag("L1", "4.2.1")]), REFERENCE, on=DAY).problems
    assert [p.params["place"] for p in found if p.code == "measure.claimed_elsewhere"] == ["green bond"] * told
