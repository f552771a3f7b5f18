"""Time the record against the work it cannot do without, side by side in one run; medians of several runs, as JSON lines.

``python benchmarks/store.py [--rows 200000] [--audited 1000000] [--runs 5] [--server ADDRESS]``. How to read it: ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.goals import Goal, tell
from benchmarks.store_batches import batches
from benchmarks.timing import seconds
from greenfin.store import Store, open_store
from greenfin.store.audit import verify_chain
from greenfin.store.chain import block_bytes, columns_of
from greenfin.store.opening import connect
from greenfin.store.upgrading import upgrade
from greenfin.store.writing import writing

_AT = "2026-01-05T12:00:00.000000+00:00"
APPEND_GOAL, AUDIT_GOAL = 2, 3


def decisions(n: int) -> list[dict[str, object]]:
    """As many decisions, as wide as a bank's."""
    same: dict[str, object] = {
        "at": _AT, "actor": "zhang.san", "role": "maker", "step": "submit", "edition": "green-finance-2025", "branch": "330102",
        "state_from": "proposed", "state_to": "submitted", "decision": "green", "code": "1.2.3.4", "share_ppm": 1_000_000,
        "reason": "符合目录第1.2.3.4项", "effective_on": "2026-01-05", "evidence": '["' + "a" * 64 + '"]', "replaces": None,
        "book": "b" * 64,
    }  # fmt: skip
    return [{**same, "receipt": f"JK{i:012d}", "project": f"P{i % 9000:06d}"} for i in range(n)]


def raw_insert(store: Store, rows: Sequence[tuple[object, ...]]) -> None:
    """The driver's own way to put the rows into the same table: one transaction, nothing else."""
    names = ", ".join(columns_of("decisions"))
    with store.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        if store.is_sqlite:
            marks = ", ".join("?" * len(columns_of("decisions")))
            connection.connection.executemany(f"INSERT INTO decisions ({names}) VALUES ({marks})", rows)  # noqa: S608  # our own names
            return
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY decisions ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def append(store: Store, rows: Sequence[Mapping[str, object]]) -> None:
    """The same rows through the record: append, chain, head."""
    with writing(store) as now:
        now.append("decisions", rows)


def emptied(address: str | None) -> Store:
    """A store without rows: a new directory, or the tables of a server's database made anew."""
    folder = tempfile.mkdtemp(prefix="greenfin-bench-")
    if address is None:
        return open_store(folder)
    store = connect(address, files=folder)
    with store.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    upgrade(store)
    return store


def side_by_side(works: Mapping[str, Callable[[], float]], runs: int, floor: str, rows: int) -> dict[str, float]:
    """Each work in turn, so that both meet the same machine; prints medians, and returns their ratios to the floor."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            taken[name].append(work())
    medians = {name: statistics.median(found) for name, found in taken.items()}
    for name, found in medians.items():
        ratio = round(found / medians[floor], 2)
        print(json.dumps({"step": name, "rows": rows, "runs": runs, "median_seconds": round(found, 4), "ratio": ratio, "floor": floor}))
    return {name: found / medians[floor] for name, found in medians.items()}


def appending(n: int, runs: int, address: str | None) -> Goal:
    """Appending with the chain against the driver's bulk insert; by processor time, but elapsed where a server does a part of it."""
    rows = decisions(n)
    tuples = [(i, *(row[name] for name in columns_of("decisions")[1:])) for i, row in enumerate(rows, 1)]

    def timed(work: Callable[[Store], object]) -> float:
        store = emptied(address)
        found = seconds(lambda: work(store), time.perf_counter if address else time.process_time)
        store.engine.dispose()
        shutil.rmtree(store.files)
        return found

    works = {
        "raw bulk insert": lambda: timed(lambda store: raw_insert(store, tuples)),
        "append with chain": lambda: timed(lambda store: append(store, rows)),
    }
    found = side_by_side(works, runs, "raw bulk insert", n)
    return Goal("decisions appended over the driver's bulk insert", found["append with chain"], APPEND_GOAL)


def deciding(n: int, runs: int) -> None:
    """A batch call of the review against the driver's own way to write the very same rows."""
    with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as folder:
        for name, batch in batches(Path(folder), n).items():
            floor = f"{name}: raw insert of decisions and update of tags"
            works: dict[str, Callable[[], float]] = {
                f"{name}: raw insert of decisions": partial(batch.timed_raw, with_tags=False),
                floor: partial(batch.timed_raw, with_tags=True),
                f"{name}: the call": batch.timed,
            }
            side_by_side(works, runs, floor, n)


def auditing(n: int, runs: int, address: str | None) -> list[Goal]:
    """Auditing against the sha256 of the same bytes in memory, and against only reading them, by both clocks.

    An audit reads several blocks at once in processes of their own, the sha256 beside it is on one core: elapsed it may be shorter than by
    processor time, which is that of all its processes. A server's processor time is not this process's, so with one only the elapsed time
    is told.
    """
    store = emptied(address)
    for begin in range(0, n, 200_000):
        append(store, decisions(min(200_000, n - begin)))
    with store.engine.connect() as connection:
        spans = [tuple(row) for row in connection.execute(text("SELECT first, last FROM blocks ORDER BY number"))]
        pieces = [block_bytes(connection, "decisions", first, last) for first, last in spans]

    def read() -> None:
        with store.engine.connect() as connection:
            for first, last in spans:
                block_bytes(connection, "decisions", first, last)

    def audit() -> None:
        if not verify_chain(store, with_tags=False).same:
            raise RuntimeError("the record is not as it was written")

    works = {
        "sha256 of the same bytes": lambda: [hashlib.sha256(piece).digest() for piece in pieces],
        "read the same bytes": read,
        "audit": audit,
    }
    goals = []
    for called, clock in (("elapsed", time.perf_counter), ("processor time", processor))[: 1 if address else 2]:
        timed = {f"{name}, {called}": partial(seconds, work, clock) for name, work in works.items()}
        found = side_by_side(timed, runs, f"sha256 of the same bytes, {called}", n)
        goals.append(Goal(f"audit over sha256 of the same bytes, {called}", found[f"audit, {called}"], AUDIT_GOAL))
    print(json.dumps({"bytes": sum(map(len, pieces)), "blocks": len(spans)}))
    store.engine.dispose()
    shutil.rmtree(Path(store.files))
    return goals


def processor() -> float:
    """Processor seconds of this process and of those it started that have ended."""
    return sum(os.times()[:4])


def main() -> None:
    """Print one JSON line per step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--decided", type=int, default=200_000, help="tags of a batch call, on SQLite; 0 leaves it out")
    parser.add_argument("--audited", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--server", help="address of a PostgreSQL database to be emptied, instead of SQLite")
    asked = parser.parse_args()
    goals: list[Goal] = []
    if asked.rows:
        goals.append(appending(asked.rows, asked.runs, asked.server))
    if asked.decided and not asked.server:
        deciding(asked.decided, asked.runs)
    if asked.audited:
        goals += auditing(asked.audited, asked.runs, asked.server)
    tell(goals, asked)


if __name__ == "__main__":
    main()
