"""A reported class cannot be corrected alone by taking its receipt out of the project in a later book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.reference.load import Reference, load
from greenfin.store.audit import verify_chain
from greenfin.store.decisions import approve, correct, propose, report, withdraw
from greenfin.store.opening import Store, connect
from greenfin.store.queue import project_tags, rows_of, tags_of
from greenfin.store.replay import differences
from greenfin.store.upgrading import REVISION, upgrade
from tests.reviewed import AUDITOR, CHECKER, EDITION, ESG, MAKER, SOLAR, WIND, approved, entered, items, state_of, wanted
from tests.store_places import ENGINES, new_place

DAY = date(2026, 1, 1)
ALL = ["L1", "L2", "L3"]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def _reported(store: Store, reference: Reference) -> None:
    entered(store, ALL, projects=["P", "P", "P"])
    approved(store, ALL, reference)
    report(store, ESG, items(store, ALL), run_id="r1")


def _corrected(store: Store, receipts: Sequence[str], reference: Reference, code: str = SOLAR) -> Counter[str]:
    asked: dict[str, Any] = {"reference": reference, "reason": "重新认定", "effective_on": DAY}
    done = correct(store, MAKER, items(store, receipts), wanted(len(receipts), code=code), **asked)
    return Counter(p.code for p in done.problems)


def _flags(store: Store) -> list[bool]:
    return [rows_of(store, AUDITOR, receipt)[0].tag.is_changed for receipt in ALL]


def _sound(store: Store) -> None:
    with store.engine.connect() as connection:
        assert not list(differences(connection))


def test_a_receipt_taken_out_of_its_project_is_still_corrected_with_it(store: Store, reference: Reference) -> None:
    _reported(store, reference)
    made = entered(store, ALL, book="b2", projects=[None, "P", "P"])
    assert [(p.code, p.params["count"], p.params["found"]) for p in made.problems] == [("store.project_moved", 1, "L1")]
    assert _flags(store) == [True, False, False]
    assert _corrected(store, ["L1"], reference) == {"store.project_whole": 1}
    assert _corrected(store, ["L2", "L3"], reference) == {"store.project_whole": 2}  # nor are the others without it
    assert not entered(store, ALL, book="b3", projects=[None, "P", "P"]).problems  # told once
    assert _flags(store) == [True, False, False]
    assert not _corrected(store, ALL, reference)
    assert not approve(store, CHECKER, items(store, ALL)).problems
    assert _flags(store) == [False, False, False]
    assert not _corrected(store, ["L1"], reference, WIND)  # two people have decided it where it is now
    _sound(store)


def test_a_project_given_back_is_no_change(store: Store, reference: Reference) -> None:
    _reported(store, reference)
    entered(store, ALL, book="b2", projects=["Q", "P", "P"])
    assert not entered(store, ALL, book="b3", projects=["P", "P", "P"]).problems
    assert _flags(store) == [False, False, False]


def test_both_the_old_and_the_new_project_go_along(store: Store, reference: Reference) -> None:
    _reported(store, reference)
    entered(store, ["L4", "L5"], book="b1", projects=["Q", "R"])
    approved(store, ["L4", "L5"], reference)
    entered(store, ["L1"], book="b2", projects=["Q"])
    entered(store, ["L5"], book="b2", projects=["Q"])
    for part in (["L1"], ALL, ["L1", "L4", "L5"], ["L4", "L5"]):
        assert _corrected(store, part, reference) == {"store.project_whole": len(part)}
    with_all = project_tags(store, AUDITOR, tags_of(store, AUDITOR, ["L2"]))
    assert [tag.receipt for tag in with_all] == [*ALL, "L4", "L5"]  # what the command asks for at once
    assert not _corrected(store, [*ALL, "L4", "L5"], reference)
    assert _corrected(store, ["L4"], reference) == {"store.not_from_here": 1}
    assert approve(store, CHECKER, items(store, ["L1", "L4"])).problems
    assert not approve(store, CHECKER, items(store, [*ALL, "L4", "L5"])).problems
    _sound(store)


def test_neither_confirming_nor_withdrawing_takes_it_out_of_its_project(store: Store, reference: Reference) -> None:
    _reported(store, reference)
    entered(store, ALL, book="b2", projects=[None, "P", "P"])
    assert not _corrected(store, ["L1"], reference, WIND)  # the same class
    approve(store, CHECKER, items(store, ["L1"]))
    assert not _flags(store)[0]
    assert _corrected(store, ["L1"], reference) == {"store.project_whole": 1}
    withdraw(store, MAKER, items(store, ["L1"]), cause="other", on=DAY)
    approve(store, CHECKER, items(store, ["L1"]))
    approved(store, ["L1"], reference)
    assert state_of(store, "L1") == "in_force"
    assert _corrected(store, ["L1"], reference) == {"store.project_whole": 1}
    _sound(store)


def test_moved_while_a_correction_waits(store: Store, reference: Reference) -> None:
    _reported(store, reference)
    entered(store, ["L4"], projects=["Q"])
    approved(store, ["L4"], reference)
    assert not _corrected(store, ALL, reference)
    assert [p.code for p in entered(store, ["L1"], book="b2", projects=["Q"]).problems] == ["store.project_moved"]
    done = approve(store, CHECKER, items(store, ALL))
    assert Counter(p.code for p in done.problems) == {"store.project_whole": 3}  # L4 of the new one is not in it


def test_what_waits_for_its_first_approval_is_told_and_may_be_approved(store: Store, reference: Reference) -> None:
    entered(store, ALL, projects=["P", "P", "P"])
    propose(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference)
    made = entered(store, ALL, book="b2", projects=["Q", "Q", "Q"])
    assert made.problems[0].params["count"] == 1  # nobody has looked at the others
    assert not approve(store, CHECKER, items(store, ["L1"])).problems
    _sound(store)


def test_an_altered_project_is_found(store: Store, reference: Reference) -> None:
    _reported(store, reference)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE tags SET decided_project = '' WHERE receipt = 'L1'"))
    assert {f.problem.code for f in verify_chain(store).findings} == {"audit.tag_differs"}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_projects_of_older_tables_come_out_of_their_decisions(engine: str, tmp_path: Path, reference: Reference) -> None:
    with new_place(engine, tmp_path) as place:
        store = place.open()
        _reported(store, reference)
        with store.engine.begin() as connection:
            connection.execute(text("DROP INDEX tags_decided_project"))
            connection.execute(text("ALTER TABLE tags DROP COLUMN decided_project"))
            connection.execute(text("DROP INDEX users_identity"))
            connection.execute(text("ALTER TABLE users DROP COLUMN issuer"))
            connection.execute(text("ALTER TABLE users DROP COLUMN subject"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        store.engine.dispose()
        older = connect(place.address, files=place.files)
        assert upgrade(older) == ("0002", REVISION)
        _sound(older)
        assert tags_of(older, AUDITOR, ["L1"], edition=EDITION)[0].decided_project == "P"
        older.engine.dispose()


def test_a_branch_that_sees_a_part_cannot_correct_it(store: Store, reference: Reference) -> None:
    from tests.reviewed import BRANCH_MAKER

    _reported(store, reference)
    entered(store, ALL, book="b2", projects=[None, "P", "P"])
    done = correct(store, BRANCH_MAKER, items(store, ["L1"]), wanted(1, code=SOLAR), reference=reference, reason="x", effective_on=DAY)
    assert [p.code for p in done.problems] == ["store.project_whole"]


def test_nothing_is_refused_that_has_no_project(store: Store, reference: Reference) -> None:
    entered(store, ["L1"])
    approved(store, ["L1"], reference)
    assert not _corrected(store, ["L1"], reference)
    with pytest.raises(Refused):
        correct(store, MAKER, items(store, ["L1"]), wanted(1), reference=reference, reason=" ", effective_on=DAY)
