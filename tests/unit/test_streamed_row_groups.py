"""Parquet files whose row groups are copied into one: the bytes of a single writer."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greenfin.streamed import row_groups


def _table(random: Random, rows: int, *, wide: int = 3) -> pa.Table:
    columns = {
        "text": pa.array([random.choice(("光伏发电", "钢材", None)) for _ in range(rows)], pa.string()),
        "fen": pa.array([random.randrange(-(10**15), 10**15) for _ in range(rows)], pa.int64()),
        "green": pa.array([random.random() < 0.5 for _ in range(rows)], pa.bool_()),
        "of": pa.array([random.choice("abc") for _ in range(rows)], pa.string()).dictionary_encode(),
        "words": pa.array([[random.choice("xy")] * random.randrange(3) for _ in range(rows)], pa.list_(pa.string())),
        "amount": pa.array([random.random() for _ in range(rows)], pa.float64()),
    }
    return pa.table(columns | {f"more_{at}": pa.array([None] * rows, pa.date32()) for at in range(wide)})


@pytest.mark.parametrize("sizes", [(10,), (10, 25, 7), (0, 5), (5, 0, 0), (0,), (1,) * 40])
def test_the_bytes_are_those_of_one_writer(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    random = Random(len(sizes))
    tables = [_table(random, rows, wide=20) for rows in sizes]
    paths = [tmp_path / str(at) for at in range(len(tables))]
    for table, path in zip(tables, paths, strict=True):
        row_groups.write(table, path, group=10)
    with pq.ParquetWriter(tmp_path / "one", tables[0].schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table, row_group_size=10)
    row_groups.append(paths, tmp_path / "copied", group=10)
    assert (tmp_path / "copied").read_bytes() == (tmp_path / "one").read_bytes()
    assert pq.read_table(tmp_path / "copied").to_pylist() == [row for table in tables for row in table.to_pylist()]


def test_columns_that_a_file_lacks_are_empty_there(tmp_path: Path) -> None:
    row_groups.write(pa.table({"a": ["x"]}), tmp_path / "1", group=10)
    row_groups.write(pa.table({"b": [1], "a": ["y"]}), tmp_path / "2", group=10)
    row_groups.append([tmp_path / "1", tmp_path / "2"], tmp_path / "both", group=10)
    assert pq.read_table(tmp_path / "both").to_pydict() == {"a": ["x", "y"], "b": [None, 1]}
