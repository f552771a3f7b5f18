"""Rows of a book that are held in memory, found by bisection."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin.core.problems import Refused
from greenfin.store.hashed import ROWS, keeping, path_of
from greenfin.store.opening import Store, open_store
from greenfin.store.rows import held_rows, held_with
from tests.reviewed import loans_of

IDS = st.sampled_from(["", "A", "a", "B1", "B10", "B2", "\u00e9", "\ud7ff", "\ufb01", "\U00020000"])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(tmp_path_factory.mktemp("held"))


def kept(store: Store, receipts: list[str | None], *, group: int = 3) -> str:
    """The sha256 of a table of loans kept in groups of a few rows; each row has its own balance."""
    table = loans_of([r or "" for r in receipts], fen=list(range(len(receipts))))
    table = table.set_column(table.schema.get_field_index("loan_id"), "loan_id", pa.array(receipts, pa.string()))
    with keeping(store.files, ROWS) as made:
        pq.write_table(table, made.stream, row_group_size=group)
    return made.sha256


@settings(deadline=None, max_examples=60)  # each writes a file
@given(st.lists(st.none() | IDS, max_size=20), st.lists(st.none() | IDS, max_size=6))
def test_the_rows_found_are_those_that_hold_one_of_the_values_in_their_order(
    store: Store, receipts: list[str | None], values: list[str | None]
) -> None:
    sha256 = kept(store, receipts)
    rows = held_rows(store, sha256, "loans")
    wanted = pa.array([value for value in values if value], pa.string())
    assert held_with(store, sha256, "loans", "loan_id", values).equals(rows.filter(pc.is_in(rows["loan_id"], value_set=wanted)))


def test_a_file_that_is_gone_is_refused_though_its_rows_were_held(store: Store) -> None:
    sha256 = kept(store, ["R1", "R2"])
    assert held_with(store, sha256, "loans", "loan_id", ["R2"])["balance_fen"].to_pylist() == [1]
    path_of(store.files, ROWS, sha256).unlink()
    with pytest.raises(Refused):
        held_with(store, sha256, "loans", "loan_id", ["R2"])
