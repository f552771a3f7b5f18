"""Two processes that import books at once: different ones both get in, the same one gets in once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from greenfin.store.audit import verify_chain
from tests.store_places import StorePlace

BOOKS = 12
_WORKER = """
import json, sys
from greenfin.core.problems import Refused
from greenfin.store.books import import_book
from greenfin.store.opening import open_store
from greenfin.store.proposals import enter_proposals
from tests.faults.writers import book_of, receipts_of
from tests.reviewed import MAKER, tags_of
address, files, batches = json.loads(sys.stdin.readline())
store = open_store(address, files=files)
print("ready", flush=True)
sys.stdin.readline()
for batch in batches:
    book = book_of(batch, 40)
    entry = import_book(store, MAKER, book)
    enter_proposals(store, MAKER, tags_of(receipts_of(batch, 40)), book=entry.id, loans=book.loans)
    print(entry.id, flush=True)
"""


@pytest.mark.slow
def test_two_processes_import_books_at_once(store_place: StorePlace) -> None:
    store = store_place.open()
    shared = [f"s{n}" for n in range(BOOKS)]
    workers = []
    for name in "ab":
        own = [f"{name}{n}" for n in range(BOOKS)]
        batches = [batch for pair in zip(own, shared, strict=True) for batch in pair]
        words = [sys.executable, "-c", _WORKER]
        worker = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write(json.dumps([store_place.address, str(store_place.files), batches]) + "\n")
        worker.stdin.flush()
        workers.append(worker)
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.close()
    said = [worker.stdout.read().split() for worker in workers if worker.stdout]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert [len(ids) for ids in said] == [2 * BOOKS, 2 * BOOKS]
    assert said[0][1::2] == said[1][1::2]  # the same books, the same ids
    with store.engine.connect() as connection:
        entered = connection.execute(text("SELECT book, count(*) FROM imports GROUP BY book")).all()
        assert dict(map(tuple, entered)) == dict.fromkeys({*said[0], *said[1]}, 1)
        assert connection.execute(text("SELECT count(*) FROM books")).scalar() == 3 * BOOKS
        assert connection.execute(text("SELECT count(*) FROM tags")).scalar() == 3 * BOOKS * 40
        assert connection.execute(text("SELECT sum(tags) FROM tag_counts")).scalar() == 3 * BOOKS * 40
    verdict = verify_chain(store)
    assert verdict.same, verdict.findings
    store.engine.dispose()
