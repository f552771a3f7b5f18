"""Whatever two editions say: the parts of the bridge add up to both totals and to the book, to the fen and to the receipt."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin import aggregate
from greenfin.aggregate.bridge import BOTH, FIRST, NEITHER, SECOND, Bridge, bridge
from greenfin.bridged import steps
from greenfin.core.columns import empty
from tests.unit import movement_books as books

EDITIONS = ("green-finance-2025", "green-bond-2021")
_CODES = {"green-finance-2025": ["4.2.1", "1.1.1", "6.4.7"], "green-bond-2021": ["3.2.2.1", "3.2.3.3"]}


def _tag(edition: str) -> st.SearchStrategy[dict[str, object]]:
    green = st.fixed_dictionaries(
        {
            "decision": st.just("green"),
            "code": st.sampled_from(_CODES[edition]),
            "share_ppm": st.integers(0, 1_000_000),
            "carbon_mark": st.sampled_from(["direct", "enabling", None]),
        }
    )
    other = st.sampled_from(["not_green", "review"]).map(lambda decision: {"decision": decision, "code": None, "share_ppm": 0})
    return green | other


_loans = st.lists(st.tuples(st.none() | st.integers(0, 10**13), *map(_tag, EDITIONS)), max_size=12)


def outcomes_under(loans: list[tuple[int | None, dict[str, object], dict[str, object]]]) -> tuple[pa.Table, ...]:
    """The outcomes of the loans (balance and both tags) under each edition."""
    book = books.book(books.CLOSING, [{"loan_id": f"L{n}", "receipt_no": f"L{n}", "balance_fen": one[0]} for n, one in enumerate(loans)])
    found = []
    for at, edition in enumerate(EDITIONS, 1):
        tags = books.made("tags", [{"loan_id": f"L{n}", "edition": edition, **one[at]} for n, one in enumerate(loans)])  # type: ignore[dict-item]  # a tag
        nothing = (empty(name) for name in ("measurements", "parts", "emissions"))
        facts = aggregate.Facts(book, tags, *nothing, books.WORKING, books.CLOSING.year, reference=books.reference())
        found.append(aggregate.outcomes(facts))
    return tuple(found)


def bridged(loans: list[tuple[int | None, dict[str, object], dict[str, object]]]) -> tuple[Bridge, pa.Table, pa.Table]:
    first, second = outcomes_under(loans)
    return bridge(first, second, editions=EDITIONS, reference=books.reference()), first, second


@settings(deadline=None, max_examples=60)
@given(_loans)
def test_the_parts_add_up(loans: list[tuple[int | None, dict[str, object], dict[str, object]]]) -> None:
    made, first, second = bridged(loans)
    for side, part in ((first, FIRST), (second, SECOND)):
        assert made.fen(BOTH, part) == sum(fen or 0 for fen in side["green_fen"].to_pylist())
        assert made.receipts(BOTH, part) == side["outcome"].to_pylist().count("green")
    assert made.fen(BOTH, FIRST, SECOND, NEITHER) == sum(balance or 0 for balance, _, _ in loans)
    assert made.receipts(BOTH, FIRST, SECOND, NEITHER) == len(loans)
    assert all(line.fen >= 0 and sum(line.marked_fen) <= line.fen for line in made.lines)
    assert sum(made.loans["only_first_fen"].to_pylist()) == made.fen(FIRST)
    assert sum(made.loans["only_second_fen"].to_pylist()) == made.fen(SECOND)
    assert all(row["why"] for row in made.loans.to_pylist() if row["part"] in (FIRST, SECOND))


@settings(deadline=None, max_examples=30)
@given(_loans)
def test_the_rows_for_people_are_the_same_bridge(loans: list[tuple[int | None, dict[str, object], dict[str, object]]]) -> None:
    made, _, _ = bridged(loans)
    rows = steps(made, books.reference())
    totals = [row for row in rows if row.is_total]
    between = rows[1 : rows.index(totals[1])]
    assert [row.fen for row in totals] == [made.fen(BOTH, FIRST), made.fen(BOTH, SECOND), made.fen(BOTH, FIRST, SECOND, NEITHER)]
    assert sum(row.fen for row in between if row.level == 0) == made.fen(BOTH, FIRST, SECOND)
    assert sum(row.receipts for row in between if row.level == 0) == made.receipts(BOTH, FIRST, SECOND)


@settings(deadline=None, max_examples=30)
@given(_loans)
def test_the_other_way_round_is_the_same_bridge_turned(loans: list[tuple[int | None, dict[str, object], dict[str, object]]]) -> None:
    made, first, second = bridged(loans)
    back = bridge(second, first, editions=(EDITIONS[1], EDITIONS[0]), reference=books.reference())
    assert (made.fen(FIRST), made.fen(SECOND), made.fen(BOTH)) == (back.fen(SECOND), back.fen(FIRST), back.fen(BOTH))
    reasons, turned = ({row["loan_id"]: row["why"] for row in one.loans.to_pylist()} for one in (made, back))
    assert reasons == turned
