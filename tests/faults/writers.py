"""Processes that write into a store without pause and say what was committed, so that a test can kill them at any moment.

``python -m tests.faults.writers`` forks one writer for each line on its standard input (``ADDRESS FILES NAME LOANS``). A writer says
``begin STEP`` before each step and, once the commit has returned, ``STEP BATCH FIRST COUNT`` on standard output; when it is gone, its
keeper says ``ended STATUS``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO

from greenfin.core.problems import Refused
from greenfin.core.records import Book
from greenfin.reference.load import Reference, load
from greenfin.store.books import import_book
from greenfin.store.decisions import approve, propose
from greenfin.store.opening import Store, open_store
from greenfin.store.proposals import enter_proposals
from greenfin.store.publications import Figure, publish
from tests.reviewed import CHECKER, ESG, MAKER, items, loans_of, restated, tags_of, wanted
from tests.store_places import StorePlace

STEPS = ("import", "enter", "propose", "approve", "publish", "restate")
FIGURES = 30
_ROOT = Path(__file__).parents[2]
_DAY = date(2026, 1, 20)


def receipts_of(batch: str, loans: int) -> list[str]:
    """The receipts of a batch: nobody else's."""
    return [f"{batch}-{n:04d}" for n in range(loans)]


def book_of(batch: str, loans: int) -> Book:
    """A book that only this batch has."""
    return Book(as_of=date(2025, 12, 31), loans=loans_of(receipts_of(batch, loans)))


def figures_of(batch: str) -> list[Figure]:
    """Figures that only this batch publishes."""
    return [Figure(f"{batch}!co2.{n}", str(n), "tCO2e") for n in range(FIGURES)]


def write_batch(store: Store, reference: Reference, batch: str, loans: int) -> Iterator[tuple[str, str]]:
    """One batch through all steps; gives (step, "") before and (step, what was committed) after each."""
    receipts, book = receipts_of(batch, loans), book_of(batch, loans)
    yield "import", ""
    entry = import_book(store, MAKER, book)
    yield "import", f"{entry.id} {entry.loans}"
    yield "enter", ""
    entered = enter_proposals(store, MAKER, tags_of(receipts), book=entry.id, loans=book.loans)
    yield "enter", f"0 {entered.new}"
    for step, decide in (
        ("propose", lambda: propose(store, MAKER, items(store, receipts), wanted(loans), reference=reference)),
        ("approve", lambda: approve(store, CHECKER, items(store, receipts), reason="as seen", on=_DAY)),
    ):
        yield step, ""
        done = decide()
        assert not done.problems
        yield step, f"{min(done.value.versions)} {len(done.value)}"
    yield "publish", ""
    made = publish(store, ESG, figures_of(batch), run=batch, period="2025-12-31", kind="report", place="x", on=_DAY, needs_check=False)
    yield "publish", f"0 {made.value}"
    yield "restate", ""
    restated(store, Figure(f"{batch}!co2.1", "7", "tCO2e"), period="2025-12-31", reason="r", on=_DAY)
    yield "restate", "0 1"


def _tell(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def _write(address: str, files: str, reference: Reference, name: str, loans: int) -> int:
    """Batch after batch until killed or refused."""
    store = open_store(address, files=files)
    number = 0
    try:
        while True:
            batch = f"{name}b{number}"
            for step, committed in write_batch(store, reference, batch, loans):
                _tell(*((step, batch, committed) if committed else ("begin", step)))
            number += 1
    except Refused as refused:
        _tell("refused", refused.problem.code)
        return 2


def main() -> None:
    reference = load()
    with tempfile.TemporaryDirectory() as folder:  # what is loaded at the first use is there before the first writer
        store = open_store(folder)
        for _ in write_batch(store, reference, "warm", 10):
            pass
        store.engine.dispose()
    _tell("ready")
    for line in sys.stdin:
        address, files, name, loans = json.loads(line)
        child = os.fork()
        if not child:
            status = 3
            try:
                status = _write(address, files, reference, name, loans)
            finally:
                os._exit(status)
        _tell("pid", child)
        _tell("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


class Keeper:
    """The process that forks the writers."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "tests.faults.writers"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
        assert self.process.stdin
        assert self.process.stdout
        self.asks: IO[str] = self.process.stdin
        self.says: IO[str] = self.process.stdout
        assert self.says.readline() == "ready\n"

    def start(self, place: StorePlace, name: str, loans: int) -> int:
        """A new writer in a store; its process id."""
        self.asks.write(json.dumps([place.address, str(place.files), name, loans]) + "\n")
        self.asks.flush()
        return int(self.next().removeprefix("pid "))

    def next(self) -> str:
        """The next line."""
        return self.says.readline().rstrip("\n")

    def rest(self) -> list[str]:
        """All lines up to the writer's end, that one with them."""
        lines = [self.next()]
        while not lines[-1].startswith("ended"):
            lines.append(self.next())
        return lines


@contextmanager
def keeper() -> Iterator[Keeper]:
    """A keeper, gone when the block ends."""
    kept = Keeper()
    try:
        yield kept
    finally:
        kept.asks.close()
        kept.process.wait(30)
        kept.says.close()


if __name__ == "__main__":
    main()
