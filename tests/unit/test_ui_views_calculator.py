"""The calculator's views: what can be measured, the form, the answer beside ``greenfin measure``, the file that opens again."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from greenfin.core.problems import Refused
from greenfin.measure import measure_one, single_json
from greenfin.messages import LANGUAGES, Lang
from greenfin.methods.declare import Input, declarations
from greenfin.methods.registry import method
from greenfin.reference.load import Reference, load
from greenfin.ui.views import calculator_saved as saving
from greenfin.ui.views.calculator import Asked, answer
from greenfin.ui.views.calculator_choice import offer, offers, provinces
from greenfin.ui.views.calculator_form import Field, form, with_unit

ON = date(2025, 12, 31)
WIND = {"capacity": "100MW", "hours": "2000h", "own_use": "2%", "curtailment": "0%", "balance": "1亿元", "total_invest": "5亿元"}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        ("风力发电", "4.2.1", "CBRC-PWR"),
        ("flfd", "4.2.1", "CBRC-PWR"),
        ("4.2.2", "4.2.2", "CBRC-PWR"),
        ("CBRC-WWTP", "CBRC-WWTP", "CBRC-WWTP"),
    ],
)
def test_a_class_is_found_by_words_initials_and_code_and_leads_to_its_method(
    words: str, code: str, named: str, reference: Reference
) -> None:
    first = offers(reference, words, lang="zh", on=ON)[0]
    assert code in first.words
    assert first.method == named
    assert offer(reference, first.key, lang="zh", on=ON) == first


def test_what_cannot_be_measured_says_why_and_stands_last(reference: Reference) -> None:
    found = offers(reference, "4415", lang="zh", on=ON)
    without = [one for one in found if not one.method]
    assert without
    assert all(one.reason for one in without)
    assert found[-len(without) :] == tuple(without)


def test_a_scene_of_the_regulator_can_be_chosen(reference: Reference) -> None:
    found = offers(reference, "200105010001", lang="zh", on=ON)
    assert [one.key for one in found] == ["scene:200105010001"]
    assert found[0].method == reference.scenes["200105010001"].method


def test_without_words_all_methods_are_offered(reference: Reference) -> None:
    assert {one.method for one in offers(reference, "", lang="en", on=ON)} >= {"CBRC-PWR", "CBRC-NEV", "PCAF-BL"}


def test_every_method_has_a_form_with_all_its_inputs(reference: Reference) -> None:
    for one in offers(reference, "", lang="zh", on=ON):
        declaration = method(one.method).declaration
        for way in range(len(declaration.ways)):
            made = form(declaration, "zh", way=way)
            assert set(made.fields) == {i.name for i in declaration.inputs}
            assert not {f.name for f in made.needed} & {f.name for f in made.optional}


@pytest.mark.parametrize("name", sorted(declarations()))
def test_every_method_answers_what_its_form_asks(name: str, reference: Reference) -> None:
    declaration = method(name).declaration
    specs = {spec.name: spec for spec in declaration.inputs}
    for way in range(len(declaration.ways)):
        given = {field.name: _typed(specs[field.name], field) for field in form(declaration, "en", way=way).needed}
        found = answer(Asked(name, given, ON, region="四川", sensitivity="" if way else "±10%"), reference, "en")
        assert found.told is not None or found.problems or found.beside


def _typed(spec: Input, field: Field) -> str:
    """Something that the field takes; two of them in a list."""
    one = spec.words[0][0] if spec.words else "甲" if spec.free else str(spec.low or 1)
    return with_unit(f"{one};{one}" if spec.list else one, field)


def test_needed_fields_come_first_by_the_way_chosen() -> None:
    made = form(method("CBRC-PWR").declaration, "zh", way=2)
    assert [f.name for f in made.needed] == ["capacity", "hours"]
    assert made.needed[0].label == "装机容量 (兆瓦)"
    assert "常见 200 … 8,760 小时" in made.needed[1].help
    assert [f.name for f in made.optional[:2]] == ["curtailment", "own_use"]


def test_a_convention_shows_once_the_choice_it_hangs_on_is_made() -> None:
    declaration = method("CBRC-PWR").declaration
    names = [{c.name for c in form(declaration, "zh", asked=asked).conventions} for asked in ({}, {"co2": "combined_margin"})]
    assert names[1] - names[0] == {"margin"}


@pytest.mark.parametrize(("typed", "read"), [("120000", "120000MWh"), ("１２万", "12万"), ("1.2亿千瓦时", "1.2亿千瓦时"), ("", "")])
def test_a_bare_number_is_in_the_unit_beside_the_field(typed: str, read: str) -> None:
    assert with_unit(typed, form(method("CBRC-PWR").declaration, "zh").fields["supply"]) == read


def test_the_answer_is_that_of_greenfin_measure(reference: Reference) -> None:
    found = answer(Asked("CBRC-PWR", WIND, ON, region="江苏"), reference, "zh")
    single = measure_one("CBRC-PWR", WIND, reference, on=ON, region="江苏")
    expected = single_json(single, "zh", reference)
    assert found.shown is not None
    assert {k: v for k, v in found.shown.items() if k not in ("problems", "claims")} == {
        k: v for k, v in expected.items() if k != "problems"
    }
    assert single.share is not None
    assert single.share.share == Fraction(1, 5)
    assert found.told is not None
    assert found.told.share == "20.0000%"
    assert [r.name for r in found.told.results] == list(single.amounts)


def test_factors_say_how_they_were_found_and_what_was_passed_over(reference: Reference) -> None:
    found = answer(Asked("CBRC-PWR", WIND, ON, region="江苏", factors={"co2_rate": "0.5tCO2/MWh"}), reference, "zh").told
    assert found is not None
    by_name = {f.words: f for f in found.factors}
    assert by_name["电力平均二氧化碳排放因子"].is_own
    coal = by_name["6000千瓦及以上火电厂供电标准煤耗"]
    assert coal.found == "地区年份一致"
    assert all(why for _, _, why in coal.passed)
    assert coal.passed


def test_sensitivity_moves_each_number_and_a_range_gives_an_interval(reference: Reference) -> None:
    moved = answer(Asked("CBRC-PWR", WIND, ON, region="江苏", sensitivity="±10%"), reference, "zh").told
    assert moved is not None
    (co2,) = (t for t in moved.tornados if t.words == "二氧化碳减排量")
    assert {b.words for b in co2.bars} >= {"装机容量", "年等效利用小时", "电力平均二氧化碳排放因子"}
    assert all(b.at_low < b.centre < b.at_high for b in co2.bars if b.words != "厂用电率")
    assert not any(r.interval for r in moved.results)
    ranged = answer(Asked("CBRC-PWR", {**WIND, "hours": "1800..2200h"}, ON, region="江苏", sensitivity="±10%"), reference, "zh").told
    assert ranged is not None
    assert ranged.results[0].interval
    assert {b.words for t in ranged.tornados for b in t.bars} == {"年等效利用小时"}


@pytest.mark.parametrize("typed", ["abc", "100 弗隆", "1..x", "±5"])
def test_what_cannot_be_read_is_said_beside_its_field(typed: str, reference: Reference) -> None:
    found = answer(Asked("CBRC-PWR", {**WIND, "hours": typed}, ON), reference, "zh")
    assert found.beside["hours"]


def test_a_wrong_unit_and_a_missing_input_are_said_beside_their_fields(reference: Reference) -> None:
    found = answer(Asked("CBRC-PWR", {"capacity": "100吨", "hours": "2000h"}, ON), reference, "zh")
    assert "capacity" in found.beside
    assert found.told is None or not found.told.results


def test_an_unknown_place_is_told_and_nothing_is_measured(reference: Reference) -> None:
    found = answer(Asked("CBRC-PWR", WIND, ON, region="乌托邦"), reference, "zh")
    assert found.told is None
    assert any("乌托邦" in words for _, words in found.problems)


def test_a_claim_is_held_against_the_result(reference: Reference) -> None:
    asked = Asked("CBRC-PWR", {"supply": "1.2亿千瓦时"}, ON, claim="年可节约标准煤3.6万吨，减排二氧化碳1万吨")
    found = answer(asked, reference, "zh").told
    assert found is not None
    assert [fits for _, _, fits in found.claims] == ["agrees", "differs"]


def test_a_saved_calculation_opens_again_and_a_run_takes_it(reference: Reference) -> None:
    asked = Asked("CBRC-PWR", WIND, ON, "江苏", "green-finance-2025:4.2.1", {"co2": "national_average"}, {"tce_rate": "300gce/kWh"}, "±5%")
    shown = answer(asked, reference, "zh").shown
    assert shown is not None
    made = saving.saved(asked, shown, project="XM1", basis="design")
    assert made.problems == ()
    assert saving.opened(made.value) == (asked, "XM1")
    assert made.value.count(b"inputs,XM1") == 4


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"a,b\n1,2\n", b"calculation,key\n{},x\n", b'calculation,key\n"{""method"": ""X""}",x\n']
)
def test_any_other_file_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        saving.opened(data)
    assert refused.value.problem.code == "ui.calculator.not_saved_here"


def test_nothing_is_saved_without_a_project(reference: Reference) -> None:
    asked = Asked("CBRC-PWR", WIND, ON)
    shown = answer(asked, reference, "zh").shown
    assert shown is not None
    with pytest.raises(Refused):
        saving.saved(asked, shown, project=" ", basis="design")


def test_the_fact_sheet_is_a_page(reference: Reference) -> None:
    asked = Asked("CBRC-PWR", WIND, ON, region="CN-JS")
    shown = answer(asked, reference, "zh").shown
    assert shown is not None
    data, problems = saving.sheet(shown, reference, asked=asked, lang="zh")
    assert data.startswith(b"%PDF")
    assert problems == ()


def test_provinces_have_names(reference: Reference) -> None:
    found = provinces(reference, "zh")
    assert found["CN-SC"] == "四川"
    assert len(found) >= 31


@pytest.mark.parametrize(("lang", "stated", "said"), [("zh", "90,000 吨二氧化碳", "9万吨"), ("en", "90,000 tCO₂", "90000 t CO2")])
def test_a_claim_is_told_in_the_units_of_the_house(lang: Lang, stated: str, said: str, reference: Reference) -> None:
    """In its line and in what is said of it: thousands apart, no unit as the program spells it."""
    claim = f"年减排二氧化碳{said}" if lang == "zh" else f"saves {said} a year"
    found = answer(Asked("CBRC-PWR", {"supply": "1.2亿千瓦时"}, ON, claim=claim), reference, lang)
    assert found.told is not None
    lines = [" ".join(claim[:2]) for claim in found.told.claims] + [words for _, words in found.problems]
    assert sum(stated in line for line in lines) == 2
    assert not any("tCO2" in line or "90000" in line for line in lines)


def test_the_place_in_a_document_is_said_in_the_language_of_the_page(reference: Reference) -> None:
    documents = {
        lang: [f.document for f in told.factors]
        for lang in LANGUAGES
        if (told := answer(Asked("CBRC-PWR", {"supply": "1.2亿千瓦时"}, ON, region="江苏"), reference, lang).told)
    }
    assert any(text.endswith("表3") for text in documents["zh"])
    assert any(text.endswith("Table 3") for text in documents["en"])
    assert not any("表" in text for text in documents["en"])
