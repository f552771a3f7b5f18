"""One batch call of the review against ``executemany`` of the very rows it writes, on SQLite; used by ``benchmarks/store.py``.

The call does everything: rights, versions, rules, the rows of the log and their chain, the tags with all their indexes, the counts. The
floor is one transaction of the driver on a copy of the same database: INSERT of the same decisions, UPDATE of the same tags.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.store_queue import filled
from greenfin.reference.load import load
from greenfin.store.chain import columns_of
from greenfin.store.decisions import Items, approve, propose
from greenfin.store.opening import Store, open_store
from greenfin.store.standings import STANDING
from tests.reviewed import CHECKER, EDITION, MAKER, wanted

_WRITTEN = (*STANDING, "is_changed", "queue_key")
_INSERT = f"INSERT INTO decisions VALUES ({', '.join('?' * len(columns_of('decisions')))})"  # noqa: S608  # marks only
_UPDATE = f"UPDATE tags SET {', '.join(f'{name} = ?' for name in _WRITTEN)} WHERE receipt = ? AND edition = ?"  # noqa: S608  # our own names
_ROWS = tuple[Sequence[tuple[object, ...]], Sequence[tuple[object, ...]]]


@dataclass(frozen=True)
class Batch:
    """A call over all tags of a database as it stood before, and the rows of decisions and tags that the call writes."""

    before: Path
    call: Callable[[Store], object]
    rows: _ROWS

    def timed(self) -> float:
        """Seconds of the call."""
        return self._on_a_copy(self.call)

    def timed_raw(self, *, with_tags: bool) -> float:
        """Seconds of the driver's own way to write the rows (of the log alone, or of the tags too): one transaction, nothing else."""
        decisions, tags = self.rows

        def work(store: Store) -> None:
            with store.engine.connect().execution_options(immediate=True) as connection, connection.begin():
                driver = connection.connection
                driver.executemany(_INSERT, decisions)  # type: ignore[attr-defined]  # of sqlite3
                if with_tags:
                    driver.executemany(_UPDATE, tags)  # type: ignore[attr-defined]  # of sqlite3

        return self._on_a_copy(work)

    def _on_a_copy(self, work: Callable[[Store], object]) -> float:
        with tempfile.TemporaryDirectory(prefix="greenfin-bench-") as folder:
            shutil.copytree(self.before, folder, dirs_exist_ok=True)
            store = open_store(folder)
            begin = time.process_time()
            work(store)
            taken = time.process_time() - begin
            store.engine.dispose()
            return taken


def batches(folder: Path, size: int) -> dict[str, Batch]:
    """A proposal of one class for all tags, and its approval; the databases before each stand in the folder."""
    receipts, reference = [f"JJ{i:012d}" for i in range(size)], load()
    filled(str(folder / "entered"), size).engine.dispose()

    def proposing(store: Store) -> object:
        return propose(store, MAKER, Items(receipts, [EDITION] * size, [0] * size), wanted(size), reference=reference)

    def approving(store: Store) -> object:
        return approve(store, CHECKER, Items(receipts, [EDITION] * size, range(1, size + 1)))

    found = {}
    for at, after, name, call in (("entered", "proposed", "propose", proposing), ("proposed", "approved", "approve", approving)):
        found[name] = Batch(folder / at, call, _written(folder / at, folder / after, call))
    return found


def _written(before: Path, after: Path, call: Callable[[Store], object]) -> _ROWS:
    """The rows that the call writes on a copy."""
    shutil.copytree(before, after)
    store = open_store(after)
    call(store)
    with store.engine.connect() as connection:
        driver = connection.connection
        tags = driver.execute(f"SELECT {', '.join(_WRITTEN)}, receipt, edition FROM tags ORDER BY queue_key").fetchall()  # type: ignore[attr-defined]  # noqa: S608
        query = "SELECT * FROM decisions WHERE number >= (SELECT min(version) FROM tags) ORDER BY number"
        decisions = driver.execute(query).fetchall()  # type: ignore[attr-defined]  # of sqlite3
    store.engine.dispose()
    return decisions, tags
