"""Money, periods, columns, problems and words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenfin.core import columns, money, period
from greenfin.core.lineage import Source, Trace
from greenfin.core.problems import Outcome, Severity, error, info, warning
from greenfin.messages import codes, say, tell


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_rounding_is_half_away_from_zero_and_exact(thousandths: int, decimals: int) -> None:
    value = Fraction(thousandths, 1000)
    rounded = Fraction(money.round_half_up(value, decimals))
    assert abs(rounded - value) <= Fraction(1, 2 * 10**decimals)
    if abs(rounded - value) == Fraction(1, 2 * 10**decimals):
        assert abs(rounded) > abs(value)


def test_yuan_and_fen() -> None:
    assert money.to_fen(Decimal("0.005")) == 1
    assert money.to_fen(Decimal("-0.005")) == -1
    assert money.to_yuan(money.to_fen(Decimal("98765432109.87"))) == Decimal("98765432109.87")


def test_intervals_are_half_open() -> None:
    old = period.Interval(None, date(2025, 10, 1))
    new = period.Interval(date(2025, 10, 1), None)
    assert not old.overlaps(new)
    assert date(2025, 9, 30) in old
    assert date(2025, 10, 1) in new
    assert period.year_of(date(2024, 2, 29)) == period.Interval(date(2024, 1, 1), date(2025, 1, 1))


def test_every_column_is_declared_once_and_explained() -> None:
    seen = [(c.table, c.name) for c in columns.columns()]
    assert len(seen) == len(set(seen))
    assert all(c.zh and c.en and c.dtype for c in columns.columns())
    money_columns = [c for c in columns.columns() if c.unit == "fen"]
    assert money_columns
    assert all(c.name.endswith("_fen") and c.dtype == "int" for c in money_columns)


def test_tables_keep_their_schema_and_ids_stay_text() -> None:
    made = columns.table_of("loans", [{"loan_id": "00012", "balance_fen": 5}])
    assert made.schema == columns.schema("loans")
    assert made["loan_id"].to_pylist() == ["00012"]
    assert columns.table_of("loans", {"loan_id": ["a", "b"]}).num_rows == 2
    with pytest.raises(KeyError):
        columns.schema("nothing")
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        columns.table_of("loans", [{"loan_id": 12}])


def test_outcomes_gather_problems() -> None:
    outcome = Outcome(1, (warning("a"),)).plus([error("b", "book.xlsx!S!A1", found="x"), info("c")])
    assert [p.severity for p in outcome.problems] == [Severity.WARNING, Severity.ERROR, Severity.INFO]


def test_words_fill_their_slots_in_both_languages() -> None:
    problem = error("cli.bad_date", "--as-of", found="昨天")
    assert "昨天" in tell(problem, "zh")
    assert "昨天" in tell(problem, "en")
    assert "…" in say("cli.bad_date", "zh")  # a slot that was not given is visible, not an exception
    assert codes("zh").keys() == codes("en").keys()


def test_a_trace_becomes_the_contracts_json() -> None:
    leaf = Trace("balance", "100", "fen", source=Source("file", "book.xlsx", "S!K12"))
    tree = Trace("T01!x.current", "1", "yuan", "how.sum", parts=(leaf,)).as_json()
    assert tree["parts"][0]["source"] == {"file": "book.xlsx", "locator": "S!K12"}  # type: ignore[index]  # plain JSON
