"""Writers killed at random moments: nothing committed is lost, nothing is half-written, the record verifies, the next one goes on."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from greenfin.store.audit import verify_chain
from greenfin.store.opening import Store
from greenfin.store.writing import writing
from tests.faults.writers import FIGURES, Keeper, keeper
from tests.store_places import StorePlace, new_place

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

LOANS = 100
LONGEST = 0.25  # seconds: two or three batches
Note = Callable[[str, object], None]
A_STORE = 10  # kills before a new store is begun


@dataclass
class Kills:
    """What came of the kills."""

    moments: Counter[str] = field(default_factory=Counter)
    said: int = 0
    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    slowest_next: float = 0.0


def _kill(keeper_: Keeper, place: StorePlace, name: str, after: float, kills: Kills) -> list[str]:
    """One writer killed after so many seconds; what it said it had committed."""
    pid = keeper_.start(place, name, LOANS)
    warm = [keeper_.next(), keeper_.next()]  # the first import: its libraries are loaded, from here on it only writes
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    lines = [*warm, *keeper_.rest()]
    assert lines[-1] == f"ended {-signal.SIGKILL}", lines
    begun = [line for line in lines if line.startswith("begin ")]
    done = [line for line in lines[:-1] if not line.startswith("begin ")]
    kills.moments[begun[-1].removeprefix("begin ") if len(begun) > len(done) else "between"] += 1
    kills.said += len(done)
    return done


_COMMITTED = {
    "import": "SELECT count(*) FROM books JOIN imports ON book = id WHERE id = :first AND loans = :n",
    "enter": "SELECT count(*) FROM tags WHERE receipt LIKE :of",
    "propose": "SELECT count(*) FROM decisions WHERE step = 'propose' AND receipt LIKE :of AND number BETWEEN :first AND :last",
    "approve": "SELECT count(*) FROM decisions WHERE step = 'approve' AND receipt LIKE :of AND number BETWEEN :first AND :last",
    "publish": "SELECT count(*) FROM publications WHERE run = :batch",
    "restate": "SELECT count(*) FROM restatements WHERE cell LIKE :of",
}


def check(store: Store, said: list[str], kills: Kills) -> None:
    """Everything that was said is there; every batch is whole or not there at all; the counts of the queue are those of the tags."""
    with store.engine.connect() as connection:
        for line in said:
            step, batch, first, n = line.split()
            numbers = (first, 0) if step == "import" else (int(first), int(first) + int(n) - 1)
            of = f"{batch}!%" if step == "restate" else f"{batch}-%"
            asked = {"batch": batch, "of": of, "n": int(n), "first": numbers[0], "last": numbers[1]}
            query = text(_COMMITTED[step])
            found = connection.execute(query, {name: asked[name] for name in asked if f":{name}" in str(query)}).scalar_one()
            if found != (1 if step == "import" else int(n)):
                kills.lost.append(line)
        for query, whole in (
            ("SELECT at, count(*) FROM decisions GROUP BY at", LOANS),
            ("SELECT run, count(*) FROM publications GROUP BY run", FIGURES),
            ("SELECT book, count(*) FROM tags GROUP BY book", LOANS),
            ("SELECT id, (SELECT count(*) FROM imports WHERE book = id) FROM books", 1),
        ):
            kills.half += [f"{name} {n}" for name, n in connection.execute(text(query)) if n != whole]
        kept = "SELECT edition, state, branch, decision, is_changed, tags, amount_fen FROM tag_counts WHERE tags <> 0"
        real = "SELECT edition, state, branch, decision, is_changed, count(*), sum(amount_fen) FROM tags GROUP BY 1, 2, 3, 4, 5"
        if {tuple(row) for row in connection.execute(text(kept))} != {tuple(row) for row in connection.execute(text(real))}:
            kills.half.append("tag_counts")


def _killed(keeper_: Keeper, place: StorePlace, times: int, seed: int) -> Kills:
    """So many writers killed one after another on one store, with a check after each."""
    kills, rng = Kills(), random.Random(seed)
    store = place.open()
    for n in range(times):
        said = _kill(keeper_, place, f"w{n}", rng.uniform(0.0, LONGEST), kills)
        began = time.monotonic()
        with writing(store) as now:
            now.event("a", "after.kill", detail={"n": n})
        kills.slowest_next = max(kills.slowest_next, time.monotonic() - began)
        check(store, said, kills)
        verdict = verify_chain(store)
        assert verdict.same, verdict.findings
    left = [path for path in place.files.rglob(".new-*") if path.is_file()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in left)
    store.engine.dispose()
    return kills


def _sound(all_kills: list[Kills], times: int, note: Note) -> None:
    moments = sum((kills.moments for kills in all_kills), Counter())
    assert not [line for kills in all_kills for line in kills.lost]
    assert not [line for kills in all_kills for line in kills.half]
    assert sum(moments.values()) == times
    note("kills", dict(moments))
    note("commits said before", sum(kills.said for kills in all_kills))
    note("seconds until the next has written", round(max(kills.slowest_next for kills in all_kills), 3))


def test_a_few_writers_are_killed(store_place: StorePlace, record_testsuite_property: Note) -> None:
    with keeper() as keeper_:
        _sound([_killed(keeper_, store_place, 5, seed=1)], 5, record_testsuite_property)


def _many(engine: str, times: int, seed: int, folder: Path) -> list[Kills]:
    done = []
    with keeper() as keeper_:
        for at in range(times // A_STORE):
            with new_place(engine, folder / str(at)) as place:
                done.append(_killed(keeper_, place, A_STORE, seed=seed + at))
    return done


@pytest.mark.slow
def test_two_hundred_writers_are_killed(tmp_path: Path, record_testsuite_property: Note) -> None:
    done = _many("sqlite", 200, 100, tmp_path)
    _sound(done, 200, record_testsuite_property)
    moments = sum((kills.moments for kills in done), Counter())
    assert {"import", "propose", "approve", "publish"} <= moments.keys()  # the moments are spread over the work


@pytest.mark.slow
def test_fifty_clients_of_a_server_are_killed(tmp_path: Path, record_testsuite_property: Note) -> None:
    _sound(_many("postgresql", 50, 200, tmp_path), 50, record_testsuite_property)
