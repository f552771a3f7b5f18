"""A run and a record of a made-up book of any size, as the example has them: ``python benchmarks/record.py FOLDER [--loans 200000]``.

The book (``book.py``) is run with the example bank's papers, entered in the store and its tags proposed; the maker has then put forward
the first green loans, so that the checker has something to do. One password for everybody, as in the example.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.book import AS_OF, make
from greenfin import example, pipeline, run_folder
from greenfin import tag as tagger
from greenfin.landing import private_file
from greenfin.pipeline import Options, RunResult
from greenfin.store import books, decisions, people, queue
from greenfin.store.deciding import Items
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import EVERY_BRANCH, Actor, roles
from greenfin.store.proposals import enter_proposals
from greenfin.store.runs import register
from greenfin.ui.frame.example import KEY_FILE, Example

BOUND = ("maker", "checker", "loan_officer")
_PUT_FORWARD = 200  # loans


def record(folder: Path, *, loans: int) -> Example:
    """The record of a book of so many loans, made unless it is there."""
    made = Example(folder / "runs", folder / "store", secrets.token_urlsafe(15))
    if (made.store / KEY_FILE).is_file():
        return dataclasses.replace(made, password=json.loads((made.store / KEY_FILE).read_text("utf-8"))["password"])
    files = dataclasses.replace(example.files(), books=make(folder / "book", loans=loans).paths, decisions=None)
    result = pipeline.run(files, Options(policy="working"), as_of=AS_OF)
    _told("run", result.book.loans.num_rows)
    saved = run_folder.save(result, made.runs / "large")
    _told("saved", result.book.loans.num_rows)
    store = open_store(made.store)
    actors = _people(store, made.password)
    register(store, actors["esg"], saved, made_at=datetime.now(UTC))
    _enter(store, actors, result)
    _told("entered", result.book.loans.num_rows)
    with private_file(made.store / KEY_FILE) as file:
        file.write_text(json.dumps({"password": made.password}), encoding="utf-8")
    return made


def _told(step: str, loans: int) -> None:
    print(json.dumps({"step": step, "loans": loans, "cpu_seconds": round(time.process_time(), 1)}), file=sys.stderr)


def _people(store: Store, password: str) -> dict[str, Actor]:
    people.add_first_admin(store, people.ADMIN, password)
    admin = Actor(people.ADMIN, people.ADMIN)
    return {role: _person(store, admin, role, password) for role in roles() if role != people.ADMIN}


def _person(store: Store, admin: Actor, role: str, password: str) -> Actor:
    first = secrets.token_urlsafe(15)
    made = people.add_user(store, admin, role, role=role, branches=(EVERY_BRANCH,) if role in BOUND else (), password=first)
    people.change_password(store, role, first, password)
    return Actor(made.name, made.role, made.branches, made.display_name)


def _enter(store: Store, actors: dict[str, Actor], result: RunResult) -> None:
    maker = actors["maker"]
    kept = books.import_book(store, maker, result.book, result.problems)
    enter_proposals(store, maker, tagger.tag(result.book, result.reference).value, book=kept.id, loans=result.book.loans)
    rows = queue.page(store, maker, queue.Filter(decision="green"), limit=_PUT_FORWARD).rows
    items = Items([row.tag.receipt for row in rows], [row.tag.edition for row in rows], [row.tag.standing.version for row in rows])
    wanted = decisions.Wanted(["green" for _ in rows], [row.proposal_code for row in rows])
    decisions.propose(store, maker, items, wanted, reference=result.reference, reason="benchmark", effective_on=AS_OF)


def main() -> None:
    """Makes the record and says where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--loans", type=int, default=200_000)
    asked = parser.parse_args()
    made = record(asked.folder, loans=asked.loans)
    print(f"{made.runs}\n{made.store}")


if __name__ == "__main__":
    main()
