"""What of a run's loans a reader sees: his branches, and names only where his role reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greenfin.core.problems import Refused
from greenfin.store.permissions import EVERY_BRANCH, Actor
from greenfin.ui.views import imports
from greenfin.ui.views.eyes import EVERYTHING, Eyes
from greenfin.ui.views.loan import loan
from greenfin.ui.views.loans import Filter, Offers, offers, page

NAME = "Bright River Power Company"
ESG, MAKER, ADMIN = Actor("zhao", "esg"), Actor("wang", "maker", ("0102",)), Actor("root", "admin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = {
        "loan_id": ["L1", "L2"],
        "branch_code": ["0101", "0102"],
        "customer_name": [NAME, "Stone Bridge Works Ltd"],
        "purpose": [f"a wind farm of {NAME}", "a new office"],
        "outcome": ["green", "not_green"],
        "balance_fen": [100, 200],
        "code": ["4.2.1", None],
        "name_zh": ["", ""],
        "product": ["loan", "loan"],
    }
    pq.write_table(pa.table(rows), tmp_path / "loans.parquet")
    return tmp_path


def test_a_role_without_names_sees_them_covered_in_the_list_and_in_the_loan(folder: Path) -> None:
    lines = page(folder, Filter(), lang="en", eyes=Eyes(ESG)).lines
    assert [line.loan_id for line in lines] == ["L1", "L2"]
    assert NAME not in lines[0].purpose
    one = loan(folder, "L1", lang="en", eyes=Eyes(ESG))
    assert one is not None
    assert NAME not in str(one)
    assert NAME in str(loan(folder, "L1", lang="en", eyes=EVERYTHING))


def test_what_is_covered_cannot_be_found_by_searching_for_it(folder: Path) -> None:
    assert page(folder, Filter(text="Stone Bridge"), lang="en", eyes=Eyes(ESG)).span.total == 0
    assert page(folder, Filter(text="Stone Bridge"), lang="en").span.total == 1


def test_a_maker_sees_the_loans_of_his_branches_only(folder: Path) -> None:
    found = page(folder, Filter(), lang="en", eyes=Eyes(MAKER))
    assert [line.loan_id for line in found.lines] == ["L2"]
    assert found.span.total == 1
    assert loan(folder, "L1", lang="en", eyes=Eyes(MAKER)) is None
    assert "Stone Bridge" in str(loan(folder, "L2", lang="en", eyes=Eyes(MAKER)))


def test_an_administrator_sees_none(folder: Path) -> None:
    with pytest.raises(Refused) as raised:
        page(folder, Filter(), lang="en", eyes=Eyes(ADMIN))
    assert raised.value.problem.code == "store.not_permitted"


def test_a_strict_run_is_offered_only_to_who_sees_the_decisions_of_every_branch() -> None:
    whole, one = Actor("a", "maker", (EVERY_BRANCH,)), Actor("b", "maker", ("3301",))
    assert imports.policies(whole) == imports.policies(Actor("c", "esg")) == (imports.WORKING, imports.STRICT)
    assert imports.policies(one) == imports.policies(Actor("d", "loan_officer", ("3301",))) == imports.policies(None) == (imports.WORKING,)


@pytest.fixture
def shared(folder: Path) -> Path:
    """Two borrowers of one project, whose texts name both, and what the tagging found in them."""
    purpose, text = f"a wind farm of {NAME}", f"wind farm of {NAME} and Stone Bridge Works Ltd"
    at = purpose.index("River")
    found = [
        {"kind": "purpose", "text": "River Power", "start": at, "end": at + len("River Power"), "rule": "a"},
        {"kind": "purpose", "text": "wind farm", "start": 2, "end": 11, "rule": "b"},
        {"kind": "product", "text": f"credit to {NAME}", "rule": "c"},
    ]
    loans = pq.read_table(folder / "loans.parquet")
    for column, values in (("project_id", ["P1", "P1"]), ("evidence", [json.dumps(found), "[]"])):
        loans = loans.append_column(column, [values])
    pq.write_table(loans, folder / "loans.parquet")
    (folder / "inputs").mkdir()
    project = {"project_id": ["P1"], "project_name": [text], "content": [""], "green_cert": [""]}
    pq.write_table(pa.table(project), folder / "inputs" / "projects.parquet")
    return folder


def test_evidence_and_the_texts_of_a_shared_project_are_covered_with_the_rest(shared: Path) -> None:
    seen = loan(shared, "L1", lang="en", eyes=Eyes(ESG))
    assert seen is not None
    assert not [name for name in (NAME, "River", "Stone Bridge Works Ltd") if name in str(seen)]
    assert [item.text for item in seen.evidence][1] == "wind farm"
    assert seen.texts[0].segments[1].text == "wind farm"
    whole = loan(shared, "L1", lang="en", eyes=EVERYTHING)
    assert whole is not None
    assert [item.text for item in whole.evidence] == ["River Power", "wind farm", f"credit to {NAME}"]


def test_filters_offer_what_the_reader_may_see(folder: Path) -> None:
    loans = pq.read_table(folder / "loans.parquet")
    for column, values in (("branch_name", ["East", "West"]), ("class1", ["4", "9"])):
        loans = loans.append_column(column, [values])
    pq.write_table(loans, folder / "loans.parquet")
    assert offers(folder, Eyes(MAKER)) == Offers(("9",), ("West",))
    assert offers(folder, Eyes(ESG)) == offers(folder) == Offers(("4", "9"), ("East", "West"))
