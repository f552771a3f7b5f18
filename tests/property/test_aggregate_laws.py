"""Laws of the sums: the parts are the whole, in any order, and no amount appears or is lost."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from aggregate_bank import STRICT, WORKING, Row, bank, loan, tag

from greenfin.aggregate import aggregate, outcomes

ROWS = st.lists(
    st.tuples(
        st.integers(-(10**6), 10**15),
        st.sampled_from(["green", "not_green", "review", None]),
        st.integers(0, 1_000_000),
        st.sampled_from(["1.1.1", "2.3", "4.1.2", "9.1.1"]),
        st.booleans(),
    ),
    max_size=30,
)


def _book(rows: list[tuple[int, str | None, int, str, bool]]) -> tuple[list[Row], list[Row]]:
    loans = [loan(f"L{at}", fen) for at, (fen, *_) in enumerate(rows)]
    tags = [
        tag(f"L{at}", decision, code, share_ppm=share, approved=approved)
        for at, (_, decision, share, code, approved) in enumerate(rows)
        if decision
    ]
    return loans, tags


@settings(max_examples=60, deadline=None)
@given(ROWS, st.booleans())
def test_the_book_is_its_outcomes_to_the_fen(rows: list[tuple[int, str | None, int, str, bool]], strict: bool) -> None:
    loans, tags = _book(rows)
    facts = bank(loans=loans, tags=tags, policy=STRICT if strict else WORKING)
    made = aggregate(facts)
    assert sum(made.value[f"{n}_balance"].value or 0 for n in ("green", "not_green", "review")) == sum(fen for fen, *_ in rows)
    assert "aggregate.identity_broken" not in {p.code for p in made.problems}
    table = outcomes(facts)
    amounts = zip(*(table[c].to_pylist() for c in ("green_fen", "not_green_fen", "review_fen", "balance_fen")), strict=True)
    assert all(green + other + review == balance for green, other, review, balance in amounts)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.randoms())
def test_row_order_does_not_matter(rows: list[tuple[int, str | None, int, str, bool]], chance: object) -> None:
    loans, tags = _book(rows)
    straight = aggregate(bank(loans=loans, tags=tags)).value
    chance.shuffle(loans)  # type: ignore[attr-defined]  # hypothesis gives a Random
    chance.shuffle(tags)  # type: ignore[attr-defined]
    turned = aggregate(bank(loans=loans, tags=tags)).value
    assert {k: s.value for k, s in straight.items()} == {k: s.value for k, s in turned.items()}


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_classes_add_up_to_the_whole(rows: list[tuple[int, str | None, int, str, bool]]) -> None:
    loans, tags = _book(rows)
    found = aggregate(bank(loans=loans, tags=tags)).value
    for cut in ("class1", "class2", "code"):
        parts = [s.value or 0 for s in found.values() if s.name == "green_balance" and set(s.keys) == {cut}]
        assert sum(parts) == (found["green_balance"].value or 0)
