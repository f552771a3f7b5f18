"""Two processes that approve the same thousand loans at once: none lost, none twice, and the record still follows from its log."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from greenfin.reference.load import load
from greenfin.store.decisions import propose
from greenfin.store.replay import differences
from tests.reviewed import MAKER, entered, items, wanted
from tests.store_places import StorePlace

LOANS = 1_000
_ROOT = Path(__file__).parents[2]
_WORKER = """
import json, random, sys, time
from greenfin.store.decisions import Items, approve
from greenfin.store.opening import open_store
from greenfin.store.permissions import Actor
address, files, name, receipts, edition, versions = json.loads(sys.stdin.readline())
store = open_store(address, files=files)
order = list(range(len(receipts)))
random.Random(name).shuffle(order)
done = []
refused = 0
print("ready", flush=True)
sys.stdin.readline()
for at in range(0, len(order), 20):
    part = order[at : at + 20]
    items = Items([receipts[i] for i in part], [edition] * len(part), [versions[i] for i in part])
    found = approve(store, Actor(name, "checker", ("*",)), items)
    done += found.value.receipts
    refused += sum(p.code == "store.changed_meanwhile" for p in found.problems)
    time.sleep(0.002)  # somebody looks at the next page
print(json.dumps([done, refused]))
"""


@pytest.mark.slow
def test_two_processes_approve_a_thousand_loans_at_once(store_place: StorePlace) -> None:
    store = store_place.open()
    receipts = [f"L{i:04d}" for i in range(LOANS)]
    entered(store, receipts)
    assert len(propose(store, MAKER, items(store, receipts), wanted(LOANS), reference=load()).value) == LOANS
    seen = items(store, receipts)
    workers = []
    for name in ("checker1", "checker2"):
        asked = [store_place.address, str(store_place.files), name, receipts, seen.editions[0], list(seen.versions)]
        worker = subprocess.Popen([sys.executable, "-c", _WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
        assert worker.stdin
        worker.stdin.write(json.dumps(asked) + "\n")
        worker.stdin.flush()
        workers.append(worker)
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.close()
    answers = [json.loads(worker.stdout.read()) for worker in workers if worker.stdout]
    assert [worker.wait() for worker in workers] == [0, 0]
    done = [receipt for answer, _ in answers for receipt in answer]
    assert sorted(done) == receipts  # none lost, none twice
    assert sum(refused for _, refused in answers) == LOANS  # each was told of every loan the other had approved
    assert min(len(answer) for answer, _ in answers) > 0  # they did work at the same time
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM decisions WHERE step = 'approve'")).scalar() == LOANS
        assert connection.execute(text("SELECT count(*) FROM tags WHERE state = 'in_force'")).scalar() == LOANS
        assert not list(differences(connection))
    store.engine.dispose()
