"""Laws of attribution over invented books."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin.attribute import attribute
from greenfin.core.columns import table_of
from greenfin.core.money import round_half_up
from greenfin.core.records import Book
from tests.measured_book import book_of, loan, project, tag

PROJECTS = ("P1", "P2", "P3")

claims = st.tuples(st.sampled_from(PROJECTS), st.integers(0, 10**13), st.integers(0, 10**6))
worlds = st.tuples(
    st.lists(claims, min_size=1, max_size=8),
    st.tuples(*[st.integers(1, 10**13)] * len(PROJECTS)),
    st.tuples(*[st.integers(-(10**15), 10**15)] * len(PROJECTS)),
)


def built(claimed: list[tuple[str, int, int]], totals: tuple[int, ...]) -> tuple[Book, pa.Table]:
    loans = [loan(f"L{i:03d}", owner, balance) for i, (owner, balance, _) in enumerate(claimed)]
    tags = [tag(f"L{i:03d}", share=share) for i, (_, _, share) in enumerate(claimed)]
    projects = [project(p, total=t) for p, t in zip(PROJECTS, totals, strict=True)]
    return book_of(loans=loans, projects=projects), table_of("tags", tags)


def results(amounts: tuple[int, ...]) -> pa.Table:
    rows = [{"project_id": p, "output": "tce", "amount": a, "unit": "gce"} for p, a in zip(PROJECTS, amounts, strict=True)]
    return table_of("measurements", rows)


def total(parts: pa.Table) -> int:
    return sum(parts["amount"].to_pylist())


@given(worlds)
@settings(max_examples=150, deadline=None)
def test_parts_are_the_capped_project_part_exactly(world: tuple[list[tuple[str, int, int]], tuple[int, ...], tuple[int, ...]]) -> None:
    claimed, totals, amounts = world
    book, tags = built(claimed, totals)
    parts = attribute(book, tags, results(amounts)).value
    for name, invested, amount in zip(PROJECTS, totals, amounts, strict=True):
        weight = sum(b * s for owner, b, s in claimed if owner == name)
        wanted = int(round_half_up(amount * min(Fraction(1), Fraction(weight, invested * 10**6)), 0))
        mine = sum(row["amount"] for row in parts.to_pylist() if row["project_id"] == name)
        assert mine == (wanted if any(owner == name for owner, _, _ in claimed) else 0)


@given(worlds, st.integers(0, 7), st.fractions(0, 1))
@settings(max_examples=150, deadline=None)
def test_splitting_a_loan_changes_no_total(
    world: tuple[list[tuple[str, int, int]], tuple[int, ...], tuple[int, ...]], which: int, where: Fraction
) -> None:
    claimed, totals, amounts = world
    at = which % len(claimed)
    owner, balance, share = claimed[at]
    first = int(balance * where)
    split = [*claimed[:at], (owner, first, share), (owner, balance - first, share), *claimed[at + 1 :]]
    before = attribute(*built(claimed, totals), results(amounts)).value
    after = attribute(*built(split, totals), results(amounts)).value
    assert total(before) == total(after)


@given(worlds, st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_the_order_of_rows_does_not_matter(
    world: tuple[list[tuple[str, int, int]], tuple[int, ...], tuple[int, ...]], random: object
) -> None:
    claimed, totals, amounts = world
    book, tags = built(claimed, totals)
    order = list(range(len(claimed)))
    random.shuffle(order)  # type: ignore[attr-defined]
    mixed = Book(book.as_of, loans=book.loans.take(order), projects=book.projects.take([2, 0, 1]), layout=book.layout)
    rows = [attribute(b, t, results(amounts)).value.to_pylist() for b, t in ((book, tags), (mixed, tags.take(order[::-1])))]
    one, other = ({(r["loan_id"], r["output"]): r["amount"] for r in found} for found in rows)
    assert one == other


@given(worlds, st.integers(0, 7))
@settings(max_examples=150, deadline=None)
def test_excluding_a_loan_never_raises_a_total(
    world: tuple[list[tuple[str, int, int]], tuple[int, ...], tuple[int, ...]], which: int
) -> None:
    claimed, totals, amounts = world
    positive = tuple(abs(a) for a in amounts)
    book, tags = built(claimed, totals)
    fewer = tags.filter([i != which % len(claimed) for i in range(len(claimed))])
    assert total(attribute(book, fewer, results(positive)).value) <= total(attribute(book, tags, results(positive)).value)
