"""The same figures entered twice as published, and runs that differ from the record in either direction."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from greenfin.core.problems import Outcome
from greenfin.core.records import PriorCell
from greenfin.disclose import write_rows
from greenfin.ingest.restatements import read_restatements, restated
from greenfin.publishing import restatements_file
from greenfin.reference.load import load
from greenfin.store import registers
from greenfin.store.opening import Store
from greenfin.store.publications import Figure, publish
from greenfin.store.resting import not_of_record
from greenfin.store.sign_off import sign_off
from tests.reviewed import CHECKER, EDITION, ESG, SOLAR, WIND, approved, entered, tags_of
from tests.reviewed import restated as restated_by_two

RUN, DAY = "2025-12-31-abc", date(2026, 4, 28)
ONE, TWO = Figure("T01!x.current", "1.0", "t"), Figure("T02!x.current", "2", "t")


def _out(store: Store, *figures: Figure, **more: Any) -> Outcome[int]:
    about = {"run": RUN, "period": "2025-12-31", "kind": "report", "place": "site", "on": DAY, "needs_check": False} | more
    return publish(store, ESG, figures, **about)


def test_what_went_out_is_entered_once_however_often_it_is_said(store: Store) -> None:
    assert _out(store, ONE).value == 1
    again = _out(store, Figure(ONE.cell, "1.00", "t"), TWO, TWO)
    assert (again.value, [(p.code, p.params["count"]) for p in again.problems]) == (1, [("store.already_published", 2)])
    idle = _out(store, ONE, TWO)
    assert (idle.value, [p.severity.value for p in idle.problems]) == (0, ["info"])
    assert [row.cell for row in registers.published_rows(store, ESG)] == [TWO.cell, ONE.cell]
    assert len(sign_off(store, ESG, RUN).acts) == 2  # nothing is said of what entered nothing


@pytest.mark.parametrize("other", [{"place": "exchange"}, {"kind": "return"}, {"run": "2025-12-31-abd"}, {"on": date(2026, 4, 29)}])
def test_it_goes_out_again_elsewhere(store: Store, other: dict[str, Any]) -> None:
    assert _out(store, ONE).value == _out(store, ONE, **other).value == 1


def test_two_values_of_one_cell_are_refused(store: Store) -> None:
    refused = _out(store, ONE, Figure(ONE.cell, "3", "t"))
    assert (refused.value, [p.code for p in refused.problems]) == (0, ["store.figure_twice"])
    assert registers.published_rows(store, ESG) == ()


def test_a_run_differs_from_the_record_in_either_direction(store: Store) -> None:
    receipts = ["L1", "L2", "L3", "L4"]
    entered(store, receipts)
    approved(store, receipts[:3], load())
    # L3 is not in the run's book
    tags = tags_of(["L1", "L2", "L4"], approved=[True, False, True])
    found = not_of_record(store, ESG, tags, edition=EDITION, as_of=date(2099, 1, 1))
    assert [(p.code, p.where) for p in found] == [("store.run_not_approved", "L4"), ("store.run_omits", "L2")]
    assert found[1].params["kept"] == f"green {WIND}"
    assert not not_of_record(store, ESG, tags_of(["L1", "L2"], approved=[True, True]), edition=EDITION, as_of=date(2099, 1, 1))
    assert not not_of_record(store, ESG, tags_of(["L4"], approved=[None]), edition=EDITION, as_of=date(2099, 1, 1))
    other = tags_of(["L1"], code=SOLAR, approved=[True])
    assert [p.code for p in not_of_record(store, ESG, other, edition=EDITION, as_of=date(2099, 1, 1))] == ["store.run_differs"]
    assert not not_of_record(store, ESG, tags_of(["L1"], approved=[False]), edition=EDITION, as_of=date(2000, 1, 1))  # not yet in force


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_restatements_of_the_record_are_what_a_run_reads(store: Store, tmp_path: Path, ending: str) -> None:
    _out(store, ONE, TWO)
    for figure, reason in ((Figure(ONE.cell, "1.5", "t"), "=漏计"), (Figure(ONE.cell, "1.25", "t"), "another factor")):
        restated_by_two(store, figure, period="2025-12-31", reason=reason, on=DAY, old_method="GWP AR4", new_method="GWP AR6")
    file = tmp_path / f"restatements.{ending}"
    write_rows(restatements_file(store, ESG, period="2025-12-31"), file)
    first, second = read_restatements(file).value
    assert (first.cell, first.old, first.new, first.unit, first.on, first.approved_by) == (
        ONE.cell, 1, Fraction("1.5"), "t", DAY.isoformat(), CHECKER.user,
    )  # fmt: skip
    assert (second.old, second.new, second.reason, second.old_method) == (Fraction("1.5"), Fraction("1.25"), "another factor", "GWP AR4")
    changed = restated([PriorCell("T01", "x", "current", Fraction(1), "t")], (first, second))
    assert (changed.problems, changed.value[0].value) == ((), Fraction("1.25"))  # one after the other
    assert restatements_file(store, ESG, period="2024-12-31").num_rows == 0
