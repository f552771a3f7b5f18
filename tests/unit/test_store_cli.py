"""The commands ``db`` and ``audit``."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from greenfin.cli.main import app
from greenfin.core.problems import Refused
from greenfin.store import open_store
from greenfin.store.audit import verify_chain
from greenfin.store.events import events
from greenfin.store.opening import DATABASE, connect
from greenfin.store.permissions import Actor
from greenfin.store.writing import writing

PASSWORD = "Kx9!vnQ2-pzL7w"  # noqa: S105  # of this test
AUDITOR = Actor("li.si", "auditor", ("*",))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store whose administrator is logged in."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GREENFIN_PASSWORD", PASSWORD)
    monkeypatch.delenv("GREENFIN_TOKEN", raising=False)
    place = str(tmp_path / "store")
    assert _run("user", "add", "root", "--first-admin", "--store", place).exit_code == 0
    assert _run("user", "login", "root", "--store", place).exit_code == 0
    return place


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--lang", "en"])


def test_an_audit_says_same_and_then_what_is_not(place: str) -> None:
    head = _run("audit", "head", "--store", place).output.strip()
    good = _run("audit", "verify", "--store", place, "--json", "--anchor", head)
    assert good.exit_code == 0
    found = json.loads(good.output)
    assert (found["same"], found["findings"], found["blocks"]) == (True, [], int(head.partition(":")[0]))
    with sqlite3.connect(f"{place}/{DATABASE}") as attacked:
        (guard,) = attacked.execute("SELECT sql FROM sqlite_master WHERE name = 'events_no_update'").fetchone()
        attacked.execute("DROP TRIGGER events_no_update")
        attacked.execute("UPDATE events SET actor = 'mallory' WHERE number = 1")
        attacked.execute(guard)
    bad = _run("audit", "verify", "--store", place, "--json")
    assert bad.exit_code == 1
    one = json.loads(bad.output)["findings"][0]
    assert (one["code"], one["log"], one["number"]) == ("audit.rows_altered", "events", 1)
    assert "…" not in one["message"]


@pytest.mark.parametrize("anchor", ["nonsense", "1", "1:ff", "0:" + "f" * 64, "-1:" + "f" * 64, "1:" + "g" * 64])
def test_what_is_no_anchor_is_refused(place: str, anchor: str) -> None:
    refused = _run("audit", "verify", "--store", place, "--json", "--anchor", anchor)
    assert refused.exit_code == 2
    assert json.loads(refused.stdout.splitlines()[0])["problems"][0]["code"] == "audit.bad_anchor"


def test_backup_and_restore(place: str, tmp_path: Path) -> None:
    assert _run("db", "backup", str(tmp_path / "kept.zip"), "--store", place).exit_code == 0
    again = _run("db", "backup", str(tmp_path / "kept.zip"), "--store", place)
    assert again.exit_code == 2
    restored = _run("db", "restore", str(tmp_path / "kept.zip"), "--store", str(tmp_path / "back"), "--json")
    assert restored.exit_code == 0
    found = json.loads(restored.output)
    assert (found["same"], found["findings"]) == (True, [])
    assert verify_chain(open_store(tmp_path / "back")).head


def test_upgrade_makes_the_tables_and_says_when_there_is_nothing_to_do(tmp_path: Path) -> None:
    place = str(tmp_path / "new")
    first = json.loads(_run("db", "upgrade", "--store", place, "--json").output)
    again = json.loads(_run("db", "upgrade", "--store", place, "--json").output)
    assert (first["was"], again["was"]) == ("", first["now"])
    assert open_store(place).engine.url == connect(place).engine.url


@pytest.mark.parametrize("command", [("audit", "verify"), ("audit", "head"), ("audit", "list"), ("db", "backup", "kept")])
def test_nobody_who_is_not_logged_in_reads_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    open_store(tmp_path / "store")
    refused = _run(*command, "--store", str(tmp_path / "store"))
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output


def test_events_are_read_by_kind_and_page_and_by_auditors_only(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    with writing(store) as now:
        for i in range(5):
            now.event("a" if i % 2 else "b", "odd" if i % 2 else "even", subject=str(i), detail={"n": i})
    assert [event.subject for event in events(store, AUDITOR, kind="odd")] == ["3", "1"]
    assert [event.subject for event in events(store, AUDITOR, by="b", limit=2)] == ["4", "2"]
    assert [event.number for event in events(store, AUDITOR, before=3)] == [2, 1]
    assert events(store, AUDITOR, subject="4")[0].detail == {"n": 4}
    with pytest.raises(Refused):
        events(store, Actor("x", "admin", ("*",)))
