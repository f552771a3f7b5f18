"""The regulator's scenes: each answered or declared, and each answered one gives a result from its elements through the whole-book path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from greenfin.cli.scenes import scenes_json
from greenfin.core.columns import table_of
from greenfin.core.problems import Severity
from greenfin.core.units import parse_unit
from greenfin.data_checks import takes, unfit
from greenfin.ingest.elements import elements
from greenfin.measure import measure
from greenfin.methods.declare import declarations
from greenfin.reference.load import load
from greenfin.reference.scenes import Scene, SceneElement, of_scenes, scene_of
from tests.measured_book import DAY, book_of, given, loan, project, tag

REFERENCE = load()
SCENES = REFERENCE.scenes
COMPUTABLE = [code for code, scene in SCENES.items() if scene.is_computable]

# a plausible value of each input, in the unit that the element states
VALUES = {
    "electricity_per_product_before": 500, "electricity_per_product_after": 400, "gas_per_product_before": 50, "gas_per_product_after": 40,
    "coal_per_product_before": 150, "coal_per_product_after": 140, "energy_before": 120, "energy_after": 100, "output": 100000,
    "output_before": 90000, "supply": 5e7, "heat": 1e5, "cofired": 100, "cofired_coefficient": 0.7143, "fuel": 10000, "calorific": 2000,
    "liquid_fuel": 1000, "biogas": 1e6, "generation": 2e6, "own_electricity": 4e5, "steam": 1000, "own_steam": 500, "remade_output": 1e4,
    "material_per_output": 2, "material_energy": 600, "solid_fuel": 1e4, "solid_calorific": 16, "solid_electricity": 80,
    "recycled_product": 1e4, "flue_gas_flow": 1e6, "so2_in": 1000, "so2_out": 30, "hours": 7000, "nox_in": 400, "nox_out": 50,
    "so2_before": 500, "so2_after": 50, "nox_before": 300, "nox_after": 60, "fuel_burned": 1e4, "sulphur": 1, "so2_factor": 16,
    "so2_removal": 90, "nox_factor": 2.94, "nox_removal": 60, "nox_factor_before": 4, "nox_factor_after": 2.5, "removal_after": 95,
    "removal_before": 60, "sewage": 3.65e6, "cod_in": 300, "cod_out": 40, "nh3n_in": 30, "nh3n_out": 3, "tn_in": 45, "tn_out": 12,
    "tp_in": 5, "tp_out": 0.4, "wastewater_before": 1e6, "wastewater_after": 8e5, "cod_before": 200, "cod_after": 100,
    "nh3n_before": 20, "nh3n_after": 10, "tn_before": 40, "tn_after": 20, "tp_before": 4, "tp_after": 2, "water_before": 5000,
    "water_after": 3000, "coal_before": 10000, "gas": 5e6, "biogas_coefficient": 0.714, "methane": 1e6, "supply_coal_rate": 0.27,
    "heat_coal_rate": 39, "forest_area": 500, "increment": 5, "electricity_before": 1e6, "saving_rate": 20,
    "electricity_use_after": 8e5, "gas_before": 1e5, "gas_after": 8e4, "gas_coefficient": 1.2143, "energy_intensity_before": 25,
    "energy_intensity_after": 18, "area": 20000, "fuel_before": 40, "fuel_after": 32, "vehicles": 100, "mileage": 50000,
    "electricity_after": 100, "electricity_per_work_before": 180, "electricity_per_work_after": 160, "work": 1e5, "water_supplied": 1e7,
    "leakage_before": 15, "leakage_after": 10, "irrigated_area": 1e6, "irrigation_before": 0.6,
}  # fmt: skip


def test_every_scene_of_the_form_is_answered_or_declared() -> None:
    assert len(SCENES) == 52
    assert len({element.code for scene in SCENES.values() for element in scene.elements}) == 162
    assert all(bool(scene.method) != bool(scene.reason_zh and scene.reason_en) for scene in SCENES.values())
    assert len(COMPUTABLE) >= 43
    assert list(unfit(REFERENCE)) == []


def test_methods_name_the_scenes_that_name_them() -> None:
    said = {(scene, name) for name, declared in declarations().items() for scene in declared.scenes}
    assert said <= {(code, scene.method) for code, scene in SCENES.items()}


@pytest.mark.parametrize("code", COMPUTABLE)
def test_elements_of_a_scene_give_its_result(code: str) -> None:
    scene, known = SCENES[code], elements()
    inputs = []
    for element in (known[e.code] for e in scene.elements if e.given_as == "input"):
        unit = parse_unit(element.unit.partition("（")[0])
        inputs.append(given("P1", element.input, float(VALUES[element.input]), unit, basis="actual", cell=f"b!{element.code}"))
    about = {**project("P1", region="370000"), "scene": code}
    book = book_of(loans=[loan("L1", "P1")], projects=[about], inputs=inputs)
    asked = {"material": "steel"} if any(e.given_as == "convention:material" for e in scene.elements) else {}
    found = measure(book, table_of("tags", [tag("L1", "4.2.1")]), REFERENCE, on=DAY, conventions=asked)
    assert set(found.value["method"].to_pylist()) == {scene.method}
    amounts = found.value["amount"].to_pylist()
    assert max(amounts) > 0
    assert min(amounts) >= 0
    assert not [p.code for p in found.problems if p.severity == Severity.ERROR]


def measured_by(scene: str | None) -> tuple[set[str], list[str]]:
    about = {**project("P1", region="370000"), "scene": scene}
    book = book_of(loans=[loan("L1", "P1")], projects=[about], inputs=[given("P1", "supply", 10**6, "MWh")])
    found = measure(book, table_of("tags", [tag("L1", "4.2.1")]), REFERENCE, on=DAY)
    return set(found.value["method"].to_pylist()), [p.code for p in found.problems]


def test_a_scene_that_is_not_of_the_form_or_cannot_be_computed_leaves_the_method_of_the_entry() -> None:
    assert measured_by(None) == ({"CBRC-PWR"}, [])
    assert measured_by("200399999999") == ({"CBRC-PWR"}, ["measure.scene_unknown"])
    assert measured_by("200302020002") == ({"CBRC-PWR"}, ["measure.scene_not_computable"])
    assert measured_by("余热余压利用")[0] == {"CBRC-WHR"}


def test_scenes_by_code_and_name() -> None:
    assert scene_of(SCENES, " 200302010001 ") is SCENES["200302010001"]
    both = scene_of(SCENES, "污水处理设施建设项目")
    assert both is not None
    assert both.method == "CBRC-WWTP"
    assert scene_of(SCENES, "nothing of the form") is None


def test_what_is_wrong_with_scenes_is_told() -> None:
    entries = {"3.2.1": "CBIRCGC20B03020100"}
    good = SCENES["200302010001"]
    assert list(of_scenes({"s": good}, entries)) == []
    element = SceneElement("E2001035", "unused", "", "")
    wrong = [replace(good, method=""), replace(good, entry="9.9"), replace(good, elements=(element,))]
    codes = [[p.code for p in of_scenes({"s": scene}, entries)] for scene in wrong]
    assert codes == [["reference.scene_unanswered"], ["reference.scene_entry_unknown"], ["reference.scene_element_unanswered"]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": "NONE"}, "reference.scene_method_unknown"),
        ({"elements": (SceneElement("E2001024", "input", "", ""),)}, "reference.scene_input_unknown"),
        ({"method": "CDM-ACM0009", "elements": (SceneElement("E2001030", "input", "", ""),)}, "reference.scene_input_unknown"),
    ],
)
def test_scenes_that_do_not_fit_their_method_are_told(changes: dict[str, object], code: str) -> None:
    scene: Scene = replace(SCENES["200302010001"], **changes)  # type: ignore[arg-type]
    told = list(unfit(replace(REFERENCE, given={"scenes": {scene.code: scene}})))
    assert [p.code for p in told] == [code]


def test_a_unit_that_the_input_cannot_take() -> None:
    supply = declarations()["CBRC-PWR"].input("supply")
    assert takes(supply, "千瓦时")
    assert not takes(supply, "吨")
    assert not takes(supply, "no unit")


def test_scenes_as_they_are_shown() -> None:
    shown = scenes_json(REFERENCE, "NFRA-COGEN")
    assert [scene["scene"] for scene in shown] == ["200303020001"]
    told = shown[0]["elements"]
    assert isinstance(told, list)
    assert [each["input"] for each in told] == ["supply", "supply_coal_rate", "heat", "heat_coal_rate"]


def test_a_broken_table_of_scenes(tmp_path: Path) -> None:
    from greenfin.reference.files import Folder
    from greenfin.reference.scenes import ELEMENTS, read_scenes
    from greenfin.reference.scenes import SCENES as FILE

    for name in (FILE, ELEMENTS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((REFERENCE.root / name).read_text("utf-8"), "utf-8")
    lines = (tmp_path / FILE).read_text("utf-8").splitlines()
    (tmp_path / FILE).write_text("\n".join([*lines[:2], lines[1], *lines[3:]]) + "\n", "utf-8")
    folder = Folder(tmp_path)
    read_scenes(folder)
    assert [p.code for p in folder.problems] == ["reference.key_twice", "reference.scene_unknown"]
