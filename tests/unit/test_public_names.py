"""What ``import greenfin`` offers to other programs."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import greenfin
from greenfin import example
from greenfin.core.columns import table_of
from greenfin.pipeline import RunResult


@pytest.fixture(scope="module")
def result() -> RunResult:
    return greenfin.run(example.files(), greenfin.Options(policy="working"), as_of=example.AS_OF)


@pytest.mark.parametrize("name", greenfin.__all__)
def test_every_public_name_is_there_and_is_no_module(name: str) -> None:
    first, again = getattr(greenfin, name), getattr(greenfin, name)  # loading a room may not put the room in the name's place
    assert first is again
    assert isinstance(first, str) or callable(first)
    assert name in dir(greenfin)


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = greenfin.no_such_name


def test_importing_loads_no_room() -> None:
    code = "import sys, greenfin; print(sorted(m for m in sys.modules if m.startswith('greenfin')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['greenfin', 'greenfin._version']"


def test_pandas_keeps_fen_whole_where_cells_are_empty() -> None:
    """2**53 + 1 is the first whole number that a float cannot hold; an empty cell would make the column one of floats."""
    loans = table_of("loans", {"loan_id": ["007", "8"], "amount_fen": [2**53 + 1, None], "due_on": [date(2026, 1, 2), None]})
    frame = greenfin.to_pandas(loans)
    assert frame["amount_fen"].sum() == 2**53 + 1
    assert frame["amount_fen"].isna().tolist() == [False, True]
    assert frame.loc[0, ["loan_id", "due_on"]].tolist() == ["007", date(2026, 1, 2)]


def test_a_book_in_pandas_sums_to_the_run(result: RunResult) -> None:
    book = greenfin.read_book(example.files().books, as_of=example.AS_OF, reference=greenfin.load_reference()).value
    loans = greenfin.to_pandas(book.loans)
    assert loans.groupby("branch_code")["balance_fen"].sum().sum() == result.sums["loans_balance"].value


def test_a_run_is_made_kept_asked_and_verified(result: RunResult, tmp_path: Path) -> None:
    greenfin.save_run(result, tmp_path / "run")
    again = greenfin.replay(greenfin.open_run(tmp_path / "run"))
    cell = "T01!green_balance.current"
    assert greenfin.why(again, cell).value == greenfin.why(result, cell).value
    assert greenfin.verify_run(tmp_path / "run").same
