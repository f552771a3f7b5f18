"""Broken data folders: everything wrong is told at once, each with its file and line."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from greenfin.core.problems import BadReference, Problem, Refused, Severity
from greenfin.messages import tell
from greenfin.reference.factors import resolve
from greenfin.reference.load import Reference, check, data_dir, load, snapshot

GRID = "factors/values/grid.csv"
FUELS = "factors/values/fuels.csv"
ENTRIES = "taxonomy/green-finance-2025/entries.csv"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped data, to be broken."""
    snapshot(load(), tmp_path)
    return tmp_path


def _edit(root: Path, file: str, line: int, change: Callable[[str], str]) -> str:
    """Changes one line and returns its address."""
    lines = (root / file).read_text("utf-8").splitlines()
    was = lines[line - 1]
    lines[line - 1] = change(was)
    assert lines[line - 1] != was, f"{file}:{line} did not change: {was}"
    (root / file).write_text("\n".join(lines) + "\n", "utf-8")
    return f"{file}:{line}"


def _line(root: Path, file: str, start: str) -> int:
    """The line that starts with a text."""
    lines = (root / file).read_text("utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.startswith(start))


def _put(column: int, value: str) -> Callable[[str], str]:
    def change(line: str) -> str:
        cells = line.split(",")
        cells[column] = value
        return ",".join(cells)

    return change


def _swap(old: str, new: str) -> Callable[[str], str]:
    return lambda line: line.replace(old, new)


def _wrong(root: Path) -> set[tuple[str, str]]:
    with pytest.raises(BadReference) as caught:
        load(root).whole()
    return {(p.code, p.where) for p in caught.value.problems}


def test_many_faults_are_told_together_with_file_and_line(copy: Path) -> None:
    expected = {
        ("reference.not_a_number", _edit(copy, GRID, 2, _put(4, "o.5568"))),
        ("reference.unit_dimension", _edit(copy, GRID, 3, _put(5, "t/MWh"))),
        ("reference.unit_unknown", _edit(copy, GRID, 4, _put(5, "tCO2/klonk"))),
        ("reference.source_unknown", _edit(copy, GRID, 5, _put(9, "no-such-notice"))),
        ("reference.not_a_date", _edit(copy, GRID, 6, _put(7, "2024/4/12"))),
        ("reference.verified_unclear", _edit(copy, GRID, 7, _put(11, "maybe"))),
        ("reference.region_unknown", _edit(copy, GRID, 8, _put(1, "CN-ZZ"))),
        ("reference.not_a_year", _edit(copy, GRID, 9, _put(6, "21"))),
        ("reference.quantity_unknown", _edit(copy, GRID, 10, _put(0, "grid.average"))),
        ("reference.row_width", _edit(copy, GRID, 11, lambda line: line + ",more")),
        ("reference.interval_backwards", _edit(copy, GRID, 12, _put(8, "2024-04-12"))),
        ("reference.identity_emission_factor", _edit(copy, FUELS, _line(copy, FUELS, "fuel.coke.ef,CN,cn2011"), _put(4, "2.8614"))),
        ("reference.industry_unknown", _edit(copy, ENTRIES, _line(copy, ENTRIES, "1.1.2,"), _swap(",3461,official", ",3460,official"))),
        ("reference.parent_missing", _edit(copy, ENTRIES, _line(copy, ENTRIES, "1.1.3,"), _put(1, "1.99"))),
        ("reference.not_a_choice", _edit(copy, ENTRIES, _line(copy, ENTRIES, "1.1.4,"), _swap(",production,", ",making,"))),
        ("reference.entry_unknown", _edit(copy, "taxonomy/methods.csv", 2, _put(1, "9.9.9"))),
    }
    assert expected <= _wrong(copy)


def test_the_words_of_each_problem_can_be_told(copy: Path) -> None:
    _edit(copy, GRID, 3, _put(5, "t/MWh"))
    _edit(copy, ENTRIES, _line(copy, ENTRIES, "1.1.3,"), _put(1, "1.99"))
    with pytest.raises(BadReference) as caught:
        load(copy).whole()
    for lang in ("zh", "en"):
        texts = [tell(p, lang) for p in caught.value.problems]
        assert all(text and "…" not in text for text in texts)


@pytest.mark.parametrize(
    ("file", "line", "change", "code"),
    [
        (GRID, 1, lambda s: s.replace("locator", "page"), "reference.columns_missing"),
        (GRID, 1, lambda s: s.replace("locator", "page"), "reference.columns_unknown"),
        (GRID, 1, lambda s: s.replace("locator", "region"), "reference.column_twice"),
        (GRID, 2, lambda s: s.replace("grid.avg", '"grid.avg" x'), "reference.csv_broken"),
        ("factors/quantities.csv", 2, _put(1, "kgce/kWh"), "reference.unit_dimension"),
        ("factors/quantities.csv", 2, _put(2, "yearly"), "reference.not_a_choice"),
        ("factors/quantities.csv", 2, _put(0, "Grid Avg"), "reference.not_an_id"),
        ("factors/quantities.csv", 2, _put(5, "mee|moe"), "reference.default_unknown"),
        ("factors/regions.csv", 20, _put(6, "CN-GRID-X"), "reference.parent_missing"),
        ("factors/regions.csv", 20, _put(2, "11"), "reference.key_twice"),
        ("factors/sets/mee-national.yaml", 1, lambda _: "id: other", "reference.id_differs"),
        ("factors/sets/mee-national.yaml", 6, lambda s: s.replace("CN,", "CN-QQ,"), "reference.set_choice_unknown"),
        ("factors/sets/mee-national.yaml", 6, lambda _: "  grid.avg: CN", "reference.set_choice_unclear"),
        ("taxonomy/industry/gbt4754-2017.csv", 3, _put(2, "B"), "reference.parent_missing"),
        ("taxonomy/crosswalks/green-industry-2019--green-finance-2025.csv", 2, _put(0, "9.9"), "reference.entry_unknown"),
        ("taxonomy/crosswalks/green-industry-2019--green-finance-2025.csv", 2, _put(1, ""), "reference.crossing_unclear"),
        ("taxonomy/green-finance-2025/about.yaml", 2, lambda _: "id: green-finance-2026", "reference.id_differs"),
        ("taxonomy/green-finance-2025/about.yaml", 7, lambda _: "in_force_from: soon", "reference.not_a_date"),
        ("taxonomy/green-finance-2025/about.yaml", 9, lambda _: "default: false", "reference.default_edition"),
        ("taxonomy/green-finance-2025/about.yaml", 8, lambda _: "source: nowhere", "reference.source_unknown"),
        ("taxonomy/methods.csv", 2, _put(0, "green-finance-2024"), "reference.edition_unknown"),
        ("taxonomy/methods.csv", 2, _put(2, ""), "reference.value_missing"),
        (
            "taxonomy/green-finance-2025/assets.csv",
            2,
            lambda s: s.replace(re.findall(r"\d\.\d\.\d+", s)[0], "9.9.9"),
            "reference.asset_entry_unknown",
        ),
        (GRID, 2, _put(4, "0_5568"), "reference.not_a_number"),
        (GRID, 2, _put(4, "０.5568"), "reference.not_a_number"),
        (GRID, 2, _put(4, "NaN"), "reference.not_a_number"),
        (GRID, 2, _put(6, "２０２１"), "reference.not_a_year"),
        (GRID, 2, _put(7, "20240412"), "reference.not_a_date"),
        (GRID, 2, _put(7, "2024-02-30"), "reference.not_a_date"),
        (GRID, 2, _put(7, "2024-04-11"), "reference.before_publication"),
        ("factors/sources.yaml", 17, lambda _: '  published_on: "2024-04-31"', "reference.not_a_date"),
        ("taxonomy/green-finance-2025/about.yaml", 10, lambda _: "counts: {1: 9, 2: NO, 3: 271}", "reference.count_differs"),
        ("taxonomy/green-finance-2025/about.yaml", 9, lambda _: "default: NO", "template.field_wrong"),
        ("factors/sources.yaml", 2, lambda s: "mee-2024-12:", "template.yaml_key_twice"),
        ("factors/sources.yaml", 3, lambda s: "  titel_zh: x", "template.field_unknown"),
    ],
)
def test_each_kind_of_fault_is_found(copy: Path, file: str, line: int, change: Callable[[str], str], code: str) -> None:
    _edit(copy, file, line, change)
    assert code in {found for found, _ in _wrong(copy)}


def test_a_rule_must_cite_a_known_document(copy: Path) -> None:
    rules = "taxonomy/green-finance-2025/rules.yaml"
    _edit(copy, rules, _line(copy, rules, "- {id: P-penalty"), _swap("bank practice", "hearsay"))
    assert "reference.source_unknown" in {found for found, _ in _wrong(copy)}


def test_a_broken_quote_costs_its_own_line_only(copy: Path) -> None:
    where = _edit(copy, GRID, 3, _swap("grid.residual", '"grid.residual" x'))
    later = _edit(copy, GRID, 9, _put(4, "none"))
    assert {("reference.csv_broken", where), ("reference.not_a_number", later)} <= _wrong(copy)


def test_a_quote_that_never_closes_is_told_and_reading_ends(copy: Path) -> None:
    _edit(copy, GRID, 9, _put(9, '"mee'))
    assert "reference.csv_broken" in {code for code, _ in _wrong(copy)}


def test_a_line_separator_inside_a_cell_is_no_new_line(copy: Path) -> None:
    _edit(copy, GRID, 2, _put(9, "mee-2024-12,a\u2028b"))
    assert {code for code, _ in _wrong(copy)} == {"reference.row_width"}


def test_a_method_there_is_none_of(copy: Path) -> None:
    where = _edit(copy, "taxonomy/methods.csv", 2, _put(2, "CBRC-XYZ"))
    known = {rule.method for rule in load().method_map}
    found = [p for p in check(copy, methods=known) if p.code == "reference.method_unknown"]
    assert [(p.where, p.params["method"]) for p in found] == [(where, "CBRC-XYZ")]


def test_a_value_file_that_is_gone(copy: Path) -> None:
    (copy / FUELS).unlink()
    assert "reference.quantity_empty" in {code for code, _ in _wrong(copy)}


def test_a_value_that_stands_twice(copy: Path) -> None:
    path = copy / GRID
    text = path.read_text("utf-8")
    path.write_text(text + text.splitlines()[1] + "\n", "utf-8")
    assert ("reference.key_twice", f"{GRID}:{len(text.splitlines()) + 1}") in _wrong(copy)


def test_a_value_ten_times_off_needs_a_note(copy: Path) -> None:
    line = _line(copy, GRID, "grid.avg,CN-JS,,mee,")
    where = _edit(copy, GRID, line, lambda s: s.replace(s.split(",")[4], "0.00583", 1))
    assert ("reference.outlier", where) in _wrong(copy)
    _edit(copy, GRID, line, _put(14, "a small island"))
    assert load(_moved(copy)).factors.factors


def _moved(root: Path) -> Path:
    """The same folder under another name: what was loaded is remembered by path."""
    return root.rename(root.with_name(root.name + "_again"))


def test_a_lost_entry_is_noticed_unless_the_gap_is_declared(copy: Path) -> None:
    lines = (copy / ENTRIES).read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("9.1.1,")]
    assert len(kept) == len(lines) - 1
    (copy / ENTRIES).write_text("\n".join(kept) + "\n", "utf-8")
    about = copy / "taxonomy/green-finance-2025/about.yaml"
    found = _wrong(copy)
    assert "reference.count_differs" in {code for code, _ in found}
    about.write_text(
        about.read_text("utf-8").replace("gaps:\n", "gaps:\n  - {level: 3, missing: 1, zh: 缺一条, en: one is missing}\n"), "utf-8"
    )
    problems = check(_moved(copy))
    assert "reference.count_differs" not in {p.code for p in problems}
    declared = [p for p in problems if p.code == "reference.gap_declared" and p.params["edition"] == "green-finance-2025"]
    assert [p.params["missing"] for p in declared] == [1]


def test_a_standard_coal_coefficient_must_fit_its_calorific_value(copy: Path) -> None:
    file = "factors/values/tce.csv"
    where = _edit(copy, file, _line(copy, file, "tce.raw_coal,"), _put(4, "0.7243"))
    assert ("reference.identity_coefficient", where) in _wrong(copy)


def _revised(root: Path, first_until: str, second_from: str) -> str:
    """The first value of the grid file, replaced by another one from some day on; returns the address of the second."""
    path = root / GRID
    head, first, *rest = path.read_text("utf-8").splitlines()
    cells = next(csv.reader([first]))
    one, two = [*cells[:7], "2025-01-01", first_until, *cells[9:14], ""], [*cells[:7], second_from, "", *cells[9:14], ""]
    path.write_text("\n".join([head, ",".join(one), *rest, ",".join(two)]) + "\n", "utf-8")
    return f"{GRID}:{len(rest) + 3}"


def test_two_values_that_apply_at_once(copy: Path) -> None:
    assert ("reference.interval_overlap", _revised(copy, "2025-07-01", "2025-06-30")) in _wrong(copy)


def test_a_value_may_follow_another(copy: Path) -> None:
    _revised(copy, "2025-07-01", "2025-07-01")
    reference = load(copy)
    found = [resolve(reference.factors, "grid.avg", regions=("CN",), on=date(2025, month, 30), data_year=2021) for month in (6, 7)]
    assert [f.factor.applies_from.month for f in found if f.factor and f.factor.applies_from] == [1, 7]


def test_a_missing_file_and_one_that_is_not_utf8(copy: Path) -> None:
    (copy / "taxonomy/methods.csv").unlink()
    (copy / "factors/regions.csv").write_bytes("code\n四川".encode("gb18030"))
    found = _wrong(copy)
    assert {("reference.file_missing", "taxonomy/methods.csv"), ("reference.not_utf8", "factors/regions.csv")} <= found


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        data_dir(tmp_path / "nowhere")
    assert caught.value.problem.code == "reference.folder_missing"


def test_the_environment_names_the_folder(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENFIN_DATA", str(copy))
    assert data_dir() == copy
    assert load().root == copy.resolve()


# the fingerprint is of content


def test_a_snapshot_reads_back_with_the_same_fingerprint(copy: Path) -> None:
    again = load(copy)
    assert again.fingerprint == load().fingerprint
    assert again.factors.factors == load().factors.factors
    assert again.catalogues == load().catalogues


def test_layout_does_not_change_the_fingerprint(copy: Path) -> None:
    grid = copy / GRID
    grid.write_bytes(b"\xef\xbb\xbf" + grid.read_bytes().replace(b"\n", b"\r\n"))
    sources = copy / "factors/sources.yaml"
    sources.write_text("# a remark\n" + sources.read_text("utf-8"), "utf-8")
    assert load(copy).fingerprint == load().fingerprint


def test_a_digit_does(copy: Path) -> None:
    _edit(copy, GRID, 2, _put(4, "0.5569"))
    assert load(copy).fingerprint != load().fingerprint


# remarks


def _said(problems: tuple[Problem, ...], code: str) -> list[Problem]:
    return [p for p in problems if p.code == code]


def test_unverified_values_and_what_they_blank_are_listed() -> None:
    problems = check(uses={"proj.ww.limit.cod": ("CBRC-WWTP",)})
    unverified = _said(problems, "reference.factor_unverified")
    reference: Reference = load()
    assert len(unverified) == sum(not f.is_verified for f in reference.factors.factors) > 0
    assert {p.severity for p in unverified} == {Severity.INFO}
    blank = {p.params["id"]: p.params["methods"] for p in _said(problems, "reference.strict_blanks")}
    assert blank["proj.ww.limit.cod"] == "CBRC-WWTP"
    undated = {p.params["source"] for p in _said(problems, "reference.publication_unknown")}
    assert "grid-baseline-2018" in undated
    assert not undated & {"mee-2024-12", "mee-2025-47", "grid-baseline-2019", "mee-power-footprint-2023"}
    assert "grid.avg" not in blank


def test_keys_that_stand_twice_and_codes_read_as_numbers_in_rules_and_words(copy: Path) -> None:
    rules = copy / "taxonomy/green-finance-2025/rules.yaml"
    rules.write_text(rules.read_text("utf-8") + "- {id: X1, verdict: green, verdict: review, entry: 9.10, any: [a]}\n", "utf-8")
    words = copy / "taxonomy/words/groups.yaml"
    first = next(line for line in words.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    words.write_text(words.read_text("utf-8") + first + "\n", "utf-8")
    codes = {code for code, _ in _wrong(copy)}
    assert {"template.yaml_key_twice", "reference.rule_field"} <= codes
    places = [place for code, place in _wrong(copy) if code == "template.yaml_key_twice"]
    assert any("rules.yaml:" in place for place in places)
    assert any("groups.yaml:" in place for place in places)
