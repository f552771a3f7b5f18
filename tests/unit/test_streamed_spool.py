"""Files of a run in batches: the rows of a number come back as they were written, with the columns that said nothing in some files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from greenfin.streamed.spool import Spool

SCHEMA = pa.schema([("nothing", pa.date32()), ("at", pa.int32()), ("word", pa.string()), ("number", pa.int64())])


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path)
    rows = [{"at": 1, "number": 5}, {"at": 0, "number": 6}], [{"at": 1, "word": "a", "number": 5}, {"at": 1, "word": "b"}], []
    for place, some in enumerate(rows):
        made.write_parts(f"span-{place}.arrow", pa.Table.from_pylist(some, schema=SCHEMA), by="at", parts=3)
    return made


def test_the_rows_of_a_number_have_every_column(spool: Spool) -> None:
    assert spool.read_part("span-*", 1).to_pylist() == [
        {"nothing": None, "at": 1, "word": None, "number": 5},
        {"nothing": None, "at": 1, "word": "a", "number": 5},
        {"nothing": None, "at": 1, "word": "b", "number": None},
    ]
    for part in range(3):
        assert spool.read_part("span-*", part).schema == SCHEMA


def test_columns_that_no_file_has_are_empty(spool: Spool) -> None:
    found = list(spool.scan("span-*", ("word", "nothing")))
    assert [table.num_rows for table in found] == [2, 2, 0]
    assert found[0].to_pylist() == [{"word": None, "nothing": None}] * 2
    assert [table.schema.names for table in spool.scan("span-*", ("nothing",))] == [["nothing"]] * 3


def test_rows_are_chosen_by_a_column(spool: Spool) -> None:
    found = spool.chosen("span-*", "number", pa.array([5]))
    assert found is not None
    assert found.schema == SCHEMA
    assert found["word"].to_pylist() == [None, "a"]
    assert spool.chosen("none-*", "number", pa.array([5])) is None
