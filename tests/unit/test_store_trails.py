"""What the record knows of a receipt, on both engines: decisions, papers, returns; no more than the reader may see."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.reference.load import load
from greenfin.store.decisions import report
from greenfin.store.evidence import Link, add_evidence
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.publications import Figure, publish
from greenfin.store.trails import Return, trail_of
from tests.reviewed import AUDITOR, BRANCH_MAKER, CHECKER, ESG, MAKER, WIND, approved, entered, items

RUN = "2025-12-31-0123456789ab"


@pytest.fixture
def told(store: Store, tmp_path: Path) -> Store:
    """Two receipts, the first with a paper and reported in a run of which two figures went out."""
    entered(store, ["R1", "R2"])
    approved(store, ["R1", "R2"], load())
    paper = tmp_path / "eia.pdf"
    paper.write_bytes(b"%PDF-1.4 approval")
    add_evidence(store, MAKER, paper, kind="eia", links=[Link(receipt="R1")], valid_to=date(2027, 6, 30))
    assert not report(store, ESG, items(store, ["R1"]), run_id=RUN).problems
    figures = [Figure("T02!green_balance.current", "51.89", "100MCNY"), Figure("T02!green_share.current", "34.15", "percent")]
    where = {"run": RUN, "period": "2025-12-31", "kind": "report", "place": "annual report p. 12"}
    publish(store, ESG, figures, on=date(2026, 4, 30), needs_check=False, **where)
    return store


def test_the_trail_of_a_receipt(told: Store) -> None:
    found = trail_of(told, AUDITOR, "R1")
    assert [(a.act, a.actor) for a in found.acts] == [("propose", MAKER.user), ("approve", CHECKER.user), ("report", ESG.user)]
    assert found.acts[0].code == WIND
    assert [(d.name, d.valid_to) for d in found.documents] == [("eia.pdf", date(2027, 6, 30))]
    assert found.returns == (Return(RUN, "report", "annual report p. 12", "2026-04-30", 2),)


def test_a_receipt_that_was_not_reported_entered_no_return(told: Store) -> None:
    assert not trail_of(told, AUDITOR, "R2").returns
    assert trail_of(told, AUDITOR, "R2", runs=[RUN]).returns  # the dossier's own run may be one of those that went out


def test_another_branch_sees_nothing(told: Store) -> None:
    with pytest.raises(Refused):
        trail_of(told, Actor("x", "maker", ("Z",)), "R1")
    assert trail_of(told, BRANCH_MAKER, "R1").acts  # R1 is of branch A


def test_names_leave_with_a_line_in_the_log_or_not_at_all(told: Store) -> None:
    with pytest.raises(Refused):
        trail_of(told, MAKER, "R1", names=True)
    trail_of(told, AUDITOR, "R1", names=True)
    with told.engine.connect() as connection:
        logged = connection.execute(text("SELECT actor, subject FROM events WHERE kind = 'export.made'")).all()
    assert [tuple(row) for row in logged] == [(AUDITOR.user, "dossier:R1")]
