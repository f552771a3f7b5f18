"""Whatever two books say: the parts of a roll-forward add up to the difference, in every cut, and the order of rows changes nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenfin.movement.causes import CAUSES
from greenfin.movement.lines import CLOSING
from greenfin.movement.roll_tables import roll_tables
from greenfin.movement.rolled import Rolled, roll_forward
from tests.unit import movement_books as books

_CODES = ["1.1.1", "4.1.2", "3.2.1", "4.2.3"]
_IDS = [f"L{n}" for n in range(8)]
_fen = st.integers(0, 10**13) | st.sampled_from([0, 1, 99, 333_333])
_days = st.none() | st.integers(-900, 500).map(lambda n: date(2024, 12, 31) + timedelta(days=n))
_tags = st.one_of(
    st.tuples(st.just("green"), st.sampled_from(_CODES), st.none() | st.integers(0, 1_000_000)),
    st.tuples(st.sampled_from(["not_green", "review"]), st.none(), st.none()),
)
_loan = st.fixed_dictionaries(
    {
        "balance_fen": _fen,
        "branch_code": st.sampled_from(["A", "B", None]),
        "branch_name": st.sampled_from(["甲", "乙", None]),
        "tag": _tags,
        "start_on": _days,
        "ended_on": _days,
        "status": st.sampled_from([None, "normal", "settled", "written_off", "transferred"]),
        "amount_fen": st.none() | st.sampled_from([100, 200]),
        "currency": st.sampled_from([None, "CNY", "USD"]),
        "original_balance_fen": st.none() | _fen,
        "prior_balance_fen": st.none() | st.none() | _fen,
        "prev_receipt_no": st.none() | st.sampled_from(_IDS),
    }
)
_loans = st.dictionaries(st.sampled_from(_IDS), _loan, min_size=1).map(
    lambda found: [{"loan_id": k, "receipt_no": k, **v} for k, v in found.items()]
)
_rejected = st.lists(
    st.fixed_dictionaries({"key": st.none() | st.sampled_from(_IDS), "balance_fen": st.none() | _fen, "code": st.just("x")}), max_size=3
)
_drawing = st.fixed_dictionaries(
    {
        "receipt_no": st.none() | st.sampled_from([*_IDS, "other"]),
        "kind": st.sampled_from(["drawn", "repaid", None]),
        "moved_on": _days,
        "amount_fen": st.none() | st.integers(-(10**10), 10**13),
    }
)
_drawings = st.none() | st.lists(_drawing, max_size=6)
_FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def _rolled(
    opening: list[books.Row], closing: list[books.Row], rejected: list[list[books.Row]], drawings: list[books.Row] | None
) -> Rolled:
    first = books.side(books.OPENING, opening, rejected[0])
    last = books.side(books.CLOSING, closing, rejected[1])
    listed = None if drawings is None else books.made("drawings", drawings)
    return roll_forward(first, last, reference=books.reference(), drawings=listed).value


def _sums(lines: pa.Table, keys: tuple[str, ...]) -> dict[tuple[object, ...], dict[str, int]]:
    found: dict[tuple[object, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in lines.to_pylist():
        found[tuple(one[k] for k in keys)][one["kind"]] += one["amount_fen"]
    return found


@_FAST
@given(_loans, _loans, st.tuples(_rejected, _rejected).map(list), _drawings)
def test_the_parts_add_up_to_the_difference_in_every_cut(
    opening: list[books.Row], closing: list[books.Row], rejected: list[list[books.Row]], drawings: list[books.Row] | None
) -> None:
    rolled = _rolled(opening, closing, rejected, drawings)
    lines = rolled.lines.named()
    assert all(proof.holds for proof in rolled.proofs)
    for keys in ((), ("loan_id",), ("state",), ("branch_code", "state"), ("class1", "state"), ("branch_code", "state", "code", "loan_id")):
        for by_kind in _sums(lines, keys).values():
            steps = sum(fen for kind, fen in by_kind.items() if kind != CLOSING)
            assert steps == by_kind.get(CLOSING, 0), keys
    for kinds in (("branch_in", "branch_out"), ("green_in", "green_out"), ("class_in", "class_out"), ("rejection",), ("refinanced",)):
        assert sum(_sums(lines, ())[()].get(kind, 0) for kind in kinds) == 0, kinds
    for one in rolled.receipts.to_pylist():
        assert one["opening_fen"] + sum(one[f"{cause}_fen"] for cause in CAUSES) == one["closing_fen"]
    for kind, sign in {"green_in": 0, "class_in": 1, "class_out": -1, "settled": -1, "written_off": -1, "left": -1}.items():
        assert all(fen * sign >= 0 for fen in (one["amount_fen"] for one in lines.to_pylist() if one["kind"] == kind))


@_FAST
@given(_loans, _loans, st.tuples(_rejected, _rejected).map(list), _drawings, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    opening: list[books.Row], closing: list[books.Row], rejected: list[list[books.Row]], drawings: list[books.Row] | None, chance: object
) -> None:
    before = _rolled(opening, closing, rejected, drawings)
    for rows in (opening, closing, *rejected, drawings or []):
        chance.shuffle(rows)  # type: ignore[attr-defined]  # random.Random
    after = _rolled(opening, closing, rejected, drawings)
    assert before.proofs == after.proofs
    assert [t.cells for t in roll_tables(before)] == [t.cells for t in roll_tables(after)]
    columns = [name for name in before.receipts.column_names if not name.endswith(("_sheet", "_row"))]
    assert before.receipts.select(columns).to_pylist() == after.receipts.select(columns).to_pylist()


@_FAST
@given(_loans, _loans, st.tuples(_rejected, _rejected).map(list))
def test_tables_tie_across_branches_classes_and_states(
    opening: list[books.Row], closing: list[books.Row], rejected: list[list[books.Row]]
) -> None:
    rolled = _rolled(opening, closing, rejected, None)
    tables = {table.id: table for table in roll_tables(rolled)}
    for name in ("opening", *CAUSES, "closing"):
        whole = tables["M01"].cells[f"{name}.all"].value
        assert tables["M03"].cells[f"total.{name}"].value == whole
        green = tables["M01"].cells[f"{name}.green"].value
        assert tables["M02"].cells[f"total.{name}"].value == tables["M04"].cells[f"total.{name}"].value == green
    for table in tables.values():
        for key, cell in table.cells.items():
            if "difference" in key:
                assert cell.value == 0, key
