"""Calculations kept with projects: who sees and opens which, and what of them without the right to read names. Both databases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.store.calculations import KIND, calculations, read_calculation
from greenfin.store.evidence import Link, add_evidence
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from tests.reviewed import AUDITOR, BRANCH_MAKER, CHECKER, ESG, MAKER, OFFICER, entered

FAR = Actor("far", "loan_officer", ("9999",))
ADMIN = Actor("root", "admin")
COMPANY = "甲乙丙风电有限公司"
FORM = {
    "method": "SBTI-TEMP",
    "given": {"company": f"{COMPANY}；丁", "investment": "1;2"},
    "claim": f"{COMPANY}年减排1万吨",
    "region": f"{COMPANY}厂区",
    "result": {"outputs": {"x": {"value": [1, 2], "labels": [COMPANY, "丁"]}}},
}


def _file(folder: Path, form: object, name: str = "sum.csv") -> Path:
    place = folder / name
    told = json.dumps(form, ensure_ascii=False).replace('"', '""')
    place.write_text(f'key,basis,year,value,calculation\nP-1,design,2025,{COMPANY},"{told}"\n', "utf-8")
    return place


def _kept(store: Store, place: Path, project: str = "P-1", kind: str = KIND) -> str:
    return add_evidence(store, MAKER, place, kind=kind, links=[Link(project=project)])


def _projects(store: Store) -> None:
    """P-1 of branch A, P-2 of branch B."""
    entered(store, ["L1", "L2"])
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE tags SET project = CASE receipt WHEN 'L1' THEN 'P-1' ELSE 'P-2' END"))


def _refused(action: Any, *args: Any) -> str:
    with pytest.raises(Refused) as refused:
        action(*args)
    return refused.value.problem.code


def test_calculations_are_listed_the_newest_first_to_whoever_may_see_their_projects(store: Store, tmp_path: Path) -> None:
    _projects(store)
    first, second = _kept(store, _file(tmp_path, FORM)), _kept(store, _file(tmp_path, {**FORM, "on": "x"}), "P-2")
    _kept(store, _file(tmp_path, [], "plan.csv"), kind="approval")
    for actor in (MAKER, CHECKER, ESG, AUDITOR):
        found, total = calculations(store, actor)
        assert ([(one.sha256, one.project, one.by) for one in found], total) == ([(second, "P-2", "maker1"), (first, "P-1", "maker1")], 2)
    for actor in (OFFICER, BRANCH_MAKER):
        assert [one.sha256 for one in calculations(store, actor)[0]] == [first]
    assert calculations(store, OFFICER, project="P-2") == calculations(store, FAR) == ((), 0)
    assert _refused(calculations, store, ADMIN) == "store.not_permitted"
    assert [one.sha256 for one in calculations(store, ESG, project="P-1")[0]] == [first]
    (page, total) = calculations(store, ESG, start=1, size=1)
    assert ([one.sha256 for one in page], total) == ([first], 2)
    assert calculations(store, ESG, start=9)[0] == ()


def test_whoever_reads_no_names_gets_a_calculation_without_words_that_may_hold_one(store: Store, tmp_path: Path) -> None:
    _projects(store)
    place = _file(tmp_path, FORM)
    sha = _kept(store, place)
    for actor in (MAKER, CHECKER, AUDITOR, OFFICER):
        assert read_calculation(store, actor, sha).data == place.read_bytes()
        assert not read_calculation(store, actor, sha).is_covered
    covered = read_calculation(store, ESG, sha)
    told = covered.data.decode()
    assert covered.is_covered
    assert "风电" not in told
    assert "丁" not in told
    assert '""investment"": ""1;2""' in told
    assert told.count(";") == 2  # as many companies as there were


def test_what_is_no_calculation_or_of_another_branch_stays_closed(store: Store, tmp_path: Path) -> None:
    _projects(store)
    approval = _kept(store, _file(tmp_path, FORM, "plan.csv"), kind="approval")
    photo = tmp_path / "photo.csv"
    photo.write_bytes(b"\xff\xd8 no calculation")
    odd = [_kept(store, photo), _kept(store, _file(tmp_path, [1])), _kept(store, _file(tmp_path, {"method": "none", "given": {}}))]
    for actor in (MAKER, ESG):
        assert _refused(read_calculation, store, actor, approval) == "store.unknown_evidence"
        assert _refused(read_calculation, store, actor, "0" * 64) == "store.unknown_evidence"
    for sha in odd:
        assert _refused(read_calculation, store, ESG, sha) == "store.not_permitted"
        assert _refused(read_calculation, store, FAR, sha) == "store.unknown_evidence"
        assert _refused(read_calculation, store, ADMIN, sha) == "store.not_permitted"
        assert read_calculation(store, MAKER, sha).data


def test_a_calculation_without_such_words_is_opened_whole(store: Store, tmp_path: Path) -> None:
    _projects(store)
    bare = {"method": "CBRC-PWR", "given": {"supply": "1.2亿千瓦时"}, "claim": "", "region": "江苏"}
    found = read_calculation(store, ESG, _kept(store, _file(tmp_path, bare)))
    assert not found.is_covered
    assert "1.2亿千瓦时" in found.data.decode()
