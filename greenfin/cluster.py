"""Parts of a large run made on an Apache Spark cluster: spans and shards by their numbers through ``mapInArrow``.

A worker gets a number, makes that part as one machine does (:mod:`greenfin.streamed.run`), leaves its rows, exact integer sums and
problems with their addresses in the folder of work that all nodes share, and hands back the number and what it was refused for.
Tables of a catalog are copied into that folder first. See ADR 26.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from greenfin.core.problems import Problem, Refused, error
from greenfin.ingest.batches import NeedsAll
from greenfin.ingest.columnar import written
from greenfin.reference.fingerprint import data_files
from greenfin.reference.load import Reference, load
from greenfin.streamed.carried import FAULTS, arrived, carried, fault
from greenfin.streamed.made_with import made_with
from greenfin.streamed.run import Do
from greenfin.streamed.workers import THREADS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SCHEMA = "number long, refused string, whole string"
_ARROW = pa.schema([("number", pa.int64()), ("refused", pa.string()), ("whole", pa.string())])
_LOG = "spark_log.properties"
_DRIVER_MEMORY = "512m"  # of Spark's own part of the driver: it sees numbers only
_QUICK = "-XX:TieredStopAtLevel=1"  # Java compiles once, quickly: most of what it does is its start
_NUMBERS_ONLY = {  # nothing of Spark's own is long enough to be planned anew or compiled, where no table goes through it
    "spark.executorEnv.JDK_JAVA_OPTIONS": _QUICK,  # before the options that a site gives its executors
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
_MASTER = re.compile(r"local(-cluster)?(\[.+\])?|yarn|k8s://.+|spark://(?P<places>.+)")
_GREETING, _LOOK, _PATIENCE = 10, 0.2, 180  # seconds: for an answer of a master, between two looks, for a first task that begins
_SAFE = re.compile(r"PartFailed: \d+: \w+|No module named '[\w.]+'|PYTHON_VERSION_MISMATCH|TABLE_OR_VIEW_NOT_FOUND")
_READ: dict[str, Reference] = {}  # by fingerprint: read once a process of a worker


class PartFailed(Exception):
    """A part that could not be made on a worker: its number and the kind of fault, never what stood in the data."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker checks before it makes a part: versions, reference data, the folder that all nodes share."""

    version: str
    fingerprint: str
    folder: str
    numbers: tuple[int, ...]


@contextmanager
def cluster(master: str, folder: Path, *, catalog: Path | None = None) -> Iterator[Cluster]:
    """The workers of a Spark master, who reach ``folder`` under the same path.

    ``catalog``: tables of its Hive catalog will be asked for; a folder for the files of a catalog where none is set up. Raises Refused
    where pyspark or Java is not there, or the cluster cannot be reached or cannot finish; NeedsAll as one machine does.
    """
    _check_installed()
    _check_answers(master)
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    with as_file(files("greenfin") / _LOG) as log:
        try:
            session = _session(master, log, catalog)
        except (Py4JError, PySparkException, OSError) as bad:
            raise Refused(error("cluster.not_reached", master, reason=type(bad).__name__)) from bad
        try:
            yield Cluster(session, folder.resolve())
        except (Py4JError, PySparkException) as bad:
            found = _SAFE.search(str(bad))
            raise Refused(error("cluster.failed", master, reason=found.group() if found else type(bad).__name__)) from bad
        finally:
            with suppress(Py4JError, OSError):
                session.stop()


def _check_installed() -> None:
    if find_spec("pyspark") is None:
        raise Refused(error("cluster.no_spark", "--engine spark"))
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=f"{home}/bin" if home else None):
        raise Refused(error("cluster.no_java", "--engine spark"))


def _check_answers(master: str) -> None:
    """Spark tries a standalone master for minutes: whether anybody listens there is seen at once."""
    found = _MASTER.fullmatch(master)
    if not found:
        raise Refused(error("cluster.not_a_master", "--master", found=master))
    reason = ""
    for place in (found["places"] or "").split(","):
        host, _, port = place.rpartition(":")
        try:
            if place:
                socket.create_connection((host.strip("[]"), int(port)), timeout=_GREETING).close()
        except (OSError, ValueError, OverflowError) as bad:
            reason = type(bad).__name__
        else:
            return
    raise Refused(error("cluster.not_reached", master, reason=reason))


def _session(master: str, log: Path, catalog: Path | None) -> SparkSession:
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    said = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
        "spark.speculation": "false",
        "spark.driver.memory": _DRIVER_MEMORY,
        "spark.driver.extraJavaOptions": f"{_QUICK} -Dlog4j2.configurationFile={log.as_uri()} -Dderby.system.home={catalog or ''}",
        **{f"spark.executorEnv.{name}": "1" for name in THREADS},  # a task has one core of its executor
        **({} if catalog else _NUMBERS_ONLY),
    }
    builder = SparkSession.builder.master(master).appName("greenfin")
    for name, value in said.items():
        builder = builder.config(name, value)
    return (builder.enableHiveSupport() if catalog else builder).getOrCreate()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where parts are made; ``folder`` is the same on all nodes."""

    session: SparkSession
    folder: Path
    sent: dict[str, Any] = field(default_factory=dict)  # reference data that the workers have, by fingerprint

    def each(self, numbers: Sequence[int], do: Do, reference: Reference) -> Iterator[int]:
        """The parts as tasks of Spark, one each, so that a lost worker costs the parts it was at; a number for each that is finished.

        Raises Refused, NeedsAll.
        """
        if not numbers:
            return
        context, fingerprint = self.session.sparkContext, reference.fingerprint
        if fingerprint not in self.sent:
            self.sent[fingerprint] = context.broadcast(_contents(reference.root))
        job, what = Job(made_with(), fingerprint, str(self.folder), tuple(numbers)), context.broadcast(do)
        make = _maker(job, what=what, data=self.sent[fingerprint])
        told = 0
        for finished in self._finished(self.session.range(0, len(numbers), 1, len(numbers)).mapInArrow(make, _SCHEMA)):
            yield from numbers[told:finished]
            told = max(told, finished)
        what.unpersist()

    def _finished(self, frame: DataFrame) -> Iterator[int]:
        """How many tasks are finished, again and again until all are. Raises Refused, NeedsAll for what a task hands back."""
        context, group = self.session.sparkContext, secrets.token_hex(8)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(_collected, frame, group)
            try:
                yield from self._watched(running, group)
            finally:
                if not running.done():
                    context.cancelJobGroup(group)
        rows = running.result()
        for row in rows:
            _raise(row.refused, row.whole)
        yield len(rows)

    def _watched(self, running: Future[Any], group: str) -> Iterator[int]:
        began, seen = time.monotonic(), False
        while not running.done():
            wait([running], timeout=_LOOK)
            done, active = self._tasks(group)
            seen = seen or bool(done or active)
            if not seen and time.monotonic() - began > _PATIENCE:
                raise Refused(error("cluster.no_workers", self.session.sparkContext.master, n=_PATIENCE))
            yield done

    def _tasks(self, group: str) -> tuple[int, int]:
        """Tasks of a group of jobs that are finished, and that are at work."""
        tracker = self.session.sparkContext.statusTracker()
        jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group)]
        stages = [tracker.getStageInfo(stage) for job in jobs if job for stage in job.stageIds]
        return sum(one.numCompletedTasks for one in stages if one), sum(one.numActiveTasks for one in stages if one)

    def copied(self, table: str, folder: Path) -> Path:
        """A table of the catalog as one parquet file in ``folder``, its rows in the order of its partitions. Raises Refused, OSError."""
        from pyspark.errors import AnalysisException, ParseException

        parts = folder / secrets.token_hex(8)
        parts.mkdir()
        try:
            frame = self.session.table(table)
        except (AnalysisException, ParseException) as bad:
            raise Refused(error("cluster.no_table", table, found=table)) from bad
        for _ in self._finished(frame.mapInArrow(_writer(str(parts)), _SCHEMA)):
            pass
        batches = (batch for path in sorted(parts.glob("*.parquet")) for batch in pq.ParquetFile(path).iter_batches())
        try:
            return written(batches, folder, name=table)
        finally:
            shutil.rmtree(parts, ignore_errors=True)


def _collected(frame: DataFrame, group: str) -> list[Any]:
    frame.sparkSession.sparkContext.setJobGroup(group, "greenfin")
    rows: list[Any] = frame.collect()
    return rows


def _raise(refused: str | None, whole: str | None) -> None:
    if whole is not None:
        raise NeedsAll(whole)
    if refused is not None:
        raise Refused(arrived(refused))


def _contents(root: Path) -> dict[str, bytes]:
    """The files of the reference data by their paths."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in data_files(root)}


def _writer(folder: str) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task does with its partition of a table: a parquet file under its number, whole or not at all."""

    def write(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context = TaskContext.get()
        number = context.partitionId() if context else 0
        try:
            _write(batches, Path(folder) / f"{number:09d}.parquet")
        except OSError as bad:
            yield _row(number, refused=error("cluster.cannot_write", folder, reason=bad.strerror or type(bad).__name__))
        else:
            yield _row(number)

    return write


def _write(batches: Iterable[pa.RecordBatch], target: Path) -> None:
    half = target.with_name(f"{target.name}.{secrets.token_hex(8)}.partial")
    writer: pq.ParquetWriter | None = None
    for batch in batches:
        writer = writer or pq.ParquetWriter(half, batch.schema, compression="lz4")
        writer.write_batch(batch)
    if writer:
        writer.close()
        half.replace(target)


def _maker(job: Job, *, what: Any, data: Any) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task of Spark does with the places of its numbers; what is to be done and the reference data are broadcast."""

    def make(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for at in batch.column(0).to_pylist():
                yield made(job, job.numbers[at], what=what, data=data)
                _settle()

    return make


def _settle() -> None:
    """What a worker keeps from part to part (words, methods) is looked through once: pyspark has all memory searched after each task."""
    gc.collect()
    gc.freeze()


def made(job: Job, number: int, *, what: Any, data: Any) -> pa.RecordBatch:
    """One part made here: its number, and what it was refused for (a problem as JSON) or why the book must be read whole."""
    try:
        _check_here(job)  # before anything of another version is unpacked
        do: Do = what.value
        do(number, _reference_of(job.fingerprint, data.value))
    except NeedsAll as reason:
        return _row(number, whole=str(reason))
    except Refused as bad:
        return _row(number, refused=bad.problem)
    except OSError as bad:
        return _row(number, refused=error("cluster.cannot_write", job.folder, reason=bad.strerror or type(bad).__name__))
    except FAULTS as bad:
        raise PartFailed(fault(number, bad)) from None
    return _row(number)


def _row(number: int, *, refused: Problem | None = None, whole: str | None = None) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{"number": number, "refused": refused and carried(refused), "whole": whole}], schema=_ARROW)


def _check_here(job: Job) -> None:
    if job.version != (here := made_with()):
        raise Refused(error("cluster.other_version", "", found=here, expected=job.version))
    if not Path(job.folder).is_dir():
        raise Refused(error("cluster.no_folder", job.folder))


def _reference_of(fingerprint: str, data: Mapping[str, bytes]) -> Reference:
    """The broadcast data as read on this worker; refused where they are not those of the fingerprint."""
    if fingerprint in _READ:
        return _READ[fingerprint]
    place = Path(tempfile.mkdtemp(prefix="greenfin-"))  # some files of it are read when first asked for: kept as long as the process
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    for name, content in data.items():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    reference = load(place).whole()
    if reference.fingerprint != fingerprint:
        raise Refused(error("cluster.other_reference", "", found=reference.fingerprint, expected=fingerprint))
    _READ[fingerprint] = reference
    return reference
