"""The example record: a run of the example bank, and a store in which its book was imported and partly decided.

Everybody in it has the one password made with it; it stands in a file that its owner alone may read.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin import example, pipeline, run_folder
from greenfin import tag as tagger
from greenfin.core.problems import Refused, error
from greenfin.landing import private_file
from greenfin.messages import Lang, say
from greenfin.pipeline import Inputs, Options, RunResult
from greenfin.run_folder import Saved
from greenfin.store import books, decisions, people, queue
from greenfin.store.deciding import Items
from greenfin.store.opening import Store, make_private, open_store
from greenfin.store.permissions import EVERY_BRANCH, Actor, Scope, actions, roles
from greenfin.store.proposals import enter_proposals
from greenfin.store.runs import register

KEY_FILE = "example.json"
EARLIER = "example-earlier"
_BEGUN = ".example-being-made"
_SECRET_BYTES = 15
_GREEN = "green"
_APPROVED, _RETURNED = 3, 1  # of every ten kinds of green loans: what the checker has already done with the maker's proposals


@dataclass(frozen=True, slots=True)
class Example:
    """Where the example record is: the folder of runs, the store's directory, and the password of all its users."""

    runs: Path
    store: Path
    password: str


def example_at(folder: Path) -> Example | None:
    """The example record of a folder, or None where there is none."""
    file = folder / "store" / KEY_FILE
    if not file.is_file():
        return None
    return Example(folder / "runs", folder / "store", json.loads(file.read_text("utf-8"))["password"])


def password_of(store: Store) -> str:
    """The password of an example's users; empty for any other store."""
    file = store.files / KEY_FILE
    return str(json.loads(file.read_text("utf-8"))["password"]) if store.is_sqlite and file.is_file() else ""


def make(folder: Path, *, lang: Lang = "zh") -> Example:
    """Make the example record in a folder, which takes a few seconds. Raises Refused where something else is there already."""
    if (there := example_at(folder)) is not None:
        return there
    _begin(folder)
    made = Example(folder / "runs", folder / "store", secrets.token_urlsafe(_SECRET_BYTES))
    result = pipeline.run(example.files(), Options(policy="working"), as_of=example.AS_OF)
    saved = run_folder.save(result, made.runs / "example", lang=lang)
    store = open_store(made.store)
    actors = _people(store, made.password, result.book.loans)
    for one in (_earlier(result, made.runs / EARLIER, lang), saved):
        register(store, actors["esg"], one, made_at=datetime.now(UTC))
    _decide(store, actors, result)
    with private_file(made.store / KEY_FILE) as file:
        file.write_text(json.dumps({"password": made.password}), encoding="utf-8")
    (folder / _BEGUN).unlink()
    return made


def _earlier(result: RunResult, folder: Path, lang: Lang) -> Saved:
    """The run of the year before, against which the bank's year is seen."""
    inputs = Inputs(example.a_year_before(result.book), bank=result.inputs.bank)
    return run_folder.save(pipeline.compute(inputs, result.options, reference=result.reference), folder, lang=lang)


def _begin(folder: Path) -> None:
    """An empty folder of its owner's; what was begun there and not finished is taken away. Raises Refused."""
    if (folder / _BEGUN).is_file():
        shutil.rmtree(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(error("ui.example_taken", str(folder)))
    (make_private(folder) / _BEGUN).touch()


def _people(store: Store, password: str, loans: pa.Table) -> Mapping[str, Actor]:
    """A user of each role, called as the role is and shown by a name in both languages; those bound to branches have all of them, the loan
    officer the largest one."""
    named = {role: say(f"ui.example.person.{role}", "zh") for role in roles()}
    people.add_first_admin(store, people.ADMIN, password, display_name=named[people.ADMIN])
    admin = Actor(people.ADMIN, people.ADMIN)
    others = [role for role in roles() if role != people.ADMIN]
    made = {role: _person(store, admin, role, branches=_branches(role, loans), secret=password, name=named[role]) for role in others}
    return {people.ADMIN: admin, **made}


def _person(store: Store, admin: Actor, role: str, *, branches: Sequence[str], secret: str, name: str) -> Actor:
    first = secrets.token_urlsafe(_SECRET_BYTES)
    made = people.add_user(store, admin, role, role=role, branches=branches, password=first, display_name=name)
    people.change_password(store, role, first, secret)
    return Actor(made.name, made.role, made.branches, made.display_name)


def _branches(role: str, loans: pa.Table) -> tuple[str, ...]:
    if actions()["read_loans"].scopes[role] is not Scope.OWN_BRANCHES:
        return ()
    decides = any(actions()[act].scopes[role] is not Scope.NO for act in ("propose", "approve"))
    return (EVERY_BRANCH,) if decides else (_largest(loans),)


def _largest(loans: pa.Table) -> str:
    counts = pc.value_counts(loans["branch_code"].drop_null()).to_pylist()
    return str(max(counts, key=lambda pair: (pair["counts"], pair["values"]))["values"])


def _decide(store: Store, actors: Mapping[str, Actor], result: RunResult) -> None:
    """The book enters with what the machine says of it; the maker proposes the green ones, the checker has begun with them."""
    maker, checker = actors["maker"], actors["checker"]
    kept = books.import_book(store, maker, result.book, result.problems)
    tags = tagger.tag(result.book, result.reference).value
    enter_proposals(store, maker, tags, book=kept.id, loans=result.book.loans)
    for number, rows in enumerate(_kinds(queue.pages(store, maker, queue.Filter(decision=_GREEN)))):
        wanted = decisions.Wanted([_GREEN for _ in rows], [row.proposal_code for row in rows])
        reason = say("ui.example.reason", "zh")
        done = decisions.propose(store, maker, _items(rows), wanted, reference=result.reference, reason=reason, effective_on=example.AS_OF)
        at = number % 10
        items = Items(done.value.receipts, done.value.editions, done.value.versions)
        if at < _APPROVED and len(items.receipts):
            decisions.approve(store, checker, items)
        elif at < _APPROVED + _RETURNED and len(items.receipts):
            decisions.return_(store, checker, items, reason=say("ui.example.returned", "zh"))


def _kinds(rows: Iterable[queue.QueueRow]) -> list[list[queue.QueueRow]]:
    """The rows by the class proposed, every other class: the others wait for the maker."""
    ordered = sorted(rows, key=lambda row: row.proposal_code)
    return [list(same) for _code, same in groupby(ordered, key=lambda row: row.proposal_code)][::2]


def _items(rows: Sequence[queue.QueueRow]) -> Items:
    return Items([row.tag.receipt for row in rows], [row.tag.edition for row in rows], [row.tag.standing.version for row in rows])
