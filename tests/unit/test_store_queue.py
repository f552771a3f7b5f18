"""The review queue: whatever the filter, its pages hold each wanted tag once and in the declared order. Both databases."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from greenfin.core.problems import Refused
from greenfin.reference.load import load
from greenfin.store.decisions import approve, propose
from greenfin.store.opening import Store
from greenfin.store.order import order, queue_key, spans
from greenfin.store.permissions import Actor
from greenfin.store.queue import Filter, counted, page, pages
from greenfin.tag.decide import REASONS as TAGGED_BY
from tests.reviewed import BRANCH_CHECKER, CHECKER, MAKER, SOLAR, WIND, entered, items, tags_of, wanted

RECEIPTS = [f"L{i:03d}" for i in range(120)]
REASONS = ("tag.by_rule", "tag.doubtful", "tag.weak_words", "tag.of_tomorrow", "tag.unheard_of")  # the last two are not in queue.toml


@pytest.fixture
def filled(store: Store) -> Store:
    """Tags of every kind, some of them decided."""
    chance = random.Random(7)
    tags = tags_of(RECEIPTS)
    columns = {
        "decision": [chance.choice(["green", "review", "not_green"]) for _ in RECEIPTS],
        "code": [chance.choice([WIND, SOLAR]) for _ in RECEIPTS],
        "reason": [chance.choice(REASONS) for _ in RECEIPTS],
        "score": [chance.random() for _ in RECEIPTS],
    }
    for name, values in columns.items():
        tags = tags.set_column(tags.schema.get_field_index(name), name, [values])
    fen = [chance.randrange(1, 50) * 1000 for _ in RECEIPTS]
    entered(store, RECEIPTS, tags=tags, branches=[f"B{i % 12}" if i % 3 else "A" for i in range(120)], fen=fen)
    reference = load()
    propose(store, MAKER, items(store, RECEIPTS[:30]), wanted(30), reference=reference)
    approve(store, CHECKER, items(store, RECEIPTS[:10]))
    return store


FILTERS: list[dict[str, Any]] = [
    {},
    {"states": ("submitted", "in_force")},
    {"decision": "review"},
    {"decision": "not_green", "states": ("proposed",)},
    {"code": SOLAR},
    {"code": SOLAR, "branch": "A"},
    {"branch": "B7"},
    {"reason": "tag.doubtful"},
    {"reason": "tag.doubtful", "decision": "green"},
    {"least_fen": 20_000},
    {"least_fen": 20_000, "most_fen": 30_000},
    {"most_fen": 5_000, "decision": "green"},
    {"least_score": 0.3, "most_score": 0.6},
    {"is_changed": True},
    {"is_changed": False, "reason": "tag.weak_words", "least_fen": 9_000, "most_score": 0.9, "code": WIND},
    {"edition": "no such edition"},
    {"reason": "tag.of_tomorrow"},
    {"reason": "tag.of_the_day_after"},
    {"decision": "of no kind"},
]
ACTORS = {
    "head office": Actor("a", "auditor"),
    "one branch": BRANCH_CHECKER,
    "many branches": Actor("m", "checker", tuple(f"B{i}" for i in range(12))),
}


def _fits(row: Any, f: Filter, actor: Actor) -> bool:
    s, tag = row.tag.standing, row.tag
    tests = [
        not f.states or s.state in f.states,
        f.edition in (None, tag.edition),
        f.branch in (None, tag.branch),
        f.code in (None, s.code),
        f.decision in (None, s.decision),
        f.reason in (None, row.reason),
        f.is_changed in (None, tag.is_changed),
        f.least_fen is None or tag.amount_fen >= f.least_fen,
        f.most_fen is None or tag.amount_fen <= f.most_fen,
        f.least_score is None or row.score >= f.least_score,
        f.most_score is None or row.score <= f.most_score,
        actor.role == "auditor" or tag.branch in actor.branches,
    ]
    return all(tests)


@pytest.mark.parametrize("actor", ACTORS.values(), ids=list(ACTORS))
def test_pages_hold_each_wanted_tag_once_in_order(filled: Store, actor: Actor) -> None:
    everything = list(pages(filled, ACTORS["head office"], limit=1000))
    assert len(everything) == len(RECEIPTS)
    for chosen in FILTERS:
        f = Filter(**chosen)
        found = list(pages(filled, actor, f, limit=7))
        keys = [row.tag.queue_key for row in found]
        expected = sorted(row.tag.queue_key for row in everything if _fits(row, f, actor))
        assert keys == expected, chosen
        count = counted(filled, actor, f)
        if count is not None:
            assert (count.tags, count.amount_fen) == (len(found), sum(row.tag.amount_fen for row in found)), chosen


def test_a_short_window_still_gives_everything(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenfin.store.queue._WINDOW", 5)
    f = Filter(least_score=0.5)
    every = [row for row in pages(filled, ACTORS["head office"], limit=1000) if row.score is not None and row.score >= 0.5]
    assert [r.tag.key for r in pages(filled, ACTORS["head office"], f, limit=3)] == [r.tag.key for r in every]


def test_the_largest_amounts_of_what_needs_a_person_come_first(filled: Store) -> None:
    rows = page(filled, ACTORS["head office"], Filter(decision="review", reason="tag.doubtful"), limit=100).rows
    amounts = [row.tag.amount_fen for row in rows]
    assert amounts == sorted(amounts, reverse=True)
    first = page(filled, ACTORS["head office"], Filter(states=("proposed",)), limit=5).rows
    assert {row.tag.standing.decision for row in first} == {"review"}


def test_what_waits_is_shown_with_who_asked(filled: Store) -> None:
    rows = page(filled, CHECKER, Filter(states=("submitted",)), limit=100).rows
    assert {row.open.maker for row in rows} == {"maker1"}
    assert {row.open.code for row in rows} == {WIND}


def test_who_may_not_see_loans_sees_no_queue(filled: Store) -> None:
    for read in (page, counted):
        with pytest.raises(Refused):
            read(filled, Actor("root", "admin"))


def test_keys_are_all_different_and_sort_by_amount() -> None:
    same = {"is_changed": False, "decision": "green", "reason": "tag.by_rule"}
    keys = [queue_key("L1", e, amount_fen=fen, **same) for e in ("a", "b") for fen in (None, 0, 1, 10**17)]  # type: ignore[arg-type]  # as declared
    assert len(set(keys)) == 6  # nothing stated stands with nothing
    assert queue_key("L1", "a", amount_fen=2, **same) < queue_key("L1", "a", amount_fen=1, **same)  # type: ignore[arg-type]
    assert len({len(k) for k in keys}) == 1


def test_every_reason_of_the_tagger_has_its_place() -> None:
    assert set(order().reasons) == {*TAGGED_BY, "tag.by_decision"}


def test_ranges_do_not_overlap_and_are_in_order() -> None:
    none = {"is_changed": None, "decision": None, "reason": None, "least_fen": None, "most_fen": None}
    for more in ({"decision": "green"}, {"reason": "tag.doubtful"}, {"least_fen": 5}, {"most_fen": 10**20}):
        ranges = spans(**{**none, **more})  # type: ignore[arg-type]  # as declared
        flat = [edge for span in ranges for edge in span]
        assert flat == sorted(flat)


def test_filters_are_data_not_sql(filled: Store) -> None:
    nasty = "x' OR '1'='1"
    actor = ACTORS["head office"]
    assert not page(filled, actor, Filter(branch=nasty)).rows
    assert not page(filled, actor, Filter(code=nasty, edition=nasty, reason=nasty, decision=nasty)).rows
    assert not page(filled, replace(CHECKER, branches=(nasty,))).rows
    assert not page(filled, actor, Filter(), after="zzz'; --").rows
