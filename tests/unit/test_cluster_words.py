"""What needs no cluster: what is said where there is none, what a task hands back, tables copied into one file."""

from __future__ import annotations

import json
import socket
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from greenfin import cluster
from greenfin.cli.at_hand import at_hand
from greenfin.cluster import Job, PartFailed, made
from greenfin.core.problems import Refused, error
from greenfin.ingest.batches import NeedsAll
from greenfin.ingest.columnar import copied, is_columnar
from greenfin.pipeline import Files
from greenfin.reference.load import Reference
from greenfin.streamed.made_with import libraries, made_with

ROWS = pa.table(
    {
        "借据号": [f"J{number}" for number in range(100)],
        "放款日": pa.array([date(2024, 1, 2)] * 100),
        "更新时间": pa.array([1_704_164_645_000_000_000] * 100, pa.timestamp("ns")),
        "贷款余额": pa.array(range(100), pa.decimal128(18, 2)),
    }
)
NO_DATA = SimpleNamespace(value={})


def _code(of: pytest.ExceptionInfo[Refused]) -> str:
    return of.value.problem.code


def test_what_is_missing_is_said_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    with pytest.raises(Refused) as refused, cluster.cluster("local[2]", tmp_path):
        pass
    assert _code(refused) == "cluster.no_spark"
    monkeypatch.setattr(cluster, "find_spec", lambda name: name)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Refused) as refused, cluster.cluster("local[2]", tmp_path):
        pass
    assert _code(refused) == "cluster.no_java"


@pytest.mark.parametrize("place", ["127.0.0.1:{port}", "127.0.0.1:{port},127.0.0.1:{port}", "127.0.0.1", "127.0.0.1:99999999"])
def test_a_master_that_does_not_listen_is_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    monkeypatch.setattr(cluster, "_check_installed", lambda: None)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(Refused) as refused, cluster.cluster(f"spark://{place.format(port=port)}", tmp_path):
        pass
    assert _code(refused) == "cluster.not_reached"
    assert time.monotonic() - began < 60


def test_what_is_no_master_is_told_before_java_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "_check_installed", lambda: None)
    for word in ("somewhere", "spark", "http://host:7077", "local[2"):
        with pytest.raises(Refused) as refused, cluster.cluster(word, tmp_path):
            pass
        assert _code(refused) == "cluster.not_a_master"


def _job(folder: Path, version: str = "") -> Job:
    return Job(version or made_with(), "", str(folder), (7,))


def _part(job: Job, do: Any) -> dict[str, Any]:
    [row] = made(job, 7, what=SimpleNamespace(value=do), data=NO_DATA).to_pylist()
    return dict(row)


def test_another_version_and_another_folder_are_refused_before_the_work_is_unpacked(tmp_path: Path) -> None:
    class Unpacked:
        @property
        def value(self) -> object:
            raise AssertionError

    other_polars = made_with().replace(f"polars {libraries()['polars']}", "polars 0")
    for job, code in (
        (_job(tmp_path, "0"), "cluster.other_version"),
        (_job(tmp_path, other_polars), "cluster.other_version"),
        (_job(tmp_path / "not there"), "cluster.no_folder"),
    ):
        [row] = made(job, 7, what=Unpacked(), data=NO_DATA).to_pylist()
        assert json.loads(row["refused"])[0] == code


def test_reference_data_that_are_not_those_of_the_run_are_refused(tmp_path: Path) -> None:
    job = Job(made_with(), "another", str(tmp_path), (7,))
    root = Path(__file__).parents[2]
    names = [path for folder in ("factors", "taxonomy", "disclosure_templates") for path in (root / folder).rglob("*") if path.is_file()]
    data = SimpleNamespace(value={path.relative_to(root).as_posix(): path.read_bytes() for path in names})
    [row] = made(job, 7, what=SimpleNamespace(value=None), data=data).to_pylist()
    assert json.loads(row["refused"])[0] == "cluster.other_reference"


def test_a_task_hands_back_its_number_and_what_it_was_refused_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_reference_of", lambda _fingerprint, _data: None)

    def done(_number: int, _reference: Reference) -> None:
        pass

    def refused(_number: int, _reference: Reference) -> None:
        raise Refused(error("ingest.file_damaged", "loans.parquet!12", found="ArrowInvalid"))

    def whole(_number: int, _reference: Reference) -> None:
        raise NeedsAll("项目名称")

    def full(_number: int, _reference: Reference) -> None:
        raise OSError(28, "No space left on device")

    def broken(_number: int, _reference: Reference) -> None:
        raise ValueError("王小明")

    job = _job(tmp_path)
    assert _part(job, done) == {"number": 7, "refused": None, "whole": None}
    assert json.loads(_part(job, refused)["refused"]) == ["ingest.file_damaged", "error", "loans.parquet!12", {"found": "ArrowInvalid"}]
    assert _part(job, whole)["whole"] == "项目名称"
    assert json.loads(_part(job, full)["refused"])[3] == {"reason": "No space left on device"}
    with pytest.raises(PartFailed, match=r"^7: ValueError$"):
        made(job, 7, what=SimpleNamespace(value=broken), data=NO_DATA)


def test_an_orc_file_and_a_folder_of_parts_are_copied_row_by_row(tmp_path: Path) -> None:
    orc.write_table(ROWS, tmp_path / "loans.orc")
    ds.write_dataset(ROWS.slice(0, 60), tmp_path / "parts", format="parquet", basename_template="part-0-{i}.parquet")
    pq.write_table(ROWS.slice(60), tmp_path / "parts" / "part-1.parquet")
    (tmp_path / "parts" / "_SUCCESS").touch()
    pq.write_table(ROWS, tmp_path / "loans.parquet")
    assert [is_columnar(tmp_path / name) for name in ("loans.orc", "parts", "loans.parquet", "not there")] == [True, True, False, False]
    (tmp_path / "to").mkdir()
    for name in ("loans.orc", "parts"):
        copy = pq.read_table(copied(tmp_path / name, tmp_path / "to"))
        assert copy.to_pylist() == ROWS.to_pylist()


def test_a_damaged_orc_file_and_an_empty_one_are_told(tmp_path: Path) -> None:
    (tmp_path / "bad.orc").write_bytes(b"ORC" + b"\0" * 100)
    orc.write_table(ROWS.slice(0, 0), tmp_path / "none.orc")
    (tmp_path / "to").mkdir()
    for name, code in (("bad.orc", "ingest.file_damaged"), ("none.orc", "ingest.file_empty")):
        with pytest.raises(Refused) as refused:
            copied(tmp_path / name, tmp_path / "to")
        assert _code(refused) == code


def test_copies_are_gone_with_the_run(tmp_path: Path) -> None:
    orc.write_table(ROWS, tmp_path / "loans.orc")
    with at_hand(Files((tmp_path / "loans.orc",)), master="", work=tmp_path / "work") as (here, each):
        assert each is None
        assert here.books[0].name == "loans.orc"
        assert pq.read_table(here.books[0]).num_rows == len(ROWS)
    assert not (tmp_path / "work").exists()
    (tmp_path / "bad.orc").write_bytes(b"ORC" + b"\0" * 100)
    with pytest.raises(Refused), at_hand(Files((tmp_path / "bad.orc",)), master="", work=tmp_path / "out" / "work"):
        pass
    assert not (tmp_path / "out").exists()
    with pytest.raises(Refused) as refused, at_hand(Files((Path("table:bank.loans"),)), master="", work=tmp_path / "work"):
        pass
    assert _code(refused) == "cluster.only_there"


def _together(tmp_path: Path, parts: dict[str, dict[str, list[Any]]]) -> dict[str, list[Any]]:
    """Parts of a table by their paths, as one."""
    for name, columns in parts.items():
        (tmp_path / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), tmp_path / "t" / name)
    (tmp_path / "out").mkdir()
    found: dict[str, list[Any]] = pq.read_table(copied(tmp_path / "t", tmp_path / "out")).to_pydict()
    return found


def test_parts_of_a_table_keep_the_columns_of_any_of_them(tmp_path: Path) -> None:
    found = _together(
        tmp_path, {"a.parquet": {"借据号": ["1"], "余额": [1]}, "b.parquet": {"借据号": ["2"], "余额": [2.5], "用途": ["光伏"]}}
    )
    assert found == {"借据号": ["1", "2"], "余额": [1.0, 2.5], "用途": [None, "光伏"]}


def test_what_folders_of_parts_are_named_after_stays_text(tmp_path: Path) -> None:
    found = _together(tmp_path, {"机构号=010101/a.parquet": {"借据号": ["1"]}, "机构号=020202/a.parquet": {"借据号": ["2"]}})
    assert found == {"机构号": ["010101", "020202"], "借据号": ["1", "2"]}


def test_parts_with_columns_of_two_kinds_are_no_one_table(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        _together(tmp_path, {"a.parquet": {"余额": ["1"]}, "b.parquet": {"余额": [2.5]}})
    assert (_code(refused), refused.value.problem.where) == ("ingest.parts_differ", "t/b.parquet")
