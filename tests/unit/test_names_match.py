"""Borrowers found in a list of companies: by name, code, parts and likeness."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from greenfin import names
from greenfin.core.columns import table_of
from greenfin.core.credit_codes import SIGNS, is_uscc, valid_codes
from greenfin.core.records import Book
from greenfin.names.apart import sound_alike
from greenfin.names.parts import parts_of
from greenfin.names.words import fold, provinces
from greenfin.reference.load import load

DAY = date(2025, 12, 31)
PAIRS = list(csv.DictReader((Path(__file__).parents[1] / "data" / "names.csv").read_text("utf-8").splitlines()))
Row = tuple[str, str | None]


def coded(stem: str) -> str:
    """A stem of seventeen signs with its check sign."""
    return next(stem + sign for sign in SIGNS if is_uscc(stem + sign))


def borrowers(rows: Sequence[Row]) -> Book:
    """Loans of borrowers with their codes."""
    sheet = {"source_sheet": ["loans.xlsx!1"] * len(rows), "source_row": list(range(2, len(rows) + 2))}
    ids = [str(i) for i in range(len(rows))]
    columns = {"loan_id": ids, "customer_name": [n for n, _ in rows], "customer_uscc": [c for _, c in rows]}
    return Book(as_of=DAY, loans=table_of("loans", {**columns, **sheet}), layout={"loans.xlsx!1": {"customer_name": "B"}})


def companies(rows: Sequence[Row]) -> Book:
    """A list of companies with their codes."""
    sheet = {"source_sheet": ["list.xlsx!1"] * len(rows), "source_row": list(range(2, len(rows) + 2))}
    ids = [str(i) for i in range(len(rows))]
    columns = {"customer_no": ids, "customer_name": [n for n, _ in rows], "customer_uscc": [c for _, c in rows]}
    return Book(as_of=DAY, customers=table_of("customers", {**columns, **sheet}), layout={"list.xlsx!1": {"customer_name": "A"}})


def matched(ours: Sequence[Row], theirs: Sequence[Row]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = names.match(borrowers(ours), companies(theirs)).value.to_pylist()
    return rows


def verdicts() -> dict[int, dict[str, str]]:
    """Per labelled borrower what was made of each company it was matched with."""
    listed = list(dict.fromkeys(row["company"] for row in PAIRS))
    found: dict[int, dict[str, str]] = {}
    for row in matched([(pair["borrower"], None) for pair in PAIRS], [(name, None) for name in listed]):
        if row["customer_no"] is not None:
            verdict = "accepted" if row["accepted"] else "proposed"
            found.setdefault(int(str(row["loan_id"])), {})[listed[int(str(row["customer_no"]))]] = verdict
    return found


FOUND = verdicts()


@pytest.mark.parametrize("at", range(len(PAIRS)), ids=[f"{p['kind']}-{i}" for i, p in enumerate(PAIRS)])
def test_labelled_pairs(at: int) -> None:
    assert FOUND.get(at, {}).get(PAIRS[at]["company"], "apart") == PAIRS[at]["verdict"]


def test_there_are_enough_labelled_pairs_of_every_kind() -> None:
    assert len(PAIRS) >= 120
    assert {row["verdict"] for row in PAIRS} == {"accepted", "proposed", "apart"}
    assert all(FOUND[at].get(row["company"]) == "accepted" for at, row in enumerate(PAIRS) if row["kind"] == "exact")


def test_a_code_finds_a_company_under_another_name() -> None:
    code = coded("91510100MA6000000")
    (row,) = matched([("旧名实业有限公司", code)], [("新名科技有限公司", code)])
    assert (row["way"], row["accepted"], row["difference"]) == ("code", True, "name")


def test_an_organisation_code_finds_the_credit_code_around_it() -> None:
    code = coded("91510100MA6000000")
    (row,) = matched([("旧名实业有限公司", code[8:17])], [("新名科技有限公司", code)])
    assert (row["way"], row["accepted"]) == ("code", True)


def test_equal_names_with_other_codes_are_told_and_not_merged() -> None:
    ours, theirs = coded("91510100MA6000000"), coded("91310000MA1000000")
    outcome = names.match(borrowers([("澄川环保有限公司", ours)]), companies([("澄川环保有限公司", theirs)]))
    (row,) = outcome.value.to_pylist()
    assert (row["way"], row["accepted"], row["difference"]) == ("code_differs", False, "code")
    (problem,) = [p for p in outcome.problems if p.code == "names.code_differs"]
    assert (problem.where, problem.params["other"]) == ("loans.xlsx!1!B2", "list.xlsx!1!A2")


def test_a_code_against_a_name_is_nobodys() -> None:
    ours, theirs = coded("91510100MA6000000"), coded("91310000MA1000000")
    rows = matched([("澄川环保有限公司", ours)], [("澄川环保有限公司", theirs), ("别家水务有限公司", ours)])
    assert {(row["customer_no"], row["way"], row["accepted"]) for row in rows} == {("0", "code_differs", False), ("1", "code", False)}


def test_a_code_with_a_wrong_check_sign_says_nothing() -> None:
    code = coded("91510100MA6000000")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert [row["way"] for row in matched([("甲山有色有限公司", wrong)], [("乙水纺织有限公司", wrong)])] == ["none"]
    (row,) = matched([("澄川环保有限公司", wrong)], [("澄川环保有限公司", code)])
    assert (row["way"], row["accepted"]) == ("exact", True)


def test_similar_names_with_other_codes_are_not_even_offered() -> None:
    ours, theirs = coded("91510100MA6000000"), coded("91310000MA1000000")
    assert matched([("北京澄川环保科技有限公司", ours)], [("北京澄山环保科技有限公司", theirs)])[0]["way"] == "none"


def test_two_companies_of_one_name_are_nobodys_unless_the_code_says_which() -> None:
    one, two = coded("91510100MA6000000"), coded("91310000MA1000000")
    listed = [("澄川环保有限公司", one), ("澄川环保有限公司", two)]
    outcome = names.match(borrowers([("澄川环保有限公司", None)]), companies(listed))
    assert [(r["accepted"], r["difference"]) for r in outcome.value.to_pylist()] == [(False, "twice")] * 2
    assert sum(p.code == "names.company_twice" for p in outcome.problems) == 2
    (row,) = matched([("澄川环保有限公司", two)], listed)
    assert (row["customer_no"], row["accepted"]) == ("1", True)


@pytest.mark.parametrize("name", ["张三", "欧阳明华", "买买提·艾力", "*某某", "李四"])
def test_persons_are_left_alone(name: str) -> None:
    (row,) = matched([(name, None)], [(name, None)])
    assert (row["way"], row["customer_no"]) == ("person", None)


def test_names_are_in_no_problem() -> None:
    outcome = names.match(borrowers([(p["borrower"], None) for p in PAIRS] + [("张三", None)]), companies([(PAIRS[0]["company"], None)]))
    told = " ".join(f"{p.where} {p.params}" for p in outcome.problems)
    assert outcome.problems
    assert not [p for p in PAIRS if p["borrower"] in told]


def test_nothing_to_match() -> None:
    assert names.match(borrowers([]), companies([])).value.num_rows == 0
    assert [row["way"] for row in matched([("", None), (None, None)], [("", None)])] == ["none", "none"]  # type: ignore[list-item]  # a name that is missing


def test_codes_with_the_check_sign_nought() -> None:
    stems = [f"91510100MA6{n:06d}" for n in range(400)]
    ended = [coded(stem) for stem in stems if is_uscc(stem + "0")]
    assert len(ended) > 5
    assert valid_codes([*ended, None, "", "9" * 18, ended[0][:-1] + "1"]).tolist() == [True] * len(ended) + [False] * 4


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("91350100M000100Y43", True),  # the standard's own example
        ("91350100M000100Y44", False),
        ("000000000000000000", False),
        ("91350100M000100Y4", False),
        ("91350100m000100y43", False),
        ("9I350100M000100Y43", False),
        ("９１３５０１００Ｍ０００１００Ｙ４３", False),
    ],
)
def test_check_signs(text: str, valid: bool) -> None:
    assert is_uscc(text) is valid


@pytest.mark.parametrize(
    ("one", "other", "alike"), [("石油", "时由", True), ("石油", "石油", False), ("银行", "银航", True), ("华能", "华龙", False)]
)
def test_what_sounds_alike(one: str, other: str, alike: bool) -> None:
    assert sound_alike([one], [other]).tolist() == [alike]


@pytest.mark.parametrize(
    ("name", "part", "value"),
    [
        ("北京市政建设集团有限公司", "core", "市政建设"),
        ("四川省成都市双流区青禾环保有限公司", "district", "双流区"),
        ("四川省小区物业有限公司", "district", ""),
        ("凉山彝族自治州风电开发有限公司", "city", "凉山"),
        ("北京有限公司", "core", "北京"),
        ("上海某某银行股份有限公司成都分行", "unit", "成都分行"),
        ("青禾（集团）有限公司", "group", "group"),
        ("青禾投资合伙企业（有限合伙）", "form", "partnership"),
        ("Green & Blue Group Holdings, Inc.", "core", "green and blue"),
        ("", "core", ""),
    ],
)
def test_parts(name: str, part: str, value: str) -> None:
    assert getattr(parts_of([name]), part).to_pylist() == [value]


def test_provinces_are_those_of_the_regions() -> None:
    known = {region.name_zh: region.prefix for region in load().regions.by_code.values() if region.kind == "province"}
    assert provinces() == {**known, **{name: digits for name, digits in provinces().items() if name not in known}}
    assert set(known) <= set(provinces())


def test_missing_names_have_no_parts() -> None:
    assert parts_of(pa.array([None, "青禾环保有限公司"], pa.string())).core.to_pylist() == ["", "青禾环保"]
    assert parts_of([]).core.to_pylist() == []
    assert fold("（華電）") == "(华电)"
