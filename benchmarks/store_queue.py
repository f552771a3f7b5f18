"""The review queue and batch decisions at size: ``python benchmarks/store_queue.py [--tags 1000000] [--decisions 200000]``.

Prints the median and the 95th percentile of a page's server time for each kind of filter, and the seconds of one batch call beside the
same rows by ``executemany`` into a bare table.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from greenfin.reference.load import load
from greenfin.store.decisions import Items, approve, propose
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.store.queue import Filter, page
from tests.reviewed import CHECKER, EDITION, MAKER, SOLAR, WIND, entered, tags_of, wanted

OFFICE = Actor("a", "auditor")
BRANCH = Actor("b", "checker", ("B001", "B002", "B003"))
FILTERS: dict[str, tuple[Actor, Filter]] = {
    "all": (OFFICE, Filter()),
    "state": (OFFICE, Filter(states=("proposed",), edition=EDITION)),
    "decision": (OFFICE, Filter(decision="review")),
    "rare reason": (OFFICE, Filter(reason="tag.name_only")),
    "entry": (OFFICE, Filter(code=WIND)),
    "branch": (OFFICE, Filter(branch="B007")),
    "three branches": (BRANCH, Filter()),
    "three branches, entry": (BRANCH, Filter(code=WIND)),
    "amount": (OFFICE, Filter(least_fen=9_999_000_000)),
    "amount, none": (OFFICE, Filter(least_fen=10**12)),
    "score": (OFFICE, Filter(least_score=0.5, most_score=0.6)),
    "score, none": (OFFICE, Filter(least_score=2.0)),
}


def filled(folder: str, size: int) -> Store:
    """A store with generated tags."""
    chance = random.Random(1)
    receipts = [f"JJ{i:012d}" for i in range(size)]
    tags = tags_of(receipts)
    columns = {
        "decision": chance.choices(["green", "review", "not_green"], [1, 1, 8], k=size),
        "code": chance.choices([WIND, SOLAR, "1.1.1", "2.2.1"], k=size),
        "reason": chance.choices(["tag.by_rule", "tag.doubtful", "tag.no_entry", "tag.name_only"], [50, 30, 20, 0.05], k=size),
        "score": [chance.random() for _ in receipts],
    }
    for name, values in columns.items():
        tags = tags.set_column(tags.schema.get_field_index(name), name, [values])
    store = open_store(folder)
    branches = [f"B{chance.randrange(200):03d}" for _ in receipts]
    entered(store, receipts, tags=tags, branches=branches, fen=[chance.randrange(10**10) for _ in receipts])
    return store


def page_times(store: Store, *, repeats: int = 40, clock: Callable[[], float] = time.perf_counter) -> dict[str, tuple[float, float, int]]:
    """Median and 95th percentile in milliseconds by a clock, and the rows of the page."""
    found = {}
    for name, (actor, wanted_) in FILTERS.items():
        times = []
        for _ in range(repeats):
            begin = clock()
            rows = page(store, actor, wanted_).rows
            times.append((clock() - begin) * 1e3)
        found[name] = (sorted(times)[repeats // 2], sorted(times)[int(repeats * 0.95)], len(rows))
    return found


def batch_times(size: int) -> dict[str, float]:
    """Seconds of one propose and one approve call, and of ``executemany`` of the same decisions into a bare table."""
    with tempfile.TemporaryDirectory() as folder:
        store, receipts = open_store(folder), [f"JJ{i:012d}" for i in range(size)]
        entered(store, receipts)
        reference, found = load(), {}
        begin = time.perf_counter()
        done = propose(store, MAKER, Items(receipts, [EDITION] * size, [0] * size), wanted(size), reference=reference)
        found["propose"] = time.perf_counter() - begin
        begin = time.perf_counter()
        approve(store, CHECKER, Items(receipts, [EDITION] * size, done.value.versions))
        found["approve"] = time.perf_counter() - begin
        whole = sqlite3.connect(f"{folder}/greenfin.sqlite")
        rows = whole.execute("SELECT * FROM decisions WHERE number > ?", (size,)).fetchall()
        bare = sqlite3.connect(f"{folder}/bare.sqlite")
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute(whole.execute("SELECT sql FROM sqlite_master WHERE name = 'decisions'").fetchone()[0])
        bare.execute("CREATE INDEX d ON decisions (receipt, edition, number)")
        begin = time.perf_counter()
        bare.executemany(f"INSERT INTO decisions VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608  # marks only
        bare.commit()
        found["executemany"] = time.perf_counter() - begin
        return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tags", type=int, default=1_000_000)
    parser.add_argument("--decisions", type=int, default=200_000)
    asked = parser.parse_args()
    for what, seconds in batch_times(asked.decisions).items():
        print(f"{what:<24}{asked.decisions:>10,}{seconds:>10.2f} s")
    with tempfile.TemporaryDirectory() as place:
        for what, (median, high, count) in page_times(filled(place, asked.tags)).items():
            print(f"{what:<24}{median:>8.2f} ms{high:>8.2f} ms{count:>5} rows")
