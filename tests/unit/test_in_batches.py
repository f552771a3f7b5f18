"""``run`` in batches as a command: what it works in, and what its parts depend on."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv, orc

from greenfin.cli.at_hand import at_hand
from greenfin.cli.in_batches import WORK, Asked, run_in_batches
from greenfin.cli.session import Session
from greenfin.core.problems import Refused
from greenfin.ingest.files import read_grids
from greenfin.landing import held
from greenfin.pipeline import Files, Options
from greenfin.streamed.plan import copies_of, planned
from tests.streamed_books import AS_OF, write_book

OPTIONS = Options(policy="working", templates=("T01",))


def _files(folder: Path, prior: Path | None = None) -> Files:
    return Files(tuple(write_book(folder / "book", loans=30, projects=3, seed=1)), prior=prior)


def _run(files: Files, out: Path, *, as_of_year: int = AS_OF.year) -> Path:
    as_of = AS_OF.replace(year=as_of_year)
    session = Session("en", as_json=True, data=None)
    made = run_in_batches(session, files, OPTIONS, as_of=as_of, asked=Asked(out, out.parent, batch=10))
    assert made
    return made[1].folder


def test_two_runs_never_work_in_one_folder(tmp_path: Path) -> None:
    files, out = _files(tmp_path), tmp_path / "out"
    (out / WORK).mkdir(parents=True)
    kept = (out / WORK / "of the other run", out / WORK / "copies" / "0" / "loans.csv")
    kept[1].parent.mkdir(parents=True)
    for path in kept:
        path.touch()
    with held(out / WORK), pytest.raises(Refused) as raised:
        _run(files, out)
    assert raised.value.problem.code == "run.busy"
    assert all(path.exists() for path in kept)


def test_a_folder_of_last_year_goes_along_and_nothing_is_left_behind(tmp_path: Path) -> None:
    before = _run(_files(tmp_path), tmp_path / "before", as_of_year=AS_OF.year - 1)
    now = _run(_files(tmp_path, prior=before), tmp_path / "now")
    assert (now / "run.json").is_file()
    assert not (now / WORK).exists()


def test_a_ledger_read_in_batches_may_be_larger_than_a_file_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = _files(tmp_path)
    smallest = min(path.stat().st_size for path in files.books)
    monkeypatch.setattr("greenfin.streamed.plan.MAX_FILE", smallest)
    plan = planned(files, OPTIONS, as_of=AS_OF, at_once=10)
    assert [plan.most_of(path) > smallest for path in files.books] == [True, False, False]


def test_a_ledger_in_text_may_be_as_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet, *others = _files(tmp_path).books
    ledger = parquet.with_suffix(".csv")
    csv.write_csv(pq.read_table(parquet), ledger)
    most = max(path.stat().st_size for path in others)
    assert ledger.stat().st_size > most
    monkeypatch.setattr("greenfin.streamed.plan.MAX_FILE", most)
    made = _run(Files((ledger, *others)), tmp_path / "out")
    assert (made / "run.json").is_file()


def test_a_text_with_a_nul_is_no_copy_but_refused(tmp_path: Path) -> None:
    parquet = _files(tmp_path).books[0]
    ledger = parquet.with_suffix(".csv")
    csv.write_csv(pq.read_table(parquet), ledger)
    assert copies_of((ledger,), tmp_path / "copies")
    ledger.write_bytes(ledger.read_bytes() + b"\0")
    assert copies_of((ledger,), tmp_path / "other") == {}
    with pytest.raises(Refused) as raised:
        read_grids(ledger)
    assert raised.value.problem.code == "ingest.encoding_unknown"


def test_where_tables_cannot_be_copied_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orc.write_table(pa.table({"a": [1]}), tmp_path / "loans.orc")
    files = Files((tmp_path / "loans.orc",))
    (tmp_path / "runs").touch()

    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("greenfin.ingest.columnar.copied", full)
    for name, reason in (("runs", errno.ENOTDIR), ("out", errno.ENOSPC)):
        with pytest.raises(Refused) as raised, at_hand(files, master="", work=tmp_path / name / WORK):
            pass
        assert raised.value.problem.code == "run.cannot_write"
        assert raised.value.problem.params["reason"] == os.strerror(reason)
    assert not (tmp_path / "out").exists()


def test_columns_that_hold_no_values_of_a_cell_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "odd.parquet"
    far = pa.array([2**31 - 1, -719528, 0], pa.int32()).cast(pa.date32())
    moments = pa.array([2**55, None, 0], pa.int64()).cast(pa.timestamp("ms"))
    fixed = pa.array([b"9135", None, b"0001"], pa.binary(4))
    columns = [far, moments, fixed, pa.array([[1, 2], None, []]), pa.array([5, None, 7]), pa.array(["a", "b", "c"])]
    pq.write_table(pa.Table.from_arrays(columns, ["d", "t", "f", "l", "n", "n"]), path)
    (grid,) = read_grids(path).value
    found = [list(column) for column in grid.columns]
    assert all(cell is None or isinstance(cell, str) for column in found[:4] for cell in column)
    assert [column[1:] for column in found[2:]] == [["9135", None, "0001"], ["[1, 2]", None, "[]"], [5, None, 7], ["a", "b", "c"]]
    assert found[0][2:] == ["0000-01-01", "1970-01-01"]


def test_moments_of_a_time_zone_are_days_of_its_clock_and_of_an_unknown_one_words(tmp_path: Path) -> None:
    path, moments = tmp_path / "zones.parquet", pa.array([1_766_592_000, None], pa.timestamp("s", "UTC"))  # 2025-12-24 16:00
    columns = [
        moments.cast(pa.timestamp("ms", "Asia/Shanghai")),
        pa.array([1_766_592_000, None], pa.int64()).cast(pa.timestamp("s", "Foo/Bar")),
    ]
    pq.write_table(pa.Table.from_arrays(columns, ["known", "unknown"]), path)
    (grid,) = read_grids(path).value
    known, unknown = (list(column)[1:] for column in grid.columns)
    assert [str(cell)[:10] for cell in known] == ["2025-12-25", "None"]
    assert [str(cell) for cell in unknown] == ["2025-12-24 16:00:00.000 Foo/Bar", "None"]
