"""Last year's run folder as last year's figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from greenfin import pipeline, run_folder
from greenfin.core.problems import Refused
from greenfin.ingest.prior import read_prior
from tests.run_made import AS_OF, OPTIONS, book, computed, saved


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("last")
    saved(book(place / "book.xlsx"), place / "run")
    return place


def test_a_run_gives_its_figures_as_printed(home: Path) -> None:
    read = read_prior(home / "run", before=date(AS_OF.year + 1, 12, 31))
    assert read.problems == ()
    cell = next(
        one for one in read.value if (one.table, one.row, one.column) == ("T01", "green_loans", "current") or one.row == "green_balance"
    )
    assert (cell.unit, cell.edition) == ("亿元", "green-finance-2025")
    assert cell.source_cell == "run/tables.json!T01!green_balance.current"
    was = computed(home / "book.xlsx").tables["T01"].cells["green_balance.current"]
    assert was.value is not None
    assert cell.value == Fraction(f"{float(was.value):.2f}")


def test_another_day_is_an_error_and_nothing_is_used(home: Path) -> None:
    read = read_prior(home / "run", before=AS_OF)
    assert (read.value, [p.code for p in read.problems]) == ((), ["ingest.prior_run_day"])


def test_an_altered_run_and_no_run_are_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused) as none:
        read_prior(tmp_path)
    assert none.value.problem.code == "ingest.prior_run_none"
    saved(home / "book.xlsx", tmp_path / "run")
    tables = tmp_path / "run" / "tables.json"
    tables.write_text(tables.read_text("utf-8").replace('"decimals": 2', '"decimals": 3', 1), "utf-8")
    with pytest.raises(Refused) as altered:
        read_prior(tmp_path / "run")
    assert altered.value.problem.code == "ingest.prior_run_altered"


def test_a_run_over_last_years_run_prints_its_figures_and_replays(home: Path, tmp_path: Path) -> None:
    prior = read_prior(home / "run").value
    now = computed(home / "book.xlsx")
    made = pipeline.compute(replace(now.inputs, prior=prior), OPTIONS, reference=now.reference)
    cell = made.tables["T01"].cells["green_balance.prior"]
    assert cell.value == next(one.value for one in prior if one.row == "green_balance")
    assert cell.how.source.endswith("tables.json!T01!green_balance.current")
    kept = run_folder.save(made, tmp_path / "now")
    assert run_folder.replay(kept).tables["T01"].cells["green_balance.prior"].value == cell.value
