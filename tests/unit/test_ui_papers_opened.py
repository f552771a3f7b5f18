"""Who may open a paper from the review page: whoever may read evidence and the names that stand in it."""

from __future__ import annotations

import pytest

from greenfin.store.evidence import may_open
from greenfin.store.permissions import EVERY_BRANCH, Actor, roles

OPEN = {"maker", "checker", "loan_officer", "auditor"}


@pytest.mark.parametrize("role", roles())
def test_whoever_reads_no_names_opens_no_papers(role: str) -> None:
    assert may_open(Actor("a", role, (EVERY_BRANCH,)), "B001") is (role in OPEN)


@pytest.mark.parametrize("role", ["maker", "checker", "loan_officer"])
def test_the_papers_of_another_branch_stay_closed(role: str) -> None:
    assert may_open(Actor("a", role, ("B001",)), "B001")
    assert not may_open(Actor("a", role, ("B001",)), "B002")
