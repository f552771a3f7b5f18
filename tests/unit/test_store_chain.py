"""The chain: what an attacker changes in the database, the audit finds."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from greenfin.core.problems import Refused
from greenfin.store import audit, chain, chain_child
from greenfin.store.audit import Verdict, head, verify, verify_chain
from greenfin.store.chain import block_bytes, canonical
from greenfin.store.heads import HEADS, Head
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.store.writing import reading, writing

AUDITOR = Actor("li.si", "auditor", ("*",))
HOSTILE = "引号\"'\\ \x01\x1f\x7f\b\f\n\r\t/ 𝄞 \u2028\u00a0 </a> ' ; DROP TABLE events; --"


def _restated(i: int, **given: object) -> dict[str, object]:
    values = {"old_value": "1", "new_value": str(i), "unit": "tCO2e", "reason": HOSTILE, "decided_on": "2026-01-05"}
    return {"actor": "zhang.san", "cell": f"T01!co2.{i}", "period": "2025", **values, **given}


@pytest.fixture(params=[audit._PAYS, -1], ids=["here", "apart"])
def written(store: Store, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Three transactions over two logs: blocks of 5, 1, 5 and 3 rows; audited in this process, or in processes of their own (SQLite)."""
    monkeypatch.setattr(audit, "_PAYS", request.param)
    with writing(store) as now:
        now.append("restatements", [_restated(i) for i in range(5)])
        now.event("a", "x", detail={"n": 1})
    with writing(store) as now:
        now.append("restatements", [_restated(i) for i in range(3)])
        now.append("restatements", [_restated(i) for i in range(2)])
    with writing(store) as now:
        now.append("restatements", [_restated(i) for i in range(3)])
    return store


def _codes(verdict: Verdict) -> list[str]:
    return sorted({found.problem.code for found in verdict.findings})


def _attack(store: Store, *statements: str) -> None:
    """As somebody who owns the database: the triggers are off, and put back as they were."""

    def change(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    _attacked(store, change)


def _attacked(store: Store, change: Callable[[Connection], None]) -> None:
    with store.engine.begin() as connection:
        guards = [] if not store.is_sqlite else connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in guards:
            connection.execute(text(f"DROP TRIGGER {name}"))
        if not store.is_sqlite:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        change(connection)
        for _, made in guards:
            connection.exec_driver_sql(made)


def test_what_was_written_is_found_the_same(written: Store) -> None:
    verdict = verify_chain(written)
    assert (verdict.same, verdict.blocks, verdict.rows) == (True, 4, 14)
    assert verify_chain(written, anchors=[verdict.head] if verdict.head else []).same


def test_a_process_of_its_own_finds_the_blocks_and_none_finds_nothing(
    written: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not written.is_sqlite:
        pytest.skip("a server reads by itself")
    with written.engine.connect() as connection:
        links = [dict(row) for row in connection.execute(text("SELECT * FROM blocks")).mappings()]
    assert audit._unsure(written, links) == []
    altered = {**links[1], "rows_sha256": "0" * 64}
    assert audit._unsure(written, [links[0], altered, *links[2:]]) == [altered]
    broken = tmp_path / "child.py"
    broken.write_text("print(1)\nraise SystemExit(1)")
    monkeypatch.setattr(chain_child, "__file__", str(broken))
    assert audit._unsure(written, links) == links
    monkeypatch.setattr(audit.sys, "executable", str(tmp_path / "none"))
    assert audit._unsure(written, links) == links
    assert verify_chain(written).same


def test_an_empty_store_is_the_same(store: Store) -> None:
    assert verify_chain(store) == Verdict(0, 0, ())


def test_numbers_of_a_log_have_no_gaps_also_after_a_broken_transaction(written: Store) -> None:
    def broken() -> None:
        with writing(written) as now:
            assert now.append("restatements", [_restated(1)]) == 14
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    with writing(written) as now:
        assert now.append("restatements", [_restated(1)]) == 14
    with reading(written) as session:
        numbers = session.connection().execute(text("SELECT number FROM restatements ORDER BY number")).scalars().all()
    assert numbers == list(range(1, 15))
    assert verify_chain(written).same


def test_both_engines_give_the_bytes_of_our_json(written: Store) -> None:
    with written.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM restatements WHERE number <= 5 ORDER BY number")).all()
        assert block_bytes(connection, "restatements", 1, 5) == canonical([tuple(row) for row in rows])
    assert rows[0].reason == HOSTILE


@pytest.mark.parametrize(
    ("attack", "code", "at"),
    [
        (("UPDATE restatements SET new_value = '9' WHERE number = 7",), "audit.rows_altered", 6),
        (("UPDATE restatements SET actor = 'x' WHERE number = 2",), "audit.rows_altered", 1),
        (("DELETE FROM restatements WHERE number = 8",), "audit.rows_missing", 8),
        (("UPDATE restatements SET number = 99 WHERE number = 13",), "audit.rows_inserted", 99),
        (
            (
                "UPDATE restatements SET number = 100 WHERE number = 7",
                "UPDATE restatements SET number = 7 WHERE number = 8",
                "UPDATE restatements SET number = 8 WHERE number = 100",
            ),
            "audit.rows_altered",
            6,
        ),
        (("INSERT INTO imports VALUES (1, '2026', 'mallory', 'b')",), "audit.rows_inserted", 1),
        (("INSERT INTO imports VALUES (-1, '2026', 'mallory', 'b')",), "audit.rows_inserted", -1),
        (("UPDATE blocks SET at = '2020' WHERE number = 2",), "audit.block_altered", 2),
        (("DELETE FROM blocks WHERE number = 3",), "audit.block_missing", 3),
        (("UPDATE chain_head SET number = 3",), "audit.head_differs", 4),
        (("DELETE FROM chain_head",), "audit.head_differs", 4),
    ],
)  # fmt: skip
def test_an_attack_on_the_tables_is_found_where_it_was(written: Store, attack: tuple[str, ...], code: str, at: int) -> None:
    _attack(written, *attack)
    verdict = verify_chain(written)
    assert (code, at) in {(found.problem.code, found.number) for found in verdict.findings}


@pytest.mark.parametrize("value", ["x'6162'", "7.5", "'1'||char(0)||'2'"])
def test_a_value_of_another_kind_is_found(tmp_path: object, value: str) -> None:
    store = open_store(f"{tmp_path}/store")
    with writing(store) as now:
        now.append("restatements", [_restated(1)])
    _attack(store, "UPDATE restatements SET old_value = " + value)  # noqa: S608  # of this test
    assert _codes(verify_chain(store)) == ["audit.rows_altered"]


def _rewrite(connection: Connection) -> None:
    """The whole chain made anew over altered rows: as good as the program does it."""
    connection.execute(text("UPDATE restatements SET new_value = '9' WHERE number = 7"))
    previous = chain.NOTHING_BEFORE
    for row in connection.execute(text("SELECT * FROM blocks ORDER BY number")).mappings().all():
        link = {**row, "previous": previous, "rows_sha256": chain.rows_sha256(connection, row["log"], row["first"], row["last"])}
        previous = chain.link_sha256(link)
        values = {"sha": previous, "before": link["previous"], "rows": link["rows_sha256"], "n": link["number"]}
        connection.execute(text("UPDATE blocks SET sha256 = :sha, previous = :before, rows_sha256 = :rows WHERE number = :n"), values)
    connection.execute(text("UPDATE chain_head SET sha256 = :sha"), {"sha": previous})


def test_a_chain_written_anew_is_found_by_the_heads_beside_it_and_by_an_anchor(written: Store) -> None:
    noted = verify_chain(written).head
    assert noted
    _attacked(written, _rewrite)
    assert _codes(verify_chain(written)) == ["audit.head_not_the_same"]
    (written.files / HEADS).unlink()
    assert _codes(verify_chain(written)) == ["audit.heads_missing"]
    assert "audit.head_not_the_same" in _codes(verify_chain(written, anchors=[noted]))


def test_a_removed_tail_is_found(written: Store) -> None:
    noted = verify_chain(written).head
    assert noted

    def shorten(connection: Connection) -> None:
        connection.execute(text("DELETE FROM blocks WHERE number = 4"))
        connection.execute(text("DELETE FROM restatements WHERE number > 10"))
        connection.execute(text("UPDATE chain_head SET number = 3, sha256 = (SELECT sha256 FROM blocks WHERE number = 3)"))

    _attacked(written, shorten)
    found = verify_chain(written).findings
    assert [(one.problem.code, one.number) for one in found] == [("audit.tail_removed", 4)]
    lines = (written.files / HEADS).read_text("utf-8").splitlines()
    (written.files / HEADS).write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    assert verify_chain(written).same  # this is what an anchor written down elsewhere is for
    assert _codes(verify_chain(written, anchors=[noted])) == ["audit.tail_removed"]


def test_a_line_of_the_heads_that_is_broken_off_is_said_and_does_not_swallow_the_next(written: Store) -> None:
    with (written.files / HEADS).open("a", encoding="utf-8") as stream:
        stream.write('{"number":4,"sh')
    with writing(written) as now:
        now.event("a", "x")
    assert _codes(verify_chain(written)) == ["audit.heads_unreadable"]
    assert json.loads((written.files / HEADS).read_text("utf-8").splitlines()[-1])["number"] == 5


def test_heads_that_lag_behind_are_no_fault(written: Store) -> None:
    lines = (written.files / HEADS).read_text("utf-8").splitlines()
    (written.files / HEADS).write_text(lines[0] + "\n", "utf-8")
    assert verify_chain(written).same


def test_a_log_longer_than_a_block_has_several(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenfin.store.writing.BLOCK_ROWS", 4)
    with writing(store) as now:
        now.append("restatements", [_restated(i) for i in range(9)])
    verdict = verify_chain(store)
    assert (verdict.same, verdict.blocks, verdict.rows) == (True, 3, 9)


@pytest.mark.parametrize(
    ("row", "raised"),
    [({"nobody": "x"}, KeyError), ({"period": 2.5}, TypeError), ({"period": date(2026, 1, 5)}, TypeError), ({"period": True}, TypeError)],
)
def test_what_is_no_row_of_the_log_is_not_appended(store: Store, row: dict[str, object], raised: type[Exception]) -> None:
    with pytest.raises(raised), writing(store) as now:
        now.append("restatements", [_restated(1, **row)])
    assert verify_chain(store) == Verdict(0, 0, ())


@pytest.mark.parametrize("bad", ["a\0b", "half \ud800"])
def test_text_no_database_can_keep_is_refused(store: Store, bad: str) -> None:
    with pytest.raises(Refused) as refused, writing(store) as now:
        now.append("restatements", [_restated(1, reason=bad)] * 60)
    assert refused.value.problem.code == "store.bad_text"
    assert verify_chain(store) == Verdict(0, 0, ())


def test_an_audit_is_entered_itself_and_only_some_may_do_it(written: Store) -> None:
    assert verify(written, AUDITOR).same
    assert head(written, AUDITOR) == verify_chain(written).head
    with pytest.raises(Refused) as refused:
        verify(written, Actor("wang.wu", "maker", ("*",)))
    assert refused.value.problem.code == "store.not_permitted"
    with reading(written) as session:
        kinds = session.connection().execute(text("SELECT kind FROM events ORDER BY number")).scalars().all()
    assert kinds == ["x", "audit.verified"]


def _write_many(address: str, files: str, who: str) -> None:
    store = open_store(address, files=files)
    for i in range(20):
        with writing(store) as now:
            now.append("restatements", [_restated(i, actor=who), _restated(i, actor=who)])
    store.engine.dispose()


def test_two_processes_writing_at_once_lose_nothing(store: Store, store_place: object) -> None:
    address, files = getattr(store_place, "address"), str(store.files)  # noqa: B009
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_write_many, args=(address, files, who)) for who in ("a", "b")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    verdict = verify_chain(store)
    assert (verdict.same, verdict.blocks, verdict.rows) == (True, 40, 80)
    with reading(store) as session:
        counts = session.connection().execute(text("SELECT actor, count(*) FROM restatements GROUP BY actor ORDER BY actor")).all()
    assert [tuple(row) for row in counts] == [("a", 40), ("b", 40)]


def test_an_anchor_of_nothing_is_a_finding(store: Store) -> None:
    assert _codes(verify_chain(store, anchors=[Head(7, "f" * 64)])) == ["audit.tail_removed"]
