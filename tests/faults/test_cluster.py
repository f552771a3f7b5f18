"""A real Spark master with two worker processes: the same cells as one machine, whatever the parts, with broken data and killed workers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("pyspark", reason="greenfin[spark] is not installed: uv sync --extra spark")

from benchmarks.book import AS_OF, make
from greenfin import pipeline
from greenfin.cluster import Cluster, cluster
from greenfin.core.problems import Refused
from greenfin.pipeline import Files, Options, RunResult
from greenfin.reference.load import Reference, load
from greenfin.streamed import listed
from greenfin.streamed.plan import planned
from greenfin.streamed.run import Advance, Streamed, run
from greenfin.streamed.spool import Spool
from tests.spark_machines import HOST, Standalone, standalone

pytestmark = pytest.mark.slow

LOANS = 20_000
BROKEN = 12_345  # the data row without a balance, from 0
OPTIONS = Options(policy="working")
LEDGER = "loans.parquet"


@dataclass(frozen=True)
class Here:
    """The cluster, and what one machine makes of the same book."""

    machines: Standalone
    cluster: Cluster
    files: Files
    whole: RunResult
    reference: Reference

    def run(self, name: str, files: Files, *, parts: int, advance: Advance = lambda *_: None) -> Streamed:
        """The run of a book in so many shards, on the cluster."""
        spool = Spool(self.cluster.folder / name)
        spool.begin({}, resume=False)
        plan = planned(files, OPTIONS, as_of=AS_OF, at_once=-(-LOANS // parts), shards=parts)
        return run(plan, spool, reference=self.reference, advance=advance, each=self.cluster.each)

    def assert_same(self, made: Streamed) -> None:
        """Every cell and every sum are those of one machine, and as many problems of each severity were found."""
        assert {one.id: one for one in made.result.tables.values()} == {one.id: one for one in self.whole.tables.values()}
        assert made.result.sums == self.whole.sums
        assert made.loans == len(self.whole.book.loans)
        assert made.counts == Streamed.count(self.whole.problems)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    folder = tmp_path_factory.mktemp("cluster")
    made = make(folder / "book", loans=LOANS)
    files = Files((_in_groups(made.loans, parts=1), made.projects, made.inputs))
    reference = load().whole()
    whole = pipeline.run(files, OPTIONS, as_of=AS_OF, reference=reference)
    work = folder / "work"
    (work / "catalog").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch, standalone(folder / "spark", workers=2) as machines:
        patch.setenv("SPARK_LOCAL_IP", HOST)
        with cluster(machines.master, work, catalog=work / "catalog") as found:
            yield Here(machines, found, files, whole, reference)


def _in_groups(path: Path, *, parts: int) -> Path:
    """The ledger in so many row groups, one row of it without a balance."""
    rows = pq.read_table(path)
    at = rows.column_names.index("贷款余额")
    balances = rows["贷款余额"].to_pylist()
    balances[BROKEN] = None
    target = path.with_name(f"in_{parts}") / LEDGER
    target.parent.mkdir()
    rows = rows.set_column(at, rows.schema.field(at), pa.array(balances, rows.schema.field(at).type))
    pq.write_table(rows, target, row_group_size=-(-len(rows) // parts))
    return target


@pytest.mark.parametrize("parts", [1, 2, 7, 64])
def test_every_cell_is_that_of_one_machine(here: Here, parts: int) -> None:
    loans, *others = here.files.books
    if parts > 1:
        loans = _in_groups(loans, parts=parts)
    made = here.run(f"of-{parts}", replace(here.files, books=(loans, *others)), parts=parts)
    here.assert_same(made)
    broken = [p for path in made.read for p in _told(path) if p["where"].endswith(str(BROKEN + 2))]
    assert "ingest.amount_missing" in {p["code"] for p in broken}, broken


def _told(path: Path) -> list[dict[str, str]]:
    told: list[dict[str, str]] = listed.first(path).select(["code", "where"]).to_pylist()
    return told


def test_a_partition_that_cannot_be_read_is_told_with_its_first_row(here: Here) -> None:
    loans, *others = here.files.books
    damaged = _in_groups(loans, parts=4)
    about = pq.read_metadata(damaged)
    first = sum(about.row_group(group).num_rows for group in range(2))
    with damaged.open("r+b") as stream:
        stream.seek(about.row_group(2).column(about.schema.names.index("贷款用途")).data_page_offset)
        stream.write(b"\xff" * 64)
    with pytest.raises(Refused) as refused:
        here.run("damaged", replace(here.files, books=(damaged, *others)), parts=4)
    assert refused.value.problem.code == "ingest.file_damaged"
    assert refused.value.problem.where == f"{LEDGER}!{first + 2}"


def test_the_command_leaves_the_same_files_by_a_cluster_without_a_catalog(tmp_path: Path) -> None:
    """Spark is set up otherwise there: it sees numbers only."""
    books = [str(path) for path in make(tmp_path / "book", loans=4_000).paths]
    words = ["run", *books, "--as-of", AS_OF.isoformat(), "--policy", "working", "--batch", "1000"]
    for name, more in (("here", ["--workers", "1"]), ("there", ["--engine", "spark", "--master", "local[2]"])):
        command = [sys.executable, "-c", "from greenfin.cli.main import main; main()", *words, "--out", str(tmp_path / name), *more]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, "SPARK_LOCAL_IP": HOST})
        assert done.returncode in (0, 1), done.stderr  # 1: errors in the book's data
    here, there = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}
        for name in ("here", "there")
    )
    assert here
    assert here == there


def test_a_table_of_the_catalog_is_read_as_the_file_it_was_made_of(here: Here) -> None:
    session, loans = here.cluster.session, here.files.books[0]
    folder = here.cluster.folder / "tables"
    folder.mkdir()
    session.sql(f"CREATE DATABASE bank LOCATION '{here.cluster.folder / 'bank.db'}'")
    session.read.parquet(str(loans)).repartition(3).write.format("orc").saveAsTable("bank.loans")
    copy = pq.read_table(here.cluster.copied("bank.loans", folder))
    expected = pq.read_table(loans)
    assert copy.column_names == expected.column_names
    order = [(name, "ascending") for name in ("借据号", "贷款用途", "贷款余额")]
    assert copy.sort_by(order).to_pylist() == expected.sort_by(order).to_pylist()
    with pytest.raises(Refused) as refused:
        here.cluster.copied("bank.no_such_table", folder)
    assert refused.value.problem.code == "cluster.no_table"


def test_a_worker_killed_in_the_middle_changes_no_cell(here: Here) -> None:
    """Its parts are made by the other one; what it had finished is not made again."""
    loans, *others = here.files.books
    books = (_in_groups(loans, parts=8), *others)
    killed: list[str] = []

    def kill() -> None:
        spool = here.cluster.folder / "killed"
        while not list(spool.glob("shard-??????")):
            time.sleep(0.02)
        here.machines.kill(here.machines.processes[-1])
        killed.extend(path.name for path in spool.glob("shard-??????"))

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    made = here.run("killed", replace(here.files, books=books), parts=8)
    killer.join(timeout=1)
    assert 1 <= len(killed) < 8, killed
    here.assert_same(made)
