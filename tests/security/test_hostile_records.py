"""What people type into the record: SQL, formulas, paths and signs that steer, in every field. It stays text, on both engines."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest
from sqlalchemy import text

from greenfin.core.problems import Refused
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.store import queue, watch
from greenfin.store.audit import verify_chain
from greenfin.store.books import books, import_book, read_book_back
from greenfin.store.decisions import Items, approve, propose, return_, withdraw
from greenfin.store.events import events
from greenfin.store.evidence import Link, add_evidence, evidence_of, plain_name, read_evidence
from greenfin.store.exporting import decisions_table
from greenfin.store.history import history
from greenfin.store.needs import needs_on
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.proposals import enter_proposals
from greenfin.store.publications import Figure, frozen_factors, publish, stated
from greenfin.store.writing import writing
from tests.reviewed import AUDITOR, CHECKER, EDITION, ESG, MAKER, items, loans_of, restated, tags_of, wanted

DAY = date(2026, 1, 20)
TEXTS = {
    "end of string": "'; DROP TABLE tags; --",
    "double": '"; DELETE FROM decisions; --',
    "or true": "' OR '1'='1",
    "union": "x' UNION SELECT password_hash FROM users --",
    "marks": "? ?1 :x %s %(x)s $1 {0} {among} {x!r}",
    "like": "%_\\",
    "comment": "/* */ -- \n;",
    "json": '","x":1}],[{"$ref":"#"}',
    "formula": "=cmd|'/C calc'!A0",
    "path": "../../../etc/passwd",
    "steering": "\x1b[2J\x1b]0;x\x07\u202e\u2066",
    "dollar": "$$;DROP TABLE tags;$$",
    "copy": "a\tb\\N\\.\n\\t",
    "wide": "借据＇；𝄞👩‍🌾\u00a0\u200b",
    "long": "'" * 4000,
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_in_every_field_come_back_as_they_were(store: Store, name: str) -> None:
    bad = TEXTS[name]
    before = _tables(store)
    actor = Actor(bad, "maker", (bad,))
    loans = loans_of([bad, f"{bad}2"], projects=[bad, bad], branches=[bad, bad])
    loans = loans.set_column(
        loans.column_names.index("customer_name"), "customer_name", pc.cast([bad, bad], loans.schema.field("customer_name").type)
    )
    book = import_book(store, MAKER, Book(date(2025, 12, 31), loans=loans))
    enter_proposals(
        store, actor, tags_of([bad, f"{bad}2"], reason=[bad] * 2, rule=[bad] * 2, needs=[json.dumps([bad])] * 2), book=book.id, loans=loans
    )
    assert not propose(store, actor, items(store, [bad]), wanted(1), reference=load(), reason=bad).problems
    checker = Actor(f"{bad}c", "checker", (bad,))
    assert not approve(store, checker, items(store, [bad]), reason=bad).problems
    assert not withdraw(store, actor, items(store, [bad]), cause="other", on=DAY, reason=bad).problems
    assert not return_(store, checker, items(store, [bad]), reason=bad).problems
    acts = history(store, AUDITOR, bad)
    assert [act["reason"] for act in acts] == [bad, bad, f"other: {bad}", bad]
    assert {act["actor"] for act in acts} == {bad, f"{bad}c"}
    assert decisions_table(store, CHECKER, as_of=date(2099, 1, 1))["receipt_no"].to_pylist() == [bad]
    assert read_book_back(store, MAKER, book.id).loans["customer_name"].to_pylist() == [bad, bad]
    told = {"run": bad, "period": bad, "kind": "report", "place": bad, "edition": bad}
    assert publish(store, ESG, [Figure(bad, bad, bad)], on=DAY, needs_check=False, **told).value == 1
    restated(store, Figure(bad, f"{bad}2", bad), period=bad, reason=f"{bad}.", on=DAY, old_method=bad, new_method=bad)
    assert stated(store, ESG, [bad, "x"], period=bad)[bad].value == f"{bad}2"
    for found in (
        watch.watch(store, MAKER, as_of=DAY),
        books(store, MAKER, before=bad),
        events(store, AUDITOR, subject=bad, by=bad, kind=bad),
    ):
        assert isinstance(found, tuple)
    assert _tables(store) == before
    verdict = verify_chain(store)
    assert verdict.same, verdict.findings


@pytest.mark.parametrize("name", TEXTS)
def test_filters_of_the_queue_are_only_compared(store: Store, name: str) -> None:
    bad = TEXTS[name]
    loans = loans_of(["L1", "L2"])
    enter_proposals(store, MAKER, tags_of(["L1", "L2"]), book="b", loans=loans)
    for one in fields(queue.Filter):
        if one.type in ("str | None", "tuple[str, ...]"):
            chosen = queue.Filter(**{one.name: (bad,) if one.name == "states" else bad})
            assert queue.page(store, MAKER, chosen).rows == ()
            count = queue.counted(store, MAKER, chosen)
            assert count is None or count.tags == 0
    assert len(queue.page(store, MAKER, after=bad).rows) in (0, 2)
    assert queue.page(store, Actor("x", "maker", (bad,))).rows == ()
    assert queue.page(store, Actor("x", "maker", tuple(f"{bad}{n}" for n in range(20)))).rows == ()
    for work in (lambda: queue.rows_of(store, MAKER, bad), lambda: queue.tags_of(store, MAKER, [bad], edition=bad)):
        assert work() == []
    done = approve(store, CHECKER, Items([bad], [bad], [0]))
    assert [problem.code for problem in done.problems] == ["store.tag_unknown"]
    for refused in (
        lambda: evidence_of(store, MAKER, bad),
        lambda: read_evidence(store, MAKER, bad),
        lambda: frozen_factors(store, ESG, bad),
    ):
        assert _code(refused) in {"store.evidence_of_unknown", "store.unknown_evidence", "store.unknown_factors"}
    assert len(queue.page(store, MAKER).rows) == 2


def _tables(store: Store) -> set[str]:
    from sqlalchemy import inspect

    return set(inspect(store.engine).get_table_names())


def _code(work: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.problem.code


@pytest.mark.parametrize("bad", ["a\0b", "\ud800", "a\udcffb"])
def test_texts_that_no_database_keeps_are_refused(store: Store, bad: str) -> None:
    enter_proposals(store, MAKER, tags_of(["L1"]), book="b", loans=loans_of(["L1"]))
    seen = items(store, ["L1"])
    assert _code(lambda: propose(store, MAKER, seen, wanted(1), reference=load(), reason=bad)) == "store.bad_text"

    def event() -> None:
        with writing(store) as now:
            now.event("a", "x", reason=bad)

    assert _code(event) == "store.bad_text"
    assert items(store, ["L1"]).versions == [0]
    assert verify_chain(store).same


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\x.exe": "x.exe",
    "/etc/shadow": "shadow",
    "C:\\Windows\\win.ini": "win.ini",
    "a/../../b.pdf": "b.pdf",
    "file:///etc/x": "x",
    ".bashrc": "bashrc",
    "...": None,
    "..": None,
    "/": None,
    "": None,
    "\u202egpj.exe": "gpj.exe",
    "x\0.pdf": "x.pdf",
    "con": "_con",
    "LPT1.txt": "_LPT1.txt",
    "a:b.pdf": "a_b.pdf",
    "x.pdf::$DATA": "x.pdf__$DATA",
    "=cmd|' /C calc'!A0.pdf": "=cmd_' _C calc'!A0.pdf",
    "x. . .": "x",
    "\u200b": None,
    "<script>.html": "_script_.html",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_papers_lead_nowhere(name: str) -> None:
    if NAMES[name] is None:
        assert _code(lambda: plain_name(name)) == "store.bad_file_name"
        return
    made = plain_name(name)
    assert made == NAMES[name] or "/" in name  # a slash ends a folder's name, wherever it stands
    assert not set(made) & set('/\\<>:"|?*\0')
    assert len(plain_name(name + "x" * 500)) <= 121


def test_papers_are_kept_by_their_hash_alone_and_never_run(store: Store, tmp_path: Path) -> None:
    enter_proposals(store, MAKER, tags_of(["L1"]), book="b", loans=loans_of(["L1"]))
    paper = tmp_path / "x.sh"
    paper.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    paper.chmod(0o4777)
    for name in ("../../../../tmp/evil.sh", "a\0/../b", "x" * 5000):
        sha = add_evidence(store, MAKER, paper, kind="other", links=[Link("L1")], name=name)
    kept = [path for path in store.files.rglob("*") if path.is_file() and "evidence" in path.parts]
    assert [path.name for path in kept] == [sha]
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600 or sys.platform == "win32"
    assert read_evidence(store, MAKER, sha) == paper.read_bytes()
    assert not (tmp_path / "ran").exists()
    assert needs_on(store, MAKER, "L1", EDITION, on=DAY) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="kinds of files")
def test_what_is_no_plain_file_is_no_paper(store: Store, tmp_path: Path) -> None:
    enter_proposals(store, MAKER, tags_of(["L1"]), book="b", loans=loans_of(["L1"]))
    pipe, loop, huge = tmp_path / "pipe", tmp_path / "loop", tmp_path / "huge"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    with huge.open("wb") as stream:
        stream.truncate(300 * 2**20)
    (tmp_path / "empty").touch()
    for path, code in (
        (pipe, "store.not_a_file"), (Path("/dev/zero"), "store.not_a_file"), (tmp_path, "store.file_unreadable"),
        (loop, "store.file_unreadable"), (huge, "store.file_too_large"), (tmp_path / "empty", "store.file_empty"),
        (tmp_path / "gone", "store.file_unreadable"),
    ):  # fmt: skip
        assert _in_time(lambda path=path: _code(lambda: add_evidence(store, MAKER, path, kind="other", links=[Link("L1")]))) == code
    assert not [path for path in store.files.rglob("*") if path.is_file() and "evidence" in path.parts]


def _in_time(work: Callable[[], str], seconds: float = 20) -> str:
    """What the work gives; a thread that hangs fails the test."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(seconds)
    assert found, "hangs"
    return found[0]


def test_links_beside_the_database_are_not_followed_for_writing(store: Store, tmp_path: Path) -> None:
    if sys.platform == "win32":
        return
    enter_proposals(store, MAKER, tags_of(["L1"]), book="b", loans=loans_of(["L1"]))
    target, paper = tmp_path / "theirs", tmp_path / "paper.pdf"
    target.write_text("theirs")
    paper.write_bytes(b"%PDF-1.4 x")
    sha = __import__("hashlib").sha256(paper.read_bytes()).hexdigest()
    (store.files / "evidence").mkdir(parents=True, exist_ok=True)
    (store.files / "evidence" / sha).symlink_to(target)
    add_evidence(store, MAKER, paper, kind="other", links=[Link("L1")])
    assert target.read_text() == "theirs"
    assert not (store.files / "evidence" / sha).is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_everything_beside_the_database_is_private(store: Store) -> None:
    before = os.umask(0)
    try:
        import_book(store, MAKER, Book(date(2025, 12, 31), loans=loans_of(["L1"])))
    finally:
        os.umask(before)
    made = [path for path in store.files.rglob("*") if not path.name.startswith("greenfin.sqlite")]
    assert len(made) > 3
    assert not {path.name: oct(path.stat().st_mode) for path in made if path.stat().st_mode & 0o077}


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_a_database_made_anew_is_private(tmp_path: Path) -> None:
    code = "import os, sys; os.umask(0); from greenfin.store import open_store; from greenfin.store.writing import writing\n"
    code += (
        "store = open_store(sys.argv[1])\nwith writing(store) as now:\n    now.event('a', 'x')\nprint('made', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code, tmp_path / "store"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as made:
        assert made.stdout
        made.stdout.readline()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "store").rglob("*")}
        assert {"greenfin.sqlite", "greenfin.sqlite-wal", "greenfin.sqlite-shm"} <= modes.keys()
        assert not {name: oct(mode) for name, mode in modes.items() if mode & 0o077}
        assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700
        assert made.stdin
        made.stdin.close()


def test_sql_is_in_no_message_of_a_refusal(store: Store) -> None:
    """The database's own words may hold names: they are not told."""
    with pytest.raises(Refused) as refused, writing(store) as now:
        now.connection.execute(text("INSERT INTO users (name, role) VALUES ('密某某', NULL)"))
    assert "密某某" not in str(refused.value.problem)
