"""Templates and policies: read strictly, everything wrong told at once with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from greenfin.reference.load import data_dir
from greenfin.reference.policies import read_policies
from greenfin.reference.questions import read_questions
from greenfin.reference.shells import read_named, read_shells, read_standards, wrong_references, wrong_shells
from greenfin.reference.templates import read_templates


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(data_dir() / "disclosure_templates", tmp_path / "disclosure_templates")
    return tmp_path


def change(data: Path, name: str, old: str, new: str) -> None:
    path = data / "disclosure_templates" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def codes(data: Path) -> list[tuple[str, str]]:
    found = [*read_templates(data)[1], *read_policies(data)[1]]
    return [(p.code, p.where) for p in found]


def test_the_shipped_ones_are_whole() -> None:
    root = data_dir()
    templates, problems = read_templates(root)
    assert problems == ()
    assert set(templates) >= {"T01", "T02", "T03", "T16", "T17", "T20", "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T28"}
    policies, problems = read_policies(root)
    assert problems == ()
    assert policies["strict"].needs_approval
    assert not policies["strict"].allows("unverified")
    assert not policies["strict"].watermark_zh
    assert policies["working"].allows("user")
    assert policies["working"].watermark_zh
    shells, problems = read_shells(root)
    assert problems == ()
    assert set(shells) == {"jiangsu-2024", "jrt0227-2021", "shenzhen-2022"}
    assert {t for s in shells.values() for c in s.chapters for t in c.tables} == set(read_named(root)[0]) >= set(templates)
    assert len(read_named(root)[0]) == 37


def test_promised_addresses_exist() -> None:
    templates, _ = read_templates(data_dir())
    rows = {r.id for r in templates["T02"].rows}
    assert rows >= {"all_loans", "green_balance", "green_share", "green_increase", "green_growth", "green_customers", "green_loans",
                    "green_rate", "green_npl_balance", "green_npl_ratio"}  # fmt: skip
    assert {"co2_reduction", "energy_saved", "water_saved", "ghg_total"} <= {r.id for r in templates["T01"].rows}
    assert templates["T01"].column("current") is not None


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("environmental-report/T02.yaml", "id: T02", "id: T02\nid: T02", "template.yaml_key_twice"),
        ("environmental-report/T02.yaml", "by: rows", "by: rows\ncolour: red", "template.field_unknown"),
        ("environmental-report/T02.yaml", "unit: 户", "unit: 斗", "template.unit_unknown"),
        ("environmental-report/T02.yaml", "id: green_loans", "id: green_balance", "template.id_twice"),
        ("environmental-report/T02.yaml", "[green_balance, all_loans]", "[green_balance, all_loan]", "template.cell_unknown"),
        ("environmental-report/T02.yaml", "[green_balance, all_loans]", "[green_balance]", "template.field_wrong"),
        ("environmental-report/T02.yaml", "sum: book_balance", "sum: book_balance\n    ref: T01!green_balance", "template.two_makers"),
        ("environmental-report/T02.yaml", "sum: green_balance,", "diff: [green_share, green_share],", "template.circle"),
        ("environmental-report/T01.yaml", "unit: 亿元, ref: T02!green_balance", "unit: 万元, ref: T02!green_balance", "template.ref_unit"),
        ("environmental-report/T20.yaml", "bridge: water_mass", "bridge: wine_mass", "template.field_wrong"),
        ("environmental-report/T03.yaml", "id: T03", "id: T04", "template.id_differs"),
        ("environmental-report/T03.yaml", "by: columns", "by: columns: [", "template.yaml_unreadable"),
        ("policies/strict.yaml", "needs_approval: true", "needs_approval: perhaps", "template.field_wrong"),
        ("policies/strict.yaml", "[exact,", "[guessed,", "template.field_wrong"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(data: Path, name: str, old: str, new: str, code: str) -> None:
    change(data, name, old, new)
    found = [where for c, where in codes(data) if c == code]
    assert found
    assert all(where.split(":")[0].endswith(".yaml") for where in found)
    assert all(where.split(":")[1].isdigit() for where in found)


def test_all_is_told_at_once(data: Path) -> None:
    change(data, "environmental-report/T02.yaml", "unit: 户", "unit: 斗")
    change(data, "environmental-report/T20.yaml", "unit: 人", "unit: 鬼")
    change(data, "policies/working.yaml", "allow_unverified: true", "allow_unverified: 1")
    assert {where.split(":")[0] for _, where in codes(data)} >= {"T02.yaml", "T20.yaml", "working.yaml"}


def test_nothing_at_all_is_told(tmp_path: Path) -> None:
    assert [c for c, _ in codes(tmp_path)] == ["template.nothing_there", "template.nothing_there"]


@pytest.mark.parametrize(
    ("old", "new", "code", "name"),
    [
        ("holds: [Q01]", "holds: [Q01, T99]", "template.held_unknown", "T99"),
        ("holds: [Q02]", "holds: [Q02, Q02.staff]", "template.held_twice", "Q02.staff"),
        ("holds: [Q02]", "holds: [Q02, T23]", "template.held_twice", "T23"),
        ("holds: [T24]", "holds: []", "template.held_not", "T24"),
        ("holds: [Q09, T30]", "holds: [T30]", "template.held_not", "Q09.approach"),
    ],
)
def test_a_shell_holds_each_table_and_each_question_once(data: Path, old: str, new: str, code: str, name: str) -> None:
    change(data, "shells/jiangsu-2024.yaml", old, new)
    shells, problems = read_shells(data)
    fields = {item.id: tuple(f.id for f in item.fields) for item in read_questions(data)[0].values()}
    found = list(wrong_shells({"jiangsu-2024": shells["jiangsu-2024"]}, read_named(data)[0], fields))
    assert problems == ()
    assert [p.code for p in found] == [code]
    assert name in str(found[0].params["name"])
    assert found[0].where.startswith("jiangsu-2024.yaml:")


def test_a_reference_names_a_standard_of_the_index(data: Path) -> None:
    change(data, "environmental-report/T02.yaml", "tcfd:", "tfcd:")
    template = read_templates(data)[0]["T02"]
    found = list(wrong_references({("T02", template.where): template.references}, read_standards(data)[0]))
    assert [(p.code, p.params["found"]) for p in found] == [("template.standard_unknown", "tfcd")]
