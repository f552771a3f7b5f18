"""What the audit page shows: the trail page by page, between days, as a file; the result of an audit in words."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from greenfin.core.problems import Refused
from greenfin.messages.words import codes
from greenfin.store import audit, sign_off
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.store.writing import writing
from greenfin.ui.views import audit as views

_DETAIL = re.compile(r"detail ?= ?(\{.*)")
_NAME = re.compile(r'"([a-z_0-9]+)": ')
AUDITOR = Actor("wu", "auditor")


@pytest.fixture
def record(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "store")
    with writing(store) as made:
        for n in range(60):
            made.event("anna" if n % 2 else "bo", "run.registered", subject=f"r{n}", detail={"sha256": "ab" * 32, "branches": ["A", "B"]})
        made.event("", "login.failed", subject="=cmd", reason="x")
    return store


def test_the_trail_comes_page_by_page(record: Store) -> None:
    seen, before = [], None
    for _ in range(4):
        lines, before = views.page(record, AUDITOR, views.Asked(by="anna"), "zh", before=before, size=10)
        seen += [line.subject for line in lines]
        if before is None:
            break
    assert seen == [f"r{n}" for n in range(59, 0, -2)]
    assert {line.what for line in lines} == {"登记批次"}
    assert lines[0].detail == "机构：A B · 指纹：ababababab…"


def test_what_an_event_states_is_said_in_the_readers_language(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    with writing(store) as made:
        before, after = {"role": "maker", "branches": ["A"]}, {"role": "checker", "branches": []}
        made.event("root", "user.changed", subject="li", detail={"before": before, "after": after, "is_active": True})
        made.event("bo", "book.imported", detail={"balance_fen": 518_900_000_000, "tables": {"loans": "ab", "bills": "cd"}, "odd_name": 7})
    said = {lang: [one.detail for one in views.page(store, AUDITOR, views.Asked(), lang, before=None, size=5)[0]] for lang in ("zh", "en")}
    assert said["zh"] == [
        "余额：51.89 亿元 · odd_name：7 · 表数：2",
        "改后：[机构： · 角色：复核] · 改前：[机构：A · 角色：经办] · 启用：是",
    ]
    assert said["en"][0] == "balance: CNY 5.19 billion · odd_name: 7 · tables: 2"


def test_every_name_that_the_store_states_has_words() -> None:
    """As they are spelt in the store's own calls."""
    store = Path(audit.__file__).parent
    stated = {name for file in store.glob("*.py") for call in _DETAIL.findall(file.read_text("utf-8")) for name in _NAME.findall(call)}
    assert {"role", "figures", "until"} <= stated
    assert sorted(name for name in stated if f"ui.audit.detail.{name}" not in codes("zh")) == []


def test_days_are_whole(record: Store) -> None:
    today = datetime.now(UTC).date()
    found, _ = views.page(record, AUDITOR, views.Asked(first=today, last=today), "en", before=None, size=100)
    assert len(found) == 61
    assert found[0].who == "—"
    for asked in (views.Asked(last=today - timedelta(days=1)), views.Asked(first=date(2999, 1, 1))):
        assert views.page(record, AUDITOR, asked, "en", before=None, size=100) == ((), None)


def test_an_export_holds_every_line_and_no_formula(record: Store) -> None:
    rows = list(csv.reader(io.StringIO(views.exported(record, AUDITOR, views.Asked(), "en").decode("utf-8-sig"))))
    assert len(rows) == 62
    assert rows[1][5] == "'=cmd"
    assert "ab" * 32 in rows[2][7]
    with pytest.raises(Refused):
        views.exported(record, Actor("m", "maker"), views.Asked(), "en")


def test_an_audit_is_told_in_words(record: Store) -> None:
    same = views.told(audit.verify(record, AUDITOR), "zh")
    assert same.same
    assert "一致" in same.words
    assert views.heads_of(same.head) == [(int(same.head.partition(":")[0]), same.head.partition(":")[2])]
    assert views.heads_of("x:1 7:short") == []
    with record.engine.begin() as connection:
        for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.exec_driver_sql("UPDATE events SET subject = 'other' WHERE number = 3")
    differs = views.told(audit.verify(record, AUDITOR), "en")
    assert not differs.same
    assert ("events", "events:1") in [(log, where) for log, where, _ in differs.findings]


def test_every_kind_of_event_of_the_store_has_words() -> None:
    assert views.kind_words("login.failed", "zh") == "登录失败"
    assert {views.kind_words(kind, "en") for kind in sign_off.KINDS}.isdisjoint(sign_off.KINDS)
