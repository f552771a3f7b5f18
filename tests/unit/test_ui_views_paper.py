"""A calculation kept with a project, read only: as it was saved, beside what comes out today, and into the form again."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest

from greenfin.core.problems import Refused
from greenfin.messages import LANGUAGES, Lang
from greenfin.methods.declare import declarations
from greenfin.reference.load import Reference, load
from greenfin.store.calculations import FORM, Calculation, Kept
from greenfin.ui.views import calculator_saved as saving
from greenfin.ui.views.calculator import Asked, answer
from greenfin.ui.views.calculator_paper import DIFFERS, SAME, UNSAVED, Paper, paper

ON = date(2025, 12, 31)
WIND = {"supply": "1.2亿千瓦时", "balance": "1亿元", "total_invest": "5亿元"}
ASKED = Asked(
    "CBRC-PWR", WIND, ON, "CN-JS", "green-finance-2025:4.2.1", {"co2": "national_average"}, {"tce_rate": "300gce/kWh"}, "±5%", "x"
)
OF = Calculation("XM1", "a" * 64, "XM1-CBRC-PWR.csv", "wang", "2026-01-05T12:00:59.000001+00:00")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def _saved(reference: Reference, asked: Asked = ASKED) -> bytes:
    shown = answer(asked, reference, "zh").shown
    assert shown is not None
    return saving.saved(asked, shown, project="XM1", basis="design").value


def _paper(data: bytes, reference: Reference, lang: Lang = "zh") -> Paper:
    return paper(Kept(data, is_covered=False), OF, reference, lang)


def _altered(data: bytes, **form: object) -> bytes:
    """The file with its form altered."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    rows[0][FORM] = json.dumps({**json.loads(rows[0][FORM]), **form})
    made = io.StringIO()
    writer = csv.DictWriter(made, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue().encode()


def test_a_paper_says_what_was_typed_what_came_out_and_who_kept_it_when(reference: Reference) -> None:
    found = _paper(_saved(reference), reference)
    about = dict(found.about)
    assert "4.2.1" in found.title
    assert (about["项目编号"], about["存入人"], about["存入时间（UTC）"], about["测算年度"]) == ("XM1", "wang", "2026-01-05 12:00", "2025")
    assert about["项目所在地"] == "江苏"
    assert found.inputs[0] == ("年供电量（上网电量）", "1.2亿千瓦时")
    assert dict(found.inputs)["6000千瓦及以上火电厂供电标准煤耗 (自有因子)"] == "300gce/kWh"
    assert found.share == "20.0000%"
    assert [one.whole == one.today for one in found.results] == [True] * len(found.results)
    assert any("吨二氧化碳" in one.whole and one.part for one in found.results)
    assert any(factor.is_own for factor in found.factors)
    assert all(factor.document for factor in found.factors if not factor.is_own)
    assert (found.compared, found.asked) == (SAME, ASKED)


def test_a_result_that_comes_out_otherwise_today_stands_beside_that_of_then(reference: Reference) -> None:
    data = _saved(reference)
    then = json.loads(saving.form_of(data)[0][FORM])["result"]
    name = next(iter(then["outputs"]))
    then["outputs"][name]["value"] = 1.5
    found = _paper(_altered(data, result=then), reference)
    assert found.compared == DIFFERS
    assert found.results[0].whole.startswith("1.5 ")
    assert found.results[0].today not in ("", found.results[0].whole)


def test_a_paper_of_before_results_were_saved_is_calculated_today(reference: Reference) -> None:
    found = _paper(_altered(_saved(reference), result=None), reference)
    assert found.compared == UNSAVED
    assert found.results
    assert found.factors


@pytest.mark.parametrize("result", [{"outputs": 1}, {"outputs": {"a": {}}, "attribution": None, "factors": []}, "x", [1], {"x": 1}])
def test_a_result_that_is_none_is_refused(result: object, reference: Reference) -> None:
    with pytest.raises(Refused) as refused:
        _paper(_altered(_saved(reference), result=result), reference)
    assert refused.value.problem.code == "ui.calculator.not_saved_here"


@pytest.mark.parametrize(
    "form", [{"entry": "none:1"}, {"entry": "x"}, {"region": "nowhere"}, {"conventions": {"a": "b"}}, {"factors": {"a": "1"}}]
)
def test_what_a_paper_names_and_nobody_knows_any_more_is_told_as_it_stands(form: dict[str, object], reference: Reference) -> None:
    found = _paper(_altered(_saved(reference), **form), reference)
    assert found.results
    assert found.title


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("method", sorted(declarations()))
def test_a_paper_of_any_method_can_be_read(method: str, lang: Lang, reference: Reference) -> None:
    asked = Asked(method, {}, ON)
    data = f'key,basis,{FORM}\nXM1,,"{_form(asked)}"\n'.encode()
    assert _paper(data, reference, lang).compared == UNSAVED


def _form(asked: Asked) -> str:
    found = {"method": asked.method, "given": {}, "on": "2025-12-31", "region": "", "entry": "", "conventions": {}, "factors": {}}
    return json.dumps({**found, "sensitivity": "", "claim": ""}).replace('"', '""')
