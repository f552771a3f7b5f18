"""The first page: the bank at a glance out of what the run wrote, the trend, and what of the record waits for whom."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from greenfin.core.problems import Refused
from greenfin.messages import say
from greenfin.reference.load import Reference, load
from greenfin.run_folder import Saved
from greenfin.store.decisions import Items, Wanted, approve, propose, return_
from greenfin.store.opening import Store, open_store
from greenfin.store.permissions import Actor
from greenfin.store.writing import reading
from greenfin.ui.views import home, waiting
from greenfin.ui.views.problems import Group
from tests.reviewed import AUDITOR, BRANCH_MAKER, CHECKER, EDITION, ESG, MAKER, OFFICER, WIND, entered, tag_rows

PROPOSED, SUBMITTED = say("state.proposed", "en"), say("state.submitted", "en")


def _cell(cell: str, value: str | None, unit: str) -> dict[str, Any]:
    return {"cell": cell, "value": value, "printed": value or "", "unit": unit, "decimals": 2, "marks": []}


def _saved(folder: Path, day: str, *, now: str | None, before: str | None, name: str) -> Saved:
    row = "T01!green_balance"
    cells = [_cell(f"{row}.current", now, "亿元"), _cell(f"{row}.prior", before, "亿元"), _cell(f"{row}.change", "-7/2", "percent")]
    table = {"id": "T01", "rows": [{"id": "green_balance", "zh": "绿色贷款余额", "en": "Green loans"}], "cells": cells}
    folder.mkdir(parents=True)
    (folder / "tables.json").write_text(json.dumps({"tables": [table]}), encoding="utf-8")
    record: dict[str, Any] = {
        "run": name,
        "made_of": {"as_of": day},
        "counts": {"loans": 1234, "problems": {"error": 2, "warning": 3, "info": 4}},
    }
    return Saved(folder, record)


def test_a_figure_with_its_change_and_where_it_comes_from(tmp_path: Path) -> None:
    saved = _saved(tmp_path / "a", "2025-12-31", now="1234.5", before="1280", name="r1")
    (tile,) = home.glance(saved, home.printed(saved), "en")
    assert (tile.words, tile.below) == ("Green loans", "-3.50% on the prior year")
    assert tile.value == "CNY 123.450 billion"
    assert tile.href == "/disclosure?run=r1&cell=T01%21green_balance.current&lang=en"


def test_a_sentence_says_against_what_a_figure_is_compared(tmp_path: Path) -> None:
    saved = _saved(tmp_path / "a", "2025-12-31", now="300", before="280", name="r1")
    (tile,) = home.glance(saved, home.printed(saved), "en")
    assert home.glance_against([tile], "en") == say("ui.home.glance_against", "en")
    assert home.glance_against([replace(tile, below="")], "en") == home.trend_against((), "en") == ""
    earlier = _saved(tmp_path / "b", "2024-12-31", now="150", before=None, name="r0")
    assert home.trend_against(home.trends([saved, earlier], "en"), "en") == say("ui.home.trend_against", "en")
    assert home.trend_against(home.trends([saved], "en"), "en") == say("ui.home.trend_from_published", "en")


def test_a_missing_figure_is_not_a_zero(tmp_path: Path) -> None:
    saved = _saved(tmp_path / "a", "2025-12-31", now=None, before="1280", name="r1")
    (tile,) = home.glance(saved, home.printed(saved), "zh")
    assert "0" not in tile.value


def test_the_trend_takes_the_newest_run_of_each_date_and_the_year_before_the_first(tmp_path: Path) -> None:
    runs = [
        _saved(tmp_path / "c", "2025-12-31", now="300", before="200", name="newer"),
        _saved(tmp_path / "b", "2025-12-31", now="999", before="200", name="older"),
        _saved(tmp_path / "a", "2024-12-31", now="150", before="100", name="first"),
    ]
    (line,) = home.trends(runs, "zh")
    assert [(point.day, point.printed) for point in line.points] == [
        ("2023-12-31", "100.00 亿元"), ("2024-12-31", "150.00 亿元"), ("2025-12-31", "300.00 亿元")
    ]  # fmt: skip
    assert [round(point.bar) for point in line.points] == [33, 50, 100]
    assert "run=newer" in line.points[-1].href


def test_one_date_without_a_prior_year_is_no_trend(tmp_path: Path) -> None:
    assert home.trends([_saved(tmp_path / "a", "2025-12-31", now="1", before=None, name="r")], "zh") == ()


def test_a_run_whose_tables_are_gone_is_refused_and_left_out_of_the_trend(tmp_path: Path) -> None:
    saved = _saved(tmp_path / "a", "2025-12-31", now="1", before="2", name="r")
    (saved.folder / "tables.json").write_text("[]", encoding="utf-8")
    with pytest.raises(Refused) as raised:
        home.printed(saved)
    assert raised.value.problem.code == "run.damaged"
    assert home.trends([saved], "zh") == ()


def test_the_quality_of_the_data_leads_to_the_problems(tmp_path: Path) -> None:
    tiles = home.balance(_saved(tmp_path / "a", "2025-12-31", now="1", before="2", name="r"), "en")
    assert [tile.value for tile in tiles] == ["1,234", "2", "3", "4"]
    assert "severity=warning" in tiles[2].href
    groups = [Group(f"c{i}", "warning", "Warning", 1, "words") for i in range(9)] + [Group("i", "info", "Info", 1, "words")]
    assert len(home.first_of(groups)) < 9
    assert home.first_of(groups[-1:]) == ()


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = open_store(tmp_path / "store")
    entered(made, [f"R{i}" for i in range(6)])
    return made


def _items(store: Store, *receipts: str) -> Items:
    with reading(store) as session:
        rows = tag_rows(session.connection(), [(receipt, EDITION) for receipt in receipts])
    return Items(list(receipts), [EDITION for _ in receipts], [rows[receipt, EDITION].standing.version for receipt in receipts])


def _proposed(store: Store, reference: Reference, *receipts: str) -> Items:
    wanted = Wanted(["green" for _ in receipts], [WIND for _ in receipts])
    propose(store, MAKER, _items(store, *receipts), wanted, reference=reference, effective_on=date(2025, 12, 31))
    return _items(store, *receipts)


def _values(tiles: tuple[home.Tile, ...]) -> dict[str, str]:
    return {tile.words: tile.value for tile in tiles}


def test_each_role_sees_what_waits_for_it(store: Store, reference: Reference) -> None:
    items = _proposed(store, reference, "R0", "R1", "R2")
    approve(store, CHECKER, Items(items.receipts[:1], items.editions[:1], items.versions[:1]))
    return_(store, CHECKER, Items(items.receipts[1:2], items.editions[1:2], items.versions[1:2]), reason="no contract")
    assert _values(waiting.waiting(store, CHECKER, "en")) == {SUBMITTED: "1"}
    assert _values(waiting.waiting(store, MAKER, "en")) == {say("ui.home.returned", "en"): "1", PROPOSED: "3"}
    assert list(_values(waiting.waiting(store, ESG, "en")).values()) == ["1"]
    for others in (AUDITOR, OFFICER):
        assert waiting.waiting(store, others, "en") == ()
    assert [href for _, href in waiting.begins(OFFICER, "en")] == ["/calculator?lang=en", "/review?lang=en"]
    assert waiting.begins(AUDITOR, "en") == waiting.begins(MAKER, "en") == ()
    assert _values(waiting.waiting(store, BRANCH_MAKER, "en")) == {PROPOSED: "1"}


def test_the_share_decided_is_of_amounts(store: Store, reference: Reference) -> None:
    approve(store, CHECKER, _proposed(store, reference, "R5"))
    tile = waiting.decided(store, MAKER, "en")
    assert tile is not None
    assert tile.value == "28.57%"  # 6 of 21
    assert waiting.decided(store, Actor("root", "admin"), "en") is None


def test_an_administrator_has_no_watch_list_and_a_maker_has_no_list_of_users(store: Store) -> None:
    assert waiting.watched(store, Actor("root", "admin"), "zh") == ()
    assert waiting.accounts(store, MAKER, "zh") == ()
